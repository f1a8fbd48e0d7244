"""Deploys the stack, creates a workspace with its first token, changes secrets, and deletes the stack."""
