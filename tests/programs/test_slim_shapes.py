"""A convolutional net in slim tells shapes apart; another one begins with what it has learnt.

Written as TF-slim programs are: a function for the net, scopes with default arguments, batch
normalization and dropout that know whether they train, total losses, and a checkpoint from which a
net with other classes takes all layers but the last.
"""

from __future__ import annotations

import numpy as np

import graphflow as tf

slim = tf.contrib.slim

SIZE = 12
KINDS = ("cross", "square", "line")


def picture(kind, random):
    """An image with one shape at a random place, and some noise."""
    image = random.normal(0, 0.1, [SIZE, SIZE])
    row, column = random.randint(1, SIZE - 6, 2)
    if kind == "cross":
        image[row + 2, column : column + 5] += 1
        image[row : row + 5, column + 2] += 1
    elif kind == "square":
        image[row : row + 5, [column, column + 4]] += 1
        image[[row, row + 4], column + 1 : column + 4] += 1
    else:
        image[np.arange(5) + row, np.arange(5) + column] += 1
    return image[:, :, np.newaxis].astype(np.float32)


def examples(count, kinds, seed):
    random = np.random.RandomState(seed)
    labels = random.randint(0, len(kinds), count)
    return np.stack([picture(kinds[label], random) for label in labels]), labels


def arg_scope(weight_decay=0.001):
    with (
        slim.arg_scope(
            [slim.conv2d, slim.fully_connected],
            activation_fn=tf.nn.relu,
            weights_regularizer=slim.l2_regularizer(weight_decay),
            weights_initializer=slim.xavier_initializer(seed=3),
        ),
        slim.arg_scope(
            [slim.conv2d], normalizer_fn=slim.batch_norm, normalizer_params={"decay": 0.9}
        ) as scope,
    ):
        return scope


def net(images, num_classes, is_training, reuse=None, scope="net"):
    with tf.variable_scope(scope, "net", [images], reuse=reuse) as opened:
        end_points = opened.name + "_end_points"
        with slim.arg_scope([slim.batch_norm, slim.dropout], is_training=is_training):
            with slim.arg_scope([slim.conv2d, slim.max_pool2d], outputs_collections=end_points):
                hidden = slim.repeat(images, 2, slim.conv2d, 8, [3, 3], scope="conv1")
                hidden = slim.max_pool2d(hidden, [2, 2], scope="pool1")
                hidden = slim.conv2d(hidden, 16, [3, 3], scope="conv2")
                hidden = slim.max_pool2d(hidden, [2, 2], scope="pool2")
            hidden = slim.flatten(hidden)
            hidden = slim.fully_connected(hidden, 16, scope="fc3")
            hidden = slim.dropout(hidden, 0.8, scope="dropout3", seed=5)
            logits = slim.fully_connected(hidden, num_classes, activation_fn=None, scope="logits")
        return logits, slim.utils.convert_collection_to_dict(end_points, clear_collection=True)


def model(kinds):
    """The training operation, and the accuracy outside of training."""
    images = tf.placeholder(tf.float32, [None, SIZE, SIZE, 1], name="images")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    with slim.arg_scope(arg_scope()):
        logits, end_points = net(images, len(kinds), is_training=True)
        tested, _ = net(images, len(kinds), is_training=False, reuse=True)
    assert list(end_points) == [
        "net/conv1/conv1_1", "net/conv1/conv1_2", "net/pool1", "net/conv2", "net/pool2",
    ]  # fmt: skip
    slim.losses.softmax_cross_entropy(logits, slim.one_hot_encoding(labels, len(kinds)))
    train_op = slim.learning.create_train_op(
        slim.losses.get_total_loss(), tf.train.AdamOptimizer(0.01), clip_gradient_norm=4.0
    )
    accuracy = slim.metrics.accuracy(tf.argmax(tested, 1), labels)
    return images, labels, train_op, accuracy


def train(sess, parts, kinds, steps):
    images, labels, train_op, accuracy = parts
    losses = []
    for step in range(steps):
        batch = examples(32, kinds, seed=step)
        losses.append(sess.run(train_op, {images: batch[0], labels: batch[1]}))
    tests = examples(200, kinds, seed=10**6)
    return losses, sess.run(accuracy, {images: tests[0], labels: tests[1]})


def learn_shapes(path):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(1)
        parts = model(KINDS)
        sess.run(tf.global_variables_initializer())
        losses, accuracy = train(sess, parts, KINDS, 100)
        assert sess.run(slim.get_global_step()) == 100
        return losses, accuracy, tf.train.Saver(slim.get_model_variables()).save(sess, path)


def tune(checkpoint):
    """Train a net for other classes for a few steps, all layers but the last from a checkpoint."""
    kinds = ("line", "cross")
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(2)
        parts = model(kinds)
        restored = [
            variable
            for variable in slim.get_variables_to_restore(exclude=["net/logits", "global_step"])
            if variable in slim.get_model_variables()
        ]
        sess.run(tf.global_variables_initializer())
        slim.assign_from_checkpoint_fn(checkpoint, restored)(sess)
        return train(sess, parts, kinds, 15)[1]


def test_shapes(tmp_path):
    losses, accuracy, checkpoint = learn_shapes(str(tmp_path / "shapes"))
    assert np.mean(losses[-10:]) < 0.4 * np.mean(losses[:10])
    assert accuracy > 0.95
    assert tune(checkpoint) > 0.9
