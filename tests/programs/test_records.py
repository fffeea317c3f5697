"""Clicks predicted from records: examples are parsed in the graph, sparse features multiplied."""

from __future__ import annotations

import numpy as np

import graphflow as tf

FEATURES, RECORDS = 30, 40


def records() -> list[bytes]:
    random = np.random.RandomState(6)
    truth = random.randn(FEATURES)
    found = []
    for _ in range(RECORDS):
        ids = np.sort(random.choice(FEATURES, random.randint(1, 6), replace=False))
        values = random.uniform(0.5, 1.5, ids.size)
        feature = {
            "ids": tf.train.Feature(int64_list=tf.train.Int64List(value=ids.tolist())),
            "values": tf.train.Feature(float_list=tf.train.FloatList(value=values.tolist())),
            "clicked": tf.train.Feature(
                int64_list=tf.train.Int64List(value=[int(truth[ids] @ values > 0)])
            ),
        }
        example = tf.train.Example(features=tf.train.Features(feature=feature))
        found.append(example.SerializeToString())
    return found


def main() -> list[float]:
    serialized = tf.placeholder(tf.string, [None])
    parsed = tf.parse_example(
        serialized,
        {
            "x": tf.SparseFeature("ids", "values", tf.float32, FEATURES),
            "clicked": tf.FixedLenFeature([], tf.int64),
        },
    )
    weights = tf.Variable(tf.zeros([FEATURES, 1]))
    bias = tf.Variable(0.0)
    logits = tf.sparse_tensor_dense_matmul(parsed["x"], weights)[:, 0] + bias
    labels = tf.cast(parsed["clicked"], tf.float32)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    step = tf.train.GradientDescentOptimizer(2.0).minimize(loss)
    right = tf.reduce_mean(tf.cast(tf.equal(logits > 0, labels > 0.5), tf.float32))
    losses = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {serialized: records()}
        for _ in range(150):
            losses.append(float(sess.run([loss, step], feed)[0]))
        losses.append(float(sess.run(right, feed)))
    return losses


def test_clicks_are_predicted() -> None:
    *losses, right = main()
    assert losses[-1] < 0.5 * losses[0]
    assert right > 0.9
