"""Determinants of matrices and their logarithms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._matrices import MATRIX_TYPES, SAMPLE_TYPES, sample_matrix, square
from graphflow.ops._static import f32

__all__ = [
    "LogMatrixDeterminant",
    "MatrixDeterminant",
    "logdet",
    "matrix_determinant",
    "slogdet",
]


def _batch(input: TensorSpec) -> TensorSpec:
    dims = square(input).as_tuple()
    shape = TensorShape.of(None if dims is None else dims[:-2])
    return TensorSpec(shape, input.dtype.base_dtype)


def _samples(op: Op) -> Iterator[Sample]:
    for dtype in SAMPLE_TYPES:
        yield Sample.of(op, sample_matrix(dtype))
    yield Sample.of(op, np.stack([sample_matrix(np.float64, 2), [[0.5, 2.0], [3.0, -1.0]]]))
    yield Sample.of(op, np.zeros((0, 2, 2), np.float32))
    note = "no inverse"
    yield Sample.of(op, np.zeros((0, 0), np.float32), gradient=(), note=note)
    yield Sample.of(op, f32([[1, 2], [2, 4]]), gradient=(), note=note)
    yield Sample.of(op, f32([[1, np.nan], [2, 4]]), gradient=(), note="NaN")


def _errors(op: Op) -> Iterator[ErrorSample]:
    yield ErrorSample(op, (np.ones(2, np.float32),), "rank")
    yield ErrorSample(op, (np.ones((2, 3), np.float32),), "square")


def _per_matrix(numbers: Tensor, matrices: Tensor) -> Tensor:
    """Multiply each matrix by a number."""
    return ops.multiply(numbers[..., None, None], matrices)


@register
class MatrixDeterminant(Op):
    """The determinant of each matrix."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return _batch(input)

    def kernel(self, input: Array) -> Array:
        return np.linalg.det(input)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        inverse = ops.matrix_inverse(op.inputs[0], adjoint=True)
        return _per_matrix(ops.multiply(grad, ops.conj(op.outputs[0])), inverse)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _samples(cls())

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls())


@register
class LogMatrixDeterminant(Op):
    """The sign of each determinant and the logarithm of its absolute value."""

    inputs = "input: T"
    outputs = "sign, log_abs_determinant"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        return _batch(input), _batch(input)

    def kernel(self, input: Array) -> tuple[Array, Array]:
        sign, logarithm = np.linalg.slogdet(input)
        sign = np.where(np.isnan(logarithm), np.nan, sign).astype(input.dtype)
        return sign, logarithm.astype(input.dtype)

    def gradient(self, op: Operation, grad_sign: Tensor, grad: Tensor) -> Sequence[Tensor]:
        del grad_sign  # the sign does not change near an invertible matrix
        if grad.dtype.is_complex:
            grad = ops.cast(ops.real(grad), grad.dtype.base_dtype)  # logarithms are real
        inverse = ops.matrix_inverse(op.inputs[0], adjoint=True)
        return [_per_matrix(grad, inverse)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for sample in _samples(cls()):
            note = sample.note or "a complex sign turns, for which TensorFlow has no gradient"
            yield Sample(sample.op, sample.inputs, sample.gradient, (1,), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls())


class LogDeterminant(NamedTuple):
    """What `slogdet` returns: the determinant is `sign * exp(log_abs_determinant)`.

    Attributes:
      sign: 1, -1 or 0; a complex number of absolute value 1 or 0 for complex matrices.
      log_abs_determinant: the logarithm of the absolute value, of the same dtype.
    """

    sign: Tensor
    log_abs_determinant: Tensor


def matrix_determinant(input: Any, name: str | None = None) -> Tensor:
    """Compute the determinant of each matrix.

    Args:
      input: float32, float64 or complex [..., n, n].
      name: the operation's name.

    Returns:
      A tensor [...] of the same dtype.

    Raises:
      ValueError: the matrices are not square.

    >>> import graphflow as tf
    >>> float(tf.Session().run(tf.matrix_determinant([[3.0, 1.0], [4.0, 2.0]])).round(4))
    2.0
    """
    return apply(MatrixDeterminant(), input, name=name)


def slogdet(input: Any, name: str | None = None) -> LogDeterminant:
    """Compute the sign of each determinant and the logarithm of its absolute value.

    Large matrices have determinants that exceed the range of floats; their logarithms do not.

    Args:
      input: float32, float64 or complex [..., n, n].
      name: the operation's name.

    Returns:
      A named tuple `sign`, `log_abs_determinant`, tensors [...] of the dtype of `input`; 0 and
      -inf for matrices that have no inverse.

    Raises:
      ValueError: the matrices are not square.

    >>> import graphflow as tf
    >>> sign, logarithm = tf.Session().run(tf.linalg.slogdet([[1.0, 3.0], [4.0, 2.0]]))
    >>> float(sign), float(logarithm.round(4))
    (-1.0, 2.3026)
    """
    return LogDeterminant(*apply_multi(LogMatrixDeterminant(), input, name=name))


def logdet(matrix: Any, name: str | None = None) -> Tensor:
    """Compute the logarithm of the determinant of each positive definite matrix.

    Args:
      matrix: float32, float64 or complex [..., n, n], self-adjoint; only the lower triangles are
        read.
      name: name scope of the operations.

    Returns:
      A real tensor [...].

    Raises:
      ValueError: the matrices are not square.
      tf.errors.InvalidArgumentError: a matrix is not positive definite.

    >>> import graphflow as tf
    >>> float(tf.Session().run(tf.linalg.logdet([[4.0, 2.0], [2.0, 3.0]])).round(4))
    2.0794
    """
    with name_scope(name, "logdet", [matrix]):
        diagonal = ops.real(ops.matrix_diag_part(ops.cholesky(matrix)))
        return 2.0 * ops.reduce_sum(ops.log(diagonal), axis=[-1])
