"""Matrices with three diagonals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._matrices import MATRIX_TYPES, SAMPLE_TYPES, refusing

__all__ = [
    "TridiagonalMatMul",
    "TridiagonalSolve",
    "tridiagonal_matmul",
    "tridiagonal_solve",
]

_SUPER = np.asarray([2.0, 1.0, -0.5, 9.0])
_MAIN = np.asarray([5.0, 4.0, -6.0, 3.0])
_SUB = np.asarray([9.0, 1.5, 2.0, -1.0])
_RHS = np.asarray([[1.0, -2.0], [0.5, 3.0], [4.0, 1.5], [2.0, 0.0]])


def _upwards(x: Tensor) -> Tensor:
    """Each row at the place of the one before; zeros at the end."""
    return ops.concat([x[..., 1:, :], ops.zeros_like(x[..., :1, :])], axis=-2)


def _downwards(x: Tensor) -> Tensor:
    """Each row at the place of the one after; zeros at the start."""
    return ops.concat([ops.zeros_like(x[..., :1, :]), x[..., :-1, :]], axis=-2)


def _row(column: Tensor) -> Tensor:
    return ops.matrix_transpose(column)


def _adjoint_diagonals(upper: Tensor, main: Tensor, lower: Tensor) -> tuple[Tensor, ...]:
    """The diagonals of the adjoint, each as a row of a matrix [..., 1, n]."""
    new_upper = _row(_upwards(_row(ops.conj(lower))))
    new_lower = _row(_downwards(_row(ops.conj(upper))))
    return new_upper, ops.conj(main), new_lower


def _diagonal_gradients(left: Tensor, right: Tensor) -> tuple[Tensor, ...]:
    """The three diagonals of `left @ adjoint(right)`, each as a row of a matrix [..., 1, n]."""
    right = ops.conj(right)
    shifted = (_upwards(right), right, _downwards(right))
    return tuple(
        _row(ops.reduce_sum(ops.multiply(left, other), -1, keepdims=True)) for other in shifted
    )


@register
class TridiagonalSolve(Op):
    """The solutions of linear systems whose matrices have three diagonals."""

    partial_pivoting: bool = True

    inputs = "diagonals: T, rhs: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}

    def infer(self, diagonals: TensorSpec, rhs: TensorSpec) -> TensorSpec:
        dims = diagonals.shape.with_rank_at_least(2).as_tuple()
        rhs_dims = rhs.shape.with_rank_at_least(2).as_tuple()
        dtype = rhs.dtype.base_dtype
        if dims is not None and dims[-2] not in (3, None):
            raise ValueError(f"diagonals must have 3 rows, its shape is {diagonals.shape}")
        if dims is None:
            return TensorSpec(rhs.shape, dtype)
        columns = None if rhs_dims is None else rhs_dims[-1]
        shape = TensorShape.of((*dims[:-2], dims[-1], columns))
        return TensorSpec(rhs.shape.merge_with(shape), dtype)

    def kernel(self, diagonals: Array, rhs: Array) -> Array:
        import scipy.linalg

        if rhs.size == 0:
            return np.zeros_like(rhs)
        # One after the other, without coupling, the systems are a single one.
        upper, main, lower = (diagonals[..., row, :].copy() for row in range(3))
        upper[..., -1] = lower[..., 0] = 0
        banded = np.zeros((3, main.size), main.dtype)
        banded[0, 1:] = upper.reshape(-1)[:-1]
        banded[1] = main.reshape(-1)
        banded[2, :-1] = lower.reshape(-1)[1:]
        with refusing("a matrix has no inverse: one of its pivots is 0"):
            solution = scipy.linalg.solve_banded(
                (1, 1), banded, rhs.reshape(-1, rhs.shape[-1]), check_finite=False
            )
        return solution.reshape(rhs.shape)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        diagonals, solution = op.inputs[0], op.outputs[0]
        parts = [diagonals[..., row : row + 1, :] for row in range(3)]
        adjoint = ops.concat(_adjoint_diagonals(*parts), axis=-2)
        grad_rhs = apply(TridiagonalSolve(self.partial_pivoting), adjoint, grad)
        grad_parts = _diagonal_gradients(ops.negative(grad_rhs), solution)
        return ops.concat(grad_parts, axis=-2), grad_rhs

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        diagonals = np.stack([_SUPER, _MAIN, _SUB])
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(), diagonals.astype(dtype), _RHS.astype(dtype))
        turned = diagonals * np.exp(1j * np.arange(4))
        yield Sample.of(cls(), np.stack([turned, 1j * diagonals]), np.stack([_RHS, 1j - _RHS]))
        yield Sample.of(cls(False), diagonals, _RHS)
        swapped = np.asarray([[2.0, 1.0], [0.0, 3.0], [0.0, 4.0]])
        yield Sample.of(cls(), swapped, _RHS[:2], note="needs pivots")
        yield Sample.of(cls(), swapped[:, 1:], _RHS[:1])
        yield Sample.of(cls(), np.zeros((2, 3, 0), np.float32), np.zeros((2, 0, 2), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ones = np.ones((3, 3), np.float32)
        yield ErrorSample(cls(), (ones[:2], ones), "must have 3 rows")
        yield ErrorSample(cls(), (ones, ones[:2]), "not compatible")
        yield ErrorSample(cls(), (ones, ones[0]), "rank")
        yield ErrorSample(cls(), (0 * ones, ones), "no inverse", InvalidArgumentError, "run")


@register
class TridiagonalMatMul(Op):
    """The products of matrices with three diagonals and other matrices."""

    inputs = "superdiag: T, maindiag: T, subdiag: T, rhs: T"
    types: ClassVar[Any] = {"T": MATRIX_TYPES}

    def infer(
        self, superdiag: TensorSpec, maindiag: TensorSpec, subdiag: TensorSpec, rhs: TensorSpec
    ) -> TensorSpec:
        shape = rhs.shape.with_rank_at_least(2)
        for name, spec in (("superdiag", superdiag), ("maindiag", maindiag), ("subdiag", subdiag)):
            dims = spec.shape.with_rank_at_least(2).as_tuple()
            if dims is None:
                continue
            if dims[-2] not in (1, None):
                raise ValueError(f"{name} must have 1 row, its shape is {spec.shape}")
            columns = None if shape.rank is None else shape.as_tuple()[-1]  # type: ignore[index]
            shape = shape.merge_with(TensorShape.of((*dims[:-2], dims[-1], columns)))
        return TensorSpec(shape, rhs.dtype.base_dtype)

    def kernel(self, superdiag: Array, maindiag: Array, subdiag: Array, rhs: Array) -> Array:
        upper, main, lower = (
            diagonal.swapaxes(-1, -2) for diagonal in (superdiag, maindiag, subdiag)
        )
        result = main * rhs
        result[..., :-1, :] += upper[..., :-1, :] * rhs[..., 1:, :]
        result[..., 1:, :] += lower[..., 1:, :] * rhs[..., :-1, :]
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        *diagonals, rhs = op.inputs
        grad_rhs = apply(TridiagonalMatMul(), *_adjoint_diagonals(*diagonals), grad)
        return [*_diagonal_gradients(grad, rhs), grad_rhs]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        diagonals = [part[None] for part in (_SUPER, _MAIN, _SUB)]
        for dtype in SAMPLE_TYPES:
            yield Sample.of(cls(), *(part.astype(dtype) for part in [*diagonals, _RHS]))
        pairs = [np.stack([part, 1j * part]) for part in [*diagonals, _RHS]]
        yield Sample.of(cls(), *pairs)
        yield Sample.of(cls(), *(part[:, :1] for part in diagonals), _RHS[:1])
        yield Sample.of(cls(), *(part[:, :0] for part in diagonals), _RHS[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        row, square = np.ones((1, 3), np.float32), np.ones((3, 3), np.float32)
        yield ErrorSample(cls(), (row, row, square, square), "subdiag must have 1 row")
        yield ErrorSample(cls(), (row, row[:, :2], row, square), "not compatible")
        yield ErrorSample(cls(), (row, row, row, row[0]), "rank")


# -- public functions ------------------------------------------------------------------------------


def tridiagonal_solve(
    diagonals: Any,
    rhs: Any,
    diagonals_format: str = "compact",
    transpose_rhs: bool = False,
    conjugate_rhs: bool = False,
    name: str | None = None,
    partial_pivoting: bool = True,
) -> Tensor:
    """Solve linear systems of equations whose matrices have three diagonals.

    Args:
      diagonals: float32, float64 or complex, in one of three formats.
      rhs: the right-hand sides, of the same dtype [..., n] or [..., n, k].
      diagonals_format: "compact" for a tensor [..., 3, n], the diagonal above the main one (its
        last element does not count), the main diagonal and the one below (its first element does
        not count); "sequence" for a tuple of these three, each [..., n], or the outer two
        [..., n - 1]; "matrix" for whole matrices [..., n, n].
      transpose_rhs: whether `rhs` is given as [..., k, n].
      conjugate_rhs: whether to take the complex conjugate of `rhs`.
      name: the operation's name.
      partial_pivoting: whether rows may be exchanged for precision. They always may here.

    Returns:
      A tensor [..., n] or [..., n, k].

    Raises:
      ValueError: the shapes do not fit, or there is no such format.
      tf.errors.InvalidArgumentError: a matrix has no inverse.

    >>> import graphflow as tf
    >>> diagonals = [[1.0, 2.0, 0.0], [4.0, 5.0, 4.0], [0.0, 1.0, 2.0]]
    >>> tf.Session().run(tf.linalg.tridiagonal_solve(diagonals, [6.0, 17.0, 16.0])).round(4)
    array([1., 2., 3.], dtype=float32)
    """
    compact = _compact(diagonals, diagonals_format)
    rhs = convert_to_tensor(rhs, compact.dtype.base_dtype, name="rhs")
    if rhs.shape.rank is None or compact.shape.rank is None:
        raise ValueError(f"the ranks of diagonals and rhs must be known: {compact!r}, {rhs!r}")
    if conjugate_rhs:
        rhs = ops.conj(rhs)
    op = TridiagonalSolve(bool(partial_pivoting))
    if rhs.shape.rank == compact.shape.rank - 1:
        return ops.squeeze(apply(op, compact, ops.expand_dims(rhs, -1), name=name), [-1])
    if transpose_rhs:
        rhs = ops.matrix_transpose(rhs)
    return apply(op, compact, rhs, name=name)


def tridiagonal_matmul(
    diagonals: Any, rhs: Any, diagonals_format: str = "compact", name: str | None = None
) -> Tensor:
    """Multiply matrices that have three diagonals by other matrices.

    Args:
      diagonals: float32, float64 or complex, in one of three formats.
      rhs: a tensor of the same dtype [..., n, k].
      diagonals_format: "compact" for a tensor [..., 3, n], the diagonal above the main one (its
        last element does not count), the main diagonal and the one below (its first element does
        not count); "sequence" for a tuple of these three, each [..., n]; "matrix" for whole
        matrices [..., n, n].
      name: the operation's name.

    Returns:
      A tensor [..., n, k].

    Raises:
      ValueError: the shapes do not fit, or there is no such format.

    >>> import graphflow as tf
    >>> diagonals = [[1.0, 2.0, 0.0], [4.0, 5.0, 4.0], [0.0, 1.0, 2.0]]
    >>> tf.Session().run(tf.linalg.tridiagonal_matmul(diagonals, [[1.0], [2.0], [3.0]]))
    array([[ 6.],
           [17.],
           [16.]], dtype=float32)
    """
    compact = _compact(diagonals, diagonals_format)
    rows = [compact[..., row : row + 1, :] for row in range(3)]
    return apply(TridiagonalMatMul(), *rows, rhs, name=name)


def _compact(diagonals: Any, diagonals_format: str) -> Tensor:
    """The diagonals above, on and below the main one as rows of a tensor [..., 3, n]."""
    if diagonals_format == "compact":
        return convert_to_tensor(diagonals, name="diagonals")
    if diagonals_format == "matrix":
        matrix = convert_to_tensor(diagonals, name="diagonals")
        upper, main, lower = (ops.matrix_diag_part(matrix, k=number) for number in (1, 0, -1))
        return ops.stack([_lengthened(upper, 0, 1), main, _lengthened(lower, 1, 0)], axis=-2)
    if diagonals_format != "sequence":
        raise ValueError(
            f"diagonals_format must be compact, sequence or matrix, not {diagonals_format!r}"
        )
    if not isinstance(diagonals, (list, tuple)) or len(diagonals) != 3:
        raise ValueError(f"diagonals must be three tensors in a tuple, not {diagonals!r}")
    upper, main, lower = (convert_to_tensor(part, name="diagonal") for part in diagonals)
    if _is_shorter(upper, main):
        upper = _lengthened(upper, 0, 1)
    if _is_shorter(lower, main):
        lower = _lengthened(lower, 1, 0)
    return ops.stack([upper, main, lower], axis=-2)


def _is_shorter(diagonal: Tensor, main: Tensor) -> bool:
    """Whether a diagonal is known to have one element less than the main one."""
    sizes = [(tensor.shape.as_tuple() or (None,))[-1] for tensor in (diagonal, main)]
    return None not in sizes and sizes[0] + 1 == sizes[1]  # type: ignore[operator]


def _lengthened(diagonal: Tensor, before: int, after: int) -> Tensor:
    zero = ops.zeros_like(diagonal[..., :1])
    return ops.concat([zero] * before + [diagonal] + [zero] * after, axis=-1)
