"""Patches, dilation, pooling with random windows and normalisation, against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

import graphflow as tf


def run(tensor):
    with tf.Session() as session:
        return session.run(tensor)


def image(*shape: int) -> np.ndarray:
    return np.random.RandomState(len(shape)).permutation(int(np.prod(shape))).reshape(shape) * 1.0


def test_patches_are_windows():
    x = image(2, 6, 5, 3)
    y = run(tf.extract_image_patches(x, [1, 3, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 2), axis=(1, 2))
    np.testing.assert_array_equal(y, windows.transpose(0, 1, 2, 4, 5, 3).reshape(2, 4, 4, 18))


def test_gradient_of_patches_counts_how_often_a_pixel_is_copied():
    x = tf.constant(image(1, 4, 3, 1))
    y = tf.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    (grad,) = tf.gradients(y, x)
    expected = [[1, 2, 1], [2, 4, 2], [2, 4, 2], [1, 2, 1]]
    np.testing.assert_array_equal(run(grad)[0, :, :, 0], expected)


def test_gradient_of_patches_where_sizes_are_unknown():
    x = tf.placeholder(tf.float32, [None, None, None, None])
    y = tf.extract_image_patches(x, [1, 2, 3, 1], [1, 2, 1, 1], [1, 1, 2, 1], "SAME")
    (grad,) = tf.gradients(y * y, x)
    (second,) = tf.gradients(grad, x)
    with tf.Session() as session:
        value = image(2, 4, 3, 2).astype(np.float32)
        first, twice = session.run([grad, second], {x: value})
    np.testing.assert_allclose(first, value * twice)  # the square of a linear function


@pytest.mark.parametrize("size", [(3, 3), (1, 5)])
def test_dilation_and_erosion_are_those_of_scipy(size):
    x = image(1, 7, 8, 1)
    flat = np.zeros((*size, 1))
    arguments = ([1, 1, 1, 1], [1, 1, 1, 1], "SAME")
    dilated = run(tf.nn.dilation2d(x, flat, *arguments))
    eroded = run(tf.nn.erosion2d(x, flat, *arguments))
    options = {"size": size, "mode": "constant"}
    expected = ndimage.grey_dilation(x[0, :, :, 0], cval=-np.inf, **options)
    np.testing.assert_array_equal(dilated[0, :, :, 0], expected)
    expected = ndimage.grey_erosion(x[0, :, :, 0], cval=np.inf, **options)
    np.testing.assert_array_equal(eroded[0, :, :, 0], expected)


def test_local_response_normalisation_by_its_formula():
    x = image(1, 2, 2, 7).astype(np.float32) / 8
    y = run(tf.nn.lrn(x, depth_radius=2, bias=2.0, alpha=0.5, beta=0.75))
    padded = np.pad(x**2, [(0, 0)] * 3 + [(2, 2)])
    sums = sum(padded[..., start : start + 7] for start in range(5))
    np.testing.assert_allclose(y, x / (2 + 0.5 * sums) ** 0.75, rtol=1e-5)


def test_random_windows_differ_from_run_to_run():
    x = tf.constant(image(1, 40, 40, 1))
    _, rows, _ = tf.nn.fractional_max_pool(x, [1.0, 1.4, 1.4, 1.0])
    pooled = tf.nn.fractional_avg_pool(x, [1.0, 1.4, 1.4, 1.0], deterministic=True)
    with tf.Session() as session:
        first, second = session.run(rows), session.run(rows)
        fixed, again = session.run(pooled), session.run(pooled)
    assert not np.array_equal(first, second)
    assert set(np.diff(first)) == {1, 2}
    assert (first[0], first[-1]) == (0, 40)
    for one, other in zip(fixed, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("overlapping", [False, True])
def test_random_windows_pool_what_their_sequences_say(overlapping: bool):
    x = image(2, 9, 11, 2)
    results = [
        tf.nn.fractional_max_pool(x, [1.0, 1.5, 1.8, 1.0], True, overlapping),
        tf.nn.fractional_avg_pool(x, [1.0, 1.5, 1.8, 1.0], False, overlapping),
    ]
    for result, combine in zip(results, (np.max, np.mean), strict=True):
        with tf.Session() as session:
            y, rows, columns = session.run(result)
        for i, j in np.ndindex(y.shape[1:3]):
            window = x[
                :, rows[i] : rows[i + 1] + overlapping, columns[j] : columns[j + 1] + overlapping
            ]
            np.testing.assert_allclose(y[:, i, j], combine(window, axis=(1, 2)))


def test_space_to_batch_and_back():
    x = image(2, 5, 4, 3)
    paddings, crops = tf.required_space_to_batch_paddings([5, 4], [2, 3])
    moved = tf.space_to_batch_nd(x, [2, 3], paddings)
    back = tf.batch_to_space_nd(moved, [2, 3], crops)
    assert moved.shape.as_list() == [12, 3, 2, 3]
    np.testing.assert_array_equal(run(back), x)


def test_pooling_with_holes_takes_every_other_pixel():
    x = image(1, 7, 6, 1)
    y = run(tf.nn.pool(x, [2, 2], "MAX", "VALID", dilation_rate=[3, 2]))
    corners = [x[:, i : i + 4, j : j + 4] for i in (0, 3) for j in (0, 2)]
    np.testing.assert_array_equal(y, np.max(corners, axis=0))
