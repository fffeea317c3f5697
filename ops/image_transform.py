"""Images seen through a projective map of the plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.dtypes import dtype_set
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i32, known_ints

__all__ = ["image_projective_transform"]

_INVERSE = "the gradient is seen through the inverse map: exact where each pixel goes to one"


@register
class ImageProjectiveTransformV2(Op):
    """Each pixel (x, y) of the result is what the images have at a transformed place.

    A row [a0, a1, a2, b0, b1, b2, c0, c1] of `transforms` stands for the place
    ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k) with k = c0 x + c1 y + 1.
    """

    interpolation: str

    inputs = "images: dtype, transforms: float32, output_shape: int32"
    outputs = "transformed_images"
    types = {"dtype": dtype_set("uint8 int32 int64 float16 float32 float64")}
    makes_new = True

    def __post_init__(self) -> None:
        if self.interpolation not in ("NEAREST", "BILINEAR"):
            raise ValueError(
                f"interpolation is 'NEAREST' or 'BILINEAR', not {self.interpolation!r}"
            )

    def infer(
        self, images: TensorSpec, transforms: TensorSpec, output_shape: TensorSpec
    ) -> TensorSpec:
        check_rank("images", images, 4)
        check_rank("transforms", transforms, 2)
        check_rank("output_shape", output_shape, 1)
        sizes = known_ints(output_shape)
        if sizes is not None and len(sizes) != 2:
            raise ValueError(f"output_shape is [height, width], not {list(sizes)}")
        if sizes is not None and any(size is not None and size <= 0 for size in sizes):
            raise ValueError(f"output_shape must be positive, not {list(sizes)}")
        batch, channels = _ends(images)
        rows, width = transforms.shape.as_tuple() or (None, None)
        if width not in (None, 8):
            raise ValueError(f"a transform has 8 numbers, not {width}")
        if None not in (rows, batch) and rows not in (1, batch):
            raise ValueError(f"there are {rows} transforms for {batch} images: give 1 or {batch}")
        height, width = sizes if sizes is not None else (None, None)
        return TensorSpec(TensorShape.of((batch, height, width, channels)), images.dtype)

    def kernel(self, images: Array, transforms: Array, output_shape: Array) -> Array:
        height, width = output_shape.tolist()
        x, y = _places(transforms, height, width)
        read = _Reader(images)
        if self.interpolation == "NEAREST":
            return read.at(_rounded(y), _rounded(x))
        left, top = np.floor(x), np.floor(y)
        weights = [value[..., np.newaxis] for value in (left + 1 - x, x - left)]
        rows = [
            sum(
                weight * read.at(row, column)
                for weight, column in zip(weights, (left, left + 1), strict=True)
            )
            for row in (top, top + 1)
        ]
        result = (top + 1 - y)[..., np.newaxis] * rows[0] + (y - top)[..., np.newaxis] * rows[1]
        return np.asarray(result).astype(images.dtype)

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        images, transforms, _ = op.inputs
        sizes = ops.slice(ops.shape(images), [1], [2])
        ones = ops.ones_like(ops.slice(transforms, [0, 0], [-1, 1]))
        matrices = ops.concat([transforms, ones], 1)
        inverse = ops.reshape(ops.matrix_inverse(ops.reshape(matrices, [-1, 3, 3])), [-1, 9])
        scaled = inverse / ops.slice(inverse, [0, 8], [-1, 1])
        back = apply(self, grad, ops.slice(scaled, [0, 0], [-1, 8]), sizes)
        return back, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        images = np.arange(2 * 3 * 4 * 2).reshape(2, 3, 4, 2)
        shift, turn = [1, 0, -1, 0, 1, 1, 0, 0], [0, 1, 0, -1, 0, 2, 0, 0]
        stay = [1, 0, 0, 0, 1, 0, 0, 0]
        size, to_images = i32([3, 4]), {"gradient": (0,), "note": "transforms have no gradient"}
        for dtype in (np.float32, np.float64, np.float16, np.int32, np.int64, np.uint8):
            options = to_images if np.issubdtype(dtype, np.floating) else {}
            yield Sample.of(cls("NEAREST"), images.astype(dtype), f32([shift]), size, **options)
        for interpolation in ("NEAREST", "BILINEAR"):
            op, floats = cls(interpolation), images.astype(np.float32)
            yield Sample.of(op, floats, f32([shift, stay]), size, **to_images)
            yield Sample.of(op, floats[:, :, :3], f32([turn]), i32([3, 3]), **to_images)
            yield Sample.of(op, floats[:0], f32([shift]), size, **to_images)
            skew = f32([[0.9, 0.3, -0.6, -0.2, 1.1, 0.3, 0.01, -0.02]])
            for dtype in (np.float32, np.uint8):
                inputs = images.astype(dtype), skew, i32([4, 5])
                yield Sample.of(op, *inputs, gradient=(), note=_INVERSE)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        images, one = np.ones((2, 3, 4, 1), np.float32), np.ones((1, 8), np.float32)
        op, size = cls("NEAREST"), i32([3, 4])
        yield ErrorSample(lambda: cls("CUBIC"), (), "'NEAREST' or 'BILINEAR'")
        yield ErrorSample(op, (images[0], one, size), "rank")
        yield ErrorSample(op, (images, one[0], size), "must be a matrix")
        yield ErrorSample(op, (images, one[:, :6], size), "8 numbers, not 6")
        yield ErrorSample(op, (images, np.repeat(one, 3, 0), size), "3 transforms for 2 images")
        yield ErrorSample(op, (images, one, i32([3, 4, 1])), "height, width")
        yield ErrorSample(op, (images, one, i32([3, 0])), "must be positive")


def _ends(images: TensorSpec) -> tuple[int | None, int | None]:
    dims = images.shape.as_tuple()
    return (None, None) if dims is None else (dims[0], dims[3])


def _places(transforms: Array, height: int, width: int) -> tuple[Array, Array]:
    """Where each pixel of the result comes from: [transforms, height, width]; nan for nowhere."""
    x = np.arange(width, dtype=np.float32)[np.newaxis, np.newaxis, :]
    y = np.arange(height, dtype=np.float32)[np.newaxis, :, np.newaxis]
    a0, a1, a2, b0, b1, b2, c0, c1 = (column[:, np.newaxis, np.newaxis] for column in transforms.T)
    depth = c0 * x + c1 * y + np.float32(1)
    depth = np.where(depth == 0, np.float32(np.nan), depth)
    return (a0 * x + a1 * y + a2) / depth, (b0 * x + b1 * y + b2) / depth


def _rounded(values: Array) -> Array:
    """The nearest integers; halves go away from zero."""
    return np.trunc(values + np.copysign(np.float32(0.5), values))


class _Reader:
    """Reads pixels, 0 outside of the images.

    Args:
      images: [batch, height, width, channels].
    """

    def __init__(self, images: Array) -> None:
        self._images = images
        self._batch = np.arange(len(images))[:, np.newaxis, np.newaxis]

    def at(self, rows: Array, columns: Array) -> Array:
        """The pixels [batch, height, width, channels] at places [1 or batch, height, width]."""
        height, width = self._images.shape[1:3]
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        row, column = (np.where(inside, values, 0).astype(np.intp) for values in (rows, columns))
        if height == 0 or width == 0:
            shape = (len(self._images), *rows.shape[1:], self._images.shape[3])
            return np.zeros(shape, self._images.dtype)
        pixels: Array = self._images[self._batch, row, column]
        pixels[~np.broadcast_to(inside, pixels.shape[:3])] = 0
        return pixels


def image_projective_transform(
    images: Tensor, transforms: Tensor, output_shape: Tensor, interpolation: str
) -> Tensor:
    """See images through projective maps; `tf.contrib.image.transform` takes more forms of them.

    Args:
      images: [batch, height, width, channels].
      transforms: float32 [1 or batch, 8], maps from places of the result to places of the images.
      output_shape: int32 [2], height and width of the result.
      interpolation: "NEAREST" or "BILINEAR".

    Returns:
      Images of the same dtype, 0 where a map leaves the images.

    Raises:
      ValueError: `interpolation` is neither, or the shapes do not fit.

    >>> import graphflow as tf
    >>> image = tf.reshape([1, 2, 3, 4, 5, 6], [1, 2, 3, 1])
    >>> left = tf.constant([[1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]])
    >>> moved = image_projective_transform(image, left, tf.constant([2, 3]), "NEAREST")
    >>> tf.Session().run(moved)[0, :, :, 0]
    array([[2, 3, 0],
           [5, 6, 0]], dtype=int32)
    """
    return apply(ImageProjectiveTransformV2(interpolation), images, transforms, output_shape)
