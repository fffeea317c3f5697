"""Element-wise functions of one tensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, overload

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    FLOATING,
    NUMERIC,
    SIGNED_INTEGER,
    UNSIGNED_INTEGER,
    dtype_set,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor, convert_to_tensor_or_sparse_tensor
from graphflow.core.spec import TensorSpec
from graphflow.ops.elementwise import (
    Partial,
    Unary,
    UnaryGrad,
    apply_to_elements,
    conj_input,
    conj_output,
    in_range,
    number,
    number_like,
    plus_one,
    without_oracle,
)
from graphflow.ops.kernels.arrays import LOW_PRECISION

__all__ = [
    "Abs",
    "Ceil",
    "Exp",
    "Expm1",
    "Floor",
    "Inv",
    "InvGrad",
    "IsFinite",
    "IsInf",
    "IsNan",
    "Log",
    "Log1p",
    "Neg",
    "Reciprocal",
    "ReciprocalGrad",
    "Rint",
    "Round",
    "Rsqrt",
    "RsqrtGrad",
    "Sigmoid",
    "SigmoidGrad",
    "Sign",
    "Sqrt",
    "SqrtGrad",
    "Square",
    "abs",
    "ceil",
    "exp",
    "expm1",
    "floor",
    "inv",
    "is_finite",
    "is_inf",
    "is_nan",
    "log",
    "log1p",
    "neg",
    "negative",
    "reciprocal",
    "reciprocal_no_nan",
    "rint",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sqrt",
    "square",
]


# -- sign, powers, rounding ------------------------------------------------------------------------


@register
class Neg(Unary):
    """-x."""

    types: ClassVar[Any] = {"T": NUMERIC - UNSIGNED_INTEGER}
    ufunc = np.negative
    elementwise = "-x"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return negative(grad)

    def partial(self, *specs: TensorSpec) -> Partial:
        dtype, known = specs[0].dtype, specs[0].partial()
        if not dtype.is_integer or known is None:
            return None
        if isinstance(known, int):
            return in_range(-known, dtype)
        return tuple(None if item is None else in_range(-item, dtype) for item in known)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield Sample.of(cls(), np.asarray([3, -7, 0], np.int32))


@register
class Abs(Unary):
    """|x| of real numbers."""

    types: ClassVar[Any] = {"T": SIGNED_INTEGER | FLOATING}
    ufunc = np.absolute
    elementwise = "abs(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, sign(op.inputs[0]))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield Sample.of(cls(), np.asarray([3, -7, 0], np.int64))


@register
class Sign(Unary):
    """-1, 0 or 1; x / |x| for complex numbers."""

    types: ClassVar[Any] = {"T": NUMERIC - UNSIGNED_INTEGER}
    ufunc = np.sign

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.zeros_like(op.inputs[0])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            is_complex = np.iscomplexobj(sample.inputs[0])
            yield Sample(
                sample.op, sample.inputs, gradient=() if is_complex else None,
                note="TensorFlow takes the gradient for 0" if is_complex else "",
            )  # fmt: skip
        yield Sample.of(cls(), np.asarray([3, -7, 0], np.int32))


@register
class Square(Unary):
    """x²."""

    types: ClassVar[Any] = {"T": NUMERIC}
    ufunc = np.square
    elementwise = "x * x"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, ops.multiply(conj_input(op), number(grad, 2)))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        yield Sample.of(cls(), np.asarray([3, -7, 0], np.int32))


class _Positive(Unary):
    """A function of positive numbers."""

    domain = (0.45, 0.6, 1.2, 2.3, 3.4, 7.6)


@register
class Sqrt(_Positive):
    """The square root."""

    ufunc = np.sqrt
    elementwise = "np.sqrt(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(SqrtGrad(), op.outputs[0], grad)


@register
class SqrtGrad(UnaryGrad):
    """dy * 0.5 / conj(y)."""

    makes_new = True
    elementwise = "dy * 0.5 / y"

    def kernel(self, y: Array, dy: Array) -> Array:
        return np.divide(np.multiply(dy, number_like(dy, 0.5)), np.conj(y))

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        y = op.inputs[0]
        by_y = ops.realdiv(grad, y)
        return (
            ops.multiply(ops.negative(ops.conj(by_y)), op.outputs[0]),
            ops.multiply(number(grad, 0.5), by_y),
        )


@register
class Rsqrt(_Positive):
    """1 / √x."""

    elementwise = "1 / np.sqrt(x)"

    def kernel(self, x: Array, out: Array | None = None) -> Array:
        return np.reciprocal(np.sqrt(x, out=out), out=out)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(RsqrtGrad(), op.outputs[0], grad)


@register
class RsqrtGrad(UnaryGrad):
    """dy * -0.5 * conj(y)³."""

    makes_new = True
    elementwise = "dy * (-0.5 * y) * (y * y)"

    def kernel(self, y: Array, dy: Array) -> Array:
        y = np.conj(y)
        return dy * (number_like(y, -0.5) * y) * (y * y)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        y, dy = op.inputs
        conj_y, conj_grad = ops.conj(y), ops.conj(grad)
        by_y = ops.multiply(
            ops.multiply(number(grad, -1.5), conj_grad), ops.multiply(dy, square(conj_y))
        )
        return by_y, apply(RsqrtGrad(), conj_y, grad)


class _Reciprocal(Unary):
    """1 / x."""

    ufunc = np.reciprocal
    elementwise = "1 / x"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(ReciprocalGrad(), op.outputs[0], grad)


@register
class Reciprocal(_Reciprocal):
    """1 / x."""


@register
class Inv(_Reciprocal):
    """1 / x, under its old name."""

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(InvGrad(), op.outputs[0], grad)


class _ReciprocalGrad(UnaryGrad):
    """-dy * conj(y)²."""

    elementwise = "-dy * y * y"

    def kernel(self, y: Array, dy: Array) -> Array:
        y = np.conj(y)
        return np.negative(dy) * y * y

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        y, dy = op.inputs
        conj_y, conj_grad = ops.conj(y), ops.conj(grad)
        by_y = ops.multiply(ops.multiply(number(grad, -2), conj_grad), ops.multiply(dy, conj_y))
        return by_y, apply(type(self)(), conj_y, grad)


@register
class ReciprocalGrad(_ReciprocalGrad):
    """The gradient of `Reciprocal`."""

    makes_new = True


@register
class InvGrad(_ReciprocalGrad):
    """The gradient of `Inv`."""

    makes_new = True


class _Rounding(Unary):
    """A function that is constant between jumps: gradients stop here."""

    types: ClassVar[Any] = {"T": FLOATING}
    domain = (-2.5, -0.6, 0.5, 1.5, 2.5, 3.6)
    differentiable = False


@register
class Floor(_Rounding):
    """The largest integer that is not above x."""

    ufunc = np.floor
    elementwise = "np.floor(x)"


@register
class Ceil(_Rounding):
    """The smallest integer that is not below x."""

    ufunc = np.ceil
    elementwise = "np.ceil(x)"


@register
class Rint(_Rounding):
    """The nearest integer, the even one of two."""

    ufunc = np.rint
    types: ClassVar[Any] = {"T": dtype_set("float32 float64")}
    elementwise = "np.rint(x)"

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from without_oracle(super().samples(), *LOW_PRECISION)


@register
class Round(_Rounding):
    """The nearest integer, the even one of two; integers stay what they are."""

    types: ClassVar[Any] = {"T": dtype_set("bfloat16 float16 float32 float64 int32 int64")}

    def kernel(self, x: Array, out: Array | None = None) -> Array:
        if np.dtype(x.dtype).kind in "iu":
            return np.positive(x, out=out)
        return np.rint(x, out=out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from super().samples()
        integers = np.asarray([3, -7, 0], np.int32)
        yield Sample.of(cls(), integers, oracle=False, note="TensorFlow gives 0")


# -- exponential and logarithm ---------------------------------------------------------------------


@register
class Exp(Unary):
    """e to the power of x."""

    ufunc = np.exp
    elementwise32 = "exp32(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, conj_output(op))


@register
class Expm1(Unary):
    """exp(x) - 1, accurate near 0."""

    ufunc = np.expm1
    elementwise32 = "expm1_32(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, exp(conj_input(op)))


@register
class Log(_Positive):
    """The natural logarithm."""

    ufunc = np.log
    elementwise32 = "log32(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, reciprocal(conj_input(op)))


@register
class Log1p(_Positive):
    """log(1 + x), accurate near 0."""

    ufunc = np.log1p
    elementwise32 = "log1p32(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, reciprocal(plus_one(conj_input(op))))


@register
class Sigmoid(Unary):
    """1 / (1 + exp(-x))."""

    elementwise32 = "sigmoid32(x)"

    def kernel(self, x: Array, out: Array | None = None) -> Array:
        result = np.empty_like(x) if out is None else out
        np.exp(np.negative(x, out=result), out=result)
        np.add(result, number_like(x, 1), out=result)
        return np.reciprocal(result, out=result)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(SigmoidGrad(), conj_output(op), grad)


@register
class SigmoidGrad(UnaryGrad):
    """dy * y * (1 - y)."""

    makes_new = True
    elementwise = "dy * y * (1 - y)"

    def kernel(self, y: Array, dy: Array) -> Array:
        return dy * y * (number_like(y, 1) - y)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        conj_y, conj_dy = (ops.conj(tensor) for tensor in op.inputs)
        scaled = ops.multiply(grad, conj_dy)
        by_y = ops.subtract(scaled, ops.multiply(ops.multiply(number(grad, 2), scaled), conj_y))
        return by_y, apply(SigmoidGrad(), conj_y, grad)


# -- tests of numbers ------------------------------------------------------------------------------


class _Test(Unary):
    """A question about each number."""

    types: ClassVar[Any] = {"T": FLOATING}
    inplace = None
    differentiable = False

    def infer(self, x: TensorSpec) -> TensorSpec:
        return TensorSpec(x.shape, "bool")

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = np.asarray([[1.5, np.nan], [-np.inf, 0.0], [np.inf, 60000.0]])
        for dtype in (np.float16, np.float32, np.float64):
            yield Sample.of(cls(), values.astype(dtype))
        yield Sample.of(cls(), np.float32(np.nan))


@register
class IsNan(_Test):
    """Whether it is not a number."""

    ufunc = np.isnan
    elementwise = "x != x"


@register
class IsInf(_Test):
    """Whether it is infinite."""

    ufunc = np.isinf
    elementwise = "abs(x) == np.inf"


@register
class IsFinite(_Test):
    """Whether it is neither infinite nor NaN."""

    ufunc = np.isfinite
    elementwise = "abs(x) < np.inf"


# -- public functions ------------------------------------------------------------------------------


@overload
def abs(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def abs(x: Any, name: str | None = None) -> Tensor: ...


def abs(x: Any, name: str | None = None) -> Any:
    """Compute the absolute value element by element.

    Args:
      x: signed integers, floating or complex numbers; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape of `x`; of its dtype, float32 for complex64,
      float64 for complex128.

    >>> import graphflow as tf
    >>> tf.Session().run([tf.abs([-2, 3]), tf.abs(tf.constant([3 - 4j]))])
    [array([2, 3], dtype=int32), array([5.])]
    """
    with name_scope(name, "Abs", [x]) as scope:
        x = convert_to_tensor_or_sparse_tensor(x, name="x")
        if x.dtype.is_complex:
            return apply_to_elements(ops.ComplexAbs(x.dtype.base_dtype.real_dtype), x, scope)
        return apply_to_elements(Abs(), x, scope)


def round(x: Any, name: str | None = None) -> Tensor:
    """Round to the nearest integer, to the even one of two, element by element.

    Args:
      x: real numbers; integers are returned as they are.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.round([0.9, 2.5, 3.5, -4.4]))
    array([ 1.,  2.,  4., -4.], dtype=float32)
    """
    x = convert_to_tensor(x, name="x")
    return x if x.dtype.is_integer else apply(Round(), x, name=name)


def sigmoid(x: Any, name: str | None = None) -> Tensor:
    """Compute 1 / (1 + exp(-x)) element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sigmoid([0.0, 2.0])).round(4)
    array([0.5   , 0.8808], dtype=float32)
    """
    with name_scope(name, "Sigmoid", [x]) as scope:
        return apply(Sigmoid(), convert_to_tensor(x, name="x"), name=scope)


def reciprocal_no_nan(x: Any, name: str | None = None) -> Tensor:
    """Compute 1 / x, and 0 where `x` is 0.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.reciprocal_no_nan([2.0, 0.0, -4.0]))
    array([ 0.5 ,  0.  , -0.25], dtype=float32)
    """
    with name_scope(name, "reciprocal_no_nan", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return ops.div_no_nan(number(x, 1), x, name=scope)


@overload
def negative(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def negative(x: Any, name: str | None = None) -> Tensor: ...


def negative(x: Any, name: str | None = None) -> Any:
    """Negate element by element.

    Args:
      x: numeric; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.negative([2, -3]))
    array([-2,  3], dtype=int32)
    """
    return apply_to_elements(Neg(), x, name)


neg = negative


@overload
def sign(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def sign(x: Any, name: str | None = None) -> Tensor: ...


def sign(x: Any, name: str | None = None) -> Any:
    """Compute the sign, -1, 0 or 1 (x / |x| for a complex number), element by element.

    Args:
      x: numeric; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sign([-2.5, 0.0, 3.0]))
    array([-1.,  0.,  1.], dtype=float32)
    """
    return apply_to_elements(Sign(), x, name)


@overload
def square(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def square(x: Any, name: str | None = None) -> Tensor: ...


def square(x: Any, name: str | None = None) -> Any:
    """Compute the square element by element.

    Args:
      x: numeric; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.square([2, -3]))
    array([4, 9], dtype=int32)
    """
    return apply_to_elements(Square(), x, name)


@overload
def sqrt(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def sqrt(x: Any, name: str | None = None) -> Tensor: ...


def sqrt(x: Any, name: str | None = None) -> Any:
    """Compute the square root element by element.

    Args:
      x: floating or complex; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sqrt([4.0, 2.25]))
    array([2. , 1.5], dtype=float32)
    """
    return apply_to_elements(Sqrt(), x, name)


def rsqrt(x: Any, name: str | None = None) -> Tensor:
    """Compute 1 / √x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.rsqrt([4.0, 0.25]))
    array([0.5, 2. ], dtype=float32)
    """
    return apply(Rsqrt(), x, name=name)


def reciprocal(x: Any, name: str | None = None) -> Tensor:
    """Compute 1 / x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.reciprocal([4.0, -0.5]))
    array([ 0.25, -2.  ], dtype=float32)
    """
    return apply(Reciprocal(), x, name=name)


def inv(x: Any, name: str | None = None) -> Tensor:
    """Compute 1 / x (the old name of `reciprocal`) element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> tf.Session().run(ops.inv([4.0, -0.5]))
    array([ 0.25, -2.  ], dtype=float32)
    """
    return apply(Inv(), x, name=name)


def floor(x: Any, name: str | None = None) -> Tensor:
    """Round down element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.floor([1.7, -1.2]))
    array([ 1., -2.], dtype=float32)
    """
    return apply(Floor(), x, name=name)


def ceil(x: Any, name: str | None = None) -> Tensor:
    """Round up element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ceil([1.2, -1.7]))
    array([ 2., -1.], dtype=float32)
    """
    return apply(Ceil(), x, name=name)


def rint(x: Any, name: str | None = None) -> Tensor:
    """Round to the nearest integer, to the even one of two, element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.rint([0.5, 1.5, -1.7]))
    array([ 0.,  2., -2.], dtype=float32)
    """
    return apply(Rint(), x, name=name)


def exp(x: Any, name: str | None = None) -> Tensor:
    """Compute e to the power of x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.exp([0.0, 1.0])).round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return apply(Exp(), x, name=name)


def expm1(x: Any, name: str | None = None) -> Tensor:
    """Compute exp(x) - 1, accurately also near 0, element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.expm1([0.0, 1.0])).round(4)
    array([0.    , 1.7183], dtype=float32)
    """
    return apply(Expm1(), x, name=name)


def log(x: Any, name: str | None = None) -> Tensor:
    """Compute the natural logarithm element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.log([1.0, 10.0])).round(4)
    array([0.    , 2.3026], dtype=float32)
    """
    return apply(Log(), x, name=name)


def log1p(x: Any, name: str | None = None) -> Tensor:
    """Compute log(1 + x), accurately also near 0, element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.log1p([0.0, 9.0])).round(4)
    array([0.    , 2.3026], dtype=float32)
    """
    return apply(Log1p(), x, name=name)


def is_nan(x: Any, name: str | None = None) -> Tensor:
    """Tell whether numbers are NaN element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      Booleans of the shape of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.is_nan([1.0, float("nan")]))
    array([False,  True])
    """
    return apply(IsNan(), x, name=name)


def is_inf(x: Any, name: str | None = None) -> Tensor:
    """Tell whether numbers are infinite element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      Booleans of the shape of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.is_inf([1.0, float("-inf")]))
    array([False,  True])
    """
    return apply(IsInf(), x, name=name)


def is_finite(x: Any, name: str | None = None) -> Tensor:
    """Tell whether numbers are neither infinite nor NaN element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      Booleans of the shape of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.is_finite([1.0, float("inf")]))
    array([ True, False])
    """
    return apply(IsFinite(), x, name=name)
