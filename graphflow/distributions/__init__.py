"""`tf.distributions`: random variables with batches, their samples, densities and moments."""
