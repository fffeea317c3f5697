"""What element-wise ops have in common: their base classes, and gradients through broadcasting."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, overload

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import (
    FLOATING,
    INEXACT,
    NUMERIC,
    DType,
    complex64 as _complex64,
    float32 as _float32,
    float64 as _float64,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops.broadcast import broadcast_gradient_args

__all__: list[str] = []

Partial = tuple[int | None, ...] | int | None
Rule = Callable[[int, int], int]

Pair = tuple[Tensor | None, Tensor | None]

# What functions treat apart, and numbers at which exponentials overflow in float32.
SPECIAL = np.asarray([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, -1.0, 89.5, -104.5])


def is_integer(x: Array) -> bool:
    """Whether an array holds integers.

    >>> is_integer(np.uint8(3)), is_integer(np.float32(3))
    (True, False)
    """
    return np.dtype(x.dtype).kind in "iu"


def number_like(x: Array, value: float) -> Any:
    """Make a numpy scalar of the dtype of an array.

    >>> number_like(np.zeros(2, np.float32), 0.5).dtype
    dtype('float32')
    """
    return np.dtype(x.dtype).type(value)


def stored(out: Array | None, value: Array) -> Array:
    """Return the value, in the buffer if there is one."""
    if out is None:
        return value
    out[...] = value
    return out


class UnaryOp(Op):
    """A function of each element of one tensor, of the same dtype."""

    inputs = "x: T"
    outputs = "y"
    types: ClassVar[Any] = {"T": INEXACT}
    domain: ClassVar[tuple[float, ...]] = (-2.75, -0.6, -0.2, 0.3, 1.4, 3.6)

    def infer(self, x: TensorSpec, /) -> TensorSpec:
        return TensorSpec(x.shape, x.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = np.asarray(cls.domain).reshape(2, -1)
        for dtype in sorted(cls.types["T"], key=lambda item: item.name):
            if dtype.is_floating:
                yield Sample.of(cls(), values.astype(dtype.numpy))
            elif dtype.is_complex:
                yield Sample.of(cls(), (values + 0.25j * values[::-1]).astype(dtype.numpy))
        kind = next((d.numpy for d in (_float32, _complex64) if d in cls.types["T"]), np.float64)
        yield Sample.of(cls(), np.asarray(cls.domain[1], kind))
        yield Sample.of(cls(), np.zeros((2, 0, 3), kind))
        yield Sample.of(cls(), np.resize(values, (2, 1, 3, 1, 2)).astype(kind))
        if kind is np.float32:
            for wide in (np.float32, np.float64):
                yield Sample.of(cls(), SPECIAL.astype(wide), gradient=(), note="special values")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.asarray(["x"], object),), "dtype string", TypeError)


class Unary(UnaryOp):
    """A function of each element that a ufunc computes."""

    has_out = True
    inplace: ClassVar[int | None] = 0
    ufunc: ClassVar[np.ufunc]

    def kernel(self, x: Array, /, out: Array | None = None) -> Array:
        return self.ufunc(x, out=out)

    def function(self) -> Callable[..., Any]:
        return self.ufunc if type(self).kernel is Unary.kernel else self.kernel


@overload
def apply_to_elements(op: Op, x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def apply_to_elements(op: Op, x: Any, name: str | None = None) -> Tensor: ...


def apply_to_elements(op: Op, x: Any, name: str | None = None) -> Any:
    """Add a function of each element to the graph.

    Args:
      op: a function that is zero at zero.
      x: a tensor, or a `SparseTensor`, of which it is applied to the elements.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor` with elements in the same places.
    """
    if not isinstance(x, SparseTensor):
        return apply(op, x, name=name)
    result = SparseTensor(x.indices, apply(op, x.values, name=name), x.dense_shape)
    result.set_shape(x.shape)
    return result


class UnaryGrad(Op):
    """The gradient of a function, from its value y and the incoming gradient dy."""

    inputs = "y: T, dy: T"
    outputs = "z"
    types: ClassVar[Any] = {"T": INEXACT}

    def infer(self, y: TensorSpec, dy: TensorSpec) -> TensorSpec:
        return TensorSpec(y.shape.merge_with(dy.shape), y.dtype.base_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        y = np.asarray([[0.25, 0.75, 1.5], [2.25, 0.6, 0.9]])
        dy = np.asarray([[1.5, -0.5, 2.0], [-3.0, 0.75, 0.2]])
        for dtype in (np.float32, np.float64, np.float16):
            yield Sample.of(cls(), y.astype(dtype), dy.astype(dtype))
        yield Sample.of(cls(), y + 0.5j * dy, dy - 0.25j * y)
        yield Sample.of(cls(), np.float32(0.4), np.float32(-1.25))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ones = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (ones, ones.T), "not compatible")


class BinaryOp(Op):
    """A function of pairs of elements of two tensors that broadcast."""

    inputs = "x: T, y: T"
    outputs = "z"
    types: ClassVar[Any] = {"T": NUMERIC}
    rule: ClassVar[Rule | None] = None  # the same for Python integers, to follow static shapes

    def infer(self, x: TensorSpec, y: TensorSpec, /) -> TensorSpec:
        return TensorSpec(broadcast_shape(x.shape, y.shape), x.dtype.base_dtype)

    def partial(self, *specs: TensorSpec) -> Partial:
        rule = type(self).rule
        if rule is None or not specs[0].dtype.is_integer:
            return None
        return combine_partial(rule, specs[0].partial(), specs[1].partial(), specs[0].dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.asarray([[1.5, -2.25, 0.75], [3.5, 0.6, -1.25]])
        y = np.asarray([[0.4, 1.25, -2.0], [-1.6, 2.5, 0.37]])
        yield from binary_samples(cls(), cls.types["T"], x, y)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x, y = np.ones((2, 3), np.float32), np.ones((4,), np.float32)
        yield ErrorSample(cls(), (x, y), "do not broadcast")
        yield ErrorSample(cls(), (x, y.astype(np.float64)), "does not match", TypeError)


class Binary(BinaryOp):
    """A function of pairs of elements that a ufunc computes."""

    has_out = True
    inplace: ClassVar[int | None] = 0
    ufunc: ClassVar[np.ufunc]

    def kernel(self, x: Array, y: Array, /, out: Array | None = None) -> Array:
        return self.ufunc(x, y, out=out)

    def function(self) -> Callable[..., Any]:
        return self.ufunc if type(self).kernel is Binary.kernel else self.kernel


def binary_samples(op: Op, dtypes: frozenset[DType], x: Array, y: Array) -> Iterator[Sample]:
    """Yield samples of a binary op over dtypes and ways to broadcast.

    Args:
      op: the op.
      dtypes: the dtypes that it takes.
      x: float64 [2, 3].
      y: float64 [2, 3].
    """
    for dtype in sorted(dtypes & FLOATING, key=lambda item: item.name):
        yield Sample.of(op, x.astype(dtype.numpy), y.astype(dtype.numpy))
    floats = sorted(dtypes & FLOATING, key=lambda item: item.name)
    if floats:
        wide = np.float64
        yield Sample.of(op, x.astype(wide), y[0].astype(wide))
        yield Sample.of(op, x[:, :1].astype(wide), y.astype(wide))
        yield Sample.of(op, wide(x[0, 0]), y.astype(wide))
        yield Sample.of(op, wide(x[1, 0]), wide(y[0, 1]))
        yield Sample.of(op, np.zeros((0, 3), wide), y[0].astype(wide))
        yield Sample.of(op, np.resize(x, (2, 1, 3, 1, 2)).astype(wide), y[:, :1].astype(wide))
        for single in sorted(dtypes & {_float32, _float64}, key=int):
            special = SPECIAL.astype(single.numpy)
            yield Sample.of(op, special[:, None], special, gradient=(), note="special values")
    for dtype in sorted(dtypes - FLOATING, key=lambda item: item.name):
        if dtype.is_complex:
            kind = dtype.numpy
            yield Sample.of(op, (x + 0.5j * y).astype(kind), (y - 0.25j * x).astype(kind))
        elif dtype.is_integer:
            left, right = np.asarray([[7, 3, 5], [2, 9, 4]]), np.asarray([[2, 3, 1], [3, 2, 3]])
            yield Sample.of(op, left.astype(dtype.numpy), right.astype(dtype.numpy))
            ends = np.asarray([dtype.min, dtype.max, 1], dtype.numpy)
            yield Sample.of(op, ends[:, None], ends[1:], gradient=(), note="overflow")


def positive_y_samples(op: Any) -> Iterator[Sample]:
    """Yield samples of a binary op whose second input must be positive."""
    x = np.asarray([[1.5, -2.25, 0.75], [3.5, 0.6, -1.25]])
    y = np.asarray([[0.4, 1.25, 2.0], [1.6, 2.5, 0.3]])
    for dtype in (np.float32, np.float64, np.float16):
        yield Sample.of(op, x.astype(dtype), y.astype(dtype))
    yield Sample.of(op, x[:, :1], y)
    zeros = np.zeros(2, np.float32)
    yield Sample.of(op, zeros, zeros, gradient=(), note="jumps at 0")


def without_oracle(samples: Iterator[Sample], *names: str) -> Iterator[Sample]:
    """Mark the samples whose dtype is among `names`: TensorFlow has no kernel for those."""
    for sample in samples:
        missing = np.asarray(sample.flat()[0]).dtype.name in names
        note = "TensorFlow has no kernel for this dtype" if missing else sample.note
        yield dataclasses.replace(sample, oracle=sample.oracle and not missing, note=note)


def combine_partial(rule: Rule, x: Partial, y: Partial, dtype: DType) -> Partial:
    """Apply a rule for integers to partly known vectors and scalars.

    >>> import operator
    >>> from graphflow.core import dtypes
    >>> combine_partial(operator.mul, (2, None, 5), 3, dtypes.int32)
    (6, None, 15)
    """
    if x is None or y is None:
        return None
    if isinstance(x, int) and isinstance(y, int):
        return _combine_one(rule, x, y, dtype)
    xs = x if isinstance(x, tuple) else (x,)
    ys = y if isinstance(y, tuple) else (y,)
    if len(xs) != len(ys) and 1 not in (len(xs), len(ys)):
        return None
    size = len(ys) if len(xs) == 1 else len(xs)
    xs = xs * size if len(xs) == 1 else xs
    ys = ys * size if len(ys) == 1 else ys
    return tuple(
        None if a is None or b is None else _combine_one(rule, a, b, dtype)
        for a, b in zip(xs, ys, strict=True)
    )


def _combine_one(rule: Rule, x: int, y: int, dtype: DType) -> int | None:
    try:
        return in_range(rule(x, y), dtype)
    except ZeroDivisionError:
        return None


def in_range(value: int, dtype: DType) -> int | None:
    """Return the integer, or None if the dtype cannot hold it.

    >>> from graphflow.core import dtypes
    >>> in_range(300, dtypes.int32), in_range(300, dtypes.uint8)
    (300, None)
    """
    return value if dtype.min <= value <= dtype.max else None


# -- gradients through broadcasting ----------------------------------------------------------------


def may_be_broadcast(shape: TensorShape, other: TensorShape) -> bool:
    """Tell whether a tensor may be repeated along some axis when combined with another.

    >>> may_be_broadcast(TensorShape([3]), TensorShape([None, 3]))
    True
    >>> may_be_broadcast(TensorShape([None, 3]), TensorShape([3]))
    False
    """
    mine, theirs = shape.as_tuple(), other.as_tuple()
    if theirs == ():
        return False
    if mine == theirs and mine is not None and None not in mine:
        return False
    if mine is None or theirs is None or len(mine) < len(theirs):
        return True
    aligned = mine[len(mine) - len(theirs) :]
    return any(
        size in (None, 1) and wanted != 1 and (size is None or wanted != size)
        for size, wanted in zip(aligned, theirs, strict=True)
    )


def unbroadcast(
    x: Tensor, y: Tensor, grad_x: Tensor | None, grad_y: Tensor | None
) -> tuple[Tensor | None, Tensor | None]:
    """Sum gradients of the broadcast shape over the axes along which an input was repeated.

    Args:
      x: the first input of the operation.
      y: the second input.
      grad_x: the gradient for x in the shape of the result, or None.
      grad_y: the gradient for y in the shape of the result, or None.

    Returns:
      The gradients in the shapes of x and y.
    """
    sizes = x.shape.as_tuple()
    if sizes is not None and sizes == y.shape.as_tuple() and None not in sizes:
        return grad_x, grad_y
    sum_x = grad_x is not None and may_be_broadcast(x.shape, y.shape)
    sum_y = grad_y is not None and may_be_broadcast(y.shape, x.shape)
    if not (sum_x or sum_y):
        return grad_x, grad_y
    shape_x, shape_y = ops.shape(x), ops.shape(y)
    axes_x, axes_y = broadcast_gradient_args(shape_x, shape_y)
    if sum_x:
        grad_x = ops.reshape(ops.reduce_sum(grad_x, axes_x), shape_x)
    if sum_y:
        grad_y = ops.reshape(ops.reduce_sum(grad_y, axes_y), shape_y)
    return grad_x, grad_y


def input_gradients(
    op: Operation, grad_x: Tensor | None, grad_y: Tensor | None
) -> tuple[Tensor | None, Tensor | None]:
    """`unbroadcast` for the two inputs of an operation."""
    return unbroadcast(op.inputs[0], op.inputs[1], grad_x, grad_y)


def number(like: Tensor, value: float) -> Tensor:
    """Make the constant `value` of the dtype of a tensor."""
    return ops.constant(value, dtype=like.dtype.base_dtype)


def conj_input(op: Operation) -> Tensor:
    """The conjugate of the only input, of which complex gradients are made."""
    return ops.conj(op.inputs[0])


def conj_output(op: Operation) -> Tensor:
    """The conjugate of the output."""
    return ops.conj(op.outputs[0])


def plus_one(x: Tensor) -> Tensor:
    """1 + x."""
    return ops.add_v2(number(x, 1), x)


def convert_pair(x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """Convert two operands; a Python value takes the dtype of the first."""
    x = convert_to_tensor(x, name="x")
    wanted = None if is_tensor_like(y) else x.dtype.base_dtype
    return x, convert_to_tensor(y, dtype=wanted, name="y")
