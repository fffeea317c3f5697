"""Writers of event files that a session keeps, and the operations that write to them."""

from __future__ import annotations

import threading
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import REAL_NUMBER, dtype_set, resource as _resource
from graphflow.core.errors import NotFoundError
from graphflow.core.extensions import provided
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank
from graphflow.ops._text import item_of

__all__ = [
    "CloseSummaryWriter",
    "CreateSummaryFileWriter",
    "FlushSummaryWriter",
    "ImportEvent",
    "SummaryWriter",
    "WriteAudioSummary",
    "WriteGraphSummary",
    "WriteHistogramSummary",
    "WriteImageSummary",
    "WriteScalarSummary",
    "WriteSummary",
]

_KIND = "summary writer"


class _Slot:
    """Where a session keeps a writer, once it is created."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writer: Any = None

    def create(self, *arguments: Any) -> None:
        """Create the writer, if there is none yet."""
        with self._lock:
            if self._writer is None:
                self._writer = provided("new_summary_writer")(*arguments)

    def writer(self) -> Any:
        """Return the writer."""
        if self._writer is None:
            raise NotFoundError(
                None,
                None,
                "the summary writer was not created in this session: run "
                "tf.contrib.summary.summary_writer_initializer_op() first",
            )
        return self._writer

    def close(self) -> None:
        """End the writer; a later one may be created."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
                self._writer = None


@register
class SummaryWriter(Op):
    """The handle of a writer."""

    shared_name: str = ""
    container: str = ""

    inputs = ""
    outputs = "writer"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape([]), _resource)

    def kernel(self, ctx: Context) -> Array:
        handle, _ = ctx.make_handle(_KIND, _Slot, self.container, self.shared_name)
        return handle


class _Using(Op):
    """Base of the ops that take the handle of a writer."""

    outputs = ""
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, *_: TensorSpec) -> tuple[()]:
        return ()


def _slot(ctx: Context, handle: Array) -> _Slot:
    slot = ctx.resource(_KIND, handle)
    assert isinstance(slot, _Slot)
    return slot


@register
class CreateSummaryFileWriter(_Using):
    """Create the writer of an event file, unless the session has it."""

    inputs = (
        "writer: resource, logdir: string, max_queue: int32, flush_millis: int32, "
        "filename_suffix: string"
    )

    def kernel(
        self,
        ctx: Context,
        writer: Array,
        logdir: Array,
        max_queue: Array,
        flush_millis: Array,
        filename_suffix: Array,
    ) -> tuple[()]:
        folder, suffix = item_of(logdir).decode(), item_of(filename_suffix).decode()
        _slot(ctx, writer).create(folder, int(max_queue), int(flush_millis) / 1000, suffix)
        return ()


@register
class FlushSummaryWriter(_Using):
    """Let others see what was written."""

    inputs = "writer: resource"

    def kernel(self, ctx: Context, writer: Array) -> tuple[()]:
        _slot(ctx, writer).writer().flush()
        return ()


@register
class CloseSummaryWriter(_Using):
    """End the event file."""

    inputs = "writer: resource"

    def kernel(self, ctx: Context, writer: Array) -> tuple[()]:
        _slot(ctx, writer).close()
        return ()


# -- what is written -------------------------------------------------------------------------------


class _Writing(_Using):
    """Base of the ops that write a summary at a step, with a tag."""

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        names = [arg.name for arg in self.input_args()]
        check_rank("step", inputs[names.index("step")], 0)
        check_rank("tag", inputs[names.index("tag")], 0)
        return ()

    def _write(self, ctx: Context, writer: Array, step: Array, kind: str, *what: Any) -> tuple[()]:
        message = provided(f"{kind}_summary")(*what)
        provided("write_summary")(_slot(ctx, writer).writer(), int(step), message)
        return ()


@register
class WriteScalarSummary(_Writing):
    """Write a number."""

    inputs = "writer: resource, step: int64, tag: string, value: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        check_rank("value", inputs[-1], 0)
        return super().infer(*inputs)

    def kernel(
        self, ctx: Context, writer: Array, step: Array, tag: Array, value: Array
    ) -> tuple[()]:
        number = float(np.asarray(value).astype(np.float32))
        return self._write(ctx, writer, step, "scalar", [item_of(tag).decode()], [number])


@register
class WriteHistogramSummary(_Writing):
    """Write how many of a tensor's elements are in each of many intervals."""

    inputs = "writer: resource, step: int64, tag: string, values: T"
    types: ClassVar[Any] = {"T": REAL_NUMBER}

    def kernel(
        self, ctx: Context, writer: Array, step: Array, tag: Array, values: Array
    ) -> tuple[()]:
        return self._write(ctx, writer, step, "histogram", item_of(tag).decode(), values)


@register
class WriteImageSummary(_Writing):
    """Write the first images of a batch."""

    max_images: int = 3

    inputs = "writer: resource, step: int64, tag: string, tensor: T, bad_color: uint8"
    types: ClassVar[Any] = {"T": dtype_set("uint8 float16 float32")}

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        check_rank("tensor", inputs[3], 4)
        return super().infer(*inputs)

    def kernel(
        self,
        ctx: Context,
        writer: Array,
        step: Array,
        tag: Array,
        tensor: Array,
        bad_color: Array,
    ) -> tuple[()]:
        name = item_of(tag).decode()
        return self._write(ctx, writer, step, "image", name, tensor, self.max_images, bad_color)


@register
class WriteAudioSummary(_Writing):
    """Write the first sounds of a batch."""

    max_outputs: int = 3

    inputs = "writer: resource, step: int64, tag: string, tensor: float32, sample_rate: float32"

    def infer(self, *inputs: TensorSpec) -> tuple[()]:
        if inputs[3].shape.rank not in (None, 2, 3):
            raise ValueError(f"tensor must be [batch, frames(, channels)], not {inputs[3].shape}")
        return super().infer(*inputs)

    def kernel(
        self,
        ctx: Context,
        writer: Array,
        step: Array,
        tag: Array,
        tensor: Array,
        sample_rate: Array,
    ) -> tuple[()]:
        sounds = tensor[:, :, np.newaxis] if tensor.ndim == 2 else tensor
        name, rate = item_of(tag).decode(), float(sample_rate)
        return self._write(ctx, writer, step, "audio", name, sounds, rate, self.max_outputs)


@register
class WriteSummary(_Writing):
    """Write a whole tensor, with what a plugin of TensorBoard needs to know."""

    inputs = "writer: resource, step: int64, tensor: T, tag: string, summary_metadata: string"

    def kernel(
        self,
        ctx: Context,
        writer: Array,
        step: Array,
        tensor: Array,
        tag: Array,
        summary_metadata: Array,
    ) -> tuple[()]:
        name, metadata = item_of(tag).decode(), item_of(summary_metadata)
        return self._write(ctx, writer, step, "tensor", name, tensor, metadata)


@register
class WriteGraphSummary(_Using):
    """Write a graph, a serialized `GraphDef`."""

    inputs = "writer: resource, step: int64, tensor: string"

    def kernel(self, ctx: Context, writer: Array, step: Array, tensor: Array) -> tuple[()]:
        provided("write_graph")(_slot(ctx, writer).writer(), int(step), item_of(tensor))
        return ()


@register
class ImportEvent(_Using):
    """Write a serialized `Event` as it is."""

    inputs = "writer: resource, event: string"

    def kernel(self, ctx: Context, writer: Array, event: Array) -> tuple[()]:
        provided("write_event")(_slot(ctx, writer).writer(), item_of(event))
        return ()
