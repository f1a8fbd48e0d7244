"""Unit tests of the webhook function."""
