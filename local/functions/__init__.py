"""Execution environments of the Lambda functions."""
