"""`tf.contrib.factorization`: names only."""

from __future__ import annotations

from graphflow.contrib.factorization.initial_centers import (
    KMEANS_PLUS_PLUS_INIT as KMEANS_PLUS_PLUS_INIT,
    RANDOM_INIT as RANDOM_INIT,
)
from graphflow.contrib.factorization.kmeans import (
    COSINE_DISTANCE as COSINE_DISTANCE,
    SQUARED_EUCLIDEAN_DISTANCE as SQUARED_EUCLIDEAN_DISTANCE,
    KMeans as KMeans,
)
from graphflow.estimator.kmeans import KMeansClustering as KMeansClustering
