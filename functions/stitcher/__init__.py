"""The function that processes job messages."""
