"""The function that records the jobs table's stream in the event log."""
