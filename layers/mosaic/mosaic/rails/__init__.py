"""The rails: what an agent may do (guard), and what must be proven before a job is done (quality)."""
