"""Two steps of each optimizer, worked out by hand with one number for each row.

Dense: the rows have the gradients 2 and -4, then 1 and 1.  Sparse: rows 0 and 2 of three, with the
same gradients; row 2 comes twice, with half of its gradient each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import graphflow as tf

START = 3.0
GRADIENTS = ((2.0, -4.0), (1.0, 1.0))

Rule = Callable[[tuple[float, ...]], Iterator[float]]


def descent(gradients: tuple[float, ...]) -> Iterator[float]:
    v = START
    for g in gradients:
        v -= 0.5 * g
        yield v


def momentum(gradients: tuple[float, ...]) -> Iterator[float]:
    v, a = START, 0.0
    for g in gradients:
        a = 0.75 * a + g
        v -= 0.5 * a
        yield v


def nesterov(gradients: tuple[float, ...]) -> Iterator[float]:
    v, a = START, 0.0
    for g in gradients:
        a = 0.75 * a + g
        v -= 0.5 * (g + 0.75 * a)
        yield v


def adam(gradients: tuple[float, ...]) -> Iterator[float]:
    v, m, s = START, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m = 0.5 * m + 0.5 * g
        s = 0.75 * s + 0.25 * g * g
        v -= 0.5 * math.sqrt(1 - 0.75**t) / (1 - 0.5**t) * m / (math.sqrt(s) + 0.25)
        yield v


def nadam(gradients: tuple[float, ...]) -> Iterator[float]:
    v, m, s = START, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m = 0.5 * m + 0.5 * g
        s = 0.75 * s + 0.25 * g * g
        rate = 0.5 * math.sqrt(1 - 0.75**t) / (1 - 0.5**t)
        v -= rate * (0.5 * m + 0.5 * g) / (math.sqrt(s) + 0.25)
        yield v


def adamax(gradients: tuple[float, ...]) -> Iterator[float]:
    v, m, s = START, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m = 0.5 * m + 0.5 * g
        s = max(0.75 * s, abs(g))
        v -= 0.5 / (1 - 0.5**t) * m / (s + 0.25)
        yield v


def adagrad(gradients: tuple[float, ...]) -> Iterator[float]:
    v, a = START, 5.0
    for g in gradients:
        a += g * g
        v -= 0.5 * g / math.sqrt(a)
        yield v


def adadelta(gradients: tuple[float, ...]) -> Iterator[float]:
    v, a, u = START, 0.0, 0.0
    for g in gradients:
        a = 0.75 * a + 0.25 * g * g
        change = math.sqrt(u + 0.5) / math.sqrt(a + 0.5) * g
        u = 0.75 * u + 0.25 * change * change
        v -= 0.5 * change
        yield v


def rmsprop(gradients: tuple[float, ...]) -> Iterator[float]:
    v, s, m = START, 1.0, 0.0
    for g in gradients:
        s = 0.75 * s + 0.25 * g * g
        m = 0.5 * m + 0.5 * g / math.sqrt(s + 0.25)
        v -= m
        yield v


def centered_rmsprop(gradients: tuple[float, ...]) -> Iterator[float]:
    v, s, mean, m = START, 1.0, 0.0, 0.0
    for g in gradients:
        s = 0.75 * s + 0.25 * g * g
        mean = 0.75 * mean + 0.25 * g
        m = 0.5 * m + 0.5 * g / math.sqrt(s - mean * mean + 0.25)
        v -= m
        yield v


def adagrad_da(gradients: tuple[float, ...]) -> Iterator[float]:
    total, squares, t = 0.0, 5.0, 3 + 1  # the step that is being made
    for g in gradients:
        total += g
        squares += g * g
        shrunk = math.copysign(max(abs(total) - 0.25 * t, 0.0), total)
        yield -0.5 * shrunk / (0.5 * t * 0.5 + math.sqrt(squares))


def ftrl(gradients: tuple[float, ...], shrinkage: float = 0.0) -> Iterator[float]:
    v, a, linear = START, 5.0, 0.0
    for g in gradients:
        before, a = a, a + g * g
        linear += g + 2 * shrinkage * v - (math.sqrt(a) - math.sqrt(before)) / 0.5 * v
        kept = abs(linear) > 0.25
        quadratic = math.sqrt(a) / 0.5 + 2 * 0.125
        v = (math.copysign(0.25, linear) - linear) / quadratic if kept else 0.0
        yield v


def shrinking_ftrl(gradients: tuple[float, ...]) -> Iterator[float]:
    return ftrl(gradients, 0.5)


def _nearer_to_zero(v: float, rate: float) -> float:
    return math.copysign(max(abs(v) - rate * 0.25, 0.0), v) / (1 + rate * 0.5)


def proximal_descent(gradients: tuple[float, ...]) -> Iterator[float]:
    v = START
    for g in gradients:
        v = _nearer_to_zero(v - 0.5 * g, 0.5)
        yield v


def proximal_adagrad(gradients: tuple[float, ...]) -> Iterator[float]:
    v, a = START, 5.0
    for g in gradients:
        a += g * g
        rate = 0.5 / math.sqrt(a)
        v = _nearer_to_zero(v - rate * g, rate)
        yield v


CASES: dict[str, tuple[Rule, Callable[[], Any]]] = {
    "descent": (descent, lambda: tf.train.GradientDescentOptimizer(0.5)),
    "momentum": (momentum, lambda: tf.train.MomentumOptimizer(0.5, 0.75)),
    "nesterov": (nesterov, lambda: tf.train.MomentumOptimizer(0.5, 0.75, use_nesterov=True)),
    "adam": (adam, lambda: tf.train.AdamOptimizer(0.5, 0.5, 0.75, 0.25)),
    "lazy_adam": (adam, lambda: tf.contrib.opt.LazyAdamOptimizer(0.5, 0.5, 0.75, 0.25)),
    "nadam": (nadam, lambda: tf.contrib.opt.NadamOptimizer(0.5, 0.5, 0.75, 0.25)),
    "adamax": (adamax, lambda: tf.contrib.opt.AdaMaxOptimizer(0.5, 0.5, 0.75, 0.25)),
    "adagrad": (adagrad, lambda: tf.train.AdagradOptimizer(0.5, 5.0)),
    "adadelta": (adadelta, lambda: tf.train.AdadeltaOptimizer(0.5, 0.75, 0.5)),
    "rmsprop": (rmsprop, lambda: tf.train.RMSPropOptimizer(0.5, 0.75, 0.5, 0.25)),
    "centered_rmsprop": (
        centered_rmsprop, lambda: tf.train.RMSPropOptimizer(0.5, 0.75, 0.5, 0.25, centered=True)
    ),
    "adagrad_da": (
        adagrad_da,
        lambda: tf.train.AdagradDAOptimizer(0.5, tf.constant(3, tf.int64), 5.0, 0.25, 0.5),
    ),
    "ftrl": (ftrl, lambda: tf.train.FtrlOptimizer(0.5, -0.5, 5.0, 0.25, 0.125)),
    "shrinking_ftrl": (
        shrinking_ftrl,
        lambda: tf.train.FtrlOptimizer(
            0.5, -0.5, 5.0, 0.25, 0.125, l2_shrinkage_regularization_strength=0.5
        ),
    ),
    "proximal_descent": (
        proximal_descent, lambda: tf.train.ProximalGradientDescentOptimizer(0.5, 0.25, 0.5)
    ),
    "proximal_adagrad": (
        proximal_adagrad, lambda: tf.train.ProximalAdagradOptimizer(0.5, 5.0, 0.25, 0.5)
    ),
}  # fmt: skip


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def use_resource(request: Any) -> bool:
    return bool(request.param)


def _by_row(rule: Rule) -> Any:
    """The values after each step, one column for each row."""
    return np.array([list(rule(gradients)) for gradients in zip(*GRADIENTS, strict=True)]).T


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_dense(name: str, dtype: str, use_resource: bool) -> None:
    rule, make = CASES[name]
    v = tf.get_variable("v", initializer=tf.constant([START] * 2, dtype), use_resource=use_resource)
    gradient = tf.placeholder(dtype, [2])
    step = make().apply_gradients([(gradient, v)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for given, expected in zip(GRADIENTS, _by_row(rule), strict=True):
            session.run(step, {gradient: given})
            found = session.run(v)
            assert found.dtype == dtype
            np.testing.assert_allclose(found, expected, rtol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.parametrize("indices", ["int32", "int64"])
@pytest.mark.parametrize("name", CASES)
def test_sparse(name: str, indices: str, use_resource: bool) -> None:
    rule, make = CASES[name]
    v = tf.get_variable("v", initializer=[[START]] * 3, use_resource=use_resource)
    gradient = tf.placeholder(tf.float32, [2])
    halves = tf.stack([gradient[1] / 2, gradient[0], gradient[1] / 2])[:, None]
    rows = tf.IndexedSlices(halves, tf.constant([2, 0, 2], indices), tf.constant([3, 1]))
    step = make().apply_gradients([(rows, v)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for given, expected in zip(GRADIENTS, _by_row(rule), strict=True):
            session.run(step, {gradient: given})
            found = session.run(v).ravel()
            np.testing.assert_allclose(found[[0, 2]], expected, rtol=1e-5)
            assert found[1] == START
