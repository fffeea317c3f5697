"""Which centers points are near to, and which points make good first centers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import float32 as _float32, int64 as _int64
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i64, invalid, known_int

__all__ = [
    "KMC2ChainInitialization",
    "KmeansPlusPlusInitialization",
    "NearestNeighbors",
    "kmc2_chain_initialization",
    "kmeans_plus_plus_initialization",
    "nearest_neighbors",
]

# Distances are computed for so many pairs at a time, to keep their matrix small.
_MAX_PAIRS = 1 << 22

_POINTS = f32([[0, 0], [1, 2], [4, 4], [5, 5], [-3, 1]])
_CENTERS = f32([[0.5, 1], [4, 5], [9, -9]])


def squared_distances(points: Array, centers: Array) -> Array:
    """Return the squared distances of points `[n, dims]` from centers `[k, dims]`, `[n, k]`."""
    point_norms = np.einsum("nd,nd->n", points, points)
    center_norms = np.einsum("kd,kd->k", centers, centers)
    distances = points @ centers.T
    distances *= -2
    distances += point_norms[:, None]
    distances += center_norms
    return np.maximum(distances, 0, out=distances)  # rounding may make them negative


@register
class NearestNeighbors(Op):
    """The `k` centers that are nearest to each point, nearest first, and squared distances."""

    inputs = "points: float32, centers: float32, k: int64"
    outputs = "nearest_center_indices, nearest_center_distances"

    def infer(self, points: TensorSpec, centers: TensorSpec, k: TensorSpec) -> list[TensorSpec]:
        check_rank("points", points, 2)
        check_rank("centers", centers, 2)
        check_rank("k", k, 0)
        if points.shape.rank and centers.shape.rank:
            points.shape[1].assert_is_compatible_with(centers.shape[1])
        count = points.shape[0] if points.shape.rank else None
        shape = TensorShape([count, None])
        return [TensorSpec(shape, _int64), TensorSpec(shape, _float32)]

    def kernel(self, points: Array, centers: Array, k: Array) -> list[Array]:
        if k <= 0:
            raise invalid(f"k must be positive, it is {k}")
        wanted = min(int(k), len(centers))
        indices = np.empty((len(points), wanted), np.int64)
        distances = np.empty((len(points), wanted), np.float32)
        rows = max(_MAX_PAIRS // max(len(centers), 1), 1)
        for start in range(0, len(points), rows):
            part = slice(start, start + rows)
            found = squared_distances(points[part], centers)
            if wanted == 1:
                indices[part] = found.argmin(axis=1)[:, None]
            else:
                indices[part] = found.argsort(axis=1, kind="stable")[:, :wanted]
            distances[part] = np.take_along_axis(found, indices[part], axis=1)
        return [indices, distances]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for count in (1, 2, 7):
            yield Sample.of(
                cls(), _POINTS, _CENTERS, i64(count), gradient=(), note="has no gradient"
            )
        note = "has no gradient, and TensorFlow refuses to look for none"
        yield Sample.of(cls(), _POINTS[:0], _CENTERS, i64(2), gradient=(), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (_POINTS[0], _CENTERS, i64(1)), "points must be a matrix")
        yield ErrorSample(cls(), (_POINTS, _CENTERS[0], i64(1)), "centers must be a matrix")
        yield ErrorSample(cls(), (_POINTS, _CENTERS[:, :1], i64(1)), "not compatible")
        yield ErrorSample(cls(), (_POINTS, _CENTERS, i64([1])), "k must be a scalar")
        yield ErrorSample(cls(), (_POINTS, _CENTERS, i64(0)), "must be positive", when="run")


@register
class KmeansPlusPlusInitialization(Op):
    """Choose points far from one another as centers (Arthur and Vassilvitskii 2007).

    The first one is any point.  Each further one is the best of some candidates, which are drawn
    with probabilities proportional to the squared distance from the nearest center so far.
    """

    inputs = "points: float32, num_to_sample: int64, seed: int64, num_retries_per_sample: int64"
    outputs = "samples"

    def infer(
        self, points: TensorSpec, num_to_sample: TensorSpec, seed: TensorSpec, retries: TensorSpec
    ) -> TensorSpec:
        check_rank("points", points, 2)
        check_rank("num_to_sample", num_to_sample, 0)
        check_rank("seed", seed, 0)
        check_rank("num_retries_per_sample", retries, 0)
        dims = points.shape[1] if points.shape.rank else None
        return TensorSpec(TensorShape([known_int(num_to_sample), dims]), _float32)

    def kernel(self, points: Array, num_to_sample: Array, seed: Array, retries: Array) -> Array:
        count = int(num_to_sample)
        if count <= 0:
            raise invalid(f"num_to_sample must be positive, it is {count}")
        if len(points) < count:
            raise invalid(f"num_to_sample is {count}, but there are {len(points)} points")
        random = np.random.RandomState(int(seed) % 2**32)
        # Enough to find a good one with high probability, as the paper's authors did.
        tries = 2 + int(np.log(count)) if retries < 0 else 1 + int(retries)
        chosen = [random.randint(len(points))]
        nearest = squared_distances(points, points[chosen])[:, 0].astype(np.float64)
        while len(chosen) < count:
            candidates = _drawn(random, nearest, tries)
            distances = squared_distances(points, points[candidates])
            left = np.minimum(nearest[:, None], distances)
            best = left.sum(axis=0).argmin()
            chosen.append(candidates[best])
            nearest = left[:, best]
        return points[chosen]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "has no gradient, and TensorFlow draws from another stream"
        for count, retries in ((1, 0), (3, 2), (5, -1)):
            numbers = i64(count), i64(7), i64(retries)
            yield Sample.of(cls(), _POINTS, *numbers, gradient=(), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        number = i64(2)
        yield ErrorSample(cls(), (_POINTS[0], number, number, number), "points must be a matrix")
        yield ErrorSample(cls(), (_POINTS, i64([2]), number, number), "must be a scalar")
        yield ErrorSample(cls(), (_POINTS, i64(0), number, number), "must be positive", when="run")
        yield ErrorSample(cls(), (_POINTS, i64(6), number, number), "5 points", when="run")


def _drawn(random: np.random.RandomState, weights: Array, count: int) -> Array:
    """Indices drawn with probabilities proportional to weights; any, where all weights are 0."""
    total = np.cumsum(weights)
    if total[-1] <= 0:
        return random.randint(len(weights), size=count)
    drawn = np.searchsorted(total, random.uniform(0, total[-1], count), side="right")
    return np.minimum(drawn, len(weights) - 1)


@register
class KMC2ChainInitialization(Op):
    """Choose one of the points of a chain, likely one with a large distance (Bachem et al. 2016).

    The walk over the chain goes to the next point with the probability by which its distance
    exceeds that of the point where it stands.
    """

    inputs = "distances: float32, seed: int64"
    outputs = "index"

    def infer(self, distances: TensorSpec, seed: TensorSpec) -> TensorSpec:
        check_rank("distances", distances, 1)
        check_rank("seed", seed, 0)
        return TensorSpec(TensorShape([]), _int64)

    def kernel(self, distances: Array, seed: Array) -> Array:
        if not len(distances):
            raise invalid("distances must not be empty")
        random = np.random.RandomState(int(seed) % 2**32)
        chosen = 0
        for index in range(1, len(distances)):
            threshold = random.uniform() * distances[chosen]
            if distances[chosen] == 0 or distances[index] > threshold:
                chosen = index
        return i64(chosen)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for distances in ([3], [0, 0, 0, 2]):
            yield Sample.of(cls(), f32(distances), i64(7), gradient=(), note="has no gradient")
        note = "has no gradient, and TensorFlow draws from another stream"
        yield Sample.of(cls(), f32([3, 1, 2, 5, 4]), i64(7), gradient=(), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (f32([[1]]), i64(7)), "distances must be a vector")
        yield ErrorSample(cls(), (f32([1]), i64([7])), "seed must be a scalar")
        yield ErrorSample(cls(), (f32([]), i64(7)), "must not be empty", when="run")


def nearest_neighbors(
    points: Tensor, centers: Tensor, k: Tensor, name: str | None = None
) -> list[Tensor]:
    """Return the centers that are nearest to each point.

    Args:
      points: float32 [points, dims].
      centers: float32 [centers, dims].
      k: int64, a scalar: how many centers for each point, at most all.
      name: the operation's name.

    Returns:
      int64 [points, k], indices of centers, nearest first; float32 [points, k], their squared
      distances.

    >>> import graphflow as tf
    >>> centers = [[9.0, 2.0], [3.0, 2.0]]
    >>> found = tf.raw_ops.NearestNeighbors(points=[[1.0, 2.0]], centers=centers, k=1)
    >>> print(*tf.Session().run(found))
    [[1]] [[4.]]
    """
    return apply_multi(NearestNeighbors(), points, centers, k, name=name)


def kmeans_plus_plus_initialization(
    points: Tensor,
    num_to_sample: Tensor,
    seed: Tensor,
    num_retries_per_sample: Tensor,
    name: str | None = None,
) -> Tensor:
    """Return points that are far from one another.

    Args:
      points: float32 [points, dims].
      num_to_sample: int64, a scalar: how many to return.
      seed: int64, a scalar.
      num_retries_per_sample: int64, a scalar: how many candidates more than one each is chosen
        from; if negative, a number that grows with the logarithm of `num_to_sample`.
      name: the operation's name.

    Returns:
      float32 [num_to_sample, dims].

    >>> import graphflow as tf
    >>> points = tf.constant([[1.0, 2.0], [1.0, 2.0], [8.0, 9.0]])
    >>> chosen = tf.raw_ops.KmeansPlusPlusInitialization(
    ...     points=points, num_to_sample=2, seed=3, num_retries_per_sample=0)
    >>> sorted(tf.Session().run(chosen).tolist())
    [[1.0, 2.0], [8.0, 9.0]]
    """
    return apply(
        KmeansPlusPlusInitialization(), points, num_to_sample, seed, num_retries_per_sample,
        name=name,
    )  # fmt: skip


def kmc2_chain_initialization(distances: Tensor, seed: Tensor, name: str | None = None) -> Tensor:
    """Return the index of a point that is likely far from all centers.

    Args:
      distances: float32 [points], squared distances from the nearest center.
      seed: int64, a scalar.
      name: the operation's name.

    Returns:
      int64, a scalar.

    >>> import graphflow as tf
    >>> index = tf.raw_ops.KMC2ChainInitialization(distances=[0.0, 4.0, 0.0], seed=3)
    >>> print(tf.Session().run(index))
    1
    """
    return apply(KMC2ChainInitialization(), distances, seed, name=name)
