"""The Mosaic Stitcher layer: pure domain packages, storage, and services."""

import logging

# Lambda logs JSON from level INFO on; these loggers would log their configuration at every start.
for _name in ("botocore", "pynamodb"):
    logging.getLogger(_name).setLevel(logging.WARNING)
