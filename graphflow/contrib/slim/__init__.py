"""`tf.contrib.slim`: models of few lines, training and evaluation loops, data sets, known nets."""
