"""Operators of all classes do what their dense matrices do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.unit.linear_operators.cases import CASES, adjoint

each_case = pytest.mark.parametrize("name", CASES)
WRAPS = {
    "known": tf.constant,
    "unknown": lambda value: tf.placeholder_with_default(value, None),
}
# Whether the operator is replaced by its adjoint: shapes have no part in that.
SWAPS = {"known": (False, True), "unknown": (False,)}
each_wrap = pytest.mark.parametrize("wrap", WRAPS)


def argument(*shape: int, dtype: Any) -> np.ndarray:
    values = np.linspace(-1.0, 2.0, int(np.prod(shape))).reshape(shape)
    if np.issubdtype(dtype, np.complexfloating):
        values = values - 1j * values[..., ::-1]
    return values.astype(dtype)


def made(name: str, wrap: str = "known") -> tuple[Any, np.ndarray]:
    operator, dense = CASES[name](WRAPS[wrap])
    return operator, dense.astype(operator.dtype.as_numpy_dtype)


def check(pairs: dict[str, tuple[Any, Any]], dtype: tf.DType) -> None:
    """Run tensors and compare each with what is expected."""
    single = dtype in (tf.float32, tf.complex64)
    values = tf.Session().run({what: tensor for what, (tensor, _) in pairs.items()})
    for what, (tensor, expected) in pairs.items():
        tolerance = 2e-4 if single else 1e-8
        np.testing.assert_allclose(values[what], expected, tolerance, tolerance, err_msg=what)
        assert tensor.shape.is_compatible_with(np.shape(expected)), (what, tensor)


def batch_of(dense: np.ndarray, wrap: str) -> tuple[int, ...]:
    """The batch shape of an argument: none, or one that broadcasts with the operator's."""
    return () if wrap == "known" else (4, *([1] * (dense.ndim - 2)))


def is_regular(dense: np.ndarray) -> bool:
    return dense.shape[-1] == dense.shape[-2] and bool(np.all(np.linalg.det(dense) != 0))


@each_case
@each_wrap
def test_shapes(name: str, wrap: str):
    operator, dense = made(name, wrap)
    assert operator.shape.is_compatible_with(dense.shape)
    if wrap == "known":
        assert operator.shape == dense.shape
        assert operator.batch_shape == dense.shape[:-2]
        assert operator.tensor_rank == dense.ndim
        sizes = operator.range_dimension.value, operator.domain_dimension.value
        assert sizes == dense.shape[-2:]
        assert operator.is_square is (dense.shape[-2] == dense.shape[-1])
    pairs = {
        "shape": (operator.shape_tensor(), dense.shape),
        "batch": (operator.batch_shape_tensor(), dense.shape[:-2]),
        "rank": (operator.tensor_rank_tensor(), dense.ndim),
        "rows": (operator.range_dimension_tensor(), dense.shape[-2]),
        "columns": (operator.domain_dimension_tensor(), dense.shape[-1]),
    }
    check(pairs, tf.float64)


@each_case
@each_wrap
def test_elements(name: str, wrap: str):
    operator, dense = made(name, wrap)
    other = argument(*dense.shape, dtype=dense.dtype)
    pairs = {
        "to_dense": (operator.to_dense(), dense),
        "diag_part": (operator.diag_part(), np.diagonal(dense, axis1=-2, axis2=-1)),
        "trace": (operator.trace(), np.trace(dense, axis1=-2, axis2=-1)),
        "add": (operator.add_to_tensor(other), dense + other),
        "add row": (operator.add_to_tensor(other[..., :1, :]), dense + other[..., :1, :]),
        "adjoint": (operator.adjoint().to_dense(), adjoint(dense)),
        "H": (operator.H.diag_part(), np.diagonal(adjoint(dense), axis1=-2, axis2=-1)),
    }
    check(pairs, operator.dtype)


@each_case
@each_wrap
def test_products(name: str, wrap: str):
    operator, dense = made(name, wrap)
    pairs = {}
    for swap in SWAPS[wrap]:
        matrix = adjoint(dense) if swap else dense
        x = argument(*batch_of(dense, wrap), matrix.shape[-1], 2, dtype=dense.dtype)
        y = matrix @ x
        pairs[f"{swap}"] = operator.matmul(x, adjoint=swap), y
        swapped = operator.matmul(adjoint(x), adjoint=swap, adjoint_arg=True)
        pairs[f"{swap} adjoint"] = swapped, y
        vector = operator.matvec(x[..., 0], adjoint=swap)
        pairs[f"{swap} vector"] = vector, y[..., 0]
    check(pairs, operator.dtype)


@each_case
@each_wrap
def test_solutions(name: str, wrap: str):
    operator, dense = made(name, wrap)
    if not is_regular(dense):
        return
    pairs = {}
    for swap in SWAPS[wrap]:
        matrix = adjoint(dense) if swap else dense
        x = argument(*batch_of(dense, wrap), dense.shape[-1], 2, dtype=dense.dtype)
        y = np.linalg.inv(matrix) @ x
        pairs[f"{swap}"] = operator.solve(x, adjoint=swap), y
        swapped = operator.solve(adjoint(x), adjoint=swap, adjoint_arg=True)
        pairs[f"{swap} adjoint"] = swapped, y
        vector = operator.solvevec(x[..., 0], adjoint=swap)
        pairs[f"{swap} vector"] = vector, y[..., 0]
    pairs["inverse"] = operator.inverse().to_dense(), np.linalg.inv(dense)
    check(pairs, operator.dtype)


@each_case
@each_wrap
def test_determinants(name: str, wrap: str):
    operator, dense = made(name, wrap)
    if dense.shape[-1] != dense.shape[-2]:
        if wrap == "known":
            with pytest.raises(NotImplementedError, match="not square"):
                operator.determinant()
        return
    determinant = np.linalg.det(dense)
    with np.errstate(divide="ignore"):
        logarithm = np.log(np.abs(determinant))
    pairs = {
        "determinant": (operator.determinant(), determinant),
        "logarithm": (operator.log_abs_determinant(), logarithm),
        "determinant of the adjoint": (operator.H.determinant(), np.conj(determinant)),
    }
    check(pairs, operator.dtype)


@pytest.mark.parametrize(
    "name",
    [
        "full definite",
        "full definite complex",
        "diag batch",
        "identity",
        "update definite",
        "update definite complex",
        "kronecker definite",
    ],
)
@each_wrap
def test_cholesky_factors(name: str, wrap: str):
    operator, dense = made(name, wrap)
    factor = operator.cholesky()
    check({"factor": (factor.to_dense(), np.linalg.cholesky(dense))}, operator.dtype)
    assert isinstance(operator.assert_positive_definite(), tf.Operation)


@each_case
def test_assertions_pass_where_they_should(name: str):
    operator, dense = made(name)
    if not is_regular(dense):
        return
    tf.Session().run(operator.assert_non_singular())
    if np.array_equal(dense, adjoint(dense)):
        tf.Session().run(operator.assert_self_adjoint())
