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


def _waves(tf, factor):
    """An initializer that no random generator has to agree about."""

    def initializer(shape, dtype=None, partition_info=None):
        count = 1
        for size in shape:
            count *= size
        return tf.reshape(tf.cos(factor * tf.range(0.0, float(count))), shape)

    return initializer


def _with_gradients(tf, outputs):
    total = tf.add_n([tf.reduce_sum(tf.square(output)) for output in outputs])
    return [*outputs, *tf.gradients(total, tf.trainable_variables())]


def convolutions(tf):
    x = _numbers(tf, [2, 6, 7, 3])
    s = _numbers(tf, [2, 8, 3])
    v = _numbers(tf, [1, 4, 5, 3, 2])
    own = {"kernel_initializer": _waves(tf, 0.7), "bias_initializer": _waves(tf, 0.3)}
    of = tf.layers
    outputs = [
        of.conv2d(x, 4, 3, **own),
        of.conv2d(x, 4, [3, 2], (2, 1), "same", activation=tf.nn.relu, **own),
        of.conv2d(x, 4, 2, dilation_rate=(2, 1), use_bias=False, **own),
        of.conv2d(x, 4, 3, padding="same", dilation_rate=2, activation="tanh", **own),
        of.conv1d(s, 4, 3, **own),
        of.conv1d(s, 4, 3, 2, "same", **own),
        of.conv1d(s, 4, 3, padding="causal", dilation_rate=2, **own),
        of.conv3d(v, 3, 2, **own),
        of.conv3d(v, 3, [1, 2, 3], 2, "same", **own),
        of.conv2d_transpose(x, 4, 3, **own),
        of.conv2d_transpose(x, 4, [3, 2], (2, 3), "same", activation=tf.nn.sigmoid, **own),
        of.conv2d_transpose(x, 4, 1, 2, **own),
        of.conv3d_transpose(v, 3, 2, 2, **own),
        of.conv3d_transpose(v, 3, 3, (1, 2, 1), "same", **own),
    ]
    return _with_gradients(tf, outputs)


def separable_convolutions(tf):
    x = _numbers(tf, [2, 6, 7, 3])
    s = _numbers(tf, [2, 8, 3])
    own = {
        "depthwise_initializer": _waves(tf, 0.7),
        "pointwise_initializer": _waves(tf, 0.9),
        "bias_initializer": _waves(tf, 0.3),
    }
    of = tf.layers
    outputs = [
        of.separable_conv2d(x, 4, 3, **own),
        of.separable_conv2d(x, 4, [3, 2], 2, "same", depth_multiplier=2, **own),
        of.separable_conv2d(x, 4, 2, dilation_rate=2, use_bias=False, **own),
        of.separable_conv1d(s, 4, 3, activation=tf.nn.relu, **own),
        of.separable_conv1d(s, 4, 3, 2, "same", depth_multiplier=3, **own),
        of.separable_conv1d(s, 4, 3, dilation_rate=2, **own),
    ]
    return _with_gradients(tf, outputs)


def poolings(tf):
    x = _numbers(tf, [2, 6, 7, 3])
    s = _numbers(tf, [2, 8, 3])
    v = _numbers(tf, [1, 4, 5, 3, 2])
    of = tf.layers
    return [
        of.max_pooling1d(s, 2, 2), of.average_pooling1d(s, 3, 2, "same"),
        of.max_pooling1d(s, 3, 1), of.max_pooling2d(x, 2, 2), of.average_pooling2d(x, [3, 2], 1),
        of.average_pooling2d(x, 2, 2, "same"), of.max_pooling2d(x, [2, 3], [1, 2], "same"),
        of.max_pooling3d(v, 2, 1), of.average_pooling3d(v, [2, 1, 3], 2, "same"),
        of.max_pooling1d(tf.transpose(s, [0, 2, 1]), 2, 2, data_format="channels_first"),
        of.flatten(x), of.flatten(tf.placeholder_with_default(x, [None, 6, None, 3])),
        of.flatten(x, data_format="channels_first"), of.dropout(x, 0.3),
    ]  # fmt: skip


def dense_layers(tf):
    x = _numbers(tf, [3, 2, 4])
    own = {"kernel_initializer": _waves(tf, 0.7), "bias_initializer": _waves(tf, 0.3)}
    l2 = tf.keras.regularizers.l2(0.25)
    y = tf.layers.dense(x, 5, "relu", kernel_regularizer=l2, **own)
    y = tf.layers.dense(
        y, 2, tf.nn.softmax, activity_regularizer=lambda t: tf.reduce_sum(tf.square(t)), **own
    )
    y = tf.layers.dense(x, 2, use_bias=False, bias_regularizer=l2, kernel_initializer="ones")
    return [y, tf.losses.get_regularization_loss(), *tf.losses.get_regularization_losses()]


def _normalized(tf, x, training, **keywords):
    own = {
        "gamma_initializer": _waves(tf, 0.7),
        "beta_initializer": _waves(tf, 0.3),
        "moving_mean_initializer": _waves(tf, 0.2),
        "moving_variance_initializer": tf.constant_initializer(2.0),
        "momentum": 0.75,
    }
    layer = tf.layers.BatchNormalization(**{**own, **keywords})
    y = layer(x, training=training)
    gradients = tf.gradients(tf.reduce_sum(tf.exp(y)), [x, *layer.trainable_variables])
    with tf.control_dependencies([y, *gradients, *layer.updates]):
        moments = [v.read_value() for v in layer.non_trainable_variables]
    return [y, *gradients, *moments]


def batch_normalizations(tf):
    images = _numbers(tf, [3, 4, 2, 3])
    rows = _numbers(tf, [6, 3])
    results = []
    for training in (True, False):
        results += _normalized(tf, images, training)
        results += _normalized(tf, images, training, scale=False)
        results += _normalized(tf, images, training, center=False, epsilon=0.1)
        results += _normalized(tf, images, training, fused=False)
        results += _normalized(tf, images, training, axis=1, fused=False)
        results += _normalized(tf, images, training, axis=[1, 3])
        results += _normalized(tf, rows, training)
        results += _normalized(tf, rows, training, center=False, scale=False)
        results += _normalized(tf, rows, training, virtual_batch_size=3)
    return results


def batch_normalizations_while_training_or_not(tf):
    images = _numbers(tf, [3, 4, 2, 3])
    rows = _numbers(tf, [6, 3])
    results = []
    for value in (True, False):
        training = tf.placeholder_with_default(value, [])
        results += _normalized(tf, images, training)
        results += _normalized(tf, rows, training)
        results += _normalized(tf, rows, training, renorm=True)
    return results


def batch_renormalizations(tf):
    rows = _numbers(tf, [6, 3])
    clipping = {"rmin": 0.5, "rmax": 1.2, "dmax": 0.5}
    return [
        *_normalized(tf, rows, True, renorm=True),
        *_normalized(tf, rows, True, renorm=True, renorm_clipping=clipping, renorm_momentum=0.5),
        *_normalized(tf, rows, False, renorm=True),
        *_normalized(
            tf, rows, True, adjustment=lambda shape: (tf.fill(shape, 2.0), tf.ones(shape))
        ),
    ]


def losses_of_keras(tf):
    of = tf.keras.losses
    x = _numbers(tf, [4, 3])
    y = _numbers(tf, [4, 3], 7.0)
    bits = tf.cast(y > 0, tf.float32)
    p, q = tf.nn.softmax(x), tf.nn.softmax(y)
    onehot, classes = tf.one_hot([2, 0, 1, 1], 3), tf.constant([2, 0, 1, 1])
    weights = tf.constant([1.0, 0.0, 2.0, 0.5])
    pairs = [
        (of.MeanSquaredError, {}, y, x), (of.MeanAbsoluteError, {}, y, x),
        (of.MeanAbsolutePercentageError, {}, y, x), (of.MeanSquaredLogarithmicError, {}, q, p),
        (of.BinaryCrossentropy, {}, bits, p),
        (of.BinaryCrossentropy, {"from_logits": True}, bits, x),
        (of.BinaryCrossentropy, {"label_smoothing": 0.2}, bits, p),
        (of.CategoricalCrossentropy, {}, onehot, q),
        (of.CategoricalCrossentropy, {"from_logits": True, "label_smoothing": 0.3}, onehot, y),
        (of.SparseCategoricalCrossentropy, {}, classes, q),
        (of.SparseCategoricalCrossentropy, {"from_logits": True}, classes[:, None], y),
        (of.Hinge, {}, bits, x), (of.SquaredHinge, {}, tf.sign(y), x),
        (of.CategoricalHinge, {}, onehot, x), (of.Poisson, {}, q, p), (of.LogCosh, {}, y, x),
        (of.KLDivergence, {}, q, p),
    ]  # fmt: skip
    results = []
    for cls, keywords, true, predicted in pairs:
        for reduction in ("auto", "sum"):
            loss = cls(reduction=reduction, **keywords)
            results += [
                loss(true, predicted),
                loss(true, predicted, 3.0),
                loss(true, predicted, weights),
            ]
    # Later releases take the mean over the last axis first.
    return [*results, of.Huber(0.7)(y, x), of.Huber(0.7)(y, x, weights)]


PROGRAMS = {
    function.__name__: function
    for function in (
        losses_with_all_weights,
        losses_of_classes,
        losses_of_unknown_shapes,
        convolutions,
        separable_convolutions,
        poolings,
        dense_layers,
        batch_normalizations,
        batch_normalizations_while_training_or_not,
        batch_renormalizations,
        losses_of_keras,
    )
}
