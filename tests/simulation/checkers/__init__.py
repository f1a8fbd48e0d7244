"""Checkers: the observed history, the invariants, and the models that they are compared with."""
