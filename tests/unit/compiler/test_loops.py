"""Loops for groups of steps give what the kernels of the steps give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import graphflow as tf
from graphflow.compiler import nests, row_tiles
from graphflow.compiler.fusion import MAX_ARRAYS, MAX_PARTS
from graphflow.compiler.loop_arrays import Loops, find_loops
from graphflow.core.jit import compiler, obey_environment
from graphflow.runtime import fused, variant

_ONE_THREAD: dict[str, Any] = {"inter_op_parallelism_threads": 1}
_RUNS_BEFORE = 5


@pytest.fixture(autouse=True)
def compile_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> None:
    monkeypatch.setattr(variant, "WORTH_COMPILING_NS", 1)
    monkeypatch.setenv("GRAPHFLOW_JIT", "1")
    monkeypatch.setenv("GRAPHFLOW_PASSES", "-clusters")  # which would take groups in
    obey_environment()


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
        units = found.line.units
        groups = [len(u.fused.group.positions) for u in units if u.fused is not None]
    return before, after, groups


def _check(fetches: Any, feeds: dict[Any, Any]) -> list[int]:
    before, after, groups = _run_fused(fetches, feeds)
    for first, second in zip(before, after, strict=True):
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)
    return groups


def _check_about(fetches: Any, feeds: dict[Any, Any]) -> list[int]:
    """Like `_check`, for sums and functions, whose last digits may differ."""
    before, after, groups = _run_fused(fetches, feeds)
    for first, second in zip(before, after, strict=True):
        assert first.dtype == second.dtype
        assert np.shape(first) == np.shape(second)
        np.testing.assert_allclose(first, second, rtol=2e-5, atol=1e-5)
    return groups


class TestNest:
    def test_arrays_of_one_shape_have_one_axis(self) -> None:
        assert find_loops((2, 3, 4), [(2, 3, 4)] * 2) == Loops((24,), ((True,), (True,)), (0,))

    def test_axes_along_which_an_array_is_the_same_stay_apart(self) -> None:
        assert find_loops((2, 3, 4), [(2, 3, 4), (3, 1), (2, 1, 1)]) == Loops(
            (2, 3, 4), ((True, True, True), (False, True, False), (True, False, False)), (0, 1, 2)
        )

    def test_axes_of_size_one_do_not_count(self) -> None:
        assert find_loops((1, 5, 1), [(5, 1), (1,)]) == Loops((5,), ((True,), (False,)), (1,))

    def test_axes_may_be_kept_apart(self) -> None:
        found = find_loops((2, 3, 4), [(2, 3, 4)], frozenset({1}))
        assert found == Loops((2, 12), ((True, True),), (0, 1))

    def test_one_element_has_no_axis(self) -> None:
        assert find_loops((1, 1), [(), (1, 1)]) == Loops((), ((), ()), ())


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
        assert _check([z, total, y], {x: [0.5, -2.0, 7.0]}) == [4]


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
        for index in range(2 * MAX_PARTS):
            y = y * 0.5 + 1.0 / (index + 1)
        total = tf.add_n([y + tf.constant(np.full(5, k, np.float32)) for k in range(MAX_ARRAYS)])
        groups = _check([total], {x: [1, -2, 3, 0, 1e6]})
    assert max(groups) <= MAX_PARTS


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


class TestReductions:
    @pytest.mark.parametrize("axes", [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2], []])
    @pytest.mark.parametrize("keepdims", [False, True])
    def test_along_any_axes(self, axes: list[int], keepdims: bool) -> None:
        values = np.random.RandomState(3).normal(size=(3, 5, 4))
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [3, 5, 4])
            y = x * 2.0 + 1.0
            sums = [
                reduce(y, axes, keepdims=keepdims)
                for reduce in (tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min)
            ]
            groups = _check_about([*sums, y], {x: values})
        assert len(groups) == 1

    def test_what_reads_a_reduction_joins_in(self) -> None:
        values = np.asarray([[1, 4], [3, -2], [8, 1]], np.float32)
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [3, 2])
            mean, variance = tf.nn.moments(x, [0])
            y = tf.nn.relu((x - mean) * tf.rsqrt(variance + 1e-3))
            groups = _check_about([y, tf.gradients(y * y, x)[0]], {x: values})
        assert len(groups) == 1

    def test_special_values(self) -> None:
        nan, inf = np.nan, np.inf
        odd = [[nan, 1, -inf], [2, nan, 1], [inf, 1, 2], [-inf, 1, 2], [inf, -inf, 2], [-0.0, 0, 0]]
        for axis in (0, 1):
            with tf.Graph().as_default():
                x = tf.placeholder(tf.float32, [6, 3])
                y = -x
                fetches = [
                    reduce(y, axis) for reduce in (tf.reduce_sum, tf.reduce_max, tf.reduce_min)
                ]
                _check(fetches, {x: odd})

    def test_whole_numbers_wrap(self) -> None:
        for dtype in (tf.int32, tf.int64):
            limits = np.iinfo(dtype.as_numpy_dtype)
            values = [[limits.max, 3, -7], [limits.min, 5, -9], [limits.max, 1, 1]]
            with tf.Graph().as_default():
                x = tf.placeholder(dtype, [3, 3])
                y = x - 1
                fetches = [
                    reduce(y, axis)
                    for reduce in (tf.reduce_sum, tf.reduce_max, tf.reduce_min)
                    for axis in (0, 1, None)
                ]
                _check(fetches, {x: values})

    def test_rows_and_columns_at_once_with_functions(self) -> None:
        values = np.random.RandomState(5).normal(size=(7, 600))
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [7, 600])
            y = tf.tanh(x)
            wide = tf.cast(y, tf.float64)
            fetches = [tf.reduce_sum(v, axis) for v in (y, wide) for axis in (0, 1, None)]
            assert _check_about([*fetches, tf.nn.l2_loss(y)], {x: values}) == [9]

    def test_sums_of_many_numbers_are_accurate(self) -> None:
        values = np.random.RandomState(6).uniform(0, 1, 1_000_000).astype(np.float32)
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [1_000_000])
            matrix = tf.reshape(x, [10_000, 100])
            fetches = [
                tf.reduce_sum(tf.exp(-x)),
                tf.reduce_sum(x * x),
                tf.reduce_sum(matrix * matrix, 0),
            ]
            _, after, _ = _run_fused(fetches, {x: values})
        exact = values.astype(np.float64)
        squares = (values * values).astype(np.float64)
        np.testing.assert_allclose(after[0], np.exp(-exact).sum(), rtol=2e-7)
        np.testing.assert_allclose(after[1], squares.sum(), rtol=2e-7)
        np.testing.assert_allclose(after[2], squares.reshape(-1, 100).sum(0), rtol=2e-7)

    @pytest.mark.parametrize("size", [3, 10, 31])
    def test_short_rows(self, size: int) -> None:
        random = np.random.RandomState(size)
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [2, 300, size])
            row, number = (
                tf.placeholder(tf.float32, [size]),
                tf.placeholder(tf.float32, [2, 300, 1]),
            )
            y = tf.tanh(x * row + number)
            wide = tf.cast(y, tf.float64) + 1.0
            sums = [tf.reduce_sum(v, a) for v in (y, wide) for a in ([0, 1], [1], [0], [2], None)]
            extremes = [f(y, a) for f in (tf.reduce_max, tf.reduce_min) for a in ([1], [0, 1, 2])]
            feeds = {t: random.normal(size=t.shape.as_list()) for t in (x, row, number)}
            _check_about([y * row, *sums, *extremes], feeds)

    @pytest.mark.parametrize("size", [4, 700])
    def test_rows_apart_need_no_memory_in_between(self, size: int) -> None:
        values = np.random.RandomState(size).normal(size=(400_000 // size, size))
        with tf.Graph().as_default() as graph:
            x = tf.placeholder(tf.float32, values.shape)
            mean, variance = tf.nn.moments(x, [1], keepdims=True)
            y = tf.nn.softmax((x - mean) * tf.rsqrt(variance + 1e-3))
            z = tf.nn.softmax(y * 3.0 - tf.reduce_max(y, 1, keepdims=True))
            fetches = [z, tf.reduce_sum(z * y, 1)]
            fused = _FusedByHand(graph, fetches, 2)
            with tf.Session(graph=graph) as session:
                expected = session.run(fetches, {x: values})
            found = fused.run({x: values})
            assert fused.chunks > 1
            assert fused.memory < values.size
        for first, second in zip(expected, found, strict=True):
            np.testing.assert_allclose(second, first, rtol=3e-5, atol=1e-6)

    def test_rows_apart_that_are_short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nests, "CHUNK_NS", 0.01)
        monkeypatch.setattr(row_tiles, "_TILE", 6)
        values = np.random.RandomState(4).normal(size=(7, 5, 3, 2))
        with tf.Graph().as_default():
            x, row = tf.placeholder(tf.float32, [7, 5, 3, 2]), tf.placeholder(tf.float32, [2])
            y = tf.expand_dims(x * row, -1) * 2.0
            z = tf.reduce_sum(tf.squeeze(y, -1) - row, 3)
            fetches = [z * z + 1.0, tf.reduce_max(z, 2) * 3.0]
            assert len(_check_about(fetches, {x: values, row: [0.5, -3.0]})) == 1

    def test_of_nothing(self) -> None:
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [0, 3])
            y = x * 2.0
            fetches = [tf.reduce_sum(y, 0) + 1.0, tf.reduce_mean(y, 0), tf.reduce_max(y, 1)]
            _check(fetches, {x: np.zeros((0, 3))})


def test_changes_of_shape_cost_nothing() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 3])
        column = tf.expand_dims(tf.reshape(x + 1.0, [6]) * 2.0, 1)
        y = tf.broadcast_to(column, [6, 2]) * [1.0, -1.0] + tf.zeros_like(column)
        squeezed = tf.squeeze(tf.reshape(y, [1, 12]), 0)
        groups = _check([squeezed, column], {x: [[1, 2, 3], [-4, 5, 0.5]]})
    assert len(groups) == 1


_FUNCTIONS_OF_ONE: list[Any] = [
    tf.abs, tf.ceil, tf.cast, tf.erf, tf.exp, tf.expm1, tf.floor, tf.log1p, tf.nn.elu,
    tf.nn.leaky_relu, tf.nn.relu, tf.nn.relu6, tf.nn.selu, tf.nn.softplus, tf.nn.softsign,
    tf.reciprocal, tf.rint, tf.round, tf.rsqrt, tf.sigmoid, tf.square, tf.tanh, tf.ones_like,
]  # fmt: skip
_FUNCTIONS_OF_TWO: list[Any] = [
    tf.add, tf.div_no_nan, tf.divide, tf.maximum, tf.minimum, tf.multiply, tf.squared_difference,
    tf.subtract, tf.math.xdivy, tf.math.xlogy,
]  # fmt: skip


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
def test_functions_and_their_gradients(dtype: Any) -> None:
    special = [np.nan, np.inf, -np.inf, -0.0, 0.0, 1e-40, 0.3, -0.7, 1.0, 2.5, -3.5, 6.0, 90.0]
    values = np.asarray(special)
    with tf.Graph().as_default():
        x, y = tf.placeholder(dtype, [13, 1]), tf.placeholder(dtype, [13])
        two = x + y
        fetches: list[Any] = [tf.is_nan(two), tf.is_inf(two), tf.is_finite(two)]
        for function in _FUNCTIONS_OF_ONE:
            value = tf.cast(two > 0, dtype) if function is tf.cast else function(two)
            fetches += [value, *[g for g in tf.gradients(value, two) if g is not None]]
        for function in _FUNCTIONS_OF_TWO:
            value = function(two, y)
            fetches += [value, tf.gradients(value, two)[0]]
        before, after, groups = _run_fused(fetches, {x: values[:, None], y: values})
    assert sum(groups) > len(fetches) * (0.6 if dtype is tf.float64 else 0.9)
    for fetch, first, second in zip(fetches, before, after, strict=True):
        np.testing.assert_allclose(first, second, rtol=6e-7, atol=3e-7, err_msg=fetch.name)


def test_a_group_that_cannot_be_compiled_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(function: Any, arguments: Any) -> None:
        if len(arguments) == 3:  # the sizes and two arrays
            raise RuntimeError("no")

    monkeypatch.setattr(fused, "compile_apart", refuse)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 2])
        y = x + x * x
        z = tf.matmul(y, y) * y + x
        assert _check([z], {x: [[1, -2], [0.5, 3]]}) == [2]
    assert "numba cannot compile a loop" in caplog.text


def test_simple_powers() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [4])
        y = x**2 + x**-1.0
        fetches = [y, *tf.gradients(y, x), x**0.5 + 1.0]
        assert sum(_check(fetches, {x: [0.3, -1.7, 0.0, np.inf]})) > 4


class TestPartsOfArrays:
    def test_a_cell_of_a_recurrent_net_is_one_function(self) -> None:
        random = np.random.RandomState(3)
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [5, 12])
            c = tf.placeholder(tf.float32, [5, 3])
            row = tf.placeholder(tf.float32, [5, 2])
            i, j, f, o = tf.split(x + tf.constant(np.arange(12, dtype=np.float32) / 9), 4, axis=1)
            new = c * f + i * j
            joined = tf.concat([row, new * o], 1)
            feeds = {t: random.normal(size=t.shape.as_list()) for t in (x, c, row)}
            assert len(_check([joined, new], feeds)) == 1

    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_along_any_axis(self, axis: int) -> None:
        values = np.arange(4 * 6 * 2).reshape(4, 6, 2) / 8
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [4, 6, 2])
            first, second = tf.split(x * 2.0, 2, axis=axis)
            swapped = tf.concat([second + 1.0, first * second, first], axis)
            parts = tf.split(swapped, [1, swapped.shape[axis].value - 1], axis=axis)
            fetches = [swapped, tf.stack([first + 1.0, second], 0), parts[1] * 2.0, parts[0] + 1.0]
            groups = _check(fetches, {x: values})
        assert len(groups) == 1

    def test_slices(self) -> None:
        values = np.arange(5 * 6 * 4).reshape(5, 6, 4) / 8
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [5, 6, 4])
            y = x * 2.0
            slices = [
                y[1:3], y[:, 2:5], y[:, :, 1:3], y[1:4, 2:3], y[2], y[:, 1], y[:, :, 3], y[::2],
                y[1:3, :, 1:2], tf.slice(y, [1, 2, 0], [2, 2, -1]), y[4, 5, 3], y[..., tf.newaxis],
                tf.reshape(y[:, 2:5], [5, 12]), tf.reshape(y[:, 2:5], [30, 2]), y[:, 1:5][:, 1:2],
            ]  # fmt: skip
            _check([piece * piece + 1.0 for piece in slices], {x: values})

    def test_the_parts_of_what_was_fed(self) -> None:
        values = np.arange(24).reshape(4, 6) / 8
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [4, 6])
            rows = tf.unstack(x)
            total = rows[0] * rows[1] + rows[2] * rows[3]
            stacked = tf.stack([total, rows[0] + 1.0, rows[3] + total])
            assert len(_check([stacked, rows[1]], {x: values})) == 1

    def test_a_sum_of_what_is_joined(self) -> None:
        values = np.arange(24).reshape(4, 6) / 8
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [4, 6])
            joined = tf.concat([x * 2.0, x + 1.0], 1)
            fetches = [tf.reduce_sum(joined, 0), tf.reduce_max(joined, 1) * 2.0]
            assert len(_check_about(fetches, {x: values})) == 1


def test_an_array_in_two_shapes() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [3, 3])
        row = tf.reduce_sum(x * 2.0, 1)
        table = tf.reshape(row, [3, 1]) * tf.reshape(row, [1, 3]) + x
        _check_about([table], {x: np.arange(9).reshape(3, 3) / 3})


def test_softmax_and_cross_entropies() -> None:
    logits = np.random.RandomState(7).normal(size=(6, 10)) * 30
    logits[1] = -np.inf
    logits[2, 3], logits[3, 4], logits[4, 5] = np.nan, np.inf, -np.inf
    labels = np.eye(10)[[3, 1, 4, 1, 5, 9]]
    with tf.Graph().as_default():
        x, y = (tf.placeholder(tf.float32, [6, 10]) for _ in range(2))
        loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=x)
        fetches = [loss, *tf.gradients(loss, [x, y]), tf.nn.softmax(x), tf.nn.log_softmax(x)]
        assert len(_check_about(fetches, {x: logits, y: labels})) >= 1


@pytest.mark.parametrize("axis", [0, 1, None])
def test_large_loops_give_the_same_bits_on_any_number_of_threads(axis: int | None) -> None:
    values = np.random.RandomState(8).normal(size=(501, 900)).astype(np.float32)
    found = []
    for threads in (1, 2, 3):
        with tf.Graph().as_default() as graph:
            x = tf.placeholder(tf.float32, [501, 900])
            y = tf.tanh(x) * tf.exp(-x)
            total = tf.reduce_sum(y, axis, keepdims=True)
            fetches = [total, y / total, tf.reduce_max(y, axis)]
            fused = _FusedByHand(graph, fetches, threads)
            found.append(fused.run({x: values}))
            assert fused.chunks > 1
    for other in found[1:]:
        for first, second in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(first, second)


class _FusedByHand:
    """A session whose run is one line of fused groups, whatever the number of its threads."""

    def __init__(self, graph: Any, fetches: Any, threads: int) -> None:
        self._fetches = fetches
        self._session = tf.Session(
            graph=graph, config=tf.ConfigProto(inter_op_parallelism_threads=threads)
        )
        self.chunks = self.memory = 0

    def run(self, feeds: dict[Any, Any]) -> Any:
        with self._session as session:
            session.run(self._fetches, feeds)
            (plan,) = session._plans.values()
            (found,) = plan.variants.values()
            found._fuse(plan)
            found.is_parallel = False
            result = session.run(self._fetches, feeds)
            self.memory = found.line._arena.layout.size
            self.chunks = max(
                item.call.chunks
                for unit in found.line.units
                if unit.fused is not None
                for item in unit.fused.calls
            )
        return result


def test_steps_move_past_writes_of_variables_unharmed() -> None:
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0, 3.0])
        x = tf.placeholder(tf.float32, [3])
        first = x * 2.0 + v
        product = tf.reduce_sum(first)
        with tf.control_dependencies([product]):
            update = tf.assign(v, first)
        with tf.control_dependencies([update]):
            second = update * 3.0 + x
            late = x * 5.0 + first
        value = np.asarray([1, 2, 3], np.float32)
        fed = np.asarray([0.5, -1, 2], np.float32)
        with tf.Session(config=tf.ConfigProto(**_ONE_THREAD)) as session:
            session.run(v.initializer)
            for _ in range(_RUNS_BEFORE + 4):
                found = session.run([first, second, late], {x: fed})
                value = fed * 2 + value
                np.testing.assert_array_equal(found[0], value)
                np.testing.assert_array_equal(found[1], value * 3 + fed)
                np.testing.assert_array_equal(found[2], fed * 5 + value)
                compiler().submit(lambda: None).result()


_BINARY = [tf.add, tf.subtract, tf.multiply, tf.maximum, tf.minimum, tf.squared_difference]
_UNARY = [tf.negative, tf.square, tf.nn.relu]
_REDUCTIONS = [tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min]
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


_SIZES = [(), (1,), (5,), (1, 5), (3, 1), (3, 5), (2, 3, 5), (2, 1, 5), (0, 5), (4, 2, 3, 5)]
_LONG_ROWS = [(40,), (3, 40), (3, 1), (2, 1, 40), (2, 3, 40), ()]


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_random_graphs_with_reductions(data: st.DataObject) -> None:
    random = np.random.RandomState(data.draw(st.integers(0, 1000)))
    with tf.Graph().as_default():
        among = data.draw(st.sampled_from([_SIZES, _LONG_ROWS]))
        shapes = data.draw(st.lists(st.sampled_from(among), min_size=2, max_size=5))
        feeds = {
            tf.placeholder(tf.float32, shape): random.uniform(-1, 1, shape).astype(np.float32)
            for shape in shapes
        }
        values = list(feeds)
        for _ in range(data.draw(st.integers(3, 14))):
            values.append(_drawn_step(data, values))
        fetches = data.draw(st.lists(st.sampled_from(values[len(feeds) :]), min_size=1, max_size=3))
        with pytest.MonkeyPatch.context() as patch:
            if data.draw(st.booleans()):  # chunks although the arrays are small
                patch.setattr(nests, "CHUNK_NS", 0.01)
                patch.setattr(row_tiles, "_TILE", 6)
            _check_about([values[-1], *fetches], feeds)


def _drawn_step(data: st.DataObject, values: list[Any]) -> Any:
    first = data.draw(st.sampled_from(values))
    kind = data.draw(
        st.sampled_from(["binary", "unary", "reduce", "shape", "spread", "slice", "join"])
    )
    rank = first.shape.ndims
    if kind == "binary":
        fitting = [v for v in values if _broadcast(first, v)]
        return data.draw(st.sampled_from(_BINARY))(first, data.draw(st.sampled_from(fitting)))
    if kind == "reduce":
        axes = data.draw(st.sets(st.integers(0, rank - 1))) if rank else set()
        reduce = data.draw(st.sampled_from(_REDUCTIONS))
        return reduce(first, sorted(axes), keepdims=data.draw(st.booleans()))
    if kind == "shape":
        return tf.reshape(
            first, data.draw(st.sampled_from([[-1], [first.shape.num_elements(), 1]]))
        )
    if kind == "slice" and rank and first.shape[-1].value > 1:
        size = first.shape[-1].value
        start = data.draw(st.integers(0, size - 1))
        return first[..., start : data.draw(st.integers(start + 1, size))]
    if kind == "join" and rank:
        axis = data.draw(st.integers(0, rank - 1))
        return tf.concat([first, first * 2.0, first], axis)
    if kind == "spread":
        return tf.broadcast_to(first, [2, *first.shape.as_list()]) * 0.5
    return data.draw(st.sampled_from(_UNARY))(first)


def _broadcast(first: Any, second: Any) -> bool:
    try:
        shape = np.broadcast_shapes(first.shape.as_list(), second.shape.as_list())
    except ValueError:
        return False
    return int(np.prod(shape)) <= 5000


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
