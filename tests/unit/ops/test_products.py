"""Matrix products in chunks: what numpy gives, and the same bits for any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

from graphflow.core.parallel import granted
from graphflow.ops.kernels import products
from graphflow.ops.kernels.products import product
from graphflow.runtime.threads import ThreadPool


@pytest.fixture
def tiny_chunks(monkeypatch):
    monkeypatch.setattr(products, "_CHUNK", 16)


def integers(shape, dtype):
    """Small integers, whose products are exact in any order."""
    return np.random.RandomState(sum(shape)).randint(-3, 4, shape).astype(dtype)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((70, 5), (5, 3)),  # by rows
        ((2, 5), (5, 100)),  # by columns
        ((9, 2, 3), (9, 3, 4)),  # by batches
        ((2, 3, 9, 2, 3), (9, 3, 4)),
        ((1, 40, 3), (7, 3, 4)),
        ((2, 1, 33, 6), (6, 5)),
        ((6, 5), (2, 1, 5, 40)),
        ((0, 5), (5, 100)),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
def test_chunks_make_up_the_product(left, right, dtype, tiny_chunks):
    a, b = integers(left, dtype), integers(right, dtype)
    expected = np.einsum("...ij,...jk->...ik", a, b)
    np.testing.assert_array_equal(product(a, b), expected)
    out = np.empty(expected.shape, dtype)
    assert product(a, b, out) is out
    np.testing.assert_array_equal(out, expected)
    np.testing.assert_array_equal(product(a.swapaxes(-1, -2).copy().swapaxes(-1, -2), b), expected)


def test_threads_change_no_bit():
    random = np.random.RandomState(7)
    a = random.randn(300, 211).astype(np.float32)
    b = random.randn(211, 150).astype(np.float32)
    assert a.size * 150 >= 2 * products._CHUNK
    alone = product(a, b)
    pool = ThreadPool(3)
    try:
        with granted(pool):
            for _ in range(20):
                np.testing.assert_array_equal(product(a, b), alone)
    finally:
        pool.close()
