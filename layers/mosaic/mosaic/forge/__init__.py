"""Forges: is a delivery genuine, and what does it ask for.

Everything here is pure. `signature` proves the sender, `github`, `gitea` and `mosaic` turn a payload into
an `intent`; what becomes of an intent is decided elsewhere.
"""
