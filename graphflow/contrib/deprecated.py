"""`tf.contrib.deprecated`: summaries as they were before TensorFlow 1.0.

A tag is taken as it is: name scopes are not put before it, and it may be a tensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.op import Op
from graphflow.core.scopes import name_scope
from graphflow.summary.functions import collect, merge, merge_all


def scalar_summary(
    tags: Any, values: Any, collections: Sequence[str] | None = None, name: str | None = None
) -> Tensor:
    """Add a summary of numbers.

    Args:
      tags: string, what TensorBoard calls each of the numbers.
      values: real, of the shape of `tags`.
      collections: the collections of the summary, by default `GraphKeys.SUMMARIES`.
      name: the operation's name.

    Returns:
      string, a scalar: a serialized `Summary`.

    >>> import graphflow as tf
    >>> with tf.name_scope("train"):
    ...     both = tf.contrib.deprecated.scalar_summary(["loss", "rate"], [1.5, 0.25])
    >>> [value.tag for value in tf.Summary.FromString(tf.Session().run(both)).value]
    ['loss', 'rate']
    """
    return _summary(ops.ScalarSummary(), tags, [values], collections, name)


def histogram_summary(
    tag: Any, values: Any, collections: Sequence[str] | None = None, name: str | None = None
) -> Tensor:
    """Add a summary of how a tensor's elements are distributed.

    Args:
      tag: string, a scalar.
      values: real, of any shape.
      collections: see `scalar_summary`.
      name: the operation's name.

    Returns:
      string, a scalar: a serialized `Summary`.

    >>> import graphflow as tf
    >>> summary = tf.contrib.deprecated.histogram_summary("weights", [1.0, 2.0, 2.0])
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0].histo.num
    3.0
    """
    return _summary(ops.HistogramSummary(), tag, [values], collections, name)


def image_summary(
    tag: Any,
    tensor: Any,
    max_images: int = 3,
    collections: Sequence[str] | None = None,
    name: str | None = None,
) -> Tensor:
    """Add a summary of images; see `tf.summary.image`.

    Args:
      tag: string, a scalar; the images are called `tag/image/0` and so on.
      tensor: uint8 or floating [batch, height, width, channels].
      max_images: how many images at most.
      collections: see `scalar_summary`.
      name: the operation's name.

    Returns:
      string, a scalar: a serialized `Summary`.

    >>> import graphflow as tf
    >>> summary = tf.contrib.deprecated.image_summary("digit", tf.ones([2, 3, 4, 1]), max_images=1)
    >>> [value.tag for value in tf.Summary.FromString(tf.Session().run(summary)).value]
    ['digit/image']
    """
    return _summary(ops.ImageSummary(max_images), tag, [tensor], collections, name)


def audio_summary(
    tag: Any,
    tensor: Any,
    sample_rate: Any,
    max_outputs: int = 3,
    collections: Sequence[str] | None = None,
    name: str | None = None,
) -> Tensor:
    """Add a summary of sounds; see `tf.summary.audio`.

    Args:
      tag: string, a scalar; the sounds are called `tag/audio/0` and so on.
      tensor: float32 [batch, frames] or [batch, frames, channels], from -1 to 1.
      sample_rate: how many frames a second has, a float32 scalar.
      max_outputs: how many sounds at most.
      collections: see `scalar_summary`.
      name: the operation's name.

    Returns:
      string, a scalar: a serialized `Summary`.

    >>> import graphflow as tf
    >>> summary = tf.contrib.deprecated.audio_summary("noise", tf.zeros([1, 50]), 100.0)
    >>> tf.Summary.FromString(tf.Session().run(summary)).value[0].tag
    'noise/audio/0'
    """
    rate = convert_to_tensor(sample_rate, as_dtype("float32"), name="sample_rate")
    return _summary(ops.AudioSummaryV2(max_outputs), tag, [tensor, rate], collections, name)


def merge_summary(
    inputs: Sequence[Any], collections: Sequence[str] | None = None, name: str | None = None
) -> Tensor:
    """Add a summary of several summaries.

    Args:
      inputs: summaries, string tensors.
      collections: the collections of the result, by default none.
      name: the operation's name.

    Returns:
      string, a scalar: a serialized `Summary`.

    >>> import graphflow as tf
    >>> old = tf.contrib.deprecated
    >>> both = old.merge_summary([old.scalar_summary(tag, 2.5) for tag in ("a", "b")])
    >>> [value.tag for value in tf.Summary.FromString(tf.Session().run(both)).value]
    ['a', 'b']
    """
    return merge(inputs, collections, name)


def merge_all_summaries(key: str = GraphKeys.SUMMARIES) -> Tensor | None:
    """Add a summary of all summaries of a collection.

    Args:
      key: the collection.

    Returns:
      The summary, None if the collection is empty.

    >>> import graphflow as tf
    >>> tf.contrib.deprecated.merge_all_summaries() is None
    True
    """
    return merge_all(key)


def _summary(op: Op, tag: Any, inputs: list[Any], collections: Any, name: str | None) -> Tensor:
    default = type(op).__name__.removesuffix("V2")
    with name_scope(name, default, [tag, *inputs]) as scope:
        made = apply(op, tag, *map(convert_to_tensor, inputs), name=scope)
        return collect(made, collections, [GraphKeys.SUMMARIES])
