"""The cost of one job on AWS, from the calls that the local stack makes for it."""
