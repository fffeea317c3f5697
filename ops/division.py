"""Division and remainders, element by element."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import is_tensor_like
from graphflow.core.dtypes import INEXACT, REAL_NUMBER, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.ops.elementwise import (
    Binary,
    Pair,
    convert_pair,
    input_gradients,
    is_integer,
    number,
    positive_y_samples,
    stored,
    without_oracle,
)
from graphflow.ops.kernels.arrays import LOW_PRECISION

__all__ = [
    "Div",
    "DivNoNan",
    "FloorDiv",
    "FloorMod",
    "Mod",
    "RealDiv",
    "TruncateDiv",
    "TruncateMod",
    "Xdivy",
    "div",
    "div_no_nan",
    "divide",
    "divide_no_nan",
    "floor_div",
    "floor_mod",
    "floordiv",
    "floormod",
    "mod",
    "realdiv",
    "truediv",
    "truncatediv",
    "truncatemod",
    "xdivy",
]


# -- division --------------------------------------------------------------------------------------


def _refuse_zero(x: Array, y: Array) -> None:
    if np.size(x) and not np.all(y):
        raise InvalidArgumentError(
            None, None, "Integer division by zero: a divisor in y is 0; guard it with tf.where"
        )


def _truncated_quotient(x: Array, y: Array) -> Array:
    """Divide and round towards zero, as C divides integers."""
    _refuse_zero(x, y)
    quotient = np.floor_divide(x, y)
    rounded_down = (np.remainder(x, y) != 0) & ((x < 0) != (y < 0))
    return np.add(quotient, rounded_down.astype(quotient.dtype))


def _by_zero(op: Any) -> Iterator[ErrorSample]:
    x, y = np.asarray([7, 3], np.int32), np.asarray([2, 0], np.int32)
    yield ErrorSample(op, (x, y), "Integer division by zero", InvalidArgumentError, "run")


class _Quotient(Binary):
    """x / y with its gradient."""

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = (ops.conj(tensor) for tensor in op.inputs)
        by_y = realdiv(realdiv(ops.negative(x), y), y)
        return input_gradients(op, realdiv(grad, y), ops.multiply(grad, by_y))


@register
class RealDiv(_Quotient):
    """x / y for numbers that are no integers."""

    types: ClassVar[Any] = {"T": INEXACT}
    ufunc = np.divide
    elementwise = "x / y"


@register
class Div(_Quotient):
    """x / y; integers are rounded towards zero."""

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        if not is_integer(x):
            return np.divide(x, y, out=out)
        return stored(out, _truncated_quotient(x, y))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield from _signed_integer_samples(cls())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        yield from _by_zero(cls())


def _signed_integer_samples(op: Any) -> Iterator[Sample]:
    x = np.asarray([7, -7, 7, -7, 6, -6, 0], np.int32)
    y = np.asarray([2, 2, -2, -2, 3, 3, -4], np.int32)
    yield Sample.of(op, x, y)


class _FloatQuotientSamples(Binary):
    """Division ops whose values jump: no gradient is checked where they are constant."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            low = sample.inputs[0].dtype.name == "bfloat16"
            yield dataclasses.replace(sample, rtol=2e-2 if low else None)
        yield from _signed_integer_samples(cls())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        yield from _by_zero(cls())


@register
class FloorDiv(_FloatQuotientSamples):
    """The largest integer that is not above x / y."""

    rule = operator.floordiv
    differentiable = False

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        if is_integer(x):
            _refuse_zero(x, y)
            return np.floor_divide(x, y, out=out)
        return np.floor(np.divide(x, y, out=out), out=out)


@register
class TruncateDiv(_FloatQuotientSamples):
    """x / y rounded towards zero."""

    differentiable = False

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        if is_integer(x):
            return stored(out, _truncated_quotient(x, y))
        return np.trunc(np.divide(x, y, out=out), out=out)


class _Remainder(_FloatQuotientSamples):
    """What is left over by a division."""

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        if is_integer(x):
            _refuse_zero(x, y)
        return self.ufunc(x, y, out=out)


@register
class FloorMod(_Remainder):
    """x - floor(x / y) * y, which has the sign of y."""

    ufunc = np.remainder
    rule = operator.mod

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        quotient = floor_div(op.inputs[0], op.inputs[1])
        return input_gradients(op, grad, ops.multiply(grad, ops.negative(quotient)))


class _CRemainder(_Remainder):
    """x - trunc(x / y) * y, which has the sign of x."""

    types: ClassVar[Any] = {"T": dtype_set("int32 int64 float32 float64")}
    ufunc = np.fmod

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        quotient = truncatediv(op.inputs[0], op.inputs[1])
        return input_gradients(op, grad, ops.multiply(grad, ops.negative(quotient)))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from without_oracle(super().samples(), *LOW_PRECISION)


@register
class TruncateMod(_CRemainder):
    """The remainder of C."""


@register
class Mod(_CRemainder):
    """The remainder of C, under its old name."""


@register
class DivNoNan(Binary):
    """x / y, but 0 where y is 0."""

    types: ClassVar[Any] = {"T": INEXACT}
    elementwise = "0 if y == 0 else x / y"

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        zero = np.asarray(y) == 0
        quotient = np.asarray(np.divide(x, y))
        return stored(out, np.where(zero, quotient.dtype.type(0), quotient))

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = (ops.conj(tensor) for tensor in op.inputs)
        by_y = div_no_nan(div_no_nan(ops.negative(x), y), y)
        return input_gradients(op, div_no_nan(grad, y), ops.multiply(grad, by_y))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        x, y = np.asarray([3.0, 0.0, -2.0]), np.asarray([0.0, 0.0, 4.0])
        yield Sample.of(cls(), x, y, gradient=(), note="jumps at 0")


@register
class Xdivy(Binary):
    """x / y, but 0 where x is 0."""

    types: ClassVar[Any] = {"T": INEXACT}
    elementwise = "0 if x == 0 else x / y"

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        quotient = np.divide(x, y)
        return stored(out, np.where(np.asarray(x) == 0, quotient.dtype.type(0), quotient))

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = op.inputs
        not_zero = ops.cast(ops.not_equal(x, number(x, 0)), x.dtype)
        by_x, by_y = xdivy(not_zero, y), xdivy(ops.negative(x), ops.square(y))
        return input_gradients(op, ops.multiply(by_x, grad), ops.multiply(by_y, grad))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from positive_y_samples(cls())


def realdiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide numbers that are no integers.

    Args:
      x: floating or complex.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.realdiv([3.0, 1.0], 4.0))
    array([0.75, 0.25], dtype=float32)
    """
    return apply(RealDiv(), x, y, name=name)


_TRUE_QUOTIENTS = {
    "uint8": "float32", "int8": "float32", "uint16": "float32", "int16": "float32",
    "int32": "float64", "int64": "float64", "uint32": "float64", "uint64": "float64",
}  # fmt: skip


def truediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide as Python 3 does: integers are first cast to floating numbers.

    Args:
      x: numeric; (u)int8 and (u)int16 are cast to float32, (u)int32 and (u)int64 to float64.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A floating or complex tensor of the broadcast shape.

    Raises:
      TypeError: the dtypes differ or are not numeric.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.truediv([7, -3], 2))
    array([ 3.5, -1.5])
    """
    with name_scope(name, "truediv", [x, y]) as scope:
        x, y = convert_pair(x, y)
        dtype = x.dtype.base_dtype
        if dtype is not y.dtype.base_dtype:
            raise TypeError(f"x and y must have one dtype, not {dtype.name} and {y.dtype.name}")
        if dtype.name in _TRUE_QUOTIENTS:
            x, y = (ops.cast(tensor, _TRUE_QUOTIENTS[dtype.name]) for tensor in (x, y))
        return realdiv(x, y, name=scope)


def divide(x: Any, y: Any, name: str | None = None) -> Any:
    """Compute the Python 3 quotient `x / y`.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A floating or complex tensor of the broadcast shape; a number for two Python numbers without
      `name`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.divide([9, 3], tf.constant(2)))
    array([4.5, 1.5])
    """
    if name is None and not is_tensor_like(x) and not is_tensor_like(y):
        return x / y
    return truediv(x, y, name)


def div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide as Python 2 does: integers are rounded down to an integer.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `x`, of the broadcast shape.

    Raises:
      TypeError: the dtypes differ.
      tf.errors.InvalidArgumentError: (in a run) an integer is divided by 0.

    >>> import graphflow as tf
    >>> tf.Session().run([tf.div([7, -7], 2), tf.div([7.0], 2.0)])
    [array([ 3, -4], dtype=int32), array([3.5], dtype=float32)]
    """
    with name_scope(name, "div", [x, y]) as scope:
        x, y = convert_pair(x, y)
        dtype = x.dtype.base_dtype
        if dtype is not y.dtype.base_dtype:
            raise TypeError(f"x and y must have one dtype, not {dtype.name} and {y.dtype.name}")
        if dtype.is_floating or dtype.is_complex:
            return realdiv(x, y, name=scope)
        return floor_div(x, y, name=scope)


def div_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide element by element; the quotient is 0 where `y` is 0.

    Args:
      x: floating or complex.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.div_no_nan([3.0, 3.0], [0.0, 4.0]))
    array([0.  , 0.75], dtype=float32)
    """
    with name_scope(name, "div_no_nan", [x, y]) as scope:
        x, y = convert_pair(x, y)
        return apply(DivNoNan(), x, y, name=scope)


divide_no_nan = div_no_nan


def floor_div(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide and round down.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `x`, of the broadcast shape.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an integer is divided by 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.floor_div([7, -7], 2))
    array([ 3, -4], dtype=int32)
    """
    return apply(FloorDiv(), x, y, name=name)


def floordiv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Compute the Python quotient `x // y`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `x`, of the broadcast shape.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an integer is divided by 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.floordiv([7.5, -7.5], 2.0))
    array([ 3., -4.], dtype=float32)
    """
    with name_scope(name, "floordiv", [x, y]) as scope:
        return floor_div(x, y, name=scope)


def truncatediv(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Divide and round towards zero.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `x`, of the broadcast shape.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an integer is divided by 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.truncatediv([7, -7], 2))
    array([ 3, -3], dtype=int32)
    """
    return apply(TruncateDiv(), x, y, name=name)


def floormod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Compute the remainder of a division that rounds down; it has the sign of `y`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `x`, of the broadcast shape.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an integer is divided by 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.floormod([7, -7], 5))
    array([2, 3], dtype=int32)
    """
    return apply(FloorMod(), x, y, name=name)


mod = floormod


floor_mod = floormod


def truncatemod(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Compute the remainder of a division that rounds towards zero; it has the sign of `x`.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the dtype of `x`, of the broadcast shape.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an integer is divided by 0.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.truncatemod([7, -7], 5))
    array([ 2, -2], dtype=int32)
    """
    return apply(TruncateMod(), x, y, name=name)


def xdivy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Compute x / y, and 0 where `x` is 0.

    Args:
      x: floating or complex.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.xdivy([0.0, 2.0], [0.0, 4.0]))
    array([0. , 0.5], dtype=float32)
    """
    return apply(Xdivy(), x, y, name=name)
