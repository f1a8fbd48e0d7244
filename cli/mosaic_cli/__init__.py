"""`mosaic`: the command line of the HTTP API. It speaks HTTP only and imports nothing of the service."""
