from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

CELL = tf.contrib.rnn.CoupledInputForgetGateLSTMCell
X = np.random.RandomState(1).normal(size=[2, 3])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(cell, memory, output):
    """The results of a step, and the variables by their names within the cell."""
    with tf.Session() as session:
        state = tf.constant(memory), tf.constant(output)
        found = cell(tf.constant(X), state)
        session.run(tf.global_variables_initializer())
        random = np.random.RandomState(2)
        weights = {}
        for variable in tf.trainable_variables():
            value = random.normal(size=variable.shape.as_list())
            variable.load(value, session)
            weights[variable.op.name.split("/", 1)[1]] = value
        return session.run(found), weights


@pytest.mark.parametrize("peepholes", [False, True])
@pytest.mark.parametrize("size", [None, 3])
def test_a_step(peepholes, size):
    random = np.random.RandomState(3)
    memory, output = random.normal(size=[2, 4]), random.normal(size=[2, size or 4])
    cell = CELL(4, peepholes, num_proj=size, proj_clip=0.25, forget_bias=0.5, num_unit_shards=2)
    (found, state), weights = step(cell, memory, output)
    assert cell.state_size == (4, size or 4)
    kernel = np.concatenate([weights["W_0"], weights["W_1"]])
    gates = np.concatenate([X, output], 1) @ kernel + weights["B"]
    candidate, forget, out = np.split(gates, 3, axis=1)
    of_forget, of_output = weights.get("W_F_diag", 0.0), weights.get("W_O_diag", 0.0)
    kept = sigmoid(forget + 0.5 + of_forget * memory)
    memory = kept * memory + (1 - kept) * np.tanh(candidate)
    output = sigmoid(out + of_output * memory) * np.tanh(memory)
    if size is not None:
        output = np.clip(output @ weights["W_P_0"], -0.25, 0.25)
    np.testing.assert_allclose(state.c, memory)
    np.testing.assert_allclose(found, output)
    np.testing.assert_allclose(state.h, output)


def test_states_as_one_tensor():
    cell = CELL(4, num_proj=3, state_is_tuple=False)
    outputs, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 3]), dtype=tf.float32)
    assert (outputs.shape.as_list(), state.shape.as_list()) == ([2, 5, 3], [2, 7])


def test_normalized_gates():
    cell = CELL(4, layer_norm=True, norm_gain=2.0, norm_shift=0.5)
    cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    names = [variable.op.name.split("/", 1)[1] for variable in tf.trainable_variables()]
    parts = ("transform", "forget", "output", "state")
    expected = [f"{part}/{name}" for part in parts for name in ("gamma", "beta")]
    assert names == ["W_0", "B", *expected]


def test_initializers_and_shards():
    cell = CELL(4, initializer=tf.constant_initializer(0.5), num_unit_shards=3)
    cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    weights = tf.trainable_variables()
    assert [weight.shape.as_list() for weight in weights] == [[3, 12], [2, 12], [2, 12], [12]]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(weights[0]).max() == 0.5
    with pytest.raises(ValueError, match="cannot be split into 9 parts"):
        CELL(4, num_unit_shards=9)(tf.ones([2, 3]), (tf.zeros([2, 4]), tf.zeros([2, 4])))
