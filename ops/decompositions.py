"""Decompositions of matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import INDEX, DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._matrices import (
    MATRIX_TYPES,
    SAMPLE_TYPES,
    adjoint_of,
    of_finite,
    refusing,
    sample_matrix,
    sample_positive,
    smaller,
    square,
)
from graphflow.ops._static import f32, invalid
from graphflow.ops.elementwise import number

__all__ = [
    "Cholesky",
    "Lu",
    "Qr",
    "SelfAdjointEigV2",
    "Svd",
    "cholesky",
    "lu",
    "qr",
    "self_adjoint_eig",
    "self_adjoint_eigvals",
    "svd",
]

_SYMMETRIC_ONLY = "only one triangle is read, but the gradient is that of both"


def _errors(op: Op, *, is_square: bool = True) -> Iterator[ErrorSample]:
    yield ErrorSample(op, (np.ones(3, np.float32),), "rank")
    if is_square:
        yield ErrorSample(op, (np.ones((2, 3), np.float32),), "square")


# -- Cholesky --------------------------------------------------------------------------------------


@register
class Cholesky(Op):
    """The lower triangles L with L L* = the input."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(square(input), input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        with refusing("a matrix is not positive definite", np.linalg.cholesky, input):
            return np.linalg.cholesky(input)

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        # Murray, "Differentiation of the Cholesky decomposition", 2016.
        chol = op.outputs[0]
        middle = _lower_half(ops.matmul(chol, grad, adjoint_a=True))
        left = ops.matrix_triangular_solve(chol, middle, adjoint=True)
        both = ops.matrix_triangular_solve(chol, ops.adjoint(left), adjoint=True)
        return ops.multiply(ops.add_v2(both, ops.adjoint(both)), number(both, 0.5))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = _SYMMETRIC_ONLY
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(), sample_positive(dtype), gradient=(), note=note)
        pair = np.stack([sample_positive(np.float64, 2), [[4.0, np.nan], [2.0, 3.0]]])
        yield Sample.of(cls(), pair, gradient=(), note=note)
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.float32), gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls())
        for matrix in ([[1, 2], [2, 1]], [[0, 0], [0, 0]]):
            yield ErrorSample(
                cls(), (f32(matrix),), "not positive definite", InvalidArgumentError, "run"
            )


def _lower_half(matrix: Tensor) -> Tensor:
    """The lower triangle with the diagonal halved: with its adjoint it makes the whole."""
    diagonal = ops.multiply(ops.matrix_diag_part(matrix), number(matrix, 0.5))
    return ops.matrix_set_diag(ops.matrix_band_part(matrix, -1, 0), diagonal)


def cholesky(input: Any, name: str | None = None) -> Tensor:
    """Compute the Cholesky decomposition of each positive definite matrix.

    Args:
      input: float32, float64 or complex [..., n, n], self-adjoint; only the lower triangles are
        read.
      name: the operation's name.

    Returns:
      The lower triangular matrices L, of the shape and dtype of `input`, with
      `L @ adjoint(L) = input`.

    Raises:
      ValueError: the matrices are not square.
      tf.errors.InvalidArgumentError: a matrix is not positive definite.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.cholesky([[4.0, 2.0], [2.0, 10.0]]))
    array([[2., 0.],
           [1., 3.]], dtype=float32)
    """
    return apply(Cholesky(), input, name=name)


# -- LU --------------------------------------------------------------------------------------------


class LuResult(NamedTuple):
    """What `lu` returns.

    Attributes:
      lu: the upper triangle U and, below the diagonal, the triangle L without its diagonal of ones.
      p: the order in which the rows of the input make `L @ U`.
    """

    lu: Tensor
    p: Tensor


@register
class Lu(Op):
    """The LU decomposition of each matrix, rows permuted."""

    output_idx_type: DType = dtypes.int32

    inputs = "input: T"
    outputs = "lu, p"
    types: ClassVar[Any] = {"T": MATRIX_TYPES, "output_idx_type": INDEX}
    uses_blas = True

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        if self.output_idx_type not in INDEX:
            raise TypeError(f"output_idx_type must be int32 or int64, not {self.output_idx_type}")
        shape = square(input)
        dims = shape.as_tuple()
        order = TensorShape.of(None if dims is None else dims[:-1])
        return TensorSpec(shape, input.dtype.base_dtype), TensorSpec(order, self.output_idx_type)

    def kernel(self, input: Array) -> tuple[Array, Array]:
        import scipy.linalg

        if input.size == 0:
            return input.copy(), np.zeros(input.shape[:-1], self.output_idx_type.numpy)
        rows, low, up = scipy.linalg.lu(input, p_indices=True, check_finite=False)
        if (np.diagonal(up, axis1=-2, axis2=-1) == 0).any():
            raise invalid("a matrix has no inverse: one of its pivots is 0")
        both = np.where(np.tri(input.shape[-1], k=-1, dtype=bool), low, up)
        return both, np.argsort(rows, axis=-1).astype(self.output_idx_type.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(), sample_matrix(dtype, 4)[[2, 0, 3, 1]])
        pair = np.stack([sample_matrix(np.float64)[::-1], sample_matrix(np.float64).T])
        yield Sample.of(cls(dtypes.int64), pair)
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls())
        singular = f32([[1, 2], [2, 4]])
        yield ErrorSample(cls(dtypes.float32), (singular,), "output_idx_type must be", TypeError)
        yield ErrorSample(cls(), (singular,), "no inverse", InvalidArgumentError, "run")


def lu(input: Any, output_idx_type: Any = dtypes.int32, name: str | None = None) -> LuResult:
    """Decompose each matrix into a lower and an upper triangle, after a permutation of its rows.

    Args:
      input: float32, float64 or complex [..., n, n].
      output_idx_type: the dtype of `p`, int32 or int64.
      name: the operation's name.

    Returns:
      A named tuple: `lu` [..., n, n] holds the upper triangle U and, below the diagonal, the lower
      triangle L without its diagonal of ones; `p` [..., n] are the rows of `input`, in the order in
      which they make `L @ U`.

    Raises:
      ValueError: the matrices are not square.
      tf.errors.InvalidArgumentError: a matrix has no inverse.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.lu([[1.0, 3.0], [2.0, 4.0]]))
    LuResult(lu=array([[2. , 4. ],
           [0.5, 1. ]], dtype=float32), p=array([1, 0], dtype=int32))
    """
    return LuResult(*apply_multi(Lu(as_dtype(output_idx_type)), input, name=name))


# -- QR --------------------------------------------------------------------------------------------


class QrResult(NamedTuple):
    """What `qr` returns: `input = q @ r`.

    Attributes:
      q: columns of unit length, orthogonal to one another.
      r: upper triangular.
    """

    q: Tensor
    r: Tensor


@register
class Qr(Op):
    """The QR decomposition of each matrix."""

    full_matrices: bool = False

    inputs = "input: T"
    outputs = "q, r"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        dtype = input.dtype.base_dtype
        dims = input.shape.with_rank_at_least(2).as_tuple()
        if dims is None:
            return TensorSpec(TensorShape(None), dtype), TensorSpec(TensorShape(None), dtype)
        *batch, rows, columns = dims
        inner = rows if self.full_matrices else smaller(rows, columns)
        q = TensorShape.of((*batch, rows, inner))
        r = TensorShape.of((*batch, inner, columns))
        return TensorSpec(q, dtype), TensorSpec(r, dtype)

    def kernel(self, input: Array) -> tuple[Array, Array]:
        q, r = np.linalg.qr(input, mode="complete" if self.full_matrices else "reduced")
        return q, r

    def gradient(self, op: Operation, grad_q: Tensor, grad_r: Tensor) -> Tensor:
        x, (q, r) = op.inputs[0], op.outputs
        dims = x.shape.as_tuple()
        rows, columns = (None, None) if dims is None else dims[-2:]
        is_known = rows is not None and columns is not None
        if self.full_matrices and not (is_known and rows <= columns):  # type: ignore[operator]
            raise NotImplementedError(
                f"the gradient of {self!r} of {x!r}: the columns of q that full_matrices=True adds "
                "are not determined; use full_matrices=False"
            )
        if is_known and rows >= columns:  # type: ignore[operator]
            return _qr_gradient(q, r, grad_q, grad_r)
        # The first columns make q; what remains is q @ right.
        size = ops.shape(r)[-2]
        rest, grad_right = x[..., size:], grad_r[..., size:]
        grad_q = ops.add_v2(grad_q, ops.matmul(rest, grad_right, adjoint_b=True))
        grad_left = _qr_gradient(q, r[..., :size], grad_q, grad_r[..., :size])
        return ops.concat([grad_left, ops.matmul(q, grad_right)], axis=-1)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        tall = np.asarray([[3.0, 1.0], [-4.0, 2.0], [0.5, 7.0]])
        for dtype in SAMPLE_TYPES[:2]:
            yield Sample.of(cls(), tall.astype(dtype))
        yield Sample.of(cls(), tall + 1j * tall[::-1])
        note = "the added columns of q are not determined"
        yield Sample.of(cls(True), tall, gradient=(), note=note)
        yield Sample.of(cls(), np.stack([tall.T, tall.T + 1]))
        yield Sample.of(cls(), sample_matrix(np.float64))
        yield Sample.of(cls(), np.zeros((0, 3, 2), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls(), is_square=False)


def _qr_gradient(q: Tensor, r: Tensor, grad_q: Tensor, grad_r: Tensor) -> Tensor:
    """The gradient for a matrix with at least as many rows as columns.

    Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010.
    """
    inner = ops.subtract(
        ops.matmul(r, grad_r, adjoint_b=True), ops.matmul(grad_q, q, adjoint_a=True)
    )
    half = _lower_half(inner)
    left = ops.add_v2(grad_q, ops.matmul(q, ops.add_v2(half, ops.adjoint(half))))
    return ops.adjoint(ops.matrix_triangular_solve(r, ops.adjoint(left), lower=False))


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> QrResult:
    """Decompose each matrix into an orthogonal and an upper triangular one.

    Args:
      input: float or complex [..., m, n].
      full_matrices: whether `q` is square; otherwise it has min(m, n) columns.
      name: the operation's name.

    Returns:
      `q` [..., m, p] and `r` [..., p, n] with `input = q @ r`.

    Raises:
      ValueError: the input has less than two axes.

    >>> import graphflow as tf
    >>> q, r = tf.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> tf.Session().run(tf.matmul(q, r)).round(4)
    array([[3., 1.],
           [4., 2.]], dtype=float32)
    """
    return QrResult(*apply_multi(Qr(bool(full_matrices)), input, name=name))


# -- eigenvalues and singular values ---------------------------------------------------------------


def _reciprocal_differences(values: Tensor) -> Tensor:
    """1 / (values[j] - values[i]) at [i, j], 0 where they are equal."""
    differences = ops.subtract(values[..., None, :], values[..., :, None])
    return ops.div_no_nan(ops.ones_like(differences), differences)


@register
class SelfAdjointEigV2(Op):
    """The eigenvalues of each self-adjoint matrix, increasing, and its eigenvectors."""

    compute_v: bool = True

    inputs = "input: T"
    outputs = "e, v"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        dtype = input.dtype.base_dtype
        shape = square(input)
        dims = shape.as_tuple()
        values = TensorShape.of(None if dims is None else dims[:-1])
        vectors = shape if self.compute_v else TensorShape.of((0,))
        return TensorSpec(values, dtype), TensorSpec(vectors, dtype)

    def kernel(self, input: Array) -> tuple[Array, Array]:
        with refusing("eigenvalues cannot be found"):
            lower = np.tril(input)
            if self.compute_v:
                values, vectors = of_finite(np.linalg.eigh, lower)
                return values.astype(input.dtype), vectors
            (values,) = of_finite(lambda matrix: [np.linalg.eigvalsh(matrix)], lower)
            return values.astype(input.dtype), np.zeros(0, input.dtype)

    def gradient(self, op: Operation, grad_e: Tensor, grad_v: Tensor) -> Tensor:
        if self.compute_v:
            e, v = op.outputs
            turned = ops.multiply(_reciprocal_differences(e), ops.matmul(v, grad_v, adjoint_a=True))
            inner = ops.add_v2(ops.matrix_diag(grad_e), turned)
        else:
            _, v = self_adjoint_eig(op.inputs[0])
            inner = ops.matrix_diag(grad_e)
        full = ops.matmul(v, ops.matmul(inner, v, adjoint_b=True))
        # Only the lower triangle is read; it stands for the upper one, too.
        half = _lower_half(full)
        return ops.add_v2(half, _lower_half(ops.adjoint(full)))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "the sign of an eigenvector is not determined"
        for dtype in SAMPLE_TYPES:
            matrix = sample_positive(dtype)
            is_complex = np.dtype(dtype).kind == "c"
            yield Sample.of(cls(False), matrix, gradient_outputs=(0,))
            gradient = () if is_complex else None
            yield Sample.of(cls(), matrix, gradient=gradient, oracle=False, note=note)
        pair = np.stack([sample_positive(np.float64, 2), [[2.0, 5.0], [1.0, -3.0]]])
        yield Sample.of(cls(False), pair, gradient_outputs=(0,), note="not symmetric")
        yield Sample.of(cls(), np.zeros((2, 0, 0), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls())


@register
class Svd(Op):
    """The singular values of each matrix, decreasing, and its singular vectors."""

    compute_uv: bool = True
    full_matrices: bool = False

    inputs = "input: T"
    outputs = "s, u, v"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}
    uses_blas = True

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
        dtype = input.dtype.base_dtype
        dims = input.shape.with_rank_at_least(2).as_tuple()
        nothing = TensorShape.of((0,))
        if dims is None:
            unknown = TensorShape.of(None)
            s, u, v = unknown, unknown, unknown
        else:
            *batch, rows, columns = dims
            inner = smaller(rows, columns)
            s = TensorShape.of((*batch, inner))
            u = TensorShape.of((*batch, rows, rows if self.full_matrices else inner))
            v = TensorShape.of((*batch, columns, columns if self.full_matrices else inner))
        if not self.compute_uv:
            u = v = nothing
        return TensorSpec(s, dtype), TensorSpec(u, dtype), TensorSpec(v, dtype)

    def kernel(self, input: Array) -> tuple[Array, Array, Array]:
        dtype = input.dtype
        with refusing("singular values cannot be found"):
            if self.compute_uv:
                u, s, vh = of_finite(self._decompose, input)
                return s.astype(dtype), u, adjoint_of(vh)
            (s,) = of_finite(lambda matrix: [np.linalg.svd(matrix, compute_uv=False)], input)
            return s.astype(dtype), np.zeros(0, dtype), np.zeros(0, dtype)

    def _decompose(self, input: Array) -> Any:
        return np.linalg.svd(input, full_matrices=self.full_matrices)

    def gradient(self, op: Operation, grad_s: Tensor, grad_u: Tensor, grad_v: Tensor) -> Tensor:
        x = op.inputs[0]
        if x.dtype.is_complex:
            grad_s = ops.cast(ops.real(grad_s), x.dtype.base_dtype)  # singular values are real
        if not self.compute_uv:
            _, u, v = apply_multi(Svd(), x)
            return ops.matmul(u, ops.matmul(ops.matrix_diag(grad_s), v, adjoint_b=True))
        s, u, v = op.outputs
        if self.full_matrices:
            self._check_determined(x)
        return _svd_gradient((s, u, v), (grad_s, grad_u, grad_v))

    def _check_determined(self, x: Tensor) -> None:
        rows, columns = (None, None) if x.shape.rank is None else x.shape.as_list()[-2:]
        if rows is None or columns is None or abs(rows - columns) > 1:
            raise NotImplementedError(
                f"the gradient of {self!r} of {x!r}: the vectors that full_matrices=True adds are "
                "determined only where rows and columns differ by at most 1; use "
                "full_matrices=False"
            )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        tall = np.asarray([[3.0, 1.0], [-4.0, 2.0], [0.5, 7.0]])
        note = "the sign of a singular vector is not determined"
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(False), tall.astype(dtype), gradient_outputs=(0,))
        yield Sample.of(cls(False, True), tall + 1j * tall[::-1], gradient_outputs=(0,))
        for matrix in (tall, tall.T, sample_matrix(np.float64), np.stack([tall, tall - 1])):
            yield Sample.of(cls(), matrix, oracle=False, note=note)
        for matrix in (tall, tall.T):
            yield Sample.of(cls(True, True), matrix, gradient=(), oracle=False, note=note)
        yield Sample.of(cls(), tall + 1j * tall[::-1], gradient=(), oracle=False, note=note)
        yield Sample.of(cls(), np.zeros((0, 3, 2), np.float32))
        yield Sample.of(cls(False), f32([[1, np.nan], [2, 3]]), gradient=(), note="NaN")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _errors(cls(), is_square=False)


def _svd_gradient(outputs: Sequence[Tensor], grads: Sequence[Tensor]) -> Tensor:
    """The gradient of a decomposition with vectors.

    Townsend, "Differentiating the singular value decomposition", 2016.
    """
    (s, u, v), (grad_s, grad_u, grad_v) = outputs, grads
    size = ops.shape(s)[-1]
    first_u, first_v = u[..., :size], v[..., :size]
    overlap_u = ops.matmul(first_u, grad_u[..., :size], adjoint_a=True)
    overlap_v = ops.matmul(first_v, grad_v[..., :size], adjoint_a=True)
    if u.dtype.is_complex:
        # Common phases of pairs of vectors are not determined, but their differences are.
        phases = ops.matrix_diag_part(_skew(overlap_u))
        grad_s = ops.add_v2(grad_s, ops.div_no_nan(phases, ops.multiply(s, 2)))
    weights = _reciprocal_differences(ops.square(s))
    row, column = s[..., None, :], s[..., :, None]
    turned = ops.add_v2(ops.multiply(_skew(overlap_u), row), ops.multiply(column, _skew(overlap_v)))
    inner = ops.add_v2(ops.matrix_diag(grad_s), ops.multiply(weights, turned))
    left = ops.add_v2(ops.matmul(first_u, inner), ops.div_no_nan(_outside(u, grad_u, size), row))
    right = ops.div_no_nan(_outside(v, grad_v, size), row)
    return ops.add_v2(
        ops.matmul(left, first_v, adjoint_b=True), ops.matmul(first_u, right, adjoint_b=True)
    )


def _skew(matrix: Tensor) -> Tensor:
    return ops.subtract(matrix, ops.adjoint(matrix))


def _outside(vectors: Tensor, grad: Tensor, size: Tensor) -> Tensor:
    """The part of a gradient that turns the first vectors out of the space that they span."""
    first, added = vectors[..., :size], vectors[..., size:]
    grad_first, grad_added = grad[..., :size], grad[..., size:]
    outside = ops.subtract(
        grad_first, ops.matmul(first, ops.matmul(first, grad_first, adjoint_a=True))
    )
    back = ops.matmul(added, ops.matmul(grad_added, first, adjoint_a=True))
    return ops.subtract(outside, back)


def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Compute eigenvalues and eigenvectors of each self-adjoint matrix.

    Args:
      tensor: float32, float64 or complex [..., n, n]; only the lower triangles are read.
      name: the operation's name.

    Returns:
      The eigenvalues [..., n], increasing, of the dtype of `tensor`, and the eigenvectors
      [..., n, n], in columns of unit length. The sign of each vector is arbitrary.

    Raises:
      ValueError: the matrices are not square.

    >>> import graphflow as tf
    >>> values, vectors = tf.self_adjoint_eig([[5.0, 0.0], [0.0, 3.0]])
    >>> tf.Session().run([values, tf.abs(vectors)])
    [array([3., 5.], dtype=float32), array([[0., 1.],
           [1., 0.]], dtype=float32)]
    """
    values, vectors = apply_multi(SelfAdjointEigV2(), tensor, name=name)
    return values, vectors


def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """Compute the eigenvalues of each self-adjoint matrix.

    Args:
      tensor: float32, float64 or complex [..., n, n]; only the lower triangles are read.
      name: the operation's name.

    Returns:
      The eigenvalues [..., n], increasing, of the dtype of `tensor`.

    Raises:
      ValueError: the matrices are not square.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.self_adjoint_eigvals([[2.0, 1.0], [1.0, 2.0]])).round(4)
    array([1., 3.], dtype=float32)
    """
    return apply_multi(SelfAdjointEigV2(compute_v=False), tensor, name=name)[0]


def svd(
    tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None
) -> Any:
    """Compute the singular value decomposition of each matrix.

    Unlike `np.linalg.svd`, this returns the singular values first, and V itself, not its adjoint.

    Args:
      tensor: float32, float64 or complex [..., m, n].
      full_matrices: whether `u` and `v` are square; otherwise they have min(m, n) columns.
      compute_uv: whether to return singular vectors; False is faster.
      name: the operation's name.

    Returns:
      The singular values `s` [..., min(m, n)], real and decreasing; with `compute_uv` the tuple
      `s`, `u` [..., m, p], `v` [..., n, p] with `tensor = u @ diag(s) @ adjoint(v)`. The sign of
      each pair of vectors is arbitrary.

    Raises:
      ValueError: `tensor` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.svd([[3.0, 0.0], [0.0, -5.0]], compute_uv=False)).round(4)
    array([5., 3.], dtype=float32)
    >>> s, u, v = tf.svd([[3.0, 1.0, 2.0], [4.0, 2.0, 0.0]])
    >>> tf.Session().run(tf.matmul(u * s, v, transpose_b=True)).round(4) + 0
    array([[3., 1., 2.],
           [4., 2., 0.]], dtype=float32)
    """
    op = Svd(compute_uv=bool(compute_uv), full_matrices=bool(full_matrices))
    s, u, v = apply_multi(op, tensor, name=name)
    return (ops.real(s), u, v) if compute_uv else ops.real(s)
