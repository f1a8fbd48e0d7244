"""The agent gateway: what is asked of OpenClaw, what it answers, and how it reports."""
