"""Clients, webhook deliveries and servers that the end-to-end tests share."""
