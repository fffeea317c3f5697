"""Good or bad, by the words of a sentence: split strings, look words up, mean of their vectors."""

from __future__ import annotations

import numpy as np

import graphflow as tf

SENTENCES = [
    "a fine and lovely film", "what a lovely day", "fine, fine acting",
    "a dull and silly film", "what a dull bore", "silly acting and a bore",
]  # fmt: skip
LABELS = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def main() -> list[float]:
    words = sorted(set(" ".join(SENTENCES).replace(",", "").split()))
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(
            tf.constant(words), tf.range(len(words), dtype=tf.int64), tf.string, tf.int64
        ),
        default_value=-1,
    )
    sentences = tf.placeholder(tf.string, [None])
    labels = tf.placeholder(tf.float32, [None])
    clean = tf.regex_replace(sentences, "[[:punct:]]", "")
    split = tf.string_split(clean)
    ids = tf.SparseTensor(split.indices, table.lookup(split.values), split.dense_shape)
    random = np.random.RandomState(5)
    vectors = tf.Variable(random.randn(len(words), 3).astype(np.float32))
    weights = tf.Variable(random.randn(3, 1).astype(np.float32))
    mean = tf.nn.embedding_lookup_sparse(vectors, ids, None, combiner="mean")
    logits = tf.squeeze(tf.matmul(mean, weights), 1)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    step = tf.train.AdamOptimizer(0.1).minimize(loss)
    losses = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for _ in range(60):
            feed = {sentences: SENTENCES, labels: LABELS}
            losses.append(float(sess.run([loss, step], feed)[0]))
        unknown = sess.run(table.lookup(tf.constant(["lovely", "unheard-of"])))
    return [*losses, *map(float, unknown)]


def test_words_get_a_meaning() -> None:
    *losses, known, unknown = main()
    assert losses[-1] < 0.05 * losses[0]
    assert (known >= 0, unknown) == (True, -1)
