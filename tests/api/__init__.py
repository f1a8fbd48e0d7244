"""Tests the contract against the running stack with schemathesis: `python -m tests.api`."""
