"""Reads checkpoints of format V1, as TensorFlow wrote them before 1.0.

Each of its files is a table.  Under the empty key is a list of the tensors and their parts, under
the others are the parts, as `TensorProto`s.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from graphflow.checkpoints.bundle import Array, BundleReader, index_path
from graphflow.checkpoints.slices import Slice
from graphflow.checkpoints.state import legacy_files
from graphflow.checkpoints.table import DamagedTable, read_table
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import DataLossError, NotFoundError
from graphflow.interop import protos
from graphflow.interop.tensor_proto import make_ndarray, shape_proto
from graphflow.ops._file_system import file_error


class TensorReader(Protocol):
    """What readers of both formats can do."""

    def __contains__(self, name: str) -> bool:
        """Whether there is a tensor of a name."""

    def names(self) -> list[str]:
        """Return the names of the tensors, sorted."""

    def dtype(self, name: str) -> DType:
        """Return the dtype of a tensor."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""

    def tensor(self, name: str) -> Array:
        """Return the value of a tensor."""


def open_checkpoint(prefix: str) -> TensorReader:
    """Return a reader of a checkpoint of either format.

    Args:
      prefix: its path; for several files of format V1 a pattern such as "model-?????-of-00002".

    Raises:
      NotFoundError: there is no such checkpoint.
      DataLossError: it is damaged.
    """
    if not os.path.exists(index_path(prefix)):
        files = legacy_files(prefix)
        if files:
            return LegacyReader(files)
    return BundleReader(prefix)


class LegacyReader:
    """Reads a checkpoint of format V1.

    Args:
      files: its files.

    Raises:
      DataLossError: one is damaged, or no such checkpoint.
      OpError: one cannot be read, of the class that says why.
    """

    def __init__(self, files: list[str]) -> None:
        self._name = files[0]
        self._metas: dict[str, Any] = {}
        self._parts: dict[str, list[Any]] = {}
        for file in files:
            for message in _messages(file):
                for meta in message.meta.tensor:
                    self._metas[meta.name] = meta
                if message.HasField("data"):
                    self._parts.setdefault(message.data.name, []).append(message.data)

    def __contains__(self, name: str) -> bool:
        return name in self._metas

    def names(self) -> list[str]:
        """Return the names of the tensors, sorted."""
        return sorted(self._metas)

    def _meta(self, name: str) -> Any:
        if name not in self._metas:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint {self._name}")
        return self._metas[name]

    def dtype(self, name: str) -> DType:
        """Return the dtype of a tensor."""
        return as_dtype(self._meta(name).type)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a tensor."""
        return tuple(dim.size for dim in self._meta(name).shape.dim)

    def tensor(self, name: str) -> Array:
        """Return the value of a tensor.

        Args:
          name: its name.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: the files do not have all of it.
        """
        shape, dtype = self.shape(name), self.dtype(name)
        value = np.empty(shape, dtype.as_numpy_dtype)
        known = np.zeros(shape, bool)
        for part in self._parts.get(name, ()):
            box = Slice.from_proto(part.slice).within(shape)
            data = protos.TensorProto()
            data.CopyFrom(part.data)
            data.dtype = dtype.as_datatype_enum
            data.tensor_shape.CopyFrom(shape_proto(value[box].shape))
            value[box] = make_ndarray(data)
            known[box] = True
        if not known.all():
            problem = f"{name!r} in {self._name} lacks parts: is a file missing?"
            raise DataLossError(None, None, problem)
        return value


def _messages(file: str) -> Iterator[Any]:
    from google.protobuf.message import DecodeError

    try:
        for _, data in read_table(Path(file).read_bytes()):
            yield protos.SavedTensorSlices.FromString(data)
    except OSError as error:
        raise file_error(error, file) from error
    except (DamagedTable, DecodeError) as error:
        raise DataLossError(
            None, None, f"{file} is damaged, or no checkpoint of format V1: {error}"
        ) from error
