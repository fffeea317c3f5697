"""Lookup tables: from keys to values, from words to numbers and back."""
