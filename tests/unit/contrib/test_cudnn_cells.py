from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

cudnn = tf.contrib.cudnn_rnn
X = np.random.RandomState(1).normal(size=[2, 5, 3])


def run(cell):
    """Outputs over time, and the variables by their names within the cell."""
    with tf.Session() as session:
        outputs, _ = tf.nn.dynamic_rnn(cell, tf.constant(X), dtype=tf.float64)
        session.run(tf.global_variables_initializer())
        random = np.random.RandomState(2)
        weights = {}
        for variable in tf.trainable_variables():
            value = random.normal(size=variable.shape.as_list())
            variable.load(value, session)
            weights[variable.op.name.split("/", 2)[2]] = value
        return session.run(outputs), weights


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_gated_units_reset_the_projection_of_the_state():
    outputs, weights = run(cudnn.CudnnCompatibleGRUCell(4))
    state = np.zeros([2, 4])
    for time in range(5):
        x = X[:, time]
        gates = np.concatenate([x, state], 1) @ weights["gates/kernel"] + weights["gates/bias"]
        reset, update = np.split(sigmoid(gates), 2, axis=1)
        parts = [
            values @ weights[f"candidate/{part}/kernel"] + weights[f"candidate/{part}/bias"]
            for values, part in ((x, "input_projection"), (state, "hidden_projection"))
        ]
        state = update * state + (1 - update) * np.tanh(parts[0] + reset * parts[1])
        np.testing.assert_allclose(outputs[:, time], state)


def test_memory_cells_add_nothing_to_the_forget_gate():
    x = tf.constant(X.astype(np.float32))

    def outputs(cell):
        made, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            random = np.random.RandomState(2)
            for variable in cell.weights:
                variable.load(random.normal(size=variable.shape.as_list()), session)
            return session.run(made)

    plain = tf.nn.rnn_cell.BasicLSTMCell(4, forget_bias=0.0)
    ours = outputs(cudnn.CudnnCompatibleLSTMCell(4))
    np.testing.assert_allclose(ours, outputs(plain), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["CudnnLSTM", "CudnnGRU", "CudnnRNNTanh", "CudnnRNNRelu"])
def test_layers_tell_what_to_use(name):
    with pytest.raises(NotImplementedError, match=f"{name} needs a GPU"):
        getattr(cudnn, name)(2, 200, dropout=0.5)
