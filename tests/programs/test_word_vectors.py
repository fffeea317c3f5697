"""Vectors of words from their neighbours: skip-gram with sampled classes."""

from __future__ import annotations

import numpy as np

import graphflow as tf

TEXT = (
    "the king rules the land and the queen rules the land "
    "the dog chases the cat and the cat chases the mouse "
) * 6
WINDOW = 2


def pairs(ids: list[int]) -> tuple[np.ndarray, np.ndarray]:
    centers, contexts = [], []
    for at, center in enumerate(ids):
        for other in range(max(0, at - WINDOW), min(len(ids), at + WINDOW + 1)):
            if other != at:
                centers.append(center)
                contexts.append(ids[other])
    return np.array(centers), np.array(contexts)[:, None]


def train(loss_of, steps: int) -> list[float]:
    words = TEXT.split()
    vocabulary = sorted(set(words), key=lambda word: (-words.count(word), word))
    centers, contexts = pairs([vocabulary.index(word) for word in words])
    size, width = len(vocabulary), 5
    random = np.random.RandomState(4)
    tf.set_random_seed(11)

    inputs = tf.placeholder(tf.int32, [None])
    labels = tf.placeholder(tf.int64, [None, 1])
    table = tf.Variable(random.uniform(-1, 1, (size, width)).astype(np.float32))
    weights = tf.Variable(random.randn(size, width).astype(np.float32) / 3)
    biases = tf.Variable(tf.zeros([size]))
    embedded = tf.nn.embedding_lookup(table, inputs)
    sampled = tf.nn.log_uniform_candidate_sampler(labels, 1, 4, True, size, seed=3)
    loss = tf.reduce_mean(loss_of(weights, biases, labels, embedded, 4, size, sampled))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(steps):
            feed = {inputs: centers, labels: contexts}
            losses.append(float(sess.run(loss, feed)))
            sess.run(step, feed)
    return losses


def main() -> list[float]:
    def contrast(weights, biases, labels, inputs, count, size, sampled):
        return tf.nn.nce_loss(weights, biases, labels, inputs, count, size, sampled_values=sampled)

    def softmax(weights, biases, labels, inputs, count, size, sampled):
        return tf.nn.sampled_softmax_loss(
            weights, biases, labels, inputs, count, size, sampled_values=sampled
        )

    return [*train(contrast, 60), *train(softmax, 60)]


def test_neighbours_are_learnt() -> None:
    contrast, softmax = np.array(main()).reshape(2, 60)
    assert contrast[-10:].mean() < 0.8 * contrast[:3].mean()
    assert softmax[-10:].mean() < 0.8 * softmax[:3].mean()
