"""`tf.feature_column`: how the features of data become the input of a model."""
