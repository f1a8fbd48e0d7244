"""Events: derived from the versions of a job, hashed into a chain, appended to the log."""
