"""`tf.losses`: losses with weights, which a collection keeps."""
