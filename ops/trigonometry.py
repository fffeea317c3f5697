"""Trigonometric and hyperbolic functions."""

from __future__ import annotations

from typing import Any, overload

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, register
from graphflow.core.sparse import SparseTensor
from graphflow.ops.elementwise import (
    Unary,
    UnaryGrad,
    apply_to_elements,
    conj_input,
    conj_output,
    number,
    number_like,
    plus_one,
)

__all__ = [
    "Acos",
    "Acosh",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "Cos",
    "Cosh",
    "Sin",
    "Sinh",
    "Tan",
    "Tanh",
    "TanhGrad",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "sin",
    "sinh",
    "tan",
    "tanh",
]


# -- trigonometry ----------------------------------------------------------------------------------


@register
class Sin(Unary):
    """The sine."""

    ufunc = np.sin

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, cos(conj_input(op)))


@register
class Cos(Unary):
    """The cosine."""

    ufunc = np.cos

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(ops.negative(grad), sin(conj_input(op)))


@register
class Tan(Unary):
    """The tangent."""

    ufunc = np.tan
    domain = (-1.2, -0.6, -0.2, 0.3, 0.9, 1.1)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, ops.square(ops.reciprocal(cos(conj_input(op)))))


class _Inside(Unary):
    """A function of numbers between -1 and 1."""

    domain = (-0.9, -0.45, -0.1, 0.2, 0.5, 0.8)


def _one_minus_square(x: Tensor) -> Tensor:
    return ops.subtract(number(x, 1), ops.square(x))


@register
class Asin(_Inside):
    """The angle whose sine is x."""

    ufunc = np.arcsin

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, ops.reciprocal(ops.sqrt(_one_minus_square(conj_input(op)))))


@register
class Acos(_Inside):
    """The angle whose cosine is x."""

    ufunc = np.arccos

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        slope = ops.reciprocal(ops.sqrt(_one_minus_square(conj_input(op))))
        return ops.multiply(ops.negative(grad), slope)


@register
class Atan(Unary):
    """The angle whose tangent is x."""

    ufunc = np.arctan

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, ops.reciprocal(plus_one(ops.square(conj_input(op)))))


@register
class Sinh(Unary):
    """The hyperbolic sine."""

    ufunc = np.sinh

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, cosh(conj_input(op)))


@register
class Cosh(Unary):
    """The hyperbolic cosine."""

    ufunc = np.cosh

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, sinh(conj_input(op)))


@register
class Tanh(Unary):
    """The hyperbolic tangent."""

    ufunc = np.tanh
    elementwise32 = "tanh32(x)"

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(TanhGrad(), conj_output(op), grad)


@register
class TanhGrad(UnaryGrad):
    """dy * (1 - y²)."""

    makes_new = True
    elementwise = "dy * (1 - y * y)"

    def kernel(self, y: Array, dy: Array) -> Array:
        return dy * (number_like(y, 1) - y * y)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, Tensor]:
        conj_y, conj_dy = (ops.conj(tensor) for tensor in op.inputs)
        by_y = ops.multiply(ops.multiply(ops.multiply(grad, number(grad, -2)), conj_dy), conj_y)
        return by_y, apply(TanhGrad(), conj_y, grad)


@register
class Asinh(Unary):
    """The number whose hyperbolic sine is x."""

    ufunc = np.arcsinh

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.realdiv(grad, cosh(conj_output(op)))


@register
class Acosh(Unary):
    """The number whose hyperbolic cosine is x."""

    ufunc = np.arccosh
    domain = (1.1, 1.6, 2.2, 2.9, 3.4, 7.6)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.realdiv(grad, sinh(conj_output(op)))


@register
class Atanh(_Inside):
    """The number whose hyperbolic tangent is x."""

    ufunc = np.arctanh

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.multiply(grad, ops.reciprocal(_one_minus_square(conj_input(op))))


def sin(x: Any, name: str | None = None) -> Tensor:
    """Compute the sine element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.sin([0.0, 1.0])).round(4)
    array([0.    , 0.8415], dtype=float32)
    """
    return apply(Sin(), x, name=name)


def cos(x: Any, name: str | None = None) -> Tensor:
    """Compute the cosine element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.cos([0.0, 1.0])).round(4)
    array([1.    , 0.5403], dtype=float32)
    """
    return apply(Cos(), x, name=name)


def tan(x: Any, name: str | None = None) -> Tensor:
    """Compute the tangent element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tan([0.0, 1.0])).round(4)
    array([0.    , 1.5574], dtype=float32)
    """
    return apply(Tan(), x, name=name)


def asin(x: Any, name: str | None = None) -> Tensor:
    """Compute the angle whose sine is x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.asin([0.0, 0.5])).round(4)
    array([0.    , 0.5236], dtype=float32)
    """
    return apply(Asin(), x, name=name)


def acos(x: Any, name: str | None = None) -> Tensor:
    """Compute the angle whose cosine is x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.acos([1.0, 0.5])).round(4)
    array([0.    , 1.0472], dtype=float32)
    """
    return apply(Acos(), x, name=name)


def atan(x: Any, name: str | None = None) -> Tensor:
    """Compute the angle whose tangent is x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.atan([0.0, 2.0])).round(4)
    array([0.    , 1.1071], dtype=float32)
    """
    return apply(Atan(), x, name=name)


def sinh(x: Any, name: str | None = None) -> Tensor:
    """Compute the hyperbolic sine element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.sinh([0.0, 1.0])).round(4)
    array([0.    , 1.1752], dtype=float32)
    """
    return apply(Sinh(), x, name=name)


def cosh(x: Any, name: str | None = None) -> Tensor:
    """Compute the hyperbolic cosine element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.cosh([0.0, 1.0])).round(4)
    array([1.    , 1.5431], dtype=float32)
    """
    return apply(Cosh(), x, name=name)


@overload
def tanh(x: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def tanh(x: Any, name: str | None = None) -> Tensor: ...


def tanh(x: Any, name: str | None = None) -> Any:
    """Compute the hyperbolic tangent element by element.

    Args:
      x: floating or complex; a tensor or a `SparseTensor`.
      name: the operation's name.

    Returns:
      A tensor, or a `SparseTensor`, of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.tanh([0.0, 1.0])).round(4)
    array([0.    , 0.7616], dtype=float32)
    """
    return apply_to_elements(Tanh(), x, name)


def asinh(x: Any, name: str | None = None) -> Tensor:
    """Compute the number whose hyperbolic sine is x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.asinh([0.0, 1.0])).round(4)
    array([0.    , 0.8814], dtype=float32)
    """
    return apply(Asinh(), x, name=name)


def acosh(x: Any, name: str | None = None) -> Tensor:
    """Compute the number whose hyperbolic cosine is x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.acosh([1.0, 2.0])).round(4)
    array([0.   , 1.317], dtype=float32)
    """
    return apply(Acosh(), x, name=name)


def atanh(x: Any, name: str | None = None) -> Tensor:
    """Compute the number whose hyperbolic tangent is x element by element.

    Args:
      x: floating or complex.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.math.atanh([0.0, 0.5])).round(4)
    array([0.    , 0.5493], dtype=float32)
    """
    return apply(Atanh(), x, name=name)
