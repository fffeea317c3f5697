"""Tools for graphs and checkpoints, as `tensorflow.python.tools` has them."""
