"""`tf.contrib.data`: names that `tf.data` and `tf.data.experimental` do not have."""
