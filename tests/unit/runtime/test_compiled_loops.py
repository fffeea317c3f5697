"""Compiled loops give what interpreted ones give."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import graphflow as tf
from graphflow.core.jit import obey_environment
from graphflow.runtime import loops, native_loop

pytestmark = pytest.mark.usefixtures("compiled_loops")


class Counts:
    """How often compiled loops were run, and how often they could not go on."""

    def __init__(self) -> None:
        self.ended = self.left = 0


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    found, run = Counts(), native_loop.NativeLoop.run

    def counted(*arguments: Any) -> bool:
        has_ended = run(*arguments)
        found.ended += has_ended
        found.left += not has_ended
        return has_ended

    monkeypatch.setattr(native_loop.NativeLoop, "run", counted)
    return found


def _run(fetches: Any, feeds: dict[Any, Any] | None = None) -> Any:
    with tf.Session(graph=tf.get_default_graph()) as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feeds)


def _interpreted(fetches: Any, feeds: dict[Any, Any] | None = None) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHFLOW_JIT", "0")
        obey_environment()
        return _run(fetches, feeds)


def _check(
    fetches: list[Any], feeds: dict[Any, Any] | None = None, *, exact: bool = False
) -> list[Any]:
    """Compare what compiled and interpreted loops give; return that."""
    found, expected = _run(fetches, feeds), _interpreted(fetches, feeds)
    for one, other in zip(found, expected, strict=True):
        assert type(one) is type(other)
        assert one.dtype == other.dtype
        if exact:
            np.testing.assert_array_equal(one, other)
        else:
            np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-5)
    return found  # type: ignore[no-any-return]


# -- loops by hand ---------------------------------------------------------------------------------


def test_scalars(counts: Counts) -> None:
    loop = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i * i), (0, 100))
    assert _check(list(loop), exact=True) == [5, 130]
    assert counts.ended == 1


def test_numbers_wrap_around(counts: Counts) -> None:
    loop = tf.while_loop(
        lambda i, _: i < 40, lambda i, p: (i + 1, p * 3 + i), (0, tf.constant(7, tf.int32))
    )
    _check(list(loop), exact=True)
    assert counts.ended == 1


def test_variables_that_change_places(counts: Counts) -> None:
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    loop = tf.while_loop(
        lambda i, *_: i < 3,
        lambda i, a, b, p, q: (i + 1, b, tf.transpose(a), q, p),
        (0, x, x * 10, 1, 2),
    )
    _, a, b, p, q = _check(list(loop), exact=True)
    np.testing.assert_array_equal(a, [[10, 30], [20, 40]])
    np.testing.assert_array_equal(b, [[1, 2], [3, 4]])
    assert (p, q) == (2, 1)
    assert counts.ended == 1


def test_a_loop_that_never_begins(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [2])
    _, y = tf.while_loop(lambda i, _: i < 0, lambda i, y: (i + 1, y * 2), (0, x))
    gradient = tf.gradients(y, x)[0]
    y_value, gradient_value = _check([y, gradient], {x: [3, 4]})
    np.testing.assert_array_equal(y_value, [3, 4])
    np.testing.assert_array_equal(gradient_value, [1, 1])
    assert counts.ended == 2


def test_a_limit_of_iterations(counts: Counts) -> None:
    x = tf.placeholder(tf.int32, [])
    y = tf.while_loop(lambda y: y < 100, lambda y: y + 7, [x], maximum_iterations=3)
    assert _run(y, {x: 0}) == 21
    assert _run(y, {x: 95}) == 102
    assert counts.ended == 2


def test_arrays_without_elements(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [0, 3])
    _, y = tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, tf.tanh(y) + 1), (0, x))
    assert _check([y], {x: np.zeros((0, 3))})[0].shape == (0, 3)
    assert counts.ended == 1


def test_a_matrix_power_with_its_gradient(counts: Counts) -> None:
    w = tf.placeholder(tf.float32, [3, 3])
    _, y = tf.while_loop(lambda i, _: i < 4, lambda i, y: (i + 1, tf.matmul(y, w)), (0, tf.eye(3)))
    gradient = tf.gradients(y, w)[0]
    value = np.asarray([[0.5, 0.25, 0], [0, 1, 0.5], [0.75, 0, 0.25]], np.float32)
    power, _ = _check([y, gradient], {w: value})
    np.testing.assert_allclose(power, np.linalg.matrix_power(value, 4), rtol=1e-5)
    assert counts.ended == 2


def test_a_gradient_agrees_with_differences(counts: Counts) -> None:
    x = tf.placeholder(tf.float64, [2, 3])
    _, y = tf.while_loop(
        lambda i, _: i < 5,
        lambda i, y: (i + 1, y * y * 0.5 + tf.reduce_mean(y, 1, keepdims=True) - x),
        (0, x),
    )
    gradient = tf.gradients(y, x)[0]
    value = np.random.RandomState(3).uniform(-0.5, 0.5, (2, 3))
    with tf.Session() as session:
        found = session.run(gradient, {x: value})
        for index in np.ndindex(2, 3):
            step = np.zeros((2, 3))
            step[index] = 1e-6
            above, below = (session.run(y, {x: value + s}).sum() for s in (step, -step))
            assert found[index] == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-7)
    assert counts.ended > 13


def test_second_derivatives(counts: Counts) -> None:
    x = tf.placeholder(tf.float64, [2])
    _, y = tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y * x), (0, x))
    first = tf.gradients(y, x)[0]
    second = tf.gradients(first, x)[0]
    values = _check([y, first, second], {x: [2.0, 3.0]})
    np.testing.assert_allclose(values, [[16, 81], [32, 108], [48, 108]])
    assert counts.ended >= 3


def test_values_from_outside_and_large_ones(counts: Counts) -> None:
    table = np.random.RandomState(1).randn(5000, 8).astype(np.float32)
    weights, ids = tf.constant(table), tf.placeholder(tf.int32, [3])
    _, y = tf.while_loop(
        lambda i, _: i < 6,
        lambda i, y: (i + 1, y * 0.5 + tf.gather(weights, ids + i)),
        (0, tf.zeros([3, 8])),
    )
    y_value = _check([y], {ids: [0, 4000, 17]})[0]
    expected = np.zeros((3, 8))
    for i in range(6):
        expected = expected / 2 + table[np.asarray([0, 4000, 17]) + i]
    np.testing.assert_allclose(y_value, expected, rtol=1e-5)
    assert counts.ended == 1


def test_a_variable_is_read_before_the_loop(counts: Counts) -> None:
    v = tf.get_variable("v", [2], initializer=tf.constant_initializer([1.5, -2]))
    _, y = tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y + v), (0, tf.zeros([2])))
    np.testing.assert_array_equal(_check([y])[0], [4.5, -6])
    assert counts.ended == 1


def test_bodies_with_effects_are_interpreted(counts: Counts) -> None:
    v = tf.get_variable("v", [], tf.int32, tf.zeros_initializer(), use_resource=True)

    def body(i: Any) -> Any:
        with tf.control_dependencies([v.assign_add(i)]):
            return i + 1

    assert _run([tf.while_loop(lambda i: i < 4, body, [0])]) == [4]
    assert counts.ended == counts.left == 0


def test_shapes_that_change_are_interpreted(counts: Counts) -> None:
    _, y = tf.while_loop(
        lambda i, _: i < 3,
        lambda i, y: (i + 1, tf.concat([y, y], 0)),
        (0, tf.ones([1])),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None])),
    )
    assert _run(y).shape == (8,)
    assert counts.ended == counts.left == 0


def test_other_shapes_are_compiled_anew(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [None])
    _, y = tf.while_loop(lambda i, _: i < 3, lambda i, y: (i + 1, y + x), (0, x))
    with tf.Session() as session:
        for size in (1, 4, 1, 0, 4):
            value = np.arange(size)
            np.testing.assert_array_equal(session.run(y, {x: value}), 4 * value)
    assert counts.ended == 5


def test_a_loop_in_a_loop(counts: Counts) -> None:
    def outer(i: Any, s: Any) -> Any:
        _, inner = tf.while_loop(lambda j, _: j < i, lambda j, t: (j + 1, t + j), (0, 0))
        return i + 1, s + inner

    assert _check(list(tf.while_loop(lambda i, s: i < 5, outer, (0, 0))), exact=True) == [5, 10]
    assert counts.ended == 5


def test_a_compiled_loop_that_is_slower_is_given_up(
    monkeypatch: pytest.MonkeyPatch, counts: Counts
) -> None:
    loop = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i * i), (0, 100))
    with tf.Session() as session:
        with monkeypatch.context() as patch:
            patch.setattr(loops, "WORTH_COMPILING_NS", 10**18)
            session.run(loop)
        body = loop[0].op.inputs[0].op.op.body
        measured = body.compiled[1][0].loops._interpreted
        for inputs in measured:
            measured[inputs] = 0.5
        for _ in range(6):
            assert session.run(loop) == (5, 130)
    assert (counts.ended, counts.left) == (3, 3)


# -- choices ---------------------------------------------------------------------------------------


def test_a_choice_in_each_iteration(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [3])

    def body(i: Any, y: Any, n: Any) -> Any:
        y, n = tf.cond(
            tf.equal(i % 3, 0),
            lambda: (y * x + 1, n + i),
            lambda: (tf.where(y > 0, -y, y * 2), n * 2),
        )
        return i + 1, y, n

    loop = tf.while_loop(lambda i, *_: i < 8, body, (0, x, 1))
    slope = tf.gradients(loop[1], x)[0]
    found = _check([*loop, slope], {x: [0.5, -1.5, 2]})
    y, n = np.asarray([0.5, -1.5, 2]), 1
    for i in range(8):
        y = y * [0.5, -1.5, 2] + 1 if i % 3 == 0 else np.where(y > 0, -y, y * 2)
        n = n + i if i % 3 == 0 else n * 2
    np.testing.assert_allclose(found[1], y, rtol=1e-5)
    assert found[2] == n
    assert counts.ended == 2


def test_a_choice_within_a_choice_that_reads_an_array(counts: Counts) -> None:
    array = tf.TensorArray(tf.float32, 4, clear_after_read=False).unstack([1.0, 3.0, 5.0, 7.0])

    def body(i: Any, s: Any) -> Any:
        def inner() -> Any:
            return tf.cond(s > 4, lambda: s - 3, lambda: s + array.read(i - 1))

        return i + 1, tf.cond(i > 0, inner, lambda: s + 0.5)

    _, s = tf.while_loop(lambda i, _: i < 5, body, (0, 0.0))
    assert _check([s], exact=True) == [8.5]  # by way of 0.5, 1.5, 4.5, 1.5
    assert counts.ended == 1


def test_an_error_in_the_branch_that_runs(counts: Counts) -> None:
    x, k = tf.constant([1.0, 2.0]), tf.placeholder(tf.int32, [])
    _, y = tf.while_loop(
        lambda i, _: i < 4,
        lambda i, y: (i + 1, tf.cond(i < k, lambda: y, lambda: y + tf.gather(x, i))),
        (0, 0.0),
    )
    assert _run(y, {k: 4}) == 0
    assert "2" in _message(y, {k: 1})
    assert (counts.ended, counts.left) == (1, 1)


# -- errors and signals ----------------------------------------------------------------------------


def _message(fetch: Any, feeds: dict[Any, Any]) -> str:
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        _run(fetch, feeds)
    with pytest.raises(tf.errors.InvalidArgumentError) as expected:
        _interpreted(fetch, feeds)
    assert str(caught.value) == str(expected.value)
    return str(caught.value)


def test_an_index_out_of_range(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [4])
    _, y = tf.while_loop(lambda i, _: i < 9, lambda i, s: (i + 1, s + tf.gather(x, i)), (0, 0.0))
    assert "4" in _message(y, {x: [1, 2, 3, 4]})
    assert counts.left == 1


def test_a_read_beyond_the_end(counts: Counts) -> None:
    array = tf.TensorArray(tf.float32, 3).unstack(tf.constant([1.0, 2.0, 3.0]))
    limit = tf.placeholder(tf.int32, [])
    _, y = tf.while_loop(lambda i, _: i < limit, lambda i, s: (i + 1, s + array.read(i)), (0, 0.0))
    assert "no item 3" in _message(y, {limit: 4})
    assert _run(y, {limit: 3}) == 6
    assert (counts.left, counts.ended) == (1, 1)


def test_a_division_by_zero(counts: Counts) -> None:
    x = tf.placeholder(tf.int32, [2])
    _, y = tf.while_loop(lambda i, _: i >= 0, lambda i, s: (i - 1, s + x // i), (tf.constant(2), x))
    assert "zero" in _message(y, {x: [8, 9]})
    assert counts.left == 1


def test_integer_division_and_remainders(counts: Counts) -> None:
    x = tf.placeholder(tf.int32, [5])
    _, y, z = tf.while_loop(
        lambda i, *_: i < 6,
        lambda i, y, z: (i + 1, y + x // i, z * 10 + x % (i - 4)),
        (2, x, x),
    )
    # The divisor 0 at the end makes the last iteration fail.
    with pytest.raises(tf.errors.InvalidArgumentError):
        _run(y, {x: [7, -7, 0, 5, -1]})
    _, y, z = tf.while_loop(
        lambda i, *_: i < 6,
        lambda i, y, z: (i + 1, y + x // i, z * 10 + x % (i - 8)),
        (2, x, x),
    )
    _check([y, z], {x: [7, -7, 0, 5, -1]}, exact=True)
    assert (counts.left, counts.ended) == (1, 1)


def test_a_failing_iteration_changes_nothing_before_it_is_repeated(counts: Counts) -> None:
    """The interpreted repetition sees the lists as they were."""
    x = tf.constant([5.0, 6.0])

    def body(i: Any, array: Any, total: Any) -> Any:
        old = array.read(0)
        array = array.write(0, old + 1)
        return i + 1, array, total + tf.gather(x, i - 3 * tf.cast(i > 1, tf.int32))

    array = tf.TensorArray(tf.float32, 1, clear_after_read=False).write(0, 10.0)
    loop = tf.while_loop(lambda i, *_: i < 3, body, (0, array, 0.0))
    assert "-1" in _message(loop[1].stack(), {})
    assert counts.left == 1


def test_a_deadline_stops_a_loop_without_end(counts: Counts) -> None:
    loop = tf.while_loop(lambda i: i >= 0, lambda i: (i + 1) % 1000, [0])
    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(loop, options=tf.RunOptions(timeout_in_ms=50))


def test_threads_share_a_compiled_loop(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [4])
    _, y = tf.while_loop(lambda i, _: i < 200, lambda i, y: (i + 1, y + x), (0, x))
    gradient = tf.gradients(y * y, x)[0]
    wrong: list[Any] = []
    with tf.Session() as session:

        def work(seed: int) -> None:
            value = np.random.RandomState(seed).randint(0, 50, 4).astype(np.float32)
            for _ in range(30):
                found = session.run([y, gradient], {x: value})
                expected = [201 * value, 2 * 201 * 201 * value]
                if not all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True)):
                    wrong.append(found)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong
    assert counts.ended > 0


# -- arrays of tensors -----------------------------------------------------------------------------


def test_map_and_its_gradient(counts: Counts) -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.map_fn(lambda row: tf.reduce_sum(row * row) + row, x)
    gradient = tf.gradients(y, x)[0]
    value = np.random.RandomState(4).randn(7, 3).astype(np.float32)
    found, slope = _check([y, gradient], {x: value})
    np.testing.assert_allclose(found, (value**2).sum(1, keepdims=True) + value, rtol=1e-5)
    np.testing.assert_allclose(slope, 6 * value + 1, rtol=1e-5)
    assert counts.ended == 2


def test_scan_and_fold_with_several_sequences(counts: Counts) -> None:
    a, b = tf.placeholder(tf.float32, [6]), tf.placeholder(tf.int32, [6, 2])
    scanned = tf.scan(
        lambda s, x: (s[0] * 0.5 + x[0], s[1] + x[1]), (a, b), (1.0, tf.zeros([2], tf.int32))
    )
    folded = tf.foldl(lambda s, x: s * 2 + x, a), tf.foldr(lambda s, x: s * 2 + x, a)
    gradient = tf.gradients([scanned[0], folded[0], folded[1]], a)[0]
    feeds = {a: [1, -2, 3, 0.5, 4, 7], b: np.arange(12).reshape(6, 2)}
    values = _check([*scanned, *folded, gradient], feeds)
    np.testing.assert_array_equal(values[1], np.cumsum(np.arange(12).reshape(6, 2), 0))
    assert values[2] == 2**5 - 2 * 2**4 + 3 * 8 + 0.5 * 4 + 4 * 2 + 7
    assert counts.ended >= 4


def test_an_array_that_gets_longer(counts: Counts) -> None:
    array = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    x = tf.placeholder(tf.float32, [2])
    _, array = tf.while_loop(
        lambda i, _: i < 300,
        lambda i, a: (i + 1, a.write(i, x * tf.cast(i, tf.float32))),
        (0, array),
    )
    stacked = array.stack()
    gradient = tf.gradients(stacked, x)[0]
    found, slope = _check([stacked, gradient], {x: [1, -3]})
    np.testing.assert_array_equal(found, np.arange(300)[:, None] * [1, -3])
    np.testing.assert_array_equal(slope, [44850, 44850])
    assert counts.ended == 2


def test_items_that_are_not_written_are_zeros(counts: Counts) -> None:
    array = tf.TensorArray(tf.float32, 5, element_shape=[2], clear_after_read=False)
    _, array, total = tf.while_loop(
        lambda i, *_: i < 4,
        lambda i, a, s: (i + 2, a.write(i, tf.fill([2], 7.0 - s)), s + tf.reduce_sum(a.read(i))),
        (0, array, 1.0),
    )
    found, total_value = _check([array.stack(), total], exact=True)
    np.testing.assert_array_equal(found, [[6, 6], [0, 0], [6, 6], [0, 0], [0, 0]])
    assert total_value == 1
    assert counts.ended == 1


def test_an_element_may_be_read_before_it_is_written_again(counts: Counts) -> None:
    array = tf.TensorArray(tf.int32, 3, clear_after_read=False).unstack([5, 7, 11])
    _, array, seen = tf.while_loop(
        lambda i, *_: i < 6,
        lambda i, a, s: (i + 1, a.write(i % 3, a.read((i + 1) % 3) + 1), s * 3 + a.read(i % 3)),
        (0, array, 0),
    )
    values, expected_seen = [5, 7, 11], 0
    for i in range(6):
        expected_seen = expected_seen * 3 + values[i % 3]
        values[i % 3] = values[(i + 1) % 3] + 1
    found, seen_value = _check([array.stack(), seen], exact=True)
    assert found.tolist() == values
    assert seen_value == expected_seen
    assert counts.ended == 1


def test_an_array_is_a_value_that_others_may_still_use(counts: Counts) -> None:
    array = tf.TensorArray(tf.float32, 2, clear_after_read=False).unstack([1.0, 2.0])
    _, changed = tf.while_loop(
        lambda i, _: i < 2, lambda i, a: (i + 1, a.write(i, 10.0 * a.read(i))), (0, array)
    )
    again = changed.write(0, -1.0)
    before, after, later = _check([array.stack(), changed.stack(), again.stack()], exact=True)
    assert before.tolist() == [1, 2]
    assert after.tolist() == [10, 20]
    assert later.tolist() == [-1, 20]
    assert counts.ended == 1


@pytest.mark.parametrize("lengths", [None, [3, 0, 6, 5]])
@pytest.mark.parametrize("batch", [4, None])
def test_a_recurrent_net_and_its_gradient(
    counts: Counts, batch: int | None, lengths: list[int] | None
) -> None:
    x = tf.placeholder(tf.float32, [batch, 6, 3])
    cell = tf.nn.rnn_cell.LSTMCell(5, initializer=tf.constant_initializer(0.1))
    outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=lengths, dtype=tf.float32)
    sources = [x, *tf.trainable_variables()]
    slopes = tf.gradients(tf.reduce_sum(outputs * outputs) + tf.reduce_sum(state.c), sources)
    value = np.random.RandomState(2).randn(4, 6, 3)
    _check([outputs, *state, *slopes], {x: value})
    assert counts.ended == 2


# -- bodies from a menu ----------------------------------------------------------------------------

_ROWS, _COLUMNS = 3, 4
_UNARY: list[Callable[[Any], Any]] = [
    tf.tanh,
    tf.sigmoid,
    tf.negative,
    tf.nn.relu,
    tf.square,
    lambda x: tf.exp(-x * x),
    lambda x: tf.transpose(tf.reshape(x, [_COLUMNS, _ROWS])),
    lambda x: tf.reverse(x, [1]),
    lambda x: tf.tile(x[:1], [_ROWS, 1]),
    lambda x: tf.concat([x[1:], x[:1]], 0),
    lambda x: tf.stack(tf.unstack(x, axis=1)[::-1], 1),
    lambda x: tf.concat(tf.split(x, 2, 1)[::-1], 1),
    lambda x: x - tf.reduce_mean(x, 0),
    lambda x: x / (1 + tf.reduce_sum(tf.abs(x * x), 1, keepdims=True)),
    lambda x: x - tf.reduce_max(x),
    lambda x: tf.cast(x > 0.25, tf.float32) * x,
    lambda x: tf.gather(x, [2, 0, 0]),
    lambda x: x[:, ::-1] * 0.5,
    lambda x: tf.matmul(x, x, transpose_b=True)[:, :1] * 0.1 + x,
    lambda x: tf.squeeze(tf.expand_dims(x, 1), 1) + tf.ones_like(x),
]
_BINARY: list[Callable[[Any, Any], Any]] = [
    tf.add,
    tf.subtract,
    lambda x, y: x * y * 0.5,
    tf.maximum,
    tf.minimum,
    lambda x, y: tf.where(x > y, x, y * 0.5),
    lambda x, y: tf.where(x[:, 0] > 0, x, y),
    lambda x, y: tf.matmul(tf.matmul(x, y, transpose_b=True), y) * 0.05,
    lambda x, y: tf.matmul(y, tf.matmul(x, y, transpose_a=True)) * 0.05,
    lambda x, y: tf.add_n([x, y, x]) / 3,
    lambda x, y: x + y[0],
    lambda x, y: tf.fill([_ROWS, _COLUMNS], tf.reduce_sum(x[:, 1])) * 0.1 - y,
]


def _program(draw: Callable[..., Any], values: list[Any]) -> list[Any]:
    """Some values computed from some others."""
    for _ in range(draw(st.integers(1, 6))):
        first, second = (values[draw(st.integers(0, len(values) - 1))] for _ in range(2))
        if draw(st.booleans()):
            made = _UNARY[draw(st.integers(0, len(_UNARY) - 1))](first)
        else:
            made = _BINARY[draw(st.integers(0, len(_BINARY) - 1))](first, second)
        values = [*values, tf.clip_by_value(made, -2.0, 2.0)]
    return values


def _load_for_python(source: str, name: str) -> SimpleNamespace:
    """A loop's function as Python runs it: it takes no time to compile."""
    names: dict[str, Any] = {}
    exec(source.replace("@machine_code", ""), names)
    run = names["run"]

    def call(*arguments: Any) -> int:
        with np.errstate(all="ignore"):
            return run(*arguments)  # type: ignore[no-any-return]

    return SimpleNamespace(run=call)


def _check_any_body(counts: Counts, data: st.DataObject) -> None:
    with tf.Graph().as_default():
        x, y = (tf.placeholder(tf.float32, [_ROWS, _COLUMNS]) for _ in range(2))

        def body(i: Any, a: Any, b: Any) -> Any:
            made = _program(data.draw, [a, b, x, tf.fill([_ROWS, _COLUMNS], 0.1)])
            chosen = [made[data.draw(st.integers(0, len(made) - 1))] for _ in range(2)]
            return i + 1, *chosen

        before = counts.ended
        _, a, b = tf.while_loop(lambda i, *_: i < 3, body, (0, x, y))
        slopes = [
            tf.zeros([]) if slope is None else slope
            for slope in tf.gradients([tf.reduce_sum(a * a), b], [x, y])
        ]
        random = np.random.RandomState(7)
        feeds = {x: random.randn(_ROWS, _COLUMNS), y: random.randn(_ROWS, _COLUMNS)}
        _check([a, b, *slopes], feeds)
        assert counts.ended > before


_HYPOTHESIS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(max_examples=40, **_HYPOTHESIS)
@given(st.data())
def test_any_body_and_its_gradient(counts: Counts, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_loop, "load", _load_for_python)
        patch.setattr(native_loop, "compile_apart", lambda function, arguments: None)
        _check_any_body(counts, data)


_LENGTH = 4
_INDICES: list[Callable[[Any], Any]] = [
    lambda i: i % _LENGTH,
    lambda i: (i + 1) % _LENGTH,
    lambda i: _LENGTH - 1 - i % _LENGTH,
    lambda i: i * i % _LENGTH,
    lambda i: 2,
]


def _array_step(draw: Callable[..., Any], i: Any, arrays: list[Any], values: list[Any]) -> None:
    """Read from, or write to, one of some arrays."""
    which, index = draw(st.integers(0, len(arrays) - 1)), draw(st.integers(0, len(_INDICES) - 1))
    at = _INDICES[index](i)
    value = values[draw(st.integers(0, len(values) - 1))]
    if draw(st.booleans()):
        values.append(tf.clip_by_value(arrays[which].read(at) * value, -2.0, 2.0))
    elif which:  # the first one is given, and stays as it is
        arrays[which] = arrays[which].write(at, value * 0.75)


@settings(max_examples=40, **_HYPOTHESIS)
@given(st.data())
def test_any_use_of_arrays_and_its_gradient(data: st.DataObject) -> None:
    with tf.Graph().as_default(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_loop, "load", _load_for_python)
        patch.setattr(native_loop, "compile_apart", lambda function, arguments: None)
        x, y = tf.placeholder(tf.float32, [_LENGTH, 2]), tf.placeholder(tf.float32, [2])

        def array(dynamic: bool = False) -> Any:
            return tf.TensorArray(
                tf.float32, _LENGTH, dynamic, clear_after_read=False, element_shape=[2]
            )

        given_array = array().unstack(x)
        starts = [array().unstack(x * 0.5), array(data.draw(st.booleans()))]

        def body(i: Any, one: Any, other: Any, total: Any) -> Any:
            arrays, values = [given_array, one, other], [y, total]
            for _ in range(data.draw(st.integers(1, 5))):
                _array_step(data.draw, i, arrays, values)
            return i + 1, arrays[1], arrays[2], values[-1]

        _, one, other, total = tf.while_loop(lambda i, *_: i < 6, body, (0, *starts, y))
        results = [one.stack(), other.stack(), total]
        slopes = [
            tf.zeros([]) if slope is None else slope
            for slope in tf.gradients([tf.reduce_sum(item * item) for item in results], [x, y])
        ]
        random = np.random.RandomState(8)
        _check([*results, *slopes], {x: random.randn(_LENGTH, 2), y: random.randn(2)})


@settings(max_examples=3, **_HYPOTHESIS)
@given(st.data())
def test_any_body_as_machine_code(counts: Counts, data: st.DataObject) -> None:
    _check_any_body(counts, data)
