"""The HTTP edge: request parsing and problem responses for every function behind the API."""
