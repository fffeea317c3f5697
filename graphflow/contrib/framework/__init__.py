"""`tf.contrib.framework`: default arguments by scope, variables of models, checks of tensors."""
