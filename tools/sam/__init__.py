"""Runs the built functions in containers with the SAM CLI."""
