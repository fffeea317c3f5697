"""The statements for each type of op compute what its kernel computes."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.runtime import native_loop

pytestmark = pytest.mark.usefixtures("compiled_loops")

_SPECIAL = [0.0, -0.0, 1.5, -2.25, 0.3, 1e-3, np.inf, -np.inf, np.nan, 3.0, -1.0, 0.5]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the runs of compiled loops have returned."""
    found: list[bool] = []
    run = native_loop.NativeLoop.run

    def noted(*arguments: Any) -> bool:
        found.append(run(*arguments))
        return found[-1]

    monkeypatch.setattr(native_loop.NativeLoop, "run", noted)
    return found


@pytest.fixture
def python_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Python run the functions of loops: they take no time to compile."""

    def load(source: str, name: str) -> SimpleNamespace:
        names: dict[str, Any] = {}
        exec(source.replace("@machine_code", ""), names)

        def run(*arguments: Any) -> Any:
            with np.errstate(all="ignore"):
                return names["run"](*arguments)

        return SimpleNamespace(run=run)

    monkeypatch.setattr(native_loop, "load", load)
    monkeypatch.setattr(native_loop, "compile_apart", lambda function, arguments: None)


def _once(function: Callable[..., Any], *inputs: Any) -> list[Any]:
    """What a function gives in a loop of one iteration, compiled or not; its inputs change."""
    with tf.Graph().as_default():
        given = [tf.constant(value) for value in inputs]

        def results(_: Any, *values: Any) -> list[Any]:
            made = function(*values)
            return made if isinstance(made, list) else [made]

        specs = results(0, *given)
        starts = [tf.zeros(made.shape, made.dtype) for made in specs]

        def body(i: Any, *carried: Any) -> list[Any]:
            values = carried[: len(given)]
            return [i + 1, *[tf.identity(v) for v in values[::-1]][::-1], *results(i, *values)]

        loop = tf.while_loop(lambda i, *_: i < 2, body, [0, *given, *starts])
        with tf.Session() as session:
            return session.run(loop[1 + len(given) :])  # type: ignore[no-any-return]


def _check(runs: list[bool], function: Callable[..., Any], *inputs: Any, rtol: float = 0) -> None:
    runs.clear()
    found = _once(function, *inputs)
    assert runs == [True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHFLOW_JIT", "0")
        expected = _once(function, *inputs)
    for one, other in zip(found, expected, strict=True):
        assert (np.shape(one), one.dtype) == (np.shape(other), other.dtype)
        np.testing.assert_allclose(one, other, rtol=rtol, atol=0)


def _functions() -> dict[str, Callable[[Any], Any]]:
    unary = [
        "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp",
        "expm1", "floor", "is_finite", "is_inf", "is_nan", "log", "log1p", "negative",
        "reciprocal", "rint", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "square",
        "tan", "tanh",
    ]  # fmt: skip
    found = {name: getattr(tf.math, name) for name in unary}
    for name in ("elu", "leaky_relu", "relu", "softsign"):
        found[name] = getattr(tf.nn, name)
    return found


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize("name", sorted(_functions()))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_functions_of_one_element(runs: list[bool], name: str, dtype: Any) -> None:
    rtol = 2e-6 if dtype == np.float32 else 1e-14
    _check(runs, _functions()[name], np.asarray(_SPECIAL, dtype), rtol=rtol)


def _gradient(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: tf.gradients(function(x), x)[0]


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize("name", ["elu", "leaky_relu", "relu", "softplus", "softsign"])
def test_gradients_of_activations(runs: list[bool], name: str) -> None:
    def function(x: Any) -> Any:
        return _gradient(getattr(tf.nn, name))(x)

    values = np.asarray([0.5, -0.25, 2, -3, 0.125])
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float64, [5])
        loop = tf.while_loop(
            lambda i, *_: i < 3, lambda i, y: (i + 1, getattr(tf.nn, name)(y * 1.5)), (0, x)
        )
        slope = tf.gradients(loop[1], x)[0]
        with tf.Session() as session:
            found = session.run(slope, {x: values})
            for index in range(5):
                step = 1e-6 * (np.arange(5) == index)
                high, low = (session.run(loop[1], {x: values + s}).sum() for s in (step, -step))
                assert found[index] == pytest.approx((high - low) / 2e-6, rel=1e-5, abs=1e-8)


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize(
    "function",
    [
        tf.atan2,
        tf.div_no_nan,
        tf.math.multiply_no_nan,
        tf.pow,
        tf.maximum,
        tf.minimum,
        tf.floordiv,
        tf.squared_difference,
    ],
)
def test_functions_of_two_elements(runs: list[bool], function: Any) -> None:
    values = [value for value in _SPECIAL if function is not tf.pow or value != -np.inf]
    x, y = np.meshgrid(values, values)  # numpy's scalars and arrays do not agree on -inf ** 0.5
    _check(runs, function, x, y, rtol=1e-14)


@pytest.mark.usefixtures("python_loops")
def test_integers(runs: list[bool]) -> None:
    x = np.asarray([[5, -7, 0], [2**31 - 1, -(2**31), 11]], np.int32)
    y = np.asarray([[3, 2, -9], [2, 4, -5]], np.int32)
    _check(
        runs,
        lambda x, y: [
            x + y, x - y, x * y, tf.abs(y), -x, tf.maximum(x, y), x // y, x % y, tf.square(y),
            tf.cast(x, tf.float32), tf.cast(x, tf.int64), tf.cast(x, tf.bool),
            tf.cast(x > y, tf.int32),
        ],
        x, y,
    )  # fmt: skip


@pytest.mark.usefixtures("python_loops")
def test_floats_become_integers(runs: list[bool]) -> None:
    x = np.asarray([1.75, -1.75, 0, 2e9, -2e9], np.float32)
    _check(runs, lambda x: [tf.cast(x, tf.int32), tf.cast(x[1], tf.int64)], x)


@pytest.mark.usefixtures("python_loops")
def test_floats_that_are_no_integers_are_left_to_the_kernel(runs: list[bool]) -> None:
    x = np.asarray([1.75, np.nan, 3e9], np.float32)
    _once(lambda x: tf.cast(x, tf.int32), x)
    assert runs == [False]


_X = np.random.RandomState(0).randn(2, 3, 4)
_MOVES: list[Callable[[Any], Any]] = [
    lambda x: tf.transpose(x, [2, 0, 1]),
    lambda x: tf.reshape(tf.transpose(x), [6, 4]),
    lambda x: x[1, ::-1, 1:],
    lambda x: x[:, tf.newaxis, ..., 0],
    lambda x: tf.tile(x, [1, 2, 2]),
    lambda x: tf.reverse(x, [0, 2]),
    lambda x: tf.roll(x, 1, 2),
    lambda x: tf.pad(x, [[0, 1], [2, 0], [0, 0]]),
    lambda x: tf.pad(x, [[1, 1], [0, 0], [0, 2]], constant_values=-3.5),
    lambda x: tf.pad(x, [[1, 0], [1, 1], [0, 2]], "REFLECT"),
    lambda x: tf.concat([x, x[:, :1], 2 * x], 1),
    lambda x: tf.stack([x[0], x[1]], -1),
    lambda x: [*tf.unstack(x, axis=1), *tf.split(x, [1, 3], 2)],
    lambda x: tf.broadcast_to(x[:, :1], [2, 5, 4]),
    lambda x: tf.expand_dims(tf.squeeze(x[:1], 0), 2),
    lambda x: tf.gradients(x[1, ::2, 1:], x)[0] + x,
    lambda x: tf.matrix_diag_part(x),
    lambda x: tf.gather(x, [2, 0, 2, 1], axis=1),
    lambda x: tf.gather(x, 1, axis=2),
    lambda x: tf.ones_like(x) * tf.fill([2, 1, 1], x[1, 2, 3]) + tf.zeros_like(x),
]


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize("number", range(len(_MOVES)))
def test_elements_that_move(runs: list[bool], number: int) -> None:
    _check(runs, _MOVES[number], _X)


@pytest.mark.usefixtures("python_loops")
def test_slices_at_places_that_depend_on_data(runs: list[bool]) -> None:
    index = np.asarray([2, 0, -1])
    _check(
        runs,
        lambda x, i: [
            x[:, i[0]], x[i[1], ..., i[2]], x[i[1], i[2], i[1]], x[:, :, tf.newaxis, i[0]],
            x[..., i[2], 1:, tf.newaxis], tf.slice(x, [0, i[0], 0], [2, 1, 3]),
            tf.slice(x, tf.stack([i[1], 1, i[0]]), [1, 2, 2])[:, 1],
        ],
        _X, index,
    )  # fmt: skip
    _check(
        runs,
        lambda x, i: [
            x + tf.gradients([x[:, i[0]], 2 * x[i[1], ::2, i[2]], 3 * x[i[1], 1, i[0]]], x)[0],
        ],
        _X,
        index,
    )


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize("index", [[0, 3], [0, -4], [2, 0], [-3, 1]])
def test_slices_out_of_range_are_left_to_the_kernel(runs: list[bool], index: list[int]) -> None:
    i, x = tf.placeholder(tf.int32, [2]), tf.constant(_X)
    _, y = tf.while_loop(lambda n, _: n < 2, lambda n, y: (n + 1, y + x[i[0], i[1]]), (0, x[0, 0]))
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError):
        session.run(y, {i: index})
    assert runs == [False]


@pytest.mark.usefixtures("python_loops")
def test_sums_of_segments(runs: list[bool]) -> None:
    ids = np.asarray([[1, 4, -1], [1, 0, 4]])
    _check(runs, lambda x, i: tf.unsorted_segment_sum(x, i, 5), _X, ids, rtol=1e-14)
    _check(runs, lambda x, i: tf.unsorted_segment_sum(x[0, :, 0], i[1], 5), _X, ids)
    with pytest.raises(tf.errors.InvalidArgumentError):
        _once(lambda x, i: tf.unsorted_segment_sum(x, i, 4), _X, ids)
    assert runs[-1] is False


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize("axis", [0, 1, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2], []])
@pytest.mark.parametrize("keepdims", [True, False])
def test_reductions(runs: list[bool], axis: Any, keepdims: bool) -> None:
    _check(
        runs,
        lambda x: [
            function(x, axis, keepdims)
            for function in (
                tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min, tf.reduce_prod
            )
        ],
        _X,
        rtol=1e-13,
    )  # fmt: skip
    _check(
        runs,
        lambda x: [tf.reduce_any(x > 1, axis, keepdims), tf.reduce_all(x > -1, axis, keepdims)],
        _X,
    )
    _check(
        runs,
        lambda x: [tf.reduce_sum(x, axis, keepdims), tf.reduce_max(x, axis, keepdims)],
        (_X * 1e7).astype(np.int32),
    )


@pytest.mark.usefixtures("python_loops")
def test_extreme_values_with_nan(runs: list[bool]) -> None:
    x = np.asarray([[1, np.nan, 3], [np.nan, -np.inf, np.inf], [np.nan] * 3, [2, 5, 5]])
    _check(runs, lambda x: [tf.reduce_max(x, 1), tf.reduce_min(x, 0), tf.reduce_max(x)], x)
    _check(
        runs,
        lambda x: [tf.argmax(x, 1), tf.argmin(x, 0), tf.argmax(x, 1, output_type=tf.int32)],
        x,
    )
    _check(runs, lambda x: [tf.argmax(x), tf.argmin(x)], np.asarray([3, 7, 7, 1, 1]))


@pytest.mark.usefixtures("python_loops")
def test_softmax_and_one_hot(runs: list[bool]) -> None:
    _check(runs, lambda x: [tf.nn.softmax(x * 50), tf.nn.log_softmax(x)], _X, rtol=1e-12)
    ids = np.asarray([[0, 3], [-1, 1]])
    _check(
        runs,
        lambda i: [tf.one_hot(i, 3), tf.one_hot(i, 4, 2.5, -1.0, axis=0), tf.one_hot(i[0, 1], 5)],
        ids,
    )


@pytest.mark.usefixtures("python_loops")
@pytest.mark.parametrize("transpose_a", [True, False])
@pytest.mark.parametrize("transpose_b", [True, False])
@pytest.mark.parametrize(("m", "k", "n"), [(1, 10, 10), (3, 5, 2), (7, 1, 9), (4, 9, 4), (2, 0, 3)])
def test_products(
    runs: list[bool], m: int, k: int, n: int, transpose_a: bool, transpose_b: bool
) -> None:
    random = np.random.RandomState(1)
    a = random.randn(*((k, m) if transpose_a else (m, k)))
    b = random.randn(*((n, k) if transpose_b else (k, n)))

    def product(a: Any, b: Any) -> Any:
        return tf.matmul(a, b, transpose_a, transpose_b)

    _check(runs, product, a, b, rtol=1e-12)
    _check(runs, lambda a: product(a, tf.constant(b)), a, rtol=1e-12)
    ints = [(10 * value).astype(np.int32) for value in (a, b)]
    _check(runs, product, *ints)
    stacks = [np.stack([value, 2 * value, -value]) for value in (a, b)]
    _check(runs, product, *stacks, rtol=1e-12)
    _check(runs, lambda a, b: product(a, b[1:2]), *stacks, rtol=1e-12)


@pytest.mark.usefixtures("python_loops")
def test_what_does_not_depend_on_the_iteration(runs: list[bool]) -> None:
    with tf.Graph().as_default():
        x = tf.constant(_X[0])
        loop = tf.while_loop(
            lambda i, _: i < 3,
            lambda i, y: (i + 1, tf.matmul(y, tf.tanh(x), transpose_b=True)[:, :3] @ x * 0.1),
            (0, x),
        )
        with tf.Session() as session:
            found = session.run(loop[1])
    expected = _X[0]
    for _ in range(3):
        expected = expected @ np.tanh(_X[0]).T @ _X[0] * 0.1
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert runs == [True]


def test_machine_code_gives_the_same(runs: list[bool]) -> None:
    """numba's types are those that Python has."""
    names = [
        "abs",
        "atan",
        "elu",
        "exp",
        "floor",
        "is_nan",
        "leaky_relu",
        "log1p",
        "reciprocal",
        "sign",
        "sin",
    ]
    functions = [_functions()[name] for name in names]
    x = np.asarray([[0.25, 0.5, 0.75]] * 2, np.float32)
    _check(
        runs,
        lambda x: [
            *[function(x) for function in functions],
            tf.reduce_max(x, 0), tf.reduce_mean(x), tf.nn.softmax(x), tf.argmax(x, 1),
            tf.one_hot(tf.cast(x[:, 1] * 4, tf.int32), 4), tf.gather(x, [1, 0, 1]),
            tf.tile(x, [2, 2]), tf.matmul(x, x, transpose_b=True),
        ],
        x,
        rtol=2e-6,
    )  # fmt: skip
