"""Benchmarks: the API, the guard rails, cold starts, the start of the local stack, and the cost of a job."""
