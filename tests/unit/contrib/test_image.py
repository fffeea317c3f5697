"""Images turned, moved and warped: against scipy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import graphflow as tf

image = tf.contrib.image


def values(tensors):
    with tf.Session() as session:
        return session.run(tensors)


def seen(picture, matrix, order):
    """A picture through a matrix from places (x, y, 1) of the result to those of the picture."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    places = np.tensordot(matrix, np.stack([x, y, np.ones_like(x)]), axes=1)
    places = places[:2] / places[2]
    padded = np.pad(picture, 1)  # scipy takes places up to half a pixel outside for outside
    return ndimage.map_coordinates(padded, places[::-1] + 1, order=order, mode="grid-constant")


def test_rotation():
    pictures = np.random.default_rng(3).uniform(size=[2, 5, 7, 3])
    angles = [0.3, -1.2]
    turned = values(image.rotate(pictures, angles, "BILINEAR"))
    for index, angle in enumerate(angles):
        cos, sin = np.cos(angle), np.sin(angle)
        to_centre = np.array([[1, 0, -3], [0, 1, -2], [0, 0, 1]])
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        matrix = np.linalg.inv(to_centre) @ turn @ to_centre
        for channel in range(3):
            expected = seen(pictures[index, :, :, channel], matrix, 1)
            np.testing.assert_allclose(turned[index, :, :, channel], expected, atol=2e-5)


def test_number_of_axes():
    picture = np.arange(6).reshape(2, 3)
    moved = [
        image.translate(picture, [-1, 0]),
        image.translate(picture[..., np.newaxis], [-1, 0])[..., 0],
        image.translate(picture[np.newaxis, ..., np.newaxis], [[-1, 0]])[0, ..., 0],
    ]
    for one in values(moved):
        assert one.tolist() == [[1, 2, 0], [4, 5, 0]]
    assert moved[0].shape.as_list() == [2, 3]
    unknown = tf.placeholder(tf.float32, [None, None])
    with tf.Session() as session:
        feed = {unknown: [[1, 2, 3], [4, 5, 6]]}
        assert session.run(image.rotate(unknown, np.pi), feed).tolist() == [[6, 5, 4], [3, 2, 1]]


def test_projection_and_size():
    picture = np.arange(12.0).reshape(3, 4)
    row = [0.5, 0.25, 0.5, 0.0, 0.5, 0.0, 0.0, 0.25]
    result = values(image.transform(picture, row, "bilinear"))
    matrix = np.append(row, 1).reshape(3, 3)
    np.testing.assert_allclose(result, seen(picture, matrix, 1), atol=1e-5)
    doubled = image.transform(picture, [0.5, 0, 0, 0, 0.5, 0, 0, 0], output_shape=[5, 2])
    # Places 0.5 and 1.5 are nearest to 1 and 2.
    assert values(doubled).tolist() == [[0, 1], [4, 5], [4, 5], [8, 9], [8, 9]]


def test_composition():
    one = image.angles_to_projective_transforms([0.4, 1.0], 5, 7)
    other = image.translations_to_projective_transforms([[1.0, 2.0], [-3.0, 0.5]])
    both = image.compose_transforms(one, other)
    matrices = [image.flat_transforms_to_matrices(maps) for maps in (one, other, both)]
    first, second, composed = values(matrices)
    np.testing.assert_allclose(composed, first @ second, rtol=1e-5, atol=1e-5)
    back = values(image.matrices_to_flat_transforms(2.0 * matrices[0]))
    np.testing.assert_allclose(back, values(one), rtol=1e-6)


def test_errors():
    with pytest.raises(TypeError, match="numbers, not string"):
        image.rotate([["a"]], 0.5)
    with pytest.raises(TypeError, match="2, 3 or 4 axes"):
        image.rotate(tf.placeholder(tf.float32), 0.5)
    with pytest.raises(TypeError, match="angles have 0 or 1 axes"):
        image.rotate([[1.0]], [[0.5]])
    with pytest.raises(ValueError, match="'NEAREST' or 'BILINEAR'"):
        image.rotate([[1.0]], 0.5, interpolation="cubic")
    with pytest.raises(ValueError, match="height, width"):
        image.transform([[1.0]], [1, 0, 0, 0, 1, 0, 0, 0], output_shape=[1, 2, 3])
    with pytest.raises(ValueError, match="at least one map"):
        image.compose_transforms()
    with pytest.raises(ValueError, match="2 or 3 axes"):
        image.matrices_to_flat_transforms([1.0])
    with pytest.raises(ValueError, match="1 or 2 axes"):
        image.flat_transforms_to_matrices(1.0)


def test_dense_warp():
    rng = np.random.default_rng(5)
    pictures, flow = rng.uniform(size=[2, 5, 4, 3]), rng.uniform(-3, 3, size=[2, 5, 4, 2])
    warped = values(image.dense_image_warp(pictures, flow))
    y, x = np.mgrid[:5, :4]
    for index in range(2):
        places = np.stack([y - flow[index, ..., 0], x - flow[index, ..., 1]])
        for channel in range(3):
            expected = ndimage.map_coordinates(
                pictures[index, ..., channel], places, order=1, mode="nearest"
            )
            np.testing.assert_allclose(warped[index, ..., channel], expected, atol=1e-12)
    with pytest.raises(ValueError, match="an image has 4 axes"):
        image.dense_image_warp(pictures[0], flow)
    with pytest.raises(ValueError, match="the last of 2"):
        image.dense_image_warp(pictures, flow[..., :1])
    thin = tf.placeholder(tf.float64, [None, None, None, 1])
    warped = image.dense_image_warp(thin, np.zeros([1, 1, 4, 2]))
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="thin"):
        session.run(warped, {thin: np.ones([1, 1, 4, 1])})


def test_resampler():
    rng = np.random.default_rng(7)
    pictures, places = rng.uniform(size=[2, 4, 5, 3]), rng.uniform(-2, 6, size=[2, 6, 7, 2])
    data, warp = tf.constant(pictures), tf.constant(places)
    result = tf.contrib.resampler.resampler(data, warp)
    assert result.shape.as_list() == [2, 6, 7, 3]
    found = values(result)
    for index in range(2):
        for channel in range(3):
            expected = ndimage.map_coordinates(
                np.pad(pictures[index, ..., channel], 3),
                places[index, ..., ::-1].transpose(2, 0, 1) + 3,
                order=1,
            )
            np.testing.assert_allclose(found[index, ..., channel], expected, atol=1e-12)
    with tf.Session():
        for x, x_shape in ((data, [2, 4, 5, 3]), (warp, [2, 6, 7, 2])):
            assert tf.test.compute_gradient_error(x, x_shape, result, [2, 6, 7, 3]) < 1e-4
    with pytest.raises(ValueError, match="data has 4 axes"):
        tf.contrib.resampler.resampler(pictures[0], places)
    with pytest.raises(ValueError, match="2 numbers"):
        tf.contrib.resampler.resampler(pictures, places[..., :1])
