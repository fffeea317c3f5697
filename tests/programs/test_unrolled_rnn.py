"""A recurrent net unrolled in Python learns to echo its input one step late."""

from __future__ import annotations

import numpy as np

import graphflow as tf

BATCH, STEPS, UNITS = 8, 6, 6


def cell(inputs, state):
    with tf.variable_scope("cell", reuse=tf.AUTO_REUSE):
        start = np.random.RandomState(1).randn(2 + UNITS, UNITS) * 0.5
        W = tf.get_variable("W", [2 + UNITS, UNITS], initializer=tf.constant_initializer(start))
        b = tf.get_variable("b", [UNITS], initializer=tf.constant_initializer(0.0))
    return tf.tanh(tf.matmul(tf.concat([inputs, state], 1), W) + b)


def main() -> list[float]:
    bits = np.random.RandomState(12).randint(0, 2, (BATCH, STEPS))
    late = np.concatenate([np.zeros((BATCH, 1), int), bits[:, :-1]], 1)

    x = tf.placeholder(tf.int32, [BATCH, STEPS], name="x")
    y = tf.placeholder(tf.int32, [BATCH, STEPS], name="y")
    state = tf.zeros([BATCH, UNITS])
    outputs = []
    for inputs in tf.unstack(tf.one_hot(x, 2), axis=1):
        state = cell(inputs, state)
        outputs.append(state)
    with tf.variable_scope("softmax"):
        start = np.random.RandomState(2).randn(UNITS, 2)
        W = tf.get_variable("W", [UNITS, 2], initializer=tf.constant_initializer(start))
        b = tf.get_variable("b", [2], initializer=tf.constant_initializer(0.0))
    logits = [tf.matmul(output, W) + b for output in outputs]
    labels = [tf.squeeze(part, [1]) for part in tf.split(y, STEPS, axis=1)]
    total = tf.reduce_mean(
        [
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logit)
            for label, logit in zip(labels, logits)  # noqa: B905
        ]
    )
    variables = tf.trainable_variables()
    grads, _ = tf.clip_by_global_norm(tf.gradients(total, variables), 1.0)
    train = tf.train.AdamOptimizer(0.05).apply_gradients(list(zip(grads, variables)))  # noqa: B905

    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(100):
            losses.append(float(sess.run([total, train], {x: bits, y: late})[0]))
        guesses = sess.run(tf.argmax(tf.stack(logits, 1), 2), {x: bits})
    np.testing.assert_array_equal(guesses, late)
    return losses


def test_echo_is_learned() -> None:
    assert main()[-1] < 0.1
