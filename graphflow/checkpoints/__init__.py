"""Checkpoints: the values of variables in files that TensorFlow reads and writes too."""
