"""Programs with layers, losses and training operations of slim, for comparison with TF-slim.

Each is a function of `tf` and `slim` and returns what to fetch once all variables have values.
Weights have seeds of their own: with one seed both sides draw the same numbers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_RANDOM = np.random.RandomState(11)
IMAGES = _RANDOM.normal(1, 2, [3, 8, 7, 4]).astype(np.float32)
ROWS = _RANDOM.normal(1, 2, [6, 5]).astype(np.float32)
SEQUENCES = _RANDOM.normal(1, 2, [3, 9, 4]).astype(np.float32)
VOLUMES = _RANDOM.normal(1, 2, [2, 5, 6, 4, 3]).astype(np.float32)


def _xavier(slim: Any) -> Any:
    return slim.xavier_initializer(seed=5)


def _weights(slim: Any) -> Any:
    """The scope of all layers with weights, so that weights are the same on both sides."""
    layers = [
        slim.conv2d, slim.conv2d_transpose, slim.conv3d_transpose,
        slim.separable_conv2d, slim.conv2d_in_plane, slim.fully_connected,
    ]  # fmt: skip
    return slim.arg_scope(layers, weights_initializer=_xavier(slim))


def convolutions(tf: Any, slim: Any) -> list[Any]:
    with _weights(slim):
        return [
            slim.conv2d(IMAGES, 5, 3),
            slim.conv2d(IMAGES, 5, [2, 3], [2, 1], "VALID", activation_fn=None),
            slim.conv2d(IMAGES, 5, 3, rate=2, scope="holes", activation_fn=tf.nn.tanh),
            slim.convolution(SEQUENCES, 2, 3, 2, weights_initializer=_xavier(slim)),
            slim.convolution(VOLUMES, 2, 2, 2, weights_initializer=_xavier(slim), scope="volumes"),
            slim.conv2d(IMAGES, 5, 3, biases_initializer=tf.constant_initializer(0.5)),
        ]


def shared_convolutions(tf: Any, slim: Any) -> list[Any]:
    with _weights(slim), tf.variable_scope("net"):
        first = slim.conv2d(IMAGES, 5, 3, scope="c", variables_collections=["mine"])
        second = slim.conv2d(IMAGES * 2, 5, 3, scope="c", reuse=True)
    with _weights(slim), tf.variable_scope("net", reuse=True):
        third = slim.conv2d(IMAGES * 3, 5, 3, scope="c", activation_fn=None)
    assert len(tf.get_collection("mine")) == 2
    return [first, second, third]


def other_convolutions(tf: Any, slim: Any) -> list[Any]:
    with _weights(slim):
        return [
            slim.conv2d_transpose(IMAGES, 3, [2, 3], 2),
            slim.conv2d_transpose(IMAGES, 3, [4, 2], [2, 3], "VALID", activation_fn=None),
            slim.conv3d_transpose(VOLUMES, 2, 3, 2, "VALID"),
            slim.conv2d_in_plane(tf.constant(IMAGES), 3, 2),
            slim.separable_conv2d(IMAGES, 6, 3, 2),
            slim.separable_conv2d(IMAGES, 6, [2, 3], 1, 2, "VALID", scope="apart"),
            slim.separable_conv2d(IMAGES, None, 3, 2, scope="depthwise"),
        ]


def fully_connected_layers(tf: Any, slim: Any) -> list[Any]:
    with _weights(slim):
        return [
            slim.fully_connected(ROWS, 4),
            slim.fully_connected(SEQUENCES, 4, activation_fn=None, scope="sequences"),
            slim.stack(ROWS, slim.fully_connected, [3, (4, tf.nn.tanh)], scope="stacked"),
            slim.repeat(ROWS, 2, slim.fully_connected, 3),
        ]


def penalties(tf: Any, slim: Any) -> list[Any]:
    with _weights(slim):
        slim.conv2d(IMAGES, 5, 3, weights_regularizer=slim.l2_regularizer(0.25))
        slim.fully_connected(
            ROWS, 4, weights_regularizer=slim.l1_regularizer(0.5),
            biases_regularizer=slim.l1_l2_regularizer(0.5, 0.25),
        )  # fmt: skip
        slim.separable_conv2d(IMAGES, 6, 3, 1, weights_regularizer=slim.l2_regularizer(0.5))
    return tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)  # type: ignore[no-any-return]


def pooling(tf: Any, slim: Any) -> list[Any]:
    return [
        slim.max_pool2d(IMAGES, 2),
        slim.avg_pool2d(IMAGES, [3, 2], [1, 2], "SAME"),
        slim.max_pool3d(VOLUMES, 2),
        slim.pool(SEQUENCES, 3, "AVG", "SAME", stride=2),
    ]


def normalization(tf: Any, slim: Any) -> list[Any]:
    return [
        slim.instance_norm(IMAGES),
        slim.instance_norm(np.transpose(IMAGES, [0, 3, 1, 2]), data_format="NCHW"),
        slim.group_norm(IMAGES, 2),
        slim.unit_norm(tf.constant(IMAGES), 3),
        slim.layer_norm(IMAGES, activation_fn=tf.nn.relu),
        slim.layer_norm(IMAGES, begin_norm_axis=3, scope="channels"),
    ]


def batch_normalization(tf: Any, slim: Any) -> list[Any]:
    """What TF-slim does without `tf.layers`."""
    outputs = [
        slim.batch_norm(ROWS, scale=True),
        slim.batch_norm(IMAGES, decay=0.5, updates_collections=None),
        slim.batch_norm(SEQUENCES, batch_weights=[1.0, 0.0, 2.0], fused=False),
        slim.batch_norm(ROWS, is_training=False, activation_fn=tf.nn.relu),
        slim.batch_norm(ROWS, decay=0.75, zero_debias_moving_mean=True, scope="debiased"),
    ]
    return [*outputs, *tf.get_collection(tf.GraphKeys.UPDATE_OPS)]


def batch_normalization_by_a_tensor(tf: Any, slim: Any) -> list[Any]:
    is_training = tf.placeholder_with_default(True, [])
    rows = slim.batch_norm(ROWS, is_training=is_training)
    sequences = slim.batch_norm(
        SEQUENCES, is_training=is_training, batch_weights=[1.0, 0.0, 2.0], fused=False
    )
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        averages = [tf.identity(v.read_value()) for v in tf.global_variables()]
    return [tf.identity(rows), tf.identity(sequences), *averages]


def shapes(tf: Any, slim: Any) -> list[Any]:
    images, rows = tf.constant(IMAGES), tf.constant(ROWS)
    return [
        slim.flatten(images),
        slim.one_hot_encoding([2, 0], 4),
        slim.bias_add(rows, initializer=tf.constant_initializer(0.5)),
        slim.softmax(images),
        slim.spatial_softmax(images),
        slim.spatial_softmax(images, temperature=0.5),
        slim.maxout(images, 2),
        slim.dropout(rows, is_training=False),
        tf.gradients(slim.scale_gradient(rows, 0.5), rows)[0],
    ]


def initializers(tf: Any, slim: Any) -> list[Any]:
    return [
        slim.xavier_initializer(seed=3)([4, 5]),
        slim.xavier_initializer(uniform=False, seed=3)([2, 3, 4, 5]),
        slim.variance_scaling_initializer(seed=3)([4, 5]),
        slim.variance_scaling_initializer(1.5, "FAN_OUT", True, seed=3)([3, 4, 5]),
    ]


def losses(tf: Any, slim: Any) -> list[Any]:
    labels = tf.constant([[0, 1, 0, 0, 1], [1, 0, 0, 1, 0]] * 3)
    onehot = tf.one_hot([0, 3, 2, 1, 4, 4], 5)
    weights = tf.constant([1.0, 0.0, 2.0, 0.5, 1.0, 3.0])
    rows, other = tf.constant(ROWS), tf.constant(ROWS[::-1].copy())
    slim.losses.absolute_difference(rows, other, weights)
    slim.losses.mean_squared_error(rows, other, weights[:, tf.newaxis])
    slim.losses.mean_pairwise_squared_error(rows, other, weights)
    slim.losses.log_loss(tf.sigmoid(rows), labels)
    slim.losses.sigmoid_cross_entropy(rows, labels, weights, label_smoothing=0.2)
    slim.losses.softmax_cross_entropy(rows, onehot, weights, label_smoothing=0.2)
    slim.losses.sparse_softmax_cross_entropy(rows, tf.constant([0, 3, 2, 1, 4, 4]), weights)
    slim.losses.cosine_distance(rows, other, axis=1, weights=weights)
    return [
        *slim.losses.get_losses(),
        slim.losses.get_total_loss(),
        slim.losses.hinge_loss(rows, labels),
    ]


def training(tf: Any, slim: Any) -> list[Any]:
    with _weights(slim):
        hidden = slim.fully_connected(ROWS, 7, normalizer_fn=slim.batch_norm, scope="hidden")
        output = slim.fully_connected(hidden, 2, activation_fn=None, scope="output")
    loss = tf.reduce_mean(tf.square(output - ROWS[:, :2]))
    step = slim.learning.create_train_op(
        loss, tf.train.GradientDescentOptimizer(0.5), clip_gradient_norm=0.75,
        gradient_multipliers={"output/weights": 0.5},
    )  # fmt: skip
    with tf.control_dependencies([step]):
        values = [variable.read_value() for variable in tf.trainable_variables()]
        after = [tf.stack([tf.reduce_sum(value**n) for n in (1, 2)]) for value in values]
    return [step, *after]


def inception(tf: Any, slim: Any) -> list[Any]:
    """Its weights have no seeds, so that only names and shapes are compared."""
    images = tf.placeholder_with_default(np.zeros([1, 64, 64, 3], np.float32), [None, 64, 64, 3])
    _, ends = slim.nets.inception.inception_v1_base(images, "Mixed_5c")
    return [tf.shape(item, name=name) for name, item in ends.items()]


PROGRAMS = {
    "convolutions": convolutions,
    "shared convolutions": shared_convolutions,
    "other convolutions": other_convolutions,
    "fully connected layers": fully_connected_layers,
    "penalties": penalties,
    "pooling": pooling,
    "normalization": normalization,
    "batch normalization": batch_normalization,
    "batch normalization by a tensor": batch_normalization_by_a_tensor,
    "shapes": shapes,
    "initializers": initializers,
    "losses": losses,
    "training": training,
    "inception": inception,
}
