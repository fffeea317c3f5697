"""Decoders and helpers, followed by numpy step by step."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from tests.unit.contrib.toy_cell import ToyCell

seq2seq = tf.contrib.seq2seq

BATCH, STEPS, CLASSES, STATE = 3, 5, 4, 3
TOKENS = np.random.RandomState(1).randint(0, CLASSES, (BATCH, STEPS))
ONE_HOT = np.eye(CLASSES)
STATES = np.random.RandomState(2).randn(BATCH, STATE)
LENGTHS = np.array([5, 2, 4], np.int32)


def run(tensors, feeds=None):
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session.run(tensors, feeds)


def decoder_of(cell, helper, **options):
    return seq2seq.BasicDecoder(cell, helper, tf.constant(STATES), **options)


def followed(cell, tokens, state):
    """The outputs and states after each of some tokens."""
    outputs, states = [], []
    for token in tokens:
        output, state = cell.follow(token, state)
        outputs.append(output)
        states.append(state)
    return np.array(outputs), np.array(states)


class TestTraining:
    @pytest.mark.parametrize("impute", [False, True])
    @pytest.mark.parametrize("time_major", [False, True])
    def test_feeds_the_inputs(self, time_major, impute):
        cell = ToyCell(CLASSES, STATE)
        inputs = ONE_HOT[TOKENS.T if time_major else TOKENS]
        helper = seq2seq.TrainingHelper(inputs, LENGTHS, time_major=time_major)
        outputs, state, lengths = run(
            seq2seq.dynamic_decode(
                decoder_of(cell, helper), output_time_major=time_major, impute_finished=impute
            )
        )
        np.testing.assert_array_equal(lengths, LENGTHS)
        logits, ids = outputs
        if time_major:
            logits, ids = logits.transpose(1, 0, 2), ids.T
        for example, length in enumerate(LENGTHS):
            wanted, states = followed(cell, TOKENS[example, :length], STATES[example])
            np.testing.assert_allclose(logits[example, :length], wanted)
            np.testing.assert_array_equal(ids[example, :length], wanted.argmax(-1))
            if impute:
                assert not logits[example, length:].any()
                assert not ids[example, length:].any()
                np.testing.assert_allclose(state[example], states[-1])

    def test_static_shapes(self):
        cell = ToyCell(CLASSES, STATE)
        helper = seq2seq.TrainingHelper(ONE_HOT[TOKENS], LENGTHS)
        outputs, state, lengths = seq2seq.dynamic_decode(decoder_of(cell, helper))
        assert isinstance(outputs, seq2seq.BasicDecoderOutput)
        assert outputs.rnn_output.shape.as_list() == [BATCH, None, CLASSES]
        assert outputs.sample_id.shape.as_list() == [BATCH, None]
        assert outputs.sample_id.dtype == tf.int32
        assert state.shape.as_list() == [BATCH, STATE]
        assert lengths.dtype == tf.int32

    def test_unknown_batch_and_time(self):
        cell = ToyCell(CLASSES, STATE)
        inputs = tf.placeholder(tf.float64, [None, None, CLASSES])
        lengths = tf.placeholder(tf.int32, [None])
        state = cell.zero_state(tf.shape(inputs)[0], tf.float64)
        decoder = seq2seq.BasicDecoder(cell, seq2seq.TrainingHelper(inputs, lengths), state)
        outputs, *_ = seq2seq.dynamic_decode(decoder)
        assert outputs.rnn_output.shape.as_list() == [None, None, CLASSES]
        found = run(outputs.rnn_output, {inputs: ONE_HOT[TOKENS], lengths: LENGTHS})
        wanted, _ = followed(cell, TOKENS[0], np.zeros(STATE))
        np.testing.assert_allclose(found[0], wanted)

    def test_a_structure_of_inputs(self):
        class Joining(ToyCell):
            def call(self, inputs, state):
                return super().call(inputs["a"] + inputs["b"], state)

        cell = Joining(CLASSES, STATE)
        one = ONE_HOT[TOKENS]
        helper = seq2seq.TrainingHelper({"a": one / 4, "b": tf.constant(one) * 3 / 4}, LENGTHS)
        outputs, *_ = run(seq2seq.dynamic_decode(decoder_of(cell, helper)))
        wanted, _ = followed(cell, TOKENS[0], STATES[0])
        np.testing.assert_allclose(outputs.rnn_output[0], wanted)

    def test_an_output_layer(self):
        layer = tf.layers.Dense(7, use_bias=False)
        cell = ToyCell(CLASSES, STATE)
        helper = seq2seq.TrainingHelper(ONE_HOT[TOKENS], LENGTHS)
        outputs, *_ = seq2seq.dynamic_decode(decoder_of(cell, helper, output_layer=layer))
        assert outputs.rnn_output.shape.as_list() == [BATCH, None, 7]
        assert [item.name for item in tf.trainable_variables()] == ["decoder/dense/kernel:0"]
        logits, kernel = run([outputs.rnn_output, layer.kernel])
        wanted, _ = followed(cell, TOKENS[0], STATES[0])
        np.testing.assert_allclose(logits[0], wanted @ kernel)

    def test_no_steps_at_all(self):
        cell = ToyCell(CLASSES, STATE)
        helper = seq2seq.TrainingHelper(ONE_HOT[TOKENS], np.zeros(BATCH, np.int32))
        _, state, lengths = run(seq2seq.dynamic_decode(decoder_of(cell, helper)))
        assert lengths.tolist() == [0, 0, 0]
        np.testing.assert_array_equal(state, STATES)

    def test_gradients_are_those_of_the_steps_written_out(self):
        cell = ToyCell(CLASSES, STATE)
        states, inputs = tf.constant(STATES), tf.constant(ONE_HOT[TOKENS])
        helper = seq2seq.TrainingHelper(inputs, np.full(BATCH, STEPS))
        decoder = seq2seq.BasicDecoder(cell, helper, states)
        outputs, *_ = seq2seq.dynamic_decode(decoder)
        loop = tf.gradients(tf.reduce_sum(outputs.rnn_output**2), [states, inputs])
        state, total = states, 0
        for time in range(STEPS):
            output, state = cell(inputs[:, time], state)
            total += tf.reduce_sum(output**2)
        for one, other in zip(*run([loop, tf.gradients(total, [states, inputs])]), strict=True):
            np.testing.assert_allclose(one, other)

    def test_refuses_lengths_that_are_no_vector(self):
        with pytest.raises(ValueError, match="sequence_length must be a vector"):
            seq2seq.TrainingHelper(ONE_HOT[TOKENS], 5)


class TestScheduledSampling:
    def test_without_sampling_feeds_the_inputs(self):
        cell = ToyCell(CLASSES, STATE)
        helper = seq2seq.ScheduledEmbeddingTrainingHelper(
            ONE_HOT[TOKENS], LENGTHS, tf.constant(ONE_HOT), 0.0
        )
        outputs, *_ = run(seq2seq.dynamic_decode(decoder_of(cell, helper)))
        wanted, _ = followed(cell, TOKENS[0], STATES[0])
        np.testing.assert_allclose(outputs.rnn_output[0], wanted)
        assert (outputs.sample_id == -1).all()

    @pytest.mark.parametrize("probability", [1.0, [1.0, 1.0, 0.0]])
    def test_feeds_embeddings_of_samples(self, probability):
        cell = ToyCell(CLASSES, STATE)
        helper = seq2seq.ScheduledEmbeddingTrainingHelper(
            ONE_HOT[TOKENS],
            np.full(BATCH, STEPS),
            lambda ids: tf.one_hot(ids, CLASSES, dtype=tf.float64),
            probability,
            seed=3,
            scheduling_seed=4,
        )
        outputs, *_ = run(seq2seq.dynamic_decode(decoder_of(cell, helper)))
        for example in range(BATCH):
            samples = outputs.sample_id[example]
            is_sampled = np.broadcast_to(probability, BATCH)[example] == 1
            assert ((samples >= 0) == is_sampled).all()
            fed = [TOKENS[example, 0], *samples[:-1]] if is_sampled else TOKENS[example]
            wanted, _ = followed(cell, fed, STATES[example])
            np.testing.assert_allclose(outputs.rnn_output[example], wanted)

    def test_samples_as_often_as_asked(self):
        helper = seq2seq.ScheduledEmbeddingTrainingHelper(
            np.zeros([1000, 1, CLASSES]), np.ones(1000), ONE_HOT, 0.3, seed=1, scheduling_seed=2
        )
        logits = np.log([[0.5, 0.25, 0.125, 0.125]]) * np.ones([1000, 1])
        ids = run(helper.sample(0, tf.constant(logits), None))
        assert 0.25 < (ids >= 0).mean() < 0.35
        assert 0.4 < (ids[ids >= 0] == 0).mean() < 0.6

    @pytest.mark.parametrize("is_auxiliary", [False, True])
    def test_feeds_outputs(self, is_auxiliary):
        size = 2 * CLASSES if is_auxiliary else CLASSES
        random = np.random.RandomState(5)
        weights = random.randn(size, CLASSES)

        class Linear(tf.nn.rnn_cell.RNNCell):
            state_size = 1
            output_size = CLASSES

            def call(self, inputs, state):
                return tf.matmul(inputs, weights), state

        inputs, more = random.randn(2, BATCH, STEPS, CLASSES)
        helper = seq2seq.ScheduledOutputTrainingHelper(
            inputs,
            np.full(BATCH, STEPS),
            1.0,
            next_inputs_fn=lambda outputs: outputs / 2,
            auxiliary_inputs=more if is_auxiliary else None,
        )
        decoder = seq2seq.BasicDecoder(Linear(), helper, tf.zeros([BATCH, 1], tf.float64))
        outputs, *_ = run(seq2seq.dynamic_decode(decoder))
        assert (outputs.sample_id == 1).all()
        fed = inputs[:, 0]
        for time in range(STEPS):
            joined = np.concatenate([fed, more[:, time]], 1) if is_auxiliary else fed
            np.testing.assert_allclose(outputs.rnn_output[:, time], joined @ weights)
            fed = outputs.rnn_output[:, time] / 2

    def test_refuses_probabilities_of_another_rank(self):
        with pytest.raises(ValueError, match="sampling_probability must be a scalar or a vector"):
            seq2seq.ScheduledOutputTrainingHelper(ONE_HOT[TOKENS], LENGTHS, [[0.5]])


class TestInference:
    START, END = [1, 2, 3], 0

    def test_greedy(self):
        cell = ToyCell(CLASSES, STATE, seed=3)
        helper = seq2seq.GreedyEmbeddingHelper(tf.constant(ONE_HOT), self.START, self.END)
        decoder = decoder_of(cell, helper)
        outputs, _, lengths = run(seq2seq.dynamic_decode(decoder, maximum_iterations=8))
        for example in range(BATCH):
            token, state, tokens = self.START[example], STATES[example], []
            while len(tokens) < 8 and (not tokens or token != self.END):
                logits, state = cell.follow(token, state)
                token = int(logits.argmax())
                tokens.append(token)
            assert lengths[example] == len(tokens)
            assert outputs.sample_id[example, : len(tokens)].tolist() == tokens

    def test_sampling_with_a_low_temperature_is_greedy(self):
        cell = ToyCell(CLASSES, STATE, seed=3)
        found = []
        for helper in (
            seq2seq.GreedyEmbeddingHelper(ONE_HOT, self.START, self.END),
            seq2seq.SampleEmbeddingHelper(ONE_HOT, self.START, self.END, 1e-4, seed=1),
        ):
            decoder = decoder_of(cell, helper)
            outputs, *_ = run(
                seq2seq.dynamic_decode(decoder, impute_finished=True, maximum_iterations=6)
            )
            found.append(outputs.sample_id)
        np.testing.assert_array_equal(*found)

    def test_samples_come_with_their_probabilities(self):
        helper = seq2seq.SampleEmbeddingHelper(ONE_HOT, [1] * 2000, self.END, seed=2)
        logits = tf.constant(np.log([[0.1, 0.2, 0.3, 0.4]]) * np.ones([2000, 1]))
        counts = np.bincount(run(helper.sample(0, logits, None)), minlength=4) / 2000
        np.testing.assert_allclose(counts, [0.1, 0.2, 0.3, 0.4], atol=0.05)

    def test_inference_helper_feeds_samples(self):
        cell = ToyCell(CLASSES, STATE, seed=5)
        start = np.random.RandomState(4).randn(BATCH, CLASSES)
        helper = seq2seq.InferenceHelper(
            sample_fn=lambda outputs: outputs / 2,
            sample_shape=[CLASSES],
            sample_dtype=tf.float64,
            start_inputs=start,
            end_fn=lambda samples: tf.reduce_sum(samples, 1) > 1e9,
        )
        decoder = decoder_of(cell, helper)
        outputs, *_ = run(seq2seq.dynamic_decode(decoder, maximum_iterations=4))
        assert outputs.sample_id.shape == (BATCH, 4, CLASSES)
        state, inputs = STATES, start
        for time in range(4):
            state = np.tanh(state @ cell.a + inputs @ cell.b)
            inputs = state @ cell.c / 2
            np.testing.assert_allclose(outputs.sample_id[:, time], inputs)

    def test_custom_helper(self):
        cell = ToyCell(CLASSES, STATE, seed=5)
        helper = seq2seq.CustomHelper(
            initialize_fn=lambda: (tf.fill([BATCH], False), tf.constant(ONE_HOT[self.START])),
            sample_fn=lambda time, outputs, state: tf.fill([BATCH], time),
            next_inputs_fn=lambda time, outputs, state, sample_ids: (
                tf.fill([BATCH], time >= 2), outputs, state,
            ),
        )  # fmt: skip
        with pytest.raises(ValueError, match="call it first"):
            _ = helper.batch_size
        outputs, _, lengths = run(seq2seq.dynamic_decode(decoder_of(cell, helper)))
        assert outputs.sample_id.tolist() == [[0, 1, 2]] * BATCH
        assert lengths.tolist() == [3] * BATCH

    @pytest.mark.parametrize(
        ("start", "end", "message"),
        [(1, 0, "start_tokens must be a vector"), ([1], [0], "end_token must be a scalar")],
    )
    def test_refuses_bad_tokens(self, start, end, message):
        with pytest.raises(ValueError, match=message):
            seq2seq.GreedyEmbeddingHelper(ONE_HOT, start, end)

    def test_refuses_outputs_that_are_no_tensor(self):
        helper = seq2seq.GreedyEmbeddingHelper(ONE_HOT, self.START, self.END)
        with pytest.raises(TypeError, match="must be one tensor"):
            helper.sample(0, (1, 2), None)


class TestDynamicDecode:
    def test_zero_iterations(self):
        helper = seq2seq.GreedyEmbeddingHelper(ONE_HOT, [1, 2, 3], 0)
        decoder = decoder_of(ToyCell(CLASSES, STATE), helper)
        _, state, lengths = seq2seq.dynamic_decode(decoder, maximum_iterations=0)
        state, lengths = run([state, lengths])
        assert lengths.tolist() == [0, 0, 0]
        np.testing.assert_array_equal(state, STATES)

    def test_the_limit_may_be_fed(self):
        limit = tf.placeholder(tf.int32, [])
        helper = seq2seq.GreedyEmbeddingHelper(ONE_HOT, [1, 2, 3], 99)
        decoder = decoder_of(ToyCell(CLASSES, STATE), helper)
        outputs, *_ = seq2seq.dynamic_decode(decoder, maximum_iterations=limit)
        assert run(outputs.sample_id, {limit: 3}).shape == (BATCH, 3)
        assert run(outputs.sample_id, {limit: 7}).shape == (BATCH, 7)

    def test_refuses_a_limit_that_is_no_scalar(self):
        helper = seq2seq.GreedyEmbeddingHelper(ONE_HOT, [1, 2, 3], 0)
        decoder = decoder_of(ToyCell(CLASSES, STATE), helper)
        with pytest.raises(ValueError, match="maximum_iterations must be a scalar"):
            seq2seq.dynamic_decode(decoder, maximum_iterations=[3])

    def test_refuses_what_is_no_decoder(self):
        with pytest.raises(TypeError, match="must be a Decoder"):
            seq2seq.dynamic_decode(ToyCell(CLASSES, STATE))

    def test_refuses_a_state_of_another_structure(self):
        class Wrong(ToyCell):
            def call(self, inputs, state):
                output, state = super().call(inputs, state)
                return output, (state, state)

        helper = seq2seq.TrainingHelper(ONE_HOT[TOKENS], LENGTHS)
        with pytest.raises(ValueError, match="state of another structure"):
            seq2seq.dynamic_decode(decoder_of(Wrong(CLASSES, STATE), helper))

    def test_a_decoder_of_ones_own(self):
        class Counter(seq2seq.Decoder):
            """Counts down from numbers, and ends at zero."""

            batch_size = 2
            output_size = tf.TensorShape([])
            output_dtype = tf.int32

            def initialize(self, name=None):
                return tf.constant([False, False]), tf.constant([0, 0]), tf.constant([3, 5])

            def step(self, time, inputs, state, name=None):
                return state * 10, state - 1, inputs, tf.equal(state, 1)

            def finalize(self, outputs, final_state, sequence_lengths):
                return outputs + 1, final_state

        outputs, state, lengths = run(seq2seq.dynamic_decode(Counter(), impute_finished=True))
        assert outputs.tolist() == [[31, 21, 11, 1, 1], [51, 41, 31, 21, 11]]
        assert state.tolist() == [0, 0]
        assert lengths.tolist() == [3, 5]

    @pytest.mark.parametrize("label", ["cell", "helper", "output_layer"])
    def test_basic_decoder_refuses_what_is_none(self, label):
        good = {
            "cell": ToyCell(CLASSES, STATE),
            "helper": seq2seq.TrainingHelper(ONE_HOT[TOKENS], LENGTHS),
            "initial_state": tf.constant(STATES),
            "output_layer": None,
        }
        with pytest.raises(TypeError, match=label):
            seq2seq.BasicDecoder(**{**good, label: "something"})
