"""`mosaic`, the command line of the HTTP API. It imports nothing from the service."""

__version__ = "0.1.0"
