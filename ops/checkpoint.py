"""Values of tensors written to checkpoints, and read from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, string as _string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provided
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank
from graphflow.ops._text import from_items, item_of, items_of, texts

__all__ = [
    "MergeV2Checkpoints",
    "RestoreV2",
    "Save",
    "SaveSlices",
    "SaveV2",
    "ShardedFilename",
    "ShardedFilespec",
]


def _names(tensor: Array) -> list[str]:
    return [item.decode() for item in items_of(tensor)]


def _text(tensor: Array) -> str:
    return item_of(tensor).decode()


def _check_texts(count: int, what: str, **texts: TensorSpec) -> None:
    """Check that vectors of texts, such as names, have one for each of `what`."""
    for name, spec in texts.items():
        check_rank(name, spec, 1)
        if not spec.shape.is_compatible_with([count]):
            raise ValueError(f"{name} has shape {spec.shape} for {count} {what}")


@register
class SaveV2(Op):
    """Write tensors, or parts of tensors, to a checkpoint."""

    inputs = "prefix: string, tensor_names: string, shape_and_slices: string, tensors: [dtypes]"
    outputs = ""
    stateful = True
    blocking = True
    differentiable = False

    def infer(
        self, prefix: TensorSpec, tensor_names: TensorSpec, shape_and_slices: TensorSpec,
        *tensors: TensorSpec,
    ) -> tuple[()]:  # fmt: skip
        check_rank("prefix", prefix, 0)
        _check_texts(
            len(tensors), "tensors", tensor_names=tensor_names, shape_and_slices=shape_and_slices
        )
        return ()

    def kernel(
        self, prefix: Array, tensor_names: Array, shape_and_slices: Array, *tensors: Array
    ) -> tuple[()]:
        provided("save_tensors")(
            _text(prefix), _names(tensor_names), _names(shape_and_slices), tensors
        )
        return ()


class _SaveLegacy(Op):
    """What the ops that write format V1 share."""

    outputs = ""
    stateful = True
    blocking = True
    differentiable = False


@register
class SaveSlices(_SaveLegacy):
    """Write tensors, or parts of tensors, to a file of a checkpoint of format V1."""

    inputs = "filename: string, tensor_names: string, shapes_and_slices: string, data: [T]"

    def infer(
        self, filename: TensorSpec, tensor_names: TensorSpec, shapes_and_slices: TensorSpec,
        *data: TensorSpec,
    ) -> tuple[()]:  # fmt: skip
        check_rank("filename", filename, 0)
        _check_texts(
            len(data), "tensors", tensor_names=tensor_names, shapes_and_slices=shapes_and_slices
        )
        return ()

    def kernel(
        self, filename: Array, tensor_names: Array, shapes_and_slices: Array, *data: Array
    ) -> tuple[()]:
        provided("save_legacy_tensors")(
            _text(filename), _names(tensor_names), _names(shapes_and_slices), data
        )
        return ()


@register
class Save(_SaveLegacy):
    """Write tensors to a file of a checkpoint of format V1."""

    inputs = "filename: string, tensor_names: string, data: [T]"

    def infer(self, filename: TensorSpec, tensor_names: TensorSpec, *data: TensorSpec) -> tuple[()]:
        check_rank("filename", filename, 0)
        _check_texts(len(data), "tensors", tensor_names=tensor_names)
        return ()

    def kernel(self, filename: Array, tensor_names: Array, *data: Array) -> tuple[()]:
        provided("save_legacy_tensors")(
            _text(filename), _names(tensor_names), [""] * len(data), data
        )
        return ()


@register
class RestoreV2(Op):
    """Read tensors, or parts of tensors, from a checkpoint."""

    dtypes: tuple[DType, ...]

    inputs = "prefix: string, tensor_names: string, shape_and_slices: string"
    outputs = "tensors"
    stateful = True
    blocking = True
    differentiable = False

    def infer(
        self, prefix: TensorSpec, tensor_names: TensorSpec, shape_and_slices: TensorSpec
    ) -> list[TensorSpec]:
        check_rank("prefix", prefix, 0)
        _check_texts(
            len(self.dtypes), "dtypes", tensor_names=tensor_names, shape_and_slices=shape_and_slices
        )
        return [TensorSpec(TensorShape(None), dtype) for dtype in self.dtypes]

    def kernel(self, prefix: Array, tensor_names: Array, shape_and_slices: Array) -> Any:
        return provided("restore_tensors")(
            _text(prefix), _names(tensor_names), _names(shape_and_slices), self.dtypes
        )


@register
class MergeV2Checkpoints(Op):
    """Make one checkpoint of several."""

    delete_old_dirs: bool = True

    inputs = "checkpoint_prefixes: string, destination_prefix: string"
    outputs = ""
    stateful = True
    blocking = True
    differentiable = False

    def infer(self, checkpoint_prefixes: TensorSpec, destination_prefix: TensorSpec) -> tuple[()]:
        check_rank("checkpoint_prefixes", checkpoint_prefixes, 1)
        check_rank("destination_prefix", destination_prefix, 0)
        return ()

    def kernel(self, checkpoint_prefixes: Array, destination_prefix: Array) -> tuple[()]:
        if not len(checkpoint_prefixes):
            raise InvalidArgumentError(None, None, "there are no checkpoints to merge")
        provided("merge_checkpoints")(
            _names(checkpoint_prefixes), _text(destination_prefix), self.delete_old_dirs
        )
        return ()


@register
class ShardedFilename(Op):
    """The name of one file of several."""

    inputs = "basename: string, shard: int32, num_shards: int32"
    outputs = "filename"

    def infer(self, basename: TensorSpec, shard: TensorSpec, num_shards: TensorSpec) -> TensorSpec:
        for name, spec in (("basename", basename), ("shard", shard), ("num_shards", num_shards)):
            check_rank(name, spec, 0)
        return TensorSpec(TensorShape([]), _string)

    def kernel(self, basename: Array, shard: Array, num_shards: Array) -> Array:
        name = f"{_text(basename)}-{int(shard):05d}-of-{int(num_shards):05d}"
        return from_items([name.encode()], ())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts("model/part"), np.int32(2), np.int32(13))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        inputs = texts("model/part"), np.asarray([2], np.int32), np.int32(13)
        yield ErrorSample(cls(), inputs, "shard must be a scalar")


@register
class ShardedFilespec(Op):
    """A pattern for the names of all files of several."""

    inputs = "basename: string, num_shards: int32"
    outputs = "filename"

    def infer(self, basename: TensorSpec, num_shards: TensorSpec) -> TensorSpec:
        for name, spec in (("basename", basename), ("num_shards", num_shards)):
            check_rank(name, spec, 0)
        return TensorSpec(TensorShape([]), _string)

    def kernel(self, basename: Array, num_shards: Array) -> Array:
        return from_items([f"{_text(basename)}-?????-of-{int(num_shards):05d}".encode()], ())

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts("model/part"), np.int32(13))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        inputs = texts("model/part"), np.asarray([13], np.int32)
        yield ErrorSample(cls(), inputs, "num_shards must be a scalar")
