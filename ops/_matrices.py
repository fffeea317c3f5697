"""What ops on batches of matrices have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from graphflow.core.dtypes import dtype_set
from graphflow.core.op import Array
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import invalid

MATRIX_TYPES = dtype_set("float32 float64 complex64 complex128")
# The same dtypes for samples.
SAMPLE_TYPES = (np.float32, np.float64, np.complex64, np.complex128)


def square(spec: TensorSpec, name: str = "input") -> TensorShape:
    """The shape of a batch of square matrices; raises ValueError if they are not square."""
    dims = spec.shape.with_rank_at_least(2).as_tuple()
    if dims is None:
        return TensorShape.of(None)
    rows, columns = dims[-2:]
    if rows is not None and columns is not None and rows != columns:
        raise ValueError(f"{name} must hold square matrices, it has shape {spec.shape}")
    size = columns if rows is None else rows
    return TensorShape.of((*dims[:-2], size, size))


def smaller(a: int | None, b: int | None) -> int | None:
    """The smaller of two sizes, None if unknown."""
    if a == 0 or b == 0:
        return 0
    return None if a is None or b is None else min(a, b)


@contextmanager
def refusing(
    message: str, function: Callable[[Array], Any] | None = None, matrices: Array | None = None
) -> Iterator[None]:
    """Turn what LAPACK refuses into InvalidArgumentError.

    Args:
      message: what is wrong.
      function: what refuses one of the matrices, for the place of that matrix in the batch.
      matrices: the matrices.
    """
    try:
        yield
    except np.linalg.LinAlgError as error:
        place = ""
        if function is not None and matrices is not None and matrices.ndim > 2:
            place = f", at {_first_refused(function, matrices)} of the batch"
        raise invalid(f"{message}{place} ({error})") from error


def _first_refused(function: Callable[[Array], Any], matrices: Array) -> list[int]:
    for index in np.ndindex(matrices.shape[:-2]):
        try:
            function(matrices[index])
        except np.linalg.LinAlgError:
            return list(index)
    return []


def of_finite(function: Callable[[Array], Sequence[Array]], matrices: Array) -> Sequence[Array]:
    """Call a function that takes finite matrices only; its results for others are NaN.

    LAPACK's singular values of infinite numbers may take forever.
    """
    if np.isfinite(matrices).all():
        return function(matrices)
    is_finite = np.isfinite(matrices).all(axis=(-2, -1))
    results = function(np.where(is_finite[..., None, None], matrices, 0))
    for result in results:
        result[~is_finite] = np.nan
    return results


def sample_matrix(dtype: type, size: int = 3) -> Array:
    """A well-conditioned square matrix without symmetry."""
    steps = np.arange(size * size).reshape(size, size)
    matrix = steps * 7 % 5 / 4.0 - steps.T * 3 % 4 / 3.0 + 3 * np.eye(size)
    if np.dtype(dtype).kind == "c":
        matrix = matrix + 1j * (steps * 3 % 5 / 5.0 - 0.4)
    return matrix.astype(dtype)


def sample_positive(dtype: type, size: int = 3) -> Array:
    """A positive definite matrix."""
    matrix = sample_matrix(dtype, size)
    return (matrix @ matrix.conj().T).astype(dtype)


def adjoint_of(matrix: Array) -> Array:
    """The conjugate of the transpose."""
    return matrix.swapaxes(-1, -2).conj()
