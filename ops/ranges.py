"""Ranges and identity matrices: tensors that a few numbers describe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import (
    INDEX,
    as_dtype,
    dtype_set,
    float32 as _float32,
    float64 as _float64,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, TensorSpec, unknown_shape

__all__ = ["LinSpace", "Range", "eye", "lin_space", "linspace", "range"]


def _check_scalar(name: str, spec: TensorSpec) -> None:
    if spec.shape.rank not in (None, 0):
        raise ValueError(f"{name} must be a scalar, it has shape {spec.shape}")


@register
class Range(Op):
    """An arithmetic sequence."""

    inputs = "start: Tidx, limit: Tidx, delta: Tidx"
    types = {"Tidx": dtype_set("bfloat16 float32 float64 int32 int64")}

    def infer(self, start: TensorSpec, limit: TensorSpec, delta: TensorSpec) -> TensorSpec:
        for name, spec in (("start", start), ("limit", limit), ("delta", delta)):
            _check_scalar(name, spec)
        values = [start.value, limit.value, delta.value]
        shape = unknown_shape(1)
        if all(value is not None for value in values):
            shape = TensorShape.of((_range_size(*values),))
        return TensorSpec(shape, start.dtype.base_dtype)

    def partial(self, *specs: TensorSpec) -> tuple[int | None, ...] | None:
        values = [spec.value for spec in specs]
        if not specs[0].dtype.is_integer or any(value is None for value in values):
            return None
        start, limit, delta = (int(value) for value in values if value is not None)
        if delta == 0:
            return None
        return tuple(np.arange(start, limit, delta).tolist())

    def kernel(self, start: Array, limit: Array, delta: Array) -> Array:
        try:
            size = _range_size(start, limit, delta)
        except ValueError as error:
            raise InvalidArgumentError(None, None, str(error)) from error
        if np.dtype(start.dtype).kind in "iu":
            return np.arange(size, dtype=start.dtype) * delta + start
        steps = np.arange(size, dtype=np.float64)
        return (float(start) + steps * float(delta)).astype(start.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None, None, None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for start, limit, delta in ((2, 11, 3), (5, -2, -2), (0, 0, 1)):
            yield Sample.of(cls(), np.int32(start), np.int32(limit), np.int32(delta))
        yield Sample.of(cls(), np.float32(0.5), np.float32(3), np.float32(0.75), gradient=())
        yield Sample.of(cls(), np.float64(1), np.float64(-1), np.float64(-0.3), gradient=())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        zero, one, two = np.int32(0), np.int32(1), np.int32(2)
        yield ErrorSample(cls(), (one, two, zero), "delta must not be 0")
        yield ErrorSample(cls(), (two, one, one), "start must not be above limit")
        yield ErrorSample(cls(), (one, two, -one), "start must not be below limit")
        yield ErrorSample(cls(), (np.ones(2, np.int32), two, one), "start must be a scalar")


def _range_size(start: Array, limit: Array, delta: Array) -> int:
    """The length of a range; raises ValueError if the bounds are in the wrong order."""
    if delta == 0:
        raise ValueError("delta must not be 0")
    if delta > 0 and start > limit:
        raise ValueError(f"start must not be above limit with delta > 0: {start} > {limit}")
    if delta < 0 and start < limit:
        raise ValueError(f"start must not be below limit with delta < 0: {start} < {limit}")
    if np.dtype(start.dtype).kind in "iu":
        return -((int(start) - int(limit)) // int(delta))
    return int(np.ceil(abs((float(limit) - float(start)) / float(delta))))


def range(
    start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range"
) -> Tensor:
    """Create a sequence of numbers from `start` up to but not including `limit`.

    Args:
      start: scalar of dtype int32, int64, float32 or float64; the limit if `limit` is None, and
        then the sequence starts at 0.
      limit: scalar, or None.
      delta: scalar, the step.
      dtype: the dtype, by default the widest of the arguments'.
      name: the operation's name.

    Returns:
      A vector.

    Raises:
      ValueError: `delta` is 0 or has the wrong sign.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.range(3, 18, 3))
    array([ 3,  6,  9, 12, 15], dtype=int32)
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        wanted = None if dtype is None else as_dtype(dtype)
        tensors = [
            convert_to_tensor(value, wanted, name=argument)
            for value, argument in ((start, "start"), (limit, "limit"), (delta, "delta"))
        ]
        if wanted is None:
            tensors = _promoted(tensors)
        return apply(Range(), *tensors, name=scope)


def _promoted(tensors: list[Tensor]) -> list[Tensor]:
    """Cast to the widest dtype among them."""
    order = [_int32, _int64, _float32, _float64]
    dtypes = [tensor.dtype.base_dtype for tensor in tensors]
    if len(set(dtypes)) == 1:
        return tensors
    if not set(dtypes) <= set(order):
        names = ", ".join(dtype.name for dtype in dtypes)
        raise TypeError(f"range of {names}: give one dtype among int32, int64, float32, float64")
    widest = max(dtypes, key=order.index)
    return [ops.cast(tensor, widest) for tensor in tensors]


@register
class LinSpace(Op):
    """Evenly spaced numbers."""

    inputs = "start: T, stop: T, num: Tidx"
    types = {"T": dtype_set("float32 float64"), "Tidx": INDEX}

    def infer(self, start: TensorSpec, stop: TensorSpec, num: TensorSpec) -> TensorSpec:
        for name, spec in (("start", start), ("stop", stop), ("num", num)):
            _check_scalar(name, spec)
        count = num.value
        if count is not None and count <= 0:
            raise ValueError(f"num must be positive, it is {count}")
        size = None if count is None else int(count)
        return TensorSpec(TensorShape.of((size,)), start.dtype.base_dtype)

    def kernel(self, start: Array, stop: Array, num: Array) -> Array:
        if num <= 0:
            raise InvalidArgumentError(None, None, f"num must be positive, it is {num}")
        return np.linspace(float(start), float(stop), int(num)).astype(start.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [None, None, None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.float32(10), np.float32(12.5), np.int32(4), gradient=())
        yield Sample.of(cls(), np.float64(3), np.float64(-1), np.int64(1), gradient=())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.float32(1)
        yield ErrorSample(cls(), (one, one, np.int32(0)), "num must be positive")
        stop = np.ones(2, np.float32)
        yield ErrorSample(cls(), (one, stop, np.int32(3)), "stop must be a scalar")


def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """Create `num` evenly spaced numbers from `start` to `stop`, both included.

    Args:
      start: floating scalar.
      stop: scalar of the same dtype.
      num: int32 or int64 scalar above 0.
      name: the operation's name.

    Returns:
      A vector of the dtype of `start`.

    Raises:
      ValueError: `num` is not positive, or an argument is no scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linspace(10.0, 13.0, 4))
    array([10., 11., 12., 13.], dtype=float32)
    """
    return apply(LinSpace(), start, stop, num, name=name)


lin_space = linspace


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = _float32,
    name: str | None = None,
) -> Tensor:
    """Create an identity matrix, or a batch of them.

    Args:
      num_rows: int32 scalar, the rows of each matrix.
      num_columns: int32 scalar, by default `num_rows`.
      batch_shape: int32 vector, the leading dimensions of the result; none by default.
      dtype: the dtype.
      name: the name scope of the operations.

    Returns:
      A tensor of shape `batch_shape + [num_rows, num_columns]`.

    Raises:
      TypeError: a size is no integer.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.eye(2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        is_square = num_columns is None
        columns = num_rows if num_columns is None else num_columns
        batch = [] if batch_shape is None else batch_shape
        sizes = [_static_size(num_rows), _static_size(columns)]
        if None in sizes or isinstance(batch, Tensor):
            return _dynamic_eye(num_rows, columns, batch, is_square, dtype)
        rows, cols = (int(size) for size in sizes if size is not None)
        lead = list(TensorShape(batch).as_list())
        diagonal = ops.ones([*lead, min(rows, cols)], dtype)
        if rows == cols:
            return ops.matrix_diag(diagonal)
        return ops.matrix_set_diag(ops.zeros([*lead, rows, cols], dtype), diagonal)


def _static_size(size: Any) -> int | None:
    if is_tensor_like(size):
        return None
    if isinstance(size, bool) or not isinstance(size, (int, np.integer, Dimension)):
        raise TypeError(f"num_rows and num_columns must be integers, got {size!r}")
    return int(size)


def _dynamic_eye(rows: Any, columns: Any, batch: Any, is_square: bool, dtype: Any) -> Tensor:
    """`eye` where a size is known only when the graph runs."""
    size = rows if is_square else ops.minimum(rows, columns)
    lead = convert_to_tensor(batch, dtype=_int32, name="shape")
    diagonal = ops.ones(ops.concat([lead, [size]], axis=0), dtype)
    if is_square:
        return ops.matrix_diag(diagonal)
    shape = ops.concat([lead, [rows, columns]], axis=0)
    return ops.matrix_set_diag(ops.zeros(shape, dtype), diagonal)
