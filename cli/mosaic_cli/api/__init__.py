"""Requests to the HTTP API."""
