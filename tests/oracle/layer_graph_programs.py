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


def convolutional_layers(tf):
    x = tf.placeholder(tf.float32, [None, 8, 9, 4], name="x")
    s = tf.placeholder(tf.float32, [None, 12, 4], name="s")
    v = tf.placeholder(tf.float32, [2, 4, 5, 6, 3], name="v")
    of = tf.layers
    h = of.conv2d(x, 5, 3, activation=tf.nn.relu)
    h = of.conv2d(h, 6, [3, 2], 2, "same", use_bias=False, name="own")
    of.conv2d(x, 5, 1, name="shared"), of.conv2d(x, 5, 1, name="shared", reuse=True)
    of.conv1d(s, 5, 3, padding="same", activation=tf.nn.tanh), of.conv1d(s, 5, 3, padding="causal")
    of.conv3d(v, 5, 2, (1, 2, 1)), of.separable_conv2d(x, 5, 3, depth_multiplier=2)
    of.separable_conv1d(s, 5, 3, activation=tf.nn.relu)
    of.conv2d_transpose(x, 5, 3, 2, "same"), of.conv2d_transpose(tf.zeros([2, 3, 4, 5]), 6, 3)
    of.conv3d_transpose(v, 5, 3, 2)
    y = of.flatten(h)
    with tf.variable_scope("net"):
        y = of.dense(y, 7, tf.nn.relu)
        y = of.dropout(y, 0.25, training=True)
        y = of.dropout(y, 0.25)
        of.dense(y, 3, name="out")
    of.flatten(v), of.flatten(x, data_format="channels_first")


def pooling_layers(tf):
    x = tf.placeholder(tf.float32, [None, 8, 9, 4], name="x")
    s = tf.placeholder(tf.float32, [None, 12, 4], name="s")
    v = tf.placeholder(tf.float32, [2, 4, 5, 6, 3], name="v")
    of = tf.layers
    of.max_pooling2d(x, 2, 2), of.average_pooling2d(x, [3, 2], 2, "same", name="own")
    of.max_pooling1d(s, 2, 2), of.average_pooling1d(s, 3, 1, "same")
    of.max_pooling3d(v, 2, 2), of.average_pooling3d(v, 2, 2)
    of.MaxPooling2D(2, 2)(x), of.MaxPooling2D(2, 2)(x)


def normalizing_layers(tf):
    x = tf.placeholder(tf.float32, [None, 8, 9, 4], name="x")
    r = tf.placeholder(tf.float32, [None, 6], name="r")
    of = tf.layers
    of.batch_normalization(x), of.batch_normalization(x, training=True)
    of.batch_normalization(r), of.batch_normalization(r, training=True, name="own")
    of.batch_normalization(x, 1, training=True, fused=False, center=False)
    of.batch_normalization(x, 1, training=True, scale=False)
    of.batch_normalization(r, training=True, renorm=True, renorm_clipping={"rmax": 3.0, "dmax": 5})
    of.batch_normalization(x, [1, 3], training=True)


def cells(tf):
    """Each cell takes two steps; nodes are counted, as where only the graph has a seed."""
    cell = tf.nn.rnn_cell
    for number, made in enumerate([
        cell.BasicRNNCell(2),
        cell.GRUCell(2),
        cell.BasicLSTMCell(2),
        cell.BasicLSTMCell(2, state_is_tuple=False),
        cell.LSTMCell(2),
        cell.LSTMCell(2, state_is_tuple=False),
        cell.LSTMCell(2, use_peepholes=True, num_proj=3, cell_clip=1.0, proj_clip=1.0),
        cell.MultiRNNCell([cell.BasicLSTMCell(2), cell.GRUCell(3)]),
        cell.MultiRNNCell([cell.GRUCell(2), cell.GRUCell(3)], state_is_tuple=False),
    ]):  # fmt: skip
        for batch in (None, 4):
            x = tf.placeholder(tf.float32, [batch, 3])
            with tf.variable_scope(f"net{number}", reuse=batch is not None):
                tf.nn.static_rnn(made, [x, x], dtype=tf.float32)


PROGRAMS = {
    function.__name__: function
    for function in (losses, convolutional_layers, pooling_layers, normalizing_layers, cells)
}
