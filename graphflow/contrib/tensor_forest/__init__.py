"""Random forests that grow while batches of examples come in."""
