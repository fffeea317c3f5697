"""Summaries: numbers, pictures and more of a run, for TensorBoard."""
