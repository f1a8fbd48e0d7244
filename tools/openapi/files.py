"""The files of the contract that the api function serves."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "functions/api/openapi.json"
"""Committed; a test compares it with the code"""
PAGE = ROOT / "functions/api/docs.html"
"""Rendered from the document; not committed"""
