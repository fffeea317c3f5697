"""Training: optimizers, learning-rate decay, the global step, clusters."""
