"""The commands. Most send one request and show the response."""
