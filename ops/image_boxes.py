"""Boxes in images: cut out and resized, drawn, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import REAL_NUMBER, DType, dtype_set, float32 as _float32
from graphflow.core.errors import OutOfRangeError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.spec import Dimension, TensorShape, TensorSpec
from graphflow.ops._static import as_tuple, check_rank, f32, i32, known_ints
from graphflow.ops.kernels import philox
from graphflow.ops.kernels.crops import Crops, paint_boxes

__all__ = [
    "CropAndResize",
    "CropAndResizeGradBoxes",
    "CropAndResizeGradImage",
    "DrawBoundingBoxes",
    "DrawBoundingBoxesV2",
    "ExtractGlimpse",
    "crop_and_resize",
    "draw_bounding_boxes",
    "extract_glimpse",
]

_IMAGE_TYPES = REAL_NUMBER - dtype_set("uint32 uint64 bfloat16")
_METHODS = ("bilinear", "nearest")


# -- boxes cut out and resized ---------------------------------------------------------------------


class _Cropping(Op):
    """What the ops share that cut out boxes."""

    method: str
    _methods: ClassVar[tuple[str, ...]] = _METHODS

    def _check_boxes(self, boxes: TensorSpec, box_ind: TensorSpec) -> int | None:
        """The number of boxes."""
        if self.method not in self._methods:
            raise ValueError(f"method must be one of {self._methods}, not {self.method!r}")
        check_rank("boxes", boxes, 2)
        check_rank("box_ind", box_ind, 1)
        dims = boxes.shape.as_tuple() or (None, None)
        if dims[1] not in (None, 4):
            raise ValueError(f"boxes must have 4 numbers each, their shape is {boxes.shape}")
        return Dimension(dims[0]).merge_with(box_ind.shape[0] if box_ind.shape.rank else None).value

    @staticmethod
    def _check_images(name: str, images: TensorSpec) -> tuple[int | None, ...]:
        check_rank(name, images, 4)
        dims = images.shape.as_tuple() or (None,) * 4
        if 0 in dims[1:3]:
            raise ValueError(f"{name} without pixels: the shape is {images.shape}")
        return dims

    def _crops(self, shape: tuple[int, ...], boxes: Array, box_ind: Array, size: Any) -> Crops:
        outside = (box_ind < 0) | (box_ind >= shape[0])
        if outside.any():
            first = int(box_ind[outside][0])
            raise OutOfRangeError(None, None, f"box_ind {first} is not in [0, {shape[0]})")
        return Crops.of(shape, boxes, box_ind, size, self.method)


_IMAGES = (np.arange(120) * 47 + 13).reshape(2, 5, 4, 3) % 120  # each number once
_CROP_BOXES = f32(
    [[0.05, 0.1, 0.83, 0.93], [0.9, 0.7, 0.21, 0.13], [-0.3, 0.2, 0.62, 1.4], [0.4, 0.4, 0.4, 0.4]]
)
_CROP_INDICES = i32([0, 1, 1, 0])
_CROP_SIZES = ((3, 4), (1, 2), (6, 1))


@register
class CropAndResize(_Cropping):
    """Boxes cut out of images and resized."""

    method: str = "bilinear"
    extrapolation_value: float = 0.0

    inputs = "image: T, boxes: float32, box_ind: int32, crop_size: int32"
    outputs = "crops"
    types: ClassVar[Any] = {"T": _IMAGE_TYPES}

    def infer(
        self, image: TensorSpec, boxes: TensorSpec, box_ind: TensorSpec, crop_size: TensorSpec
    ) -> TensorSpec:
        channels = self._check_images("image", image)[3]
        count = self._check_boxes(boxes, box_ind)
        crop_size.shape.assert_is_compatible_with([2])
        size = known_ints(crop_size) or (None, None)
        if any(item is not None and item <= 0 for item in size):
            raise ValueError(f"crop_size must be positive, it is {list(size)}")
        return TensorSpec(TensorShape.of((count, *size, channels)), _float32)

    def kernel(self, image: Array, boxes: Array, box_ind: Array, crop_size: Array) -> Array:
        crops = self._crops(image.shape, boxes, box_ind, as_tuple(crop_size))
        return crops.values(image.astype(np.float32, copy=False), self.extrapolation_value)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Any, ...]:
        image, boxes, box_ind, _ = op.inputs
        for_image = None
        if image.dtype.base_dtype in CropAndResizeGradImage.types["T"]:
            back = CropAndResizeGradImage(image.dtype.base_dtype, self.method)
            dims = image.shape.as_tuple()
            is_known = dims is not None and None not in dims
            sizes: Any = list(dims or ()) if is_known else ops.shape(image)
            for_image = apply(back, grad, boxes, box_ind, sizes)
        # Boxes have a gradient for linear interpolation, whatever the method, as in TensorFlow.
        for_boxes = apply(CropAndResizeGradBoxes(), grad, image, boxes, box_ind)
        return for_image, for_boxes, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "boxes that reach out of the image have a gradient that jumps"
        images = f32(_IMAGES) / 8
        for size in _CROP_SIZES:
            for op in (cls(), cls("nearest"), cls("bilinear", 7.5)):
                inputs = (images, _CROP_BOXES, _CROP_INDICES, i32(size))
                yield Sample.of(op, *inputs, gradient=(0,), note=note)
            yield Sample.of(cls(), images, _CROP_BOXES[:2], _CROP_INDICES[:2], i32(size))
        for dtype in sorted(cls.types["T"] - {_float32}, key=int):
            images = _IMAGES.astype(dtype.numpy)
            inputs = (images, _CROP_BOXES, _CROP_INDICES, i32([2, 3]))
            yield Sample.of(cls(), *inputs, gradient=(), note="of low precision")
        none = np.zeros((0, 4), np.float32), np.zeros(0, np.int32)
        yield Sample.of(cls(), f32(_IMAGES), *none, i32([2, 3]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = (f32(_IMAGES), _CROP_BOXES, _CROP_INDICES, i32([2, 3]))
        yield ErrorSample(cls(), (good[0][0], *good[1:]), "image must be of rank 4")
        yield ErrorSample(cls(), (good[0][:, :0], *good[1:]), "without pixels")
        yield ErrorSample(cls(), (good[0], good[1][0], *good[2:]), "boxes must be a matrix")
        yield ErrorSample(cls(), (good[0], good[1][:, 1:], *good[2:]), "4 numbers each")
        yield ErrorSample(cls(), (*good[:2], i32([0]), good[3]), "not compatible")
        yield ErrorSample(cls(), (*good[:2], i32([[0]]), good[3]), "box_ind must be a vector")
        yield ErrorSample(cls(), (*good[:3], i32([2])), "not compatible")
        yield ErrorSample(cls(), (*good[:3], i32([0, 2])), "crop_size must be positive")
        yield ErrorSample(cls("cubic"), good, "method must be one of")
        bad = (*good[:2], i32([0, 1, 2, 0]), good[3])
        yield ErrorSample(cls(), bad, r"box_ind 2 is not in \[0, 2\)", OutOfRangeError, "run")


@register
class CropAndResizeGradImage(_Cropping):
    """The gradient of `CropAndResize` for the images."""

    T: DType
    method: str = "bilinear"

    inputs = "grads: float32, boxes: float32, box_ind: int32, image_size: int32"
    types: ClassVar[Any] = {"T": dtype_set("float16 float32 float64")}

    def infer(
        self, grads: TensorSpec, boxes: TensorSpec, box_ind: TensorSpec, image_size: TensorSpec
    ) -> TensorSpec:
        if self.T not in self.types["T"]:
            raise TypeError(f"T is float16, float32 or float64, not {self.T.name}")
        count = self._check_boxes(boxes, box_ind)
        Dimension(self._check_images("grads", grads)[0]).assert_is_compatible_with(count)
        image_size.shape.assert_is_compatible_with([4])
        return TensorSpec(image_size.as_shape().with_rank(4), self.T)

    def kernel(self, grads: Array, boxes: Array, box_ind: Array, image_size: Array) -> Array:
        shape = as_tuple(image_size)
        crops = self._crops(shape, boxes, box_ind, grads.shape[1:3])
        wide = np.float64 if self.T.name == "float64" else np.float32
        return crops.spread(grads.astype(wide), shape).astype(self.T.numpy, copy=False)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Any, ...]:
        grads, boxes, box_ind, _ = op.inputs
        crop = CropAndResize(self.method)
        return apply(crop, grad, boxes, box_ind, ops.shape(grads)[1:3]), None, None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "second gradients for boxes are not defined"
        for size in _CROP_SIZES:
            grads = np.cos(np.arange(4 * size[0] * size[1] * 3)).reshape(4, *size, 3)
            for method in _METHODS:
                inputs = (f32(grads), _CROP_BOXES, _CROP_INDICES, i32([2, 5, 4, 3]))
                yield Sample.of(cls(_float32, method), *inputs, gradient=(0,), note=note)
        for name in ("float16", "float64"):
            op = cls(next(dtype for dtype in cls.types["T"] if dtype.name == name))
            yield Sample.of(op, *inputs, gradient=(), rtol=1e-2, note="in float32")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = (np.ones((4, 2, 2, 3), np.float32), _CROP_BOXES, _CROP_INDICES, i32([2, 5, 4, 3]))
        yield ErrorSample(cls(_float32), (good[0][0], *good[1:]), "grads must be of rank 4")
        yield ErrorSample(cls(_float32), (good[0][:1], *good[1:]), "not compatible")
        yield ErrorSample(cls(_float32), (*good[:3], i32([2])), "not compatible")
        yield ErrorSample(cls(_float32, "x"), good, "method must be one of")


@register
class CropAndResizeGradBoxes(_Cropping):
    """The gradient of `CropAndResize` for the boxes."""

    method: str = "bilinear"

    inputs = "grads: float32, image: T, boxes: float32, box_ind: int32"
    types: ClassVar[Any] = {"T": _IMAGE_TYPES}
    _methods: ClassVar[tuple[str, ...]] = ("bilinear",)

    def infer(
        self, grads: TensorSpec, image: TensorSpec, boxes: TensorSpec, box_ind: TensorSpec
    ) -> TensorSpec:
        channels = self._check_images("image", image)[3]
        count = self._check_boxes(boxes, box_ind)
        dims = self._check_images("grads", grads)
        Dimension(dims[0]).assert_is_compatible_with(count)
        Dimension(dims[3]).assert_is_compatible_with(channels)
        return TensorSpec(boxes.shape.with_rank(2), _float32)

    def kernel(self, grads: Array, image: Array, boxes: Array, box_ind: Array) -> Array:
        crops = self._crops(image.shape, boxes, box_ind, grads.shape[1:3])
        return crops.slopes(image.astype(np.float32, copy=False), grads)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "second gradients for boxes are not defined"
        for size in _CROP_SIZES:
            grads = np.cos(np.arange(4 * size[0] * size[1] * 3)).reshape(4, *size, 3)
            inputs = (f32(grads), f32(_IMAGES) / 8, _CROP_BOXES, _CROP_INDICES)
            yield Sample.of(cls(), *inputs, gradient=(), note=note)
        for dtype in sorted(cls.types["T"] - {_float32}, key=int):
            images = _IMAGES.astype(dtype.numpy)
            inputs = (f32(grads), images, _CROP_BOXES, _CROP_INDICES)
            yield Sample.of(cls(), *inputs, gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        grads = np.ones((4, 2, 2, 3), np.float32)
        good = (grads, f32(_IMAGES), _CROP_BOXES, _CROP_INDICES)
        yield ErrorSample(cls(), (grads[0], *good[1:]), "grads must be of rank 4")
        yield ErrorSample(cls(), (grads[..., :2], *good[1:]), "not compatible")
        yield ErrorSample(cls(), (grads, good[1][0], *good[2:]), "image must be of rank 4")
        yield ErrorSample(cls("nearest"), good, "method must be one of")


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """Cut boxes out of images and resize them all to one size.

    Corners of the boxes come to lie on the centres of the crops' corner pixels.

    Args:
      image: real [batch, height, width, channels].
      boxes: float32 [n, 4]: y1, x1, y2, x2 as fractions of height - 1 and width - 1.  A box with
        y1 > y2 is turned upside down; what is outside of the image is extrapolated.
      box_ind: int32 [n], the image of each box; the old name of `box_indices`.
      crop_size: int32 [2], height and width of the crops.
      method: `bilinear` or `nearest`.
      extrapolation_value: the value outside of the images.
      name: the operation's name.
      box_indices: int32 [n], the image of each box.

    Returns:
      float32 [n, crop height, crop width, channels].

    Raises:
      ValueError: the shapes do not fit, or `crop_size` is not positive.
      tf.errors.OutOfRangeError: (in a run) there is no such image.

    >>> import graphflow as tf
    >>> image = tf.reshape([1.0, 2.0, 4.0, 8.0], [1, 2, 2, 1])
    >>> crops = tf.image.crop_and_resize(image, [[0.0, 0.5, 1.0, 1.0]], [0], [2, 2])
    >>> tf.Session().run(crops)[0, ..., 0]
    array([[1.5, 2. ],
           [6. , 8. ]], dtype=float32)
    """
    indices = deprecated_argument_lookup("box_indices", box_indices, "box_ind", box_ind)
    op = CropAndResize(method, float(extrapolation_value))
    return apply(op, image, boxes, indices, crop_size, name=name)


# -- boxes drawn -----------------------------------------------------------------------------------

# Red, green, blue and opacity of the boxes, in turn.
_COLORS = f32(
    [
        [1, 1, 0, 1],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
        [0, 1, 0, 1],
        [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1],
        [0.5, 0, 0, 1],
        [0, 0, 0.5, 1],
        [0, 1, 1, 1],
        [1, 0, 1, 1],
    ]
)


def _default_colors(images: Array) -> Array:
    """The colours of boxes; white for images of one channel."""
    return np.ones_like(_COLORS) if images.shape[3] == 1 else _COLORS


class _Drawing(Op):
    """What the ops share that draw boxes."""

    types: ClassVar[Any] = {"T": dtype_set("float16 float32")}
    preferred: ClassVar[Any] = {"T": _float32}

    @staticmethod
    def _drawn(images: TensorSpec, boxes: TensorSpec) -> TensorSpec:
        check_rank("images", images, 4)
        check_rank("boxes", boxes, 3)
        dims, numbers = images.shape.as_tuple(), boxes.shape.as_tuple()
        if dims is not None and dims[3] not in (None, 1, 3, 4):
            raise ValueError(f"images must have 1, 3 or 4 channels, their shape is {images.shape}")
        if numbers is not None and numbers[2] not in (None, 4):
            raise ValueError(f"boxes must have 4 numbers each, their shape is {boxes.shape}")
        if dims is not None and numbers is not None:
            Dimension(dims[0]).assert_is_compatible_with(numbers[0])
        return TensorSpec(images.shape.with_rank(4), images.dtype.base_dtype)

    @staticmethod
    def _paint(images: Array, boxes: Array, colors: Array) -> Array:
        canvas = images.astype(np.float32)
        paint_boxes(canvas, boxes, colors[:, : images.shape[3]])
        return canvas.astype(images.dtype, copy=False)

    @classmethod
    def cases(cls) -> Iterator[tuple[Array, Array]]:
        """Images and boxes."""
        random = np.random.RandomState(8)
        boxes = np.sort(random.uniform(-0.3, 1.3, (2, 12, 2, 2)), axis=2).reshape(2, 12, 4)
        for channels in (1, 3, 4):
            yield random.uniform(0, 1, (2, 8, 7, channels)), boxes
        special = [[0.9, 0.9, 0.1, 0.1], [1.5, 1.5, 2, 2], [0.2, 0.2, 0.2, 0.2], [0, 0, 1, 1]]
        yield random.uniform(0, 1, (1, 6, 5, 3)), np.asarray([special])
        yield random.uniform(0, 1, (2, 6, 5, 3)), np.zeros((2, 0, 4))

    @classmethod
    def shape_errors(cls, *colors: Array) -> Iterator[ErrorSample]:
        images, boxes = np.zeros((1, 4, 4, 3), np.float32), np.zeros((1, 2, 4), np.float32)
        two = np.concatenate([boxes, boxes])
        yield ErrorSample(cls(), (images[0], boxes, *colors), "images must be of rank 4")
        yield ErrorSample(cls(), (images, boxes[0], *colors), "boxes must be of rank 3")
        yield ErrorSample(cls(), (images[..., :2], boxes, *colors), "1, 3 or 4 channels")
        yield ErrorSample(cls(), (images, boxes[..., :3], *colors), "4 numbers each")
        yield ErrorSample(cls(), (images, two, *colors), "not compatible")


@register
class DrawBoundingBoxes(_Drawing):
    """Images with boxes drawn on them, in ten colours."""

    inputs = "images: T, boxes: float32"
    differentiable = False

    def infer(self, images: TensorSpec, boxes: TensorSpec) -> TensorSpec:
        return self._drawn(images, boxes)

    def kernel(self, images: Array, boxes: Array) -> Array:
        return self._paint(images, boxes, _default_colors(images))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for images, boxes in cls.cases():
            yield Sample.of(cls(), f32(images), f32(boxes))
        yield Sample.of(cls(), images.astype(np.float16), f32(boxes))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from cls.shape_errors()


@register
class DrawBoundingBoxesV2(_Drawing):
    """Images with boxes drawn on them, in given colours."""

    inputs = "images: T, boxes: float32, colors: float32"

    def infer(self, images: TensorSpec, boxes: TensorSpec, colors: TensorSpec) -> TensorSpec:
        check_rank("colors", colors, 2)
        drawn = self._drawn(images, boxes)
        channels, numbers = drawn.shape.as_list()[3], colors.shape.as_tuple() or (None, None)
        if None not in (channels, numbers[1]) and numbers[1] < channels:  # type: ignore[operator]
            raise ValueError(f"colors of {numbers[1]} channels, but images of {channels}")
        return drawn

    def kernel(self, images: Array, boxes: Array, colors: Array) -> Array:
        return self._paint(images, boxes, colors if len(colors) else _default_colors(images))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for images, boxes in cls.cases():
            colors = [[0.1, 0.2, 0.3, 1], [0.6, 0.5, 0.4, 1], [2, -1, 0.5, 1]]
            yield Sample.of(cls(), f32(images), f32(boxes), f32(colors))
        yield Sample.of(cls(), f32(images), f32(boxes), np.zeros((0, 4), np.float32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        colors = np.zeros((2, 3), np.float32)
        yield from cls.shape_errors(colors)
        images, boxes = np.zeros((1, 4, 4, 3), np.float32), np.zeros((1, 2, 4), np.float32)
        yield ErrorSample(cls(), (images, boxes, colors[:, :2]), "colors of 2 channels")
        yield ErrorSample(cls(), (images, boxes, colors[0]), "colors must be a matrix")


def draw_bounding_boxes(
    images: Any, boxes: Any, name: str | None = None, colors: Any = None
) -> Tensor:
    """Draw the outlines of boxes on images.

    Args:
      images: float32 or float16 [batch, height, width, 1, 3 or 4].
      boxes: float32 [batch, n, 4]: y1, x1, y2, x2 as fractions of height and width.  What is
        outside of the image is cut off, and a box with y1 > y2 or x1 > x2 left out.
      name: the operation's name.
      colors: float32 [k, channels], the colours of the boxes in turn; by default ten colours, white
        on images of one channel.

    Returns:
      A tensor of the shape and dtype of `images`.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> image = tf.zeros([1, 3, 4, 1])
    >>> tf.Session().run(tf.image.draw_bounding_boxes(image, [[[0.0, 0.0, 1.0, 0.7]]]))[0, ..., 0]
    array([[1., 1., 1., 0.],
           [1., 0., 1., 0.],
           [1., 1., 1., 0.]], dtype=float32)
    """
    if colors is None:
        return apply(DrawBoundingBoxes(), images, boxes, name=name)
    return apply(DrawBoundingBoxesV2(), images, boxes, colors, name=name)


# -- glimpses --------------------------------------------------------------------------------------

_NOISES = ("uniform", "gaussian", "zero")


@register
class ExtractGlimpse(Op):
    """A part of each image around a place, with noise where it is outside."""

    centered: bool = True
    normalized: bool = True
    uniform_noise: bool = True
    noise: str = "uniform"

    inputs = "input: float32, size: int32, offsets: float32"
    outputs = "glimpse"
    stateful = True  # it draws random numbers
    differentiable = False
    needs_context = True

    def infer(self, input: TensorSpec, size: TensorSpec, offsets: TensorSpec) -> TensorSpec:
        if self.noise not in _NOISES:
            raise ValueError(f"noise must be one of {_NOISES}, not {self.noise!r}")
        if self.uniform_noise and self.noise != "uniform":
            raise ValueError(f"uniform_noise and noise={self.noise!r} exclude each other")
        check_rank("input", input, 4)
        check_rank("offsets", offsets, 2)
        dims = input.shape.as_tuple() or (None,) * 4
        places = offsets.shape.as_tuple() or (None, None)
        if places[1] not in (None, 2):
            raise ValueError(f"offsets must have 2 numbers each, their shape is {offsets.shape}")
        batch = Dimension(dims[0]).merge_with(places[0]).value
        size.shape.assert_is_compatible_with([2])
        sizes = known_ints(size) or (None, None)
        if any(item is not None and item <= 0 for item in sizes):
            raise ValueError(f"size must be positive, it is {list(sizes)}")
        return TensorSpec(TensorShape.of((batch, *sizes, dims[3])), _float32)

    def kernel(self, ctx: Context, input: Array, size: Array, offsets: Array) -> Array:
        wanted = np.asarray(as_tuple(size))
        whole = np.asarray(input.shape[1:3])
        places = offsets.astype(np.float32)
        if self.normalized:
            places = places * whole
        if self.centered:
            places = places / 2 + whole / 2
        first = np.trunc(places - wanted / 2).astype(np.int64)
        rows, columns = (first[:, axis, None] + np.arange(wanted[axis]) for axis in (0, 1))
        inside = ((rows >= 0) & (rows < whole[0]))[:, :, None] & (
            (columns >= 0) & (columns < whole[1])
        )[:, None, :]
        rows, columns = rows.clip(0, whole[0] - 1), columns.clip(0, whole[1] - 1)
        images = np.arange(len(input))[:, None, None]
        glimpses = input[images, rows[:, :, None], columns[:, None, :]]
        if not inside.all():
            np.copyto(glimpses, self._noise(ctx, input, glimpses.shape), where=~inside[..., None])
        return glimpses

    def _noise(self, ctx: Context, input: Array, shape: tuple[int, ...]) -> Array:
        """Noise of the range, or of the mean and deviation, of the images."""
        if self.noise == "zero" or not input.size:
            return np.zeros(shape, np.float32)
        state = ctx.state(philox.Philox)
        if self.noise == "gaussian":
            normal = philox.standard_normal(state, shape, np.float32)
            return normal * input.std(dtype=np.float32) + input.mean(dtype=np.float32)
        low, high = input.min(), input.max()
        return philox.uniform(state, shape, np.float32) * (high - low) + low

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        images = f32(np.arange(120)).reshape(2, 5, 6, 2)
        note = "outside is noise"
        for centered in (False, True):
            for normalized in (False, True):
                places = f32([[0.4, 0.1], [-0.7, 1.2]]) * (1 if normalized else 4)
                op = cls(centered, normalized, False, "zero")
                yield Sample.of(op, images, i32([3, 4]), places)
                yield Sample.of(op, images, i32([2, 1]), places)
        inner = f32([[0, 0], [0.1, 0.2]])
        yield Sample.of(cls(), images, i32([2, 3]), inner)
        for op in (cls(), cls(uniform_noise=False, noise="gaussian")):
            yield Sample.of(op, images, i32([3, 4]), places, oracle=False, note=note)
        yield Sample.of(cls(), images[:0], i32([3, 4]), places[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        images, size, places = np.ones((2, 5, 6, 1), np.float32), i32([3, 4]), f32([[0, 0], [0, 0]])
        yield ErrorSample(cls(), (images[0], size, places), "input must be of rank 4")
        yield ErrorSample(cls(), (images, size[:1], places), "not compatible")
        yield ErrorSample(cls(), (images, i32([0, 1]), places), "size must be positive")
        yield ErrorSample(cls(), (images, size, places[0]), "offsets must be a matrix")
        yield ErrorSample(cls(), (images, size, places[:, :1]), "2 numbers each")
        yield ErrorSample(cls(), (images, size, places[:1]), "not compatible")
        yield ErrorSample(cls(noise="x"), (images, size, places), "noise must be one of")
        yield ErrorSample(cls(noise="zero"), (images, size, places), "exclude each other")


def extract_glimpse(
    input: Any,
    size: Any,
    offsets: Any,
    centered: bool = True,
    normalized: bool = True,
    uniform_noise: bool = True,
    name: str | None = None,
) -> Tensor:
    """Look at a part of each image.

    Args:
      input: float32 [batch, height, width, channels].
      size: int32 [2], height and width of the parts.
      offsets: float32 [batch, 2], where the middle of each part is: y, x.
      centered: whether offsets count from the middle of the image, in halves of the unit; else
        from its corner.
      normalized: whether the unit is height and width; else it is a pixel.
      uniform_noise: without effect, as in TensorFlow 1.15: what is outside of the image becomes
        noise, uniform in the range of the images.
      name: the operation's name.

    Returns:
      float32 [batch, part's height, part's width, channels].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(12.0), [1, 3, 4, 1])
    >>> part = tf.image.extract_glimpse(image, [1, 2], [[0.0, 0.0]])
    >>> tf.Session().run(part)[0, ..., 0]
    array([[5., 6.]], dtype=float32)
    """
    op = ExtractGlimpse(bool(centered), bool(normalized), bool(uniform_noise))
    return apply(op, input, size, offsets, name=name)
