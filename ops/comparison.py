"""Comparisons and logic, element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    ALL,
    REAL_NUMBER,
    bool as _bool,
    dtype_set,
    resource,
    variant,
)
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape

__all__ = [
    "ApproximateEqual",
    "Equal",
    "Greater",
    "GreaterEqual",
    "Less",
    "LessEqual",
    "LogicalAnd",
    "LogicalNot",
    "LogicalOr",
    "NotEqual",
    "approximate_equal",
    "equal",
    "greater",
    "greater_equal",
    "is_non_decreasing",
    "is_strictly_increasing",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
]


class _Question(Op):
    """A question about pairs of elements."""

    inputs = "x: T, y: T"
    outputs = "z"
    types: ClassVar[Any] = {"T": REAL_NUMBER}
    differentiable = False
    ufunc: ClassVar[np.ufunc]

    def infer(self, x: TensorSpec, y: TensorSpec) -> TensorSpec:
        return TensorSpec(broadcast_shape(x.shape, y.shape), _bool)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x, y = np.asarray([[1, 5, 3], [2, 2, 4]]), np.asarray([[2, 2, 3], [1, 2, 9]])
        for dtype in (np.float32, np.float64, np.int32, np.int64, np.uint8, np.float16):
            yield Sample.of(cls(), x.astype(dtype), y.astype(dtype))
        yield Sample.of(cls(), x[:, :1].astype(np.float32), y[0].astype(np.float32))
        yield Sample.of(cls(), np.float32(2), y.astype(np.float32))
        yield Sample.of(cls(), np.float32(2), np.float32(np.nan))
        yield Sample.of(cls(), np.resize(x, (2, 1, 3, 1, 2)), y[:, :2])
        odd = np.asarray([np.nan, np.inf, -np.inf, -0.0, 0.0], np.float32)
        yield Sample.of(cls(), odd[:, None], odd)
        yield Sample.of(cls(), np.zeros((0, 3), np.int32), np.zeros(3, np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (x, x[0].astype(np.int32)), "does not match", TypeError)
        yield ErrorSample(cls(), (x, x.T), "do not broadcast")


class _Comparison(_Question):
    """A question about the order of elements."""

    has_out = True

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        return self.ufunc(x, y, out=out)

    def function(self) -> Callable[..., Any]:
        return self.ufunc


@register
class Less(_Comparison):
    """x < y."""

    ufunc = np.less
    elementwise = "x < y"


@register
class LessEqual(_Comparison):
    """x <= y."""

    ufunc = np.less_equal
    elementwise = "x <= y"


@register
class Greater(_Comparison):
    """x > y."""

    ufunc = np.greater
    elementwise = "x > y"


@register
class GreaterEqual(_Comparison):
    """x >= y."""

    ufunc = np.greater_equal
    elementwise = "x >= y"


@dataclass(frozen=True, eq=False, repr=False)
class _Equality(_Question):
    """Whether elements are equal, or whether they differ."""

    incompatible_shape_error: bool = True

    types: ClassVar[Any] = {"T": ALL - {resource, variant}}
    commutative = True
    of_other_shapes: ClassVar[bool]

    def infer(self, x: TensorSpec, y: TensorSpec) -> TensorSpec:
        if self.incompatible_shape_error:
            return super().infer(x, y)
        if not (x.shape.is_fully_defined() and y.shape.is_fully_defined()):
            return TensorSpec(TensorShape(None), _bool)
        try:
            return super().infer(x, y)
        except ValueError:
            return TensorSpec(TensorShape([]), _bool)

    def kernel(self, x: Array, y: Array) -> Array:
        if not self.incompatible_shape_error:
            try:
                np.broadcast_shapes(np.shape(x), np.shape(y))
            except ValueError:
                return np.asarray(self.of_other_shapes)
        if np.asarray(x).dtype != object:
            return self.ufunc(x, y)
        return np.asarray(self.ufunc(x, y, dtype=object), np.bool_)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        words = np.asarray([[b"ab", b""], [b"c", b"def"]], object)
        yield Sample.of(cls(), words, np.asarray([b"ab", b"def"], object))
        yield Sample.of(cls(), np.asarray(b"ab", object), np.asarray(b"c", object))
        yield Sample.of(cls(), np.asarray([True, False]), np.asarray([True, True]))
        yield Sample.of(cls(), np.asarray([1 + 2j, 3]), np.asarray([1 + 2j, 3 - 1j]))
        two, three = np.asarray([1, 2], np.int32), np.asarray([1, 2, 3], np.int32)
        yield Sample.of(cls(incompatible_shape_error=False), two, three)
        yield Sample.of(cls(incompatible_shape_error=False), two, two[::-1])


@register
class Equal(_Equality):
    """x == y."""

    makes_new = True
    ufunc = np.equal
    elementwise = "x == y"
    of_other_shapes = False


@register
class NotEqual(_Equality):
    """x != y."""

    makes_new = True
    ufunc = np.not_equal
    elementwise = "x != y"
    of_other_shapes = True


@register
class ApproximateEqual(Op):
    """|x - y| < tolerance."""

    tolerance: float = 1e-5

    inputs = "x: T, y: T"
    outputs = "z"
    types: ClassVar[Any] = {"T": dtype_set("float32 float64")}
    differentiable = False
    commutative = True

    def infer(self, x: TensorSpec, y: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape.merge_with(y.shape), _bool)

    def kernel(self, x: Array, y: Array) -> Array:
        difference = np.abs(x - y)
        return np.less(difference, np.dtype(difference.dtype).type(self.tolerance))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x, y = np.asarray([1.0, 2.0, -3.0]), np.asarray([1.25, 2.000001, -3.5])
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), x.astype(dtype), y.astype(dtype))
            yield Sample.of(cls(0.3), x.astype(dtype), y.astype(dtype))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (x, x[0]), "not compatible")


# -- logic -----------------------------------------------------------------------------------------


class _Logical(Op):
    """A connective of two booleans."""

    inputs = "x: bool, y: bool"
    outputs = "z"
    differentiable = False
    commutative = True
    has_out = True
    inplace = 0
    ufunc: ClassVar[np.ufunc]

    def infer(self, x: TensorSpec, y: TensorSpec) -> TensorSpec:
        return TensorSpec(broadcast_shape(x.shape, y.shape), _bool)

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        return self.ufunc(x, y, out=out)

    def function(self) -> Callable[..., Any]:
        return self.ufunc

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.asarray([[True, False], [True, False], [False, False]])
        y = np.asarray([[True, True], [False, False], [True, False]])
        yield Sample.of(cls(), x, y)
        yield Sample.of(cls(), x, y[1:2])
        yield Sample.of(cls(), np.True_, y[0])
        yield Sample.of(cls(), np.True_, np.False_)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones(3, bool)
        yield ErrorSample(cls(), (x, x[:2]), "do not broadcast")
        yield ErrorSample(cls(), (x, TensorSpec([3], "int32")), "must be bool", TypeError)


@register
class LogicalAnd(_Logical):
    """Both."""

    ufunc = np.logical_and
    elementwise = "x & y"


@register
class LogicalOr(_Logical):
    """One or both."""

    ufunc = np.logical_or
    elementwise = "x | y"


@register
class LogicalNot(Op):
    """The opposite."""

    inputs = "x: bool"
    outputs = "y"
    differentiable = False
    has_out = True
    inplace = 0
    elementwise = "not x"

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape, _bool)

    def kernel(self, x: Array, out: Array | None = None) -> Array:
        return np.logical_not(x, out=out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([[True, False, True]]))
        yield Sample.of(cls(), np.False_)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (TensorSpec([3], "int32"),), "must be bool", TypeError)


# -- public functions ------------------------------------------------------------------------------


def less(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where `x` is less than `y`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.less([1, 2, 3], 2))
    array([ True, False, False])
    """
    return apply(Less(), x, y, name=name)


def less_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where `x` is less than or equal to `y`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.less_equal([1, 2, 3], 2))
    array([ True,  True, False])
    """
    return apply(LessEqual(), x, y, name=name)


def greater(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where `x` is greater than `y`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.greater([1, 2, 3], 2))
    array([False, False,  True])
    """
    return apply(Greater(), x, y, name=name)


def greater_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where `x` is greater than or equal to `y`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.greater_equal([1, 2, 3], 2))
    array([False,  True,  True])
    """
    return apply(GreaterEqual(), x, y, name=name)


def equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where `x` and `y` are equal.

    Args:
      x: numeric, bool or string.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.equal([1, 2, 3], 2))
    array([False,  True, False])
    """
    return apply(Equal(), x, y, name=name)


def not_equal(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where `x` and `y` differ.

    Args:
      x: numeric, bool or string.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.not_equal([1, 2, 3], 2))
    array([ True, False,  True])
    """
    return apply(NotEqual(), x, y, name=name)


def logical_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where both are true.

    Args:
      x: bool.
      y: bool, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.logical_and([True, False], True))
    array([ True, False])
    """
    return apply(LogicalAnd(), x, y, name=name)


def logical_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Tell where at least one is true.

    Args:
      x: bool.
      y: bool, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    Raises:
      TypeError: a dtype does not fit.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.logical_or([True, False], False))
    array([ True, False])
    """
    return apply(LogicalOr(), x, y, name=name)


def logical_not(x: Any, name: str | None = None) -> Tensor:
    """Negate each boolean.

    Args:
      x: bool.
      name: the operation's name.

    Returns:
      Booleans of the shape of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.logical_not([True, False]))
    array([False,  True])
    """
    return apply(LogicalNot(), x, name=name)


def logical_xor(x: Any, y: Any, name: str = "LogicalXor") -> Tensor:
    """Tell where exactly one of two is true.

    Args:
      x: bool.
      y: bool, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      Booleans of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.logical_xor([True, False], True))
    array([False,  True])
    """
    return logical_and(logical_or(x, y), logical_not(logical_and(x, y)), name=name)


def approximate_equal(x: Any, y: Any, tolerance: float = 1e-5, name: str | None = None) -> Tensor:
    """Tell where |x - y| is less than `tolerance`.

    Args:
      x: numeric.
      y: of the same dtype and shape.
      tolerance: the smallest difference that counts.
      name: the operation's name.

    Returns:
      Booleans of the shape of `x`.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> y = tf.constant([1.25, 2.0])
    >>> tf.Session().run(ops.approximate_equal([1.0, 2.0], y, tolerance=0.1))
    array([False,  True])
    """
    return apply(ApproximateEqual(float(tolerance)), x, y, name=name)


def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Tell whether no element is less than the one before it, in row-major order.

    Args:
      x: real numbers.
      name: name scope of the operations.

    Returns:
      A bool scalar, true for fewer than two elements.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.is_non_decreasing([1.0, 1.0, 2.0]))
    np.True_
    """
    with name_scope(name, "is_non_decreasing", [x]):
        before, behind = _neighbours(x)
        return ops.reduce_all(greater_equal(behind, before))


def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Tell whether no element is less than or equal to the one before it, in row-major order.

    Args:
      x: real numbers.
      name: name scope of the operations.

    Returns:
      A bool scalar, true for fewer than two elements.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.is_strictly_increasing([1.0, 1.0, 2.0]))
    np.False_
    """
    with name_scope(name, "is_strictly_increasing", [x]):
        before, behind = _neighbours(x)
        return ops.reduce_all(greater(behind, before))


def _neighbours(x: Any) -> tuple[Tensor, Tensor]:
    """All elements but the last, and all but the first."""
    flat = ops.reshape(convert_to_tensor(x, name="x"), [-1])
    return flat[:-1], flat[1:]
