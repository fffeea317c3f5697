"""Circulant operators: convolutions of periodic signals, which Fourier transforms make diagonal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.dtypes import DType, as_dtype, complex64, complex128
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape
from graphflow.linear_operators import algebra, shapes
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.hints import (
    Hint,
    Hints,
    always,
    assert_no_zeros,
    assert_positive_real_part,
    assert_real,
    floating_tensor,
    hints_of,
)

_Transform = Callable[[Tensor], Tensor]
_FORWARD: dict[int, _Transform] = {1: ops.fft, 2: ops.fft2d, 3: ops.fft3d}
_BACKWARD: dict[int, _Transform] = {1: ops.ifft, 2: ops.ifft2d, 3: ops.ifft3d}


def complex_dtype(dtype: DType) -> DType:
    """The complex dtype in which values of a dtype are transformed."""
    return complex128 if dtype.base_dtype.name in ("float64", "complex128") else complex64


class _Circulant(LinearOperator):
    """What circulant operators of one, two and three axes share.

    The operator is F^-1 diag(spectrum) F, where F is the Fourier transform over `block_depth` axes.
    """

    _depth: ClassVar[int]

    def __init__(
        self,
        spectrum: Any,
        input_output_dtype: Any = complex64,
        is_non_singular: Hint = None,
        is_self_adjoint: Hint = None,
        is_positive_definite: Hint = None,
        is_square: Hint = True,
        name: str | None = None,
    ) -> None:
        self._given = spectrum
        with name_scope(name, type(self).__name__, [spectrum]):
            self._spectrum = floating_tensor(spectrum, "spectrum", self._depth)
        if not self._spectrum.dtype.is_complex:
            is_self_adjoint = always(
                is_self_adjoint, "an operator of real spectrum is always self-adjoint"
            )
        super().__init__(
            as_dtype(input_output_dtype),
            graph_parents=[self._spectrum],
            is_non_singular=is_non_singular,
            is_self_adjoint=is_self_adjoint,
            is_positive_definite=is_positive_definite,
            is_square=always(is_square, "a circulant operator is always square"),
            name=name,
        )

    @property
    def spectrum(self) -> Tensor:
        """The spectrum: the eigenvalues."""
        return self._spectrum

    @property
    def block_depth(self) -> int:
        """How many axes are transformed."""
        return self._depth

    @property
    def block_shape(self) -> TensorShape:
        """The shape of the spectrum without the batch, as far as it is known."""
        return self._spectrum.shape[-self._depth :]

    def block_shape_tensor(self) -> Tensor:
        """Return the shape of the spectrum without the batch, as an int32 vector."""
        if self.block_shape.is_fully_defined():
            return shapes.shape_constant(self.block_shape)
        return ops.shape(self._spectrum)[-self._depth :]

    def convolution_kernel(self, name: str = "convolution_kernel") -> Tensor:
        """Return the kernel with which the operator convolves.

        Args:
          name: name scope of the operations.

        Returns:
          A tensor of the shape of the spectrum and the operator's dtype.
        """
        with self._name_scope(name):
            return self._as_output(self._backward(self._complex_spectrum()))

    def assert_hermitian_spectrum(self, name: str = "assert_hermitian_spectrum") -> Operation:
        """Return an operation that fails unless the spectrum is that of a real kernel.

        Args:
          name: name scope of the operations.
        """
        with self._name_scope(name):
            kernel = self._backward(self._complex_spectrum())
            real = kernel.dtype.real_dtype
            largest = ops.maximum(ops.reduce_max(ops.abs(kernel)), 1.0)
            size = ops.cast(self.domain_dimension_tensor(), real)
            limit = float(np.finfo(real.numpy).eps) * size * largest
            return ops.assert_less(
                ops.abs(ops.imag(kernel)), limit, message="The spectrum was not Hermitian."
            )

    # -- transforms --------------------------------------------------------------------------------

    def _complex_spectrum(self) -> Tensor:
        return ops.cast(self._spectrum, complex_dtype(self.dtype))

    def _forward(self, x: Tensor) -> Tensor:
        return _FORWARD[self._depth](x)

    def _backward(self, x: Tensor) -> Tensor:
        return _BACKWARD[self._depth](x)

    def _as_output(self, x: Tensor) -> Tensor:
        """Convert to the operator's dtype; a real operator drops imaginary rounding errors."""
        return ops.cast(x if self.dtype.is_complex else ops.real(x), self.dtype)

    def _apply(self, eigenvalues: Tensor, x: Tensor) -> Tensor:
        """Multiply the columns of matrices with the operator of the same structure.

        Args:
          eigenvalues: complex, of the shape of the spectrum.
          x: a tensor [..., n, k].
        """
        columns = ops.matrix_transpose(ops.cast(x, complex_dtype(self.dtype)))
        outer = ops.shape(columns)[:-1]
        blocks = ops.reshape(columns, ops.concat([outer, self.block_shape_tensor()], 0))
        scaled = self._forward(blocks) * ops.expand_dims(eigenvalues, -(self._depth + 1))
        outer = ops.shape(scaled)[: -self._depth]
        size = self.domain_dimension_tensor()
        flat = ops.reshape(self._backward(scaled), ops.concat([outer, ops.stack([size])], 0))
        return self._as_output(ops.matrix_transpose(flat))

    # -- the operator ------------------------------------------------------------------------------

    def _shape(self) -> TensorShape:
        shape = self._spectrum.shape
        if shape.ndims is None:
            return TensorShape(None)
        size = Dimension(1)
        for dimension in shape[-self._depth :]:
            size = size * dimension
        return shape[: -self._depth].concatenate([size, size])

    def _shape_tensor(self) -> Tensor:
        size = ops.reduce_prod(self.block_shape_tensor())
        batch = ops.shape(self._spectrum)[: -self._depth]
        return ops.concat([batch, ops.stack([size, size])], 0)

    def _assert_non_singular(self) -> Operation:
        return assert_no_zeros(self._spectrum, "Singular operator: the spectrum contained zeros.")

    def _assert_positive_definite(self) -> Operation:
        return assert_positive_real_part(
            self._spectrum, "Not positive definite: real parts of the spectrum were not positive."
        )

    def _assert_self_adjoint(self) -> Operation:
        return assert_real(self._spectrum, "Not self-adjoint: the spectrum had imaginary parts.")

    def _matmul(self, x: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        spectrum = self._complex_spectrum()
        eigenvalues = ops.conj(spectrum) if adjoint else spectrum
        return self._apply(eigenvalues, shapes.adjoint_if(adjoint_arg, x))

    def _solve(self, rhs: Tensor, adjoint: bool = False, adjoint_arg: bool = False) -> Tensor:
        spectrum = self._complex_spectrum()
        eigenvalues = ops.conj(spectrum) if adjoint else spectrum
        return self._apply(ops.reciprocal(eigenvalues), shapes.adjoint_if(adjoint_arg, rhs))

    def _block_axes(self) -> list[int]:
        return list(range(-self._depth, 0))

    def _determinant(self) -> Tensor:
        return self._as_output(ops.reduce_prod(self._complex_spectrum(), self._block_axes()))

    def _log_abs_determinant(self) -> Tensor:
        logarithms = ops.log(ops.abs(self._spectrum))
        return ops.cast(ops.reduce_sum(logarithms, self._block_axes()), self.dtype)

    def _trace(self) -> Tensor:
        return self._as_output(ops.reduce_sum(self._complex_spectrum(), self._block_axes()))

    def _diag_part(self) -> Tensor:
        mean = self._trace() / ops.cast(self.domain_dimension_tensor(), self.dtype)
        ones = ops.ones(ops.expand_dims(self.domain_dimension_tensor(), 0), dtype=self.dtype)
        return shapes.as_columns(mean) * ones

    def with_spectrum(self, spectrum: Tensor, hints: Hints) -> LinearOperator:
        """Make an operator of the same class and dtype with another spectrum."""
        return type(self)(spectrum, input_output_dtype=self.dtype, **hints)


class LinearOperatorCirculant(_Circulant):
    """A circulant matrix, whose columns are shifted by one from one to the next.

    Its product with a vector is the convolution of two periodic signals.

    Args:
      spectrum: float or complex [..., n], the Fourier transform of the first column.
      input_output_dtype: the dtype of the operator; real only if the spectrum is that of a real
        column.
      is_non_singular: whether no element of the spectrum is 0.
      is_self_adjoint: whether the spectrum is real; True for a real dtype.
      is_positive_definite: whether the spectrum has positive real parts only.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: a hint is wrong.

    Source: Gray, "Toeplitz and circulant matrices: a review", 2006.

    >>> import graphflow as tf
    >>> spectrum = tf.signal.fft(tf.constant([1.0, 2.0, 4.0], tf.complex64))
    >>> operator = tf.linalg.LinearOperatorCirculant(spectrum, input_output_dtype=tf.float32)
    >>> tf.Session().run(operator.to_dense()).round(4)
    array([[1., 4., 2.],
           [2., 1., 4.],
           [4., 2., 1.]], dtype=float32)
    """

    _depth = 1


class LinearOperatorCirculant2D(_Circulant):
    """The convolution of images that continue periodically, as a matrix.

    Args:
      spectrum: float or complex [..., n0, n1], the two-dimensional Fourier transform of the kernel;
        the matrix has n0 n1 rows.
      input_output_dtype: the dtype of the operator; real only if the spectrum is that of a real
        kernel.
      is_non_singular: whether no element of the spectrum is 0.
      is_self_adjoint: whether the spectrum is real; True for a real dtype.
      is_positive_definite: whether the spectrum has positive real parts only.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: a hint is wrong.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorCirculant2D([[8.0, 4.0], [2.0, 2.0]], tf.float32)
    >>> tf.Session().run(operator.to_dense()).round(4)
    array([[4., 1., 2., 1.],
           [1., 4., 1., 2.],
           [2., 1., 4., 1.],
           [1., 2., 1., 4.]], dtype=float32)
    """

    _depth = 2


class LinearOperatorCirculant3D(_Circulant):
    """The convolution of volumes that continue periodically, as a matrix.

    Args:
      spectrum: float or complex [..., n0, n1, n2], the three-dimensional Fourier transform of the
        kernel; the matrix has n0 n1 n2 rows.
      input_output_dtype: the dtype of the operator; real only if the spectrum is that of a real
        kernel.
      is_non_singular: whether no element of the spectrum is 0.
      is_self_adjoint: whether the spectrum is real; True for a real dtype.
      is_positive_definite: whether the spectrum has positive real parts only.
      is_square: True, if given.
      name: name of the operator.

    Raises:
      ValueError: a hint is wrong.

    >>> import graphflow as tf
    >>> operator = tf.linalg.LinearOperatorCirculant3D([[[8.0, 2.0]]], tf.float32)
    >>> tf.Session().run(operator.to_dense())
    array([[5., 3.],
           [3., 5.]], dtype=float32)
    """

    _depth = 3


@algebra.adjoint.register(_Circulant)
def _(operator: _Circulant) -> LinearOperator:
    return operator.with_spectrum(ops.conj(operator.spectrum), hints_of(operator))


@algebra.inverse.register(_Circulant)
def _(operator: _Circulant) -> LinearOperator:
    hints = hints_of(operator, is_non_singular=True)
    return operator.with_spectrum(ops.reciprocal(operator.spectrum), hints)
