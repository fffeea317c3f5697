"""What is known of operators, and what contradicts their structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf

lin = tf.linalg
MATRIX = np.asarray([[2.0, 1.0], [1.0, 3.0]], np.float32)
WIDE = np.ones((2, 3), np.float32)


def full(matrix: Any = MATRIX, **hints: bool) -> Any:
    return lin.LinearOperatorFullMatrix(matrix, **hints)


def hints(operator: Any) -> list[bool | None]:
    return [
        operator.is_non_singular,
        operator.is_self_adjoint,
        operator.is_positive_definite,
        operator.is_square,
    ]


POSITIVE = {"is_self_adjoint": True, "is_positive_definite": True}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: full(), [None, None, None, True]),
        (lambda: full(WIDE), [None, None, None, False]),
        (lambda: full(is_positive_definite=True), [True, None, True, True]),
        (lambda: full(tf.placeholder(tf.float32)), [None, None, None, None]),
        (lambda: full(tf.placeholder(tf.float32), is_self_adjoint=True), [None, True, None, True]),
        (lambda: lin.LinearOperatorDiag([1.0]), [None, True, None, True]),
        (lambda: lin.LinearOperatorDiag([1j]), [None, None, None, True]),
        (lambda: lin.LinearOperatorIdentity(2), [True, True, True, True]),
        (lambda: lin.LinearOperatorScaledIdentity(2, 3.0), [None, True, None, True]),
        (lambda: lin.LinearOperatorZeros(2), [False, True, False, True]),
        (lambda: lin.LinearOperatorHouseholder([1.0, 0.0]), [None, True, False, True]),
        (lambda: lin.LinearOperatorCirculant([1.0, 2.0]), [None, True, None, True]),
        (lambda: lin.LinearOperatorToeplitz([1.0, 2.0], [1.0, 3.0]), [None, None, None, True]),
        (lambda: full(**POSITIVE).inverse(), [True, True, True, True]),
        (lambda: full(is_non_singular=True).H, [True, None, None, True]),
        (lambda: lin.LinearOperatorBlockDiag([full(**POSITIVE)] * 2), [True, True, True, True]),
        (lambda: lin.LinearOperatorKronecker([full(**POSITIVE)] * 2), [True, True, True, True]),
        (
            lambda: lin.LinearOperatorComposition([full(is_non_singular=True)] * 2),
            [True, None, None, True],
        ),
        (
            lambda: lin.LinearOperatorLowRankUpdate(full(**POSITIVE), [[1.0], [2.0]]),
            [True, True, True, True],
        ),
        (
            lambda: lin.LinearOperatorLowRankUpdate(full(**POSITIVE), [[1.0], [2.0]], [-1.0]),
            [None, True, None, True],
        ),
    ],
)
def test_hints_follow_from_the_structure(make: Callable[[], Any], expected: list[bool | None]):
    assert hints(make()) == expected


ERRORS = [
    (lambda: full(is_positive_definite=True, is_non_singular=False), "always non-singular"),
    (lambda: full(is_non_singular=True, is_square=False), "always square"),
    (lambda: full(is_self_adjoint=True, is_square=False), "always square"),
    (lambda: full(is_square=False).is_square, "is_square=False, but the shape is"),
    (lambda: full([1.0, 2.0]), "matrix must have rank 2 or more"),
    (lambda: lin.LinearOperatorLowerTriangular(MATRIX, is_square=False), "always square"),
    (lambda: lin.LinearOperatorLowerTriangular(WIDE), "not compatible"),
    (lambda: lin.LinearOperatorDiag([1.0], is_self_adjoint=False), "always self-adjoint"),
    (lambda: lin.LinearOperatorIdentity(2, is_non_singular=False), "always non-singular"),
    (lambda: lin.LinearOperatorIdentity(2, is_self_adjoint=False), "always self-adjoint"),
    (lambda: lin.LinearOperatorIdentity(2, is_positive_definite=False), "positive definite"),
    (lambda: lin.LinearOperatorIdentity(2, is_square=False), "always square"),
    (lambda: lin.LinearOperatorIdentity(-2), "num_rows must not be negative, but is -2"),
    (lambda: lin.LinearOperatorIdentity([2]), "num_rows must be a scalar"),
    (lambda: lin.LinearOperatorIdentity(2, batch_shape=3), "batch_shape must be a vector"),
    (lambda: lin.LinearOperatorScaledIdentity(2, 1.0, is_self_adjoint=False), "self-adjoint"),
    (lambda: lin.LinearOperatorZeros(2, is_non_singular=True), "always singular"),
    (lambda: lin.LinearOperatorZeros(2, is_self_adjoint=False), "always self-adjoint"),
    (lambda: lin.LinearOperatorZeros(2, is_positive_definite=True), "never positive definite"),
    (lambda: lin.LinearOperatorZeros(2, 3), "set is_square=False"),
    (lambda: lin.LinearOperatorHouseholder([1.0], is_self_adjoint=False), "always self-adjoint"),
    (lambda: lin.LinearOperatorHouseholder([1.0], is_positive_definite=True), "never positive"),
    (lambda: lin.LinearOperatorCirculant([1.0], is_self_adjoint=False), "always self-adjoint"),
    (lambda: lin.LinearOperatorCirculant([1.0], is_square=False), "always square"),
    (lambda: lin.LinearOperatorToeplitz([1.0], [1.0, 2.0]), "equally long, not 1 and 2"),
    (lambda: lin.LinearOperatorComposition([]), "one operator or more"),
    (lambda: lin.LinearOperatorComposition([full(WIDE), full(WIDE)]), "3 and 2 differ"),
    (
        lambda: lin.LinearOperatorComposition([full(is_non_singular=True)], is_non_singular=False),
        "always non-singular",
    ),
    (lambda: lin.LinearOperatorBlockDiag([full(WIDE)]), "is not square"),
    (lambda: lin.LinearOperatorBlockDiag([full()], is_square=False), "always square"),
    (lambda: lin.LinearOperatorKronecker([full()], is_square=False), "always square"),
    (
        lambda: lin.LinearOperatorAdjoint(full(is_non_singular=True), is_non_singular=False),
        "contradicts is_non_singular=True of LinearOperatorFullMatrix",
    ),
    (lambda: lin.LinearOperatorInversion(full(WIDE)), "has no inverse: is_square=False"),
    (lambda: lin.LinearOperatorInversion(full(), is_non_singular=False), "always non-singular"),
    (lambda: full(WIDE).inverse(), "it is not square"),
    (lambda: lin.LinearOperatorZeros(2).inverse(), "is_non_singular=False"),
    (lambda: lin.LinearOperatorLowRankUpdate(full(), WIDE.T), "rows of u must be 2, but is 3"),
    (
        lambda: lin.LinearOperatorLowRankUpdate(full(), WIDE, v=MATRIX),
        "columns of v must be 3, but is 2",
    ),
    (
        lambda: lin.LinearOperatorLowRankUpdate(full(), WIDE, [1.0]),
        "length of diag_update must be 3, but is 1",
    ),
    (
        lambda: lin.LinearOperatorLowRankUpdate(full(), WIDE, is_diag_update_positive=False),
        "without diag_update the update is always positive",
    ),
    (
        lambda: lin.LinearOperatorLowRankUpdate(full(**POSITIVE), WIDE, is_self_adjoint=False),
        "a symmetric update",
    ),
]


@pytest.mark.parametrize(("make", "message"), ERRORS)
def test_contradictions(make: Callable[[], Any], message: str):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: full([[1, 2], [3, 4]]), "matrix must be one of .*, not int32"),
        (lambda: lin.LinearOperatorIdentity(2.0), "num_rows must be integer, not float32"),
        (
            lambda: lin.LinearOperatorComposition(
                [full(), lin.LinearOperatorIdentity(2, dtype="double")]
            ),
            "one dtype, got LinearOperatorFullMatrix: float32, LinearOperatorIdentity: float64",
        ),
        (lambda: lin.LinearOperatorToeplitz([1.0], [1j]), "must have one dtype"),
        (
            lambda: lin.LinearOperatorLowRankUpdate(full(), np.ones((2, 1))),
            "has dtype float64, but LinearOperatorFullMatrix has float32",
        ),
    ],
)
def test_dtypes_must_fit(make: Callable[[], Any], message: str):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize(
    "operator",
    [
        lambda: lin.LinearOperatorDiag(tf.placeholder_with_default([1.0, 0.0], [2])),
        lambda: lin.LinearOperatorScaledIdentity(2, tf.placeholder_with_default(0.0, [])),
        lambda: lin.LinearOperatorLowerTriangular(
            tf.placeholder_with_default([[1.0, 0.0], [2.0, 0.0]], [2, 2])
        ),
        lambda: full(tf.placeholder_with_default([[1.0, 2.0], [2.0, 4.0]], [2, 2])),
        lambda: lin.LinearOperatorCirculant(tf.placeholder_with_default([1.0, 0.0], [2])),
        lambda: lin.LinearOperatorBlockDiag(
            [full(tf.placeholder_with_default([[1.0, 1.0], [1.0, 1.0]], [2, 2]))]
        ),
    ],
)
def test_assertions_find_singular_operators(operator: Callable[[], Any]):
    with pytest.raises(tf.errors.InvalidArgumentError, match="Singular"):
        tf.Session().run(operator().assert_non_singular())


def test_assertions_find_what_is_not_positive_definite():
    fed = tf.placeholder_with_default([1.0, -2.0], [2])
    for operator in (lin.LinearOperatorDiag(fed), lin.LinearOperatorCirculant(fed)):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Not positive definite"):
            tf.Session().run(operator.assert_positive_definite())
    with pytest.raises(NotImplementedError, match="is_self_adjoint=True"):
        full().assert_positive_definite()
    with pytest.raises(tf.errors.InvalidArgumentError, match="never positive definite"):
        lin.LinearOperatorZeros(2).assert_positive_definite()


def test_assertions_find_what_is_not_self_adjoint():
    fed = tf.placeholder_with_default(np.asarray([1.0, 2j]), [2])
    for operator in (
        lin.LinearOperatorDiag(fed),
        lin.LinearOperatorCirculant(fed),
        full(tf.placeholder_with_default([[1.0, 2.0], [3.0, 4.0]], [2, 2])),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="adjoint"):
            tf.Session().run(operator.assert_self_adjoint())


def test_spectra_of_real_kernels_are_hermitian():
    kernel = tf.placeholder_with_default([1.0, 5.0, 2.0], [3])
    spectrum = tf.signal.fft(tf.cast(kernel, tf.complex64))
    good = lin.LinearOperatorCirculant(spectrum)
    bad = lin.LinearOperatorCirculant(spectrum * 1j)
    np.testing.assert_allclose(
        tf.Session().run(good.convolution_kernel()), [1.0, 5.0, 2.0], rtol=1e-5
    )
    tf.Session().run(good.assert_hermitian_spectrum())
    with pytest.raises(tf.errors.InvalidArgumentError, match="not Hermitian"):
        tf.Session().run(bad.assert_hermitian_spectrum())


@pytest.mark.parametrize(
    "make",
    [
        lambda rows: lin.LinearOperatorIdentity(rows, assert_proper_shapes=True),
        lambda rows: lin.LinearOperatorScaledIdentity(rows, 2.0, assert_proper_shapes=True),
        lambda rows: lin.LinearOperatorZeros(rows, assert_proper_shapes=True),
    ],
)
def test_sizes_are_checked_in_the_run_if_wanted(make: Callable[[Any], Any]):
    rows = tf.placeholder(tf.int32, [])
    product = make(rows).matmul([[1.0], [2.0]])
    assert tf.Session().run(product, {rows: 2}).shape == (2, 1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="as many rows as the operator"):
        tf.Session().run(product, {rows: 3})
    with pytest.raises(tf.errors.InvalidArgumentError, match="num_rows must not be negative"):
        tf.Session().run(product, {rows: -1})
