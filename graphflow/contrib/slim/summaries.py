"""Summaries of one tensor or several, named after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.summary import functions as summary


def _name(tensor: Any, name: str | None, prefix: str | None) -> str:
    name = name or str(tensor.op.name)
    return f"{prefix}/{name}" if prefix else name


def _printed(made: Tensor, tensor: Any, name: str) -> Tensor:
    """A summary that also prints what it summarizes, in the collection of summaries."""
    printing: Tensor = ops.print_(made, [tensor], name)
    get_default_graph().add_to_collection(GraphKeys.SUMMARIES, printing)
    return printing


def add_histogram_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None
) -> Tensor:
    """Add a histogram of a tensor.

    Args:
      tensor: the tensor.
      name: the name of the summary, by default that of the tensor.
      prefix: what stands in front of the name.
    """
    return summary.histogram(_name(tensor, name, prefix), tensor)


def add_image_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Tensor:
    """Add a summary of images.

    Args:
      tensor: the images [batch, height, width, channels].
      name: the name of the summary, by default that of the tensor.
      prefix: what stands in front of the name.
      print_summary: whether to print some of the values too.
    """
    full = _name(tensor, name, prefix)
    if not print_summary:
        return summary.image(full, tensor)
    return _printed(summary.image(full, tensor, collections=[]), tensor, full)


def add_scalar_summary(
    value: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Tensor:
    """Add a summary of a number.

    Args:
      value: a scalar.
      name: the name of the summary, by default that of the tensor.
      prefix: what stands in front of the name.
      print_summary: whether to print the value too.

    >>> import graphflow as tf
    >>> loss = tf.constant(1.5, name="loss")
    >>> tf.contrib.slim.summaries.add_scalar_summary(loss, prefix="train").op.name
    'train/loss'
    """
    full = _name(value, name, prefix)
    if not print_summary:
        return summary.scalar(full, value)
    return _printed(summary.scalar(full, value, collections=[]), value, full)


def add_zero_fraction_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Tensor:
    """Add a summary of how much of a tensor is zero.

    Args:
      tensor: the tensor.
      name: the name of the summary, by default that of the tensor.
      prefix: what stands in front of the name.
      print_summary: whether to print the value too.
    """
    full = _name(tensor, name, prefix) + "/Fraction of Zero Values"
    return add_scalar_summary(ops.zero_fraction(tensor), full, print_summary=print_summary)


def add_histogram_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Tensor]:
    """Add a histogram of each tensor.

    Args:
      tensors: the tensors.
      prefix: what stands in front of their names.
    """
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


def add_image_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Tensor]:
    """Add a summary of each tensor's images.

    Args:
      tensors: the tensors.
      prefix: what stands in front of their names.
    """
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


def add_scalar_summaries(
    tensors: Iterable[Any], prefix: str | None = None, print_summary: bool = False
) -> list[Tensor]:
    """Add a summary of each number.

    Args:
      tensors: scalars.
      prefix: what stands in front of their names.
      print_summary: whether to print the values too.
    """
    return [
        add_scalar_summary(tensor, prefix=prefix, print_summary=print_summary) for tensor in tensors
    ]


def add_zero_fraction_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Tensor]:
    """Add a summary of how much of each tensor is zero.

    Args:
      tensors: the tensors.
      prefix: what stands in front of their names.
    """
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]
