"""The agent gateway OpenClaw: requests, responses and callbacks."""
