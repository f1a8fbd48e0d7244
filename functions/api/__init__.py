"""The API for people and programs."""
