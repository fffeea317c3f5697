"""`tf.contrib.training`: operations and loops for training."""
