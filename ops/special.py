"""Special functions: error function, gamma and its kin, Bessel functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar, overload

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import FLOATING, dtype_set, float32 as _float32, float64 as _float64
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorSpec, broadcast_shape
from graphflow.ops.elementwise import (
    BinaryOp,
    Pair,
    UnaryOp,
    apply_to_elements,
    input_gradients,
    number,
    number_like,
    unbroadcast,
    without_oracle,
)
from graphflow.ops.kernels.arrays import is_low_precision

__all__ = [
    "BesselI0e",
    "BesselI1e",
    "Betainc",
    "Digamma",
    "Erf",
    "Erfc",
    "Igamma",
    "IgammaGradA",
    "Igammac",
    "Lgamma",
    "Ndtri",
    "Polygamma",
    "Zeta",
    "bessel_i0",
    "bessel_i0e",
    "bessel_i1",
    "bessel_i1e",
    "betainc",
    "digamma",
    "erf",
    "erfc",
    "igamma",
    "igammac",
    "lbeta",
    "lgamma",
    "ndtri",
    "polygamma",
    "zeta",
]

_TWO_BY_ROOT_PI = 2 / np.sqrt(np.pi)
_SINGLE_OR_DOUBLE = frozenset({_float32, _float64})


def _evaluate(name: str, *arrays: Array) -> Array:
    """Call a function of scipy, in float32 for shorter numbers."""
    import scipy.special

    function = getattr(scipy.special, name)
    dtype = np.dtype(arrays[0].dtype)
    if is_low_precision(dtype):
        return np.asarray(function(*[array.astype(np.float32) for array in arrays])).astype(dtype)
    return np.asarray(function(*arrays)).astype(dtype, copy=False)


class _Special(UnaryOp):
    """A function of scipy."""

    types: ClassVar[Any] = {"T": FLOATING}
    scipy_name: ClassVar[str]

    def kernel(self, x: Array, /) -> Array:
        return _evaluate(self.scipy_name, x)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from without_oracle(super().samples(), "bfloat16")


# -- functions of one number -----------------------------------------------------------------------


def _bell(x: Tensor, scale: float) -> Tensor:
    """The slope of the error function: scale * exp(-x²)."""
    return ops.multiply(number(x, scale), ops.exp(ops.negative(ops.square(x))))


@register
class Erf(_Special):
    """The error function."""

    makes_new = True
    scipy_name = "erf"
    elementwise32 = "erf32(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, _bell(op.inputs[0], _TWO_BY_ROOT_PI))


@register
class Erfc(_Special):
    """1 - erf(x)."""

    makes_new = True
    scipy_name = "erfc"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, _bell(op.inputs[0], -_TWO_BY_ROOT_PI))


@register
class Ndtri(_Special):
    """The inverse of the normal distribution's P(X <= x)."""

    scipy_name = "ndtri"
    types: ClassVar[Any] = {"T": _SINGLE_OR_DOUBLE}
    domain = (0.1, 0.2, 0.5, 0.6, 0.75, 0.9)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        y = op.outputs[0]
        slope = ops.exp(ops.multiply(number(y, 0.5), ops.square(y)))
        return ops.multiply(grad, ops.multiply(number(y, np.sqrt(2 * np.pi)), slope))


@register
class Lgamma(_Special):
    """log|Γ(x)|."""

    scipy_name = "gammaln"
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}
    domain = (-2.75, -0.6, 0.2, 0.3, 1.4, 3.6)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, digamma(op.inputs[0]))


@register
class Digamma(_Special):
    """The derivative of log Γ(x); NaN at its poles."""

    scipy_name = "psi"
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}
    domain = (0.8, 0.6, 1.2, 2.3, 1.4, 3.6)

    def kernel(self, x: Array) -> Array:
        is_pole = (x <= 0) & (np.floor(x) == x)
        return np.where(is_pole, number_like(x, np.nan), _evaluate(self.scipy_name, x))

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        x = op.inputs[0]
        return ops.multiply(grad, polygamma(ops.ones_like(x), x))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            low = is_low_precision(np.dtype(sample.inputs[0].dtype))
            # The derivative is an op of float32 and float64 only.
            yield dataclasses.replace(sample, gradient=() if low else None)
        yield Sample.of(cls(), np.asarray([0, -1, -0.5], np.float32), gradient=(), note="poles")


@register
class BesselI0e(_Special):
    """The modified Bessel function of order 0, times exp(-|x|)."""

    scipy_name = "i0e"
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        x, y = op.inputs[0], op.outputs[0]
        return ops.multiply(grad, ops.subtract(bessel_i1e(x), ops.multiply(ops.sign(x), y)))


@register
class BesselI1e(_Special):
    """The modified Bessel function of order 1, times exp(-|x|)."""

    scipy_name = "i1e"
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        x, y = op.inputs[0], op.outputs[0]
        # I1(x)/x tends to 1/2 at 0, where it cannot be computed so.
        far = ops.greater(ops.abs(x), number(x, float(np.finfo(np.float32).eps)))
        safe = ops.where(far, x, ops.ones_like(x))
        by_x = ops.add_v2(ops.sign(safe), ops.reciprocal(safe))
        slope = ops.subtract(bessel_i0e(safe), ops.multiply(y, by_x))
        half = ops.multiply(number(x, 0.5), ops.ones_like(x))
        return ops.multiply(grad, ops.where(far, slope, half))


# -- functions of two and three numbers ------------------------------------------------------------


class _SpecialOfTwo(BinaryOp):
    """A function of scipy of two numbers that broadcast."""

    types: ClassVar[Any] = {"T": _SINGLE_OR_DOUBLE}
    scipy_name: ClassVar[str]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        first = np.asarray([[0.5, 1.25, 2.75], [3.5, 0.6, 1.5]])
        second = np.asarray([[0.4, 1.25, 2.0], [6.6, 2.5, 0.3]])
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), first.astype(dtype), second.astype(dtype))
        yield Sample.of(cls(), first, second[0])
        yield Sample.of(cls(), np.float64(1.5), second)


class _IncompleteGamma(_SpecialOfTwo):
    """An incomplete gamma function of a and x."""

    inputs = "a: T, x: T"
    sign: ClassVar[int]

    def kernel(self, a: Array, x: Array) -> Array:
        value = _evaluate(self.scipy_name, a, x)
        if self.sign > 0:
            value = np.where(x == 0, np.asarray(0, value.dtype), value)
        return np.where((a <= 0) & (x != 0), np.asarray(np.nan, value.dtype), value)

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        a, x = op.inputs
        by_a = apply(IgammaGradA(), a, x)
        exponent = ops.subtract(
            ops.subtract(ops.xlogy(ops.subtract(a, number(a, 1)), x), x), lgamma(a)
        )
        signed = grad if self.sign > 0 else ops.negative(grad)
        return input_gradients(
            op, ops.multiply(by_a, signed), ops.multiply(ops.exp(exponent), signed)
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            yield Sample(sample.op, sample.inputs, rtol=2e-5 if _is_single(sample) else None)


def _is_single(sample: Sample) -> bool:
    return bool(sample.inputs[0].dtype == np.float32)


@register
class Igamma(_IncompleteGamma):
    """The regularised lower incomplete gamma function."""

    scipy_name = "gammainc"
    sign = 1


@register
class Igammac(_IncompleteGamma):
    """The regularised upper incomplete gamma function."""

    scipy_name = "gammaincc"
    sign = -1


@register
class IgammaGradA(_SpecialOfTwo):
    """The derivative of `Igamma` with respect to a."""

    inputs = "a: T, x: T"

    def kernel(self, a: Array, x: Array) -> Array:
        return _igamma_slope(a.astype(np.float64), x.astype(np.float64)).astype(x.dtype)

    def gradient(self, op: Operation, *grads: Tensor) -> Any:
        raise LookupError("Igamma has no second derivative with respect to a: it is not defined")

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in super().samples():
            yield Sample(
                sample.op, sample.inputs, gradient=(), rtol=1e-4 if _is_single(sample) else 1e-8,
                note="no second derivative",
            )  # fmt: skip


def _igamma_slope(a: Array, x: Array) -> Array:
    """dP(a, x)/da = Σ wₙ (log x - ψ(a+n+1)) with wₙ = exp(-x) xᵃ⁺ⁿ / Γ(a+n+1).

    The weights rise until n is about x - a and fall quickly behind that.
    """
    a, x = np.broadcast_arrays(a, x)
    log_x = np.log(x)
    total = np.zeros(np.shape(x))
    terms = int(np.max(np.where(np.isfinite(x), x, 0), initial=0))
    for n in range(terms + 20 * int(np.sqrt(terms)) + 60):
        power = a + n
        weight = np.exp(power * log_x - x - _evaluate("gammaln", power + 1))
        total += weight * (log_x - _evaluate("psi", power + 1))
    return np.where(x == 0, 0.0, total)


@register
class Polygamma(_SpecialOfTwo):
    """The derivative of order a + 1 of log Γ(x)."""

    inputs = "a: T, x: T"

    def kernel(self, a: Array, x: Array) -> Array:
        # The order is a whole number; 0 is the digamma function itself.
        order = np.rint(a)
        sign = np.where(order % 2 == 0, -1, 1)
        higher = sign * _evaluate("gamma", order + 1) * _evaluate("zeta", order + 1, x)
        result = np.where(order == 0, _evaluate("psi", x), higher)
        valid = (order == a) & (order >= 0)
        return np.where(valid, result, np.nan).astype(x.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        a, x = op.inputs
        slope = polygamma(ops.add_v2(a, number(a, 1)), x)
        return input_gradients(op, None, ops.multiply(grad, slope))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        order, x = np.asarray([[0.0, 1.0, 3.0]]), np.asarray([[0.5, 1.25, 2.5], [3.0, 0.75, 1.0]])
        note = "orders are whole numbers: no derivative"
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), order.astype(dtype), x.astype(dtype), gradient=(1,), note=note)


@register
class Zeta(_SpecialOfTwo):
    """The Hurwitz zeta function."""

    inputs = "x: T, q: T"
    scipy_name = "zeta"

    def kernel(self, x: Array, q: Array) -> Array:
        return _evaluate(self.scipy_name, x, q)

    def gradient(self, op: Operation, grad: Tensor) -> Pair:
        x, q = op.inputs
        slope = ops.multiply(ops.negative(x), zeta(ops.add_v2(x, number(x, 1)), q))
        return input_gradients(op, None, ops.multiply(grad, slope))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x, q = np.asarray([[1.5, 2.0, 3.25]]), np.asarray([[0.5, 1.25, 2.5], [3.0, 0.75, 1.0]])
        note = "the derivative with respect to x is not defined"
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), x.astype(dtype), q.astype(dtype), gradient=(1,), note=note)


@register
class Betainc(Op):
    """The regularised incomplete beta function; scalars are repeated."""

    inputs = "a: T, b: T, x: T"
    outputs = "z"
    types: ClassVar[Any] = {"T": _SINGLE_OR_DOUBLE}

    def infer(self, a: TensorSpec, b: TensorSpec, x: TensorSpec) -> TensorSpec:
        shapes = [spec.shape for spec in (a, b, x)]
        for one in shapes:
            for other in shapes:
                if 0 not in (one.ndims, other.ndims):
                    one.assert_is_compatible_with(other)
        shape = broadcast_shape(broadcast_shape(*shapes[:2]), shapes[2])
        return TensorSpec(shape, x.dtype.base_dtype)

    def kernel(self, a: Array, b: Array, x: Array) -> Array:
        return _evaluate("betainc", a, b, x)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[None, None, Tensor | None]:
        """Give the derivative with respect to x; those for a and b are not defined."""
        a, b, x = op.inputs
        one = number(x, 1)
        log_beta = ops.subtract(ops.add_v2(lgamma(a), lgamma(b)), lgamma(ops.add_v2(a, b)))
        exponent = ops.add_v2(
            ops.multiply(ops.subtract(b, one), ops.log1p(ops.negative(x))),
            ops.xlogy(ops.subtract(a, one), x),
        )
        slope = ops.exp(ops.subtract(exponent, log_beta))
        by_x, _ = unbroadcast(x, op.outputs[0], ops.multiply(slope, grad), None)
        return None, None, by_x

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a, b = np.asarray([0.5, 2.25, 4.0]), np.asarray([1.5, 0.75, 3.0])
        x = np.asarray([0.3, 0.85, 0.5])
        note = "the derivatives with respect to a and b are not defined"
        for dtype in (np.float32, np.float64):
            arrays = [array.astype(dtype) for array in (a, b, x)]
            yield Sample.of(cls(), *arrays, gradient=(2,), note=note)
        yield Sample.of(cls(), np.float64(1.5), np.float64(0.5), x, gradient=(2,), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones(3)
        yield ErrorSample(cls(), (a, a[:2], a), "not compatible")


# -- public functions ------------------------------------------------------------------------------


@overload
def erf(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def erf(x: Any, name: str | None = None) -> Tensor: ...


def erf(x: Any, name: str | None = None) -> Any:
    """Compute the error function element by element.

    Args:
      x: floating; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.erf([0.0, 0.5])).round(4)
    array([0.    , 0.5205], dtype=float32)
    """
    return apply_to_elements(Erf(), x, name)


def erfc(x: Any, name: str | None = None) -> Tensor:
    """Compute 1 - erf(x), accurately also for large x, element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.erfc([0.0, 0.5])).round(4)
    array([1.    , 0.4795], dtype=float32)
    """
    return apply(Erfc(), x, name=name)


def ndtri(x: Any, name: str | None = None) -> Tensor:
    """Compute the quantiles of the standard normal distribution.

    Args:
      x: floating, probabilities.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`; infinite at 0 and 1, NaN beyond.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> tf.Session().run(ops.ndtri([0.5, 0.975])).round(2)
    array([0.  , 1.96], dtype=float32)
    """
    return apply(Ndtri(), x, name=name)


def lgamma(x: Any, name: str | None = None) -> Tensor:
    """Compute log|Γ(x)| element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.lgamma([0.5, 5.0])).round(4)
    array([0.5724, 3.1781], dtype=float32)
    """
    return apply(Lgamma(), x, name=name)


def digamma(x: Any, name: str | None = None) -> Tensor:
    """Compute the derivative of log Γ(x) element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.digamma([1.0, 4.0])).round(4)
    array([-0.5772,  1.2561], dtype=float32)
    """
    return apply(Digamma(), x, name=name)


def bessel_i0e(x: Any, name: str | None = None) -> Tensor:
    """Compute exp(-|x|) I₀(x), a modified Bessel function, element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.bessel_i0e([0.0, 1.0])).round(4)
    array([1.    , 0.4658], dtype=float32)
    """
    return apply(BesselI0e(), x, name=name)


def bessel_i1e(x: Any, name: str | None = None) -> Tensor:
    """Compute exp(-|x|) I₁(x), a modified Bessel function, element by element.

    Args:
      x: floating.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.bessel_i1e([0.0, 1.0])).round(4)
    array([0.    , 0.2079], dtype=float32)
    """
    return apply(BesselI1e(), x, name=name)


def bessel_i0(x: Any, name: str | None = None) -> Tensor:
    """Compute the modified Bessel function of order 0, element by element.

    Args:
      x: floating.
      name: name scope of the operations.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.bessel_i0([0.0, 1.0])).round(4)
    array([1.    , 1.2661], dtype=float32)
    """
    with name_scope(name, "bessel_i0", [x]):
        x = convert_to_tensor(x, name="x")
        return ops.multiply(ops.exp(ops.abs(x)), bessel_i0e(x))


def bessel_i1(x: Any, name: str | None = None) -> Tensor:
    """Compute the modified Bessel function of order 1, element by element.

    Args:
      x: floating.
      name: name scope of the operations.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.bessel_i1([0.0, 1.0])).round(4)
    array([0.    , 0.5652], dtype=float32)
    """
    with name_scope(name, "bessel_i1", [x]):
        x = convert_to_tensor(x, name="x")
        return ops.multiply(ops.exp(ops.abs(x)), bessel_i1e(x))


def igamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Compute the regularised lower incomplete gamma function P(a, x).

    Args:
      a: float32 or float64, above 0.
      x: of the same dtype, not negative, of a shape that broadcasts with that of `a`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.igamma([2.0, 0.5], 1.5)).round(4)
    array([0.4422, 0.9167], dtype=float32)
    """
    return apply(Igamma(), a, x, name=name)


def igammac(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Compute the regularised upper incomplete gamma function 1 - P(a, x).

    Args:
      a: float32 or float64, above 0.
      x: of the same dtype, not negative, of a shape that broadcasts with that of `a`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.igammac([2.0, 0.5], 1.5)).round(4)
    array([0.5578, 0.0833], dtype=float32)
    """
    return apply(Igammac(), a, x, name=name)


def polygamma(a: Any, x: Any, name: str | None = None) -> Tensor:
    """Compute the derivative of order a + 1 of log Γ(x).

    Args:
      a: float32 or float64, whole numbers, not negative.
      x: of the same dtype, positive, of a shape that broadcasts with that of `a`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.polygamma([0.0, 1.0], 2.0)).round(4)
    array([0.4228, 0.6449], dtype=float32)
    """
    return apply(Polygamma(), a, x, name=name)


def zeta(x: Any, q: Any, name: str | None = None) -> Tensor:
    """Compute the Hurwitz zeta function: the sum of (q + n) ** -x for all n from 0 on.

    Args:
      x: float32 or float64, above 1.
      q: of the same dtype, above 0, of a shape that broadcasts with that of `x`.
      name: the operation's name.

    Returns:
      A tensor of the broadcast shape.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.zeta([2.0, 3.0], 1.0)).round(4)
    array([1.6449, 1.2021], dtype=float32)
    """
    return apply(Zeta(), x, q, name=name)


def betainc(a: Any, b: Any, x: Any, name: str | None = None) -> Tensor:
    """Compute the regularised incomplete beta function.

    Args:
      a: float32 or float64, above 0.
      b: of the same dtype, above 0.
      x: of the same dtype, between 0 and 1; each of the three is a scalar or has one same shape.
      name: the operation's name.

    Returns:
      A tensor of that shape.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.betainc(2.0, 1.0, [0.5, 0.9])).round(4)
    array([0.25, 0.81], dtype=float32)
    """
    return apply(Betainc(), a, b, x, name=name)


def lbeta(x: Any, name: str | None = None) -> Tensor:
    """Compute the logarithm of the beta function of each row.

    Args:
      x: floating [..., n], positive.
      name: name scope of the operations.

    Returns:
      A tensor [...].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.lbeta([[2.0, 3.0], [1.0, 1.0]])).round(4)
    array([-2.4849,  0.    ], dtype=float32)
    """
    with name_scope(name, "lbeta", [x]):
        x = convert_to_tensor(x, name="x")
        sum_of_logs = ops.reduce_sum(lgamma(x), axis=[-1])
        log_of_sum = lgamma(ops.reduce_sum(x, axis=[-1]))
        return ops.subtract(sum_of_logs, log_of_sum)
