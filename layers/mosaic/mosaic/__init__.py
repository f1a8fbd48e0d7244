"""Mosaic Stitcher's domain: one package per word of its language."""
