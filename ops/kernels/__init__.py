"""Long kernels as pure functions on numpy arrays: they know nothing of graphs, ops or sessions."""
