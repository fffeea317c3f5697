"""Programs that only build graphs, with losses, metrics and layers: each takes the module as `tf`.

Both graphflow and TensorFlow run this very source, so that the names and types of all operations
can be compared.
"""

from __future__ import annotations


def losses(tf):
    labels = tf.placeholder(tf.float32, [4, 3], name="labels")
    x = tf.placeholder(tf.float32, [4, 3], name="x")
    wide = tf.placeholder(tf.float32, [4, 1], name="wide")
    classes = tf.placeholder(tf.int64, [4, 1], name="classes")
    each = tf.placeholder(tf.float32, [4], name="each")
    of = tf.losses
    of.absolute_difference(labels, x), of.absolute_difference(labels, x, wide, scope="far")
    of.mean_squared_error(labels, x, 2.0), of.huber_loss(labels, x, delta=0.5)
    of.hinge_loss(labels, x), of.log_loss(labels, x, wide)
    of.cosine_distance(labels, x, axis=1), of.mean_pairwise_squared_error(labels, x, wide)
    of.sigmoid_cross_entropy(labels, x), of.sigmoid_cross_entropy(labels, x, wide, 0.25)
    of.softmax_cross_entropy(labels, x), of.softmax_cross_entropy(labels, x, each, 0.5)
    of.sparse_softmax_cross_entropy(classes, x), of.sparse_softmax_cross_entropy(classes, x, wide)
    for reduction in sorted(of.Reduction.all()):
        of.compute_weighted_loss(x, wide, loss_collection=None, reduction=reduction)
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, tf.nn.l2_loss(x))
    of.get_regularization_loss(), of.get_total_loss(), of.get_total_loss(False, "only", "far")


PROGRAMS = {function.__name__: function for function in (losses,)}
