"""`mosaic`, the command line of the HTTP API. It imports nothing from the service."""
