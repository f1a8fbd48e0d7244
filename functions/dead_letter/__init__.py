"""The consumer of what the stitcher could not process."""
