"""`tf.contrib.boosted_trees`: gradient boosted trees from before `tf.estimator`'s."""
