"""The cells, wrappers and stacks of `tf.contrib.rnn`."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

rnn = tf.contrib.rnn
X = np.asarray([[0.5, -1.0, 0.25], [1.5, 0.5, -0.75]], np.float32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def run(fetches):
    """Values of fetches, and of the variables by name."""
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches), {v.name: session.run(v) for v in tf.global_variables()}


def state_of(cell):
    def parts(size):
        shape = [2, size] if isinstance(size, int) else [2, *size.as_list()]
        return tf.constant(np.linspace(-0.5, 0.75, np.prod(shape), dtype=np.float32).reshape(shape))

    if isinstance(cell.state_size, tuple):
        return rnn.LSTMStateTuple(*map(parts, cell.state_size))
    return parts(cell.state_size)


def test_ugrnn():
    cell = rnn.UGRNNCell(2, initializer=tf.random_uniform_initializer(-1, 1, seed=2))
    state = state_of(cell)
    (output, new_state), v = run(cell(tf.constant(X), state))
    h = state.constant_value()
    assert sorted(v) == ["ugrnn_cell/bias:0", "ugrnn_cell/kernel:0"]
    gate, candidate = np.split(np.hstack([X, h]) @ v["ugrnn_cell/kernel:0"], 2, 1)
    kept = sigmoid(gate + 1)
    np.testing.assert_allclose(output, kept * h + (1 - kept) * np.tanh(candidate), rtol=1e-5)
    np.testing.assert_array_equal(output, new_state)


def test_layer_norm_lstm():
    cell = rnn.LayerNormBasicLSTMCell(3, norm_gain=1.5, norm_shift=0.25)
    state = state_of(cell)
    (output, new_state), v = run(cell(tf.constant(X), state))
    assert sorted(v)[:2] == [
        "layer_norm_basic_lstm_cell/forget/beta:0", "layer_norm_basic_lstm_cell/forget/gamma:0",
    ]  # fmt: skip

    def normalized(values):
        spread = values.std(1, keepdims=True)
        return 1.5 * (values - values.mean(1, keepdims=True)) / spread + 0.25

    c, h = (part.constant_value() for part in state)
    gates = np.hstack([X, h]) @ v["layer_norm_basic_lstm_cell/kernel:0"]
    i, j, f, o = (normalized(part) for part in np.split(gates, 4, 1))
    c = normalized(c * sigmoid(f + 1) + sigmoid(i) * np.tanh(j))
    np.testing.assert_allclose(new_state.c, c, rtol=1e-4)
    np.testing.assert_allclose(output, np.tanh(c) * sigmoid(o), rtol=1e-4)


def test_nas():
    cell = rnn.NASCell(4, num_proj=2, use_bias=True)
    state = state_of(cell)
    (output, new_state), v = run(cell(tf.constant(X), state))
    c, m = (part.constant_value() for part in state)
    a = np.split(m @ v["nas_cell/recurrent_kernel:0"] + v["nas_cell/bias:0"], 8, 1)
    b = np.split(X @ v["nas_cell/kernel:0"], 8, 1)

    def relu(x):
        return np.maximum(x, 0)

    first = [
        sigmoid(b[0] + a[0]), relu(b[1] + a[1]), sigmoid(b[2] + a[2]), relu(b[3] * a[3]),
        np.tanh(b[4] + a[4]), sigmoid(b[5] + a[5]), np.tanh(b[6] + a[6]), sigmoid(b[7] + a[7]),
    ]  # fmt: skip
    second = [
        np.tanh(first[0] * first[1]), np.tanh(first[2] + first[3]),
        np.tanh(first[4] * first[5]), sigmoid(first[6] + first[7]),
    ]  # fmt: skip
    c = np.tanh(second[0] + c) * second[1]
    m = np.tanh(c * np.tanh(second[2] + second[3])) @ v["nas_cell/projection_weights:0"]
    np.testing.assert_allclose(new_state.c, c, rtol=1e-4)
    np.testing.assert_allclose(output, m, rtol=1e-4, atol=1e-6)


def test_convolutions():
    cell = rnn.Conv2DLSTMCell(
        input_shape=[4, 5, 2], output_channels=3, kernel_shape=[1, 1], skip_connection=True
    )
    x = np.random.RandomState(0).randn(2, 4, 5, 2).astype(np.float32)
    state = state_of(cell)
    (output, new_state), v = run(cell(tf.constant(x), state))
    assert cell.output_size.as_list() == [4, 5, 5]
    c, h = (part.constant_value() for part in state)
    kernel, biases = v["conv_2d_lstm_cell/kernel:0"], v["conv_2d_lstm_cell/biases:0"]
    gates = np.concatenate([x, h], -1) @ kernel[0, 0] + biases
    i, j, f, o = np.split(gates, 4, -1)
    c = c * sigmoid(f + 1) + sigmoid(i) * np.tanh(j)
    np.testing.assert_allclose(new_state.c, c, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(output[..., :3], np.tanh(c) * sigmoid(o), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(output[..., 3:], x)
    with pytest.raises(ValueError, match="conv_ndims=1"):
        rnn.Conv1DLSTMCell(input_shape=[4, 5, 2], output_channels=3, kernel_shape=[1])


def test_projections_embeddings_and_highways():
    inner = rnn.BasicRNNCell(4)
    cell = rnn.OutputProjectionWrapper(rnn.InputProjectionWrapper(inner, 6), 2, tf.nn.relu)
    output, state = cell(tf.constant(X), tf.zeros([2, 4]))
    assert (output.shape.as_list(), state.shape.as_list()) == ([2, 2], [2, 4])
    embedded, _ = rnn.EmbeddingWrapper(rnn.GRUCell(4), 10, 3)(tf.constant([7, 2]), tf.zeros([2, 4]))
    assert embedded.shape.as_list() == [2, 4]
    highway = rnn.HighwayWrapper(rnn.BasicRNNCell(3, name="inner"), carry_bias_init=50.0)
    mixed, _ = highway(tf.constant(X), tf.zeros([2, 3]))
    (values, _), v = run([(mixed, output), embedded])[0], run(embedded)[1]
    np.testing.assert_allclose(values[0], X)
    assert v["embedding_wrapper/embedding:0"].shape == (10, 3)
    with pytest.raises(NotImplementedError, match="XLA"):
        rnn.CompiledWrapper(inner)


def test_stacks_both_ways():
    x = np.random.RandomState(0).randn(2, 3, 4).astype(np.float32)

    def cells():
        return [rnn.GRUCell(3), rnn.GRUCell(2)]

    with tf.variable_scope("net"):
        looped = rnn.stack_bidirectional_dynamic_rnn(
            cells(), cells(), x, dtype=tf.float32, sequence_length=[3, 1]
        )
    names = [v.name for v in tf.global_variables()]
    assert names[0] == (
        "net/stack_bidirectional_rnn/cell_0/bidirectional_rnn/fw/gru_cell/gates/kernel:0"
    )
    steps = [tf.constant(x[:, time]) for time in range(3)]
    outputs, fw, bw = rnn.stack_bidirectional_rnn(cells(), cells(), steps, dtype=tf.float32)
    assert (len(outputs), outputs[0].shape.as_list(), len(fw), len(bw)) == (3, [2, 4], 2, 2)
    (values, *_), _ = run(looped)
    assert values.shape == (2, 3, 4)
    assert (values[1, 1:] == 0).all()
    with pytest.raises(ValueError, match="same depth"):
        rnn.stack_bidirectional_rnn(cells(), cells()[:1], steps, dtype=tf.float32)


@pytest.mark.parametrize("state_is_tuple", [True, False])
def test_attention_to_the_last_outputs(state_is_tuple: bool):
    inner = rnn.GRUCell(2)
    cell = rnn.AttentionCellWrapper(
        inner, attn_length=3, attn_vec_size=4, state_is_tuple=state_is_tuple
    )
    memory = np.array([[[1.0, 2.0], [-1.0, 0.5], [0.25, 3.0]]], np.float32)
    parts = [np.float32([[0.5, -0.5]]), np.float32([[2.0, 1.0]]), memory.reshape(1, 6)]
    state = tuple(map(tf.constant, parts))
    x = np.float32([[1.0, 0.0, -2.0]])
    with tf.variable_scope("net", initializer=tf.random_normal_initializer(seed=1)):
        output, new_state = cell(tf.constant(x), state if state_is_tuple else tf.concat(state, 1))
        joined = tf.placeholder(tf.float32, [1, 3])
    with tf.variable_scope("net/attention_cell_wrapper", reuse=True):
        inner_output, _ = inner(joined, state[0], scope="gru_cell")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        v = {w.op.name.removeprefix("net/attention_cell_wrapper/"): session.run(w)
             for w in tf.trainable_variables()}  # fmt: skip
        given = np.concatenate([x, parts[1]], 1) @ v["kernel"] + v["bias"]
        h = session.run(inner_output, {joined: given})
        question = h @ v["attention/kernel"] + v["attention/bias"]
        scores = np.tanh(memory[0] @ v["attention/attn_w"][0, 0] + question) @ v["attention/attn_v"]
        shares = np.exp(scores) / np.exp(scores).sum()
        attended = shares @ memory[0]
        expected = np.concatenate([h, [attended]], 1) @ v["attn_output_projection/kernel"]
        expected = expected + v["attn_output_projection/bias"]
        result = session.run(output)
        later = session.run(new_state)
    np.testing.assert_allclose(result, expected, rtol=1e-5)
    flat = np.concatenate(later, 1) if state_is_tuple else later
    wanted = [h, [attended], memory[:, 1:].reshape(1, 4), expected]
    np.testing.assert_allclose(flat, np.concatenate(wanted, 1), rtol=1e-5)
