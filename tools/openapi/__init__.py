"""The HTTP contract as an OpenAPI document and as a page, made from the resolvers, the models and what is told here."""
