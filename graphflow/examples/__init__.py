"""What TensorFlow 1.15 ships under `tensorflow.examples`, as far as programs import it."""
