"""The template on your own machine, without Docker and without an AWS account."""
