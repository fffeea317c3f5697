"""Sequence to sequence models: decoders, helpers, attention, beam search and a loss."""
