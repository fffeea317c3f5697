"""`tf.contrib.mixed_precision`: losses that are scaled, for gradients in 16 bits."""
