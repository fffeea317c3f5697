"""Diagonals and bands of matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import INDEX, NUMERIC, dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._matrices import smaller
from graphflow.ops._static import (
    Ints,
    as_tuple,
    check_rank,
    f32,
    five_axes,
    i32,
    invalid,
    known_int,
)

__all__ = [
    "Diag",
    "DiagPart",
    "MatrixBandPart",
    "MatrixDiag",
    "MatrixDiagPart",
    "MatrixDiagPartV2",
    "MatrixDiagV2",
    "MatrixSetDiag",
    "MatrixSetDiagV2",
    "diag",
    "diag_part",
    "matrix_band_part",
    "matrix_diag",
    "matrix_diag_part",
    "matrix_set_diag",
]


# -- tensors of rank 2k ----------------------------------------------------------------------------

_DIAGONAL = dtype_set("float16 float32 float64 int32 int64 complex64 complex128")


@register
class Diag(Op):
    """A tensor of rank 2k with the elements of one of rank k on its diagonal."""

    inputs = "diagonal: T"
    types: ClassVar[Any] = {"T": _DIAGONAL}

    def infer(self, diagonal: TensorSpec) -> TensorSpec:
        dims = diagonal.shape.as_tuple()
        if dims == ():
            raise ValueError("diagonal must have rank 1 or more, it is a scalar")
        shape = TensorShape.of(None if dims is None else dims + dims)
        return TensorSpec(shape, diagonal.dtype.base_dtype)

    def kernel(self, diagonal: Array) -> Array:
        result = np.zeros((diagonal.size, diagonal.size), diagonal.dtype)
        np.fill_diagonal(result, diagonal.reshape(-1))
        return result.reshape(diagonal.shape * 2)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [ops.diag_part(grad)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), f32([3, 1, 2]))
        yield Sample.of(cls(), i32([[1, 2, 3], [4, 5, 6]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.float32(1),), "it is a scalar")


@register
class DiagPart(Op):
    """The diagonal of a tensor of rank 2k."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": _DIAGONAL}
    outputs = "diagonal"

    def infer(self, input: TensorSpec) -> TensorSpec:
        dims = input.shape.as_tuple()
        dtype = input.dtype.base_dtype
        if dims is None:
            return TensorSpec(TensorShape.of(None), dtype)
        half = len(dims) // 2
        if len(dims) % 2 or not dims:
            raise ValueError(f"the rank must be even and positive, it is {len(dims)}")
        first, second = TensorShape.of(dims[:half]), TensorShape.of(dims[half:])
        return TensorSpec(first.merge_with(second), dtype)

    def kernel(self, input: Array) -> Array:
        sizes = input.shape[: input.ndim // 2]
        count = int(np.prod(sizes))
        return np.diagonal(input.reshape(count, count)).reshape(sizes)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [ops.diag(grad)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.arange(9, dtype=np.float32).reshape(3, 3))
        yield Sample.of(cls(), np.arange(36, dtype=np.int32).reshape(2, 3, 2, 3))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones((2, 3), np.float32),), "not compatible")
        yield ErrorSample(cls(), (np.ones(2, np.float32),), "the rank must be even")


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Create a tensor of rank 2k with given elements on its diagonal and zeros elsewhere.

    Args:
      diagonal: a numeric tensor of rank k, 1 or more.
      name: the operation's name.

    Returns:
      A tensor of shape `diagonal.shape + diagonal.shape`.

    Raises:
      ValueError: `diagonal` is a scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.diag([1, 2]))
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    return apply(Diag(), diagonal, name=name)


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """Return the diagonal of a tensor of rank 2k.

    Args:
      input: a numeric tensor of shape `sizes + sizes`.
      name: the operation's name.

    Returns:
      A tensor of shape `sizes`.

    Raises:
      ValueError: the shape is not twice the same.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.diag_part([[1, 2], [3, 4]]))
    array([1, 4], dtype=int32)
    """
    return apply(DiagPart(), input, name=name)


# -- main diagonals of batches of matrices ---------------------------------------------------------


@register
class MatrixDiag(Op):
    """Square matrices with given main diagonals."""

    inputs = "diagonal: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}

    def infer(self, diagonal: TensorSpec) -> TensorSpec:
        dims = diagonal.shape.with_rank_at_least(1).as_tuple()
        shape = TensorShape.of(None if dims is None else (*dims, dims[-1]))
        return TensorSpec(shape, diagonal.dtype.base_dtype)

    def kernel(self, diagonal: Array) -> Array:
        size = diagonal.shape[-1]
        result = np.zeros((*diagonal.shape, size), diagonal.dtype)
        steps = np.arange(size)
        result[..., steps, steps] = diagonal
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [ops.matrix_diag_part(grad)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), f32([3, 1, 2]))
        yield Sample.of(cls(), i32([[1, 2, 3], [4, 5, 6]]))
        yield Sample.of(cls(), np.zeros((2, 0), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.float32(1),), "must have rank 1 or more")


@register
class MatrixDiagPart(Op):
    """The main diagonals of matrices."""

    inputs = "input: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}
    outputs = "diagonal"

    def infer(self, input: TensorSpec) -> TensorSpec:
        dims = input.shape.with_rank_at_least(2).as_tuple()
        shape = TensorShape.of(None if dims is None else (*dims[:-2], smaller(dims[-2], dims[-1])))
        return TensorSpec(shape, input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        return np.diagonal(input, axis1=-2, axis2=-1)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x = op.inputs[0]
        dims = x.shape.as_tuple()
        if dims is not None and dims[-1] is not None and dims[-1] == dims[-2]:
            return [ops.matrix_diag(grad)]
        return [ops.matrix_set_diag(ops.zeros_like(x), grad)]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.arange(6, dtype=np.float32).reshape(2, 3))
        yield Sample.of(cls(), np.arange(18, dtype=np.float64).reshape(2, 3, 3))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones(2, np.float32),), "must have rank 2 or more")


@register
class MatrixSetDiag(Op):
    """Matrices with their main diagonals replaced."""

    inputs = "input: T, diagonal: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}

    def infer(self, input: TensorSpec, diagonal: TensorSpec) -> TensorSpec:
        shape = input.shape.with_rank_at_least(2)
        dims = shape.as_tuple()
        if dims is not None:
            diagonal.shape.merge_with(TensorShape.of((*dims[:-2], smaller(dims[-2], dims[-1]))))
        return TensorSpec(shape, input.dtype.base_dtype)

    def kernel(self, input: Array, diagonal: Array) -> Array:
        result = input.copy()
        steps = np.arange(diagonal.shape[-1])
        result[..., steps, steps] = diagonal
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        blank = ops.matrix_set_diag(grad, ops.zeros_like(op.inputs[1]))
        return blank, ops.matrix_diag_part(grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(6, dtype=np.float32).reshape(2, 3)
        yield Sample.of(cls(), a, f32([7, 9]))
        yield Sample.of(cls(), np.stack([a.T, a.T + 1]), f32([[7, 9], [8, 6]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones((2, 3), np.float32), f32([1, 2, 3])), "not compatible")


@register
class MatrixBandPart(Op):
    """Matrices with zeros outside a band around the main diagonal."""

    makes_new = True
    inputs = "input: T, num_lower: Tindex, num_upper: Tindex"
    outputs = "band"
    types = {"T": NUMERIC | dtype_set("bool"), "Tindex": INDEX}

    def infer(self, input: TensorSpec, num_lower: TensorSpec, num_upper: TensorSpec) -> TensorSpec:
        check_rank("num_lower", num_lower, 0)
        check_rank("num_upper", num_upper, 0)
        return TensorSpec(input.shape.with_rank_at_least(2), input.dtype.base_dtype)

    def kernel(self, input: Array, num_lower: Array, num_upper: Array) -> Array:
        rows, columns = input.shape[-2:]
        below = np.arange(rows)[:, None] - np.arange(columns)
        _check_band("num_lower", num_lower, rows)
        _check_band("num_upper", num_upper, columns)
        kept = np.ones((rows, columns), bool)
        if num_lower >= 0:
            kept &= below <= num_lower
        if num_upper >= 0:
            kept &= -below <= num_upper
        return np.where(kept, input, np.zeros((), input.dtype))

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.matrix_band_part(grad, op.inputs[1], op.inputs[2]), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), five_axes(), np.int32(0), np.int32(-1))
        a = np.arange(12, dtype=np.float32).reshape(3, 4) + 1
        for lower, upper in ((0, 0), (1, -1), (-1, 0), (0, 2)):
            yield Sample.of(cls(), a, np.int64(lower), np.int64(upper))
        yield Sample.of(cls(), np.stack([a, a * 2]).astype(np.int32), np.int32(1), np.int32(1))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = np.int64(1)
        yield ErrorSample(cls(), (np.ones(2, np.float32), one, one), "must have rank 2 or more")
        yield ErrorSample(
            cls(), (np.ones((2, 2), np.float32), np.int64(3), one), "num_lower",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def _check_band(name: str, width: Array, size: int) -> None:
    if width > size:
        raise invalid(f"{name} must be negative or at most {size}, it is {width}")


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Set everything outside a band around the main diagonals of matrices to zero.

    Args:
      input: a tensor [..., m, n].
      num_lower: int32 or int64 scalar, the subdiagonals to keep; all if negative.
      num_upper: scalar of the same dtype, the superdiagonals to keep; all if negative.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      ValueError: `input` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_band_part([[1, 2, 3], [4, 5, 6]], 0, -1))
    array([[1, 2, 3],
           [0, 5, 6]], dtype=int32)
    """
    return apply(MatrixBandPart(), input, num_lower, num_upper, name=name)


# -- any diagonals of batches of matrices ----------------------------------------------------------


def _band(k: Array) -> tuple[int, int]:
    """The lowest and highest diagonal that `k`, a number or a pair, stands for."""
    numbers = as_tuple(k)
    if len(numbers) not in (1, 2) or numbers[0] > numbers[-1]:
        raise ValueError(f"k must be a number or a pair with k[0] <= k[1], it is {list(numbers)}")
    return numbers[0], numbers[-1]


def _run_band(k: Array) -> tuple[int, int]:
    try:
        return _band(k)
    except ValueError as error:
        raise invalid(str(error)) from error


def _longest(rows: int, columns: int, low: int, high: int) -> int:
    """The length of the longest diagonal of the band."""
    if not (-rows < low or low == 0) or not (high < columns or high == 0):
        raise ValueError(f"diagonals {low} to {high} do not all lie in a {rows}x{columns} matrix")
    return min(rows + min(high, 0), columns - max(low, 0))


def _band_index(rows: int, columns: int, low: int, high: int) -> tuple[tuple[Any, ...], ...]:
    """Where the elements of a band are: in a tensor of its diagonals and in the matrix."""
    numbers = np.arange(high, low - 1, -1)[:, None]
    steps = np.arange(max(min(rows, columns), 0))
    at_rows, at_columns = steps - np.minimum(numbers, 0), steps + np.maximum(numbers, 0)
    inside = np.nonzero((at_rows < rows) & (at_columns < columns))
    return (..., *inside), (..., at_rows[inside], at_columns[inside])


def _diagonal_dims(dims: Ints, low: int, high: int) -> Ints:
    """The shape of the band of a matrix as `matrix_diag_part` returns it."""
    rows, columns = dims[-2:]
    longest = None if rows is None or columns is None else _longest(rows, columns, low, high)
    return (*dims[:-2], longest) if low == high else (*dims[:-2], high - low + 1, longest)


@register
class MatrixDiagV2(Op):
    """Matrices with given diagonals."""

    inputs = "diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}

    def infer(
        self,
        diagonal: TensorSpec,
        k: TensorSpec,
        num_rows: TensorSpec,
        num_cols: TensorSpec,
        padding_value: TensorSpec,
    ) -> TensorSpec:
        for name, spec in (("num_rows", num_rows), ("num_cols", num_cols)):
            check_rank(name, spec, 0)
        check_rank("padding_value", padding_value, 0)
        dims = diagonal.shape.with_rank_at_least(1).as_tuple()
        dtype = diagonal.dtype.base_dtype
        if dims is None or k.value is None:
            return TensorSpec(TensorShape.of(None), dtype)
        low, high = _band(k.value)
        lead = dims[:-1] if low == high else self._without_band(dims, high - low + 1)
        wanted = (known_int(num_rows), known_int(num_cols))
        sizes: Ints = (None, None)
        if dims[-1] is not None and wanted[0] is not None and wanted[1] is not None:
            sizes = _matrix_sizes(dims[-1], low, high, wanted[0], wanted[1])
        return TensorSpec(TensorShape.of((*lead, *sizes)), dtype)

    @staticmethod
    def _without_band(dims: Ints, count: int) -> Ints:
        if len(dims) < 2 or dims[-2] not in (None, count):
            raise ValueError(
                f"k stands for {count} diagonals, but diagonal has shape {TensorShape.of(dims)}"
            )
        return dims[:-2]

    def kernel(
        self, diagonal: Array, k: Array, num_rows: Array, num_cols: Array, padding_value: Array
    ) -> Array:
        low, high = _run_band(k)
        try:
            rows, columns = _matrix_sizes(
                diagonal.shape[-1], low, high, int(num_rows), int(num_cols)
            )
        except ValueError as error:
            raise invalid(str(error)) from error
        bands = diagonal[..., None, :] if low == high else diagonal
        result = np.full((*bands.shape[:-2], rows, columns), padding_value, diagonal.dtype)
        _write_band(result, bands, low, high)
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return ops.matrix_diag_part(grad, k=op.inputs[1]), None, None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        auto, zero = np.int32(-1), np.float32(0)
        note = "like TensorFlow, no gradient for the padding"
        one = f32([3, 1, 2])
        band = f32([[8, 9, 0], [1, 2, 3], [4, 5, 0]])
        for value, k, rows, columns in (
            (one, 0, auto, auto),
            (one, 1, auto, auto),
            (one, -1, auto, np.int32(3)),
            (band, [-1, 1], auto, auto),
            (band, [-1, 1], np.int32(3), np.int32(4)),
        ):
            yield Sample.of(
                cls(), value, np.asarray(k, np.int32), rows, columns, zero,
                gradient=(0,) if value is one else (), note=note, oracle=value is one,
            )  # fmt: skip

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        auto, zero = np.int32(-1), np.float32(0)
        yield ErrorSample(cls(), (f32([1, 2]), i32([1, 0]), auto, auto, zero), "k must be")
        yield ErrorSample(cls(), (f32([1, 2]), i32([0, 1]), auto, auto, zero), "2 diagonals")
        rows = np.int32(1)
        yield ErrorSample(cls(), (f32([1, 2]), np.int32(0), rows, auto, zero), "do not fit")


def _matrix_sizes(length: int, low: int, high: int, rows: int, columns: int) -> tuple[int, int]:
    """The size of the smallest matrix that holds the band, or of the one asked for."""
    least_rows, least_columns = length - min(high, 0), length + max(low, 0)
    if rows == -1 and columns == -1:
        rows = columns = max(least_rows, least_columns)
    rows = least_rows if rows == -1 else rows
    columns = least_columns if columns == -1 else columns
    fits = rows >= least_rows and columns >= least_columns
    if not fits or (rows != least_rows and columns != least_columns):
        raise ValueError(
            f"diagonals {low} to {high} of length {length} do not fit a {rows}x{columns} matrix: "
            f"they need {least_rows} rows and {least_columns} columns"
        )
    return rows, columns


def _write_band(matrix: Array, bands: Array, low: int, high: int) -> None:
    rows, columns = matrix.shape[-2:]
    in_bands, in_matrix = _band_index(rows, columns, low, high)
    matrix[in_matrix] = bands[in_bands]


@register
class MatrixDiagPartV2(Op):
    """Some diagonals of matrices, left-aligned."""

    inputs = "input: T, k: int32, padding_value: T"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}
    outputs = "diagonal"

    def infer(self, input: TensorSpec, k: TensorSpec, padding_value: TensorSpec) -> TensorSpec:
        check_rank("padding_value", padding_value, 0)
        dims = input.shape.with_rank_at_least(2).as_tuple()
        dtype = input.dtype.base_dtype
        if dims is None or k.value is None:
            return TensorSpec(TensorShape.of(None), dtype)
        return TensorSpec(TensorShape.of(_diagonal_dims(dims, *_band(k.value))), dtype)

    def kernel(self, input: Array, k: Array, padding_value: Array) -> Array:
        low, high = _run_band(k)
        rows, columns = input.shape[-2:]
        try:
            longest = _longest(rows, columns, low, high)
        except ValueError as error:
            raise invalid(str(error)) from error
        shape = (*input.shape[:-2], high - low + 1, longest)
        result = np.full(shape, padding_value, input.dtype)
        in_bands, in_matrix = _band_index(rows, columns, low, high)
        result[in_bands] = input[in_matrix]
        return result[..., 0, :] if low == high else result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        x, k, _ = op.inputs
        return ops.matrix_set_diag(ops.zeros_like(x), grad, k=k), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(12, dtype=np.float32).reshape(3, 4) + 1
        note = "like TensorFlow, no gradient for the padding"
        for k in (1, -2, [-1, 1], [0, 2]):
            yield Sample.of(
                cls(), a, np.asarray(k, np.int32), np.float32(9), gradient=(0,), note=note
            )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, np.int32(3), np.float32(0)), "do not all lie in a 2x3 matrix")


@register
class MatrixSetDiagV2(Op):
    """Matrices with some diagonals replaced."""

    inputs = "input: T, diagonal: T, k: int32"
    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("bool")}

    def infer(self, input: TensorSpec, diagonal: TensorSpec, k: TensorSpec) -> TensorSpec:
        shape = input.shape.with_rank_at_least(2)
        dims = shape.as_tuple()
        if dims is not None and k.value is not None:
            diagonal.shape.merge_with(TensorShape.of(_diagonal_dims(dims, *_band(k.value))))
        return TensorSpec(shape, input.dtype.base_dtype)

    def kernel(self, input: Array, diagonal: Array, k: Array) -> Array:
        low, high = _run_band(k)
        try:
            wanted = _diagonal_dims(input.shape, low, high)
        except ValueError as error:
            raise invalid(str(error)) from error
        if diagonal.shape != wanted:
            raise invalid(f"diagonal must have shape {wanted}, it has {diagonal.shape}")
        result = input.copy()
        _write_band(result, diagonal[..., None, :] if low == high else diagonal, low, high)
        return result

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        _, diagonal, k = op.inputs
        blank = ops.matrix_set_diag(grad, ops.zeros_like(diagonal), k=k)
        return blank, ops.matrix_diag_part(grad, k=k), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        a = np.arange(12, dtype=np.float32).reshape(3, 4) + 1
        yield Sample.of(cls(), a, f32([70, 80, 90]), np.int32(1))
        yield Sample.of(cls(), a, f32([[70, 80, 90], [20, 30, 40]]), i32([0, 1]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        a = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (a, f32([1, 2, 3]), np.int32(1)), "not compatible")


def matrix_diag(
    diagonal: Any,
    name: str | None = "diag",
    k: Any = 0,
    num_rows: Any = -1,
    num_cols: Any = -1,
    padding_value: Any = 0,
) -> Tensor:
    """Create matrices with given diagonals.

    Args:
      diagonal: a tensor [..., n], one diagonal for each matrix, or [..., m, n], m diagonals from
        the highest to the lowest, each left-aligned.
      name: the operation's name.
      k: int32 scalar, the number of the diagonal (0 main, above positive), or a pair, the lowest
        and highest.
      num_rows: int32 scalar, the rows of each matrix; -1 for as few as possible.
      num_cols: int32 scalar, the columns; -1 for as few as possible.
      padding_value: scalar of the dtype of `diagonal`, for everything else.

    Returns:
      A tensor [..., rows, columns].

    Raises:
      ValueError: the diagonals do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_diag([1, 2]))
    array([[1, 0],
           [0, 2]], dtype=int32)
    >>> tf.Session().run(tf.matrix_diag([1, 2], k=1))
    array([[0, 1, 0],
           [0, 0, 2],
           [0, 0, 0]], dtype=int32)
    """
    name = name or "diag"
    if (
        all(_is(value, -1) for value in (num_rows, num_cols))
        and _is(k, 0)
        and _is(padding_value, 0)
    ):
        return apply(MatrixDiag(), diagonal, name=name)
    return apply(MatrixDiagV2(), diagonal, k, num_rows, num_cols, padding_value, name=name)


def matrix_diag_part(
    input: Any, name: str | None = "diag_part", k: Any = 0, padding_value: Any = 0
) -> Tensor:
    """Return some diagonals of matrices.

    Args:
      input: a tensor [..., rows, columns].
      name: the operation's name.
      k: int32 scalar, the number of the diagonal (0 main, above positive), or a pair, the lowest
        and highest.
      padding_value: scalar of the dtype of `input`, which fills up shorter diagonals.

    Returns:
      A tensor [..., n] for one diagonal; [..., m, n] for m, from the highest to the lowest.

    Raises:
      ValueError: a diagonal lies outside the matrix.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_diag_part([[1, 2, 3], [4, 5, 6]], k=1))
    array([2, 6], dtype=int32)
    """
    name = name or "diag_part"
    if _is(k, 0) and _is(padding_value, 0):
        return apply(MatrixDiagPart(), input, name=name)
    return apply(MatrixDiagPartV2(), input, k, padding_value, name=name)


def matrix_set_diag(input: Any, diagonal: Any, name: str | None = "set_diag", k: Any = 0) -> Tensor:
    """Replace some diagonals of matrices.

    Args:
      input: a tensor [..., rows, columns].
      diagonal: a tensor [..., n] for one diagonal, [..., m, n] for m.
      name: the operation's name.
      k: int32 scalar, the number of the diagonal (0 main, above positive), or a pair, the lowest
        and highest.

    Returns:
      A tensor of the shape and dtype of `input`.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.matrix_set_diag([[1, 2, 3], [4, 5, 6]], [7, 8]))
    array([[7, 2, 3],
           [4, 8, 6]], dtype=int32)
    """
    name = name or "set_diag"
    if _is(k, 0):
        return apply(MatrixSetDiag(), input, diagonal, name=name)
    return apply(MatrixSetDiagV2(), input, diagonal, k, name=name)


def _is(value: Any, number: int) -> bool:
    """Whether an argument is this Python number, no tensor and no sequence."""
    return isinstance(value, (int, float, np.number)) and value == number
