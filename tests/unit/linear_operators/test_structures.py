"""Products, adjoints, inverses and Cholesky factors keep as much structure as they can."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from tests.unit.linear_operators import cases

lin = tf.linalg
POSITIVE = {"is_self_adjoint": True, "is_positive_definite": True}


def kind(operator: Any) -> str:
    return type(operator).__name__.removeprefix("LinearOperator")


def operators() -> dict[str, Any]:
    """Operators of four rows of all classes."""
    matrix = np.random.RandomState(0).randn(4, 4).astype(np.float32)
    definite = matrix @ matrix.T + np.eye(4, dtype=np.float32)
    pair = lin.LinearOperatorDiag([2.0, 5.0], is_positive_definite=True)
    full = lin.LinearOperatorFullMatrix(definite, **POSITIVE)
    diag = lin.LinearOperatorDiag([1.0, 2.0, 3.0, 4.0], is_positive_definite=True)
    return {
        "Diag": diag,
        "Diag batch": lin.LinearOperatorDiag([[1.0, 2.0, 3.0, 4.0], [2.0, 1.0, 5.0, 3.0]]),
        "Identity": lin.LinearOperatorIdentity(4),
        "Identity batch": lin.LinearOperatorIdentity(4, batch_shape=[2]),
        "ScaledIdentity": lin.LinearOperatorScaledIdentity(4, 2.0, is_positive_definite=True),
        "Zeros": lin.LinearOperatorZeros(4),
        "LowerTriangular": lin.LinearOperatorLowerTriangular(matrix, is_non_singular=True),
        "FullMatrix": full,
        "Householder": lin.LinearOperatorHouseholder([1.0, 2.0, 0.5, -1.0]),
        "Circulant": lin.LinearOperatorCirculant([1.0, 2.0, 3.0, 2.0], tf.float32),
        "Circulant2D": lin.LinearOperatorCirculant2D([[1.0, 2.0], [3.0, 4.0]], tf.float32),
        "Toeplitz": lin.LinearOperatorToeplitz(matrix[0], matrix[1]),
        "BlockDiag": lin.LinearOperatorBlockDiag([pair, lin.LinearOperatorIdentity(2)]),
        "BlockDiag other": lin.LinearOperatorBlockDiag([full]),
        "Kronecker": lin.LinearOperatorKronecker([pair, pair]),
        "Adjoint": lin.LinearOperatorAdjoint(lin.LinearOperatorFullMatrix(matrix)),
        "Inversion": lin.LinearOperatorInversion(full),
        "Composition": lin.LinearOperatorComposition([full, diag]),
        "LowRankUpdate": lin.LinearOperatorLowRankUpdate(diag, matrix[:, :2]),
    }


# Products that are not mere compositions; the structure of the left factor, that of the right, and
# that of the product. TensorFlow 2.21 gives these, too.
PRODUCTS = [
    ("Diag", "Diag", "Diag"),
    ("Diag", "ScaledIdentity", "Diag"),
    ("ScaledIdentity", "Diag", "Diag"),
    ("ScaledIdentity", "ScaledIdentity", "ScaledIdentity"),
    ("Diag", "LowerTriangular", "LowerTriangular"),
    ("LowerTriangular", "Diag", "LowerTriangular"),
    ("Circulant", "Circulant", "Circulant"),
    ("Circulant2D", "Circulant2D", "Circulant2D"),
    ("BlockDiag", "BlockDiag", "BlockDiag"),
    ("BlockDiag", "BlockDiag other", "Composition"),
    ("FullMatrix", "Diag", "Composition"),
    ("Identity", "Identity batch", "Identity"),
    ("Toeplitz", "Identity batch", "Composition"),
]


@pytest.mark.parametrize(("left", "right", "expected"), PRODUCTS)
def test_products(left: str, right: str, expected: str):
    made = operators()
    assert kind(made[left].matmul(made[right])) == expected


def test_products_with_identities_are_the_other_factor():
    made = operators()
    for name, operator in made.items():
        if name == "Zeros":
            continue
        assert made["Identity"].matmul(operator) is operator or name.startswith("Identity")
        assert operator.matmul(made["Identity"]) is operator or name == "Identity batch"


def test_products_with_zeros_are_zeros_of_the_right_shape():
    wide = lin.LinearOperatorFullMatrix(np.ones((2, 3, 4), np.float32))
    zeros = lin.LinearOperatorZeros(4)
    product = wide.matmul(zeros)
    assert [kind(product), product.shape] == ["Zeros", [2, 3, 4]]
    assert [product.is_square, product.H.shape] == [False, [2, 4, 3]]


@pytest.mark.parametrize("method", ["matmul", "solve"])
def test_products_of_all_pairs_are_those_of_the_matrices(method: str):
    made = operators()
    if method == "solve":
        made_left = {name: item for name, item in made.items() if name != "Zeros"}
    else:
        made_left = made
    dense = {name: operator.to_dense() for name, operator in made.items()}
    products = {
        f"{left} {method} {right}": getattr(first, method)(second).to_dense()
        for left, first in made_left.items()
        for right, second in made.items()
    }
    dense, products = tf.Session().run([dense, products])
    for name, product in products.items():
        left, right = (dense[part] for part in name.split(f" {method} "))
        left = np.linalg.inv(left.astype(np.float64)) if method == "solve" else left
        expected = left @ right
        tolerance = 2e-3 * max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(product, expected, atol=tolerance, err_msg=name)


def test_adjoints():
    made = operators()
    for name in ("LowerTriangular", "Toeplitz", "Composition"):
        assert kind(made[name].H) == "Adjoint"
        assert made[name].H.H is made[name]
    assert kind(made["Adjoint"].H) == "FullMatrix"
    assert made["FullMatrix"].H is made["FullMatrix"]
    complex_diag = lin.LinearOperatorDiag([1 + 2j, 3 - 1j])
    assert kind(complex_diag.H) == "Diag"
    assert kind(lin.LinearOperatorKronecker([complex_diag, complex_diag]).H) == "Kronecker"


def test_inverses():
    expected = {
        "Diag": "Diag",
        "Identity": "Identity",
        "ScaledIdentity": "ScaledIdentity",
        "LowerTriangular": "Inversion",
        "FullMatrix": "Inversion",
        "Householder": "Householder",
        "Circulant": "Circulant",
        "Circulant2D": "Circulant2D",
        "BlockDiag": "BlockDiag",
        "Kronecker": "Kronecker",
        "Inversion": "FullMatrix",
        "LowRankUpdate": "Inversion",
    }
    made = operators()
    assert {name: kind(made[name].inverse()) for name in expected} == expected
    assert all(made[name].inverse().is_non_singular for name in expected if name != "Householder")


def test_cholesky_factors():
    expected = {
        "Diag": "Diag",
        "Identity": "Identity",
        "ScaledIdentity": "ScaledIdentity",
        "FullMatrix": "LowerTriangular",
        "BlockDiag": "BlockDiag",
        "Kronecker": "Kronecker",
        "LowRankUpdate": "LowerTriangular",
    }
    made = operators()
    factors = {name: made[name].cholesky() for name in expected}
    assert {name: kind(factor) for name, factor in factors.items()} == expected
    pairs = {name: (made[name].to_dense(), factors[name].to_dense()) for name in expected}
    for name, (dense, factor) in tf.Session().run(pairs).items():
        np.testing.assert_allclose(factor @ factor.T, dense, rtol=1e-4, err_msg=name)


def test_parts_without_hints_get_a_dense_factor():
    matrix = lin.LinearOperatorFullMatrix(cases.DEFINITE)
    for whole in (lin.LinearOperatorBlockDiag, lin.LinearOperatorKronecker):
        assert kind(whole([matrix, matrix], **POSITIVE).cholesky()) == "LowerTriangular"


def test_an_operator_without_hints_has_no_cholesky_factor():
    with pytest.raises(ValueError, match="LinearOperatorFullMatrix has no Cholesky decomposition"):
        lin.LinearOperatorFullMatrix(cases.MATRIX).cholesky()
