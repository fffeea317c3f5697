"""How large a model is: its operations and variables, printed and added up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphflow.core.graph import Graph


def tensor_description(var: Any) -> str:
    """Return dtype and shape of a tensor or variable, as the analyzers print them.

    Args:
      var: the tensor or variable.

    >>> import graphflow as tf
    >>> tensor_description(tf.zeros([2, 3]))
    '(float32 2x3)'
    """
    sizes = "x".join(str(size) for size in var.get_shape())
    return f"({var.dtype.name} {sizes})"


def analyze_ops(graph: Graph, print_info: bool = False) -> int:
    """Count the elements of the outputs of all operations.

    Args:
      graph: the graph.
      print_info: whether to print each operation with its outputs.

    Returns:
      The number of elements; outputs of unknown size count as empty.

    >>> import graphflow as tf
    >>> x = tf.zeros([2, 3], name="x")
    >>> tf.contrib.slim.model_analyzer.analyze_ops(tf.get_default_graph(), print_info=True)
    ---------
    Operations: name -> (type shapes) [size]
    ---------
    x   -> (float32 2x3) [6]
    6
    """
    if print_info:
        _print_line("---------\nOperations: name -> (type shapes) [size]\n---------")
    total = 0
    for op in graph.get_operations():
        size = sum(_size(output) for output in op.outputs)
        shapes = [tensor_description(output) for output in op.outputs if output.get_shape()]
        if print_info:
            _print_line(f"{op.name} \t-> {', '.join(shapes)} [{size}]")
        total += size
    return total


def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """Count the elements and bytes of variables.

    Args:
      variables: the variables.
      print_info: whether to print each of them, and the sums.

    Returns:
      The number of elements and of bytes.

    >>> import graphflow as tf
    >>> variables = [tf.get_variable("w", [2, 3]), tf.get_variable("n", [5], tf.int64)]
    >>> sizes = tf.contrib.slim.model_analyzer.analyze_vars(variables, print_info=True)
    ---------
    Variables: name (type shape) [size]
    ---------
    w:0 (float32_ref 2x3) [6, bytes: 24]
    n:0 (int64_ref 5) [5, bytes: 40]
    Total size of variables: 11
    Total bytes of variables: 64
    """
    if print_info:
        _print_line("---------\nVariables: name (type shape) [size]\n---------")
    total_size = total_bytes = 0
    for var in variables:
        size = _size(var)
        bytes_ = size * int(var.dtype.size)
        total_size += size
        total_bytes += bytes_
        if print_info:
            _print_line(f"{var.name} {tensor_description(var)} [{size}, bytes: {bytes_}]")
    if print_info:
        _print_line(f"Total size of variables: {total_size}")
        _print_line(f"Total bytes of variables: {total_bytes}")
    return total_size, total_bytes


def _print_line(text: str) -> None:
    print(text)  # noqa: T201


def _size(item: Any) -> int:
    return int(item.get_shape().num_elements() or 0)
