"""Groups of points: the k-means algorithm."""
