"""Request and response bodies of the API, one module for each group of routes."""
