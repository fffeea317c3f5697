"""Known nets: names and sizes, and what dense features have in common with sparse ones."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

slim = tf.contrib.slim
nets = slim.nets
resnet_utils = nets.resnet_utils


def parameters(net, **arguments):
    """The number of trained parameters of a net for 1000 classes."""
    size = net.default_image_size
    net(tf.placeholder(tf.float32, [None, size, size, 3]), 1000, **arguments)
    return sum(v.shape.num_elements() for v in tf.trainable_variables())


def of_layers(*sizes):
    """The number of parameters of layers with filters of a size, from channels, to channels."""
    return sum((size**2 * before + 1) * after for size, before, after in sizes)


# The first five are in the papers, rounded.
@pytest.mark.parametrize(
    ("net", "count"),
    [
        (nets.vgg.vgg_a, 132_863_336),
        (nets.vgg.vgg_16, 138_357_544),
        (nets.vgg.vgg_19, 143_667_240),
        (nets.resnet_v1.resnet_v1_50, 25_557_032),
        (nets.resnet_v1.resnet_v1_101, 44_549_160),
        (
            nets.alexnet.alexnet_v2,
            of_layers((11, 3, 64), (5, 64, 192), (3, 192, 384), (3, 384, 384), (3, 384, 256))
            + of_layers((5, 256, 4096), (1, 4096, 4096), (1, 4096, 1000)),
        ),
        (
            nets.overfeat.overfeat,
            of_layers((11, 3, 64), (5, 64, 256), (3, 256, 512), (3, 512, 1024), (3, 1024, 1024))
            + of_layers((6, 1024, 3072), (1, 3072, 4096), (1, 4096, 1000)),
        ),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_numbers_of_parameters(net, count):
    with slim.arg_scope(resnet_utils.resnet_arg_scope() if "resnet" in net.__name__ else {}):
        assert parameters(net) == count


def test_names_of_vgg():
    with slim.arg_scope(nets.vgg.vgg_arg_scope()):
        logits, ends = nets.vgg.vgg_16(tf.zeros([2, 224, 224, 3]), 7)
    assert logits.op.name == "vgg_16/fc8/squeezed"
    assert logits.shape.as_list() == [2, 7]
    assert ends["vgg_16/conv2/conv2_2"].shape.as_list() == [2, 112, 112, 128]
    assert ends["vgg_16/fc8"] is logits
    assert [v.op.name for v in slim.get_model_variables()][-2:] == [
        "vgg_16/fc8/weights",
        "vgg_16/fc8/biases",
    ]
    assert len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)) == 16


def test_larger_images_give_a_map_of_logits():
    logits, _ = nets.vgg.vgg_a(tf.zeros([1, 256, 256, 3]), 7, spatial_squeeze=False)
    assert logits.shape.as_list() == [1, 2, 2, 7]


def test_names_of_inception():
    logits, ends = nets.inception.inception_v1(tf.zeros([2, 224, 224, 3]), 7)
    assert (logits.op.name, logits.shape.as_list()) == (
        "InceptionV1/Logits/SpatialSqueeze",
        [2, 7],
    )
    assert ends["Mixed_4b"].shape.as_list() == [2, 14, 14, 512]
    assert ends["Predictions"].shape.as_list() == [2, 7]
    _, ends = nets.inception.inception_v1_base(tf.zeros([2, 224, 224, 3]), "MaxPool_3a_3x3", "i")
    assert list(ends)[-1] == "MaxPool_3a_3x3"
    with pytest.raises(ValueError, match="no layer 'Mixed_9z'"):
        nets.inception.inception_v1_base(tf.zeros([2, 224, 224, 3]), "Mixed_9z")


# -- residual nets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4, 5])
def test_convolution_with_fixed_padding_is_a_subsampled_one(size):
    image = tf.constant(np.random.RandomState(2).normal(size=[1, size, size, 2]), tf.float32)
    full = slim.conv2d(image, 3, 3, stride=1, scope="conv")
    wanted = resnet_utils.subsample(full, 2)
    with tf.variable_scope("", reuse=True):
        found = resnet_utils.conv2d_same(image, 3, 3, stride=2, scope="conv")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        one, other = sess.run([wanted, found])
    np.testing.assert_allclose(one, other, atol=1e-5)


def small_blocks(block):
    return [block("block1", 1, 3, 2), block("block2", 2, 3, 2), block("block3", 4, 2, 1)]


@pytest.mark.parametrize(
    ("block", "make"),
    [
        (nets.resnet_v1.resnet_v1_block, nets.resnet_v1.resnet_v1),
        (nets.resnet_v2.resnet_v2_block, nets.resnet_v2.resnet_v2),
    ],
    ids=["v1", "v2"],
)
def test_dense_features_hold_the_sparse_ones(block, make):
    image = tf.constant(np.random.RandomState(2).normal(size=[2, 17, 17, 3]), tf.float32)

    def features(output_stride, reuse):
        with slim.arg_scope(resnet_utils.resnet_arg_scope()):
            net, _ = make(
                image, small_blocks(block), None, False, False, output_stride, False, reuse, "net"
            )
        return net

    sparse = features(None, None)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for stride in (1, 2, 4):
            dense = features(stride, True)
            assert dense.shape.as_list()[1] == -(-17 // stride)
            wanted, found = sess.run([sparse, resnet_utils.subsample(dense, 4 // stride)])
            np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_strides_that_are_refused():
    image = tf.zeros([1, 33, 33, 3])
    with pytest.raises(ValueError, match="multiple of 4"):
        nets.resnet_v1.resnet_v1_50(image, output_stride=6)
    with pytest.raises(ValueError, match="do not give 3"):
        nets.resnet_v2.resnet_v2_50(image, output_stride=12, scope="a")
    with pytest.raises(ValueError, match="give 8, not 16"):
        nets.resnet_v2.resnet_v2_50(image, output_stride=64, scope="b")


def test_names_of_resnet():
    with slim.arg_scope(resnet_utils.resnet_arg_scope()):
        logits, ends = nets.resnet_v2.resnet_v2_101(tf.zeros([2, 64, 64, 3]), 7)
    assert logits.shape.as_list() == [2, 1, 1, 7]
    assert "resnet_v2_101/block3/unit_23/bottleneck_v2" in ends
    assert ends["resnet_v2_101/block4"].shape.as_list() == [2, 2, 2, 2048]
    assert ends["predictions"].op.name == "resnet_v2_101/predictions/Reshape_1"
    assert tf.global_variables()[0].op.name == "resnet_v2_101/conv1/weights"


def test_names_of_the_third_inception():
    images = tf.zeros([2, 299, 299, 3])
    with slim.arg_scope(nets.inception.inception_v3_arg_scope()):
        logits, ends = nets.inception.inception_v3(images, 7)
    assert (logits.op.name, logits.shape.as_list()) == (
        "InceptionV3/Logits/SpatialSqueeze",
        [2, 7],
    )
    sizes = {name: tensor.shape.as_list()[1:] for name, tensor in ends.items()}
    assert sizes["MaxPool_5a_3x3"] == [35, 35, 192]
    assert sizes["Mixed_5b"] == [35, 35, 256]
    assert sizes["Mixed_6e"] == [17, 17, 768]
    assert sizes["Mixed_7c"] == [8, 8, 2048]
    assert ends["AuxLogits"].op.name == "InceptionV3/AuxLogits/SpatialSqueeze"
    # The paper tells 23.8 million for 1000 classes, without the logits in the middle.
    body = sum(
        v.shape.num_elements()
        for v in tf.trainable_variables()
        if "AuxLogits" not in v.op.name and "/Logits/" not in v.op.name
    )
    assert body + 2048 * 1000 + 1000 == pytest.approx(23.8e6, rel=0.01)
    small, ends = nets.inception.inception_v3_base(
        images, "Mixed_5b", depth_multiplier=0.25, scope="small"
    )
    assert small.shape.as_list() == [2, 35, 35, 16 + 16 + 24 + 16]
    with pytest.raises(ValueError, match="must be positive"):
        nets.inception.inception_v3_base(images, depth_multiplier=0)
    with pytest.raises(ValueError, match="no layer"):
        nets.inception.inception_v3_base(images, "Mixed_8a")
