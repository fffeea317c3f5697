"""Data sets to learn from, each checked against the original before it is handed out."""
