"""`tf.contrib.learn`: data sets to learn from, and texts as numbers."""
