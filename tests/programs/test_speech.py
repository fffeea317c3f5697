"""Letters from frames of sound without alignment: CTC, beam search and edit distance."""

from __future__ import annotations

import numpy as np

import graphflow as tf

LETTERS, FRAMES, BATCH, FEATURES = 4, 12, 6, 5


def utterances() -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Frames in which each letter is heard for a while, and the letters as a sparse tensor."""
    random = np.random.RandomState(2)
    codes = random.randn(LETTERS, FEATURES)
    frames = 0.1 * random.randn(FRAMES, BATCH, FEATURES)
    indices, values = [], []
    for row in range(BATCH):
        for at, letter in enumerate(random.permutation(LETTERS)[:3]):
            frames[4 * at : 4 * at + 3, row] += codes[letter]
            indices.append([row, at])
            values.append(letter)
    letters = (
        np.array(indices, np.int64),
        np.array(values, np.int32),
        np.array([BATCH, 3], np.int64),
    )
    return frames.astype(np.float32), letters


def main() -> list[float]:
    frames, letters = utterances()
    random = np.random.RandomState(3)
    x = tf.placeholder(tf.float32, [FRAMES, None, FEATURES])
    labels = tf.sparse_placeholder(tf.int32)
    lengths = tf.placeholder(tf.int32, [None])
    weights = tf.Variable(random.randn(FEATURES, LETTERS + 1).astype(np.float32) / 2)
    bias = tf.Variable(tf.zeros([LETTERS + 1]))
    logits = tf.tensordot(x, weights, 1) + bias
    loss = tf.reduce_mean(tf.nn.ctc_loss(labels, logits, lengths))
    step = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)
    (decoded,), _ = tf.nn.ctc_beam_search_decoder(logits, lengths, beam_width=8, top_paths=1)
    distance = tf.edit_distance(tf.cast(decoded, tf.int32), labels)
    error_rate = tf.reduce_mean(distance)

    losses = []
    feed = {x: frames, labels: letters, lengths: [FRAMES] * BATCH}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(80):
            losses.append(float(sess.run([loss, step], feed)[0]))
        losses.append(float(sess.run(error_rate, feed)))
    return losses


def test_letters_are_heard() -> None:
    *losses, error_rate = main()
    assert losses[-1] < 0.1 * losses[0]
    assert error_rate == 0
