"""The unrolled models of contrib.legacy_seq2seq."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from tests.unit.contrib.toy_cell import ToyCell

legacy = tf.contrib.legacy_seq2seq

RANDOM = np.random.RandomState(31)
BATCH, CLASSES, STATE = 2, 4, 3
TOKENS = RANDOM.randint(0, CLASSES, (BATCH, 5)).astype(np.int32)
STATES = RANDOM.randn(BATCH, STATE)


def symbols(count, start=0):
    return [tf.constant(TOKENS[:, start + index]) for index in range(count)]


def one_hot(count, start=0):
    return [tf.constant(np.eye(CLASSES)[TOKENS[:, start + index]]) for index in range(count)]


def run(tensors, feeds=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensors, feeds)


def names():
    return [item.op.name for item in tf.trainable_variables()]


def cell():
    return tf.nn.rnn_cell.BasicRNNCell(6)


class TestDecoders:
    def test_rnn_decoder_follows_the_inputs(self):
        toy = ToyCell(CLASSES, STATE)
        outputs, state = run(legacy.rnn_decoder(one_hot(4), tf.constant(STATES), toy))
        for example in range(BATCH):
            current = STATES[example]
            for index, output in enumerate(outputs):
                wanted, current = toy.follow(TOKENS[example, index], current)
                np.testing.assert_allclose(output[example], wanted)
            np.testing.assert_allclose(state[example], current)

    def test_the_loop_function_gives_the_inputs_after_the_first(self):
        toy, calls = ToyCell(CLASSES, STATE), []

        def loop_function(previous, index):
            calls.append(index)
            return tf.one_hot(tf.argmax(previous, 1), CLASSES, dtype=tf.float64)

        outputs, _ = legacy.rnn_decoder(one_hot(4), tf.constant(STATES), toy, loop_function)
        assert calls == [1, 2, 3]
        found = run(outputs)
        for example in range(BATCH):
            token, current = TOKENS[example, 0], STATES[example]
            for output in found:
                wanted, current = toy.follow(token, current)
                np.testing.assert_allclose(output[example], wanted)
                token = wanted.argmax()

    @pytest.mark.parametrize("feed_previous", [False, True])
    def test_embedding_rnn_decoder(self, feed_previous):
        weights = RANDOM.randn(6, CLASSES).astype(np.float32)
        biases = RANDOM.randn(CLASSES).astype(np.float32)
        start = RANDOM.randn(BATCH, 6).astype(np.float32)
        outputs, _ = legacy.embedding_rnn_decoder(
            symbols(4), tf.constant(start), cell(), CLASSES, 5,
            output_projection=(weights, biases), feed_previous=feed_previous,
        )  # fmt: skip
        assert names() == [
            "embedding_rnn_decoder/embedding",
            "embedding_rnn_decoder/rnn_decoder/basic_rnn_cell/kernel",
            "embedding_rnn_decoder/rnn_decoder/basic_rnn_cell/bias",
        ]
        found, (embedding, kernel, bias) = run([outputs, tf.trainable_variables()])
        state, tokens = start, TOKENS[:, 0]
        for index, output in enumerate(found):
            if index and not feed_previous:
                tokens = TOKENS[:, index]
            state = np.tanh(np.concatenate([embedding[tokens], state], 1) @ kernel + bias)
            np.testing.assert_allclose(output, state, rtol=1e-4, atol=1e-6)
            tokens = (state @ weights + biases).argmax(1)

    def test_embeddings_of_fed_symbols_may_be_left_out_of_gradients(self):
        gradients = []
        for update in (True, False):
            with tf.variable_scope("model", reuse=not update):
                outputs, _ = legacy.embedding_rnn_decoder(
                    symbols(1) * 3, tf.zeros([BATCH, CLASSES]), ToyNoMore(), CLASSES, CLASSES,
                    feed_previous=True, update_embedding_for_previous=update,
                )  # fmt: skip
                embedding = tf.trainable_variables()[0]
            gradient = tf.gradients(tf.reduce_sum(outputs[-1]), embedding)[0]
            gradients.append(gradient)
        assert gradients[0] is not None
        found = run(tf.convert_to_tensor(gradients[0]))
        assert found.any()
        assert gradients[1] is None

    def test_refuses_a_projection_of_another_shape(self):
        good = np.zeros((6, CLASSES), np.float32), np.zeros(CLASSES, np.float32)
        for projection, message in (
            ((good[0][:, 1:], good[1]), "weights of output_projection"),
            ((good[0], good[1][1:]), "biases of output_projection"),
        ):
            with pytest.raises(ValueError, match=message):
                legacy.embedding_rnn_decoder(
                    symbols(2), tf.zeros([BATCH, 6]), cell(), CLASSES, 5, projection
                )


class ToyNoMore(tf.nn.rnn_cell.RNNCell):
    """A cell without state: the output is the input."""

    state_size = CLASSES
    output_size = CLASSES

    def call(self, inputs, state):
        return inputs * 1.0, state


def softmax(scores):
    powers = np.exp(scores)
    return powers / powers.sum(-1, keepdims=True)


class TestAttentionDecoder:
    ATTENDED = RANDOM.randn(BATCH, 5, 3).astype(np.float32)

    @pytest.mark.parametrize("from_state", [False, True])
    @pytest.mark.parametrize("heads", [1, 2])
    def test_by_numpy(self, heads, from_state):
        start = RANDOM.randn(BATCH, 6).astype(np.float32)
        inputs = RANDOM.randn(3, BATCH, 2).astype(np.float32)
        outputs, _ = legacy.attention_decoder(
            [tf.constant(item) for item in inputs], tf.constant(start),
            tf.constant(self.ATTENDED), cell(), output_size=7, num_heads=heads,
            initial_state_attention=from_state,
        )  # fmt: skip
        variables = {item.op.name: item for item in tf.trainable_variables()}
        found, values = run([outputs, variables])

        def linear(parts, scope):
            kernel, bias = (
                values[f"attention_decoder/{scope}{name}"] for name in ("kernel", "bias")
            )
            return np.concatenate(parts, 1) @ kernel + bias

        def attend(state):
            attended = []
            for head in range(heads):
                matrix = values[f"attention_decoder/AttnW_{head}"][0, 0]
                asked = linear([state], f"Attention_{head}/")
                looked = np.tanh(self.ATTENDED @ matrix + asked[:, None])
                places = softmax(looked @ values[f"attention_decoder/AttnV_{head}"])
                attended.append(np.einsum("bp,bpd->bd", places, self.ATTENDED))
            return attended

        state = start
        attended = attend(state) if from_state else [np.zeros((BATCH, 3))] * heads
        for index, output in enumerate(found):
            x = linear([inputs[index], *attended], "")
            kernel = values["attention_decoder/basic_rnn_cell/kernel"]
            bias = values["attention_decoder/basic_rnn_cell/bias"]
            state = np.tanh(np.concatenate([x, state], 1) @ kernel + bias)
            attended = attend(state)
            wanted = linear([state, *attended], "AttnOutputProjection/")
            np.testing.assert_allclose(output, wanted, rtol=1e-3, atol=1e-5)

    def test_the_state_may_be_a_structure(self):
        lstm = tf.nn.rnn_cell.BasicLSTMCell(6)
        outputs, state = legacy.attention_decoder(
            [tf.ones([BATCH, 2])] * 2, lstm.zero_state(BATCH, tf.float32),
            tf.constant(self.ATTENDED), lstm,
        )  # fmt: skip
        assert outputs[0].shape.as_list() == [BATCH, 6]
        assert state.c.shape.as_list() == [BATCH, 6]
        kernel = [item for item in tf.trainable_variables() if "Attention_0/kernel" in item.name]
        assert kernel[0].shape.as_list() == [12, 3]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"decoder_inputs": []}, "at least one input"),
            ({"num_heads": 0}, "num_heads must be at least 1"),
        ],
    )
    def test_refuses_bad_arguments(self, options, message):
        good = {
            "decoder_inputs": [tf.ones([BATCH, 2])],
            "initial_state": tf.zeros([BATCH, 6]),
            "attention_states": tf.constant(self.ATTENDED),
            "cell": cell(),
        }
        with pytest.raises(ValueError, match=message):
            legacy.attention_decoder(**{**good, **options})

    def test_refuses_unknown_sizes(self):
        with pytest.raises(ValueError, match="last axis of attention_states"):
            legacy.attention_decoder(
                [tf.ones([BATCH, 2])], tf.zeros([BATCH, 6]),
                tf.placeholder(tf.float32, [None, 5, None]), cell(),
            )  # fmt: skip
        with pytest.raises(ValueError, match="inputs must be of known size"):
            legacy.attention_decoder(
                [tf.placeholder(tf.float32, [None, None])], tf.zeros([BATCH, 6]),
                tf.constant(self.ATTENDED), cell(),
            )  # fmt: skip


MODELS = {
    "rnn": lambda feed: legacy.embedding_rnn_seq2seq(
        symbols(2), symbols(3, 2), cell(), CLASSES, CLASSES, 5, feed_previous=feed
    ),
    "tied": lambda feed: legacy.embedding_tied_rnn_seq2seq(
        symbols(2), symbols(3, 2), cell(), CLASSES, 5, feed_previous=feed
    ),
    "attention": lambda feed: legacy.embedding_attention_seq2seq(
        symbols(2), symbols(3, 2), cell(), CLASSES, CLASSES, 5, feed_previous=feed
    ),
    "lstm": lambda feed: legacy.embedding_attention_seq2seq(
        symbols(2), symbols(3, 2), tf.nn.rnn_cell.BasicLSTMCell(6), CLASSES, CLASSES, 5,
        num_heads=2, feed_previous=feed, initial_state_attention=True,
    ),
    "many": lambda feed: legacy.one2many_rnn_seq2seq(
        symbols(2), {"a": symbols(3, 2)}, cell(), {"a": cell()}, CLASSES, {"a": CLASSES}, 5,
        feed_previous=feed,
    ),
}  # fmt: skip


class TestModels:
    def test_basic(self):
        toy = ToyCell(CLASSES, STATE)
        outputs, state = run(
            legacy.basic_rnn_seq2seq(one_hot(2), one_hot(3, 2), toy, dtype=tf.float64)
        )
        for example in range(BATCH):
            current = np.zeros(STATE)
            for index in range(5):
                wanted, current = toy.follow(TOKENS[example, index], current)
                if index >= 2:
                    np.testing.assert_allclose(outputs[index - 2][example], wanted)
            np.testing.assert_allclose(state[example], current)

    def test_variables_of_basic_and_tied(self):
        steps = [tf.ones([BATCH, 4])] * 2
        legacy.basic_rnn_seq2seq(steps, steps, cell())
        assert names() == [
            "basic_rnn_seq2seq/rnn/basic_rnn_cell/kernel",
            "basic_rnn_seq2seq/rnn/basic_rnn_cell/bias",
            "basic_rnn_seq2seq/rnn_decoder/basic_rnn_cell/kernel",
            "basic_rnn_seq2seq/rnn_decoder/basic_rnn_cell/bias",
        ]
        tf.reset_default_graph()
        steps = [tf.ones([BATCH, 4])] * 2
        legacy.tied_rnn_seq2seq(steps, steps, cell())
        assert names() == [
            "combined_tied_rnn_seq2seq/tied_rnn_seq2seq/basic_rnn_cell/kernel",
            "combined_tied_rnn_seq2seq/tied_rnn_seq2seq/basic_rnn_cell/bias",
        ]

    @pytest.mark.parametrize("model", MODELS)
    def test_feeding_back_may_be_decided_in_a_run(self, model):
        build = MODELS[model]
        feed = tf.placeholder(tf.bool, [])
        with tf.variable_scope("model"):
            dynamic, _ = build(feed)
        variables = names()
        static = {}
        for value in (True, False):
            with tf.variable_scope("model", reuse=True):
                static[value], _ = build(value)
        assert names() == variables
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            for value in (True, False):
                found, wanted = session.run([dynamic, static[value]], {feed: value})
                if model == "many":
                    found, wanted = found["a"], wanted["a"]
                assert len(found) == 3
                assert found[0].shape == (BATCH, CLASSES)
                np.testing.assert_allclose(found, wanted, rtol=1e-6)

    def test_one_to_many(self):
        outputs, states = legacy.one2many_rnn_seq2seq(
            symbols(2), {"a": symbols(3), "b": symbols(2)}, cell(), {"a": cell(), "b": cell()},
            CLASSES, {"a": 7, "b": 8}, 5,
        )  # fmt: skip
        assert [item.shape.as_list() for item in outputs["a"]] == [[BATCH, 7]] * 3
        assert [item.shape.as_list() for item in outputs["b"]] == [[BATCH, 8]] * 2
        assert set(states) == {"a", "b"}
        prefixes = {"/".join(name.split("/")[:2]) for name in names()}
        assert prefixes == {
            "one2many_rnn_seq2seq/rnn",
            "one2many_rnn_seq2seq/one2many_decoder_a",
            "one2many_rnn_seq2seq/one2many_decoder_b",
        }

    def test_a_projection_of_ones_own(self):
        projection = tf.ones([6, CLASSES]), tf.zeros([CLASSES])
        outputs, _ = legacy.embedding_attention_seq2seq(
            symbols(2), symbols(3, 2), cell(), CLASSES, CLASSES, 5, output_projection=projection,
            feed_previous=True,
        )  # fmt: skip
        assert outputs[0].shape.as_list() == [BATCH, 6]


BUCKETS = [(2, 2), (3, 4)]


class TestBuckets:
    def test_all_buckets_share_their_variables(self):
        shared = cell()

        def seq2seq(encoder, decoder):
            return legacy.embedding_attention_seq2seq(encoder, decoder, shared, CLASSES, CLASSES, 5)

        weights = [tf.ones([BATCH])] * 4
        outputs, losses = legacy.model_with_buckets(
            symbols(3), symbols(4), symbols(4, 1), weights, BUCKETS, seq2seq
        )
        assert [len(item) for item in outputs] == [2, 4]
        kernels = [name for name in names() if "basic_rnn_cell/kernel" in name]
        assert kernels == [
            "embedding_attention_seq2seq/rnn/embedding_wrapper/basic_rnn_cell/kernel",
            "embedding_attention_seq2seq/embedding_attention_decoder/attention_decoder/"
            "output_projection_wrapper/basic_rnn_cell/kernel",
        ]
        # Each bucket alone is what the model is for its lengths.
        with tf.variable_scope(tf.get_variable_scope(), reuse=True):
            wanted, _ = legacy.embedding_attention_seq2seq(
                symbols(3), symbols(4), cell(), CLASSES, CLASSES, 5
            )
        encoder = tf.trainable_variables()[names().index(kernels[0])]
        gradients = tf.gradients(losses[1], encoder)
        found = run([outputs[1], wanted, losses, gradients])
        np.testing.assert_allclose(found[0], found[1], rtol=1e-5)
        assert found[3][0].any()
        loss = run(legacy.sequence_loss(list(found[0]), symbols(4, 1), weights))
        np.testing.assert_allclose(found[2][1], loss, rtol=1e-5)

    def test_losses_of_examples(self):
        _, losses = legacy.model_with_buckets(
            one_hot(3), one_hot(4), symbols(4, 1), [tf.ones([BATCH], tf.float64)] * 4,
            BUCKETS,
            lambda x, y: legacy.basic_rnn_seq2seq(x, y, ToyCell(CLASSES, STATE), tf.float64),
            per_example_loss=True,
        )  # fmt: skip
        assert [item.shape.as_list() for item in losses] == [[BATCH], [BATCH]]
        assert all(value.shape == (BATCH,) for value in run(losses))

    @pytest.mark.parametrize("short", ["encoder_inputs", "targets", "weights"])
    def test_refuses_lists_that_are_too_short(self, short):
        good = {
            "encoder_inputs": symbols(3),
            "decoder_inputs": symbols(4),
            "targets": symbols(4),
            "weights": symbols(4),
        }
        with pytest.raises(ValueError, match=f"needs . {short}"):
            legacy.model_with_buckets(
                **{**good, short: good[short][:2]}, buckets=BUCKETS, seq2seq=None
            )
