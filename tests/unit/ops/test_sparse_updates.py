"""Sparse updates: many rows at once are the same as one after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf

RATE, MOMENTUM, RHO, EPSILON = 0.1, 0.9, 0.8, 0.25


def _momentum(var: Any, accum: Any, grad: Any) -> None:
    accum[:] = accum * MOMENTUM + grad
    var -= RATE * accum


def _nesterov(var: Any, accum: Any, grad: Any) -> None:
    accum[:] = accum * MOMENTUM + grad
    var -= RATE * (grad + MOMENTUM * accum)


def _adagrad(var: Any, accum: Any, grad: Any) -> None:
    accum += grad**2
    var -= RATE * grad / np.sqrt(accum)


def _rmsprop(var: Any, ms: Any, mom: Any, grad: Any) -> None:
    ms[:] = RHO * ms + (1 - RHO) * grad**2
    mom[:] = MOMENTUM * mom + RATE * grad / np.sqrt(ms + EPSILON)
    var -= mom


def _proximal(var: Any, grad: Any) -> None:
    moved = var - RATE * grad
    var[:] = np.sign(moved) * np.maximum(np.abs(moved) - RATE * 0.5, 0) / (1 + RATE * 0.25)


CASES = {
    "momentum": (_momentum, 1, "Momentum", {"lr": RATE, "momentum": MOMENTUM}),
    "nesterov": (
        _nesterov, 1, "Momentum", {"lr": RATE, "momentum": MOMENTUM, "use_nesterov": True}
    ),
    "adagrad": (_adagrad, 1, "Adagrad", {"lr": RATE}),
    "rmsprop": (
        _rmsprop, 2, "RMSProp", {"lr": RATE, "rho": RHO, "momentum": MOMENTUM, "epsilon": EPSILON}
    ),
    "proximal": (
        _proximal, 0, "ProximalGradientDescent", {"alpha": RATE, "l1": 0.5, "l2": 0.25}
    ),
}  # fmt: skip
STATES = {"Momentum": ["accum"], "Adagrad": ["accum"], "RMSProp": ["ms", "mom"]}


@pytest.mark.parametrize("shape", [(400, 100), (400, 3, 2), (400,)])
@pytest.mark.parametrize("repeated", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_rows_one_by_one(name: str, repeated: bool, shape: tuple[int, ...]) -> None:
    step, slots, kind, numbers = CASES[name]
    random = np.random.RandomState(3)
    rows = random.randint(0, 60, 300) if repeated else random.permutation(400)[:300]
    values = [random.uniform(0.5, 2, shape) for _ in range(slots + 1)]
    grad = random.uniform(-1, 1, (300, *shape[1:]))
    names = ["var", *STATES.get(kind, [])]
    variables = [tf.Variable(value, use_resource=True) for value in values]
    update = getattr(tf.raw_ops, f"ResourceSparseApply{kind}")(
        **{name: variable.handle for name, variable in zip(names, variables, strict=True)},
        **{name: np.float64(number) if type(number) is float else number
           for name, number in numbers.items()},
        grad=grad, indices=rows,
    )  # fmt: skip
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(update)
        found = session.run(variables)
    for row, piece in zip(rows, grad, strict=True):
        step(*(value[row : row + 1] for value in values), piece)
    for one, value in zip(found, values, strict=True):
        np.testing.assert_allclose(one, value, rtol=1e-12)


def test_no_rows() -> None:
    variable = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    gradient = tf.IndexedSlices(tf.zeros([0, 2]), tf.zeros([0], tf.int32))
    step = tf.train.MomentumOptimizer(0.5, 0.5).apply_gradients([(gradient, variable)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(variable).tolist() == [[1, 2], [3, 4]]


def test_a_row_that_is_not_there_changes_nothing() -> None:
    variable = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    gradient = tf.IndexedSlices(tf.ones([2, 2]), tf.constant([1, 2]))
    optimizer = tf.train.MomentumOptimizer(0.5, 0.5)
    step = optimizer.apply_gradients([(gradient, variable)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = 2 is not in"):
            session.run(step)
        assert session.run(variable).tolist() == [[1, 2], [3, 4]]
        assert not session.run(optimizer.get_slot(variable, "momentum")).any()
