"""The nets of Simonyan and Zisserman (2014): stacks of convolutions with filters of 3 by 3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import Scope, arg_scope
from graphflow.contrib.layers.convolution import conv2d
from graphflow.contrib.layers.fully_connected import fully_connected
from graphflow.contrib.layers.pooling import max_pool2d
from graphflow.contrib.layers.regularizers import l2_regularizer
from graphflow.contrib.layers.shapes import repeat
from graphflow.contrib.slim.nets.heads import classified, image_size, with_end_points
from graphflow.core.graph import Tensor
from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import variable_scope

EndPoints = dict[str, Any]


def vgg_arg_scope(weight_decay: float = 0.0005) -> Scope:
    """Return the arguments of layers for training these nets.

    Args:
      weight_decay: the factor of the penalty of weights.
    """
    with (
        arg_scope(
            [conv2d, fully_connected],
            activation_fn=ops.relu,
            weights_regularizer=l2_regularizer(weight_decay),
            biases_initializer=Zeros(),
        ),
        arg_scope([conv2d], padding="SAME") as scope,
    ):
        return scope


@image_size(224)
def vgg_a(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_a",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 11 layers.

    Args:
      inputs: float [batch, height, width, channels].
      num_classes: the number of classes.
      is_training: whether to drop channels.
      dropout_keep_prob: the probability with which one is kept.
      spatial_squeeze: whether to remove height and width from the logits; False for larger images.
      scope: the variable scope.

    Returns:
      The logits, [batch, num_classes] or with height and width; and the outputs of layers by name.
    """
    return _vgg(
        (1, 1, 2, 2, 2), "vgg_a", inputs, num_classes, is_training, dropout_keep_prob,
        spatial_squeeze, scope,
    )  # fmt: skip


@image_size(224)
def vgg_16(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_16",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 16 layers.

    Args:
      inputs: float [batch, height, width, channels].
      num_classes: the number of classes.
      is_training: whether to drop channels.
      dropout_keep_prob: the probability with which one is kept.
      spatial_squeeze: whether to remove height and width from the logits; False for larger images.
      scope: the variable scope.

    Returns:
      The logits, [batch, num_classes] or with height and width; and the outputs of layers by name.
    """
    return _vgg(
        (2, 2, 3, 3, 3), "vgg_16", inputs, num_classes, is_training, dropout_keep_prob,
        spatial_squeeze, scope,
    )  # fmt: skip


@image_size(224)
def vgg_19(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_19",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 19 layers.

    Args:
      inputs: float [batch, height, width, channels].
      num_classes: the number of classes.
      is_training: whether to drop channels.
      dropout_keep_prob: the probability with which one is kept.
      spatial_squeeze: whether to remove height and width from the logits; False for larger images.
      scope: the variable scope.

    Returns:
      The logits, [batch, num_classes] or with height and width; and the outputs of layers by name.
    """
    return _vgg(
        (2, 2, 4, 4, 4), "vgg_19", inputs, num_classes, is_training, dropout_keep_prob,
        spatial_squeeze, scope,
    )  # fmt: skip


def _vgg(
    repetitions: Sequence[int],
    default_name: str,
    inputs: Any,
    num_classes: int,
    is_training: Any,
    keep_prob: float,
    squeezes: bool,
    scope: Any,
) -> tuple[Tensor, EndPoints]:
    with variable_scope(scope, default_name, [inputs]) as opened:
        collection = opened.name + "_end_points"
        with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=collection):
            net = inputs
            widths = (64, 128, 256, 512, 512)
            for index, (count, width) in enumerate(zip(repetitions, widths, strict=True), 1):
                net = repeat(net, count, conv2d, width, [3, 3], scope=f"conv{index}")
                net = max_pool2d(net, [2, 2], scope=f"pool{index}")
            net = classified(net, 4096, 7, num_classes, is_training, keep_prob)
            return with_end_points(net, collection, squeezes, opened.name + "/fc8")


vgg_d = vgg_16
vgg_e = vgg_19
