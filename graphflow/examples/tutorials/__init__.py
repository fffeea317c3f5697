"""The helpers that TensorFlow's tutorials import."""
