"""The function that comments on issues."""
