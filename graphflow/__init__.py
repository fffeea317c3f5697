"""A lazy dataflow-graph framework in pure Python and numpy with the interface of TensorFlow 1.15."""
