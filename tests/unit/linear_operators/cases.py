"""Operators of all classes beside the dense matrices that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

import graphflow as tf

Array = Any
Wrap = Callable[[Array], Any]  # makes a tensor of an array, with or without a static shape
Case = Callable[[Wrap], tuple[tf.linalg.LinearOperator, Array]]

RNG = np.random.RandomState(7)
lin = tf.linalg


def numbers(*shape: int, dtype: Any = np.float64) -> Array:
    """Random numbers, complex ones for a complex dtype."""
    values = RNG.randn(*shape)
    if np.issubdtype(dtype, np.complexfloating):
        values = values + 1j * RNG.randn(*shape)
    return values.astype(dtype)


def positive(*shape: int) -> Array:
    return RNG.uniform(0.5, 2.0, shape)


def adjoint(matrix: Array) -> Array:
    return np.conj(np.swapaxes(matrix, -1, -2))


def definite(*shape: int, dtype: Any = np.float64) -> Array:
    """Self-adjoint positive definite matrices."""
    root = numbers(*shape, dtype=dtype)
    return root @ adjoint(root) + np.eye(shape[-1], dtype=dtype)


def diagonal(diag: Array) -> Array:
    return diag[..., None] * np.eye(diag.shape[-1], dtype=diag.dtype)


def blocks(*matrices: Array) -> Array:
    return scipy.linalg.block_diag(*matrices)


def circulant(spectrum: Array, depth: int) -> Array:
    """The matrix that convolves, column by column."""
    axes = tuple(range(-depth, 0))
    size = int(np.prod(spectrum.shape[-depth:]))
    units = np.eye(size).reshape(size, *spectrum.shape[-depth:])
    spectra = np.expand_dims(spectrum, -(depth + 1))
    columns = np.fft.ifftn(np.fft.fftn(units, axes=axes) * spectra, axes=axes)
    return np.swapaxes(columns.reshape(*columns.shape[:-depth], size), -1, -2)


def hermitian_spectrum(*shape: int, depth: int) -> Array:
    """The spectrum of real numbers."""
    return np.fft.fftn(positive(*shape) + 3 * (RNG.rand(*shape) > 0.7), axes=range(-depth, 0))


MATRIX = numbers(3, 3) + 3 * np.eye(3)
BATCH = numbers(2, 3, 3) + 3 * np.eye(3)
WIDE = numbers(2, 3)
DIAG = positive(3)
DEFINITE = definite(3, 3)
DEFINITE_HINTS = {"is_self_adjoint": True, "is_positive_definite": True}


def full(matrix: Array, **hints: bool) -> Case:
    return lambda wrap: (lin.LinearOperatorFullMatrix(wrap(matrix), **hints), matrix)


def lower(matrix: Array) -> Case:
    return lambda wrap: (lin.LinearOperatorLowerTriangular(wrap(matrix)), np.tril(matrix))


def diag(values: Array, **hints: bool) -> Case:
    return lambda wrap: (lin.LinearOperatorDiag(wrap(values), **hints), diagonal(values))


def identity(*batch: int) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        rows, shape = np.int32(3), np.asarray(batch, np.int32)
        operator = lin.LinearOperatorIdentity(wrap(rows), wrap(shape), dtype=tf.float64)
        return operator, np.broadcast_to(np.eye(3), (*batch, 3, 3))

    return case


def scaled(multiplier: Array) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        operator = lin.LinearOperatorScaledIdentity(wrap(np.int32(3)), wrap(multiplier))
        return operator, np.asarray(multiplier)[..., None, None] * np.eye(3)

    return case


def zeros(rows: int, columns: int, *batch: int) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        operator = lin.LinearOperatorZeros(
            wrap(np.int32(rows)),
            wrap(np.int32(columns)),
            wrap(np.asarray(batch, np.int32)),
            dtype=tf.float64,
            is_square=rows == columns,
            is_self_adjoint=rows == columns,
        )
        return operator, np.zeros((*batch, rows, columns))

    return case


def combined(kind: Any, join: Callable[..., Array], *parts: Case, **hints: bool) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        operators, matrices = zip(*(part(wrap) for part in parts), strict=True)
        return kind(operators, **hints), join(*matrices)

    return case


def composition(*parts: Case) -> Case:
    return combined(
        lin.LinearOperatorComposition, lambda *m: m[0] @ m[1] if len(m) == 2 else m[0], *parts
    )


def householder(axis: Array) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        unit = (axis / np.linalg.norm(axis, axis=-1, keepdims=True))[..., None]
        dense = np.eye(axis.shape[-1]) - 2 * unit @ adjoint(unit)
        return lin.LinearOperatorHouseholder(wrap(axis)), dense

    return case


def update(base: Case, u: Array, d: Array | None, v: Array | None, **hints: bool) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        operator, dense = base(wrap)
        middle = np.eye(u.shape[-1]) if d is None else diagonal(d)
        dense = dense + u @ middle @ adjoint(u if v is None else v)
        wrapped = [None if part is None else wrap(part) for part in (u, d, v)]
        return lin.LinearOperatorLowRankUpdate(operator, *wrapped, **hints), dense

    return case


def circulants(kind: Any, spectrum: Array, dtype: tf.DType) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        depth = {"Circulant": 1, "Circulant2D": 2, "Circulant3D": 3}[
            kind.__name__.removeprefix("LinearOperator")
        ]
        dense = circulant(spectrum, depth)
        operator = kind(wrap(spectrum), input_output_dtype=dtype)
        return operator, dense if dtype.is_complex else dense.real

    return case


def toeplitz(col: Array, row: Array) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        size = col.shape[-1]
        batch = np.broadcast_shapes(col.shape[:-1], row.shape[:-1])
        dense = np.zeros((*batch, size, size), col.dtype)
        for i in range(size):
            for j in range(size):
                dense[..., i, j] = col[..., i - j] if i >= j else row[..., j - i]
        return lin.LinearOperatorToeplitz(wrap(col), wrap(row)), dense

    return case


def wrapped(kind: Any, function: Callable[[Array], Array], inner: Case) -> Case:
    def case(wrap: Wrap) -> tuple[Any, Array]:
        operator, dense = inner(wrap)
        return kind(operator), function(dense)

    return case


KRON = lin.LinearOperatorKronecker
BLOCK = lin.LinearOperatorBlockDiag
complex_matrix = numbers(3, 3, dtype=np.complex128) + 3 * np.eye(3)

CASES: dict[str, Case] = {
    "full": full(MATRIX),
    "full batch": full(BATCH),
    "full wide": full(WIDE),
    "full definite": full(DEFINITE, **DEFINITE_HINTS),
    "full definite complex": full(definite(2, 3, 3, dtype=np.complex128), **DEFINITE_HINTS),
    "full float32": full(MATRIX.astype(np.float32)),
    "full complex": full(complex_matrix),
    "lower": lower(MATRIX),
    "lower batch": lower(BATCH),
    "lower complex": lower(complex_matrix),
    "diag": diag(DIAG),
    "diag batch": diag(positive(2, 3), is_positive_definite=True),
    "diag complex": diag(numbers(3, dtype=np.complex128)),
    "identity": identity(),
    "identity batch": identity(2),
    "scaled": scaled(np.float64(1.5)),
    "scaled batch": scaled(positive(2)),
    "scaled complex": scaled(np.complex64(1.5 + 2j)),
    "zeros": zeros(3, 3),
    "zeros wide": zeros(2, 3, 2),
    "composition": composition(full(MATRIX), diag(DIAG)),
    "composition batch": composition(full(BATCH), lower(MATRIX)),
    "composition complex": composition(full(complex_matrix), lower(complex_matrix)),
    "composition of wide and tall": composition(full(WIDE), full(WIDE.T)),
    "block": combined(BLOCK, blocks, full(MATRIX), diag(positive(2))),
    "block of one": combined(BLOCK, blocks, full(complex_matrix)),
    "block batch": combined(
        BLOCK, lambda a, b: np.stack([blocks(a, one) for one in b]), full(MATRIX), full(BATCH)
    ),
    "kronecker": combined(KRON, np.kron, full(MATRIX), lower(numbers(2, 2) + np.eye(2))),
    "kronecker of three": combined(
        KRON,
        lambda a, b, c: np.kron(np.kron(a, b), c),
        diag(positive(2)),
        full(MATRIX),
        scaled(np.float64(2.0)),
    ),
    "kronecker complex": combined(KRON, np.kron, full(complex_matrix), diag(numbers(2) + 0j)),
    "kronecker batch": combined(
        KRON, lambda a, b: np.stack([np.kron(one, b) for one in a]), full(BATCH), diag(positive(2))
    ),
    "kronecker wide": combined(KRON, np.kron, full(WIDE), diag(positive(2))),
    "kronecker definite": combined(
        KRON, np.kron, full(DEFINITE, **DEFINITE_HINTS), diag(DIAG, is_positive_definite=True)
    ),
    "householder": householder(numbers(3)),
    "householder batch": householder(numbers(2, 3)),
    "householder complex": householder(numbers(3, dtype=np.complex128)),
    "update": update(diag(DIAG), numbers(3, 2), numbers(2), numbers(3, 2)),
    "update alone": update(full(BATCH), numbers(3, 2), None, None),
    "update complex": update(
        full(complex_matrix),
        numbers(3, 1, dtype=np.complex128),
        numbers(1, dtype=np.complex128),
        numbers(3, 1, dtype=np.complex128),
    ),
    "update wide": update(full(WIDE), numbers(2, 1), None, numbers(3, 1)),
    "update definite": update(
        diag(DIAG, is_positive_definite=True),
        numbers(2, 3, 2),
        positive(2),
        None,
        is_diag_update_positive=True,
    ),
    "update definite complex": update(
        full(definite(3, 3, dtype=np.complex128), **DEFINITE_HINTS),
        numbers(3, 2, dtype=np.complex128),
        positive(2) + 0j,
        None,
        is_diag_update_positive=True,
    ),
    "circulant": circulants(lin.LinearOperatorCirculant, numbers(4) + 3, tf.complex128),
    "circulant real": circulants(
        lin.LinearOperatorCirculant, hermitian_spectrum(2, 5, depth=1), tf.float64
    ),
    "circulant complex": circulants(
        lin.LinearOperatorCirculant, numbers(4, dtype=np.complex64), tf.complex64
    ),
    "circulant 2d": circulants(
        lin.LinearOperatorCirculant2D, hermitian_spectrum(2, 3, depth=2), tf.float64
    ),
    "circulant 3d": circulants(
        lin.LinearOperatorCirculant3D, hermitian_spectrum(2, 3, 2, depth=3), tf.float64
    ),
    "toeplitz": toeplitz(numbers(4) + 2, numbers(4)),
    "toeplitz batch": toeplitz(numbers(2, 3) + 3, numbers(3)),
    "toeplitz complex": toeplitz(numbers(3, dtype=np.complex128), numbers(3) + 0j),
    "toeplitz of one": toeplitz(numbers(1), numbers(1)),
    "adjoint": wrapped(lin.LinearOperatorAdjoint, adjoint, full(complex_matrix)),
    "adjoint wide": wrapped(lin.LinearOperatorAdjoint, adjoint, full(WIDE)),
    "inversion": wrapped(lin.LinearOperatorInversion, np.linalg.inv, full(complex_matrix)),
    "inversion batch": wrapped(lin.LinearOperatorInversion, np.linalg.inv, lower(BATCH)),
}
