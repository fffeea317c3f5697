"""The operation that chooses the first centers of clusters from batches of points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import float32 as _float32, int64 as _int64
from graphflow.core.graph import Operation, Tensor
from graphflow.ops.clustering import kmc2_chain_initialization, kmeans_plus_plus_initialization

RANDOM_INIT = "random"
KMEANS_PLUS_PLUS_INIT = "kmeans_plus_plus"
KMC2_INIT = "kmc2"


class InitialCenters:
    """Chooses centers until there are enough.

    Args:
      points: float32 [points, dims], the batch of a run.
      count: int64, a scalar: how many centers are needed.
      how: a name of this module, a function of points and a number, or the centers themselves.
      is_normalized: whether centers have length 1.
      seed: of the random choices.
      retries: how many more candidates k-means++ takes for each center.
      chain_length: how many points k-MC2 walks over for each center.
      centers: the variable for the centers.
      initialized: the variable that tells whether there are enough.
      copy: a second variable for the centers, or None.
    """

    def __init__(
        self,
        points: Tensor,
        count: Tensor,
        how: Any,
        is_normalized: bool,
        seed: int,
        retries: int,
        chain_length: int,
        centers: Any,
        initialized: Any,
        copy: Any,
    ) -> None:
        self._points = points
        self._count = count
        self._how = how
        self._is_normalized = is_normalized
        self._seed = seed
        self._retries = retries
        self._chain_length = chain_length
        self._centers = centers
        self._initialized = initialized
        self._copy = copy

    def op(self) -> Operation:
        """Return the operation: runs add the centers that batches give, until there are enough."""
        added = ops.cond(
            self._initialized.read_value(), lambda: ops.constant(False), self._add_centers
        )
        return ops.group(added)

    def _add_centers(self) -> Tensor:
        found = ops.shape(self._centers.read_value(), out_type=_int64)[0]
        chosen = self._chosen(found)
        if self._is_normalized:
            chosen = ops.l2_normalize(chosen, axis=1)
        all_centers = ops.cond(
            ops.equal(found, 0),
            lambda: chosen,
            lambda: ops.concat([self._centers.read_value(), chosen], 0),
        )
        writes = [
            ops.assign(variable, all_centers, validate_shape=False)
            for variable in (self._centers, self._copy)
            if variable is not None
        ]
        enough = ops.shape(all_centers, out_type=_int64)[0] >= self._count
        with control_dependencies(writes):
            initialized: Tensor = ops.identity(self._initialized.assign(enough))
            return initialized

    def _chosen(self, found: Tensor) -> Tensor:
        """Centers from this batch, when there are so many already."""
        how: Any = self._how
        if not isinstance(how, str) and not callable(how):
            return convert_to_tensor(how, _float32)
        wanted = self._count - found
        if how == KMC2_INIT:
            return self._kmc2(found, wanted)
        choose = how if callable(how) else self._by_name(how)
        available = ops.shape(self._points, out_type=_int64)[0]
        chosen: Tensor = ops.cond(
            wanted < available, lambda: choose(self._points, wanted), lambda: self._points
        )
        return chosen

    def _by_name(self, name: str) -> Callable[[Tensor, Tensor], Tensor]:
        if name == RANDOM_INIT:
            return self._any
        return lambda points, wanted: kmeans_plus_plus_initialization(
            points, wanted, ops.constant(self._seed, _int64), ops.constant(self._retries, _int64)
        )

    def _any(self, points: Tensor, wanted: Tensor) -> Tensor:
        available = ops.shape(points, out_type=_int64)[0]
        indices = ops.random_uniform(
            ops.reshape(wanted, [1]), 0, available, _int64, seed=self._seed
        )
        return ops.gather(points, indices)

    def _kmc2(self, found: Tensor, wanted: Tensor) -> Tensor:
        """Centers by k-MC2: one from each chain that the batch has points for, at least one."""
        points = ops.random_shuffle(self._points, seed=self._seed)
        available = ops.shape(points, out_type=_int64)[0]
        chains = ops.maximum(available // self._chain_length, 1)
        number = ops.minimum(wanted, chains)
        first = ops.cond(
            ops.equal(found, 0), lambda: points[:1], lambda: self._centers.read_value()
        )
        dims = points.shape[1] if points.shape.rank else None
        first.set_shape([None, dims])

        def add_one(i: Tensor, centers: Tensor) -> tuple[Tensor, Tensor]:
            chain = points[i * self._chain_length : (i + 1) * self._chain_length]
            _, distances = ops.nearest_neighbors(chain, centers, ops.constant(1, _int64))
            index = kmc2_chain_initialization(
                ops.squeeze(distances, [1]), ops.constant(self._seed, _int64) + i
            )
            return i + 1, ops.concat([centers, chain[index][None]], 0)

        begin = ops.where(ops.equal(found, 0), ops.constant(1, _int64), ops.constant(0, _int64))
        _, centers = ops.while_loop(
            lambda i, _: i < number, add_one, [begin, first],
            shape_invariants=[begin.shape, [None, dims]],
        )  # fmt: skip
        new: Tensor = ops.cond(ops.equal(found, 0), lambda: centers, lambda: centers[found:])
        return new
