"""The load with failures: that its reckoning finds what is wrong."""
