"""Blocks of pixels moved from space to channels or to the batch, and back."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_static_value
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import COMPLEX, INDEX, REAL_NUMBER, bool as bool_, string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._layout import channel_axis, joined, spatial_axes
from graphflow.ops._static import Ints, check_rank, i32, i64, invalid, known_ints

__all__ = [
    "BatchToSpace",
    "BatchToSpaceND",
    "DepthToSpace",
    "SpaceToBatch",
    "SpaceToBatchND",
    "SpaceToDepth",
    "batch_to_space",
    "batch_to_space_nd",
    "depth_to_space",
    "required_space_to_batch_paddings",
    "space_to_batch",
    "space_to_batch_nd",
    "space_to_depth",
]

Pairs = Sequence[tuple[int | None, int | None]]


# -- channels --------------------------------------------------------------------------------------


class _DepthOp(Op):
    """What both directions share."""

    block_size: int
    data_format: str

    inputs = "input: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER | COMPLEX | {bool_, string}}
    has_out = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        sizes = input.shape.with_rank(4).as_tuple() or (None,) * 4
        spatial = sizes[spatial_axes(self.data_format)]
        channels = sizes[channel_axis(self.data_format)]
        spatial, channels = self._moved(spatial, channels)
        shape = TensorShape.of(joined(self.data_format, sizes[0], spatial, channels))
        return TensorSpec(shape, input.dtype.base_dtype)

    def _moved(self, spatial: Ints, channels: int | None) -> tuple[Ints, int | None]:
        """The spatial sizes and the number of channels of the result."""
        raise NotImplementedError

    def _blocks(self, image: Array) -> Array:
        """The pixels of blocks as (batch, height, in block, width, in block, channels), a view."""
        size = self.block_size
        if self.data_format == "NHWC":
            batch, height, width, channels = image.shape
            shape = (batch, height // size, size, width // size, size, channels)
            return image.reshape(shape)
        batch, channels, height, width = image.shape
        shape = (batch, channels, height // size, size, width // size, size)
        return np.moveaxis(image.reshape(shape), 1, -1)

    def _deep(self, stacked: Array) -> Array:
        """The channels in the order of `_blocks`, a view."""
        size = self.block_size
        if self.data_format == "NHWC":
            batch, height, width, channels = stacked.shape
            depth = channels // size**2
            shape = (batch, height, width, size, size, depth)
            return stacked.reshape(shape).transpose(0, 1, 3, 2, 4, 5)
        batch, channels, height, width = stacked.shape
        shape = (batch, size, size, channels // size**2, height, width)
        return stacked.reshape(shape).transpose(0, 4, 1, 5, 2, 3)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op = cls.from_attributes({"block_size": 2})
        yield ErrorSample(op, (np.ones((2, 3), np.float32),), "rank")
        yield ErrorSample(op, (np.ones((1, 3, 4, 2), np.float32),), "divided into blocks")


@register
class SpaceToDepth(_DepthOp):
    """The pixels of each block as channels of one pixel."""

    block_size: int
    data_format: str = "NHWC"

    def _moved(self, spatial: Ints, channels: int | None) -> tuple[Ints, int | None]:
        sizes = tuple(_divided(size, self.block_size, "pixels") for size in spatial)
        return sizes, None if channels is None else channels * self.block_size**2

    def kernel(self, input: Array, out: Array | None = None) -> Array:
        blocks = self._blocks(input)
        if out is None:
            batch, height, size, width, _, depth = blocks.shape
            shape = joined(self.data_format, batch, (height, width), depth * size**2)
            out = np.empty(shape, input.dtype)
        self._deep(out)[...] = blocks
        return out

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(DepthToSpace(self.block_size, self.data_format), grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(2 * 4 * 6 * 3).reshape(2, 4, 6, 3)
        for dtype in (np.float32, np.float16, np.int32, np.uint8, np.complex64):
            yield Sample.of(cls(2), image.astype(dtype))
        yield Sample.of(cls(2), image[:1, :2, :2, :2] % 3 == 0)
        yield Sample.of(cls(2), np.array([b"a", b"b", b"c", b"d"], object).reshape(1, 2, 2, 1))
        yield Sample.of(cls(3), image[:, :3].astype(np.float64))
        yield Sample.of(cls(2), image[:0].astype(np.float32))
        yield Sample.of(
            cls(2, "NCHW"),
            image.transpose(0, 3, 1, 2).astype(np.float32),
            oracle=False,
            note="TensorFlow on CPU knows NHWC only",
        )


@register
class DepthToSpace(_DepthOp):
    """The channels of each pixel as the pixels of a block."""

    block_size: int
    data_format: str = "NHWC"

    def _moved(self, spatial: Ints, channels: int | None) -> tuple[Ints, int | None]:
        sizes = tuple(None if size is None else size * self.block_size for size in spatial)
        return sizes, _divided(channels, self.block_size**2, "channels")

    def kernel(self, input: Array, out: Array | None = None) -> Array:
        channels = self._deep(input)
        if out is None:
            batch, height, size, width, _, depth = channels.shape
            shape = joined(self.data_format, batch, (height * size, width * size), depth)
            out = np.empty(shape, input.dtype)
        self._blocks(out)[...] = channels
        return out

    def gradient(self, op: Operation, grad: Tensor) -> Tensor:
        return apply(SpaceToDepth(self.block_size, self.data_format), grad)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(2 * 2 * 3 * 8).reshape(2, 2, 3, 8)
        for dtype in (np.float32, np.float16, np.int32, np.uint8, np.complex64):
            yield Sample.of(cls(2), image.astype(dtype))
        yield Sample.of(cls(2), image[:1, :1, :2, :4] % 3 == 0)
        yield Sample.of(cls(2), np.array([b"a", b"b", b"c", b"d"], object).reshape(1, 1, 1, 4))
        yield Sample.of(cls(2), image[:0].astype(np.float32))
        yield Sample.of(
            cls(2, "NCHW"),
            image.transpose(0, 3, 1, 2).astype(np.float32),
            oracle=False,
            note="TensorFlow on CPU knows NHWC only",
        )


def _divided(size: int | None, by: int, what: str) -> int | None:
    """A size divided by the size of a block; raises ValueError if a part is left."""
    if size is None:
        return None
    if size % by:
        raise ValueError(f"{size} {what} cannot be divided into blocks of {by}")
    return size // by


def _block_attributes(block_size: Any, data_format: str) -> tuple[int, str]:
    if int(block_size) < 2:
        raise ValueError(f"block_size {block_size}: it must be at least 2")
    if data_format == "NCHW_VECT_C":
        raise NotImplementedError("data_format NCHW_VECT_C; transpose to NHWC or NCHW")
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}")
    return int(block_size), data_format


def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Make the pixels of each block the channels of one pixel.

    Args:
      input: any [batch, height, width, channels], or NCHW; height and width are multiples of
        `block_size`.
      block_size: height and width of the blocks, at least 2.
      name: the operation's name.
      data_format: `NHWC` or `NCHW`.

    Returns:
      [batch, height / block_size, width / block_size, block_size ** 2 * channels], or NCHW: the
      channels of the block's pixels, row by row.

    Raises:
      ValueError: the size does not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1], [2], [5], [6]], [[3], [4], [7], [8]]]])
    >>> tf.Session().run(tf.space_to_depth(image, 2))
    array([[[[1, 2, 3, 4],
             [5, 6, 7, 8]]]], dtype=int32)
    """
    return apply(SpaceToDepth(*_block_attributes(block_size, data_format)), input, name=name)


def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Make the channels of each pixel the pixels of a block: the inverse of `space_to_depth`.

    Args:
      input: any [batch, height, width, channels], or NCHW; channels are a multiple of
        `block_size ** 2`.
      block_size: height and width of the blocks, at least 2.
      name: the operation's name.
      data_format: `NHWC` or `NCHW`.

    Returns:
      [batch, height * block_size, width * block_size, channels / block_size ** 2], or NCHW.

    Raises:
      ValueError: the channels do not fit, or an argument is malformed.

    >>> import graphflow as tf
    >>> image = tf.constant([[[[1, 2, 3, 4], [5, 6, 7, 8]]]])
    >>> tf.Session().run(tf.depth_to_space(image, 2))[0, :, :, 0]
    array([[1, 2, 5, 6],
           [3, 4, 7, 8]], dtype=int32)
    """
    return apply(DepthToSpace(*_block_attributes(block_size, data_format)), input, name=name)


# -- the batch -------------------------------------------------------------------------------------


class _BatchOp(Op):
    """What both directions share, with the sizes of blocks as input or as attribute."""

    types: ClassVar[Any] = {"T": REAL_NUMBER}
    has_out = True

    def _moved_shape(self, image: TensorShape, blocks: Ints | None, pairs: Pairs) -> TensorShape:
        """The shape of the result, as far as it is known."""
        if blocks is None:
            return unknown_shape(image.rank)
        image = image.with_rank_at_least(len(blocks) + 1)
        if image.rank is None:
            return unknown_shape()
        batch, *sizes = image.as_tuple() or ()
        count = None if None in blocks else math.prod(map(int, blocks))  # type: ignore[arg-type]
        spatial = [
            None if None in (size, block, *pair) else self._moved_size(size, block, pair)
            for size, block, pair in zip(sizes, blocks, pairs, strict=False)
        ]
        moved = None if None in (batch, count) else self._moved_batch(batch, count)
        return TensorShape.of((moved, *spatial, *sizes[len(blocks) :]))

    def _moved_batch(self, batch: Any, count: Any) -> int | None:
        raise NotImplementedError

    def _moved_size(self, size: Any, block: Any, pair: Any) -> int | None:
        raise NotImplementedError

    def _checked(
        self, image: Array, blocks: Sequence[int], pairs: Array
    ) -> tuple[Sequence[int], list[tuple[int, int]]]:
        """Shape and pairs of the result; raises InvalidArgumentError if they do not fit."""
        checked = [(int(before), int(after)) for before, after in pairs]
        try:
            _check_blocks(blocks)
            _check_pairs(checked)
            shape = self._moved_shape(TensorShape(image.shape), tuple(blocks), checked).as_tuple()
        except ValueError as error:
            raise invalid(str(error)) from error
        assert shape is not None
        return [int(size) for size in shape if size is not None], checked


def _check_blocks(blocks: Ints | Sequence[int]) -> None:
    if any(block is not None and block < 1 for block in blocks):
        raise ValueError(f"the sizes of blocks {list(blocks)} must all be positive")


def _check_pairs(pairs: Pairs) -> None:
    if any(number is not None and number < 0 for pair in pairs for number in pair):
        raise ValueError(f"paddings and crops {list(pairs)} must not be negative")


def _known_blocks(block_shape: TensorSpec) -> Ints | None:
    """The sizes of blocks as far as the graph tells; None if their number is unknown."""
    check_rank("block_shape", block_shape, 1)
    blocks = known_ints(block_shape)
    _check_blocks(blocks or ())
    return blocks


def _known_pairs(spec: TensorSpec, count: int | None) -> Pairs:
    """Paddings or crops, checked, as far as the graph tells."""
    spec.shape.assert_is_compatible_with((count, 2))
    if spec.value is None:
        return [(None, None)] * (count or 0)
    pairs = [(int(before), int(after)) for before, after in spec.value]
    _check_pairs(pairs)
    return pairs


class _AnyBlocks(_BatchOp):
    """Inference where an input tells the sizes of blocks."""

    def infer(self, input: TensorSpec, block_shape: TensorSpec, pairs: TensorSpec) -> TensorSpec:
        blocks = _known_blocks(block_shape)
        known = _known_pairs(pairs, None if blocks is None else len(blocks))
        return TensorSpec(self._moved_shape(input.shape, blocks, known), input.dtype.base_dtype)


class _SquareBlocks(_BatchOp):
    """Inference where an attribute tells the size of blocks."""

    block_size: int

    def infer(self, input: TensorSpec, pairs: TensorSpec) -> TensorSpec:
        known = _known_pairs(pairs, 2)
        shape = self._moved_shape(input.shape.with_rank(4), (self.block_size,) * 2, known)
        return TensorSpec(shape if shape.rank else unknown_shape(4), input.dtype.base_dtype)


class _ToBatch(_BatchOp):
    def _moved_batch(self, batch: int, count: int) -> int:
        return batch * count

    def _moved_size(self, size: int, block: int, pair: tuple[int, int]) -> int | None:
        return _divided(size + sum(pair), block, "pixels")

    def _to_batch(
        self, image: Array, blocks: Sequence[int], paddings: Array, out: Array | None
    ) -> Array:
        shape, pairs = self._checked(image, blocks, paddings)
        if out is None:
            out = np.empty(shape, image.dtype)
        rest = image.shape[len(blocks) + 1 :]
        padded = np.pad(image, [(0, 0), *pairs, *[(0, 0)] * len(rest)]) if np.any(pairs) else image
        split = [n for size, block in zip(shape[1:], blocks, strict=False) for n in (size, block)]
        inside = range(2, 2 * len(blocks) + 1, 2)
        pixels = padded.reshape(len(image), *split, *rest)
        order = (*inside, 0, *(axis - 1 for axis in inside), *range(len(split) + 1, pixels.ndim))
        out.reshape(*blocks, len(image), *shape[1:])[...] = pixels.transpose(order)
        return out


class _FromBatch(_BatchOp):
    def _moved_batch(self, batch: int, count: int) -> int | None:
        return _divided(batch, count, "images")

    def _moved_size(self, size: int, block: int, pair: tuple[int, int]) -> int:
        if sum(pair) > size * block:
            raise ValueError(f"crops {pair} are more than the {size * block} pixels")
        return size * block - sum(pair)

    def _from_batch(
        self, image: Array, blocks: Sequence[int], crops: Array, out: Array | None
    ) -> Array:
        shape, pairs = self._checked(image, blocks, crops)
        count = len(blocks)
        stacked = image.reshape(*blocks, shape[0], *image.shape[1:])
        pairs_of_axes = [n for i in range(count) for n in (count + 1 + i, i)]
        pixels = stacked.transpose(count, *pairs_of_axes, *range(2 * count + 1, stacked.ndim))
        sizes = [size * block for size, block in zip(image.shape[1:], blocks, strict=False)]
        whole = pixels.reshape(shape[0], *sizes, *image.shape[count + 1 :])
        cuts = (
            slice(before, size - after) for size, (before, after) in zip(sizes, pairs, strict=True)
        )
        everywhere = (slice(None), *cuts)
        cropped = whole[everywhere]
        if out is None:
            return np.ascontiguousarray(cropped)
        out[...] = cropped
        return out


@register
class SpaceToBatchND(_AnyBlocks, _ToBatch):
    """The pixels of each block as pixels of different images."""

    inputs = "input: T, block_shape: Tblock_shape, paddings: Tpaddings"
    types = {"T": REAL_NUMBER, "Tblock_shape": INDEX, "Tpaddings": INDEX}

    def kernel(
        self, input: Array, block_shape: Array, paddings: Array, out: Array | None = None
    ) -> Array:
        return self._to_batch(input, block_shape.tolist(), paddings, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        return apply(BatchToSpaceND(), grad, *op.inputs[1:]), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
        paddings = i32([[0, 2], [1, 0]])
        for dtype in (np.float32, np.float16, np.int64, np.uint8):
            yield Sample.of(cls(), image.astype(dtype), i32([3, 2]), paddings)
        matrix = image[0, :, :, 0].astype(np.float64)
        yield Sample.of(cls(), matrix, i64([5]), i64([[0, 0]]), note="blocks of one axis")
        yield Sample.of(cls(), matrix, i32([]), np.zeros((0, 2), np.int32), note="no blocks")
        volume = image.reshape(2, 2, 2, 5, 3).astype(np.float32)
        yield Sample.of(cls(), volume, i32([2, 1, 4]), i32([[1, 1], [0, 0], [1, 2]]))
        yield Sample.of(cls(), image[:0].astype(np.float32), i32([2, 1]), i32([[0, 0], [0, 0]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = np.ones((1, 3, 4, 1), np.float32)
        none = i32([[0, 0], [0, 0]])
        yield ErrorSample(cls(), (image, i32([2, 2]), none), "3 pixels .* blocks of 2")
        yield ErrorSample(cls(), (image, i32([1, 0]), none), "must all be positive")
        yield ErrorSample(cls(), (image, i32([1, 2]), none - 1), "must not be negative")
        yield ErrorSample(cls(), (image, i32([1, 2]), none[:1]), "not compatible")
        yield ErrorSample(cls(), (image, i32([[1, 2]]), none), "block_shape")
        yield ErrorSample(cls(), (image[0, 0, 0], i32([1, 2]), none), "rank")


@register
class BatchToSpaceND(_AnyBlocks, _FromBatch):
    """The pixels of different images as the pixels of a block."""

    inputs = "input: T, block_shape: Tblock_shape, crops: Tcrops"
    types = {"T": REAL_NUMBER, "Tblock_shape": INDEX, "Tcrops": INDEX}

    def kernel(
        self, input: Array, block_shape: Array, crops: Array, out: Array | None = None
    ) -> Array:
        return self._from_batch(input, block_shape.tolist(), crops, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
        return apply(SpaceToBatchND(), grad, *op.inputs[1:]), None, None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(12 * 2 * 3 * 2).reshape(12, 2, 3, 2) % 100
        crops = i32([[0, 2], [1, 0]])
        for dtype in (np.float32, np.float16, np.int64, np.uint8):
            yield Sample.of(cls(), image.astype(dtype), i32([3, 2]), crops)
        matrix = image[:, :, 0, 0].astype(np.float64)
        yield Sample.of(cls(), matrix, i64([4]), i64([[0, 0]]), note="blocks of one axis")
        yield Sample.of(cls(), matrix, i32([]), np.zeros((0, 2), np.int32), note="no blocks")
        volume = image.reshape(12, 2, 1, 3, 2).astype(np.float32)
        yield Sample.of(cls(), volume, i32([2, 1, 3]), i32([[1, 1], [0, 0], [1, 2]]))
        yield Sample.of(cls(), image[:0].astype(np.float32), i32([2, 1]), i32([[0, 0], [0, 0]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = np.ones((4, 3, 4, 1), np.float32)
        none = i32([[0, 0], [0, 0]])
        yield ErrorSample(cls(), (image, i32([3, 1]), none), "4 images .* blocks of 3")
        yield ErrorSample(cls(), (image, i32([1, 0]), none), "must all be positive")
        yield ErrorSample(cls(), (image, i32([1, 2]), none - 1), "must not be negative")
        yield ErrorSample(cls(), (image, i32([1, 2]), none + 7), "crops .* more than the 3 pixels")


@register
class SpaceToBatch(_SquareBlocks, _ToBatch):
    """The pixels of each square block as pixels of different images."""

    block_size: int

    inputs = "input: T, paddings: Tpaddings"
    types = {"T": REAL_NUMBER, "Tpaddings": INDEX}

    def kernel(self, input: Array, paddings: Array, out: Array | None = None) -> Array:
        return self._to_batch(input, [self.block_size] * 2, paddings, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(BatchToSpace(self.block_size), grad, op.inputs[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(2 * 4 * 5 * 3).reshape(2, 4, 5, 3)
        for dtype in (np.float32, np.float16, np.int32):
            yield Sample.of(cls(2), image.astype(dtype), i32([[0, 2], [1, 0]]))
        yield Sample.of(cls(3), image.astype(np.float64), i64([[1, 1], [0, 1]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = np.ones((1, 3, 4, 1), np.float32)
        none = i32([[0, 0], [0, 0]])
        yield ErrorSample(cls(2), (image, none), "3 pixels .* blocks of 2")
        yield ErrorSample(cls(2), (image[0], none), "rank")


@register
class BatchToSpace(_SquareBlocks, _FromBatch):
    """The pixels of different images as the pixels of a square block."""

    block_size: int

    inputs = "input: T, crops: Tidx"
    types = {"T": REAL_NUMBER, "Tidx": INDEX}

    def kernel(self, input: Array, crops: Array, out: Array | None = None) -> Array:
        return self._from_batch(input, [self.block_size] * 2, crops, out)

    def gradient(self, op: Operation, grad: Tensor) -> tuple[Tensor, None]:
        return apply(SpaceToBatch(self.block_size), grad, op.inputs[1]), None

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        image = np.arange(8 * 2 * 3 * 2).reshape(8, 2, 3, 2)
        for dtype in (np.float32, np.float16, np.int32):
            yield Sample.of(cls(2), image.astype(dtype), i32([[0, 2], [1, 0]]))
        yield Sample.of(cls(2), image.astype(np.float64), i64([[1, 1], [0, 1]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        image = np.ones((6, 3, 4, 1), np.float32)
        none = i32([[0, 0], [0, 0]])
        yield ErrorSample(cls(2), (image, none), "6 images .* blocks of 4")
        yield ErrorSample(cls(2), (image[0], none), "rank")


def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """Spread the pixels of each block over different images of the batch.

    Args:
      input: real [batch, *sizes, ...] with M sizes.
      block_shape: int32 or int64 [M], the sizes of a block; they divide the padded sizes.
      paddings: int32 or int64 [M, 2], zeros before and after the input along each axis of blocks.
      name: the operation's name.

    Returns:
      [batch * (product of block_shape), *(padded sizes / block_shape), ...]: first the images with
      the first pixel of each block, then those with the second...

    Raises:
      ValueError: the shapes do not fit.
      InvalidArgumentError: the same, found in a run.

    >>> import graphflow as tf
    >>> x = tf.constant([[1, 2, 3, 4, 5]])
    >>> tf.Session().run(tf.space_to_batch_nd(x, [2], [[0, 1]]))
    array([[1, 3, 5],
           [2, 4, 0]], dtype=int32)
    """
    return apply(SpaceToBatchND(), input, block_shape, paddings, name=name)


def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """Gather the pixels of a block from different images: the inverse of `space_to_batch_nd`.

    Args:
      input: real [batch, *sizes, ...] with M sizes; the batch is a multiple of the product of
        `block_shape`.
      block_shape: int32 or int64 [M], the sizes of a block.
      crops: int32 or int64 [M, 2], how much to cut off the result before and after along each axis
        of blocks.
      name: the operation's name.

    Returns:
      [batch / (product of block_shape), *(sizes * block_shape - crops), ...].

    Raises:
      ValueError: the shapes do not fit.
      InvalidArgumentError: the same, found in a run.

    >>> import graphflow as tf
    >>> x = tf.constant([[1, 3, 5], [2, 4, 0]])
    >>> tf.Session().run(tf.batch_to_space_nd(x, [2], [[0, 1]]))
    array([[1, 2, 3, 4, 5]], dtype=int32)
    """
    return apply(BatchToSpaceND(), input, block_shape, crops, name=name)


def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: Any = None,
    name: str | None = None,
    block_shape: Any = None,
) -> Tensor:
    """Spread the pixels of each square block over different images of the batch.

    Args:
      input: real [batch, height, width, channels].
      paddings: int32 or int64 [2, 2], zeros before and after height and width.
      block_size: height and width of the blocks.
      name: the operation's name.
      block_shape: new name of `block_size`.

    Returns:
      [batch * block_size ** 2, padded height / block_size, padded width / block_size, channels].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> image = tf.reshape(tf.range(1, 9), [1, 2, 4, 1])
    >>> tf.Session().run(tf.space_to_batch(image, [[0, 0], [0, 0]], 2))[:, 0, :, 0]
    array([[1, 3],
           [2, 4],
           [5, 7],
           [6, 8]], dtype=int32)
    """
    blocks = _square(block_shape, block_size)
    return _with_rank_4(space_to_batch_nd(input, blocks, paddings, name))


def batch_to_space(
    input: Any, crops: Any, block_size: Any, name: str | None = None, block_shape: Any = None
) -> Tensor:
    """Gather the pixels of a square block from different images: inverse of `space_to_batch`.

    Args:
      input: real [batch, height, width, channels].
      crops: int32 or int64 [2, 2], how much to cut off the result before and after along height and
        width.
      block_size: height and width of the blocks.
      name: the operation's name.
      block_shape: new name of `block_size`.

    Returns:
      [batch / block_size ** 2, height * block_size - crops, width * block_size - crops, channels].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> images = tf.reshape([[1, 3], [2, 4], [5, 7], [6, 8]], [4, 1, 2, 1])
    >>> tf.Session().run(tf.batch_to_space(images, [[0, 0], [1, 0]], 2))[0, :, :, 0]
    array([[2, 3, 4],
           [6, 7, 8]], dtype=int32)
    """
    blocks = _square(block_shape, block_size)
    return _with_rank_4(batch_to_space_nd(input, blocks, crops, name))


def _square(block_shape: Any, block_size: Any) -> Array:
    size = renamed_argument("block_shape", block_shape, "block_size", block_size)
    return np.asarray([size, size], np.int64)


def _with_rank_4(images: Tensor) -> Tensor:
    images.set_shape(images.shape.with_rank(4))
    return images


def required_space_to_batch_paddings(
    input_shape: Any, block_shape: Any, base_paddings: Any = None, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Compute paddings that make sizes multiples of blocks, and the crops that undo them.

    Args:
      input_shape: int32 [N], the sizes.
      block_shape: int32 [N], the sizes of blocks.
      base_paddings: int32 [N, 2], paddings before and after that are wished anyway; none if absent.
      name: the scope's name.

    Returns:
      int32 [N, 2] paddings, with as little as needed added to those after; and int32 [N, 2] crops,
      which cut off what was added.

    Raises:
      ValueError: the number of blocks is unknown, or shapes do not fit.

    >>> import graphflow as tf
    >>> paddings, crops = tf.required_space_to_batch_paddings([7, 4], [3, 2], [[0, 1], [1, 0]])
    >>> tf.Session().run([paddings, crops])
    [array([[0, 2],
           [1, 1]], dtype=int32), array([[0, 1],
           [0, 1]], dtype=int32)]
    """
    values = [input_shape, block_shape]
    with name_scope(name, "required_space_to_batch_paddings", values):
        sizes = convert_to_tensor(input_shape, "int32", name="input_shape")
        blocks = convert_to_tensor(block_shape, "int32", name="block_shape")
        blocks.shape.with_rank(1).assert_is_fully_defined()
        count = blocks.shape.num_elements()
        sizes.shape.assert_is_compatible_with([count])
        if base_paddings is None:
            base_paddings = np.zeros((count, 2), np.int32)
        base = convert_to_tensor(base_paddings, "int32", name="base_paddings")
        base.shape.assert_is_compatible_with([count, 2])
        known = [get_static_value(tensor) for tensor in (sizes, blocks, base)]
        if any(value is None for value in known):
            return _paddings_in_graph(sizes, blocks, base)
        paddings, crops = _paddings_and_crops(*known)
        return (
            ops.constant(np.stack(paddings, 1), name="paddings"),
            ops.constant(np.stack(crops, 1), name="crops"),
        )


def _paddings_and_crops(sizes: Any, blocks: Any, base: Any) -> tuple[Any, Any]:
    """Columns of the paddings and of the crops, by arithmetic that arrays and tensors share."""
    start, end = base[:, 0], base[:, 1]
    added = (blocks - (sizes + start + end) % blocks) % blocks
    return [start, end + added], [added * 0, added]


def _paddings_in_graph(sizes: Tensor, blocks: Tensor, base: Tensor) -> tuple[Tensor, Tensor]:
    paddings, crops = _paddings_and_crops(sizes, blocks, base)
    return ops.stack(paddings, axis=1, name="paddings"), ops.stack(crops, axis=1, name="crops")
