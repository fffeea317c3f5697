"""How images differ from one another, and where they change within."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape

__all__ = [
    "image_gradients",
    "psnr",
    "sobel_edges",
    "ssim",
    "ssim_multiscale",
    "total_variation",
]

# How much each scale counts, from fine to coarse: Wang, Simoncelli and Bovik, 2003.
_MSSSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


# -- changes within an image -----------------------------------------------------------------------


def image_gradients(image: Any) -> tuple[Tensor, Tensor]:
    """Subtract from each pixel's lower and right neighbour the pixel itself.

    Args:
      image: numeric [batch, height, width, channels].

    Returns:
      The differences down and to the right, each of the shape of `image`, with zeros in the last
      row or column.

    Raises:
      ValueError: the image is not of four axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 4, 8], [1, 2, 2, 1])
    >>> dy, dx = tf.image.image_gradients(image)
    >>> tf.Session().run(dy)[0, ..., 0]
    array([[3, 6],
           [0, 0]], dtype=int32)
    >>> tf.Session().run(dx)[0, ..., 0]
    array([[1, 0],
           [4, 0]], dtype=int32)
    """
    image = convert_to_tensor(image)
    if image.shape.rank != 4:
        raise ValueError(
            f"image must be [batch, height, width, channels], its shape is {image.shape}"
        )
    down = ops.pad(image[:, 1:] - image[:, :-1], [[0, 0], [0, 1], [0, 0], [0, 0]])
    right = ops.pad(image[:, :, 1:] - image[:, :, :-1], [[0, 0], [0, 0], [0, 1], [0, 0]])
    down.set_shape(image.shape)
    right.set_shape(image.shape)
    return down, right


def sobel_edges(image: Any) -> Tensor:
    """Find edges by Sobel's filters.

    Args:
      image: float [batch, height, width, channels] with two rows and columns or more.

    Returns:
      [batch, height, width, channels, 2]: how fast values grow downwards and to the right, eight
      times the mean difference of neighbours.  At the border the image counts as mirrored.

    Raises:
      ValueError: the image is not of four axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], [1, 3, 3, 1])
    >>> tf.Session().run(tf.image.sobel_edges(image))[0, 1, 1, 0]
    array([24.,  8.], dtype=float32)
    """
    image = convert_to_tensor(image)
    static, sizes = image.shape.with_rank(4), ops.shape(image)
    down = np.asarray([[-1, -2, -1], [0, 0, 0], [1, 2, 1]], np.float32)
    kernels = ops.constant(np.stack([down, down.T], -1)[:, :, None, :], float32)
    filters = ops.tile(kernels, ops.stack([1, 1, sizes[3], 1]), name="sobel_filters")
    padded = ops.pad(image, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="REFLECT")
    edges = ops.depthwise_conv2d(padded, filters, [1, 1, 1, 1], "VALID")
    result = ops.reshape(edges, ops.concat([sizes, [2]], 0))
    result.set_shape(static.concatenate([2]))
    return result


def total_variation(images: Any, name: str | None = None) -> Tensor:
    """Sum the absolute differences of neighbouring pixels, a measure of noise.

    Args:
      images: numeric [height, width, channels] or [batch, height, width, channels].
      name: name scope of the operations.

    Returns:
      A scalar, or one number for each image of the batch.

    Raises:
      ValueError: the images are neither of three nor of four axes.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 4, 8], [2, 2, 1])
    >>> tf.Session().run(tf.image.total_variation(image))
    np.int32(14)
    """
    with name_scope(name, "total_variation"):
        images = convert_to_tensor(images)
        if images.shape.rank not in (3, 4):
            raise ValueError(f"images must have three or four axes, their shape is {images.shape}")
        down = images[..., 1:, :, :] - images[..., :-1, :, :]
        right = images[..., 1:, :] - images[..., :-1, :]
        axes = [1, 2, 3] if images.shape.rank == 4 else None
        first, second = [ops.reduce_sum(ops.abs(change), axis=axes) for change in (down, right)]
        return ops.add(first, second)


# -- differences of images -------------------------------------------------------------------------


def _compatible(first: Any, second: Any) -> tuple[TensorShape, list[Operation]]:
    """Check that images have the same height, width and channels, and that batches broadcast.

    Returns:
      What is known of height, width and channels, and checks for the run.
    """
    shapes = [image.shape.with_rank_at_least(3) for image in (first, second)]
    inner = shapes[0][-3:] if shapes[0].rank is not None else TensorShape([None] * 3)
    if shapes[1].rank is not None:
        inner = inner.merge_with(shapes[1][-3:])
    if None not in (shapes[0].rank, shapes[1].rank):
        leads = [reversed(shape.as_list()[:-3]) for shape in shapes]
        for one, other in zip(*leads, strict=False):
            if 1 not in (one, other) and None not in (one, other) and one != other:
                raise ValueError(f"batches of images do not broadcast: {shapes[0]} and {shapes[1]}")
    sizes = ops.shape_n([first, second])
    fits = ops.reduce_all(ops.equal(sizes[0][-3:], sizes[1][-3:]))
    enough = ops.greater_equal(ops.minimum(ops.size(sizes[0]), ops.size(sizes[1])), 3)
    checks = [
        ops.assert_(enough, ["images need three axes or more: ", *sizes], 10),  # noqa: PT009
        ops.assert_(fits, ["images must have the same sizes: ", *sizes], 10),  # noqa: PT009
    ]
    return inner, checks


def _comparable(first: Any, second: Any, max_val: Any) -> tuple[Any, Any, Any]:
    """Two images and the largest value as floats, checked to fit together."""
    first = convert_to_tensor(first, name="img1")
    second = convert_to_tensor(second, name="img2")
    dtypes = [image.dtype.base_dtype for image in (first, second)]
    if dtypes[0] is not dtypes[1]:
        raise TypeError(
            f"images of dtypes {dtypes[0].name} and {dtypes[1].name} are compared: "
            "use convert_image_dtype"
        )
    inner, checks = _compatible(first, second)
    with get_default_graph().control_dependencies(checks):
        first, second = ops.identity(first), ops.identity(second)
    for image in (first, second):
        if image.shape.rank is not None:
            image.set_shape(image.shape[:-3].concatenate(inner))
    largest = ops.convert_image_dtype(ops.cast(max_val, first.dtype), float32)
    images = [ops.convert_image_dtype(image, float32) for image in (first, second)]
    return images[0], images[1], largest


def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """Compute the peak signal-to-noise ratio of images, in decibels.

    Args:
      a: real [..., height, width, channels].
      b: images to compare with, of the same dtype and sizes.
      max_val: the difference of the largest and the smallest value that pixels may have.
      name: name scope of the operations.

    Returns:
      float32 [...]: 20 log10(max_val) - 10 log10(mean squared error), infinite for equal images.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> a, b = tf.zeros([2, 2, 1]), tf.fill([2, 2, 1], 0.1)
    >>> tf.Session().run(tf.image.psnr(a, b, max_val=1.0)).round(3)
    np.float32(20.0)
    """
    with name_scope(name, "PSNR", [a, b]):
        first, second, largest = _comparable(a, b, max_val)
        error = ops.reduce_mean(ops.squared_difference(first, second), [-3, -2, -1])
        peak = 20 * ops.log(largest) / ops.log(10.0)
        return ops.subtract(peak, np.float32(10 / math.log(10)) * ops.log(error), name="psnr")


def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Compute the structural similarity of images.

    See Z. Wang and others, Image quality assessment: from error visibility to structural
    similarity, 2004.  Windows are weighted by a Gaussian, and only those inside the image count.

    Args:
      img1: real [..., height, width, channels], at least as large as the filter.
      img2: images to compare with, of the same dtype and sizes.
      max_val: the difference of the largest and the smallest value that pixels may have.
      filter_size: height and width of the windows.
      filter_sigma: the Gaussian's width.
      k1: how much brightness is tolerated where images are dark.
      k2: how much contrast is tolerated where images are flat.

    Returns:
      float32 [...], at most 1, averaged over channels.

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: (in a run) the images are smaller than the filter.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(0.0, 1.0, 1 / 144), [12, 12, 1])
    >>> tf.Session().run(tf.image.ssim(image, [image, 1 - image], max_val=1.0)).round(3)
    array([ 1.   , -0.931], dtype=float32)
    """
    with name_scope(None, "SSIM", [img1, img2]):
        first, second, largest = _comparable(img1, img2, max_val)
        similarity = _Similarity(largest, filter_size, filter_sigma, k1, k2)
        per_channel, _ = similarity.of(first, second)
        return ops.reduce_mean(per_channel, [-1])


def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Sequence[float] = _MSSSIM_WEIGHTS,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Compute the structural similarity of images on several scales.

    See Z. Wang, E. P. Simoncelli and A. C. Bovik, Multiscale structural similarity for image
    quality assessment, 2003.

    Args:
      img1: real [..., height, width, channels]; the coarsest scale must be as large as the filter.
      img2: images to compare with, of the same dtype and sizes.
      max_val: the difference of the largest and the smallest value that pixels may have.
      power_factors: the weight of each scale; each is half as fine as the one before.
      filter_size: height and width of the windows.
      filter_sigma: the Gaussian's width.
      k1: see `ssim`.
      k2: see `ssim`.

    Returns:
      float32 [...] from 0 to 1, averaged over channels.

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: (in a run) the images are too small.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(0.0, 1.0, 1 / 576), [24, 24, 1])
    >>> s = tf.image.ssim_multiscale(image, image * 0.8, 1.0, power_factors=[0.5, 0.5])
    >>> tf.Session().run(s).round(3)
    np.float32(0.966)
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        first, second, largest = _comparable(img1, img2, max_val)
        similarity = _Similarity(largest, filter_size, filter_sigma, k1, k2)
        images: list[Any] = [first, second]
        factors: list[Any] = []
        for scale in range(len(power_factors)):
            if scale:
                images = [_halved(image) for image in images]
            per_channel, contrast = similarity.of(*images)
            is_last = scale == len(power_factors) - 1
            factors.append(ops.relu(per_channel if is_last else contrast))
        weighted = ops.pow(ops.stack(factors, axis=-1), power_factors)
        return ops.reduce_mean(ops.reduce_prod(weighted, [-1]), [-1])


def _halved(images: Any) -> Any:
    """Average squares of two by two pixels; odd rows and columns at the end are repeated."""
    sizes = ops.shape(images)
    flat = ops.reshape(images, ops.concat([[-1], sizes[-3:]], 0))
    remainder: Any = sizes[-3:-1] % 2
    margins = ops.reshape(ops.stack([0, 0, 0, remainder[0], 0, remainder[1], 0, 0]), [4, 2])
    padded = ops.pad(flat, margins, mode="SYMMETRIC")
    pooled = ops.avg_pool(padded, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
    return ops.reshape(pooled, ops.concat([sizes[:-3], ops.shape(pooled)[1:]], 0))


class _Similarity:
    """Structural similarity with its parameters."""

    def __init__(self, largest: Any, size: Any, sigma: float, k1: float, k2: float) -> None:
        self._size = convert_to_tensor(size, dtype="int32")
        self._sigma = convert_to_tensor(sigma, dtype=float32)
        self._brightness = (k1 * largest) ** 2
        self._contrast = (k2 * largest) ** 2

    def of(self, first: Any, second: Any) -> tuple[Any, Any]:
        """The similarity of two images for each channel, and the part of it without brightness."""
        sizes = ops.shape_n([first, second])
        checks = [
            ops.assert_(  # noqa: PT009
                ops.reduce_all(ops.greater_equal(size[-3:-1], self._size)),
                ["images are smaller than the filter: ", size, self._size],
                10,
            )
            for size in sizes
        ]
        with get_default_graph().control_dependencies(checks):
            first = ops.identity(first)
        window = ops.tile(self._gaussian(), ops.stack([1, 1, sizes[0][-1], 1]))
        mean1, mean2 = _filtered(first, window), _filtered(second, window)
        product, squares = mean1 * mean2 * 2, mean1**2 + mean2**2
        brightness = (product + self._brightness) / (squares + self._brightness)
        covariance = _filtered(first * second, window) * 2 - product
        variance = _filtered(first**2 + second**2, window) - squares
        contrast = (covariance + self._contrast) / (variance + self._contrast)
        axes = [-3, -2]
        return ops.reduce_mean(brightness * contrast, axes), ops.reduce_mean(contrast, axes)

    def _gaussian(self) -> Any:
        """A window [size, size, 1, 1] whose sum is 1."""
        half: Any = ops.cast(self._size - 1, float32) / 2.0
        places: Any = ops.cast(ops.range(self._size), float32) - half
        exponents: Any = -0.5 * places**2 / self._sigma**2
        weights: Any = ops.softmax(exponents)
        square = ops.reshape(weights, [-1, 1]) * ops.reshape(weights, [1, -1])
        return ops.reshape(square, ops.stack([self._size, self._size, 1, 1]))


def _filtered(images: Any, window: Any) -> Any:
    """Sum each channel of images [..., height, width, channels] within a sliding window."""
    sizes = ops.shape(images)
    flat = ops.reshape(images, ops.concat([[-1], sizes[-3:]], 0))
    sums = ops.depthwise_conv2d(flat, window, [1, 1, 1, 1], "VALID")
    return ops.reshape(sums, ops.concat([sizes[:-3], ops.shape(sums)[1:]], 0))
