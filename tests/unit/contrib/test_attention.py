"""Attention mechanisms and the wrapper, recomputed by numpy from their variables."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

seq2seq = tf.contrib.seq2seq

RANDOM = np.random.RandomState(23)
BATCH, PLACES, DEPTH, UNITS = 3, 5, 2, 4
MEMORY = RANDOM.randn(BATCH, PLACES, DEPTH).astype(np.float32)
QUERY = RANDOM.randn(BATCH, UNITS).astype(np.float32)
LENGTHS = np.array([5, 3, 1], np.int32)
INSIDE = np.arange(PLACES) < LENGTHS[:, None]

MECHANISMS = [
    seq2seq.BahdanauAttention,
    seq2seq.LuongAttention,
    seq2seq.BahdanauMonotonicAttention,
    seq2seq.LuongMonotonicAttention,
]


def run(tensors, feeds=None):
    """Run tensors together with all variables, by the last two parts of their names."""
    variables = {"/".join(item.op.name.split("/")[-2:]): item for item in tf.global_variables()}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run([tensors, variables], feeds)


def softmax(scores):
    powers = np.exp(scores)
    return powers / powers.sum(-1, keepdims=True)


def masked_softmax(scores):
    return softmax(np.where(INSIDE, scores, -np.inf))


def names():
    return [item.op.name for item in tf.global_variables()]


class TestMechanisms:
    def test_additive(self):
        mechanism = seq2seq.BahdanauAttention(UNITS, MEMORY, LENGTHS)
        result, state = mechanism(tf.constant(QUERY), mechanism.initial_state(BATCH, tf.float32))
        assert names() == [
            "memory_layer/kernel",
            "bahdanau_attention/query_layer/kernel",
            "bahdanau_attention/attention_v",
        ]
        (found, again, keys), values = run([result, state, mechanism.keys])
        wanted_keys = (MEMORY * INSIDE[..., None]) @ values["memory_layer/kernel"]
        np.testing.assert_allclose(keys, wanted_keys, rtol=1e-5)
        total = (QUERY @ values["query_layer/kernel"])[:, None] + wanted_keys
        scores = np.tanh(total) @ values["bahdanau_attention/attention_v"]
        np.testing.assert_allclose(found, masked_softmax(scores), rtol=1e-5)
        np.testing.assert_array_equal(found, again)

    def test_additive_and_normalized(self):
        mechanism = seq2seq.BahdanauAttention(UNITS, MEMORY, LENGTHS, normalize=True)
        result, _ = mechanism(tf.constant(QUERY), None)
        assert names()[2:] == [
            "bahdanau_attention/attention_v",
            "bahdanau_attention/attention_g",
            "bahdanau_attention/attention_b",
        ]
        (found, keys), values = run([result, mechanism.keys])
        g, b = (values[f"bahdanau_attention/attention_{name}"] for name in "gb")
        np.testing.assert_allclose(g, np.sqrt(1 / UNITS))
        assert not b.any()
        v = values["bahdanau_attention/attention_v"]
        total = (QUERY @ values["query_layer/kernel"])[:, None] + keys + b
        scores = np.tanh(total) @ (g * v / np.linalg.norm(v))
        np.testing.assert_allclose(found, masked_softmax(scores), rtol=1e-5)

    @pytest.mark.parametrize("scale", [False, True])
    def test_multiplicative(self, scale):
        mechanism = seq2seq.LuongAttention(UNITS, MEMORY, LENGTHS, scale=scale)
        result, _ = mechanism(tf.constant(QUERY), None)
        more = ["luong_attention/attention_g"] if scale else []
        assert names() == ["memory_layer/kernel", *more]
        assert mechanism.query_layer is None
        (found, keys), _ = run([result, mechanism.keys])
        scores = np.einsum("bd,bpd->bp", QUERY, keys)
        np.testing.assert_allclose(found, masked_softmax(scores), rtol=1e-5)

    @pytest.mark.parametrize("cls", MECHANISMS[2:])
    def test_monotonic(self, cls):
        mechanism = cls(UNITS, MEMORY, LENGTHS, score_bias_init=-1.5, mode="recursive")
        first = mechanism.initial_state(BATCH, tf.float32)
        one, state = mechanism(tf.constant(QUERY), first)
        (start, found), values = run([first, one])
        np.testing.assert_array_equal(start, np.eye(PLACES)[[0] * BATCH])
        bias = [value for name, value in values.items() if name.endswith("attention_score_bias")]
        assert bias == [-1.5]
        assert not found[~INSIDE].any()
        assert (found.sum(1) < 1).all()
        assert state is one

    def test_hard_monotonic_attention_looks_at_one_place_or_none(self):
        mechanism = seq2seq.LuongMonotonicAttention(
            UNITS, MEMORY, LENGTHS, mode="hard", sigmoid_noise=0.5, sigmoid_noise_seed=2
        )
        result, _ = mechanism(tf.constant(QUERY), mechanism.initial_state(BATCH, tf.float32))
        found, _ = run(result)
        assert set(found.ravel().tolist()) <= {0.0, 1.0}
        assert (found.sum(1) <= 1).all()

    def test_another_probability_function_and_mask(self):
        mechanism = seq2seq.LuongAttention(
            UNITS, MEMORY, LENGTHS, probability_fn=tf.identity, score_mask_value=-7.0
        )
        found, _ = run(mechanism(tf.constant(QUERY), None)[0])
        assert (found[~INSIDE] == -7).all()

    def test_keys_and_values_of_ones_own(self):
        mechanism = seq2seq.LuongAttention(
            UNITS, MEMORY, custom_key_value_fn=lambda keys, values: (keys * 2, values + 1)
        )
        (keys, memory), values = run([mechanism.keys, mechanism.values])
        np.testing.assert_allclose(keys, 2 * MEMORY @ values["memory_layer/kernel"], rtol=1e-5)
        np.testing.assert_allclose(memory, MEMORY + 1)

    @pytest.mark.parametrize("cls", MECHANISMS)
    def test_in_double_precision(self, cls):
        mechanism = cls(UNITS, MEMORY.astype(np.float64), LENGTHS, dtype=tf.float64)
        state = mechanism.initial_state(BATCH, tf.float64)
        found, values = run(mechanism(tf.constant(QUERY.astype(np.float64)), state)[0])
        assert {value.dtype for value in [found, *values.values()]} == {np.dtype(np.float64)}

    def test_unknown_batch_and_places(self):
        memory = tf.placeholder(tf.float32, [None, None, DEPTH])
        mechanism = seq2seq.LuongAttention(UNITS, memory)
        batch = tf.shape(memory)[0]
        result, _ = mechanism(tf.constant(QUERY), mechanism.initial_state(batch, tf.float32))
        found, _ = run(result, {memory: MEMORY})
        assert found.shape == (BATCH, PLACES)

    def test_a_length_of_zero_is_refused(self):
        lengths = tf.placeholder(tf.int32, [None])
        mechanism = seq2seq.LuongAttention(UNITS, MEMORY, lengths)
        alignments, _ = mechanism(tf.constant(QUERY), None)
        with pytest.raises(tf.errors.InvalidArgumentError, match="greater than zero"):
            run(alignments, {lengths: [5, 0, 1]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="greater than zero"):
            seq2seq.LuongAttention(UNITS, MEMORY, [5, 0, 1])

    def test_refuses_memory_of_unknown_depth(self):
        with pytest.raises(ValueError, match="of known size"):
            seq2seq.LuongAttention(UNITS, tf.placeholder(tf.float32, [None, 3, None]))

    def test_refuses_a_query_of_another_depth(self):
        mechanism = seq2seq.LuongAttention(UNITS + 1, MEMORY)
        with pytest.raises(ValueError, match=r"depth 4, the keys have 5"):
            mechanism(tf.constant(QUERY), None)

    def test_refuses_a_probability_function_that_is_none(self):
        with pytest.raises(TypeError, match="probability_fn must be callable"):
            seq2seq.BahdanauAttention(UNITS, MEMORY, probability_fn="softmax")


def wrapped(mechanism=None, cell=None, **options):
    mechanism = mechanism or seq2seq.LuongAttention(UNITS, MEMORY, LENGTHS)
    return seq2seq.AttentionWrapper(
        cell or tf.nn.rnn_cell.BasicRNNCell(UNITS), mechanism, **options
    )


class TestWrapper:
    INPUTS = RANDOM.randn(BATCH, 3).astype(np.float32)

    def test_two_steps(self):
        cell = wrapped(attention_layer_size=6)
        state = cell.zero_state(BATCH, tf.float32)
        outputs = []
        with tf.variable_scope("decoder"):
            for _ in range(2):
                output, state = cell(tf.constant(self.INPUTS), state)
                outputs.append(output)
        assert names() == [
            "memory_layer/kernel",
            "decoder/attention_wrapper/basic_rnn_cell/kernel",
            "decoder/attention_wrapper/basic_rnn_cell/bias",
            "decoder/attention_wrapper/attention_layer/kernel",
        ]
        (found, last), values = run([outputs, state])
        memory = MEMORY * INSIDE[..., None]
        keys = memory @ values["memory_layer/kernel"]
        attention, hidden = np.zeros((BATCH, 6)), np.zeros((BATCH, UNITS))
        for output in found:
            joined = np.concatenate([self.INPUTS, attention, hidden], 1)
            hidden = np.tanh(joined @ values["basic_rnn_cell/kernel"])
            alignments = masked_softmax(np.einsum("bd,bpd->bp", hidden, keys))
            context = np.einsum("bp,bpd->bd", alignments, memory)
            attention = np.concatenate([hidden, context], 1) @ values["attention_layer/kernel"]
            np.testing.assert_allclose(output, attention, rtol=1e-4, atol=1e-6)
        assert last.time == 2
        np.testing.assert_allclose(last.alignments, alignments, rtol=1e-4)
        np.testing.assert_allclose(last.cell_state, hidden, rtol=1e-4, atol=1e-6)
        assert last.alignment_history == ()

    def test_without_attention_layer_the_attention_is_the_context(self):
        cell = wrapped()
        assert cell.output_size == DEPTH
        output, state = cell(tf.constant(self.INPUTS), cell.zero_state(BATCH, tf.float32))
        (found, alignments), _ = run([output, state.alignments])
        np.testing.assert_allclose(
            found, np.einsum("bp,bpd->bd", alignments, MEMORY * INSIDE[..., None]), rtol=1e-5
        )

    def test_the_output_may_be_that_of_the_cell(self):
        cell = wrapped(attention_layer_size=6, output_attention=False)
        assert cell.output_size == UNITS
        output, state = cell(tf.constant(self.INPUTS), cell.zero_state(BATCH, tf.float32))
        (found, hidden), _ = run([output, state.cell_state])
        np.testing.assert_array_equal(found, hidden)

    def test_several_mechanisms(self):
        mechanisms = [seq2seq.LuongAttention(UNITS, MEMORY), seq2seq.BahdanauAttention(7, MEMORY)]
        cell = wrapped(mechanisms, attention_layer_size=[6, 5], alignment_history=True)
        assert cell.output_size == 11
        with tf.variable_scope("decoder"):
            output, state = cell(tf.constant(self.INPUTS), cell.zero_state(BATCH, tf.float32))
        assert [name for name in names() if "attention_layer" in name] == [
            "decoder/attention_wrapper/attention_layer_0/kernel",
            "decoder/attention_wrapper/attention_layer_1/kernel",
        ]
        histories = [array.stack() for array in state.alignment_history]
        (found, alignments, kept), _ = run([output, state.alignments, histories])
        assert found.shape == (BATCH, 11)
        for one, other in zip(alignments, kept, strict=True):
            np.testing.assert_array_equal(one, other[0])

    def test_state_sizes(self):
        cell = wrapped(attention_layer_size=6, alignment_history=True)
        sizes = cell.state_size
        assert isinstance(sizes, seq2seq.AttentionWrapperState)
        assert sizes._replace(time=None) == (UNITS, 6, None, PLACES, PLACES, PLACES)
        state = cell.zero_state(BATCH, tf.float32)
        assert state.attention.shape.as_list() == [BATCH, 6]
        assert state.alignments.shape.as_list() == [BATCH, PLACES]

    def test_layers_and_functions_of_ones_own(self):
        cell = wrapped(
            attention_layer=tf.layers.Dense(6, activation=tf.tanh),
            cell_input_fn=lambda inputs, attention: tf.concat([attention, inputs], 1),
        )
        assert cell.output_size == 6
        output, _ = cell(tf.constant(self.INPUTS), cell.zero_state(BATCH, tf.float32))
        found, _ = run(output)
        assert (np.abs(found) < 1).all()

        def attend(mechanism, output, state, layer):
            alignments, state = mechanism(output, state)
            assert layer is None
            return tf.fill([BATCH, DEPTH], 2.5), alignments, state

        cell = wrapped(attention_fn=attend)
        with tf.variable_scope("another"):
            output, _ = cell(tf.constant(self.INPUTS), cell.zero_state(BATCH, tf.float32))
        assert (run(output)[0] == 2.5).all()

    def test_initial_cell_state(self):
        start = tf.constant(QUERY)
        cell = wrapped(initial_cell_state=start)
        found, _ = run(cell.zero_state(BATCH, tf.float32).cell_state)
        np.testing.assert_array_equal(found, QUERY)

    def test_clone(self):
        cell = wrapped(cell=tf.nn.rnn_cell.BasicRNNCell(UNITS))
        state = cell.zero_state(BATCH, tf.float32)
        given = tf.placeholder(tf.float32, [None, UNITS])
        clone = state.clone(cell_state=given)
        assert clone.cell_state is given
        assert given.shape.as_list() == [BATCH, UNITS]
        assert clone.alignments is state.alignments
        with pytest.raises(ValueError, match="shape"):
            state.clone(cell_state=tf.zeros([BATCH, UNITS + 1]))
        with pytest.raises((TypeError, ValueError)):
            state.clone(cell_state=(given, given))
        with pytest.raises((TypeError, ValueError)):
            state.clone(nothing=given)

    def test_another_batch_size_is_refused(self):
        cell = wrapped()
        with pytest.raises(ValueError, match="tile_batch"):
            cell.zero_state(BATCH * 2, tf.float32)
        with pytest.raises(ValueError, match="tile_batch"):
            wrapped(initial_cell_state=tf.zeros([BATCH * 2, UNITS]))
        memory = tf.placeholder(tf.float32, [None, PLACES, DEPTH])
        cell = wrapped(seq2seq.LuongAttention(UNITS, memory))
        state = cell.zero_state(tf.constant(4), tf.float32).cell_state
        with pytest.raises(tf.errors.InvalidArgumentError, match="tile_batch"):
            run(state, {memory: MEMORY})

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"cell": "cell"}, TypeError, "cell"),
            ({"attention_mechanism": "mechanism"}, TypeError, "attention_mechanism must be"),
            ({"attention_mechanism": [1]}, TypeError, "attention_mechanism must be"),
            ({"cell_input_fn": 1}, TypeError, "cell_input_fn must be callable"),
            ({"attention_fn": 1}, TypeError, "attention_fn must be callable"),
            ({"attention_layer_size": [1, 2]}, ValueError, "one item for each of 1"),
        ],
    )
    def test_refuses_bad_arguments(self, options, error, message):
        good = {
            "cell": tf.nn.rnn_cell.BasicRNNCell(UNITS),
            "attention_mechanism": seq2seq.LuongAttention(UNITS, MEMORY),
        }
        with pytest.raises(error, match=message):
            seq2seq.AttentionWrapper(**{**good, **options})

    def test_refuses_size_and_layer_together(self):
        with pytest.raises(ValueError, match="not both"):
            wrapped(attention_layer_size=1, attention_layer=tf.layers.Dense(1))

    def test_refuses_a_state_of_another_cell(self):
        cell = wrapped()
        with pytest.raises(TypeError, match="begin with zero_state"):
            cell(tf.constant(self.INPUTS), tf.zeros([BATCH, UNITS]))


@pytest.mark.parametrize("cls", MECHANISMS)
def test_decoding_with_attention_and_its_history(cls):
    cell = wrapped(cls(UNITS, MEMORY, LENGTHS), alignment_history=True, attention_layer_size=2)
    inputs = RANDOM.randn(BATCH, 4, 2).astype(np.float32)
    helper = seq2seq.TrainingHelper(inputs, [4, 2, 3])
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(BATCH, tf.float32))
    outputs, state, _ = seq2seq.dynamic_decode(decoder)
    history = state.alignment_history.stack()
    assert history.shape.as_list() == [None, BATCH, PLACES]
    loss = tf.reduce_sum(outputs.rnn_output**2)
    gradients = tf.gradients(loss, tf.trainable_variables())
    (values, kept, last), _ = run([gradients, history, state.alignments])
    assert all(np.isfinite(value).all() for value in values)
    np.testing.assert_array_equal(kept[-1], last)
    assert kept.shape == (4, BATCH, PLACES)
    assert not kept[:, ~INSIDE].any()
