"""Loops for groups of steps give what the kernels of the steps give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import graphflow as tf
from graphflow.compiler.fusion import MAX_ARRAYS, MAX_STEPS
from graphflow.compiler.loops import Loops, nest
from graphflow.core.jit import compiler
from graphflow.runtime import variant

_ONE_THREAD: dict[str, Any] = {"inter_op_parallelism_threads": 1}
_RUNS_BEFORE = 5


@pytest.fixture(autouse=True)
def compile_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> None:
    monkeypatch.setattr(variant, "_WORTH_COMPILING_NS", 1)
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")


def _run_fused(fetches: Any, feeds: dict[Any, Any]) -> tuple[Any, Any, list[int]]:
    """What the fetches are before and after loops are compiled; the sizes of the groups."""
    graph = tf.get_default_graph()
    with tf.Session(graph=graph, config=tf.ConfigProto(**_ONE_THREAD)) as session:
        before = session.run(fetches, feeds)
        for _ in range(_RUNS_BEFORE):
            session.run(fetches, feeds)
        compiler().submit(lambda: None).result()
        after = session.run(fetches, feeds)
        (plan,) = session._plans.values()
        (found,) = plan.variants.values()
        assert found.line is not None
        units = found.line._units
        groups = [len(u.fused.group.positions) for u in units if u.fused is not None]
    return before, after, groups


def _check(fetches: Any, feeds: dict[Any, Any]) -> list[int]:
    before, after, groups = _run_fused(fetches, feeds)
    for first, second in zip(before, after, strict=True):
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)
    return groups


class TestNest:
    def test_arrays_of_one_shape_have_one_axis(self) -> None:
        assert nest((2, 3, 4), [(2, 3, 4)] * 2) == Loops((24,), ((True,), (True,)))

    def test_axes_along_which_an_array_is_the_same_stay_apart(self) -> None:
        assert nest((2, 3, 4), [(2, 3, 4), (3, 1), (2, 1, 1)]) == Loops(
            (2, 3, 4), ((True, True, True), (False, True, False), (True, False, False))
        )

    def test_axes_of_size_one_do_not_count(self) -> None:
        assert nest((1, 5, 1), [(5, 1), (1,)]) == Loops((5,), ((True,), (False,)))

    def test_one_element_has_no_axis(self) -> None:
        assert nest((1, 1), [(), (1, 1)]) == Loops((), ((), ()))


def test_a_chain_becomes_one_loop() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 3])
        y = tf.nn.relu(x * 2.0 + [1.0, -5.0, 0.5]) - tf.constant([[0.25], [3.0]])
        feeds = {x: [[1, 2, 3], [4, 5, -6]]}
        before, after, groups = _run_fused([y], feeds)
    assert groups == [4]
    expected = [[2.75, -0.25, 6.25], [6.0, 2.0, -3.0]]
    np.testing.assert_array_equal(before[0], expected)
    np.testing.assert_array_equal(after[0], expected)


def test_inner_results_that_others_read_are_written_too() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float64, [3])
        y = x + 1.0
        z = y * y - x
        total = tf.reduce_sum(y)
        assert _check([z, total, y], {x: [0.5, -2.0, 7.0]}) == [3]


def test_a_step_that_another_one_waits_for_ends_a_group() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 2])
        y = x * 3.0 + 1.0
        product = tf.matmul(y, y)
        z = (product - y) * 2.0
        groups = _check([z], {x: [[1, -2], [0.5, 3]]})
    assert groups == [2, 2]


def test_special_numbers_and_whole_numbers() -> None:
    special = np.asarray([np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-45, 3.4e38], np.float32)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [7, 1])
        n = tf.placeholder(tf.int32, [3])
        y = tf.maximum(x, tf.transpose(x)) / (tf.minimum(x, 1.0) + x)
        chosen = tf.where(tf.logical_and(y > 0.5, tf.logical_not(x > 1.0) | (y > 2.0)), y, -y)
        whole = (n * n + n) * 65537
        _check([chosen, whole], {x: special[:, None], n: [2**31 - 1, -7, 12345]})


def test_numbers_of_one_element() -> None:
    with tf.Graph().as_default():
        step = tf.placeholder(tf.int32, [])
        rate = tf.constant(0.1) * (1.0 + tf.cast(step, tf.float32)) / 4.0
        row = tf.reshape(rate, [1, 1]) * [[3.0]] + 1.0
        groups = _check([rate, row], {step: 5})
    assert sum(groups) >= 4


def test_what_is_fed_may_be_any_view() -> None:
    wide = np.arange(24, dtype=np.float32).reshape(4, 6)
    frozen = np.broadcast_to(np.float32(3), (3, 4))
    with tf.Graph().as_default():
        x, y = (tf.placeholder(tf.float32, [3, 4]) for _ in range(2))
        z = (x + y) * y
        with tf.Session(config=tf.ConfigProto(**_ONE_THREAD)) as session:
            for _ in range(_RUNS_BEFORE + 1):
                session.run(z, {x: wide[:3, :4], y: wide[:3, :4]})
            compiler().submit(lambda: None).result()
            for a, b in ((wide.T[1:4], frozen), (wide[::-1][:3, ::-1][:, :4], wide[:3, :4])):
                np.testing.assert_array_equal(session.run(z, {x: a, y: b}), (a + b) * b)


def test_long_chains_and_wide_sums_are_cut() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [5])
        y = x
        for index in range(2 * MAX_STEPS):
            y = y * 0.5 + 1.0 / (index + 1)
        total = tf.add_n([y + tf.constant(np.full(5, k, np.float32)) for k in range(MAX_ARRAYS)])
        groups = _check([total], {x: [1, -2, 3, 0, 1e6]})
    assert max(groups) <= MAX_STEPS


def test_a_variable_is_read_before_it_is_written() -> None:
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0, 3.0])
        before = v * 2.0 + 1.0
        with tf.control_dependencies([before]):
            step = tf.assign_add(v, [1.0, 1.0, 1.0])
        after = before * step
        with tf.Session(config=tf.ConfigProto(**_ONE_THREAD)) as session:
            session.run(v.initializer)
            value = np.asarray([1, 2, 3], np.float32)
            for _ in range(_RUNS_BEFORE + 4):
                found = session.run([before, after])
                np.testing.assert_array_equal(found[0], 2 * value + 1)
                np.testing.assert_array_equal(found[1], (2 * value + 1) * (value + 1))
                value += 1
                compiler().submit(lambda: None).result()


_BINARY = [tf.add, tf.subtract, tf.multiply, tf.maximum, tf.minimum, tf.squared_difference]
_UNARY = [tf.negative, tf.square, tf.nn.relu]
_SHAPES = [(), (4,), (3, 1), (3, 4), (2, 1, 1), (2, 3, 4)]


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_random_graphs(data: st.DataObject) -> None:
    random = np.random.RandomState(data.draw(st.integers(0, 1000)))
    with tf.Graph().as_default():
        feeds = {
            tf.placeholder(tf.float32, shape): random.normal(size=shape).astype(np.float32)
            for shape in _SHAPES
        }
        values = list(feeds)
        for _ in range(data.draw(st.integers(3, 14))):
            first = values[data.draw(st.integers(0, len(values) - 1))]
            if data.draw(st.booleans()):
                second = values[data.draw(st.integers(0, len(values) - 1))]
                values.append(data.draw(st.sampled_from(_BINARY))(first, second))
            else:
                values.append(data.draw(st.sampled_from(_UNARY))(first))
        fetches = data.draw(st.lists(st.sampled_from(values[len(feeds) :]), min_size=1, max_size=3))
        _check([values[-1], *fetches], feeds)


def test_terms_of_a_long_sum_are_added_up_in_their_order() -> None:
    values = np.random.RandomState(4).normal(size=(100, 3)).astype(np.float32) * 1e4
    expected = values[0] * np.float32(2)
    for row in values[1:]:
        expected = expected + row * np.float32(2)
    with tf.Graph().as_default():
        two = tf.placeholder(tf.float32, [])
        rows = [tf.constant(row) * two for row in values]
        before, after, groups = _run_fused([tf.add_n(rows)], {two: 2.0})
    np.testing.assert_array_equal(before[0], expected)
    np.testing.assert_array_equal(after[0], expected)
    assert sum(groups) > 100
