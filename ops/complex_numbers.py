"""Parts of complex numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import COMPLEX, DType
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec
from graphflow.ops.elementwise import Unary, number

__all__ = [
    "Angle",
    "ComplexAbs",
    "Conj",
    "Imag",
    "Real",
    "angle",
    "complex_abs",
    "conj",
    "imag",
    "real",
]


@dataclass(frozen=True, eq=False, repr=False)
class _Part(Op):
    """A real number made from each complex one."""

    Tout: DType = dtypes.float32

    inputs = "input: T"
    types: ClassVar[Any] = {"T": COMPLEX}

    def infer(self, input: TensorSpec) -> TensorSpec:
        if input.dtype.base_dtype.real_dtype is not self.Tout:
            raise TypeError(f"the parts of {input.dtype.name} are not {self.Tout.name}: set Tout")
        return TensorSpec(input.shape, self.Tout)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = np.asarray([[1.5 + 2j, -0.5 + 0.25j], [3 - 4j, -2 - 1j]])
        note = "the gradient of a part is no complex derivative"
        yield Sample.of(cls(), values.astype(np.complex64), gradient=(), note=note)
        yield Sample.of(cls(dtypes.float64), values, gradient=(), note=note)
        yield Sample.of(cls(), np.complex64(2 - 3j), gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones(2, np.complex128),), "set Tout", TypeError)
        yield ErrorSample(cls(), (np.ones(2, np.float32),), "float32", TypeError)


@register
class Real(_Part):
    """The real part."""

    def kernel(self, input: Array) -> Array:
        return np.real(input)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.complex(grad, number(grad, 0))


@register
class Imag(_Part):
    """The imaginary part."""

    def kernel(self, input: Array) -> Array:
        return np.imag(input)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return ops.complex(number(grad, 0), grad)


@register
class ComplexAbs(_Part):
    """The absolute value."""

    inputs = "x: T"
    outputs = "y"

    def infer(self, x: TensorSpec) -> TensorSpec:
        return super().infer(x)

    def kernel(self, x: Array) -> Array:
        return np.absolute(x)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        x = op.inputs[0]
        direction = ops.div_no_nan(x, ops.complex(op.outputs[0], number(grad, 0)))
        return ops.multiply(ops.complex(grad, number(grad, 0)), direction)


@register
class Angle(_Part):
    """The argument."""

    def kernel(self, input: Array) -> Array:
        return np.angle(input).astype(self.Tout.numpy)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        x = op.inputs[0]
        swapped = ops.reciprocal(ops.complex(imag(x), real(x)))
        return ops.multiply(ops.negative(swapped), ops.complex(grad, number(grad, 0)))


@register
class Conj(Unary):
    """The complex conjugate."""

    inputs = "input: T"
    outputs = "output"
    types: ClassVar[Any] = {"T": COMPLEX}
    ufunc = np.conjugate

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return conj(grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        values = np.asarray([[1.5 + 2j, -0.5 + 0.25j], [3 - 4j, -2 - 1j]])
        for kind in (np.complex64, np.complex128):
            yield Sample.of(cls(), values.astype(kind), gradient=(), note="not holomorphic")


def conj(x: Any, name: str | None = None) -> Tensor:
    """Compute the complex conjugate; real numbers are returned as they are.

    Args:
      x: numeric.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `x`.

    Raises:
      TypeError: `x` is not numeric.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.conj(tf.constant([2 + 3j, 4 - 1j])))
    array([2.-3.j, 4.+1.j])
    """
    if isinstance(x, Tensor) and (x.dtype.is_floating or x.dtype.is_integer):
        return x
    with name_scope(name, "Conj", [x]) as scope:
        tensor = convert_to_tensor(x, name="x")
        if tensor.dtype.is_complex:
            return apply(Conj(), tensor, name=scope)
        if tensor.dtype.base_dtype in dtypes.NUMERIC:
            return tensor
        raise TypeError(f"conj needs numbers, got {tensor!r}")


def real(input: Any, name: str | None = None) -> Tensor:
    """Take the real part; real numbers are returned as they are.

    Args:
      input: numeric.
      name: the operation's name.

    Returns:
      A real tensor of the shape of `input`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.real(tf.constant([2 + 3j, 4 - 1j])))
    array([2., 4.])
    """
    with name_scope(name, "Real", [input]) as scope:
        tensor = convert_to_tensor(input, name="input")
        if not tensor.dtype.is_complex:
            return tensor
        return apply(Real(tensor.dtype.base_dtype.real_dtype), tensor, name=scope)


def imag(input: Any, name: str | None = None) -> Tensor:
    """Take the imaginary part, 0 for real numbers.

    Args:
      input: numeric.
      name: the operation's name.

    Returns:
      A real tensor of the shape of `input`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.imag(tf.constant([2 + 3j, 4 - 1j])))
    array([ 3., -1.])
    """
    with name_scope(name, "Imag", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if not input.dtype.is_complex:
            return ops.zeros_like(input)
        return apply(Imag(input.dtype.base_dtype.real_dtype), input, name=scope)


def angle(input: Any, name: str | None = None) -> Tensor:
    """Compute the argument in radians; of real numbers, 0 or π.

    Args:
      input: floating or complex.
      name: the operation's name.

    Returns:
      A real tensor of the shape of `input`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.angle(tf.constant([1 + 1j, -2j]))).round(4)
    array([ 0.7854, -1.5708])
    """
    with name_scope(name, "Angle", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        if input.dtype.is_complex:
            return apply(Angle(input.dtype.base_dtype.real_dtype), input, name=scope)
        half_turn = ops.multiply(number(input, math.pi), ops.ones_like(input))
        negative = ops.less(input, number(input, 0))
        return ops.where(negative, half_turn, ops.zeros_like(input))


def complex_abs(x: Any, name: str | None = None) -> Tensor:
    """Compute the absolute value of complex numbers.

    Args:
      x: complex64 or complex128.
      name: the operation's name.

    Returns:
      float32 or float64 of the shape of `x`.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> tf.Session().run(ops.complex_abs(tf.constant([3 + 4j, -2j])))
    array([5., 2.])
    """
    x = convert_to_tensor(x, name="x")
    return apply(ComplexAbs(x.dtype.base_dtype.real_dtype), x, name=name)
