"""The net of Szegedy et al. (2014), whose layers look at several scales at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import Scope, arg_scope
from graphflow.contrib.layers.batch_norm import batch_norm
from graphflow.contrib.layers.convolution import conv2d
from graphflow.contrib.layers.fully_connected import fully_connected
from graphflow.contrib.layers.initializers import variance_scaling_initializer
from graphflow.contrib.layers.pooling import avg_pool2d, max_pool2d
from graphflow.contrib.layers.regularizers import l2_regularizer
from graphflow.contrib.layers.shapes import dropout, softmax
from graphflow.contrib.slim.nets.heads import image_size
from graphflow.core.graph import Tensor
from graphflow.variables.initializers import TruncatedNormal
from graphflow.variables.scope import variable_scope

EndPoints = dict[str, Any]


class _Mixed(NamedTuple):
    """The numbers of channels of the four branches of a layer."""

    point: int
    narrow: tuple[int, int]
    wide: tuple[int, int]
    pooled: int


_LAYERS: list[tuple[str, Any]] = [
    ("Conv2d_1a_7x7", (64, 7, 2)),
    ("MaxPool_2a_3x3", (3, 2)),
    ("Conv2d_2b_1x1", (64, 1, 1)),
    ("Conv2d_2c_3x3", (192, 3, 1)),
    ("MaxPool_3a_3x3", (3, 2)),
    ("Mixed_3b", _Mixed(64, (96, 128), (16, 32), 32)),
    ("Mixed_3c", _Mixed(128, (128, 192), (32, 96), 64)),
    ("MaxPool_4a_3x3", (3, 2)),
    ("Mixed_4b", _Mixed(192, (96, 208), (16, 48), 64)),
    ("Mixed_4c", _Mixed(160, (112, 224), (24, 64), 64)),
    ("Mixed_4d", _Mixed(128, (128, 256), (24, 64), 64)),
    ("Mixed_4e", _Mixed(112, (144, 288), (32, 64), 64)),
    ("Mixed_4f", _Mixed(256, (160, 320), (32, 128), 128)),
    ("MaxPool_5a_2x2", (2, 2)),
    ("Mixed_5b", _Mixed(256, (160, 320), (32, 128), 128)),
    ("Mixed_5c", _Mixed(384, (192, 384), (48, 128), 128)),
]


def inception_v1_base(
    inputs: Any, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> tuple[Tensor, EndPoints]:
    """Make the net up to one of its layers.

    Args:
      inputs: float [batch, height, width, channels].
      final_endpoint: the name of the last layer to make, such as "Mixed_4b".
      scope: the variable scope.

    Returns:
      The output of that layer, and the outputs of all layers by name.

    Raises:
      ValueError: there is no such layer.
    """
    if final_endpoint not in dict(_LAYERS):
        raise ValueError(f"the net has no layer {final_endpoint!r}")
    end_points: EndPoints = {}
    net = inputs
    with (
        variable_scope(scope, "InceptionV1", [inputs]),
        arg_scope([conv2d, fully_connected], weights_initializer=TruncatedNormal(0.0, 0.01)),
        arg_scope([conv2d, max_pool2d], stride=1, padding="SAME"),
    ):
        for name, sizes in _LAYERS:
            net = end_points[name] = _layer(net, name, sizes)
            if name == final_endpoint:
                break
    return net, end_points


def _layer(net: Any, name: str, sizes: Any) -> Any:
    if isinstance(sizes, _Mixed):
        return _mixed(net, name, sizes)
    if name.startswith("MaxPool"):
        size, stride = sizes
        return max_pool2d(net, [size, size], stride=stride, scope=name)
    width, size, stride = sizes
    return conv2d(net, width, [size, size], stride=stride, scope=name)


def _mixed(net: Any, name: str, sizes: _Mixed) -> Any:
    # One convolution has another letter in its name than the others, also in all checkpoints.
    wide = "Conv2d_0a_3x3" if name == "Mixed_5b" else "Conv2d_0b_3x3"
    with variable_scope(name):
        with variable_scope("Branch_0"):
            branches = [conv2d(net, sizes.point, [1, 1], scope="Conv2d_0a_1x1")]
        with variable_scope("Branch_1"):
            branch = conv2d(net, sizes.narrow[0], [1, 1], scope="Conv2d_0a_1x1")
            branches.append(conv2d(branch, sizes.narrow[1], [3, 3], scope="Conv2d_0b_3x3"))
        with variable_scope("Branch_2"):
            branch = conv2d(net, sizes.wide[0], [1, 1], scope="Conv2d_0a_1x1")
            branches.append(conv2d(branch, sizes.wide[1], [3, 3], scope=wide))
        with variable_scope("Branch_3"):
            branch = max_pool2d(net, [3, 3], scope="MaxPool_0a_3x3")
            branches.append(conv2d(branch, sizes.pooled, [1, 1], scope="Conv2d_0b_1x1"))
        return ops.concat(branches, 3)


@image_size(224)
def inception_v1(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    prediction_fn: Callable[..., Any] = softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
) -> tuple[Tensor, EndPoints]:
    """Make the net.

    Args:
      inputs: float [batch, 224, 224, channels].
      num_classes: the number of classes.
      is_training: whether to drop channels, and to normalize by the moments of the batch.
      dropout_keep_prob: the probability with which a channel is kept.
      prediction_fn: turns logits into predictions.
      spatial_squeeze: whether to remove height and width from the logits.
      reuse: whether to share the variables of a former net of that scope.
      scope: the variable scope.

    Returns:
      The logits, and the outputs of layers by name.
    """
    with (
        variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as opened,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net: Any
        net, end_points = inception_v1_base(inputs, scope=opened)
        with variable_scope("Logits"):
            net = avg_pool2d(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
            net = dropout(net, dropout_keep_prob, scope="Dropout_0b")
            logits: Any = conv2d(
                net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None,
                scope="Conv2d_0c_1x1",
            )  # fmt: skip
            if spatial_squeeze:
                logits = ops.squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
            end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
        return logits, end_points


def inception_v1_arg_scope(
    weight_decay: float = 0.00004,
    use_batch_norm: bool = True,
    batch_norm_var_collection: str = "moving_vars",
) -> Scope:
    """Return the arguments of layers for training this net.

    Args:
      weight_decay: the factor of the penalty of weights.
      use_batch_norm: whether to normalize after each convolution.
      batch_norm_var_collection: the collection of moving averages.
    """
    params: dict[str, Any] = {
        "decay": 0.9997,
        "epsilon": 0.001,
        "updates_collections": "update_ops",
        "variables_collections": {
            "beta": None,
            "gamma": None,
            "moving_mean": [batch_norm_var_collection],
            "moving_variance": [batch_norm_var_collection],
        },
    }
    with (
        arg_scope([conv2d, fully_connected], weights_regularizer=l2_regularizer(weight_decay)),
        arg_scope(
            [conv2d],
            weights_initializer=variance_scaling_initializer(),
            activation_fn=ops.relu,
            normalizer_fn=batch_norm if use_batch_norm else None,
            normalizer_params=params if use_batch_norm else {},
        ) as scope,
    ):
        return scope
