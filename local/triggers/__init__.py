"""Event sources: queues, streams and schedules that invoke functions."""
