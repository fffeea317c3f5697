"""A bidirectional LSTM with a conditional random field marks names in sentences.

A name begins with one of some words and goes on as long as words of another kind follow, which mean
nothing elsewhere: tags are outside, begin and inside, as in named entity recognition.
"""

from __future__ import annotations

import numpy as np

import graphflow as tf

WORDS, TAGS, LONGEST, UNITS = 20, 3, 12, 16
BEGINNERS, FOLLOWERS = range(1, 4), range(4, 10)
OUTSIDE, BEGIN, INSIDE = range(TAGS)


def batch(random, size):
    """Words [size, LONGEST], their tags, and the lengths of sentences; 0 is padding."""
    lengths = random.randint(3, LONGEST + 1, size)
    words = random.randint(1, WORDS, (size, LONGEST))
    words[np.arange(LONGEST) >= lengths[:, None]] = 0
    tags = np.zeros_like(words)
    for row in range(size):
        inside = False
        for place in range(lengths[row]):
            word = words[row, place]
            inside = word in BEGINNERS or (inside and word in FOLLOWERS)
            if inside:
                tags[row, place] = BEGIN if word in BEGINNERS else INSIDE
    return words, tags, lengths


def test_names_are_marked():
    tf.set_random_seed(11)
    random = np.random.RandomState(11)
    words = tf.placeholder(tf.int32, [None, None])
    tags = tf.placeholder(tf.int32, [None, None])
    lengths = tf.placeholder(tf.int32, [None])
    embedding = tf.get_variable("embedding", [WORDS, UNITS])
    outputs, _ = tf.nn.bidirectional_dynamic_rnn(
        tf.nn.rnn_cell.BasicLSTMCell(UNITS), tf.nn.rnn_cell.BasicLSTMCell(UNITS),
        tf.nn.embedding_lookup(embedding, words), sequence_length=lengths, dtype=tf.float32,
    )  # fmt: skip
    potentials = tf.layers.dense(tf.concat(outputs, 2), TAGS)
    likelihood, transitions = tf.contrib.crf.crf_log_likelihood(potentials, tags, lengths)
    loss = tf.reduce_mean(-likelihood)
    step = tf.train.AdamOptimizer(0.02).minimize(loss)
    decoded, scores = tf.contrib.crf.crf_decode(potentials, transitions, lengths)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(100):
            values = batch(random, 32)
            session.run(step, dict(zip([words, tags, lengths], values, strict=True)))
        given, wanted, sizes = batch(random, 100)
        feeds = {words: given, lengths: sizes}
        found, best, logits, table = session.run([decoded, scores, potentials, transitions], feeds)
    right = sum(
        (one[:size] == other[:size]).all()
        for one, other, size in zip(found, wanted, sizes, strict=True)
    )
    assert right >= 95
    # Outside of the graph numpy finds the same.
    path, score = tf.contrib.crf.viterbi_decode(logits[0, : sizes[0]], table)
    assert path == found[0, : sizes[0]].tolist()
    np.testing.assert_allclose(score, best[0], rtol=1e-5)
