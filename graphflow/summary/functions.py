"""`tf.summary`: operations that make summaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import graphflow.ops as ops
import graphflow.summary.kernels  # noqa: F401  provides what the kernels of the ops call
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import get_collection
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.interop import protos

_INVALID = re.compile(r"[^-/\w\.]")


def clean_tag(name: str) -> str:
    """Return a name as operations may have it.

    Args:
      name: the name of a summary.

    >>> clean_tag("/rate (%)")
    'rate____'
    """
    return _INVALID.sub("_", name).lstrip("/")


@contextmanager
def summary_scope(
    name: str, family: str | None = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """Open the name scope of a summary.

    Args:
      name: what the summary is called.
      family: what its tab in TensorBoard is called; put before the name.
      default_name: the name if there is none.
      values: tensors that tell the graph.

    Yields:
      The tag of the summary and the name of its operation.
    """
    base = clean_tag(name)
    if family is not None:
        family = clean_tag(family)
        base = f"{family}/{base}"
    with name_scope(base, default_name, values) as scope:
        tag = scope.rstrip("/")
        yield (tag if family is None else f"{family}/{tag}"), scope


def collect(summary: Tensor, collections: Any, default: Sequence[str]) -> Tensor:
    """Add a summary to collections.

    Args:
      summary: the summary.
      collections: their names, None for the default.
      default: their names by default.
    """
    for key in default if collections is None else collections:
        get_default_graph().add_to_collection(key, summary)
    return summary


def scalar(name: str, tensor: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """Add a summary of a number.

    Args:
      name: what TensorBoard calls it, within the name scopes that are open.
      tensor: a real scalar.
      collections: the collections of the summary, by default `GraphKeys.SUMMARIES`.
      family: what its tab is called; put before the name.

    Returns:
      string, a scalar: a serialized `Summary`.

    >>> import graphflow as tf
    >>> with tf.name_scope("train"):
    ...     loss = tf.summary.scalar("loss", tf.constant(1.5))
    >>> tf.Summary.FromString(tf.Session().run(loss)).value[0].tag
    'train/loss'
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        value = convert_to_tensor(tensor)
        return collect(
            apply(ops.ScalarSummary(), tag, value, name=scope), collections, [GraphKeys.SUMMARIES]
        )


def histogram(name: str, values: Any, collections: Any = None, family: str | None = None) -> Tensor:
    """Add a summary of how a tensor's elements are distributed.

    Args:
      name: see `scalar`.
      values: a real tensor of any shape.
      collections: see `scalar`.
      family: see `scalar`.

    >>> import graphflow as tf
    >>> summary = tf.summary.histogram("weights", [1.0, 2.0, 2.0])
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0].histo.num
    3.0
    """
    with summary_scope(name, family, "HistogramSummary", [values]) as (tag, scope):
        made = apply(ops.HistogramSummary(), tag, convert_to_tensor(values), name=scope)
        return collect(made, collections, [GraphKeys.SUMMARIES])


def image(
    name: str,
    tensor: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Add a summary of images.

    Args:
      name: see `scalar`.
      tensor: uint8 or floating [batch, height, width, channels] with 1, 3 or 4 channels. Images of
        floats are scaled: from 0 to the largest value, or, if there are negative ones, so that 0 is
        grey.
      max_outputs: how many images at most.
      collections: see `scalar`.
      family: see `scalar`.

    >>> import graphflow as tf
    >>> summary = tf.summary.image("digits", tf.zeros([5, 28, 28, 1]), 2)
    >>> [value.tag for value in tf.Summary.FromString(tf.Session().run(summary)).value]
    ['digits/image/0', 'digits/image/1']
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        value = convert_to_tensor(tensor)
        made = apply(ops.ImageSummary(max_outputs), tag, value, name=scope)
        return collect(made, collections, [GraphKeys.SUMMARIES])


def audio(
    name: str,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Any = None,
    family: str | None = None,
) -> Tensor:
    """Add a summary of sounds.

    Args:
      name: see `scalar`.
      tensor: float32 [batch, frames] or [batch, frames, channels], from -1 to 1.
      sample_rate: float32, a scalar, in Hz.
      max_outputs: how many sounds at most.
      collections: see `scalar`.
      family: see `scalar`.

    >>> import graphflow as tf
    >>> summary = tf.summary.audio("beep", [[0.5, -0.5]], 8000.0, max_outputs=1)
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0].audio.length_frames
    2
    """
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        rate = convert_to_tensor(sample_rate, as_dtype("float32"), name="sample_rate")
        made = apply(ops.AudioSummaryV2(max_outputs), tag, tensor, rate, name=scope)
        return collect(made, collections, [GraphKeys.SUMMARIES])


def text(name: str, tensor: Any, collections: Any = None) -> Tensor:
    """Add a summary of texts, which TensorBoard shows as Markdown; a matrix as a table.

    Args:
      name: see `scalar`.
      tensor: string, of any shape.
      collections: see `scalar`.

    Raises:
      ValueError: the tensor is not of dtype string.

    >>> import graphflow as tf
    >>> summary = tf.summary.text("note", tf.constant("It *works*."))
    >>> value = tf.Summary.FromString(tf.Session().run(summary)).value[0]
    >>> value.metadata.plugin_data.plugin_name
    'text'
    """
    value = convert_to_tensor(tensor)
    if value.dtype.base_dtype.name != "string":
        raise ValueError(f"a text must be a string tensor, not {value!r}{at_user_line()}")
    plugin = protos.SummaryMetadata.PluginData(plugin_name="text")
    metadata = protos.SummaryMetadata(plugin_data=plugin)
    return tensor_summary(name, value, summary_metadata=metadata, collections=collections)


def tensor_summary(
    name: str,
    tensor: Any,
    summary_description: Any = None,
    collections: Any = None,
    summary_metadata: Any = None,
    family: str | None = None,
    display_name: str | None = None,
) -> Tensor:
    """Add a summary of a whole tensor, for plugins of TensorBoard.

    Args:
      name: see `scalar`.
      tensor: of any dtype and shape.
      summary_description: a `SummaryDescription` for the metadata.
      collections: see `scalar`.
      summary_metadata: a `SummaryMetadata`, which names the plugin.
      family: see `scalar`.
      display_name: what TensorBoard calls it instead of `name`.

    >>> import graphflow as tf
    >>> summary = tf.summary.tensor_summary("sizes", [3, 5])
    >>> tf.make_ndarray(tf.Summary.FromString(tf.Session().run(summary)).value[0].tensor)
    array([3, 5], dtype=int32)
    """
    metadata = protos.SummaryMetadata()
    if summary_metadata is not None:
        metadata.CopyFrom(protos.adopted(summary_metadata, "SummaryMetadata"))
    if display_name is not None:
        metadata.display_name = display_name
    if summary_description is not None:
        metadata.summary_description = summary_description.type_hint
    with summary_scope(name, family, values=[tensor]) as (tag, scope):
        value = convert_to_tensor(tensor)
        data = ops.constant(metadata.SerializeToString(), name="serialized_summary_metadata")
        made = apply(ops.TensorSummaryV2(), tag, value, data, name=scope)
        return collect(made, collections, [GraphKeys.SUMMARIES])


def merge(inputs: Sequence[Any], collections: Any = None, name: str | None = None) -> Tensor:
    """Add a summary of several summaries.

    Args:
      inputs: summaries, string tensors.
      collections: the collections of the result, by default none.
      name: its name.

    >>> import graphflow as tf
    >>> both = tf.summary.merge([tf.summary.scalar("a", 1.0), tf.summary.scalar("b", 2.0)])
    >>> [value.tag for value in tf.Summary.FromString(tf.Session().run(both)).value]
    ['a', 'b']
    """
    cleaned = None if name is None else clean_tag(name)
    with name_scope(cleaned, "Merge", list(inputs)):
        made = apply(ops.MergeSummary(), list(inputs), name=cleaned)
        return collect(made, collections, [])


def merge_all(
    key: str = GraphKeys.SUMMARIES, scope: str | None = None, name: str | None = None
) -> Tensor | None:
    """Add a summary of all summaries of a collection.

    Args:
      key: the collection.
      scope: takes only those whose names match this regular expression from their beginning.
      name: its name.

    Returns:
      The summary, None if the collection is empty.
    """
    summaries = get_collection(key, scope)
    return merge(summaries, name=name) if summaries else None


def get_summary_description(node_def: Any) -> Any:
    """Return the `SummaryDescription` of a node of type TensorSummary.

    Args:
      node_def: its `NodeDef`.

    Raises:
      ValueError: it is of another type.
    """
    node = protos.adopted(node_def, "NodeDef")
    if node.op != "TensorSummary":
        raise ValueError(f"get_summary_description takes a TensorSummary, not {node.op}")
    text = node.attr["description"].s or b"{}"
    return protos.SummaryDescription.FromString(protos.bytes_from_json(text, "SummaryDescription"))


def all_v2_summary_ops() -> list[Any]:
    """Return the operations that write summaries themselves, of which there are none here."""
    return []
