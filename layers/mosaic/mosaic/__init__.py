"""Mosaic Stitcher's domain: one package per word of its language."""

import logging

# Lambda logs JSON from level INFO on, and these tell how they were configured at every start.
for _name in ("botocore", "pynamodb"):
    logging.getLogger(_name).setLevel(logging.WARNING)
