"""The HTTP API: API Gateway, its routes and its authorizers."""
