"""Summaries of activations, weights and other tensors."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.summary import functions as summary


def summarize_tensor(tensor: Any, tag: str | None = None) -> Tensor:
    """Summarize a tensor: a scalar by its value, another one by a histogram.

    Args:
      tensor: a tensor or variable.
      tag: the name of the summary, by default that of the tensor and "_summary".

    Returns:
      A string scalar, also added to the collection `GraphKeys.SUMMARIES`.

    >>> import graphflow as tf
    >>> tf.contrib.layers.summarize_tensor(tf.constant([1.0, 2.0], name="x")).op.name
    'x_summary'
    """
    name = tag or f"{tensor.op.name}_summary"
    is_scalar = tensor.get_shape().ndims == 0
    return summary.scalar(name, tensor) if is_scalar else summary.histogram(name, tensor)


def summarize_activation(op: Tensor) -> Tensor:
    """Summarize the output of a layer: a histogram, and how much of it is cut off.

    Args:
      op: the output.

    Returns:
      The histogram; it and the others are added to the collection `GraphKeys.SUMMARIES`.
    """
    kind, name = op.op.type, op.op.name
    if kind in ("Relu", "Softplus", "Relu6"):
        summary.scalar(f"{name}/zeros", _share(ops.less(op.op.inputs[0], _like(0, op))))
    if kind == "Relu6":
        summary.scalar(f"{name}/sixes", _share(ops.greater(op.op.inputs[0], _like(6, op))))
    return summary.histogram(f"{name}/activation", op)


def _like(number: int, tensor: Tensor) -> Tensor:
    return ops.constant(number, tensor.dtype.base_dtype)


def _share(is_so: Tensor) -> Tensor:
    return ops.reduce_mean(ops.cast(is_so, "float32"))


def summarize_tensors(
    tensors: Iterable[Any], summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """Summarize several tensors.

    Args:
      tensors: the tensors.
      summarizer: a function of a tensor that returns a summary.
    """
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str,
    name_filter: str | None = None,
    summarizer: Callable[[Any], Any] = summarize_tensor,
) -> list[Any]:
    """Summarize the tensors of a collection.

    Args:
      collection: the name of the collection.
      name_filter: a regular expression for the beginning of their names; None for all.
      summarizer: a function of a tensor that returns a summary.
    """
    found = get_default_graph().get_collection(collection)
    if name_filter is not None:
        found = [tensor for tensor in found if re.match(name_filter, tensor.op.name)]
    return summarize_tensors(found, summarizer)


def summarize_activations(
    name_filter: str | None = None, summarizer: Callable[[Any], Any] = summarize_activation
) -> list[Any]:
    """Summarize the collection `GraphKeys.ACTIVATIONS`.

    Args:
      name_filter: a regular expression for the beginning of their names; None for all.
      summarizer: a function of a tensor that returns a summary.
    """
    return summarize_collection(GraphKeys.ACTIVATIONS, name_filter, summarizer)


summarize_variables = functools.partial(summarize_collection, GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, GraphKeys.BIASES)
