"""What the API costs: requests, capacity and time of each operation, and of lists against the table's size."""
