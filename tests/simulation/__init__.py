"""Deterministic simulation: the real handlers over the fakes on virtual time. A seed gives one schedule of
events and faults.
"""
