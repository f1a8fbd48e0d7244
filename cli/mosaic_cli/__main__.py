"""Runs the command line for `python -m mosaic_cli`."""

from mosaic_cli.main import main

main()
