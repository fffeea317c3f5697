"""Einstein summation agrees with numpy's."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.testing import check_gradient

RANDOM = np.random.RandomState(4)
SIZES = {"i": 2, "j": 3, "k": 4, "l": 2}
EQUATIONS = [
    "ij,jk->ik", "ij,kj->ki", "ji,jk->ik", "ijk,jl->ilk", "ijk,ikl->ijl", "kij,ilj->lik",
    "ij,ji->", "i,j->ji", "ij,i->ji", "ij->j", "kij->jik", "ij,kl->", "ii->i", "iijj->ij",
    "ij,jk,kl->il", "i,ij,ijk,k->k", "ij,ij,ij->i", "ij,jk", "lki",
]  # fmt: skip


def _values(equation: str) -> list[np.ndarray]:
    generator = np.random.RandomState(3)
    terms = equation.split("->")[0].split(",")
    return [generator.normal(size=[SIZES[letter] for letter in term]) for term in terms]


@pytest.mark.parametrize("equation", EQUATIONS)
@pytest.mark.parametrize("is_known", [True, False])
def test_value(equation: str, is_known: bool):
    values = _values(equation)
    xs = [tf.placeholder(tf.float64, value.shape if is_known else None) for value in values]
    result = tf.einsum(equation, *xs)
    expected = np.einsum(equation, *values)
    assert result.shape.is_compatible_with(expected.shape)
    assert result.shape.is_fully_defined() or not is_known
    with tf.Session() as session:
        actual = session.run(result, dict(zip(xs, values, strict=True)))
    np.testing.assert_allclose(actual, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "equation", ["...ij,...jk->...ik", "ij...,jk...->ik...", "...ij,...jk->k..."]
)
def test_ellipses_broadcast(equation: str):
    x, y = np.arange(24.0).reshape(2, 3, 4), np.arange(12.0).reshape(3, 4, 1)
    if "..." in equation[:3]:
        y = y.transpose(2, 1, 0)
    with tf.Session() as session:
        actual = session.run(tf.einsum(equation, x, y))
    np.testing.assert_allclose(actual, np.einsum(equation, x, y))


@pytest.mark.parametrize("equation", ["ijk,ikl->ijl", "ij,jk,kl->il", "ii->i", "ij,i->ji"])
def test_gradients(equation: str):
    check_gradient(lambda *xs: tf.einsum(equation, *xs), *_values(equation), order=2)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ij,jk->...ik", [(2, 2, 3), (3, 2)]),
        ("i...,...i->...", [(2, 3, 1), (3, 4, 2)]),
        ("...ii,...->i", [(2, 2), ()]),
        ("ij,...j->...", [(2, 3), (4, 1, 3)]),
    ],
)
def test_gradients_of_the_op_with_ellipses(equation: str, shapes: list):
    values = [RANDOM.normal(size=shape) for shape in shapes]
    check_gradient(lambda *xs: apply(ops.Einsum(equation), list(xs)), *values, order=2)


def test_unknown_sizes_stay_unknown():
    x = tf.placeholder(tf.float32, [None, 3, None])
    assert tf.einsum("bij,jk->bik", x, tf.ones([7, 5])).shape.as_list() == [None, 3, 5]


def test_complex_numbers_are_not_conjugated():
    x, y = np.array([[1 + 2j], [2j]]), np.array([[3.0 + 1j], [4 - 1j]])
    with tf.Session() as session:
        actual = session.run(tf.einsum("ji,jk->ik", x, y))
    np.testing.assert_allclose(actual, x.T @ y)


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk->ik", [(2, 3), (4, 2)], "'j' stands for 3 and for 4"),
        ("ij,jk", [(2, 3)], "about 2 inputs, einsum got 1"),
        ("ij->k", [(2, 3)], "'k' in the output"),
        ("i->ii", [(2,)], "a letter twice"),
        ("i.j", [(2, 3)], "dots come in threes"),
        ("i1", [(2, 3)], "no equation"),
        ("ij", [(2, 3, 4)], "of rank 3"),
        ("...ij", [(2,)], "of rank 1"),
        ("...i->i", [(2, 3)], "none in its output"),
        ("...i", [None], "must be known"),
    ],
)
def test_refusals(equation: str, shapes: list, message: str):
    with pytest.raises(ValueError, match=message):
        tf.einsum(equation, *[tf.placeholder(tf.float32, shape) for shape in shapes])


def test_unknown_keywords_are_refused():
    with pytest.raises(TypeError, match="not optimise"):
        tf.einsum("ij->ji", tf.ones([2, 3]), optimise="greedy")
    with pytest.raises(ValueError, match="optimize must be one of"):
        tf.einsum("ij->ji", tf.ones([2, 3]), optimize="best")
