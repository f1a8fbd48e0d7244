"""The jobs stream's consumer."""
