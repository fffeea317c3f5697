"""`tf.metrics`: numbers that tell how good predictions are, added up over many runs.

Each function returns the value so far, and an operation that adds a batch and returns the value
with it. What is added up is kept in local variables.
"""
