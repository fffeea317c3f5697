"""What a session keeps of accumulators: sums of gradients that are recent enough."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape
from graphflow.ops._static import invalid

_logger = logging.getLogger("graphflow")

SparseParts = tuple[Array, Array, Array]


class Accumulator:
    """Gradients added up until enough are there; those of an earlier step are dropped.

    Args:
      dtype: the dtype of the gradients.
      shape: their shape, maybe partly unknown.
      is_mean: whether to return means, else sums.

    Attributes:
      count: how many gradients were added since the last take.
    """

    def __init__(self, dtype: DType, shape: TensorShape, is_mean: bool) -> None:
        self.dtype = dtype
        self.shape = shape
        self.is_mean = is_mean
        self.count = 0
        self._step = 0
        self._changed = threading.Condition()

    def describe(self) -> str:
        """What it accumulates, in words."""
        kind = "means" if self.is_mean else "sums"
        return f"{kind} of {self.dtype.name} gradients of shape {self.shape}"

    def apply(self, local_step: int, gradient: Any) -> None:
        """Add a gradient, unless it is of an earlier step.

        Raises:
          InvalidArgumentError: it does not fit the others.
        """
        with self._changed:
            if local_step < self._step:
                return
            self._add(gradient)
            self.count += 1
            self._changed.notify_all()

    def take(self, required: int, cancellation: Any) -> Any:
        """Wait until enough gradients are there, return them combined, and begin the next step.

        Raises:
          InvalidArgumentError: none are required.
        """
        if required < 1:
            raise invalid(f"num_required must be positive, it is {required}")
        with self._changed:
            cancellation.wait_for(self._changed, lambda: self.count >= required)
            result = self._combined()
            self.count = 0
            self._step += 1
            return result

    def set_step(self, step: int) -> None:
        """Set the step of gradients that are recent enough."""
        with self._changed:
            if step < self._step:
                _logger.warning("an accumulator's step goes back from %d to %d", self._step, step)
            self._step = step

    def _add(self, gradient: Any) -> None:
        raise NotImplementedError

    def _combined(self) -> Any:
        raise NotImplementedError


class DenseAccumulator(Accumulator):
    """Adds up arrays."""

    _sum: Array

    def _add(self, gradient: Array) -> None:
        gradient = np.asarray(gradient)
        expected = TensorShape(self._sum.shape) if self.count else self.shape
        if not expected.is_compatible_with(gradient.shape):
            raise invalid(f"the gradient has shape {gradient.shape}, expected is {expected}")
        self._sum = self._sum + gradient if self.count else gradient

    def _combined(self) -> Array:
        return _divided(self._sum, self.count) if self.is_mean else self._sum


class SparseAccumulator(Accumulator):
    """Adds up rows by their index; a mean is over the gradients that have the row.

    Rows have an axis: a scalar's shape says nothing of theirs.
    """

    _indices: list[Array]
    _values: list[Array]
    _sizes: TensorShape

    def _add(self, gradient: SparseParts) -> None:
        indices, values, sizes = gradient
        _check_rows(indices, values)
        if not self.count:
            self._indices, self._values, self._sizes = [], [], self.shape
        rest = self._sizes if self._sizes.rank else TensorShape([None] * values.ndim)
        self._sizes = _fitting(rest, values, sizes)
        _check_indices(indices, self._sizes)
        distinct, places = np.unique(indices, return_inverse=True)
        rows = np.zeros((len(distinct), *values.shape[1:]), values.dtype)
        np.add.at(rows, places.reshape(-1), values)
        self._indices.append(distinct)
        self._values.append(rows)

    def _combined(self) -> SparseParts:
        every = np.concatenate(self._indices)
        indices, places, counts = np.unique(every, return_inverse=True, return_counts=True)
        rows = np.concatenate(self._values)
        total = np.zeros((len(indices), *rows.shape[1:]), rows.dtype)
        np.add.at(total, places.reshape(-1), rows)
        if self.is_mean:
            total = _divided(total, counts.reshape(-1, *[1] * (rows.ndim - 1)))
        known = self.shape.as_tuple() or [None]
        rows_shape = [-1 if size is None else size for size in self._sizes.as_tuple() or ()][1:]
        sizes = [-1 if known[0] is None else known[0], *rows_shape]
        return indices, total, np.asarray(sizes, np.int64)


def _divided(total: Array, count: Any) -> Array:
    return np.asarray(total / np.asarray(count, total.dtype), total.dtype)


def _check_rows(indices: Array, values: Array) -> None:
    if np.ndim(indices) != 1:
        raise invalid(f"indices must be a vector, they have shape {np.shape(indices)}")
    if not np.ndim(values) or len(values) != len(indices):
        raise invalid(f"there are {len(indices)} indices for values of shape {np.shape(values)}")


def _fitting(expected: TensorShape, values: Array, sizes: Array) -> TensorShape:
    """The shape of the dense gradient, once rows and a given shape fit it."""
    rows = TensorShape([None, *values.shape[1:]])
    given = TensorShape([size if size >= 0 else None for size in sizes.tolist()] or None)
    for found, what in ((rows, "rows"), (given, "a dense shape")):
        if not expected.is_compatible_with(found):
            raise invalid(f"the gradient has {what} of shape {found}, expected is {expected}")
        expected = expected.merge_with(found)
    return expected


def _check_indices(indices: Array, sizes: TensorShape) -> None:
    size = sizes[0].value
    outside = (indices < 0) if size is None else (indices < 0) | (indices >= size)
    if outside.any():
        place = int(np.flatnonzero(outside)[0])
        raise invalid(f"indices[{place}] = {indices[place]} is outside of shape {sizes}")
