"""Convolutions of several kinds say the same, and refuse what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops.kernels import conv as by_columns, depthwise as by_taps
from graphflow.ops.kernels.conv import ConvGeometry


def waves(*shape: int) -> np.ndarray:
    """Asymmetric numbers."""
    return np.cos(np.arange(np.prod(shape), dtype=np.float64)).reshape(shape)


def run(*tensors):
    with tf.Session() as session:
        return session.run(list(tensors))


def test_convolution_of_volumes_is_a_sum_over_images():
    volume, filters = waves(2, 3, 5, 4, 2), waves(2, 3, 2, 2, 3)
    y = tf.nn.conv3d(volume, filters, [1, 1, 1, 1, 1], "VALID")
    slices = [
        tf.nn.conv2d(volume[:, depth], filters[0], 1, "VALID")
        + tf.nn.conv2d(volume[:, depth + 1], filters[1], 1, "VALID")
        for depth in range(2)
    ]
    ours, expected = run(y, tf.stack(slices, axis=1))
    np.testing.assert_allclose(ours, expected)


def test_depthwise_convolution_is_a_convolution_of_each_channel():
    image, filters = waves(2, 5, 4, 3), waves(3, 2, 3, 2)
    y = tf.nn.depthwise_conv2d(image, filters, [1, 2, 2, 1], "SAME")
    channels = [
        tf.nn.conv2d(image[..., [c]], filters[:, :, [c]], [1, 2, 2, 1], "SAME") for c in range(3)
    ]
    ours, expected = run(y, tf.concat(channels, axis=-1))
    np.testing.assert_allclose(ours, expected)


@pytest.mark.parametrize("data_format", ["NHWC", "NCHW"])
def test_separable_convolution_is_two_convolutions(data_format: str):
    image, each, points = waves(2, 5, 4, 3), waves(3, 2, 3, 2), waves(1, 1, 6, 4)
    single = tf.nn.depthwise_conv2d(image, each, [1, 1, 1, 1], "SAME", rate=[1, 2])
    expected = tf.matmul(tf.reshape(single, [-1, 6]), points[0, 0])
    order = (0, 1, 2, 3) if data_format == "NHWC" else (0, 3, 1, 2)
    y = tf.nn.separable_conv2d(
        image.transpose(order), each, points, [1, 1, 1, 1], "SAME", [1, 2], None, data_format
    )
    ours, wanted = run(y, tf.reshape(expected, [2, 5, 4, 4]))
    np.testing.assert_allclose(ours, wanted.transpose(order))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_holes_are_zeros_in_the_filter(padding: str):
    image, filters = waves(2, 7, 6, 3), waves(2, 3, 3, 2)
    wide = np.zeros((3, 5, 3, 2))
    wide[::2, ::2] = filters
    expected = tf.nn.conv2d(image, wide, 1, padding)
    found = [
        tf.nn.atrous_conv2d(image, filters, 2, padding),
        tf.nn.convolution(image, filters, padding, dilation_rate=[2, 2]),
        tf.nn.with_space_to_batch(
            tf.constant(image),
            [2, 2],
            padding,
            lambda x, _rank, padding: tf.nn.conv2d(x, filters, 1, padding),
            filter_shape=[2, 3],
        ),
    ]
    wanted, *ours = run(expected, *found)
    for value in ours:
        np.testing.assert_allclose(value, wanted)


def test_holes_in_one_axis_of_unknown_size():
    """The values are those with known sizes; a tensor gives the rate."""
    image, filters = waves(1, 7, 6, 2), waves(3, 2, 2, 2)
    x = tf.placeholder(tf.float64, [None, None, None, 2])
    rate = tf.placeholder(tf.int32, [1])

    def along_columns(x, _rank, padding):
        return tf.nn.conv2d(x, filters, 1, padding)

    y = tf.nn.with_space_to_batch(x, rate, "VALID", along_columns, spatial_dims=[2])
    z = tf.nn.conv2d(image, filters, 1, "VALID", dilations=[1, 1, 3, 1])
    with tf.Session() as session:
        ours, wanted = session.run([y, z], {x: image, rate: [3]})
    np.testing.assert_allclose(ours, wanted)


@pytest.mark.parametrize(
    ("transpose", "forward"),
    [
        (tf.nn.conv1d_transpose, tf.nn.conv1d),
        (tf.nn.conv2d_transpose, tf.nn.conv2d),
        (tf.nn.conv3d_transpose, tf.nn.conv3d),
    ],
)
def test_transpose_is_the_gradient(transpose, forward):
    rank = 1 + [tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d].index(forward)
    x, w = tf.constant(waves(2, *[5] * rank, 3)), tf.constant(waves(*[2] * rank, 3, 4))
    y = forward(x, w, 2, "SAME")
    dy = tf.constant(waves(2, *[3] * rank, 4))
    (expected,) = tf.gradients(y, x, dy)
    ours, wanted = run(transpose(dy, w, [2, *[5] * rank, 3], 2), expected)
    np.testing.assert_allclose(ours, wanted)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_taps_and_columns_agree(stride: int, padding: str, multiplier: int, monkeypatch):
    """Both ways to compute a depthwise convolution, in several blocks."""
    monkeypatch.setattr(by_taps, "BLOCK_ELEMENTS", 40)
    x, w = waves(3, 7, 5, 4), waves(3, 2, 1, 4 * multiplier)
    geometry = ConvGeometry.of(x.shape, w.shape, (1, stride, stride, 1), padding)
    y = by_columns.conv(x, w, geometry)
    dy = np.sin(y)
    np.testing.assert_allclose(by_taps.conv(x, w, geometry), y, atol=1e-12)
    np.testing.assert_allclose(
        by_taps.conv_input_gradient(geometry, w, dy),
        by_columns.conv_input_gradient(geometry, w, dy),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        by_taps.conv_filter_gradient(x, geometry, dy),
        by_columns.conv_filter_gradient(x, geometry, dy),
        atol=1e-12,
    )


def test_taps_sum_narrow_floats_in_float32():
    x, w = np.full((1, 1, 300, 1), 10, np.float16), np.ones((1, 300, 1, 1), np.float16)
    geometry = ConvGeometry.of(x.shape, w.shape, (1, 1, 1, 1), "VALID")
    assert by_taps.conv(x, w, geometry).ravel() == 3000  # in float16 sums stop at 2048


def test_static_shapes_of_unknown_sizes():
    x = tf.placeholder(tf.float64, [None, None, 8, 3])
    y = tf.nn.atrous_conv2d(x, waves(3, 3, 3, 4), 2, "VALID")
    assert y.shape.as_list() == [None, None, 4, 4]
    y = tf.nn.depthwise_conv2d(x, waves(3, 3, 3, 2), [1, 2, 2, 1], "SAME")
    assert y.shape.as_list() == [None, None, 4, 6]
    y = tf.nn.conv1d(x[:, :, 0], waves(2, 3, 4), 1, "SAME")
    assert y.shape.as_list() == [None, None, 4]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda x: tf.nn.conv2d(x, waves(2, 2, 3, 1), "x", "SAME"), "strides must be"),
        (lambda x: tf.nn.conv2d(x, waves(2, 2, 3, 1), 0, "SAME"), "at least 1"),
        (lambda x: tf.nn.conv2d(x, waves(2, 2, 3, 1), 1, "same!"), "padding must be"),
        (lambda x: tf.nn.conv2d(x, waves(2, 2, 3, 1), [2, 1, 1, 1], "SAME"), "only 1 is possible"),
        (lambda x: tf.nn.conv3d(x, waves(2, 2, 3, 1), 1, "SAME"), "rank"),
        (lambda x: tf.nn.conv2d(x, waves(2, 2, 3, 1), 1, "SAME", data_format="HWCN"), "NHWC or"),
        (lambda x: tf.nn.conv2d(x), "'filters' is missing"),
        (
            lambda x: tf.nn.convolution(x, waves(2, 2, 3, 1), "SAME", 2, dilations=2),
            "do not go with dilations",
        ),
        (
            lambda x: tf.nn.depthwise_conv2d(x, waves(2, 2, 3, 1), [1, 2, 2, 1], "SAME", [2, 2]),
            "do not go with dilations",
        ),
        (lambda x: tf.nn.space_to_depth(x, 1), "at least 2"),
        (lambda x: tf.space_to_depth(x, 2, data_format="NCHW_VECT_C"), "NCHW_VECT_C"),
    ],
)
def test_refused(build, message: str):
    x = tf.constant(waves(1, 4, 4, 3))
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        build(x)
