from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.runtime import executor
from graphflow.runtime.blas import BlasBudget


class Library:
    """Stands for a BLAS library with four threads."""

    def __init__(self):
        self.set_to = []

    def set_num_threads(self, count):
        self.set_to.append(count)


@pytest.fixture
def library():
    return Library()


@pytest.fixture
def budget(library, monkeypatch):
    """A budget over one library, which all runs use."""
    budget = BlasBudget()
    budget._setters = [library.set_num_threads]
    budget._limit = budget._current = 4
    monkeypatch.setattr(executor, "BUDGET", budget)
    return budget


def run_product(size):
    x = tf.placeholder(tf.float32, [None, size])
    product = tf.matmul(x, tf.ones([size, size]))
    with tf.Session(config=tf.ConfigProto(inter_op_parallelism_threads=1)) as sess:
        for _ in range(5):  # the first runs are measured, later ones take the quick way
            result = sess.run(product, {x: np.ones((size, size))})
    np.testing.assert_array_equal(result, np.full((size, size), size))


def test_one_thread_while_something_computes(budget, library):
    budget.enter(1)
    budget.enter(1)
    budget.leave(1)
    assert library.set_to == [1]
    budget.leave(1)
    assert library.set_to == [1, 4]


def test_what_needs_no_blas_changes_nothing(budget, library):
    budget.enter(0)
    budget.leave(0)
    x = tf.placeholder(tf.float32, [3])
    with tf.Session() as sess:
        sess.run(x + 1.0, {x: [1, 2, 3]})
    assert library.set_to == []


def test_products_run_on_one_thread_each(budget, library):
    run_product(8)
    assert library.set_to == [1, 4] * 5


def test_the_library_that_numpy_uses_is_set_and_set_back():
    threadpoolctl = pytest.importorskip("threadpoolctl")

    def counts():
        found = threadpoolctl.ThreadpoolController().select(user_api="blas").info()
        return [library["num_threads"] for library in found]

    before, own = counts(), BlasBudget()
    own.enter(1)
    try:
        assert set(counts()) <= {1}
    finally:
        own.leave(1)
    assert counts() == before
