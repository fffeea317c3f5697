"""The sequence to sequence models of TensorFlow 0.x and 1.0, unrolled over lists of steps."""
