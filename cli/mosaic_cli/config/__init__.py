"""The API URL and the token: options, environment and the config file."""
