"""The job aggregate: its values, its state changes and its limits. Pure: no input or output."""
