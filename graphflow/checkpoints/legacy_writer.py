"""Writes checkpoints of format V1, one file each; see `legacy.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from graphflow.checkpoints.bundle import Replacement
from graphflow.checkpoints.slices import Slice, key_of
from graphflow.checkpoints.table import write_table
from graphflow.core.dtypes import DType
from graphflow.core.errors import InvalidArgumentError
from graphflow.interop import protos
from graphflow.interop.tensor_proto import fill_value_field, shape_proto


class Part(NamedTuple):
    """A tensor, or a part of one.

    Attributes:
      name: the name of the whole tensor.
      shape: its shape.
      box: which part it is.
      value: the value of the part.
      dtype: its dtype.
    """

    name: str
    shape: tuple[int, ...]
    box: Slice
    value: Any
    dtype: DType


def write_legacy(path: str, parts: Iterable[Part]) -> None:
    """Write a file; one of that name is replaced when it is complete.

    Args:
      path: the file.
      parts: the tensors, and parts of tensors.

    Raises:
      InvalidArgumentError: parts of one name are not of one dtype and shape, or one comes twice.
    """
    metas: dict[str, Any] = {}
    entries: dict[bytes, bytes] = {}
    for part in parts:
        described = protos.SavedSliceMeta(
            name=part.name, shape=shape_proto(part.shape), type=part.dtype.as_datatype_enum
        )
        meta = metas.setdefault(part.name, described)
        key = key_of(part.name, part.box)
        if (meta.shape, meta.type) != (described.shape, described.type) or key in entries:
            raise InvalidArgumentError(
                None, None, f"two tensors of a checkpoint, or two parts, are called {part.name!r}"
            )
        meta.slice.add().CopyFrom(part.box.to_proto())
        entries[key] = _data(part).SerializeToString()
    content = protos.SavedTensorSlices()
    content.meta.tensor.extend(metas.values())
    content.meta.versions.producer = 1
    table = write_table([(b"", content.SerializeToString()), *sorted(entries.items())])
    with Replacement(path) as file:
        file.write([table])
        file.publish()


def _data(part: Part) -> Any:
    message = protos.SavedTensorSlices()
    message.data.name = part.name
    message.data.slice.CopyFrom(part.box.to_proto())
    fill_value_field(message.data.data, np.asarray(part.value), part.dtype)
    return message
