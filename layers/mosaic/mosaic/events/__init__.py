"""The record: what each version of a job meant, derived and appended, never edited."""
