"""The net of Krizhevsky (2014), for one device."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import Scope, arg_scope
from graphflow.contrib.layers.convolution import conv2d
from graphflow.contrib.layers.fully_connected import fully_connected
from graphflow.contrib.layers.pooling import max_pool2d
from graphflow.contrib.layers.regularizers import l2_regularizer
from graphflow.contrib.slim.nets.heads import classified, image_size, with_end_points
from graphflow.core.graph import Tensor
from graphflow.variables.initializers import Constant, TruncatedNormal, Zeros
from graphflow.variables.scope import variable_scope


def alexnet_v2_arg_scope(weight_decay: float = 0.0005) -> Scope:
    """Return the arguments of layers for training this net.

    Args:
      weight_decay: the factor of the penalty of weights.
    """
    with (
        arg_scope(
            [conv2d, fully_connected],
            activation_fn=ops.relu,
            biases_initializer=Constant(0.1),
            weights_regularizer=l2_regularizer(weight_decay),
        ),
        arg_scope([conv2d], padding="SAME"),
        arg_scope([max_pool2d], padding="VALID") as scope,
    ):
        return scope


@image_size(224)
def alexnet_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "alexnet_v2",
) -> tuple[Tensor, dict[str, Any]]:
    """Make the net, with 8 layers.

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
    with variable_scope(scope, "alexnet_v2", [inputs]) as opened:
        collection = opened.name + "_end_points"
        with arg_scope([conv2d, fully_connected, max_pool2d], outputs_collections=[collection]):
            net = conv2d(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = max_pool2d(net, [3, 3], 2, scope="pool1")
            net = conv2d(net, 192, [5, 5], scope="conv2")
            net = max_pool2d(net, [3, 3], 2, scope="pool2")
            net = conv2d(net, 384, [3, 3], scope="conv3")
            net = conv2d(net, 384, [3, 3], scope="conv4")
            net = conv2d(net, 256, [3, 3], scope="conv5")
            net = max_pool2d(net, [3, 3], 2, scope="pool5")
            with arg_scope(
                [conv2d],
                weights_initializer=TruncatedNormal(0.0, 0.005),
                biases_initializer=Constant(0.1),
            ):
                net = classified(
                    net, 4096, 5, num_classes, is_training, dropout_keep_prob,
                    biases_initializer=Zeros(),
                )  # fmt: skip
            return with_end_points(net, collection, spatial_squeeze, opened.name + "/fc8")
