"""Checkpoints without a graph: which tensors they have, and their values."""

from __future__ import annotations

import os
from typing import Any

from graphflow.checkpoints.bundle import Array
from graphflow.checkpoints.legacy import open_checkpoint
from graphflow.checkpoints.state import latest_checkpoint
from graphflow.core.dtypes import DType
from graphflow.core.errors import NotFoundError
from graphflow.files.names import path_of
from graphflow.interop import protos


class CheckpointReader:
    """Reads a checkpoint.

    Args:
      filename: its path, as `Saver.save` returns it.

    Raises:
      NotFoundError: there is no such checkpoint.
      DataLossError: it is damaged.
    """

    def __init__(self, filename: Any) -> None:
        self._bundle = open_checkpoint(path_of(filename))

    def has_tensor(self, tensor_str: Any) -> bool:
        """Tell whether there is a tensor of a name."""
        return path_of(tensor_str) in self._bundle

    def get_tensor(self, tensor_str: Any) -> Array:
        """Return the value of a tensor.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: its bytes are damaged.
        """
        return self._bundle.tensor(path_of(tensor_str))

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Return the shapes of all tensors by name."""
        return {name: list(self._bundle.shape(name)) for name in self._bundle.names()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """Return the dtypes of all tensors by name."""
        return {name: self._bundle.dtype(name) for name in self._bundle.names()}

    def debug_string(self) -> bytes:
        """Return a line for each tensor: its name, dtype and shape."""
        shapes, dtypes = self.get_variable_to_shape_map(), self.get_variable_to_dtype_map()
        lines = [
            f"{name} ({protos.DataType.Name(dtypes[name].as_datatype_enum)}) "
            f"[{','.join(map(str, shape))}]\n"
            for name, shape in shapes.items()
        ]
        return "".join(lines).encode()


def new_checkpoint_reader(filepattern: Any) -> CheckpointReader:
    """Return a reader of a checkpoint.

    Args:
      filepattern: its path, as `Saver.save` returns it.

    Raises:
      NotFoundError: there is no such checkpoint.
    """
    return CheckpointReader(filepattern)


def load_checkpoint(ckpt_dir_or_file: Any) -> CheckpointReader:
    """Return a reader of a checkpoint.

    Args:
      ckpt_dir_or_file: its path, or a folder, of which the newest one is taken.

    Raises:
      NotFoundError: there is none.
    """
    return CheckpointReader(checkpoint_path(ckpt_dir_or_file))


def checkpoint_path(ckpt_dir_or_file: Any) -> str:
    """Return the path of a checkpoint, the newest one of a folder.

    Args:
      ckpt_dir_or_file: its path, or the folder.

    Raises:
      NotFoundError: the folder has no checkpoint.
    """
    path = path_of(ckpt_dir_or_file)
    found = latest_checkpoint(path) if os.path.isdir(path) else path
    if found is None:
        raise NotFoundError(None, None, f"there is no checkpoint in {path!r}")
    return found


def load_variable(ckpt_dir_or_file: Any, name: str) -> Array:
    """Return the value of a variable in a checkpoint.

    Args:
      ckpt_dir_or_file: the path of the checkpoint, or a folder, of which the newest is taken.
      name: the variable; its ":0" may be there.

    Raises:
      NotFoundError: there is no such checkpoint or variable.
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: Any) -> list[tuple[str, list[int]]]:
    """Return names and shapes of the variables in a checkpoint, sorted by name.

    Args:
      ckpt_dir_or_file: the path of the checkpoint, or a folder, of which the newest is taken.

    Raises:
      NotFoundError: there is none.
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
