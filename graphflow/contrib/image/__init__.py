"""`tf.contrib.image` and `tf.contrib.resampler`: images turned, moved and warped."""
