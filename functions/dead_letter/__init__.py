"""The function that dead-letters jobs whose messages the stitcher could not process."""
