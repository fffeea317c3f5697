"""Element-wise arithmetic on two tensors."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import FLOATING, INDEX, INEXACT, NUMERIC, REAL_NUMBER, DType
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec, broadcast_shape
from graphflow.ops.elementwise import (
    SPECIAL,
    Binary,
    BinaryOp,
    Pair,
    binary_samples,
    convert_pair,
    input_gradients,
    is_integer,
    number,
    positive_y_samples,
    stored,
)

__all__ = [
    "Add",
    "AddV2",
    "Atan2",
    "Complex",
    "Maximum",
    "Minimum",
    "Mul",
    "MulNoNan",
    "NextAfter",
    "Pow",
    "SquaredDifference",
    "Sub",
    "Xlogy",
    "add",
    "add_v2",
    "atan2",
    "complex",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "multiply_no_nan",
    "nextafter",
    "polyval",
    "pow",
    "scalar_mul",
    "squared_difference",
    "sub",
    "subtract",
    "xlogy",
]


_LATER_UNSIGNED = frozenset({dtypes.uint16, dtypes.uint32, dtypes.uint64})
_WIDE = INEXACT | INDEX


# -- sums and products -----------------------------------------------------------------------------


class _Sum(Binary):
    """x + y."""

    ufunc = np.add
    rule = operator.add
    commutative = True
    elementwise = "x + y"

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        return input_gradients(op, grad, grad)


@register
class Add(_Sum):
    """x + y; strings are joined."""

    types: ClassVar[Any] = {"T": NUMERIC - _LATER_UNSIGNED | {dtypes.string}}
    commutative = False

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        if not np.issubdtype(np.asarray(x).dtype, np.object_):
            return np.add(x, y, out=out)
        return np.asarray(np.add(x, y, out=out, dtype=object), object)

    def ufunc_for(self, dtype: DType) -> np.ufunc | None:
        return None if dtype == dtypes.string else np.add

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        words = np.asarray([[b"ab", b""], [b"c", b"def"]], object)
        yield Sample.of(cls(), words, np.asarray([b"x", b"yz"], object))


@register
class AddV2(_Sum):
    """x + y."""


@register
class Sub(Binary):
    """x - y."""

    ufunc = np.subtract
    rule = operator.sub
    elementwise = "x - y"

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        return input_gradients(op, grad, ops.negative(grad))


@register
class Mul(Binary):
    """x * y."""

    ufunc = np.multiply
    rule = operator.mul
    commutative = True
    elementwise = "x * y"

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = op.inputs
        return input_gradients(op, multiply(grad, ops.conj(y)), multiply(ops.conj(x), grad))


@register
class MulNoNan(Binary):
    """x * y, but 0 where y is 0 whatever x is."""

    types: ClassVar[Any] = {"T": INEXACT}

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        zero = np.asarray(y) == 0
        product = np.multiply(x, y)
        return stored(out, np.where(zero, product.dtype.type(0), product))

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = op.inputs
        return input_gradients(
            op, multiply_no_nan(grad, ops.conj(y)), multiply_no_nan(ops.conj(x), grad)
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        x = np.asarray([np.nan, np.inf, 3.0], np.float32)
        yield Sample.of(cls(), x, np.asarray([0, 0, -2], np.float32), gradient=(), note="x is inf")


@register
class SquaredDifference(Binary):
    """(x - y)², conj(x - y) * (x - y) for complex numbers."""

    types: ClassVar[Any] = {"T": _WIDE}
    elementwise = "(x - y) * (x - y)"
    commutative = True

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        difference = np.subtract(x, y, out=out)
        return np.multiply(np.conj(difference), difference, out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = op.inputs
        slope = multiply(multiply(number(grad, 2), grad), subtract(x, y))
        return input_gradients(op, slope, ops.negative(slope))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            is_complex = np.iscomplexobj(sample.inputs[0])
            if is_complex:
                sample = dataclasses.replace(sample, gradient=(), note="not holomorphic")
            yield sample


# -- other functions of two numbers ----------------------------------------------------------------


@register
class Pow(Binary):
    """x to the power of y."""

    types: ClassVar[Any] = {"T": _WIDE | {dtypes.int8, dtypes.int16}}
    ufunc = np.power

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        power = specs[1].value
        if power is None or power.size != 1 or not specs[0].dtype.is_floating:
            return None
        simple = {-1.0: "1 / {0}", 1.0: "{0}", 2.0: "{0} * {0}"}.get(float(power.item()))
        return None if simple is None else simple.format(names[0])

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        if is_integer(x) and np.any(np.asarray(y) < 0):
            raise InvalidArgumentError(
                None, None, "Integers to negative integer powers are not allowed: cast x to float"
            )
        return np.power(x, y, out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = (ops.conj(tensor) for tensor in op.inputs)
        z = ops.conj(op.outputs[0])
        one = number(y, 1)
        grad_x = multiply(multiply(grad, y), pow(x, subtract(y, one)))
        # log(x) counts as 0 where x is not positive, so that 0 ** y has a gradient.
        compare = ops.not_equal if x.dtype.is_complex else ops.greater
        valid = compare(x, number(x, 0))
        safe = ops.where(valid, x, ops.ones_like(x))
        log_x = ops.where(valid, ops.log(safe), ops.zeros_like(x))
        return input_gradients(op, grad_x, multiply(multiply(grad, z), log_x))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.asarray([[1.5, 2.25, 0.75], [3.5, 0.6, 1.25]])
        y = np.asarray([[0.4, 1.25, -2.0], [-1.6, 2.5, 0.3]])
        yield from binary_samples(cls(), cls.types["T"], x, y)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        powers = np.asarray([3, -1], np.int32)
        message = "negative integer powers"
        yield ErrorSample(cls(), (np.int32(2), powers), message, InvalidArgumentError, "run")


class _Extremum(Binary):
    """The larger or smaller number; of equal ones, x gets the gradient."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}
    commutative = True

    @staticmethod
    def _takes_x(x: Tensor, y: Tensor) -> Tensor:
        raise NotImplementedError

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        takes_x = self._takes_x(*op.inputs)
        zeros = ops.zeros_like(grad)
        return input_gradients(op, ops.where(takes_x, grad, zeros), ops.where(takes_x, zeros, grad))


@register
class Maximum(_Extremum):
    """The larger of x and y."""

    ufunc = np.maximum
    rule: ClassVar[Any] = max
    elementwise = "x if x >= y or x != x else y"

    @staticmethod
    def _takes_x(x: Tensor, y: Tensor) -> Tensor:
        return ops.greater_equal(x, y)


@register
class Minimum(_Extremum):
    """The smaller of x and y."""

    ufunc = np.minimum
    rule: ClassVar[Any] = min
    elementwise = "x if x <= y or x != x else y"

    @staticmethod
    def _takes_x(x: Tensor, y: Tensor) -> Tensor:
        return ops.less_equal(x, y)


@register
class Atan2(Binary):
    """The angle of the point (x, y)."""

    inputs = "y: T, x: T"
    types: ClassVar[Any] = {"T": FLOATING}
    ufunc = np.arctan2

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        y, x = op.inputs
        scaled = ops.realdiv(grad, add(ops.square(x), ops.square(y)))
        return input_gradients(op, multiply(x, scaled), multiply(ops.negative(y), scaled))


@register
class Xlogy(Binary):
    """x * log(y), but 0 where x is 0."""

    types: ClassVar[Any] = {"T": INEXACT}
    elementwise32 = "0 if x == 0 else x * log32(y)"

    def kernel(self, x: Array, y: Array, out: Array | None = None) -> Array:
        product = np.multiply(x, np.log(y))
        return stored(out, np.where(np.asarray(x) == 0, product.dtype.type(0), product))

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, y = op.inputs
        not_zero = ops.cast(ops.not_equal(x, number(x, 0)), x.dtype)
        by_x, by_y = xlogy(not_zero, y), ops.xdivy(x, y)
        return input_gradients(op, multiply(by_x, grad), multiply(by_y, grad))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from positive_y_samples(cls())


@register
class NextAfter(Binary):
    """The next number that can be represented after x1 in the direction of x2."""

    inputs = "x1: T, x2: T"
    outputs = "output"
    types: ClassVar[Any] = {"T": frozenset({dtypes.float32, dtypes.float64})}
    ufunc = np.nextafter

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        return input_gradients(op, grad, ops.zeros_like(grad))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            if np.isfinite(sample.inputs[0]).all():
                yield dataclasses.replace(sample, gradient=(), note="moves by one bit")
        special = SPECIAL.astype(np.float64)
        yield Sample.of(cls(), special[:, None], special, gradient=(), note="special values")


@register
class Complex(BinaryOp):
    """real + imag * i."""

    Tout: DType = dtypes.complex64

    inputs = "real: T, imag: T"
    outputs = "out"
    types: ClassVar[Any] = {"T": frozenset({dtypes.float32, dtypes.float64})}

    def infer(self, real: TensorSpec, imag: TensorSpec) -> TensorSpec:
        if self.Tout.real_dtype is not real.dtype.base_dtype:
            raise ValueError(f"{self.Tout.name} is made of {self.Tout.real_dtype.name} parts")
        return TensorSpec(broadcast_shape(real.shape, imag.shape), self.Tout)

    def kernel(self, real: Array, imag: Array) -> Array:
        shape = np.broadcast_shapes(real.shape, imag.shape)
        result = np.empty(shape, self.Tout.numpy)
        result.real, result.imag = real, imag
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        return input_gradients(op, ops.real(grad), ops.imag(grad))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x, y = np.asarray([[1.5, -2.25, 0.75]]), np.asarray([[0.5], [3.0]])
        yield Sample.of(cls(), x.astype(np.float32), y.astype(np.float32))
        yield Sample.of(cls(dtypes.complex128), x, y)


# -- public functions ------------------------------------------------------------------------------


def add(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Add two tensors element by element.

    Args:
      x: numeric or string.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    Raises:
      TypeError: the dtypes differ.
      ValueError: the shapes do not broadcast.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.add([[1.0], [2.0]], [10.0, 30.0]))
    array([[11., 31.],
           [12., 32.]], dtype=float32)
    """
    return apply(Add(), x, y, name=name)


def add_v2(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Add two numeric tensors element by element, as the operator + does.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> tf.Session().run(ops.add_v2([1, 2], 40))
    array([41, 42], dtype=int32)
    """
    return apply(AddV2(), x, y, name=name)


def subtract(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Subtract `y` from `x` element by element.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.subtract([7, 5], 9))
    array([-2, -4], dtype=int32)
    """
    return apply(Sub(), x, y, name=name)


sub = subtract


def multiply(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Multiply two tensors element by element.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.multiply([1, 2, 3], [[10], [-1]]))
    array([[10, 20, 30],
           [-1, -2, -3]], dtype=int32)
    """
    return apply(Mul(), x, y, name=name)


mul = multiply


def multiply_no_nan(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Multiply two tensors; the product is 0 where `y` is 0, even if `x` is infinite or NaN.

    Args:
      x: floating or complex.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.multiply_no_nan([3.0, float("inf")], [2.0, 0.0]))
    array([6., 0.], dtype=float32)
    """
    with name_scope(name, "multiply_no_nan", [x, y]) as scope:
        x, y = convert_pair(x, y)
        return apply(MulNoNan(), x, y, name=scope)


def scalar_mul(scalar: Any, x: Any, name: str | None = None) -> Any:
    """Multiply a tensor or `IndexedSlices` by a scalar.

    Args:
      scalar: a number or scalar tensor of known shape.
      x: a tensor, or `IndexedSlices`.
      name: the operation's name.

    Returns:
      A tensor, or `IndexedSlices`.

    Raises:
      ValueError: `scalar` is no scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.scalar_mul(3.0, tf.constant([1.0, -2.0])))
    array([ 3., -6.], dtype=float32)
    """
    scalar = convert_to_tensor(scalar, dtype=x.dtype.base_dtype, name="scalar")
    if scalar.shape.ndims != 0:
        raise ValueError(f"scalar must be a scalar, it has shape {scalar.shape}: {scalar!r}")
    if isinstance(x, IndexedSlices):
        return IndexedSlices(multiply(scalar, x.values, name), x.indices, x.dense_shape)
    return multiply(scalar, x, name)


def squared_difference(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Compute (x - y)² element by element.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.squared_difference([1.0, 5.0], 2.0))
    array([1., 9.], dtype=float32)
    """
    return apply(SquaredDifference(), x, y, name=name)


def pow(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Raise `x` to the power of `y` element by element.

    Args:
      x: numeric.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    Raises:
      tf.errors.InvalidArgumentError: (in a run) an integer has a negative exponent.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.pow([[2], [3]], [2, 4]))
    array([[ 4, 16],
           [ 9, 81]], dtype=int32)
    """
    with name_scope(name, "Pow", [x]) as scope:
        return apply(Pow(), x, y, name=scope)


def maximum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Take the larger of two numbers, element by element; NaN if one is NaN.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.maximum([1.0, 5.0], 3.0))
    array([3., 5.], dtype=float32)
    """
    return apply(Maximum(), x, y, name=name)


def minimum(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Take the smaller of two numbers, element by element; NaN if one is NaN.

    Args:
      x: real numbers.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.minimum([1.0, 5.0], 3.0))
    array([1., 3.], dtype=float32)
    """
    return apply(Minimum(), x, y, name=name)


def atan2(y: Any, x: Any, name: str | None = None) -> Tensor:
    """Compute the angle of the point (x, y), between -π and π.

    Args:
      y: floating.
      x: of the same dtype, of a shape that broadcasts with that of `y`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.atan2([1.0, -1.0], [1.0, 0.0])).round(4)
    array([ 0.7854, -1.5708], dtype=float32)
    """
    return apply(Atan2(), y, x, name=name)


def xlogy(x: Any, y: Any, name: str | None = None) -> Tensor:
    """Compute x * log(y), and 0 where `x` is 0.

    Args:
      x: floating or complex.
      y: of the same dtype, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.xlogy([0.0, 2.0], [0.0, 3.0])).round(4)
    array([0.    , 2.1972], dtype=float32)
    """
    return apply(Xlogy(), x, y, name=name)


def nextafter(x1: Any, x2: Any, name: str | None = None) -> Tensor:
    """Find the number next to `x1` in the direction of `x2`.

    Args:
      x1: float32 or float64.
      x2: of the same dtype, of a shape that broadcasts with that of `x1`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> after = tf.math.nextafter(tf.constant(1.0, tf.float64), 2.0)
    >>> float(tf.Session().run(after)) - 1.0 == 2.0**-52
    True
    """
    return apply(NextAfter(), x1, x2, name=name)


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """Make complex numbers from their real and imaginary parts.

    Args:
      real: float32 or float64.
      imag: of the same dtype, of a shape that broadcasts with that of `real`.
      name: the operation's name.

    Returns:
      complex64 or complex128 of the broadcast shape.

    Raises:
      TypeError: the parts are neither both float32 nor both float64.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.complex([2.5, 3.0], [4.0, -1.0]))
    array([2.5+4.j, 3. -1.j], dtype=complex64)
    """
    with name_scope(name, "Complex", [real, imag]) as scope:
        real = convert_to_tensor(real, name="real")
        imag = convert_to_tensor(imag, name="imag")
        kinds = real.dtype.base_dtype, imag.dtype.base_dtype
        if kinds == (dtypes.float32, dtypes.float32):
            return apply(Complex(dtypes.complex64), real, imag, name=scope)
        if kinds == (dtypes.float64, dtypes.float64):
            return apply(Complex(dtypes.complex128), real, imag, name=scope)
        raise TypeError(
            f"real and imag must both be float32 or both float64, not {kinds[0].name} and "
            f"{kinds[1].name}"
        )


def polyval(coeffs: Any, x: Any, name: str | None = None) -> Tensor:
    """Compute a polynomial element by element.

    Args:
      coeffs: a list of coefficients, that of the highest power first; none for the polynomial 0.
      x: numeric.
      name: name scope of the operations.

    Returns:
      A tensor of the shape of `x`, if the coefficients are scalars.

    Raises:
      TypeError: `coeffs` is no list.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.polyval([2.0, 0.0, -1.0], [1.0, 3.0]))
    array([ 1., 17.], dtype=float32)
    """
    if not isinstance(coeffs, list):
        raise TypeError(f"coeffs must be a list of coefficients, not {coeffs!r}")
    with name_scope(name, "polyval", [*coeffs, x]):
        x = convert_to_tensor(x, name="x")
        if not coeffs:
            return ops.zeros_like(x)
        terms = [
            convert_to_tensor(coefficient, dtype=x.dtype.base_dtype, name=f"coeff_{index}")
            for index, coefficient in enumerate(coeffs)
        ]
        total = terms[0]
        for term in terms[1:]:
            total = add_v2(term, multiply(total, x))
        return total
