"""Generates the API contract from the routes, the models and the descriptions here: a document and a page."""
