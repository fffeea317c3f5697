"""Image functions as programs use them: shapes known late, seeds, whole pipelines."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

IMAGE = np.arange(24, dtype=np.float32).reshape(2, 4, 3) / 24


def run(tensor, feeds=None):
    with tf.Session() as session:
        return session.run(tensor, feeds)


def test_an_augmented_image_has_a_known_shape():
    contents = tf.placeholder(tf.string)
    image = tf.image.decode_jpeg(contents, channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    image = tf.image.resize_image_with_crop_or_pad(image, 24, 20)
    image = tf.image.random_flip_left_right(image, seed=1)
    image = tf.image.random_brightness(image, 0.2, seed=2)
    image = tf.image.random_contrast(image, 0.5, 1.5, seed=3)
    image = tf.image.random_hue(image, 0.1, seed=4)
    image = tf.image.random_saturation(image, 0.5, 1.5, seed=5)
    image = tf.image.per_image_standardization(image)
    assert image.shape.as_list() == [24, 20, 3]
    jpeg = run(tf.image.encode_jpeg(tf.cast(tf.fill([30, 10, 3], 99), tf.uint8)))
    result = run(image, {contents: jpeg})
    assert abs(result.mean()) < 1e-5
    assert abs(result.std() - 1) < 1e-4


@pytest.mark.parametrize(
    "function",
    [
        tf.image.flip_left_right,
        tf.image.transpose_image,
        tf.image.rot90,
        lambda x: tf.image.crop_to_bounding_box(x, 1, 0, 1, 2),
        lambda x: tf.image.pad_to_bounding_box(x, 1, 0, 4, 5),
        lambda x: tf.image.resize_image_with_crop_or_pad(x, 3, 3),
        lambda x: tf.image.central_crop(x, 0.5),
        tf.image.per_image_standardization,
        lambda x: tf.image.adjust_hue(x, 0.2),
    ],
)
def test_shapes_known_late_make_no_difference(function):
    unknown = tf.placeholder_with_default(IMAGE, [None, None, None])
    first, second = run([function(tf.constant(IMAGE)), function(unknown)])
    np.testing.assert_array_equal(first, second)
    batch = np.stack([IMAGE, IMAGE[::-1]])
    many = tf.placeholder_with_default(batch, [None] * 4)
    first, second = run([function(tf.constant(batch)), function(many)])
    np.testing.assert_array_equal(first, second)


def test_empty_images_are_refused_in_the_run():
    image = tf.placeholder(tf.float32, [None, None, 3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="not empty"):
        run(tf.image.flip_up_down(image), {image: np.zeros((0, 4, 3))})


def test_quarter_turns_are_those_of_numpy():
    turns = tf.placeholder(tf.int32, [])
    turned = tf.image.rot90(IMAGE, turns)
    for k in range(-3, 6):
        np.testing.assert_array_equal(run(turned, {turns: k}), np.rot90(IMAGE, k))
        np.testing.assert_array_equal(run(tf.image.rot90(IMAGE, k)), np.rot90(IMAGE, k))


def test_each_image_of_a_batch_is_flipped_by_itself():
    batch = np.stack([IMAGE] * 40)
    flipped = run(tf.image.random_flip_left_right(batch, seed=3))
    is_flipped = [np.array_equal(image, IMAGE[:, ::-1]) for image in flipped]
    is_kept = [np.array_equal(image, IMAGE) for image in flipped]
    assert all(a != b for a, b in zip(is_flipped, is_kept, strict=True))
    assert 8 < sum(is_flipped) < 32


def test_infinite_pixels_do_not_spoil_the_other_images():
    batch = np.stack([IMAGE, IMAGE])
    batch[0, 0, 0, 0] = np.inf
    flipped = run(tf.image.random_flip_up_down(batch, seed=1))
    assert np.isfinite(flipped[1]).all()
    assert not np.isnan(flipped).any()


@pytest.mark.parametrize("dtype", [tf.uint8, tf.int16, tf.uint16, tf.float64, tf.float16])
def test_adjustments_keep_the_dtype(dtype):
    image = tf.image.convert_image_dtype(IMAGE, dtype, saturate=True)
    adjusted = [
        tf.image.adjust_brightness(image, 0.1),
        tf.image.adjust_contrast(image, 0.7),
        tf.image.adjust_gamma(image, 0.7),
        tf.image.adjust_hue(image, 0.1),
        tf.image.adjust_saturation(image, 0.1),
        tf.image.rgb_to_grayscale(image),
    ]
    assert [tensor.dtype for tensor in adjusted] == [dtype] * 6
    run(adjusted)


def test_hue_turns_around_in_a_full_circle():
    image = tf.constant(IMAGE)
    thirds = tf.image.adjust_hue(
        tf.image.adjust_hue(tf.image.adjust_hue(image, 1 / 3), 1 / 3), 1 / 3
    )
    np.testing.assert_allclose(run(thirds), IMAGE, atol=1e-5)
    exchanged = run(tf.image.adjust_hue(image, 1 / 3))  # red becomes green, green blue, blue red
    np.testing.assert_allclose(exchanged, IMAGE[..., [2, 0, 1]], atol=1e-5)


def test_colour_spaces_have_ways_back():
    for there, back in (
        (tf.image.rgb_to_hsv, tf.image.hsv_to_rgb),
        (tf.image.rgb_to_yiq, tf.image.yiq_to_rgb),
        (tf.image.rgb_to_yuv, tf.image.yuv_to_rgb),
    ):
        np.testing.assert_allclose(run(back(there(IMAGE))), IMAGE, atol=1e-4)


def test_similarity_is_one_only_for_equal_images():
    image = np.random.RandomState(4).uniform(size=(1, 16, 16, 1)).astype(np.float32)
    noisy = image + np.random.RandomState(5).normal(0, 0.1, image.shape).astype(np.float32)
    equal, other = run([tf.image.ssim(image, image, 1.0), tf.image.ssim(image, noisy, 1.0)])
    np.testing.assert_allclose(equal, [1.0], rtol=1e-5)
    assert 0.3 < other[0] < 0.99
    assert run(tf.image.psnr(image, image, 1.0)) == np.inf


def test_dtypes_that_do_not_fit_are_refused_with_advice():
    pixels = (IMAGE * 255).astype(np.uint8)
    with pytest.raises(TypeError, match="convert_image_dtype"):
        tf.image.rgb_to_yuv(pixels)
    with pytest.raises(TypeError, match="float32 and uint8"):
        tf.image.psnr(IMAGE, pixels, 1.0)
    with pytest.raises(ValueError, match="integers or floats"):
        tf.image.convert_image_dtype(IMAGE, tf.string)
