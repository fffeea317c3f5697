"""Programs with losses, metrics and layers: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations


def _numbers(tf, shape, start=0.0):
    """Numbers between -2 and 2 that no random generator has to agree about."""
    count = 1
    for size in shape:
        count *= size
    return 2.0 * tf.sin(tf.reshape(tf.range(start, start + count, dtype=tf.float32), shape))


def _losses(tf, labels, logits, weights, **keywords):
    of = tf.losses
    p = tf.sigmoid(logits)
    keywords["weights"] = weights
    return [
        of.absolute_difference(labels, logits, **keywords),
        of.mean_squared_error(labels, logits, **keywords),
        of.huber_loss(labels, logits, delta=0.75, **keywords),
        of.hinge_loss(labels, logits, **keywords),
        of.log_loss(labels, p, **keywords),
        of.log_loss(labels, p, epsilon=0.01, **keywords),
        of.sigmoid_cross_entropy(labels, logits, **keywords),
        of.sigmoid_cross_entropy(labels, logits, label_smoothing=0.3, **keywords),
    ]


def losses_with_all_weights(tf):
    labels = tf.cast(_numbers(tf, [4, 3], 5.0) > 0, tf.float32)
    logits = _numbers(tf, [4, 3])
    results = []
    for weights in (1.0, 0.0, 2.5, [[1.0], [0.0], [2.0], [0.5]], [[0.0, 3.0, 1.0]]):
        losses = _losses(tf, labels, logits, weights)
        results += losses + tf.gradients(tf.add_n(losses), logits)
        results += _losses(tf, labels, logits, weights, reduction="none", loss_collection=None)
    column = [[1.0], [0.0], [2.0], [3.0]]
    for key in sorted(tf.losses.Reduction.all()):
        results.append(tf.losses.compute_weighted_loss(logits, column, None, None, reduction=key))
    return [*results, tf.losses.get_total_loss()]


def losses_of_classes(tf):
    logits = _numbers(tf, [4, 3])
    classes = tf.constant([2, 0, 1, 1])
    onehot = tf.one_hot(classes, 3, dtype=tf.int32)
    of = tf.losses
    results = []
    for weights in (1.0, [1.0, 0.0, 2.0, 0.5]):
        results += [
            of.softmax_cross_entropy(onehot, logits, weights),
            of.softmax_cross_entropy(onehot, logits, weights, label_smoothing=0.4),
            of.sparse_softmax_cross_entropy(classes, logits, weights),
        ]
    column = [[1.0], [0.0], [2.0], [0.5]]
    results += [
        of.sparse_softmax_cross_entropy(classes[:, None], logits, column),
        of.cosine_distance(tf.nn.l2_normalize(logits, 1), onehot, 1, column),
        of.mean_pairwise_squared_error(onehot, logits),
        of.mean_pairwise_squared_error(onehot, logits, column),
        of.mean_pairwise_squared_error(onehot, logits, 0.0),
    ]
    total = of.get_total_loss()
    return [*results, total, *tf.gradients(total, logits)]


def losses_of_unknown_shapes(tf):
    labels = tf.placeholder_with_default(tf.cast(_numbers(tf, [4, 3], 5.0) > 0, tf.float32), None)
    logits = tf.placeholder_with_default(_numbers(tf, [4, 3]), None)
    columns = tf.placeholder_with_default([[1.0], [0.0], [2.0], [0.5]], None)
    partly = tf.placeholder_with_default([[1.0], [0.0], [2.0], [0.5]], [None, None])
    scalar = tf.placeholder_with_default(3.0, None)
    classes = tf.placeholder_with_default([[2], [0], [1], [1]], None)
    results = []
    for weights in (columns, partly, scalar):
        results += _losses(tf, labels, logits, weights)
    known = tf.reshape(logits, [4, 3])
    results += [
        tf.losses.sparse_softmax_cross_entropy(classes, known, columns),
        tf.losses.sparse_softmax_cross_entropy(classes, known, scalar),
    ]
    return results


PROGRAMS = {
    function.__name__: function
    for function in (
        losses_with_all_weights,
        losses_of_classes,
        losses_of_unknown_shapes,
    )
}
