"""The contract against the running stack, by schemathesis: `python -m tests.api`."""
