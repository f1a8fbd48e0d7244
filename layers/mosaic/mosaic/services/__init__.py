"""The flows: what the functions do, as one call each, over stores, queue and gateway that are passed in."""
