"""`tf.contrib.rnn`: further cells and wrappers of recurrent nets."""
