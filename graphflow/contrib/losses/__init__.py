"""`tf.contrib.losses`: the losses from before `tf.losses`, which take predictions first."""
