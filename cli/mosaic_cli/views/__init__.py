"""Documents of the API as fields, tables and lines for people. The views are pure functions."""
