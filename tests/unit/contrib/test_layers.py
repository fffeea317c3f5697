"""`tf.contrib.layers`: names, collections and values worked out by hand."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import graphflow as tf

layers = tf.contrib.layers
ONES = tf.ones_initializer()


def value(tensor, feed=None):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensor, feed)


def names(variables):
    return [variable.op.name for variable in variables]


# -- fully connected layers ------------------------------------------------------------------------


def test_fully_connected_values():
    x = tf.constant([[1.0, 2.0], [3.0, -10.0]])
    y = layers.fully_connected(
        x, 2, weights_initializer=tf.constant_initializer([[1.0, 2.0], [3.0, 4.0]]),
        biases_initializer=tf.constant_initializer([0.5, -0.25]),
    )  # fmt: skip
    np.testing.assert_allclose(value(y), [[7.5, 9.75], [0, 0]])
    assert value(layers.linear(tf.ones([2, 3, 4]), 5)).shape == (2, 3, 5)


def test_names_of_fully_connected_layers():
    x = tf.ones([3, 4])
    first = layers.fully_connected(x, 2)
    second = layers.relu6(x, 2)
    named = layers.linear(x, 2, scope="out")
    assert [t.op.name for t in (first, second, named)] == [
        "fully_connected/Relu",
        "fully_connected_1/Relu6",
        "out/BiasAdd",
    ]
    assert names(tf.global_variables()) == [
        "fully_connected/weights",
        "fully_connected/biases",
        "fully_connected_1/weights",
        "fully_connected_1/biases",
        "out/weights",
        "out/biases",
    ]
    assert tf.model_variables() == tf.global_variables() == tf.trainable_variables()


def test_variables_are_shared():
    x = tf.ones([3, 4])
    first = layers.linear(x, 2, scope="fc")
    second = layers.linear(x, 2, scope="fc", reuse=True)
    assert names(tf.global_variables()) == ["fc/weights", "fc/biases"]
    assert second.op.name == "fc_1/BiasAdd"
    one, other = value([first, second])
    np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="fc/weights"):
        layers.linear(x, 2, scope="fc")


def test_collections_and_aliases():
    x = tf.ones([3, 4])
    with (
        tf.contrib.framework.arg_scope(
            [layers.fully_connected],
            outputs_collections="ends",
            variables_collections={"weights": ["w"], "biases": ["b", "w"]},
        ),
        tf.variable_scope("net"),
    ):
        y = layers.fully_connected(layers.fully_connected(x, 5), 2, trainable=False)
    assert list(layers.utils.convert_collection_to_dict("ends")) == [
        "net/fully_connected",
        "net/fully_connected_1",
    ]
    assert layers.utils.convert_collection_to_dict("ends", True)["net/fully_connected_1"] is y
    assert tf.get_collection("ends") == []
    assert names(tf.get_collection("b")) == [
        "net/fully_connected/biases",
        "net/fully_connected_1/biases",
    ]
    assert len(tf.get_collection("w")) == 4
    assert names(tf.trainable_variables()) == [
        "net/fully_connected/weights",
        "net/fully_connected/biases",
    ]


def test_regularized_weights():
    layers.fully_connected(
        tf.ones([3, 4]), 2, weights_initializer=ONES, weights_regularizer=layers.l2_regularizer(0.5)
    )
    (loss,) = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert loss.op.name == "fully_connected/kernel/Regularizer/l2_regularizer"
    assert value(loss) == 2.0


def test_a_normalizer_takes_the_place_of_the_biases():
    x = tf.constant([[1.0, 2.0], [3.0, 5.0]])
    seen = {}

    def halved(inputs, factor, **others):
        seen.update(others)
        return inputs * factor

    y = layers.linear(
        x, 1, normalizer_fn=halved, normalizer_params={"factor": 0.5, "extra": 1},
        weights_initializer=ONES,
    )  # fmt: skip
    np.testing.assert_allclose(value(y), [[1.5], [4]])
    assert (names(tf.global_variables()), seen) == (["fully_connected/weights"], {"extra": 1})


def test_no_biases():
    layers.linear(tf.ones([3, 4]), 2, biases_initializer=None)
    assert names(tf.global_variables()) == ["fully_connected/weights"]
    with pytest.raises(ValueError, match="must be an integer"):
        layers.linear(tf.ones([3, 4]), 2.5)
    with pytest.raises(ValueError, match="last dimension"):
        layers.linear(tf.placeholder(tf.float32, [3, None]), 2)


# -- regularizers and initializers -----------------------------------------------------------------


def test_regularizers():
    w = tf.constant([[1.0, -2.0], [3.0, 0.0]])
    assert value(layers.l1_regularizer(0.5)(w)) == 3.0
    assert value(layers.l2_regularizer(0.5)(w)) == 3.5
    assert value(layers.l1_l2_regularizer(0.5, 1.0)(w)) == 10.0
    assert layers.l1_regularizer(0.0)(w) is None
    assert layers.sum_regularizer([None]) is None
    both = layers.sum_regularizer([layers.l1_regularizer(0.5), None, layers.l2_regularizer(0.5)])
    assert value(both(w)) == 6.5


@pytest.mark.parametrize("regularizer", [layers.l1_regularizer, layers.l2_regularizer])
def test_scales_that_are_refused(regularizer):
    with pytest.raises(ValueError, match="floating number"):
        regularizer(1)
    with pytest.raises(ValueError, match="must not be negative"):
        regularizer(-0.5)


def test_applied_regularization():
    with pytest.raises(ValueError, match="no weights"):
        layers.apply_regularization(layers.l1_regularizer(0.5))
    tf.add_to_collection(tf.GraphKeys.WEIGHTS, tf.constant([4.0, -6.0]))
    loss = layers.apply_regularization(layers.l1_regularizer(0.5))
    assert value(loss) == 5.0
    assert tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES) == [loss]
    with pytest.raises(ValueError, match="must return a scalar"):
        layers.apply_regularization(tf.abs)


def test_xavier_is_uniform_within_its_limit():
    w = value(layers.xavier_initializer(seed=3)([3, 3, 20, 30]))
    limit = np.sqrt(6 / (9 * 50))
    assert 0.99 * limit < w.max() <= limit
    assert -limit <= w.min() < -0.99 * limit


@pytest.mark.parametrize(
    ("mode", "units"), [("FAN_IN", 200.0), ("FAN_OUT", 300.0), ("FAN_AVG", 250.0)]
)
def test_variance_scaling(mode, units):
    w = value(layers.variance_scaling_initializer(mode=mode, seed=5)([200, 300]))
    assert w.std() == pytest.approx(np.sqrt(2 / units), rel=0.02)
    assert abs(w).max() <= 2 * np.sqrt(1.3 * 2 / units)


def test_initializers_refuse():
    with pytest.raises(TypeError, match="floating dtype"):
        layers.xavier_initializer(dtype=tf.int32)
    with pytest.raises(TypeError, match="mode is one of"):
        layers.variance_scaling_initializer(mode="fan_in")


# -- pooling ---------------------------------------------------------------------------------------


def test_pooled_values():
    image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    assert value(layers.max_pool2d(image, 2)).ravel().tolist() == [5, 7, 13, 15]
    assert value(layers.avg_pool2d(image, [2, 4])).ravel().tolist() == [3.5, 11.5]
    other = layers.max_pool2d(tf.transpose(image, [0, 3, 1, 2]), 2, data_format="NCHW")
    assert value(other).ravel().tolist() == [5, 7, 13, 15]
    assert layers.max_pool3d(tf.ones([2, 6, 7, 8, 3]), 3).shape.as_list() == [2, 2, 3, 3, 3]
    assert layers.avg_pool3d(tf.ones([2, 6, 7, 8, 3]), 3, 1, "SAME").op.name == (
        "AvgPool3D/AvgPool3D"
    )
    with pytest.raises(ValueError, match="NHWC or NCHW"):
        layers.max_pool2d(image, 2, data_format="CHWN")
    with pytest.raises(ValueError, match="rank of 3 or more"):
        layers.pool(tf.ones([2, 3]), 2, "MAX")


# -- normalization ---------------------------------------------------------------------------------


def normalized(x, axes, epsilon):
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


@pytest.fixture
def images():
    return np.random.RandomState(7).normal(3, 2, [2, 4, 5, 6]).astype(np.float32)


def test_layer_norm(images):
    x = tf.constant(images)
    y = layers.layer_norm(x, activation_fn=tf.nn.relu)
    np.testing.assert_allclose(
        value(y), np.maximum(normalized(images, (1, 2, 3), 1e-12), 0), atol=1e-5
    )
    assert [(v.op.name, v.shape.as_list()) for v in tf.model_variables()] == [
        ("LayerNorm/beta", [6]),
        ("LayerNorm/gamma", [6]),
    ]
    last = layers.layer_norm(x, begin_norm_axis=-1, center=False, scope="last")
    np.testing.assert_allclose(value(last), normalized(images, (3,), 1e-12), atol=1e-5)
    with pytest.raises(ValueError, match="less than the rank 4"):
        layers.layer_norm(x, begin_norm_axis=4)


def test_instance_norm(images):
    initial = {"beta": tf.constant_initializer(0.5), "gamma": tf.constant_initializer(2)}
    y = layers.instance_norm(tf.constant(images), param_initializers=initial)
    wanted = normalized(images, (1, 2), 1e-6) * 2 + 0.5
    np.testing.assert_allclose(value(y), wanted, atol=1e-5)
    turned = tf.constant(images.transpose(0, 3, 1, 2))
    other = layers.instance_norm(turned, param_initializers=initial, data_format="NCHW")
    np.testing.assert_allclose(value(other), wanted.transpose(0, 3, 1, 2), atol=1e-5)
    assert names(tf.model_variables())[-1] == "InstanceNorm_1/gamma"


@pytest.mark.parametrize("mean_close_to_zero", [False, True])
def test_group_norm(images, mean_close_to_zero):
    grouped = images.reshape(2, 4, 5, 2, 3)
    wanted = normalized(grouped, (1, 2, 4), 1e-6).reshape(images.shape)
    batch = tf.placeholder(tf.float32, [None, 4, 5, 6])
    y = layers.group_norm(batch, groups=2, mean_close_to_zero=mean_close_to_zero)
    np.testing.assert_allclose(value(y, {batch: images}), wanted, atol=1e-4)
    turned = tf.constant(images.transpose(0, 3, 1, 2))
    other = layers.group_norm(turned, groups=2, channels_axis=1, reduction_axes=[2, 3])
    np.testing.assert_allclose(value(other), wanted.transpose(0, 3, 1, 2), atol=1e-4)
    assert names(tf.model_variables())[:2] == ["GroupNorm/beta", "GroupNorm/gamma"]


def test_groups_that_are_refused(images):
    with pytest.raises(ValueError, match="6 channels cannot be divided into 4"):
        layers.group_norm(images, groups=4)
    with pytest.raises(ValueError, match="contain the axis of channels"):
        layers.group_norm(images, groups=2, reduction_axes=[1, 3])
    with pytest.raises(ValueError, match="no axis 4"):
        layers.group_norm(images, groups=2, channels_axis=4)


# -- shapes ----------------------------------------------------------------------------------------


def test_flatten():
    unknown = tf.placeholder(tf.float32)
    assert value(layers.flatten(unknown), {unknown: np.ones([2, 3, 4])}).shape == (2, 12)
    assert layers.flatten(tf.ones([5])).shape.as_list() == [5, 1]
    with pytest.raises(ValueError, match="scalar"):
        layers.flatten(3.0)


def test_small_layers():
    assert value(layers.one_hot_encoding([1], 3, 5.0, -1.0)).tolist() == [[-1, 5, -1]]
    biased = layers.bias_add(
        tf.constant([[-3.0, 1.0]]), tf.nn.relu, tf.constant_initializer([1.0, 2.0])
    )
    assert value(biased).tolist() == [[0, 3]]
    assert value(layers.maxout([[[1.0, 2.0], [8.0, 4.0]]], 1, axis=1)).tolist() == [[[8, 4]]]
    with pytest.raises(ValueError, match="must be a multiple of 3"):
        layers.maxout([[1.0, 2.0]], 3)
    assert value(layers.softmax([[0.0, np.log(3)]])).round(5).tolist() == [[0.25, 0.75]]


def test_spatial_softmax_finds_the_bright_spot():
    image = np.zeros([1, 3, 5, 2], np.float32)
    image[0, 0, 3, 0] = image[0, 2, 2, 1] = 1000
    found = value(layers.spatial_softmax(tf.constant(image)))
    np.testing.assert_allclose(found, [[-1, 0.5, 1, 0]], atol=1e-6)
    turned = tf.constant(image.transpose(0, 3, 1, 2))
    other = layers.spatial_softmax(turned, temperature=2.0, data_format="NCHW", trainable=False)
    np.testing.assert_allclose(value(other), found, atol=1e-6)
    assert names(tf.trainable_variables()) == ["spatial_softmax/temperature"]


def test_repeated_and_stacked_layers():
    x = tf.ones([3, 4])
    layers.repeat(x, 2, layers.linear, 5)
    y = layers.stack(x, layers.fully_connected, [(6, tf.nn.tanh), 7])
    assert y.shape.as_list() == [3, 7]
    assert names(tf.global_variables())[::2] == [
        "Repeat/fully_connected_1/weights",
        "Repeat/fully_connected_2/weights",
        "Stack/fully_connected_1/weights",
        "Stack/fully_connected_2/weights",
    ]
    layers.repeat(x, 1, functools.partial(lambda inputs, scope: inputs), scope="own")


def test_scaled_gradient():
    x = tf.constant([2.0, 5.0])
    scaled = layers.scale_gradient(x, 0.25)
    assert value(scaled).tolist() == [2, 5]
    assert value(tf.gradients(scaled**2, x)[0]).tolist() == [1, 2.5]


# -- embeddings ------------------------------------------------------------------------------------


def test_embeddings():
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    ids = [[3, 0, 3], [1, 1, 0]]
    initializer = tf.constant_initializer(table)
    y = layers.embed_sequence(ids, 5, 2, initializer=initializer, scope="words")
    z = layers.embed_sequence(ids, 5, 2, unique=True, scope="words", reuse=True)
    np.testing.assert_array_equal(value(y), table[np.array(ids)])
    np.testing.assert_array_equal(value(z), table[np.array(ids)])
    gradient = tf.gradients(z, tf.global_variables())[0]
    rows = value(tf.convert_to_tensor(gradient))
    assert rows[:, 0].tolist() == [2, 2, 0, 2, 0]
    with pytest.raises(ValueError, match="vocab_size and embed_dim"):
        layers.embed_sequence(ids)


def test_bags_of_words():
    table = tf.constant_initializer(np.arange(10, dtype=np.float32).reshape(5, 2))
    ids = tf.constant([[3, 0, 1], [4, 4, 2]])
    sparse = layers.bow_encoder(ids, 5, 2, initializer=table)
    np.testing.assert_allclose(value(sparse), [[4, 5], [20 / 3, 23 / 3]], rtol=1e-6)
    dense = layers.bow_encoder(ids, 5, 2, sparse_lookup=False, initializer=table)
    np.testing.assert_allclose(value(dense), [[8 / 3, 11 / 3], [20 / 3, 23 / 3]], rtol=1e-6)
    with pytest.raises(TypeError, match="sparse_lookup=True"):
        layers.bow_encoder(layers.dense_to_sparse(ids), 5, 2, sparse_lookup=False)


# -- what all share --------------------------------------------------------------------------------


def test_sizes():
    utils = layers.utils
    assert utils.last_dimension(tf.TensorShape([None, 4])) == 4
    assert utils.channel_dimension(tf.TensorShape([2, 5, None]), "NCW") == 5
    with pytest.raises(ValueError, match="rank of 2 or more"):
        utils.last_dimension(tf.TensorShape([4]), min_rank=2)
    with pytest.raises(ValueError, match="size of axis -1"):
        utils.last_dimension(tf.TensorShape([4, None]))
    with pytest.raises(ValueError, match="rank of the inputs"):
        utils.last_dimension(tf.TensorShape(None))
    for wrong in (0, [1], [1, 2, 3], tf.TensorShape([1, None])):
        with pytest.raises(ValueError, match="2 positive integers"):
            utils.two_element_tuple(wrong)


def test_values_known_while_building():
    utils = layers.utils
    assert utils.constant_value(tf.constant(2.5), tf.float32) == 2.5
    assert utils.constant_value("a") == "a"
    assert utils.constant_value(tf.placeholder(tf.bool, [])) is None
    with pytest.raises(TypeError, match="is float32, not int32"):
        utils.constant_value(tf.constant(2.5), tf.int32)
    with pytest.raises(ValueError, match="must be a scalar"):
        utils.constant_value(tf.constant([2.5]))
    with pytest.raises(TypeError, match="must be functions"):
        utils.static_cond(True, 1, 2)
    assert tf.contrib.framework.smart_constant_value(np.bool_(False)) is False


def test_images_and_sequences():
    images = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    sequence = layers.images_to_sequence(tf.constant(images))
    assert value(sequence)[1, 5].tolist() == images[1, 2, 1].tolist()
    batch = tf.placeholder(tf.float32, [None, 5, 3, 4])
    turned = layers.images_to_sequence(batch, "NCHW")
    assert turned.shape.as_list() == [4, None, 5]
    np.testing.assert_array_equal(
        value(turned, {batch: images.transpose(0, 3, 1, 2)}), value(sequence)
    )
    np.testing.assert_array_equal(value(layers.sequence_to_images(sequence, 3)), images)
    first = layers.sequence_to_images(sequence, 3, "channels_first")
    np.testing.assert_array_equal(value(first), images.transpose(0, 3, 1, 2))
    with pytest.raises(ValueError, match="NHWC or NCHW"):
        layers.images_to_sequence(batch, "NWHC")


def test_legacy_layers():
    x = tf.constant(np.arange(12, dtype=np.float32).reshape(2, 2, 3))
    y = layers.legacy_relu(
        x, 2, weight_init=tf.constant_initializer(0.5), bias_init=tf.constant_initializer(-2.0),
        weight_regularizer=layers.l1_regularizer(1.0), name="fc",
    )  # fmt: skip
    np.testing.assert_allclose(value(y)[:, :, 0], [[0, 4], [8.5, 13]])
    assert names(tf.get_collection(tf.GraphKeys.WEIGHTS)) == ["fc/weights"]
    assert names(tf.get_collection(tf.GraphKeys.BIASES)) == ["fc/bias"]
    assert tf.get_collection(tf.GraphKeys.ACTIVATIONS) == [y]
    assert value(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == [3]
    layers.legacy_linear(tf.ones([2, 3]), 4, bias_init=None, name="plain")
    assert names(tf.global_variables())[-1] == "plain/weights"
    with pytest.raises(ValueError, match="rank of 2 or more"):
        layers.legacy_linear(tf.ones([3]), 4)


def test_dense_to_sparse_and_marks():
    sparse_ops = tf.contrib.layers.sparse_ops
    words = sparse_ops.dense_to_sparse_tensor([["a", "-"], ["", "b"]], ignore_value="-")
    numbers = sparse_ops.dense_to_sparse_tensor(tf.constant([[0.0, 2.5], [0.0, 0.0]]))
    marks = sparse_ops.indicators_to_sparse_ids(
        [[[0, 0, 1, 0], [0, 0, 0, 0]], [[1, 0, 0, 1], [0, 0, 1, 0]]], dtype=tf.int16
    )
    none = sparse_ops.indicators_to_sparse_ids(np.zeros([2, 3], np.int32))
    lengths = sparse_ops.sparse_row_envelope(tf.SparseTensor([[2, 4], [2, 1]], [7, 5], [4, 6]))
    with tf.Session() as session:
        value = session.run(words)
        assert value.indices.tolist() == [[0, 0], [1, 0], [1, 1]]
        assert value.values.tolist() == [b"a", b"", b"b"]
        value = session.run(numbers)
        assert (value.indices.tolist(), value.values.tolist()) == ([[0, 1]], [2.5])
        value = session.run(marks)
        assert value.indices.tolist() == [[0, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 0]]
        assert value.values.tolist() == [2, 0, 3, 2]
        assert value.values.dtype == np.int16
        assert value.dense_shape.tolist() == [2, 2, 2]
        assert session.run(none).dense_shape.tolist() == [2, 0]
        assert session.run(lengths).tolist() == [0, 0, 5, 0]
    with pytest.raises(ValueError, match="integer dtype"):
        sparse_ops.indicators_to_sparse_ids([[1]], dtype=tf.float32)
