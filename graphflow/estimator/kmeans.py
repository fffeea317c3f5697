"""An estimator that finds centers of points: `tf.estimator.experimental.KMeans`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.factorization.initial_centers import KMEANS_PLUS_PLUS_INIT, RANDOM_INIT
from graphflow.contrib.factorization.kmeans import (
    COSINE_DISTANCE,
    SQUARED_EUCLIDEAN_DISTANCE,
    KMeans,
)
from graphflow.estimator.estimator import Estimator
from graphflow.estimator.outputs import PredictOutput
from graphflow.estimator.specs import EstimatorSpec
from graphflow.feature_columns.models import input_layer
from graphflow.metrics.means import mean
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.saved_model import constants
from graphflow.summary import functions as summary
from graphflow.train.global_step import get_global_step

_INDEX, _DISTANCES, _SCORE, _CENTERS = "cluster_index", "all_distances", "score", "clusters"


class _FirstCentersHook(SessionRunHook):
    """Chooses the first centers, which may take several batches."""

    def __init__(self, init_op: Any, is_initialized: Any) -> None:
        self._init_op, self._is_initialized = init_op, is_initialized

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Choose centers until there are enough."""
        while not session.run(self._is_initialized):
            session.run(self._init_op)


class _LittleChangeHook(SessionRunHook):
    """Ends training when the loss hardly changes any more."""

    def __init__(self, loss: Any, tolerance: float) -> None:
        self._loss, self._tolerance = loss, tolerance
        self._last: float | None = None

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the loss."""
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Compare the loss with that before."""
        loss, last = float(run_values.results), self._last
        self._last = loss
        if last is not None and abs(loss - last) / (1 + abs(last)) < self._tolerance:
            run_context.request_stop()


def _points(features: Any, feature_columns: Any) -> Any:
    if not isinstance(features, Mapping):
        return features
    if feature_columns:
        return input_layer(features, feature_columns)
    return ops.concat([features[name] for name in sorted(features)], axis=1)


class KMeansClustering(Estimator):
    """Finds centers such that each point is near to one of them, see `tf.contrib.factorization`.

    Args:
      num_clusters: how many centers, ignored if `initial_clusters` holds them.
      model_dir: see `Estimator`.
      initial_clusters: where they begin: "random" points, "kmeans_plus_plus", a function of points
        and a number, or float32 [centers, dims].
      distance_metric: "squared_euclidean" or "cosine".
      seed: the seed of the choice of the first centers.
      use_mini_batch: whether a step sees only a batch, and not all points.
      mini_batch_steps_per_iteration: how many steps use the same centers before these move.
      kmeans_plus_plus_num_retries: how many more candidates k-means++ takes for each center.
      relative_tolerance: training ends when the loss changes by less than this share.
      config: see `Estimator`.
      feature_columns: the columns that points are made of; by default all features.

    Raises:
      ValueError: there is no such initialization or distance.

    >>> import graphflow as tf
    >>> points = np.asarray([[1.0, 2.0], [1.0, 4.0], [9.0, 0.0], [8.0, 0.0]], np.float32)
    >>> def input_fn():
    ...     return tf.data.Dataset.from_tensors(points)
    >>> means = KMeansClustering(2, initial_clusters=points[[0, 3]], use_mini_batch=False)
    >>> _ = means.train(lambda: input_fn().repeat(3))
    >>> indices = [int(one) for one in means.predict_cluster_index(input_fn)]
    >>> means.cluster_centers().tolist(), indices
    ([[1.0, 3.0], [8.5, 0.0]], [0, 0, 1, 1])
    """

    SQUARED_EUCLIDEAN_DISTANCE = SQUARED_EUCLIDEAN_DISTANCE
    COSINE_DISTANCE = COSINE_DISTANCE
    RANDOM_INIT = RANDOM_INIT
    KMEANS_PLUS_PLUS_INIT = KMEANS_PLUS_PLUS_INIT
    SCORE = _SCORE
    CLUSTER_INDEX = _INDEX
    ALL_DISTANCES = _DISTANCES
    CLUSTER_CENTERS_VAR_NAME = _CENTERS

    def __init__(
        self,
        num_clusters: Any,
        model_dir: Any = None,
        initial_clusters: Any = RANDOM_INIT,
        distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE,
        seed: int | None = None,
        use_mini_batch: bool = True,
        mini_batch_steps_per_iteration: int = 1,
        kmeans_plus_plus_num_retries: int = 2,
        relative_tolerance: float | None = None,
        config: Any = None,
        feature_columns: Any = None,
    ) -> None:
        known = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT)
        if isinstance(initial_clusters, str) and initial_clusters not in known:
            raise ValueError(f"initial_clusters is one of {known}, not {initial_clusters!r}")
        distances = (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE)
        if distance_metric not in distances:
            raise ValueError(f"distance_metric is one of {distances}, not {distance_metric!r}")
        self._is_squared = distance_metric == SQUARED_EUCLIDEAN_DISTANCE

        def model_fn(features: Any, mode: str) -> EstimatorSpec:
            graph = KMeans(
                _points(features, feature_columns),
                num_clusters,
                initial_clusters,
                distance_metric,
                use_mini_batch,
                mini_batch_steps_per_iteration,
                seed or 0,
                kmeans_plus_plus_num_retries,
            ).training_graph()
            return _spec(mode, graph, relative_tolerance)

        super().__init__(model_fn, model_dir, config)

    def predict_cluster_index(self, input_fn: Callable[..., Any]) -> Iterator[Any]:
        """Yield the number of the nearest center for each point.

        Args:
          input_fn: the points, see `Estimator.predict`.
        """
        for found in self.predict(input_fn, predict_keys=[_INDEX]):
            yield found[_INDEX]

    def score(self, input_fn: Callable[..., Any]) -> Any:
        """Return the sum of the distances of points from their nearest centers, squared ones.

        Args:
          input_fn: the points, of which the first batch counts.
        """
        return self.evaluate(input_fn, steps=1)[_SCORE]

    def transform(self, input_fn: Callable[..., Any]) -> Iterator[Any]:
        """Yield the distances from all centers for each point.

        Args:
          input_fn: the points, see `Estimator.predict`.
        """
        for found in self.predict(input_fn, predict_keys=[_DISTANCES]):
            distances = found[_DISTANCES]
            yield np.sqrt(distances) if self._is_squared else distances

    def cluster_centers(self) -> Any:
        """Return the centers, float32 [centers, dims]."""
        return self.get_variable_value(_CENTERS)


def _spec(mode: str, graph: Any, tolerance: float | None) -> EstimatorSpec:
    """What the model function returns."""
    distances, indices, losses, is_initialized, init_op, step = graph
    loss = ops.reduce_sum(losses)
    summary.scalar("loss/raw", loss)
    hooks: list[SessionRunHook] = [_FirstCentersHook(init_op, is_initialized)]
    if tolerance is not None:
        hooks.append(_LittleChangeHook(loss, tolerance))
    index = PredictOutput(indices[0])
    return EstimatorSpec(
        mode,
        {_DISTANCES: distances[0], _INDEX: indices[0]},
        loss,
        ops.group(step, ops.assign_add(get_global_step(), 1)),
        {_SCORE: mean(loss)},
        {
            _DISTANCES: PredictOutput(distances[0]),
            _INDEX: index,
            constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: index,
        },
        training_hooks=hooks,
    )
