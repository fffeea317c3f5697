"""`tf.profiler`: how much a graph computes, how many parameters it has, and where time goes."""
