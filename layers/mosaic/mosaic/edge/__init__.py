"""The edge: what every function behind the API says when something is wrong, and how it reads a request."""
