"""tf.contrib.opt: GGT and Shampoo against their formulas in numpy; Adam by the global step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.contrib.opt.matrix_functions import matrix_inverse_pth_root, matrix_square_root


@pytest.fixture
def random() -> Any:
    return np.random.RandomState(3)


def _train(
    make: Any, starts: Sequence[Any], gradients: Sequence[Sequence[Any]], rows: Any = None,
    use_resource: bool = False,
) -> list[Any]:  # fmt: skip
    """The variables after one step for each tuple of gradients, which are fed."""
    count = tf.train.get_or_create_global_step()
    variables = [
        tf.get_variable(f"v{i}", initializer=np.float32(start), use_resource=use_resource)
        for i, start in enumerate(starts)
    ]
    weights = [tf.placeholder(tf.float32, np.shape(gradient)) for gradient in gradients[0]]
    parts = [v if rows is None else tf.gather(v, rows) for v in variables]
    loss = tf.add_n([tf.reduce_sum(v * w) for v, w in zip(parts, weights, strict=True)])
    step = make(count).minimize(loss, global_step=count)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for values in gradients:
            session.run(step, dict(zip(weights, values, strict=True)))
        return session.run(variables)


# -- GGT -------------------------------------------------------------------------------------------


def _ggt(flat: Any, gradients: Any, rate: float, beta: float, window: int, eps: float) -> Any:
    moment, kept = np.zeros_like(flat), np.zeros((window, flat.size))
    for number, gradient in enumerate(gradients):
        moment = beta * moment + (1 - beta) * gradient
        kept[number % window] = moment
        m = kept.T / np.sqrt(min(number + 1, window))
        sigma, u = np.linalg.eigh(m.T @ m + 1e-2 * np.eye(window))
        roots = np.sqrt(sigma)
        projected = u.T @ m.T @ moment
        step = m @ u @ (projected / (roots + 0.1) ** 3)
        if roots.min() > eps:
            step = step + (moment - m @ u @ (projected / sigma)) / roots.min()
        flat = flat - rate * step
    return flat


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("eps", [1e-4, 10.0])
def test_ggt(eps: float, use_resource: bool, random: Any) -> None:
    starts = [random.normal(size=(2, 3)), random.normal(size=4)]
    gradients = [[random.normal(size=(2, 3)), random.normal(size=4)] for _ in range(5)]
    found = _train(
        lambda _: tf.contrib.opt.GGTOptimizer(
            0.25, beta1=0.5, window=3, eps=eps, svd_eps=1e-2, sigma_eps=0.1
        ),
        starts, gradients, use_resource=use_resource,
    )  # fmt: skip
    flat = [np.concatenate([np.ravel(part) for part in parts]) for parts in [starts, *gradients]]
    expected = _ggt(flat[0], flat[1:], 0.25, 0.5, 3, eps)
    np.testing.assert_allclose(np.concatenate([np.ravel(v) for v in found]), expected, rtol=1e-3)


def test_ggt_takes_dense_gradients() -> None:
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(NotImplementedError, match="GGT with a sparse gradient, that of Variable"):
        tf.contrib.opt.GGTOptimizer().minimize(tf.reduce_sum(tf.gather(v, [1])))


# -- Shampoo ---------------------------------------------------------------------------------------


def _root(matrix: Any, exponent: float, epsilon: float) -> Any:
    values, vectors = np.linalg.eigh(matrix + epsilon * np.eye(len(matrix)))
    return vectors * values**exponent @ vectors.T


def _products(gradient: Any, axis: int) -> Any:
    moved = np.moveaxis(gradient, axis, 0).reshape(gradient.shape[axis], -1)
    return moved @ moved.T


def _along(matrix: Any, value: Any, axis: int) -> Any:
    return np.moveaxis(np.tensordot(matrix, value, axes=([1], [axis])), 0, axis)


def _shampoo(v: Any, gradients: Any, decay: float, keep: float, diagonals: Sequence[int]) -> Any:
    """Shampoo with a decay of the gradients and one of the products, learning rate 0.5."""
    rank = v.ndim
    gbar, sums = np.zeros_like(v), [np.zeros((size, size)) for size in v.shape]
    for gradient in gradients:
        gbar = decay * gbar + 2 * gradient
        change = gbar
        for axis in range(rank):
            added = _products(gradient, axis)
            if axis in diagonals:
                added = np.diag(np.diag(added))
            sums[axis] = keep * sums[axis] + 3 * added
            change = _along(_root(sums[axis], -0.75 / rank, 0.25), change, axis)
        v = v - 0.5 * change
    return v


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize(("decay", "keep"), [(0.0, 1.0), (0.5, 0.75), (1.0, 0.0)])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 1, 4)])
def test_shampoo(shape: Any, decay: float, keep: float, use_resource: bool, random: Any) -> None:
    start = random.normal(size=shape)
    gradients = [random.normal(size=shape) for _ in range(3)]
    (found,) = _train(
        lambda step: tf.contrib.opt.ShampooOptimizer(
            step, max_matrix_size=3, gbar_decay=decay, gbar_weight=2.0, mat_gbar_decay=keep,
            mat_gbar_weight=3.0, learning_rate=0.5, epsilon=0.25, alpha=0.75,
        ),
        [start], [[gradient] for gradient in gradients], use_resource=use_resource,
    )  # fmt: skip
    diagonals = [axis for axis, size in enumerate(shape) if size > 3]
    expected = _shampoo(start, gradients, decay, keep, diagonals)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("limit", [2, 10])
def test_shampoo_of_rows(limit: int, use_resource: bool, random: Any) -> None:
    start = random.normal(size=(4, 2))
    gradients = [random.normal(size=(3, 2)) for _ in range(2)]
    (found,) = _train(
        lambda step: tf.contrib.opt.ShampooOptimizer(
            step, max_matrix_size=limit, gbar_weight=2.0, mat_gbar_weight=3.0, learning_rate=0.5,
            epsilon=0.25, alpha=0.75,
        ),
        [start], [[gradient] for gradient in gradients], rows=[1, 3, 1], use_resource=use_resource,
    )  # fmt: skip
    dense = np.zeros((2, 4, 2))
    for whole, gradient in zip(dense, gradients, strict=True):
        np.add.at(whole, [1, 3, 1], gradient)
    expected = _shampoo(start, dense, 0.0, 1.0, [0] if limit == 2 else [])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_shampoo_at_intervals() -> None:
    start = np.array([1.0, 2.0])
    gradient = np.array([2.0, -1.0])

    def make(step: Any) -> Any:
        return tf.contrib.opt.ShampooOptimizer(
            step, learning_rate=lambda t: 1.0 / t, svd_interval=2, precond_update_interval=2.0,
            epsilon=0.25, alpha=1.0,
        )  # fmt: skip

    (found,) = _train(make, [start], [[gradient]] * 3)
    # The first step has the identity; then the products count twice, and are kept for the third.
    power = _root(2 * np.outer(gradient, gradient), -1.0, 0.25)
    expected = start - gradient - power @ gradient / 2 - power @ gradient / 3
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_shampoo_by_products_alone(random: Any) -> None:
    start, gradient = random.normal(size=(2, 3)), random.normal(size=(2, 3))

    def after(use_iterative_root: bool) -> Any:
        with tf.Graph().as_default():
            return _train(
                lambda step: tf.contrib.opt.ShampooOptimizer(
                    step, use_iterative_root=use_iterative_root
                ),
                [start],
                [[gradient]],
            )[0]

    np.testing.assert_allclose(after(True), after(False), rtol=1e-3)


def test_what_shampoo_refuses() -> None:
    with pytest.raises(ValueError, match="variables with axes of known size: Variable"):
        tf.contrib.opt.ShampooOptimizer().minimize(tf.Variable(1.0))
    v = tf.Variable(np.ones([4, 2], np.float32))
    optimizer = tf.contrib.opt.ShampooOptimizer(max_matrix_size=3, mat_gbar_decay=0.5)
    with pytest.raises(NotImplementedError, match="mat_gbar_decay with a sparse gradient"):
        optimizer.minimize(tf.reduce_sum(tf.gather(v, [1])))


def test_roots_of_matrices(random: Any) -> None:
    base = random.normal(size=(4, 4))
    matrix = np.float32(base @ base.T + np.eye(4))
    root = matrix_square_root(matrix, 4, ridge_epsilon=0.0)
    inverse = matrix_inverse_pth_root(matrix, 4, -0.25)
    single = matrix_inverse_pth_root([[16.0]], 1, -0.25, ridge_epsilon=0.0)
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(root), _root(matrix, 0.5, 0), atol=1e-3)
        np.testing.assert_allclose(session.run(inverse), _root(matrix, -0.25, 0), atol=1e-3)
        assert session.run(single) == 0.5
    with pytest.raises(ValueError, match="alpha must be -1/p"):
        matrix_inverse_pth_root(matrix, 4, 0.3)


# -- Adam by the global step, Adagrad with steps that do not count ---------------------------------


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("rows", [None, [1, 1]])
@pytest.mark.parametrize("name", ["Adam", "LazyAdam"])
def test_adam_by_the_global_step(name: str, rows: Any, use_resource: bool, random: Any) -> None:
    start = random.normal(size=(2, 3))
    gradients = [[random.normal(size=(2, 3))] for _ in range(3)]

    def after(make: Any) -> Any:
        with tf.Graph().as_default():
            return _train(make, [start], gradients, rows, use_resource)[0]

    plain = tf.train.AdamOptimizer if name == "Adam" else tf.contrib.opt.LazyAdamOptimizer
    by_step = getattr(tf.contrib.opt, f"{name}GSOptimizer")
    found = after(lambda step: by_step(step, 0.25, beta1=0.5))
    expected = after(lambda _: plain(0.25, beta1=0.5))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    if rows and name == "LazyAdam":
        assert (found[0] == np.float32(start[0])).all()


def test_steps_that_do_not_count_for_adagrad() -> None:
    v = tf.Variable([[2.0], [4.0]])
    optimizer = tf.contrib.opt.RegAdagradOptimizer(1.0, initial_accumulator_value=16.0)
    with optimizer.avoid_updating_slots():
        penalty = optimizer.minimize(tf.reduce_sum(v) * 2.0)
        rows = optimizer.minimize(tf.reduce_sum(tf.gather(v, [1])) * 8.0)
    step = optimizer.minimize(tf.reduce_sum(v) * 3.0)
    accumulator = optimizer.get_slot(v, "accumulator")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(penalty)
        assert session.run(v).ravel().tolist() == [1.5, 3.5]
        session.run(rows)
        assert session.run(v).ravel().tolist() == [1.5, 1.5]
        assert session.run(accumulator).ravel().tolist() == [16, 16]
        session.run(step)
        np.testing.assert_allclose(session.run(v).ravel(), [0.9, 0.9], rtol=1e-6)
        assert session.run(accumulator).ravel().tolist() == [25, 25]


@pytest.mark.parametrize("name", ["AGN", "ElasticAverage", "ModelAverage"])
def test_what_needs_several_processes(name: str) -> None:
    for kind in ("Optimizer", "CustomGetter"):
        with pytest.raises(NotImplementedError, match="in several processes"):
            getattr(tf.contrib.opt, name + kind)("/job:worker")
