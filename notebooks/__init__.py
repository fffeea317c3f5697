"""Notebooks: each one a story that runs from its first cell to its last."""
