"""Summaries: tensors turned into messages that TensorBoard shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import REAL_NUMBER, dtype_set, string as _string
from graphflow.core.extensions import provided
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32
from graphflow.ops._text import from_items, item_of, items_of, texts

__all__ = [
    "AudioSummaryV2",
    "HistogramSummary",
    "ImageSummary",
    "MergeSummary",
    "ScalarSummary",
    "TensorSummary",
    "TensorSummaryV2",
]

_BAD_COLOR = np.asarray([255, 0, 0, 255], np.uint8)


class _Summary(Op):
    """Base of the ops that make a summary."""

    outputs = "summary"
    differentiable = False

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        self.check(*inputs)
        return TensorSpec(TensorShape([]), _string)

    def check(self, *inputs: TensorSpec) -> None:
        """Raise ValueError unless the inputs have shapes that there can be a summary of."""
        check_rank("tag", inputs[0], 0)


def _message(kind: str, *arguments: Any) -> Array:
    """A serialized message."""
    return from_items([provided(f"{kind}_summary")(*arguments)], ())


def _tag(tensor: Array) -> str:
    return item_of(tensor).decode()


@register
class ScalarSummary(_Summary):
    """Numbers with their tags."""

    inputs = "tags: string, values: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def check(self, *inputs: TensorSpec) -> None:
        tags, values = inputs
        if not tags.shape.is_compatible_with(values.shape):
            raise ValueError(
                f"there must be a tag for each value: the shapes are {tags.shape} and "
                f"{values.shape}; a scalar summary takes a scalar"
            )

    def kernel(self, tags: Array, values: Array) -> Array:
        names = [item.decode() for item in items_of(tags)]
        return _message("scalar", names, np.ravel(values).astype(np.float32).tolist())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts("loss"), f32(1.5))
        yield Sample.of(cls(), texts(["a", "b/c"]), f32([1.5, -2]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts("loss"), f32([1, 2])), "takes a scalar")


@register
class HistogramSummary(_Summary):
    """How many of a tensor's elements are in each of many intervals."""

    inputs = "tag: string, values: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def kernel(self, tag: Array, values: Array) -> Array:
        return _message("histogram", _tag(tag), values)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts("weights"), f32([[1.5, -2], [0, 1e-13]]))
        yield Sample.of(cls(), texts("nothing"), f32([]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts(["a", "b"]), f32([1, 2])), "tag must be a scalar")


@register
class ImageSummary(_Summary):
    """The first images of a batch."""

    max_images: int = 3
    bad_color: Array = None  # red

    inputs = "tag: string, tensor: T"
    types: ClassVar[Any] = {"T": dtype_set("uint8 float16 float32 float64")}

    def check(self, *inputs: TensorSpec) -> None:
        check_rank("tag", inputs[0], 0)
        shape = inputs[1].shape
        channels = shape[3].value if shape.rank == 4 else None
        if shape.rank not in (None, 4) or channels not in (None, 1, 3, 4):
            raise ValueError(f"tensor must be [batch, height, width, 1, 3 or 4], not {shape}")

    def kernel(self, tag: Array, tensor: Array) -> Array:
        color = _BAD_COLOR if self.bad_color is None else np.asarray(self.bad_color)
        return _message("image", _tag(tag), tensor, self.max_images, color)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        pixels = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3) * 7
        apart: Any = {"oracle": False, "note": "TensorFlow compresses the same pixels otherwise"}
        yield Sample.of(cls(), texts("images"), pixels, **apart)
        floats = f32(np.arange(-4, 4).reshape(2, 2, 2, 1))
        yield Sample.of(cls(max_images=1), texts("images"), floats, **apart)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts("a"), f32([[1, 2]])), "tensor must be")


@register
class AudioSummaryV2(_Summary):
    """The first sounds of a batch."""

    max_outputs: int = 3

    inputs = "tag: string, tensor: float32, sample_rate: float32"

    def check(self, *inputs: TensorSpec) -> None:
        check_rank("tag", inputs[0], 0)
        if inputs[1].shape.rank not in (None, 2, 3):
            raise ValueError(f"tensor must be [batch, frames(, channels)], not {inputs[1].shape}")

    def kernel(self, tag: Array, tensor: Array, sample_rate: Array) -> Array:
        sounds = tensor[:, :, np.newaxis] if tensor.ndim == 2 else tensor
        return _message("audio", _tag(tag), sounds, float(sample_rate), self.max_outputs)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts("sounds"), f32([[0.5, -0.25, 1], [0, -1, 0.125]]), f32(8000))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts("a"), f32([1, 2]), f32(1)), "tensor must be")


@register
class TensorSummaryV2(_Summary):
    """A whole tensor, with what a plugin of TensorBoard needs to know."""

    inputs = "tag: string, tensor: T, serialized_summary_metadata: string"

    def kernel(self, tag: Array, tensor: Array, serialized_summary_metadata: Array) -> Array:
        return _message("tensor", _tag(tag), tensor, item_of(serialized_summary_metadata))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts("t"), f32([[1, 2]]), texts(""))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts(["a", "b"]), f32([1]), texts("")), "tag must be a scalar")


@register
class TensorSummary(_Summary):
    """A whole tensor, named after its node."""

    description: str = ""
    labels: tuple[str, ...] = ()
    display_name: str = ""

    inputs = "tensor: T"
    needs_context = True

    def check(self, *inputs: TensorSpec) -> None:
        """Any tensor will do."""

    def kernel(self, ctx: Any, tensor: Array) -> Array:
        return _message("tensor", "", tensor, None, ctx.node.name)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), f32([[1, 2]]))


@register
class MergeSummary(_Summary):
    """Several summaries in one."""

    inputs = "inputs: N*string"

    def check(self, *inputs: TensorSpec) -> None:
        """Of any shape: all elements are merged."""

    def kernel(self, *inputs: Array) -> Array:
        return _message("merge", [item for tensor in inputs for item in items_of(tensor)])

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), [texts(""), texts("")])
