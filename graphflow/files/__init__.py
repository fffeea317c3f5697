"""Files of programs: `tf.gfile` and `tf.python_io`."""
