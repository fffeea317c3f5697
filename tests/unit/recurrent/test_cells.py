"""One step of each cell against numpy; names and shapes of its variables; wrappers."""

from __future__ import annotations

import copy
from hashlib import md5

import numpy as np
import pytest

import graphflow as tf

rnn_cell = tf.nn.rnn_cell
X = np.asarray([[0.5, -1.0, 0.25], [1.5, 0.5, -0.75]], np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def one_step(cell, *state):
    """Run a cell on X; return its output and state, and its variables by name, all as arrays."""
    np.random.seed(0)
    with tf.variable_scope("net", initializer=tf.random_uniform_initializer(-0.5, 0.5, seed=3)):
        output, new_state = cell(tf.constant(X), *state)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        variables = {v.name: session.run(v) for v in tf.global_variables()}
        output, new_state = session.run([output, new_state])
    return output, new_state, variables


def filled(*sizes):
    return [
        tf.constant(np.linspace(-0.5, 0.75, 2 * n, dtype=np.float32).reshape(2, n)) for n in sizes
    ]


def value(tensor):
    return tensor.constant_value()


def test_basic_rnn():
    (state,) = filled(2)
    output, new_state, v = one_step(rnn_cell.BasicRNNCell(2), state)
    kernel, bias = v["net/basic_rnn_cell/kernel:0"], v["net/basic_rnn_cell/bias:0"]
    assert kernel.shape == (5, 2)
    expected = np.tanh(np.hstack([X, value(state)]) @ kernel + bias)
    np.testing.assert_allclose(output, expected, rtol=1e-5)
    np.testing.assert_array_equal(output, new_state)


def test_gru():
    (state,) = filled(2)
    output, new_state, v = one_step(rnn_cell.GRUCell(2), state)
    h = value(state)
    gates = np.hstack([X, h]) @ v["net/gru_cell/gates/kernel:0"] + v["net/gru_cell/gates/bias:0"]
    np.testing.assert_array_equal(v["net/gru_cell/gates/bias:0"], np.ones(4))
    reset, update = np.split(sigmoid(gates), 2, 1)
    kernel, bias = v["net/gru_cell/candidate/kernel:0"], v["net/gru_cell/candidate/bias:0"]
    candidate = np.tanh(np.hstack([X, reset * h]) @ kernel + bias)
    np.testing.assert_allclose(output, update * h + (1 - update) * candidate, rtol=1e-5)
    np.testing.assert_array_equal(output, new_state)


def lstm(c, h, kernel, bias, forget_bias=1.0):
    i, j, f, o = np.split(np.hstack([X, h]) @ kernel + bias, 4, 1)
    c = c * sigmoid(f + forget_bias) + sigmoid(i) * np.tanh(j)
    return c, np.tanh(c) * sigmoid(o)


def test_basic_lstm():
    state = rnn_cell.LSTMStateTuple(*filled(2, 2))
    output, new_state, v = one_step(rnn_cell.BasicLSTMCell(2, forget_bias=0.5), state)
    kernel, bias = v["net/basic_lstm_cell/kernel:0"], v["net/basic_lstm_cell/bias:0"]
    c, h = lstm(value(state.c), value(state.h), kernel, bias, 0.5)
    np.testing.assert_allclose(output, h, rtol=1e-5)
    assert isinstance(new_state, rnn_cell.LSTMStateTuple)
    np.testing.assert_allclose(new_state.c, c, rtol=1e-5)


def test_a_state_in_one_tensor():
    state = tf.concat(filled(2, 2), 1)
    output, new_state, v = one_step(rnn_cell.BasicLSTMCell(2, state_is_tuple=False), state)
    kernel, bias = v["net/basic_lstm_cell/kernel:0"], v["net/basic_lstm_cell/bias:0"]
    c, h = lstm(*np.split(tf.Session().run(state), 2, 1), kernel, bias)
    np.testing.assert_allclose(output, h, rtol=1e-5)
    np.testing.assert_allclose(new_state, np.hstack([c, h]), rtol=1e-5)


def test_lstm_with_peepholes_clipping_and_projection():
    cell = rnn_cell.LSTMCell(
        4, use_peepholes=True, cell_clip=0.6, num_proj=2, proj_clip=0.1, forget_bias=0.0
    )
    assert cell.state_size == (4, 2)
    assert cell.output_size == 2
    state = rnn_cell.LSTMStateTuple(*filled(4, 2))
    output, new_state, v = one_step(cell, state)
    assert sorted(v) == [
        "net/lstm_cell/bias:0", "net/lstm_cell/kernel:0", "net/lstm_cell/projection/kernel:0",
        "net/lstm_cell/w_f_diag:0", "net/lstm_cell/w_i_diag:0", "net/lstm_cell/w_o_diag:0",
    ]  # fmt: skip
    c, m = value(state.c), value(state.h)
    part = {name[len("net/lstm_cell/") : -2]: array for name, array in v.items()}
    i, j, f, o = np.split(np.hstack([X, m]) @ part["kernel"] + part["bias"], 4, 1)
    f, i = f + part["w_f_diag"] * c, i + part["w_i_diag"] * c
    c = np.clip(sigmoid(f) * c + sigmoid(i) * np.tanh(j), -0.6, 0.6)
    m = sigmoid(o + part["w_o_diag"] * c) * np.tanh(c)
    m = np.clip(m @ part["projection/kernel"], -0.1, 0.1)
    np.testing.assert_allclose(new_state.c, c, rtol=1e-5)
    np.testing.assert_allclose(output, m, rtol=1e-5)


def test_several_cells_in_a_row():
    cell = rnn_cell.MultiRNNCell([rnn_cell.BasicLSTMCell(4), rnn_cell.GRUCell(2)])
    state = cell.zero_state(2, tf.float32)
    assert cell.state_size == ((4, 4), 2)
    output, new_state, v = one_step(cell, state)
    assert sorted(v) == [
        "net/multi_rnn_cell/cell_0/basic_lstm_cell/bias:0",
        "net/multi_rnn_cell/cell_0/basic_lstm_cell/kernel:0",
        "net/multi_rnn_cell/cell_1/gru_cell/candidate/bias:0",
        "net/multi_rnn_cell/cell_1/gru_cell/candidate/kernel:0",
        "net/multi_rnn_cell/cell_1/gru_cell/gates/bias:0",
        "net/multi_rnn_cell/cell_1/gru_cell/gates/kernel:0",
    ]
    assert output.shape == (2, 2)
    assert [v.name for v in cell.trainable_weights] == [v.name for v in tf.trainable_variables()]
    np.testing.assert_array_equal(new_state[1], output)
    with pytest.raises(ValueError, match="length 2"):
        cell(tf.constant(X), (state[0],))


def test_dropout_keeps_names_and_scales():
    cell = rnn_cell.DropoutWrapper(rnn_cell.BasicRNNCell(50), output_keep_prob=0.5, seed=1)
    output, new_state, v = one_step(cell, tf.zeros([2, 50]))
    assert sorted(v) == ["net/basic_rnn_cell/bias:0", "net/basic_rnn_cell/kernel:0"]
    dropped = output == 0
    assert 20 < dropped.sum() < 80
    np.testing.assert_allclose(output[~dropped], 2 * new_state[~dropped], rtol=1e-6)


def test_dropout_of_states_spares_the_memory():
    cell = rnn_cell.DropoutWrapper(rnn_cell.BasicLSTMCell(50), state_keep_prob=0.5, seed=1)
    _, state, _ = one_step(cell, cell.zero_state(2, tf.float32))
    assert (state.c != 0).all()
    assert 20 < (state.h == 0).sum() < 80


def test_seeds_of_dropout_derive_from_where_it_is():
    """As in TensorFlow: from the seed, what gets dropout, and its place in the structure."""
    cell = rnn_cell.DropoutWrapper(rnn_cell.BasicLSTMCell(2), 0.9, 0.9, 0.9, seed=13)
    one_step(cell, cell.zero_state(2, tf.float32))
    drawn = [op for op in tf.get_default_graph().get_operations() if op.type == "RandomUniform"]
    seeds = [op.get_attr("seed2") for op in drawn if "dropout" in op.name]
    texts = ["13input_0", "13state_1", "13output_0"]
    assert seeds == [int(md5(text.encode()).hexdigest()[:8], 16) % 2**31 for text in texts]


def test_variational_dropout_drops_the_same_in_all_steps():
    cell = rnn_cell.DropoutWrapper(
        rnn_cell.BasicRNNCell(40), 0.5, 0.5, variational_recurrent=True, input_size=3,
        dtype=tf.float32, seed=2,
    )  # fmt: skip
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.ones([2, 5, 3]), dtype=tf.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        values = session.run(outputs)
    is_zero = values == 0
    assert (is_zero == is_zero[:1, :1]).all()
    assert 5 < is_zero[0, 0].sum() < 35


def test_a_residual_cell_and_one_on_a_device():
    inner = rnn_cell.DeviceWrapper(rnn_cell.BasicRNNCell(3), "/cpu:0")
    output, new_state, v = one_step(rnn_cell.ResidualWrapper(inner), tf.zeros([2, 3]))
    np.testing.assert_allclose(output, X + new_state, rtol=1e-6)
    assert sorted(v) == ["net/basic_rnn_cell/bias:0", "net/basic_rnn_cell/kernel:0"]
    product = rnn_cell.ResidualWrapper(rnn_cell.BasicRNNCell(3), lambda x, y: x * y)
    assert product(tf.constant(X), tf.zeros([2, 3]))[0].shape.as_list() == [2, 3]


def test_cells_share_or_make_variables():
    x, state = tf.constant(X), tf.zeros([2, 2])
    cell = rnn_cell.BasicRNNCell(2)
    cell(x, state)
    cell(x, state)
    rnn_cell.BasicRNNCell(2)(x, state)
    with tf.variable_scope("s"):
        rnn_cell.BasicRNNCell(2, name="c")(x, state)
    with tf.variable_scope("s", reuse=True):
        rnn_cell.BasicRNNCell(2, name="c")(x, state)
    assert [v.name for v in tf.global_variables()] == [
        "basic_rnn_cell/kernel:0", "basic_rnn_cell/bias:0", "basic_rnn_cell_1/kernel:0",
        "basic_rnn_cell_1/bias:0", "s/c/kernel:0", "s/c/bias:0",
    ]  # fmt: skip
    assert copy.deepcopy(cell).weights == []


def test_a_cell_of_ones_own_with_get_variable():
    class Scaled(rnn_cell.RNNCell):
        @property
        def state_size(self):
            return 3

        @property
        def output_size(self):
            return 3

        def __call__(self, inputs, state, scope=None):
            with tf.variable_scope(scope or type(self).__name__):
                w = tf.get_variable("w", [3], initializer=tf.constant_initializer(2.0))
                return inputs * w + state, inputs

    outputs, state = tf.nn.dynamic_rnn(Scaled(), tf.constant(X[None]), dtype=tf.float32)
    assert [v.name for v in tf.global_variables()] == ["rnn/Scaled/w:0"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_allclose(session.run(outputs)[0], [2 * X[0], 2 * X[1] + X[0]])
        np.testing.assert_allclose(session.run(state), X[1:])


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: rnn_cell.MultiRNNCell([]), ValueError, "at least one cell"),
        (lambda: rnn_cell.MultiRNNCell([3]), TypeError, "not an RNNCell"),
        (
            lambda: rnn_cell.MultiRNNCell([rnn_cell.LSTMCell(2)], state_is_tuple=False),
            ValueError,
            "state_is_tuple",
        ),
        (lambda: rnn_cell.DropoutWrapper(rnn_cell.GRUCell(2), 1.5), ValueError, "between 0 and 1"),
        (
            lambda: rnn_cell.DropoutWrapper(rnn_cell.GRUCell(2), variational_recurrent=True),
            ValueError,
            "dtype must be provided",
        ),
        (
            lambda: rnn_cell.GRUCell(2)(tf.placeholder(tf.float32, [2, None]), tf.zeros([2, 2])),
            ValueError,
            "to be known",
        ),
    ],
)
def test_errors(build, error, message):
    with pytest.raises(error, match=message):
        build()
