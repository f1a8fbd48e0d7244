"""Stores, queues and AWS clients: everything in the layer that reads or writes outside the process's memory."""
