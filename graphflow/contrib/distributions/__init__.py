"""`tf.contrib.distributions`: more distributions, and bijectors between random variables."""
