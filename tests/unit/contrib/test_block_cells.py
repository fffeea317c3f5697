"""Cells whose steps are one op compute what those of many ops do, with the same weights."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

rnn = tf.contrib.rnn
X = np.random.RandomState(3).normal(size=[5, 3, 4]).astype(np.float32)  # [time, batch, n]
LENGTHS = [5, 2, 0]


def values_and_slopes(run, names=None):
    """Outputs, state and gradients of what a function builds, with fixed weights."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(X)
        outputs, state = run(x)
        weights = tf.trainable_variables()
        loss = tf.reduce_sum(outputs * tf.cos(tf.range(1.0, 7.0))) + tf.add_n(
            [tf.reduce_sum(tf.sin(part)) for part in tf.contrib.framework.nest.flatten(state)]
        )
        slopes = tf.gradients(loss, [x, *weights])
        session.run(tf.global_variables_initializer())
        random = np.random.RandomState(5)
        for weight in weights:
            weight.load(random.normal(size=weight.shape.as_list()) * 0.5, session)
        if names is not None:
            assert [weight.op.name for weight in weights] == names
        return session.run([outputs, state, slopes])


def assert_same(ours, theirs):
    flat = tf.contrib.framework.nest.flatten
    for one, other in zip(flat(ours), flat(theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def over_time(cell, lengths=None):
    def run(x):
        return tf.nn.dynamic_rnn(
            cell(), x, sequence_length=lengths, dtype=tf.float32, time_major=True
        )

    return run


def fused(cell, lengths=None):
    return lambda x: cell()(x, dtype=tf.float32, sequence_length=lengths)


@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_memory_cells(lengths):
    theirs = values_and_slopes(over_time(lambda: rnn.BasicLSTMCell(6, 0.5), lengths))
    block = over_time(lambda: rnn.LSTMBlockCell(6, 0.5), lengths)
    ours = values_and_slopes(block, ["rnn/lstm_cell/kernel", "rnn/lstm_cell/bias"])
    assert_same(ours, theirs)
    whole = fused(lambda: rnn.LSTMBlockFusedCell(6, 0.5), lengths)
    names = ["lstm_fused_cell/kernel", "lstm_fused_cell/bias"]
    assert_same(values_and_slopes(whole, names), theirs)


def test_peepholes():
    names = [f"rnn/lstm_cell/{name}" for name in ("kernel", "bias")]
    peepholes = [f"rnn/lstm_cell/w_{gate}_diag" for gate in "ifo"]
    block = values_and_slopes(
        over_time(lambda: rnn.LSTMBlockCell(6, use_peephole=True)), [*names, *peepholes]
    )
    whole = values_and_slopes(fused(lambda: rnn.LSTMBlockFusedCell(6, use_peephole=True)))
    assert_same(whole, block)

    def reference(x):
        cell = tf.nn.rnn_cell.LSTMCell(6, use_peepholes=True)
        return tf.nn.dynamic_rnn(cell, x, dtype=tf.float32, time_major=True)

    with tf.Graph().as_default(), tf.Session() as session:
        outputs, state = reference(tf.constant(X))
        by_name = {weight.op.name: weight for weight in tf.trainable_variables()}
        session.run(tf.global_variables_initializer())
        random = np.random.RandomState(5)
        for name in [*names, *peepholes]:
            weight = by_name[name]
            weight.load(random.normal(size=weight.shape.as_list()) * 0.5, session)
        theirs = session.run([outputs, state])
    assert_same(block[:2], theirs)


def test_bounds_of_the_memory():
    def clipped(clip):
        return values_and_slopes(over_time(lambda: rnn.LSTMBlockCell(6, cell_clip=clip)))

    memory = clipped(0.25)[1].c
    assert np.abs(memory).max() == 0.25
    assert np.abs(clipped(None)[1].c).max() > 0.25
    whole = values_and_slopes(fused(lambda: rnn.LSTMBlockFusedCell(6, cell_clip=0.25)))
    assert_same(whole[1].c, memory)


def test_gated_units():
    theirs = values_and_slopes(over_time(lambda: tf.nn.rnn_cell.GRUCell(6)))
    parts = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
    block = over_time(lambda: rnn.GRUBlockCellV2(6))
    ours = values_and_slopes(block, [f"rnn/gru_cell/{part}" for part in parts])
    assert_same(ours, theirs)
    older = over_time(lambda: rnn.GRUBlockCell(cell_size=6))
    names = [f"rnn/gru_cell/{part}" for part in ("w_ru", "b_ru", "w_c", "b_c")]
    assert_same(values_and_slopes(older, names), theirs)
    with pytest.raises(ValueError, match="give num_units"):
        rnn.GRUBlockCell()


def test_backwards():
    def run(x):
        cell = rnn.TimeReversedFusedRNN(rnn.LSTMBlockFusedCell(6))
        return cell(x, dtype=tf.float32, sequence_length=LENGTHS)

    def reference(x):
        back = tf.reverse_sequence(x, LENGTHS, seq_axis=0, batch_axis=1)
        outputs, state = over_time(lambda: rnn.LSTMBlockCell(6), LENGTHS)(back)
        return tf.reverse_sequence(outputs, LENGTHS, seq_axis=0, batch_axis=1), state

    assert_same(values_and_slopes(run), values_and_slopes(reference))
    plain = values_and_slopes(fused(lambda: rnn.TimeReversedFusedRNN(rnn.LSTMBlockFusedCell(6))))
    forwards = values_and_slopes(lambda x: fused(lambda: rnn.LSTMBlockFusedCell(6))(x[::-1]))
    assert_same(plain[0], forwards[0][::-1])


@pytest.mark.parametrize("use_dynamic_rnn", [False, True])
def test_cells_of_single_steps_take_all(use_dynamic_rnn):
    def run(x):
        cell = rnn.FusedRNNCellAdaptor(rnn.BasicLSTMCell(6), use_dynamic_rnn)
        return cell(x, dtype=tf.float32, sequence_length=LENGTHS)

    theirs = values_and_slopes(over_time(lambda: rnn.BasicLSTMCell(6), LENGTHS))
    assert_same(values_and_slopes(run), theirs)


@pytest.mark.parametrize(
    "cell",
    [
        lambda: rnn.LSTMBlockFusedCell(6),
        lambda: rnn.TimeReversedFusedRNN(rnn.FusedRNNCellAdaptor(rnn.BasicLSTMCell(6))),
    ],
)
def test_lists_of_steps(cell):
    steps = [tf.constant(step) for step in X]
    outputs, state = cell()(steps, dtype=tf.float32)
    assert [output.shape.as_list() for output in outputs] == [[3, 6]] * 5
    assert state.h.shape.as_list() == [3, 6]


def test_states_before():
    memory, output = np.float32(np.random.RandomState(1).normal(size=[2, 3, 6]))

    def state():
        return rnn.LSTMStateTuple(tf.constant(memory), tf.constant(output))

    def run(x):
        return rnn.LSTMBlockFusedCell(6)(x, initial_state=state(), sequence_length=LENGTHS)

    def reference(x):
        cell = rnn.BasicLSTMCell(6)
        return tf.nn.dynamic_rnn(cell, x, LENGTHS, initial_state=state(), time_major=True)

    ours = values_and_slopes(run)
    assert_same(ours, values_and_slopes(reference))
    # The third example has no step.
    np.testing.assert_array_equal(ours[1].c[2], memory[2])
    cell = rnn.LSTMBlockFusedCell(6)
    with pytest.raises(ValueError, match="give initial_state or dtype"):
        cell(tf.constant(X))
    with pytest.raises(ValueError, match="must be a pair"):
        cell(tf.constant(X), initial_state=[tf.zeros([3, 6])] * 3)
    with pytest.raises(ValueError, match="must be a pair"):
        rnn.LSTMBlockCell(6)(tf.constant(X[0]), [tf.zeros([3, 6])] * 3)
