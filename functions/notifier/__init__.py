"""The bus's listener that comments on issues."""
