"""What TensorFlow 1.15 shipped under `tf.contrib`."""
