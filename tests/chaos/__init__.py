"""Thousands of jobs through the whole local stack while its processes are killed; `make chaos`."""
