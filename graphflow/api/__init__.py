"""TensorFlow's namespaces, `tf.nn` and so on: names only, the functions live in the other rooms."""
