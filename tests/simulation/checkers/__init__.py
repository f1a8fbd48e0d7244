"""Who watches the simulation: what was seen, what has to hold of it, and who says so when it does not."""
