"""The function that enqueues due jobs."""
