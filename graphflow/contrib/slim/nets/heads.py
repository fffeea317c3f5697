"""What convolutional classifiers share: how they end, and how their end points are collected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.layers.convolution import conv2d
from graphflow.contrib.layers.shapes import dropout
from graphflow.contrib.layers.utils import convert_collection_to_dict
from graphflow.core.graph import Tensor


def image_size(size: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that notes the size of images that a net is made for.

    Args:
      size: height and width, which become the attribute `default_image_size`.
    """

    def note(net: Callable[..., Any]) -> Callable[..., Any]:
        net.default_image_size = size  # type: ignore[attr-defined]
        return net

    return note


def classified(
    net: Tensor,
    width: int,
    kernel: int,
    num_classes: int,
    is_training: Any,
    keep_prob: float,
    first_width: int | None = None,
    **last: Any,
) -> Tensor:
    """Add three fully connected layers, written as convolutions: `fc6`, `fc7` and `fc8`.

    Args:
      net: [batch, height, width, channels].
      width: the number of channels of the first two.
      kernel: height and width of the first one's filters.
      num_classes: the number of channels of the last one.
      is_training: whether to drop channels.
      keep_prob: the probability with which one is kept.
      first_width: another number of channels for the first one.
      **last: further arguments of the last one.
    """
    net = conv2d(net, first_width or width, [kernel, kernel], padding="VALID", scope="fc6")
    net = dropout(net, keep_prob, is_training=is_training, scope="dropout6")
    net = conv2d(net, width, [1, 1], scope="fc7")
    net = dropout(net, keep_prob, is_training=is_training, scope="dropout7")
    return conv2d(
        net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8", **last
    )


def with_end_points(
    net: Tensor, collection: str, squeezes: bool, name: str
) -> tuple[Tensor, dict[str, Any]]:
    """Return the logits, and the end points of a net by name.

    Args:
      net: the logits as images.
      collection: the collection of end points.
      squeezes: whether to remove height and width, which are 1.
      name: the name of the last layer.
    """
    end_points = convert_collection_to_dict(collection)
    if squeezes:
        net = ops.squeeze(net, [1, 2], name="fc8/squeezed")
        end_points[name] = net
    return net, end_points
