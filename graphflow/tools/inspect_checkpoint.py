"""Print what is in a checkpoint: `python -m graphflow.tools.inspect_checkpoint --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.checkpoints.reader import CheckpointReader, new_checkpoint_reader


def print_tensors_in_checkpoint_file(
    file_name: Any,
    tensor_name: str | None,
    all_tensors: bool,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Print names, dtypes, shapes or values of the tensors in a checkpoint.

    Args:
      file_name: the path of the checkpoint.
      tensor_name: the name of one tensor, of which to print the value; "" or None for all.
      all_tensors: whether to print the values of all.
      all_tensor_names: whether to print the names of all.
      count_exclude_pattern: not supported.

    Raises:
      NotFoundError: there is no such checkpoint, or no such tensor in it.
      NotImplementedError: `count_exclude_pattern` is given.

    >>> import tempfile
    >>> import graphflow as tf
    >>> v = tf.get_variable("v", initializer=[1.5, 2.5])
    >>> with tf.Session() as sess:
    ...     sess.run(v.initializer)
    ...     path = tf.train.Saver().save(sess, tempfile.mkdtemp() + "/model")
    >>> print_tensors_in_checkpoint_file(path, "v", all_tensors=False)
    tensor_name:  v
    [1.5 2.5]
    >>> print_tensors_in_checkpoint_file(path, None, all_tensors=True)
    tensor:  v (float32) [2]
    [1.5 2.5]
    >>> print_tensors_in_checkpoint_file(path, None, all_tensors=False)
    v (float32) [2]
    """
    if count_exclude_pattern:
        raise NotImplementedError("count_exclude_pattern: count elements in another way")
    reader = new_checkpoint_reader(file_name)
    for line in _lines(reader, tensor_name, all_tensors, all_tensor_names):
        sys.stdout.write(f"{line}\n")


def _lines(
    reader: CheckpointReader, tensor_name: str | None, values: bool, names: bool
) -> Iterator[str]:
    if tensor_name:
        yield f"tensor_name:  {tensor_name}"
        yield str(reader.get_tensor(tensor_name))
        return
    for name in sorted(reader.get_variable_to_shape_map()):
        described = _described(reader, name)
        yield f"tensor:  {described}" if values or names else described
        if values:
            yield str(reader.get_tensor(name))


def _described(reader: CheckpointReader, name: str) -> str:
    dtype = reader.get_variable_to_dtype_map()[name]
    return f"{name} ({dtype.name}) {reader.get_variable_to_shape_map()[name]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
      arguments: the command line without the program's name; by default the process's own.

    Returns:
      The exit status: 0.
    """
    parser = argparse.ArgumentParser(description="Print what is in a checkpoint.")
    parser.add_argument("--file_name", required=True, help="the path of the checkpoint")
    parser.add_argument("--tensor_name", default="", help="print the value of this tensor")
    parser.add_argument("--all_tensors", action="store_true", help="print all values")
    parser.add_argument("--all_tensor_names", action="store_true", help="print all names")
    options = parser.parse_args(arguments)
    with np.printoptions(suppress=True):
        print_tensors_in_checkpoint_file(**vars(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
