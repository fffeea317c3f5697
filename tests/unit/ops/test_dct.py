"""Cosine transforms are scipy's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft

import graphflow as tf

X = np.random.RandomState(3).randn(2, 7)
KINDS = [(1, None), (2, None), (3, None), (2, "ortho"), (3, "ortho")]


@pytest.mark.parametrize(("kind", "norm"), KINDS)
@pytest.mark.parametrize("n", [None, 2, 4, 9])
def test_transforms_are_those_of_scipy(kind: int, norm: str | None, n: int | None):
    ours = tf.signal.dct(X, kind, n=n, norm=norm)
    assert ours.shape.as_list() == [2, n or 7]
    expected = scipy.fft.dct(X, kind, n=n, norm=norm)
    np.testing.assert_allclose(tf.Session().run(ours), expected, atol=1e-12)


@pytest.mark.parametrize(("kind", "norm"), KINDS)
def test_the_inverse_undoes_up_to_a_factor(kind: int, norm: str | None):
    there = tf.signal.dct(tf.constant(X, tf.float32), kind, norm=norm)
    back = tf.Session().run(tf.signal.idct(there, kind, norm=norm))
    factor = 1 if norm else 2 * (7 - 1) if kind == 1 else 2 * 7
    np.testing.assert_allclose(back / factor, X, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", [1, 2, 3])
@pytest.mark.parametrize("shape", [None, [None, None]])
def test_sizes_may_be_known_in_the_run_only(kind: int, shape: list[None] | None):
    x = tf.placeholder(tf.float64, shape)
    y = tf.signal.dct(x, kind)
    np.testing.assert_allclose(tf.Session().run(y, {x: X}), scipy.fft.dct(X, kind), atol=1e-12)


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_gradient_is_the_transposed_transform(kind: int):
    x = tf.constant(X)
    grad = tf.gradients(tf.signal.dct(x, kind), x, X + 1)[0]
    matrix = scipy.fft.dct(np.eye(7), kind)
    np.testing.assert_allclose(tf.Session().run(grad), (X + 1) @ matrix.T, atol=1e-12)


@pytest.mark.parametrize("function", [tf.signal.dct, tf.spectral.idct])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"axis": 0}, NotImplementedError, "axis must be -1, not 0"),
        ({"n": 0}, ValueError, "n must be a positive integer or None, not 0"),
        ({"type": 4}, ValueError, "type must be 1, 2 or 3, not 4"),
        ({"norm": "full"}, ValueError, "norm must be None or 'ortho', not 'full'"),
        ({"type": 1, "norm": "ortho"}, ValueError, "norm must be None"),
        ({"type": 1, "n": 1}, ValueError, "needs 2 elements or more, not 1"),
    ],
)
def test_errors(function, arguments: dict[str, object], error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        function([1.0, 2.0], **arguments)
