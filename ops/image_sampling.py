"""A random part of an image that shows enough of one of its objects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.dtypes import dtype_set, float32 as _float32
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_tuple, check_rank, f32, i32, invalid
from graphflow.ops.kernels import philox

__all__ = [
    "SampleDistortedBoundingBox",
    "SampleDistortedBoundingBoxV2",
    "sample_distorted_bounding_box",
]


class _Box(NamedTuple):
    """A box of whole pixels."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def area(self) -> int:
        return max(self.bottom - self.top, 0) * max(self.right - self.left, 0)

    def share_of(self, other: _Box) -> float:
        """Which part of another box lies in this one."""
        common = _Box(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )
        return common.area / other.area


class _Words:
    """Random words one after the other."""

    def __init__(self, state: philox.Philox, samples: int) -> None:
        self._words = iter(philox.sequence(state.reserve(samples), 4 * samples).tolist())

    def unit(self) -> float:
        """A number from [0, 1)."""
        word: int = next(self._words)
        return (word & 0x7FFFFF) / 2**23

    def below(self, limit: int) -> int:
        """A whole number from [0, limit), all equally likely."""
        remainder = 2**32 % limit
        word: int = next(self._words)
        while word < remainder:
            word = next(self._words)
        return word % limit


@dataclass(frozen=True, eq=False, repr=False)
class _Sampling(Op):
    """Attributes and search, which both versions of the op share."""

    seed: int = 0
    seed2: int = 0
    aspect_ratio_range: tuple[float, ...] = (0.75, 1.33)
    area_range: tuple[float, ...] = (0.05, 1.0)
    max_attempts: int = 100
    use_image_if_no_bounding_boxes: bool = False

    outputs = "begin, size, bboxes"
    types: ClassVar[Any] = {"T": dtype_set("uint8 int8 int16 int32 int64")}
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, image_size: TensorSpec, bounding_boxes: TensorSpec, *rest: TensorSpec) -> Any:
        image_size.shape.assert_is_compatible_with([3])
        check_rank("bounding_boxes", bounding_boxes, 3)
        dims = bounding_boxes.shape.as_tuple()
        if dims is not None and dims[2] not in (None, 4):
            raise ValueError(f"boxes must have 4 numbers each, their shape is {dims}")
        for spec in rest:
            check_rank("min_object_covered", spec, 0)
        self._check_ranges()
        vector = TensorSpec(TensorShape.of((3,)), image_size.dtype.base_dtype)
        return vector, vector, TensorSpec(TensorShape.of((1, 1, 4)), _float32)

    def _check_ranges(self) -> None:
        for name in ("aspect_ratio_range", "area_range"):
            values = getattr(self, name)
            if len(values) != 2 or min(values) <= 0:
                raise ValueError(f"{name} is two positive numbers, not {values}")
        if self.area_range[1] > 1:
            raise ValueError(f"area_range must be in (0, 1], it is {self.area_range}")
        if self.max_attempts <= 0:
            raise ValueError(f"max_attempts must be positive, it is {self.max_attempts}")

    def _sampled(
        self, ctx: Context, image_size: Array, bounding_boxes: Array, min_covered: float
    ) -> tuple[Array, Array, Array]:
        if min_covered < 0:
            raise invalid(f"min_object_covered must not be negative, it is {min_covered}")
        height, width = as_tuple(image_size)[:2]
        if height <= 0 or width <= 0:
            raise invalid(f"the image has no pixels: its size is {image_size.tolist()}")
        whole = _Box(0, 0, height, width)
        objects = self._objects(bounding_boxes, height, width) or [whole]
        state: philox.Philox = ctx.state(lambda: philox.Philox(self.seed, self.seed2))
        box = self._search(_Words(state, self.max_attempts), whole, objects, min_covered)
        begin = np.asarray([box.top, box.left, 0], image_size.dtype)
        # The third size, of all channels, is -1, which wraps around in unsigned dtypes.
        size = np.asarray([box.bottom - box.top, box.right - box.left, -1])
        relative = f32(box) / f32([height, width, height, width])
        return begin, size.astype(image_size.dtype), relative.reshape(1, 1, 4)

    def _objects(self, bounding_boxes: Array, height: int, width: int) -> list[_Box]:
        boxes = bounding_boxes.reshape(-1, 4)
        if not len(boxes) and not self.use_image_if_no_bounding_boxes:
            raise invalid("there are no bounding boxes: set use_image_if_no_bounding_boxes")
        if not ((boxes >= 0) & (boxes <= 1)).all():
            raise invalid("the numbers of bounding boxes must be in [0, 1]")
        scaled = (boxes * f32([height, width, height, width])).astype(np.int64)
        return [_Box(*row) for row in scaled.tolist()]

    def _search(self, words: _Words, whole: _Box, objects: list[_Box], min_covered: float) -> _Box:
        """Draw boxes until one covers enough of an object; the whole image if none does."""
        low, high = (np.float32(ratio) for ratio in self.aspect_ratio_range)
        for _ in range(self.max_attempts):
            ratio = np.float32(words.unit()) * (high - low) + low
            box = self._draw(words, whole, float(ratio))
            if box is None or box.area < 1:
                continue
            if any(box.share_of(item) >= min_covered for item in objects if item.area >= 1):
                return box
        return whole

    def _draw(self, words: _Words, whole: _Box, ratio: float) -> _Box | None:
        """A random box of a ratio of width to height, None if none has the right area."""
        smallest, largest = (np.float32(area) * whole.area for area in self.area_range)
        height = round(math.sqrt(smallest / ratio))
        limit = round(math.sqrt(largest / ratio))
        if round(limit * ratio) > whole.right:  # find the largest that is not too wide
            limit = int((whole.right + 0.5 - 1e-7) / ratio)
            limit -= round(limit * ratio) > whole.right
        limit = min(limit, whole.bottom)
        height = min(height, limit)
        if height < limit:
            height += words.below(limit - height + 1)
        width = round(height * ratio)
        # Rounding may have made it a bit too small or too large.
        for change, is_wrong in ((1, width * height < smallest), (-1, width * height > largest)):
            if is_wrong:
                height += change
                width = round(height * ratio)
        fits = 0 < width <= whole.right and 0 < height <= whole.bottom
        if not fits or not smallest <= width * height <= largest:
            return None
        top = words.below(whole.bottom - height) if height < whole.bottom else 0
        left = words.below(whole.right - width) if width < whole.right else 0
        return _Box(top, left, top + height, left + width)

    @classmethod
    def cases(cls) -> Iterator[tuple[Any, Array, Array, float]]:
        """Attributes, sizes of images, boxes, and how much of an object must be covered."""
        boxes = f32([[[0.1, 0.2, 0.6, 0.7], [0.5, 0.5, 0.9, 1.0]]])
        size = i32([20, 30, 3])
        for seed in (1, 2, 3):
            yield {"seed": seed, "seed2": 5}, size, boxes, 0.3
        yield {"seed": 4, "area_range": (0.4, 0.6)}, size.astype(np.int64), boxes, 0.9
        yield {"seed": 5, "aspect_ratio_range": (0.3, 3.0)}, i32([7, 50, 1]), boxes, 0.0
        yield {"seed": 6, "max_attempts": 1}, i32([200, 3, 1]), boxes, 1.0
        everything = {"seed": 7, "use_image_if_no_bounding_boxes": True}
        yield everything, i32([64, 48, 3]), boxes[:, :0], 0.1
        yield {"seed": 8}, np.asarray([100, 120, 3], np.uint8), boxes, 0.1

    @classmethod
    def shape_errors(cls, *rest: Array) -> Iterator[ErrorSample]:
        size, boxes = i32([20, 30, 3]), f32([[[0.1, 0.2, 0.6, 0.7]]])
        yield ErrorSample(cls(1), (size[:2], boxes, *rest), "not compatible")
        yield ErrorSample(cls(1), (size, boxes[0], *rest), "bounding_boxes must be of rank 3")
        yield ErrorSample(cls(1), (size, boxes[..., :3], *rest), "4 numbers each")
        yield ErrorSample(cls(1, area_range=(0.5, 2.0)), (size, boxes, *rest), "area_range must be")
        yield ErrorSample(cls(1, area_range=(0.5,)), (size, boxes, *rest), "two positive numbers")
        yield ErrorSample(cls(1, max_attempts=0), (size, boxes, *rest), "max_attempts must be")
        none = boxes[:, :0]
        yield ErrorSample(cls(1), (size, none, *rest), "no bounding boxes", when="run")
        yield ErrorSample(cls(1), (size, boxes * 2, *rest), r"in \[0, 1\]", when="run")
        yield ErrorSample(cls(1), (size * 0, boxes, *rest), "no pixels", when="run")


@register
class SampleDistortedBoundingBox(_Sampling):
    """A random box that covers enough of an object; how much is an attribute."""

    seed: int = 0
    seed2: int = 0
    min_object_covered: float = 0.1
    aspect_ratio_range: tuple[float, ...] = (0.75, 1.33)
    area_range: tuple[float, ...] = (0.05, 1.0)
    max_attempts: int = 100
    use_image_if_no_bounding_boxes: bool = False

    inputs = "image_size: T, bounding_boxes: float32"

    def kernel(self, ctx: Context, image_size: Array, bounding_boxes: Array) -> tuple[Array, ...]:
        return self._sampled(ctx, image_size, bounding_boxes, self.min_object_covered)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, size, boxes, covered in cls.cases():
            yield Sample.of(cls(min_object_covered=covered, **attributes), size, boxes)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from cls.shape_errors()


@register
class SampleDistortedBoundingBoxV2(_Sampling):
    """A random box that covers enough of an object."""

    seed: int = 0
    seed2: int = 0
    aspect_ratio_range: tuple[float, ...] = (0.75, 1.33)
    area_range: tuple[float, ...] = (0.05, 1.0)
    max_attempts: int = 100
    use_image_if_no_bounding_boxes: bool = False

    inputs = "image_size: T, bounding_boxes: float32, min_object_covered: float32"

    def kernel(
        self, ctx: Context, image_size: Array, bounding_boxes: Array, min_object_covered: Array
    ) -> tuple[Array, ...]:
        return self._sampled(ctx, image_size, bounding_boxes, float(min_object_covered))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for attributes, size, boxes, covered in cls.cases():
            yield Sample.of(cls(**attributes), size, boxes, np.float32(covered))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from cls.shape_errors(np.float32(0.1))
        size, boxes = i32([20, 30, 3]), f32([[[0.1, 0.2, 0.6, 0.7]]])
        yield ErrorSample(cls(1), (size, boxes, f32([1])), "must be a scalar")
        yield ErrorSample(cls(1), (size, boxes, np.float32(-1)), "not be negative", when="run")


class DistortedBoundingBox(NamedTuple):
    """What `sample_distorted_bounding_box` returns.

    Attributes:
      begin: where the box begins, for `tf.slice`.
      size: the size of the box, for `tf.slice`.
      bboxes: the box, for `tf.image.draw_bounding_boxes`.
    """

    begin: Tensor
    size: Tensor
    bboxes: Tensor


def sample_distorted_bounding_box(
    image_size: Any,
    bounding_boxes: Any,
    seed: int | None = None,
    seed2: int | None = None,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = None,
    area_range: Any = None,
    max_attempts: int | None = None,
    use_image_if_no_bounding_boxes: bool | None = None,
    name: str | None = None,
) -> DistortedBoundingBox:
    """Draw a random box in an image that covers enough of one of its objects.

    Args:
      image_size: integers [3]: height, width, channels.
      bounding_boxes: float32 [batch, n, 4], the objects: y1, x1, y2, x2 as fractions.
      seed: the first seed of the random numbers; with both 0 the graph's, see `tf.set_random_seed`.
      seed2: the second seed.
      min_object_covered: which part of some object the box must cover, float32 scalar.
      aspect_ratio_range: the range of width over height, (0.75, 1.33) by default.
      area_range: the range of the part of the image that the box covers, (0.05, 1) by default.
      max_attempts: after how many boxes to give up and take the whole image, 100 by default.
      use_image_if_no_bounding_boxes: whether without objects the whole image is one.
      name: name scope of the operations.

    Returns:
      `begin` and `size`, [3] of the dtype of `image_size`, and `bboxes`, float32 [1, 1, 4].

    Raises:
      ValueError: the shapes do not fit, or a range is none.
      tf.errors.InvalidArgumentError: (in a run) there are no boxes, or not fractions.

    >>> import graphflow as tf
    >>> box = tf.image.sample_distorted_bounding_box([20, 30, 3], [[[0.1, 0.2, 0.6, 0.7]]], seed=3)
    >>> begin, size = tf.Session().run([box.begin, box.size])
    >>> bool((begin + size <= [20, 30, 0]).all()), int(size[2])
    (True, -1)
    """
    with name_scope(name, "sample_distorted_bounding_box"):
        seeds = (seed or 0, seed2 or 0)
        if seeds == (0, 0):
            graph_seed, op_seed = ops.get_seed(None)
            seeds = (graph_seed or 0, op_seed or 0)
        op = SampleDistortedBoundingBoxV2(
            *seeds,
            tuple(map(float, aspect_ratio_range or (0.75, 1.33))),
            tuple(map(float, area_range or (0.05, 1.0))),
            100 if max_attempts is None else max_attempts,
            bool(use_image_if_no_bounding_boxes),
        )
        return DistortedBoundingBox(
            *apply_multi(op, image_size, bounding_boxes, min_object_covered)
        )
