"""The use cases: each a class or function over the stores, queues and gateway that it is given."""
