"""Resized images: values worked out by hand, and laws that all methods follow."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.ops.kernels import resample

METHODS = [
    tf.image.resize_bilinear,
    tf.image.resize_nearest_neighbor,
    tf.image.resize_bicubic,
    tf.image.resize_area,
]
each_method = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)


def run(tensor, feeds=None):
    with tf.Session() as session:
        return session.run(tensor, feeds)


def row(*values: float) -> tf.Tensor:
    """An image of one row."""
    return tf.reshape(tf.constant(values, tf.float32), [1, 1, -1, 1])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 3, 5, 7, 9, 9]),  # places 0, 0.5, 1, 1.5, 2, 2.5
        ({"align_corners": True}, [1, 2.6, 4.2, 5.8, 7.4, 9]),  # 0, 0.4, ..., 2
        ({"half_pixel_centers": True}, [1, 2, 4, 6, 8, 9]),  # -0.25, 0.25, ..., 2.25
    ],
)
def test_bilinear_by_hand(options: dict, expected: list):
    resized = run(tf.image.resize_bilinear(row(1, 5, 9), [1, 6], **options))
    np.testing.assert_allclose(resized.ravel(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 1, 1, 5, 5]),  # 0, 0.4, 0.8, 1.2, 1.6, rounded down
        ({"align_corners": True}, [1, 1, 5, 5, 5]),  # 0, 0.25, 0.5, 0.75, 1, rounded
        ({"half_pixel_centers": True}, [1, 1, 5, 5, 5]),  # 0.2, 0.6, 1, 1.4, 1.8, rounded down
    ],
)
def test_nearest_neighbours_by_hand(options: dict, expected: list):
    resized = run(tf.image.resize_nearest_neighbor(row(1, 5), [1, 5], **options))
    np.testing.assert_array_equal(resized.ravel(), expected)


def test_areas_by_hand():
    # 5 pixels to 2: each covers two and a half.
    resized = run(tf.image.resize_area(row(2, 4, 10, 6, 8), [1, 2]))
    np.testing.assert_allclose(resized.ravel(), [(2 + 4 + 5) / 2.5, (5 + 6 + 8) / 2.5], rtol=1e-6)


@each_method
def test_a_flat_image_stays_flat(method):
    image = tf.fill([2, 5, 4, 3], 7.0)
    for size in ([1, 1], [3, 9], [11, 2]):
        np.testing.assert_allclose(run(method(image, size)), np.full((2, *size, 3), 7.0), rtol=1e-6)


@each_method
def test_the_same_size_changes_nothing(method):
    image = np.random.RandomState(1).uniform(size=(2, 5, 4, 3)).astype(np.float32)
    np.testing.assert_allclose(run(method(image, [5, 4])), image, rtol=1e-6)


@each_method
def test_images_of_a_batch_and_channels_do_not_mix(method):
    images = np.random.RandomState(1).uniform(size=(2, 5, 4, 3)).astype(np.float32)
    together = run(method(images, [7, 3]))
    alone = run(method(images[1:, :, :, 2:], [7, 3]))
    np.testing.assert_allclose(together[1:, :, :, 2:], alone, rtol=1e-6)


@pytest.mark.parametrize("make", [resample.linear_taps, resample.cubic_taps])
@pytest.mark.parametrize("flags", [(False, False), (True, False), (False, True)])
def test_sums_are_those_of_dense_matrices(make, flags: tuple):
    def dense(taps: resample.Taps, size: int) -> np.ndarray:
        matrix = np.zeros((len(taps.starts) - 1, size))
        outputs = np.repeat(np.arange(len(matrix)), np.diff(taps.starts))
        np.add.at(matrix, (outputs, taps.indices), taps.weights)
        return matrix

    images = np.random.RandomState(1).uniform(size=(2, 5, 4, 3))
    rows, columns = make(5, 8, *flags), make(4, 3, *flags)
    expected = np.einsum("yr,xc,brcd->byxd", dense(rows, 5), dense(columns, 4), images)
    np.testing.assert_allclose(resample.resampled(images, rows, columns), expected, rtol=1e-6)
    np.testing.assert_allclose(dense(rows.transposed(5), 8), dense(rows, 5).T)


def test_proportions_are_kept():
    image = tf.placeholder(tf.float32, [None, 20, 50, 3])
    resized = tf.image.resize_images(image, [30, 30], preserve_aspect_ratio=True)
    assert resized.shape.as_list() == [None, 12, 30, 3]
    dynamic = tf.placeholder(tf.float32, [None, None, None, 3])
    resized = tf.image.resize_images(dynamic, [30, 30], preserve_aspect_ratio=True)
    assert run(resized, {dynamic: np.ones((1, 50, 20, 3))}).shape == (1, 30, 12, 3)


def test_sizes_known_only_in_the_run_are_checked():
    size = tf.placeholder(tf.int32, [2])
    resized = tf.image.resize_bilinear(row(1, 2), size)
    assert resized.shape.as_list() == [1, None, None, 1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="size must be positive"):
        run(resized, {size: [0, 3]})


def test_unknown_methods_and_ranks_are_refused():
    with pytest.raises(ValueError, match="ResizeMethod"):
        tf.image.resize_images(row(1, 2), [2, 2], method=9)
    with pytest.raises(ValueError, match="known rank"):
        tf.image.resize_images(tf.placeholder(tf.float32), [2, 2])
    with pytest.raises(ValueError, match="height, width"):
        tf.image.resize_images(row(1, 2), [2, 2, 2])
