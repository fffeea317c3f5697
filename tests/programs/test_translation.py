"""A translator in the style of 2015: buckets, attention, sampled softmax, symbols fed back.

The language is a toy: each word is translated by the next one, and the order is turned around.
"""

from __future__ import annotations

import numpy as np

import graphflow as tf

PAD, GO, EOS, WORDS = 0, 1, 2, 9
BUCKETS = [(3, 4), (5, 6)]
UNITS, BATCH, SAMPLES = 32, 64, 6
LEGACY = tf.contrib.legacy_seq2seq


def translated(words):
    return [3 + (word - 3 + 1) % (WORDS - 3) for word in reversed(words)]


class Translator:
    """A model for all buckets.

    Args:
      forward_only: whether it translates, feeding its own words back, and is not trained.
    """

    def __init__(self, forward_only):
        self.forward_only = forward_only
        w_t = tf.get_variable("proj_w", [WORDS, UNITS])
        b = tf.get_variable("proj_b", [WORDS], initializer=tf.zeros_initializer())
        projection = (tf.transpose(w_t), b)

        def sampled_loss(labels, logits):
            labels = tf.reshape(labels, [-1, 1])
            return tf.nn.sampled_softmax_loss(
                weights=w_t, biases=b, labels=labels, inputs=logits, num_sampled=SAMPLES,
                num_classes=WORDS,
            )  # fmt: skip

        cell = tf.contrib.rnn.GRUCell(UNITS)

        def seq2seq(encoder_inputs, decoder_inputs):
            return LEGACY.embedding_attention_seq2seq(
                encoder_inputs, decoder_inputs, cell, num_encoder_symbols=WORDS,
                num_decoder_symbols=WORDS, embedding_size=UNITS, output_projection=projection,
                feed_previous=forward_only,
            )  # fmt: skip

        longest, longest_output = BUCKETS[-1]
        self.encoder_inputs = [tf.placeholder(tf.int32, [None]) for _ in range(longest)]
        self.decoder_inputs = [tf.placeholder(tf.int32, [None]) for _ in range(longest_output + 1)]
        self.weights = [tf.placeholder(tf.float32, [None]) for _ in range(longest_output + 1)]
        self.outputs, self.losses = LEGACY.model_with_buckets(
            self.encoder_inputs, self.decoder_inputs, self.decoder_inputs[1:], self.weights,
            BUCKETS, seq2seq, softmax_loss_function=sampled_loss,
        )  # fmt: skip
        if forward_only:
            self.outputs = [
                [tf.nn.xw_plus_b(output, *projection) for output in outputs]
                for outputs in self.outputs
            ]
            return
        variables = tf.trainable_variables()
        optimizer = tf.train.AdamOptimizer(0.01)
        self.updates = []
        for loss in self.losses:
            clipped, _ = tf.clip_by_global_norm(tf.gradients(loss, variables), 5.0)
            self.updates.append(optimizer.apply_gradients(zip(clipped, variables, strict=True)))

    def feeds(self, sentences, bucket):
        """What to feed for sentences of a bucket: padded in front, and reversed, as it was done."""
        size, output_size = BUCKETS[bucket]
        encoder = [[PAD] * (size - len(words)) + words[::-1] for words in sentences]
        decoder = [[GO, *translated(words), EOS] for words in sentences]
        decoder = [words + [PAD] * (output_size + 1 - len(words)) for words in decoder]
        feeds = dict(zip(self.encoder_inputs, np.array(encoder).T))  # noqa: B905
        feeds.update(zip(self.decoder_inputs, np.array(decoder).T))  # noqa: B905
        targets = np.array(decoder)[:, 1:]
        feeds.update(zip(self.weights, (targets != PAD).astype(np.float32).T))  # noqa: B905
        return feeds

    def translate(self, session, sentences, bucket):
        outputs = session.run(self.outputs[bucket], self.feeds(sentences, bucket))
        found = np.array([output.argmax(1) for output in outputs]).T.tolist()
        return [words[: words.index(EOS)] if EOS in words else words for words in found]


def sentences(random, bucket, count=BATCH):
    longest = BUCKETS[bucket][0]
    shortest = 1 if bucket == 0 else BUCKETS[bucket - 1][0] + 1
    lengths = random.randint(shortest, longest + 1, count)
    return [random.randint(3, WORDS, length).tolist() for length in lengths]


def test_a_toy_language_is_translated():
    tf.set_random_seed(5)
    random = np.random.RandomState(5)
    with tf.variable_scope("translator"):
        model = Translator(forward_only=False)
    count = len(tf.trainable_variables())
    with tf.variable_scope("translator", reuse=True):
        reader = Translator(forward_only=True)
    assert len(tf.trainable_variables()) == count
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(600):
            bucket = random.randint(len(BUCKETS))
            feeds = model.feeds(sentences(random, bucket), bucket)
            session.run(model.updates[bucket], feeds)
        for bucket in range(len(BUCKETS)):
            given = sentences(random, bucket, 100)
            found = reader.translate(session, given, bucket)
            right = sum(one == translated(words) for one, words in zip(found, given, strict=True))
            assert right >= 90
