"""What the ops in `ops/checkpoint.py` do, for which they need TensorFlow's messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.checkpoints.bundle import Array, BundleWriter, merge_bundles
from graphflow.checkpoints.legacy import TensorReader, open_checkpoint
from graphflow.checkpoints.legacy_writer import Part, write_legacy
from graphflow.checkpoints.slices import WHOLE, Slice, parse_spec
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provide


@provide("save_tensors")
def save_tensors(
    prefix: str, names: Sequence[str], specs: Sequence[str], values: Sequence[Any]
) -> None:
    """Write a checkpoint.

    Args:
      prefix: what the names of its files begin with.
      names: the name of each tensor.
      specs: which part of a tensor each value is, "" for all of it.
      values: the values.

    Raises:
      InvalidArgumentError: a part does not have the shape that it is said to have.
    """
    writer = BundleWriter(prefix)
    for name, spec, value in zip(names, specs, values, strict=True):
        shape, box = _part_of(name, spec, value)
        writer.add_part(name, shape, box, value, _dtype_of(value))
    writer.finish()


@provide("save_legacy_tensors")
def save_legacy_tensors(
    path: str, names: Sequence[str], specs: Sequence[str], values: Sequence[Any]
) -> None:
    """Write a file of a checkpoint of format V1.

    Args:
      path: the file.
      names: the name of each tensor.
      specs: which part of a tensor each value is, "" for all of it.
      values: the values.

    Raises:
      InvalidArgumentError: a part does not have the shape that it is said to have.
    """
    write_legacy(
        path,
        [
            Part(name, *_part_of(name, spec, value), value, _dtype_of(value))
            for name, spec, value in zip(names, specs, values, strict=True)
        ],
    )


def _part_of(name: str, spec: str, value: Any) -> tuple[tuple[int, ...], Slice]:
    """The shape of the whole tensor, and which part a value is."""
    actual = np.shape(value)
    part = parse_spec(spec)
    if part is None:
        return actual, Slice((0,) * len(actual), (WHOLE,) * len(actual))
    shape, box = part
    if actual != np.empty(shape, bool)[box.within(shape)].shape:
        raise InvalidArgumentError(None, None, f"the part {spec!r} of {name!r} has shape {actual}")
    return part


def _dtype_of(value: Any) -> DType:
    if isinstance(value, bytes) or np.asarray(value).dtype == object:
        return as_dtype("string")
    return as_dtype(np.asarray(value).dtype)


@provide("restore_tensors")
def restore_tensors(
    prefix: str, names: Sequence[str], specs: Sequence[str], dtypes: Sequence[DType]
) -> list[Array]:
    """Read tensors of a checkpoint.

    Args:
      prefix: what the names of its files begin with.
      names: the name of each tensor.
      specs: which part of a tensor is wanted, "" for all of it.
      dtypes: the dtypes that they must have.

    Raises:
      NotFoundError: there is no such checkpoint, or no such tensor in it.
      InvalidArgumentError: a tensor has another dtype or shape.
      DataLossError: a file is damaged.
    """
    reader = open_checkpoint(prefix)
    return [
        _restored(reader, name, spec, dtype)
        for name, spec, dtype in zip(names, specs, dtypes, strict=True)
    ]


def _restored(reader: TensorReader, name: str, spec: str, dtype: DType) -> Array:
    stored = reader.dtype(name)
    if stored != dtype.base_dtype:
        raise InvalidArgumentError(
            None, None, f"{name!r} is {stored.name} in the checkpoint, {dtype.name} is expected"
        )
    part = parse_spec(spec)
    if part is None:
        return reader.tensor(name)
    shape, box = part
    if shape != reader.shape(name):
        raise InvalidArgumentError(
            None, None,
            f"{name!r} has shape {reader.shape(name)} in the checkpoint, {shape} is expected",
        )  # fmt: skip
    return reader.tensor(name)[box.within(shape)]


@provide("merge_checkpoints")
def merge_checkpoints(prefixes: Sequence[str], prefix: str, delete_old_dirs: bool) -> None:
    """Make one checkpoint of several; see `merge_bundles`."""
    merge_bundles(prefixes, prefix, delete_old_dirs)
