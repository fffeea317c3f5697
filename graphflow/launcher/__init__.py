"""Running programs that were written for TensorFlow 1, on today's Python."""
