"""The cost of the API: requests, capacity and time of each operation, and of lists by table size."""
