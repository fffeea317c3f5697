"""Random numbers of gamma and Poisson distributions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    INDEX,
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec, broadcast_shape
from graphflow.ops._static import as_tuple, f32, i32, i64, invalid
from graphflow.ops.kernels import gamma_poisson
from graphflow.ops.kernels.gamma_gradient import gamma_sample_slope
from graphflow.ops.kernels.philox import Philox
from graphflow.ops.random import checked_shape, op_seeds

__all__ = [
    "RandomGamma",
    "RandomGammaGrad",
    "RandomPoissonV2",
    "random_gamma",
    "random_poisson",
]

_GAMMA_TYPES = dtype_set("float16 float32 float64")
_POISSON_TYPES = _GAMMA_TYPES | INDEX


@register
class RandomGamma(Op):
    """Numbers of gamma distributions of scale 1, of a given shape for each alpha."""

    seed: int = 0
    seed2: int = 0

    inputs = "shape: S, alpha: T"
    types = {"S": INDEX, "T": _GAMMA_TYPES}
    stateful = True
    needs_context = True

    def infer(self, shape: TensorSpec, alpha: TensorSpec) -> TensorSpec:
        return TensorSpec(checked_shape(shape).concatenate(alpha.shape), alpha.dtype.base_dtype)

    def kernel(self, ctx: Context, shape: Array, alpha: Array) -> Array:
        state = ctx.state(lambda: Philox(self.seed, self.seed2))
        return _refusing(gamma_poisson.random_gamma, state, as_tuple(shape), np.asarray(alpha))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        shape, alpha = op.inputs
        sample_axes = ops.shape(shape)[0]
        ones = ops.ones(ops.expand_dims(sample_axes, 0), dtype=_int32)
        aligned = ops.reshape(alpha, ops.concat([ones, ops.shape(alpha)], 0))
        slope = apply(RandomGammaGrad(), aligned, op.outputs[0])
        return None, ops.reduce_sum(ops.multiply(grad, slope), axis=ops.range(sample_axes))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        drawn_anew = {"gradient": (), "note": "each run draws other numbers; see the unit tests"}
        for dtype in (np.float16, np.float32, np.float64):
            alpha = np.asarray([0.5, 1.0, 7.5], dtype)
            yield Sample.of(cls(3, 5), i32([2, 3]), alpha, **drawn_anew)
        yield Sample.of(cls(7, 2), i32([]), f32([[1.5], [0.1]]), **drawn_anew)
        yield Sample.of(cls(7, 2), i64([5]), f32(2), **drawn_anew)
        yield Sample.of(cls(7, 2), i32([0, 3]), f32([2]), **drawn_anew)
        yield Sample.of(cls(7, 2), i32([2]), np.zeros((0, 3), np.float32), **drawn_anew)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(1, 1), (i32([[2]]), f32(1)), "shape must be a vector")
        yield ErrorSample(cls(1, 1), (i32([-2]), f32(1)), "must not be negative")
        yield ErrorSample(cls(1, 1), (i32([2]), f32([1, -2])), "alpha must not be", when="run")


def _refusing(draw: Any, *arguments: Any) -> Array:
    """Draw, with the kernel's complaints as errors of a run."""
    try:
        return draw(*arguments)
    except ValueError as error:
        raise invalid(str(error)) from error


@register
class RandomGammaGrad(Op):
    """How numbers of gamma distributions move with alpha."""

    inputs = "alpha: T, sample: T"
    types = {"T": dtype_set("float32 float64")}

    def infer(self, alpha: TensorSpec, sample: TensorSpec) -> TensorSpec:
        return TensorSpec(broadcast_shape(alpha.shape, sample.shape), alpha.dtype.base_dtype)

    def kernel(self, alpha: Array, sample: Array) -> Array:
        return gamma_sample_slope(np.asarray(alpha), np.asarray(sample)).astype(alpha.dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        alpha = np.asarray([[0.01, 0.5, 1, 2.5, 40]])
        sample = np.asarray([[1e-20, 0.25, 0.5, 2.5, 45], [0, 3, 12.5, 40, 20]])
        for dtype in (np.float32, np.float64):
            rtol = 1e-4 if dtype is np.float32 else 1e-8
            yield Sample.of(cls(), alpha.astype(dtype), sample.astype(dtype), rtol=rtol)
        yield Sample.of(cls(), np.float64(1.5), np.asarray([0.5, np.nan, -1.0]), rtol=1e-8)
        yield Sample.of(cls(), f32([1.5, -2]), f32(0.5), rtol=1e-4)
        yield Sample.of(cls(), np.zeros((0, 2)), np.zeros((3, 1, 2)))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (f32([1, 2]), f32([1, 2, 3])), "broadcast")


@register
class RandomPoissonV2(Op):
    """Numbers of Poisson distributions, of a given shape for each rate."""

    seed: int = 0
    seed2: int = 0
    dtype: DType = _int64

    inputs = "shape: S, rate: R"
    types = {"S": INDEX, "R": _POISSON_TYPES}
    stateful = True
    needs_context = True

    def infer(self, shape: TensorSpec, rate: TensorSpec) -> TensorSpec:
        if self.dtype not in _POISSON_TYPES:
            names = ", ".join(sorted(dtype.name for dtype in _POISSON_TYPES))
            raise TypeError(f"Poisson numbers are one of {names}, not {self.dtype.name}")
        return TensorSpec(checked_shape(shape).concatenate(rate.shape), self.dtype)

    def kernel(self, ctx: Context, shape: Array, rate: Array) -> Array:
        state = ctx.state(lambda: Philox(self.seed, self.seed2))
        draw, dtype = gamma_poisson.random_poisson, self.dtype.numpy
        return _refusing(draw, state, as_tuple(shape), np.asarray(rate), dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        rates = [0.5, 4.0, 30.0]
        for dtype in ("float16", "float32", "float64", "int32", "int64"):
            kind = as_dtype(dtype)
            yield Sample.of(cls(3, 5, kind), i32([2, 3]), np.asarray(rates, kind.numpy))
        yield Sample.of(cls(7, 2, _int32), i64([4]), f32(12.5))
        yield Sample.of(cls(7, 2, _int32), i32([]), f32(2.5))
        yield Sample.of(cls(7, 2, _float32), i32([]), np.asarray([[0.0, 1.5]]))
        yield Sample.of(cls(7, 2, _float32), i32([0, 3]), f32([2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(1, 1), (i32([[2]]), f32(1)), "shape must be a vector")
        yield ErrorSample(cls(1, 1, as_dtype("bool")), (i32([2]), f32(1)), "not bool", TypeError)
        yield ErrorSample(cls(1, 1), (i32([2]), f32([np.nan])), "rate must not be", when="run")


def random_gamma(
    shape: Any,
    alpha: Any,
    beta: Any = None,
    dtype: Any = _float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from gamma distributions, `shape` numbers for each pair of parameters.

    The numbers can be differentiated by both parameters: for alpha as Figurnov, Mohamed and Mnih
    do it (Implicit reparameterization gradients, 2018).

    Args:
      shape: the shape of what is drawn for each pair, int32 vector.
      alpha: the shapes of the distributions, of `dtype`; positive.
      beta: their inverse scales, of `dtype`, broadcast with `alpha`; 1 by default.
      dtype: float16, float32 or float64.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: name scope of the operations.

    Returns:
      A tensor of shape `shape + broadcast(alpha, beta)`, positive.

    Raises:
      ValueError: the dtype is not floating, or the parameters do not broadcast.
      TypeError: there are no such numbers of the dtype.
      tf.errors.InvalidArgumentError: (in a run) an alpha is negative or NaN.

    >>> import graphflow as tf
    >>> x = tf.Session().run(tf.random_gamma([1000], [2.0, 6.0], beta=2.0, seed=1))
    >>> x.mean(axis=0).round()
    array([1., 3.], dtype=float32)
    """
    dtype = as_dtype(dtype).base_dtype
    if not dtype.is_floating:
        raise ValueError(f"gamma distributions have floating numbers, not {dtype.name}")
    with name_scope(name, "random_gamma", [shape, alpha, beta]):
        size = convert_to_tensor(shape, name="shape", dtype=_int32)
        alpha = convert_to_tensor(alpha, name="alpha", dtype=dtype)
        beta = convert_to_tensor(1 if beta is None else beta, name="beta", dtype=dtype)
        both = ops.broadcast_dynamic_shape(ops.shape(alpha), ops.shape(beta))
        alpha = ops.broadcast_to(alpha, both)
        drawn = apply(RandomGamma(*op_seeds(seed)), size, alpha)
        # Small values of alpha give numbers that underflow; logarithms are often taken of them.
        least = np.finfo(dtype.numpy).tiny
        return ops.maximum(least, ops.realdiv(drawn, beta, name="truediv"))


def random_poisson(
    lam: Any,
    shape: Any,
    dtype: Any = _float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from Poisson distributions, `shape` numbers for each mean.

    Args:
      lam: the means, floating, int32 or int64 tensor.
      shape: the shape of what is drawn for each mean, int32 vector.
      dtype: float16, float32, float64, int32 or int64.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: name scope of the operations.

    Returns:
      A tensor of `dtype` and shape `shape + lam.shape`.

    Raises:
      TypeError: there are no such numbers of the dtype.
      tf.errors.InvalidArgumentError: (in a run) a mean is NaN or beyond the dtype.

    >>> import graphflow as tf
    >>> x = tf.Session().run(tf.random_poisson([2.0, 70.0], [1000], seed=1))
    >>> x.mean(axis=0).round()
    array([ 2., 70.], dtype=float32)
    """
    with name_scope(name, "random_poisson", [lam, shape]):
        size = convert_to_tensor(shape, name="shape", dtype=_int32)
        op = RandomPoissonV2(*op_seeds(seed), as_dtype(dtype).base_dtype)
        return apply(op, size, lam)
