"""One module per family of commands: each command is one request and how its answer is shown."""
