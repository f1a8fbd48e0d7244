"""The checks of a chaos run find violations."""
