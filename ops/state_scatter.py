"""Updates of slices of variables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import FLOATING, INDEX, NUMERIC, DType
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_in_range, i32, i64, invalid
from graphflow.ops.kernels import segments
from graphflow.ops.kernels.combine import add_to_rows
from graphflow.ops.state import is_resource, value_spec

__all__ = [
    "ResourceScatterAdd",
    "ResourceScatterDiv",
    "ResourceScatterMax",
    "ResourceScatterMin",
    "ResourceScatterMul",
    "ResourceScatterNdAdd",
    "ResourceScatterNdSub",
    "ResourceScatterNdUpdate",
    "ResourceScatterSub",
    "ResourceScatterUpdate",
    "ScatterAdd",
    "ScatterDiv",
    "ScatterMax",
    "ScatterMin",
    "ScatterMul",
    "ScatterNdAdd",
    "ScatterNdSub",
    "ScatterNdUpdate",
    "ScatterSub",
    "ScatterUpdate",
    "batch_scatter_update",
    "scatter_add",
    "scatter_div",
    "scatter_max",
    "scatter_min",
    "scatter_mul",
    "scatter_nd_add",
    "scatter_nd_sub",
    "scatter_nd_update",
    "scatter_sub",
    "scatter_update",
]


_ORDERED = FLOATING | INDEX


# -- kernels ---------------------------------------------------------------------------------------


def _divide(numbers: Array, positions: Any, divisors: Array) -> None:
    """Divide in place: integers are rounded towards zero, as in C."""
    if numbers.dtype.kind not in "iu":
        np.divide.at(numbers, positions, divisors)
        return
    if (divisors == 0).any():
        raise invalid("integer division by zero")
    for place, divisor in zip(
        np.ndindex(divisors.shape[:1]), divisors.reshape(len(divisors), -1), strict=True
    ):
        index = tuple(np.asarray(axis)[place] for axis in positions)
        slice_ = numbers[index]
        by = divisor.reshape(np.shape(slice_))
        quotient = np.abs(slice_) // np.abs(by)
        numbers[index] = np.where((slice_ < 0) != (by < 0), -quotient, quotient)


_FUNCTIONS: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "min": np.minimum,
    "max": np.maximum,
}
_MANY = 4096  # numbers from which on it is worth to look for repeated rows


def _combine(kind: str, target: Array, positions: tuple[Array, ...], updates: Array) -> None:
    """Update the slices of `target` at some positions, in place."""
    if kind == "update":
        target[positions] = updates
    elif kind == "div":
        _divide(target, positions, updates)
    elif len(positions) == 1 and updates.ndim > 1 and updates.size >= _MANY:
        _combine_rows(kind, target, positions[0], updates)
    else:
        _FUNCTIONS[kind].at(target, positions, updates)


def _combine_rows(kind: str, target: Array, rows: Array, updates: Array) -> None:
    """Update rows in place: first what belongs to one row is put together.

    `ufunc.at` takes many times as long for numbers in rows as this.
    """
    if kind in ("add", "sub"):
        add_to_rows(target, rows, updates, is_subtracted=kind == "sub")
        return
    distinct, places = np.unique(rows, return_inverse=True)
    if distinct.size == rows.size:
        distinct = rows
    else:
        updates = segments.reduce_rows(_FUNCTIONS[kind], updates, places, distinct.size, 0)
    target[distinct] = _FUNCTIONS[kind](target[distinct], updates)


def writable(current: Array, out: Array | None) -> Array:
    """The array to write to, with the current value in it."""
    if out is None:
        return np.array(current)
    if out is not current:
        np.copyto(out, current)
    return out


def _scattered(
    kind: str, current: Array, indices: Array, updates: Array, out: Array | None
) -> Array:
    """Update slices along the first axis."""
    rows = np.asarray(indices).reshape(-1)
    check_in_range("indices", rows, len(current))
    slices = np.broadcast_to(
        np.asarray(updates).reshape((-1, *current.shape[1:])) if np.ndim(updates) else updates,
        (rows.size, *current.shape[1:]),
    )
    target = writable(current, out)
    _combine(kind, target, (rows,), slices)
    return target


def scattered_nd(
    kind: str, current: Array, indices: Array, updates: Array, out: Array | None
) -> Array:
    """Update slices at positions along the first axes."""
    depth = indices.shape[-1]
    rows = np.asarray(indices).reshape(-1, depth)
    limits = np.asarray(current.shape[:depth])
    outside = np.flatnonzero(((rows < 0) | (rows >= limits)).any(axis=1))
    if outside.size:
        place = int(outside[0])
        raise invalid(
            f"indices[{place}] = {rows[place].tolist()} is outside of shape {current.shape}"
        )
    slices = np.asarray(updates).reshape((len(rows), *current.shape[depth:]))
    target = writable(current, out)
    if depth:
        _combine(kind, target, tuple(rows.T), slices)
    else:
        for piece in slices:
            _combine(kind, target[None], (np.zeros(1, np.intp),), piece[None])
    return target


# -- shapes ----------------------------------------------------------------------------------------


def _check_slices(variable: TensorShape, indices: TensorShape, updates: TensorShape) -> None:
    """Check that updates have the shape of indices followed by that of a slice, or are a scalar."""
    if variable.rank == 0:
        raise ValueError("the variable must have an axis to index, it is a scalar")
    if updates.rank == 0 or variable.rank is None:
        return
    wanted = indices.concatenate(variable[1:])
    if not wanted.is_compatible_with(updates):
        raise ValueError(f"updates must have shape {wanted}, they have shape {updates}")


def check_slices_nd(variable: TensorShape, indices: TensorShape, updates: TensorShape) -> None:
    """Check that updates have the shape of positions followed by that of a slice."""
    if indices.rank == 0:
        raise ValueError("indices must have an axis that holds positions, they are a scalar")
    if indices.rank is None or variable.rank is None:
        return
    depth = indices[-1].value
    if depth is None:
        return
    if depth > variable.rank:
        raise ValueError(f"positions have {depth} numbers, the variable has rank {variable.rank}")
    wanted = indices[:-1].concatenate(variable[depth:])
    if not wanted.is_compatible_with(updates):
        raise ValueError(f"updates must have shape {wanted}, they have shape {updates}")


# -- reference variables ---------------------------------------------------------------------------


class _Scatter(Op):
    """Base of the ops that update slices of a reference variable."""

    inputs = "ref: &T, indices: Tindices, updates: T"
    outputs = "output_ref"
    types = {"T": NUMERIC, "Tindices": INDEX}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)
    kind = "update"

    def infer(self, ref: TensorSpec, indices: TensorSpec, updates: TensorSpec) -> TensorSpec:
        _check_slices(ref.shape, indices.shape, updates.shape)
        return TensorSpec(ref.shape, ref.dtype._as_ref)

    def kernel(self, ref: Array, indices: Array, updates: Array, out: Array | None = None) -> Array:
        return _scattered(self.kind, ref, indices, updates, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        ref = np.asarray([[1, 8], [3, 5], [9, 7]], np.float32)
        yield Sample.of(cls(), ref, i32([2, 0]), np.asarray([[4, 2], [5, 10]], np.float32))
        yield Sample.of(cls(), ref, i64(1), np.asarray([4, 2], np.float32))
        yield Sample.of(cls(), ref, i64([1, 2]), np.float32(4))
        yield Sample.of(cls(), ref.astype(np.int32), i32([2]), i32([[-4, 2]]))
        yield Sample.of(cls(), ref, i32([]), np.ones((0, 2), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ref = TensorSpec([3, 2], "float32_ref")
        yield ErrorSample(cls(), (ref, i32([1]), np.ones(2, np.float32)), "updates must have shape")


@register
class ScatterUpdate(_Scatter):
    """Replace slices of a variable."""

    use_locking: bool = True
    types = {"Tindices": INDEX}


@register
class ScatterAdd(_Scatter):
    """Add to slices of a variable."""

    use_locking: bool = False
    kind = "add"


@register
class ScatterSub(_Scatter):
    """Subtract from slices of a variable."""

    use_locking: bool = False
    kind = "sub"


@register
class ScatterMul(_Scatter):
    """Multiply slices of a variable."""

    use_locking: bool = False
    kind = "mul"


@register
class ScatterDiv(_Scatter):
    """Divide slices of a variable."""

    use_locking: bool = False
    kind = "div"


@register
class ScatterMin(_Scatter):
    """Take the minimum of slices of a variable and others."""

    use_locking: bool = False
    kind = "min"
    types = {"T": _ORDERED, "Tindices": INDEX}


@register
class ScatterMax(_Scatter):
    """Take the maximum of slices of a variable and others."""

    use_locking: bool = False
    kind = "max"
    types = {"T": _ORDERED, "Tindices": INDEX}


class _ScatterNd(_Scatter):
    """Base of the ops that update slices of a reference variable at positions."""

    def infer(self, ref: TensorSpec, indices: TensorSpec, updates: TensorSpec) -> TensorSpec:
        check_slices_nd(ref.shape, indices.shape, updates.shape)
        return TensorSpec(ref.shape, ref.dtype._as_ref)

    def kernel(self, ref: Array, indices: Array, updates: Array, out: Array | None = None) -> Array:
        return scattered_nd(self.kind, ref, indices, updates, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        ref = np.asarray([[1, 8], [3, 5], [9, 7]], np.float32)
        yield Sample.of(cls(), ref, i32([[2, 0], [1, 1]]), np.asarray([4, 10], np.float32))
        yield Sample.of(cls(), ref, i64([[2], [0]]), np.asarray([[4, 2], [5, 10]], np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ref = TensorSpec([3, 2], "float32_ref")
        ones = np.ones(1, np.float32)
        yield ErrorSample(cls(), (ref, i32([[1]]), ones), "updates must have shape")
        yield ErrorSample(cls(), (ref, i32([[1, 1, 1]]), ones), "the variable has rank 2")


@register
class ScatterNdUpdate(_ScatterNd):
    """Replace slices of a variable at positions."""

    use_locking: bool = True
    types = {"Tindices": INDEX}


@register
class ScatterNdAdd(_ScatterNd):
    """Add to slices of a variable at positions."""

    use_locking: bool = False
    kind = "add"


@register
class ScatterNdSub(_ScatterNd):
    """Subtract from slices of a variable at positions."""

    use_locking: bool = False
    kind = "sub"


# -- resource variables ----------------------------------------------------------------------------


class _ResourceScatter(Op):
    """Base of the ops that update slices of a resource variable."""

    inputs = "resource: resource, indices: Tindices, updates: dtype"
    outputs = ""
    types = {"dtype": NUMERIC, "Tindices": INDEX}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)
    kind = "update"

    def infer(self, resource: TensorSpec, indices: TensorSpec, updates: TensorSpec) -> tuple[()]:
        _check_slices(_shape_of(resource, updates.dtype), indices.shape, updates.shape)
        return ()

    def kernel(
        self, resource: Array, indices: Array, updates: Array, out: Array | None = None
    ) -> Array:
        return _scattered(self.kind, resource, indices, updates, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.asarray([[1, 8], [3, 5], [9, 7]], np.float32)
        yield Sample.of(cls(), value, i32([2, 0]), np.asarray([[4, 2], [5, 10]], np.float32))
        yield Sample.of(cls(), value, i64([1, 2]), np.float32(4))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        variable = TensorSpec([3, 2], "float32")
        updates = np.ones(2, np.float32)
        yield ErrorSample(cls(), (variable, i32([1]), updates), "updates must have shape")


def _shape_of(resource: TensorSpec, dtype: DType) -> TensorShape:
    return value_spec(resource, dtype.base_dtype).shape


@register
class ResourceScatterUpdate(_ResourceScatter):
    """Replace slices of a variable."""

    types = {"Tindices": INDEX}


@register
class ResourceScatterAdd(_ResourceScatter):
    """Add to slices of a variable."""

    kind = "add"


@register
class ResourceScatterSub(_ResourceScatter):
    """Subtract from slices of a variable."""

    kind = "sub"


@register
class ResourceScatterMul(_ResourceScatter):
    """Multiply slices of a variable."""

    kind = "mul"


@register
class ResourceScatterDiv(_ResourceScatter):
    """Divide slices of a variable."""

    kind = "div"


@register
class ResourceScatterMin(_ResourceScatter):
    """Take the minimum of slices of a variable and others."""

    kind = "min"
    types = {"dtype": _ORDERED, "Tindices": INDEX}


@register
class ResourceScatterMax(_ResourceScatter):
    """Take the maximum of slices of a variable and others."""

    kind = "max"
    types = {"dtype": _ORDERED, "Tindices": INDEX}


class _ResourceScatterNd(Op):
    """Base of the ops that update slices of a resource variable at positions."""

    inputs = "ref: resource, indices: Tindices, updates: T"
    outputs = ""
    types = {"T": NUMERIC, "Tindices": INDEX}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)
    kind = "update"

    def infer(self, ref: TensorSpec, indices: TensorSpec, updates: TensorSpec) -> tuple[()]:
        check_slices_nd(_shape_of(ref, updates.dtype), indices.shape, updates.shape)
        return ()

    def kernel(self, ref: Array, indices: Array, updates: Array, out: Array | None = None) -> Array:
        return scattered_nd(self.kind, ref, indices, updates, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.asarray([[1, 8], [3, 5], [9, 7]], np.float32)
        yield Sample.of(cls(), value, i32([[2, 0], [1, 1]]), np.asarray([4, 10], np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        variable, ones = TensorSpec([3, 2], "float32"), np.ones(1, np.float32)
        yield ErrorSample(cls(), (variable, i32([[1]]), ones), "updates must have shape")


@register
class ResourceScatterNdUpdate(_ResourceScatterNd):
    """Replace slices of a variable at positions."""

    use_locking: bool = True
    types = {"Tindices": INDEX}


@register
class ResourceScatterNdAdd(_ResourceScatterNd):
    """Add to slices of a variable at positions."""

    use_locking: bool = True
    kind = "add"


@register
class ResourceScatterNdSub(_ResourceScatterNd):
    """Subtract from slices of a variable at positions."""

    use_locking: bool = True
    kind = "sub"


# -- public functions ------------------------------------------------------------------------------


def _apply_scatter(
    op: Op, resource_op: Op, ref: Any, indices: Any, updates: Any, name: str | None
) -> Any:
    """Apply the op that fits the kind of variable."""
    if not is_resource(ref):
        return apply(op, ref, indices, updates, name=name)
    updates = convert_to_tensor(updates, dtype=ref.dtype.base_dtype)
    return ref._after(apply_op(resource_op, ref.handle, indices, updates, name=name))


def scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Replace slices of a variable along its first axis.

    Args:
      ref: the variable.
      indices: which slices, int32 or int64 tensor of any shape; of repeated ones the last counts.
      updates: the new slices, of shape `indices.shape + ref.shape[1:]`, or a scalar.
      use_locking: accepted for compatibility: updates are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference as it is after the update.

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: while running: an index is out of range.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_update(v, [2, 0], [30, 10]))
    array([10,  2, 30], dtype=int32)
    """
    op = ScatterUpdate(use_locking)
    return _apply_scatter(op, ResourceScatterUpdate(), ref, indices, updates, name)


def scatter_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Add to slices of a variable, see `tf.scatter_update`; repeated indices add up.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_add(v, [2, 0, 2], [30, 10, 5]))
    array([11,  2, 38], dtype=int32)
    """
    op = ScatterAdd(use_locking)
    return _apply_scatter(op, ResourceScatterAdd(), ref, indices, updates, name)


def scatter_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Subtract from slices of a variable, see `tf.scatter_update`; repeated indices add up.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_sub(v, [2, 0, 2], [30, 10, 5]))
    array([ -9,   2, -32], dtype=int32)
    """
    op = ScatterSub(use_locking)
    return _apply_scatter(op, ResourceScatterSub(), ref, indices, updates, name)


def scatter_mul(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Multiply slices of a variable, see `tf.scatter_update`.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_mul(v, [2, 0], [4, 10]))
    array([10,  2, 12], dtype=int32)
    """
    op = ScatterMul(use_locking)
    return _apply_scatter(op, ResourceScatterMul(), ref, indices, updates, name)


def scatter_div(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Divide slices of a variable, see `tf.scatter_update`; integers are rounded towards zero.

    >>> import graphflow as tf
    >>> v = tf.Variable([10, 20, -35])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_div(v, [2, 0], [4, 2]))
    array([ 5, 20, -8], dtype=int32)
    """
    op = ScatterDiv(use_locking)
    return _apply_scatter(op, ResourceScatterDiv(), ref, indices, updates, name)


def scatter_min(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Take the minimum of slices of a variable and others, see `tf.scatter_update`.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_min(v, [2, 0], [-7, 5]))
    array([ 1,  2, -7], dtype=int32)
    """
    op = ScatterMin(use_locking)
    return _apply_scatter(op, ResourceScatterMin(), ref, indices, updates, name)


def scatter_max(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Take the maximum of slices of a variable and others, see `tf.scatter_update`.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_max(v, [2, 0], [-7, 5]))
    array([5, 2, 3], dtype=int32)
    """
    op = ScatterMax(use_locking)
    return _apply_scatter(op, ResourceScatterMax(), ref, indices, updates, name)


def scatter_nd_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Replace the slices of a variable at some positions.

    Args:
      ref: the variable.
      indices: int32 or int64 tensor; its last axis holds positions along the first axes of `ref`.
      updates: the new slices, of shape `indices.shape[:-1] + ref.shape[indices.shape[-1]:]`.
      use_locking: accepted for compatibility: updates are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference as it is after the update.

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: while running: a position is out of range.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1, 2, 3], [4, 5, 6]])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_nd_update(v, [[1, 0], [0, 2]], [40, 30]))
    array([[ 1,  2, 30],
           [40,  5,  6]], dtype=int32)
    """
    op, resource_op = ScatterNdUpdate(use_locking), ResourceScatterNdUpdate(use_locking)
    return _apply_scatter(op, resource_op, ref, indices, updates, name)


def scatter_nd_add(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Add to the slices of a variable at some positions, see `tf.scatter_nd_update`.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1, 2, 3], [4, 5, 6]])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_nd_add(v, [[1, 0], [1, 0]], [40, 30]))
    array([[ 1,  2,  3],
           [74,  5,  6]], dtype=int32)
    """
    op, resource_op = ScatterNdAdd(use_locking), ResourceScatterNdAdd(use_locking)
    return _apply_scatter(op, resource_op, ref, indices, updates, name)


def scatter_nd_sub(
    ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None
) -> Any:
    """Subtract from the slices of a variable at some positions, see `tf.scatter_nd_update`.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1, 2, 3], [4, 5, 6]])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.scatter_nd_sub(v, [[1, 0], [1, 0]], [40, 30]))
    array([[  1,   2,   3],
           [-66,   5,   6]], dtype=int32)
    """
    op, resource_op = ScatterNdSub(use_locking), ResourceScatterNdSub(use_locking)
    return _apply_scatter(op, resource_op, ref, indices, updates, name)


def batch_scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Replace slices of a variable in each of a batch of rows; deprecated in TensorFlow.

    Args:
      ref: the variable.
      indices: int32 or int64 tensor of known shape; its first axes are the batch, the last one says
        which slices along the variable's axis of the same number.
      updates: the new slices, of shape `indices.shape + ref.shape[indices.rank:]`.
      use_locking: accepted for compatibility: updates are always atomic.
      name: name scope of the operations.

    Returns:
      The variable's reference as it is after the update.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1, 2, 3], [4, 5, 6]])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.batch_scatter_update(v, [[0], [2]], [[10], [60]]))
    array([[10,  2,  3],
           [ 4,  5, 60]], dtype=int32)
    """
    with name_scope(name):
        indices = convert_to_tensor(indices, name="indices")
        sizes = [int(size) for size in indices.shape]
        positions = _batch_positions(indices, sizes)
        return scatter_nd_update(ref, positions, updates, use_locking)


def _batch_positions(indices: Any, sizes: Sequence[int]) -> Any:
    """Positions that begin with the place in the batch and end with the index there."""
    batch = np.indices(tuple(sizes)).reshape(len(sizes), math.prod(sizes)).T[:, :-1]
    dtype = indices.dtype.base_dtype
    places = ops.constant(batch.reshape((*sizes, len(sizes) - 1)), dtype=dtype)
    return ops.concat([places, ops.expand_dims(indices, -1)], axis=-1)
