"""`tf.contrib.layers`: functions that make layers with their variables, and train them."""
