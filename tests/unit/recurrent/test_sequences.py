"""Cells over sequences: in a loop, step by step, both ways, with ends, and with gradients."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient

rnn_cell = tf.nn.rnn_cell
LENGTHS = [4, 2, 0]
X = np.random.RandomState(0).randn(3, 4, 2).astype(np.float32)


def run(fetches, feed_dict=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feed_dict)


def cells():
    return [
        rnn_cell.BasicRNNCell(3),
        rnn_cell.GRUCell(3),
        rnn_cell.MultiRNNCell([rnn_cell.LSTMCell(3), rnn_cell.BasicLSTMCell(2)]),
    ]


@pytest.fixture(autouse=True)
def initializer():
    tf.get_variable_scope().set_initializer(tf.random_uniform_initializer(-1, 1, seed=5))


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_a_loop_gives_what_written_out_steps_give(index, lengths):
    with tf.variable_scope("net"):
        looped = tf.nn.dynamic_rnn(cells()[index], X, lengths, dtype=tf.float32)
    with tf.variable_scope("net", reuse=True):
        steps = [tf.constant(X[:, time]) for time in range(4)]
        outputs, state = tf.nn.static_rnn(
            cells()[index], steps, dtype=tf.float32, sequence_length=lengths
        )
    assert looped[0].shape.as_list() == [3, 4, outputs[0].shape.as_list()[1]]
    names = [v.name for v in tf.global_variables()]
    assert all(name.startswith("net/rnn/") for name in names)
    (found, found_state), (expected, expected_state) = run([looped, (tf.stack(outputs, 1), state)])
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    for one, other in zip(
        tf.nest.flatten(found_state), tf.nest.flatten(expected_state), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5)
    if lengths is not None:
        assert (found[1, 2:] == 0).all()
        assert (found[2] == 0).all()


def test_the_state_stays_where_a_sequence_has_ended():
    start = tf.constant(np.full((3, 3), 0.5, np.float32))
    outputs, state = tf.nn.dynamic_rnn(cells()[1], X, LENGTHS, initial_state=start)
    outputs, state = run([outputs, state])
    np.testing.assert_array_equal(state[0], outputs[0, 3])
    np.testing.assert_array_equal(state[1], outputs[1, 1])
    np.testing.assert_array_equal(state[2], [0.5, 0.5, 0.5])


def test_time_first_and_sizes_that_only_a_run_tells():
    x = tf.placeholder(tf.float32, [None, None, 2])
    lengths = tf.placeholder(tf.int32, [None])
    with tf.variable_scope("net"):
        batch_first, _ = tf.nn.dynamic_rnn(cells()[1], x, lengths, dtype=tf.float32)
    with tf.variable_scope("net", reuse=True):
        time_first, _ = tf.nn.dynamic_rnn(
            cells()[1], tf.transpose(x, [1, 0, 2]), lengths, dtype=tf.float32, time_major=True
        )
    assert batch_first.shape.as_list() == [None, None, 3]
    found, other = run([batch_first, time_first], {x: X, lengths: LENGTHS})
    np.testing.assert_allclose(found, other.transpose(1, 0, 2))
    with pytest.raises(tf.errors.InvalidArgumentError, match="one element for each example"):
        run(batch_first, {x: X, lengths: [1, 2]})


def test_gradients():
    class Fixed(rnn_cell.RNNCell):
        state_size = output_size = 2

        def call(self, inputs, state):
            new = tf.tanh(inputs * 0.75 + state * inputs[:, ::-1])
            return new * state, new

    x = X.astype(np.float64)
    check_gradient(
        lambda x: tf.nn.dynamic_rnn(Fixed(), x, LENGTHS, dtype=tf.float64)[0], x, order=2
    )


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_both_ways(lengths):
    forwards, backwards = rnn_cell.GRUCell(3), rnn_cell.GRUCell(2)
    with tf.variable_scope("net"):
        looped = tf.nn.bidirectional_dynamic_rnn(forwards, backwards, X, lengths, dtype=tf.float32)
    with tf.variable_scope("net", reuse=True):
        steps = [tf.constant(X[:, time]) for time in range(4)]
        written_out = tf.nn.static_bidirectional_rnn(
            rnn_cell.GRUCell(3), rnn_cell.GRUCell(2), steps, dtype=tf.float32,
            sequence_length=lengths,
        )  # fmt: skip
    assert [v.name for v in tf.global_variables()][:1] == [
        "net/bidirectional_rnn/fw/gru_cell/gates/kernel:0"
    ]
    (found, states), (expected, *expected_states) = run([looped, written_out])
    np.testing.assert_allclose(np.concatenate(found, 2), np.stack(expected, 1), rtol=1e-5)
    for one, other in zip(states, expected_states, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_raw_rnn_gives_what_dynamic_rnn_gives():
    array = tf.TensorArray(tf.float32, size=4).unstack(X.transpose(1, 0, 2))
    lengths = tf.constant(LENGTHS)
    cell = rnn_cell.GRUCell(3)

    def loop(time, output, state, loop_state):
        finished = time >= lengths
        next_state = cell.zero_state(3, tf.float32) if output is None else state
        next_input = tf.cond(
            tf.reduce_all(finished), lambda: tf.zeros([3, 2]), lambda: array.read(time)
        )
        next_input.set_shape([3, 2])
        return finished, next_input, next_state, output, None

    with tf.variable_scope("net"):
        emitted, state, loop_state = tf.nn.raw_rnn(cell, loop)
    with tf.variable_scope("net", reuse=True):
        expected = tf.nn.dynamic_rnn(rnn_cell.GRUCell(3), X, LENGTHS, dtype=tf.float32)
    assert loop_state is None
    found, expected = run([(emitted.stack(), state), expected])
    np.testing.assert_allclose(found[0].transpose(1, 0, 2), expected[0], rtol=1e-5)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5)


def test_a_state_that_is_saved_between_runs():
    kept = tf.Variable(tf.zeros([3, 3]), trainable=False)

    class Saver:
        def state(self, name):
            assert name == "h"
            return kept.read_value()

        def save_state(self, name, value):
            return tf.assign(kept, value)

    steps = [tf.constant(X[:, time]) for time in range(4)]
    outputs, state = tf.nn.static_state_saving_rnn(rnn_cell.GRUCell(3), steps, Saver(), "h")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, last = session.run([state, outputs[-1]])
        np.testing.assert_array_equal(session.run(kept), first)
        np.testing.assert_array_equal(first, last)
        assert (session.run(state) != first).any()


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: tf.nn.dynamic_rnn(3, X, dtype=tf.float32), TypeError, "not an RNNCell"),
        (lambda: tf.nn.dynamic_rnn(cells()[0], X), ValueError, "must give a dtype"),
        (
            lambda: tf.nn.dynamic_rnn(
                cells()[0], tf.placeholder(tf.float32, [3, 4, None]), dtype=tf.float32
            ),
            ValueError,
            "depth of inputs",
        ),
        (
            lambda: tf.nn.dynamic_rnn(cells()[0], X, [[1]], dtype=tf.float32),
            ValueError,
            "must be a vector",
        ),
        (lambda: tf.nn.static_rnn(cells()[0], [], dtype=tf.float32), ValueError, "empty"),
        (lambda: tf.nn.static_rnn(cells()[0], tf.constant(X)), TypeError, "sequence"),
        (lambda: tf.nn.static_rnn(cells()[0], [X[:, 0]]), ValueError, "dtype must be specified"),
        (lambda: tf.nn.raw_rnn(cells()[0], None), TypeError, "callable"),
    ],
)
def test_errors(build, error, message):
    with pytest.raises(error, match=message):
        build()
