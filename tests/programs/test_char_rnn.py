"""A character model in the style of 2016 learns a text by heart and writes it."""

from __future__ import annotations

import numpy as np

import graphflow as tf

TEXT = "the quick brown fox jumps over the lazy dog. "
CHARS = sorted(set(TEXT))
CODES = np.array([CHARS.index(char) for char in TEXT])
UNITS, LAYERS, BATCH, STEPS = 40, 2, 5, 9


class Model:
    """Layers of LSTM cells that tell the next character.

    Args:
      batch: how many texts at once.
      steps: how many characters of each.
    """

    def __init__(self, batch, steps):
        cells = [tf.contrib.rnn.BasicLSTMCell(UNITS) for _ in range(LAYERS)]
        cell = tf.contrib.rnn.MultiRNNCell(cells, state_is_tuple=True)
        self.inputs = tf.placeholder(tf.int32, [batch, steps])
        self.targets = tf.placeholder(tf.int32, [batch, steps])
        self.initial_state = cell.zero_state(batch, tf.float32)
        with tf.variable_scope("rnnlm"):
            softmax_w = tf.get_variable("softmax_w", [UNITS, len(CHARS)])
            softmax_b = tf.get_variable("softmax_b", [len(CHARS)])
            embedding = tf.get_variable("embedding", [len(CHARS), UNITS])
        embedded = tf.split(tf.nn.embedding_lookup(embedding, self.inputs), steps, 1)
        outputs, self.final_state = tf.contrib.legacy_seq2seq.rnn_decoder(
            [tf.squeeze(item, [1]) for item in embedded], self.initial_state, cell, scope="rnnlm"
        )
        output = tf.reshape(tf.concat(outputs, 1), [-1, UNITS])
        logits = tf.nn.xw_plus_b(output, softmax_w, softmax_b)
        self.probabilities = tf.nn.softmax(logits)
        loss = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
            [logits], [tf.reshape(self.targets, [-1])], [tf.ones([batch * steps])]
        )
        self.cost = tf.reduce_sum(loss) / batch / steps

    def train_op(self, rate):
        variables = tf.trainable_variables()
        gradients, _ = tf.clip_by_global_norm(tf.gradients(self.cost, variables), 5.0)
        optimizer = tf.train.AdamOptimizer(rate)
        return optimizer.apply_gradients(zip(gradients, variables, strict=True))

    def write(self, session, start, count):
        """Continue a text, always by the most likely character."""
        state = session.run(self.initial_state)
        text = start
        for char in start[:-1]:
            feeds = {self.inputs: [[CHARS.index(char)]], self.initial_state: state}
            state = session.run(self.final_state, feeds)
        for _ in range(count):
            feeds = {self.inputs: [[CHARS.index(text[-1])]], self.initial_state: state}
            probabilities, state = session.run([self.probabilities, self.final_state], feeds)
            text += CHARS[int(probabilities[0].argmax())]
        return text


def test_the_text_is_learned_by_heart():
    tf.set_random_seed(3)
    model = Model(BATCH, STEPS)
    step = model.train_op(0.02)
    with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        writer = Model(1, 1)
    # Each row of a batch goes on where it ended in the batch before.
    rows = np.array([np.roll(CODES, -STEPS * row) for row in range(BATCH)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(12):
            state = session.run(model.initial_state)
            for begin in range(0, len(TEXT), STEPS):
                taken = np.roll(rows, -begin, axis=1)
                feeds = {model.inputs: taken[:, :STEPS], model.targets: taken[:, 1 : STEPS + 1]}
                for (c, h), values in zip(model.initial_state, state, strict=True):
                    feeds[c], feeds[h] = values
                cost, state, _ = session.run([model.cost, model.final_state, step], feeds)
        assert cost < 0.3
        assert writer.write(session, "the quick ", 34) == TEXT[:44]
