"""`KMeans`: the graph of the k-means algorithm, on all points at once or on batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.factorization.initial_centers import (
    KMC2_INIT,
    KMEANS_PLUS_PLUS_INIT,
    RANDOM_INIT,
    InitialCenters,
)
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import bool as _bool, float32 as _float32, int64 as _int64
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.variables.variable import Variable

SQUARED_EUCLIDEAN_DISTANCE = "squared_euclidean"
COSINE_DISTANCE = "cosine"


class KMeans:
    """Finds centers such that each point is near to one of them.

    With `use_mini_batch` each training step moves the centers towards the points of one batch: a
    center is the mean of all points that it has been given so far (Sculley 2010).  Otherwise a step
    puts each center into the middle of its points; one that has none stays.

    Args:
      inputs: float32 [points, dims], or a list of such tensors.
      num_clusters: how many centers, ignored if `initial_clusters` holds them.
      initial_clusters: where they begin: "random" points, "kmeans_plus_plus" or "kmc2", which
        choose points far from one another, a function of points and a number, or float32 [centers,
        dims].
      distance_metric: "squared_euclidean" or "cosine".
      use_mini_batch: whether a step sees only a batch.
      mini_batch_steps_per_iteration: how many steps use the same centers before these move.
      random_seed: of the choice of the first centers.
      kmeans_plus_plus_num_retries: how many more candidates k-means++ takes for each center;
        negative for a number that grows with that of the centers.
      kmc2_chain_length: how many points k-MC2 walks over for each center.

    Raises:
      ValueError: there is no such initialization or distance.

    >>> import graphflow as tf
    >>> points = tf.constant([[1.0, 2.0], [1.0, 4.0], [9.0, 0.0], [8.0, 0.0]])
    >>> first = [[0.0, 0.0], [9.0, 1.0]]
    >>> means = tf.contrib.factorization.KMeans(points, 2, initial_clusters=first)
    >>> _, index, _, _, init, step = means.training_graph()
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(init)
    ...     for _ in range(3):
    ...         sess.run(step)
    ...     print(sess.run(index[0]), sess.run("clusters:0").tolist())
    [0 0 1 1] [[1.0, 3.0], [8.5, 0.0]]
    """

    def __init__(
        self,
        inputs: Any,
        num_clusters: Any,
        initial_clusters: Any = RANDOM_INIT,
        distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE,
        use_mini_batch: bool = False,
        mini_batch_steps_per_iteration: int = 1,
        random_seed: int = 0,
        kmeans_plus_plus_num_retries: int = 2,
        kmc2_chain_length: int = 200,
    ) -> None:
        known = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT)
        if isinstance(initial_clusters, str) and initial_clusters not in known:
            raise ValueError(
                f"initial_clusters is {initial_clusters!r}, not one of {', '.join(known)}"
            )
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(
                f"distance_metric is {distance_metric!r}, not {SQUARED_EUCLIDEAN_DISTANCE!r} or "
                f"{COSINE_DISTANCE!r}"
            )
        batches = inputs if isinstance(inputs, list) else [inputs]
        self._inputs = [convert_to_tensor(item, _float32, name="inputs") for item in batches]
        for item in self._inputs:
            if item.shape.rank not in (None, 2):
                raise ValueError(f"inputs must be matrices of points, not {item!r}{at_user_line()}")
        self._initial = initial_clusters
        is_given = not isinstance(initial_clusters, str) and not callable(initial_clusters)
        if is_given:
            num_clusters = ops.shape(convert_to_tensor(initial_clusters, _float32))[0]
        self._count = ops.cast(num_clusters, _int64)
        self._is_cosine = distance_metric == COSINE_DISTANCE
        self._use_mini_batch = use_mini_batch
        self._steps = int(mini_batch_steps_per_iteration)
        self._seed = random_seed
        self._retries = kmeans_plus_plus_num_retries
        self._chain_length = kmc2_chain_length

    def training_graph(self) -> tuple[Any, ...]:
        """Add the variables and operations.

        Returns:
          Tuples with one tensor for each of the inputs: the distances from all centers, float32
          [points, centers]; the nearest center, int64 [points]; the distance from it, float32
          [points].  Then the variable that tells whether there are centers, the operation that
          chooses the first ones, and that of a training step.
        """
        points = self._inputs
        if self._is_cosine:
            points = [ops.l2_normalize(item, axis=1) for item in points]
        nothing = ops.constant([], _float32)
        # Resource variables, as some are written in a branch, which a GraphDef can say of them.
        centers = Variable(nothing, name="clusters", validate_shape=False, use_resource=True)
        initialized = Variable(
            False, dtype=_bool, name="initialized", trainable=False, use_resource=True
        )
        copy = counts = left = None
        has_copy = self._use_mini_batch and self._steps > 1
        if has_copy:
            copy = Variable(
                nothing, name="clusters_updated", validate_shape=False, use_resource=True
            )
            left = Variable(
                self._steps,
                dtype=_int64,
                name="update_in_steps",
                trainable=False,
                use_resource=True,
            )
        if self._use_mini_batch:
            # The first points of a cluster are weighed against its initial center, which is a
            # point itself; a copy begins anew.
            make = ops.zeros if has_copy else ops.ones
            counts = Variable(
                make(ops.reshape(self._count, [1]), _int64), trainable=False, use_resource=True
            )
        init_op = InitialCenters(
            points[0] if len(points) == 1 else ops.concat(points, 0),
            self._count, self._initial, self._is_cosine, self._seed, self._retries,
            self._chain_length, centers, initialized, copy,
        ).op()  # fmt: skip
        value = self._centers_value(centers)
        scores, nearest, distances = self._infer(points, value)
        if counts is None:
            training_op = self._full_step(points, nearest, centers, value)
        elif copy is None:
            training_op = self._batch_step(points, nearest, centers, value, counts)
        else:
            step = self._batch_step(points, nearest, copy, self._centers_value(copy), counts)
            training_op = self._copied(step, centers, copy, counts, left)
        return scores, nearest, distances, initialized, init_op, training_op

    def _centers_value(self, centers: Any) -> Tensor:
        """The centers, normalized where only their direction counts."""
        value = centers.read_value()
        value = ops.reshape(value, ops.stack([self._count, -1]))
        return ops.l2_normalize(value, axis=1) if self._is_cosine else value

    def _infer(self, points: Sequence[Tensor], centers: Tensor) -> tuple[Any, Any, Any]:
        scores, nearest, distances = [], [], []
        for item in points:
            index, squared = ops.nearest_neighbors(item, centers, ops.constant(1, _int64))
            distance = ops.squeeze(squared, [1])
            nearest.append(ops.squeeze(index, [1]))
            products = ops.matmul(item, centers, transpose_b=True)
            if self._is_cosine:
                # Points on a sphere: |a - b|² = 2 - 2 a·b.
                distances.append(0.5 * distance)
                scores.append(1.0 - products)
            else:
                distances.append(distance)
                norms = ops.reduce_sum(ops.square(item), 1, keepdims=True)
                scores.append(norms - 2.0 * products + ops.reduce_sum(ops.square(centers), 1))
        return tuple(scores), tuple(nearest), tuple(distances)

    def _sums(self, points: Sequence[Tensor], nearest: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """For each cluster how many points it has, int64 [clusters, 1], and their sum."""
        counts, sums = [], []
        for item, index in zip(points, nearest, strict=True):
            counts.append(ops.unsorted_segment_sum(ops.ones_like(index), index, self._count))
            sums.append(ops.unsorted_segment_sum(item, index, self._count))
        return ops.add_n(counts)[:, None], ops.add_n(sums)

    def _full_step(
        self, points: Sequence[Tensor], nearest: Sequence[Tensor], centers: Any, value: Tensor
    ) -> Operation:
        counts, sums = self._sums(points, nearest)
        number = ops.cast(counts, _float32)
        means = ops.where(
            ops.broadcast_to(counts > 0, ops.shape(sums)), sums / ops.maximum(number, 1.0), value
        )
        return ops.group(ops.assign(centers, means, validate_shape=False))

    def _batch_step(
        self,
        points: Sequence[Tensor],
        nearest: Sequence[Tensor],
        centers: Any,
        value: Tensor,
        total: Any,
    ) -> Operation:
        counts, sums = self._sums(points, nearest)
        number = ops.cast(counts, _float32)
        before = ops.cast(total.read_value(), _float32)[:, None]
        moved = value + (sums - number * value) / ops.maximum(before + number, 1.0)
        write = ops.assign(centers, moved, validate_shape=False)
        with control_dependencies([write]):
            return ops.group(total.assign_add(counts[:, 0]))

    def _copied(
        self, step: Operation, centers: Any, copy: Any, counts: Any, left: Any
    ) -> Operation:
        """Count the step; after the last of an iteration move the centers to where the copy is."""
        with control_dependencies([step]):
            remaining = ops.identity(left.assign_sub(1))

        def move() -> Operation:
            return ops.group(
                ops.assign(centers, copy.read_value(), validate_shape=False),
                counts.assign(ops.ones_like(counts.read_value())),
                left.assign(self._steps),
            )

        return ops.group(ops.cond(remaining <= 0, move, ops.no_op))
