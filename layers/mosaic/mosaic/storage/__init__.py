"""Stores, queues and AWS clients: the input and output of the layer."""
