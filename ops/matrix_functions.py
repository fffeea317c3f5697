"""Functions of whole matrices: exponentials, logarithms, roots, generalised inverses."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import COMPLEX
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec
from graphflow.ops._matrices import (
    MATRIX_TYPES,
    SAMPLE_TYPES,
    of_finite,
    sample_matrix,
    sample_positive,
    square,
)
from graphflow.ops._static import f32
from graphflow.ops.elementwise import number

__all__ = [
    "MatrixExponential",
    "MatrixLogarithm",
    "MatrixSquareRoot",
    "adjoint",
    "expm",
    "logm",
    "matrix_rank",
    "matrix_square_root",
    "pinv",
]


# The filters of warnings are one for all threads: two that change them would mix them up.
_WARNINGS = threading.Lock()


class _MatrixFunction(Op):
    """A function of each square matrix."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(square(input), input.dtype.base_dtype)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        dtype = np.complex64
        yield ErrorSample(cls(), (np.ones(2, dtype),), "rank")
        yield ErrorSample(cls(), (np.ones((2, 3), dtype),), "square")


def _each(function: Callable[[Array], Array], matrices: Array) -> Array:
    """Apply a function of scipy, which takes matrices one by one, to finite matrices.

    Where its result is complex and the matrices are not, there is no real result: it is NaN.
    """

    def finite(matrix: Array) -> Array:
        result = function(matrix)
        if np.iscomplexobj(result) and not np.iscomplexobj(matrix):
            return np.full_like(matrix, np.nan)
        return result

    if matrices.size == 0:
        return np.zeros_like(matrices)
    # Singular matrices have infinite results, or none, of which scipy warns.
    with _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        batched = np.vectorize(finite, otypes=[matrices.dtype], signature="(n,n)->(n,n)")
        (results,) = of_finite(lambda finite_ones: [batched(finite_ones)], matrices)
    return results


@register
class MatrixExponential(_MatrixFunction):
    """The exponential of each matrix."""

    def kernel(self, input: Array) -> Array:
        import scipy.linalg

        (result,) = of_finite(lambda matrices: [scipy.linalg.expm(matrices)], input)
        return result.astype(input.dtype, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        # The exponential of [[A, G], [0, A]] has the derivative of exp at A towards G on top.
        # Mathias, "A chain rule for matrix functions and applications", 1996.
        turned = ops.adjoint(op.inputs[0])
        above = ops.concat([turned, grad], axis=-1)
        below = ops.concat([ops.zeros_like(turned), turned], axis=-1)
        both = apply(MatrixExponential(), ops.concat([above, below], axis=-2))
        size = ops.shape(turned)[-1]
        return both[..., :size, size:]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(), sample_matrix(dtype) / 2)
        pair = np.stack([sample_matrix(np.float64, 2), [[0.0, 20.0], [-20.0, 0.0]]])
        yield Sample.of(cls(), pair)
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.float32), gradient=(), note="empty")
        infinite = np.stack([f32([[1, np.inf], [0, 1]]), f32([[0, 1], [0, 0]])])
        yield Sample.of(cls(), infinite, gradient=(), note="not finite")


@register
class MatrixLogarithm(_MatrixFunction):
    """The principal logarithm of each complex matrix."""

    types: ClassVar[Any] = {"T": COMPLEX}

    def kernel(self, input: Array) -> Array:
        import scipy.linalg

        is_singular = np.linalg.det(input) == 0
        result = _each(scipy.linalg.logm, input)
        return np.where(is_singular[..., None, None], np.asarray(np.nan, input.dtype), result)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.complex64, np.complex128):
            yield Sample.of(cls(), sample_matrix(dtype))
        pair = np.asarray([[[1.0, 2.0], [2.0, 1.0]], [[0.0, 3.0], [-3.0, 0.5]]])
        yield Sample.of(cls(), pair + 0j)
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.complex64))
        yield Sample.of(cls(), np.asarray([[1, np.nan], [2, 3]], np.complex64))
        yield Sample.of(cls(), np.asarray([[1, 2], [2, 4]], np.complex64), note="singular")


@register
class MatrixSquareRoot(_MatrixFunction):
    """The principal square root of each matrix."""

    def kernel(self, input: Array) -> Array:
        import scipy.linalg

        return _each(scipy.linalg.sqrtm, input)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        # From R R = A: the gradient X solves R* X + X R* = grad, a linear system for its elements.
        root = ops.adjoint(op.outputs[0])
        identity = ops.eye(ops.shape(root)[-1], dtype=root.dtype.base_dtype)
        turned = ops.matrix_transpose(root)
        left = ops.multiply(root[..., :, None, :, None], identity[:, None, :])
        right = ops.multiply(identity[:, None, :, None], turned[..., None, :, None, :])
        shape = ops.shape(root)
        count = ops.square(shape[-1:])
        system = ops.reshape(ops.add_v2(left, right), ops.concat([shape[:-2], count, count], 0))
        flat = ops.reshape(grad, ops.concat([shape[:-2], count, [1]], 0))
        return ops.reshape(ops.matrix_solve(system, flat), shape)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(), sample_positive(dtype))
        yield Sample.of(cls(), np.stack([sample_positive(np.float64, 2), [[2.0, 1.0], [0.0, 5.0]]]))
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.float32))
        note = "no square root that is real"
        yield Sample.of(cls(), f32([[1, 2], [2, 1]]), gradient=(), note=note)
        yield Sample.of(cls(), f32([[1, np.nan], [2, 1]]), gradient=(), note="NaN")


# -- public functions ------------------------------------------------------------------------------


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Transpose each matrix and take the complex conjugate.

    Args:
      matrix: a tensor [..., m, n].
      name: name scope of the operations.

    Returns:
      A tensor [..., n, m] of the same dtype.

    Raises:
      ValueError: `matrix` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.adjoint(tf.constant([[1 + 2j, 3], [4j, 5]])))
    array([[1.-2.j, 0.-4.j],
           [3.-0.j, 5.-0.j]])
    """
    with name_scope(name, "adjoint", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        return ops.matrix_transpose(matrix, conjugate=True)


def expm(input: Any, name: str | None = None) -> Tensor:
    """Compute the exponential of each matrix: the sum of its powers, divided by factorials.

    Args:
      input: float32, float64 or complex [..., n, n].
      name: the operation's name, "matrix_exponential" by default.

    Returns:
      A tensor of the shape and dtype of `input`; NaN for matrices that are not finite.

    Raises:
      ValueError: the matrices are not square, or not of floating or complex numbers.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.expm([[0.0, 3.0], [0.0, 0.0]]))
    array([[1., 3.],
           [0., 1.]], dtype=float32)
    """
    with name_scope(name, "matrix_exponential", [input]) as scope:
        input = convert_to_tensor(input, name="input")
        dtype = input.dtype.base_dtype
        if not (dtype.is_floating or dtype.is_complex):
            raise ValueError(f"no exponential of {dtype.name} matrices; convert them with tf.cast")
        return apply(MatrixExponential(), input, name=scope)


def logm(input: Any, name: str | None = None) -> Tensor:
    """Compute the principal logarithm of each matrix, whose exponential is the matrix.

    Args:
      input: complex64 or complex128 [..., n, n].
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      TypeError: `input` is not complex.
      ValueError: the matrices are not square.

    >>> import graphflow as tf
    >>> matrix = tf.constant([[1, 3], [0, 1]], tf.complex64)
    >>> tf.Session().run(tf.real(tf.linalg.logm(matrix)))
    array([[0., 3.],
           [0., 0.]], dtype=float32)
    """
    return apply(MatrixLogarithm(), input, name=name)


def matrix_square_root(input: Any, name: str | None = None) -> Tensor:
    """Compute the principal square root of each matrix, whose product with itself is the matrix.

    Args:
      input: float32, float64 or complex [..., n, n].
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`; NaN for real matrices without real root.

    Raises:
      ValueError: the matrices are not square.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_square_root([[4.0, 4.0], [0.0, 4.0]]))
    array([[2., 1.],
           [0., 2.]], dtype=float32)
    """
    return apply(MatrixSquareRoot(), input, name=name)


def matrix_rank(
    a: Any, tol: Any = None, validate_args: bool = False, name: str | None = None
) -> Tensor:
    """Count the singular values of each matrix that are not negligible.

    Args:
      a: float32, float64 or complex [..., m, n].
      tol: what is negligible, a number or a tensor that broadcasts with the singular values; by
        default max(m, n) times the dtype's precision times the largest singular value.
      validate_args: whether to check the rank in the run where it is not known before.
      name: name scope of the operations, "matrix_rank" by default.

    Returns:
      int32 [...].

    Raises:
      TypeError: `a` is not floating or complex.
      ValueError: `a` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.matrix_rank([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]))
    np.int32(1)
    """
    with name_scope(name or "matrix_rank", values=[a, tol]):
        a = _checked(convert_to_tensor(a, name="a"), validate_args)
        values = ops.svd(a, compute_uv=False)
        if tol is None:
            tol = ops.multiply(
                _precision(a, values), ops.reduce_max(values, axis=-1, keepdims=True)
            )
        tol = convert_to_tensor(tol, values.dtype.base_dtype, name="tol")
        return ops.reduce_sum(ops.cast(ops.greater(values, tol), "int32"), axis=-1)


def pinv(a: Any, rcond: Any = None, validate_args: bool = False, name: str | None = None) -> Tensor:
    """Compute the pseudo-inverse (of Moore and Penrose) of each matrix.

    It solves linear systems in the sense of least squares; of invertible matrices it is the
    inverse.

    Args:
      a: float32 or float64 [..., m, n].
      rcond: singular values up to this fraction of the largest count as 0, a number or a tensor
        [...]; by default 10 max(m, n) times the dtype's precision.
      validate_args: whether to check the rank in the run where it is not known before.
      name: name scope of the operations, "pinv" by default.

    Returns:
      A tensor [..., n, m].

    Raises:
      TypeError: `a` is not floating.
      ValueError: `a` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.pinv([[2.0, 0.0, 0.0], [0.0, 4.0, 0.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25],
           [0.  , 0.  ]], dtype=float32)
    """
    with name_scope(name or "pinv", values=[a, rcond]):
        a = _checked(convert_to_tensor(a, name="a"), validate_args)
        if a.dtype.is_complex:
            raise TypeError(f"pinv needs floating numbers, got {a!r}")
        s, u, v = ops.svd(a)
        if rcond is None:
            rcond = ops.multiply(number(s, 10), _precision(a, s))
        rcond = convert_to_tensor(rcond, s.dtype.base_dtype, name="rcond")
        least = ops.multiply(rcond, ops.reduce_max(s, axis=-1))[..., None]
        infinite = ops.fill(ops.shape(s), number(s, np.inf))
        divisors = ops.where(ops.greater(s, least), s, infinite)
        inverse = ops.matmul(ops.divide(v, divisors[..., None, :]), u, adjoint_b=True)
        dims = a.shape.as_tuple()
        if dims is not None:
            inverse.set_shape([*dims[:-2], dims[-1], dims[-2]])
        return inverse


def _checked(a: Tensor, validate_args: bool) -> Tensor:
    """Check that a tensor holds matrices of inexact numbers."""
    if not (a.dtype.is_floating or a.dtype.is_complex):
        raise TypeError(f"floating or complex matrices are needed, got {a!r}")
    if a.shape.rank is not None and a.shape.rank < 2:
        raise ValueError(f"matrices have two axes, {a!r} has shape {a.shape}")
    if not validate_args or a.shape.rank is not None:
        return a
    checked: Tensor = ops.with_dependencies([ops.assert_rank_at_least(a, 2)], a)
    return checked


def _precision(a: Tensor, values: Tensor) -> Tensor:
    """The larger size of a matrix, times the precision of its dtype."""
    epsilon = np.finfo(values.dtype.as_numpy_dtype).eps
    dims = a.shape.as_tuple()
    if dims is not None and dims[-2] is not None and dims[-1] is not None:
        return number(values, max(dims[-2:]) * epsilon)  # type: ignore[type-var]
    largest = ops.reduce_max(ops.shape(a)[-2:])
    return ops.multiply(ops.cast(largest, values.dtype.base_dtype), number(values, epsilon))
