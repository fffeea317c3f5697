"""`tf.contrib.metrics`: measures of a batch, and of all batches so far."""
