"""A sequence to sequence model with attention learns to write digits backwards.

Trained with the digits given, it then decodes on its own: greedily and by beam search.
"""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import obey_environment

SYMBOLS, START, END = 12, 10, 11
LONGEST, UNITS, BATCH = 6, 48, 64
SEQ2SEQ = tf.contrib.seq2seq


def batch(random, size=BATCH):
    """Digits [size, LONGEST], their lengths, and the digits backwards."""
    lengths = random.randint(2, LONGEST + 1, size)
    digits = np.full((size, LONGEST), END)
    backwards = np.full((size, LONGEST), END)
    for row, length in enumerate(lengths):
        digits[row, :length] = random.randint(0, 10, length)
        backwards[row, :length] = digits[row, :length][::-1]
    return digits, lengths, backwards


class Model:
    """Encoder and decoder, for training and for decoding with one set of variables.

    Args:
      mechanism: an attention mechanism's class.
    """

    def __init__(self, mechanism):
        self.digits = tf.placeholder(tf.int32, [None, None])
        self.lengths = tf.placeholder(tf.int32, [None])
        self.size = tf.shape(self.digits)[0]
        self.mechanism = mechanism
        self.embedding = tf.get_variable("embedding", [SYMBOLS, UNITS])
        embedded = tf.nn.embedding_lookup(self.embedding, self.digits)
        (forward, backward), states = tf.nn.bidirectional_dynamic_rnn(
            tf.nn.rnn_cell.GRUCell(UNITS), tf.nn.rnn_cell.GRUCell(UNITS), embedded,
            sequence_length=self.lengths, dtype=tf.float32,
        )  # fmt: skip
        self.outputs = tf.concat([forward, backward], 2)
        self.state = tf.layers.dense(tf.concat(states, 1), UNITS, name="bridge")
        self.projection = tf.layers.Dense(SYMBOLS, use_bias=False, name="projection")

    def decode(self, make_decoder, width=1, reuse=True, steps=None):
        """Decode with the decoder that `make_decoder(cell, initial_state)` makes."""
        memory, lengths, state = (
            SEQ2SEQ.tile_batch(item, width) for item in (self.outputs, self.lengths, self.state)
        )
        with tf.variable_scope("attend", reuse=reuse):
            mechanism = self.mechanism(UNITS, memory, memory_sequence_length=lengths)
            cell = SEQ2SEQ.AttentionWrapper(
                tf.nn.rnn_cell.GRUCell(UNITS), mechanism, attention_layer_size=UNITS
            )
            start = cell.zero_state(self.size * width, tf.float32).clone(cell_state=state)
            outputs, *_ = SEQ2SEQ.dynamic_decode(
                make_decoder(cell, start), maximum_iterations=steps
            )
        return outputs

    def train(self, backwards, lengths):
        """The loss, where the decoder gets the right digits."""
        starts = tf.fill([self.size, 1], START)
        given = tf.nn.embedding_lookup(self.embedding, tf.concat([starts, backwards], 1))
        helper = SEQ2SEQ.TrainingHelper(given, lengths + 1)
        outputs = self.decode(
            lambda cell, start: SEQ2SEQ.BasicDecoder(cell, helper, start, self.projection),
            reuse=False,
        )
        steps = tf.reduce_max(lengths) + 1
        targets = tf.concat([backwards, tf.fill([self.size, 1], END)], 1)[:, :steps]
        weights = tf.sequence_mask(lengths + 1, steps, dtype=tf.float32)
        return SEQ2SEQ.sequence_loss(outputs.rnn_output, targets, weights)

    def greedy(self):
        """The digits that are most likely at each step."""
        helper = SEQ2SEQ.GreedyEmbeddingHelper(self.embedding, tf.fill([self.size], START), END)
        outputs = self.decode(
            lambda cell, start: SEQ2SEQ.BasicDecoder(cell, helper, start, self.projection),
            steps=LONGEST + 2,
        )
        return outputs.sample_id

    def search(self, width):
        """The most likely digits, [batch, time, beams]."""
        outputs = self.decode(
            lambda cell, start: SEQ2SEQ.BeamSearchDecoder(
                cell, self.embedding, tf.fill([self.size], START), END, start, width,
                output_layer=self.projection,
            ),
            width=width,
            steps=LONGEST + 2,
        )  # fmt: skip
        return outputs.predicted_ids


def rate_of_right(found, wanted):
    """How many rows are all right up to the end."""
    count = 0
    for row, target in zip(found, wanted, strict=True):
        target = [*target[target != END], END]
        count += row[: len(target)].tolist() == target
    return count / len(wanted)


@pytest.mark.parametrize("name", ["LuongAttention", "BahdanauAttention"])
def test_digits_backwards(name, monkeypatch):
    # The loss jumps now and then: so that it does so at the same steps in every run.
    monkeypatch.setenv("GRAPHFLOW_JIT", "0")
    obey_environment()
    tf.set_random_seed(7)
    random = np.random.RandomState(7)
    model = Model(getattr(SEQ2SEQ, name))
    backwards = tf.placeholder(tf.int32, [None, None])
    loss = model.train(backwards, model.lengths)
    count = len(tf.trainable_variables())
    greedy, beams = model.greedy(), model.search(3)
    assert len(tf.trainable_variables()) == count
    optimizer = tf.train.AdamOptimizer(0.01)
    gradients, variables = zip(*optimizer.compute_gradients(loss), strict=True)
    clipped, _ = tf.clip_by_global_norm(gradients, 2.0)
    step = optimizer.apply_gradients(zip(clipped, variables, strict=True))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(200):
            digits, lengths, wanted = batch(random)
            feeds = {model.digits: digits, model.lengths: lengths, backwards: wanted}
            value, _ = session.run([loss, step], feeds)
        digits, lengths, wanted = batch(random, 100)
        feeds = {model.digits: digits, model.lengths: lengths}
        found, best = session.run([greedy, beams], feeds)
    assert value < 0.1
    assert rate_of_right(found, wanted) >= 0.95
    assert rate_of_right(best[:, :, 0], wanted) >= rate_of_right(found, wanted)
