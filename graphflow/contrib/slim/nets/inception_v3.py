"""The net of Szegedy et al. (2015), whose filters are split into rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from graphflow.core.keys import GraphKeys
from graphflow.variables.initializers import TruncatedNormal
from graphflow.variables.scope import variable_scope

EndPoints = dict[str, Any]


class _Conv(NamedTuple):
    """A convolution; with a stride of 2 it has no padding."""

    name: str
    width: int
    kernel: tuple[int, int]
    stride: int = 1


class _Fork(NamedTuple):
    """Two convolutions of the same inputs, side by side."""

    left: _Conv
    right: _Conv


Step = Any  # a _Conv, a _Fork, or the name of a pooling


def _point(name: str, width: int) -> _Conv:
    return _Conv(name, width, (1, 1))


def _branch(*convolutions: tuple[str, int]) -> list[_Conv]:
    """Convolutions whose names end in the size of their filters."""
    return [_Conv(name, width, (int(name[-3]), int(name[-1]))) for name, width in convolutions]


def _pooled(width: int) -> list[Step]:
    return ["AvgPool_0a_3x3", _point("Conv2d_0b_1x1", width)]


def _mixed_5(pooled: int, middle: tuple[str, str]) -> list[list[Step]]:
    first, second = middle
    return [
        _branch(("Conv2d_0a_1x1", 64)),
        _branch((first, 48), (second, 64)),
        _branch(("Conv2d_0a_1x1", 64), ("Conv2d_0b_3x3", 96), ("Conv2d_0c_3x3", 96)),
        _pooled(pooled),
    ]


def _mixed_6(width: int) -> list[list[Step]]:
    return [
        _branch(("Conv2d_0a_1x1", 192)),
        _branch(("Conv2d_0a_1x1", width), ("Conv2d_0b_1x7", width), ("Conv2d_0c_7x1", 192)),
        _branch(
            ("Conv2d_0a_1x1", width), ("Conv2d_0b_7x1", width), ("Conv2d_0c_1x7", width),
            ("Conv2d_0d_7x1", width), ("Conv2d_0e_1x7", 192),
        ),
        _pooled(192),
    ]  # fmt: skip


def _mixed_7(second: str) -> list[list[Step]]:
    rows, columns = (1, 3), (3, 1)
    return [
        _branch(("Conv2d_0a_1x1", 320)),
        [
            _point("Conv2d_0a_1x1", 384),
            _Fork(_Conv("Conv2d_0b_1x3", 384, rows), _Conv(second, 384, columns)),
        ],
        [
            *_branch(("Conv2d_0a_1x1", 448), ("Conv2d_0b_3x3", 384)),
            _Fork(_Conv("Conv2d_0c_1x3", 384, rows), _Conv("Conv2d_0d_3x1", 384, columns)),
        ],
        _pooled(192),
    ]


_STEM: list[Step] = [
    _Conv("Conv2d_1a_3x3", 32, (3, 3), 2),
    _Conv("Conv2d_2a_3x3", 32, (3, 3)),
    _Conv("Conv2d_2b_3x3", 64, (3, 3)),
    "MaxPool_3a_3x3",
    _Conv("Conv2d_3b_1x1", 80, (1, 1)),
    _Conv("Conv2d_4a_3x3", 192, (3, 3)),
    "MaxPool_5a_3x3",
]
# Some names are not those of the others, also in all checkpoints.
_MIXED: dict[str, list[list[Step]]] = {
    "Mixed_5b": _mixed_5(32, ("Conv2d_0a_1x1", "Conv2d_0b_5x5")),
    "Mixed_5c": _mixed_5(64, ("Conv2d_0b_1x1", "Conv_1_0c_5x5")),
    "Mixed_5d": _mixed_5(64, ("Conv2d_0a_1x1", "Conv2d_0b_5x5")),
    "Mixed_6a": [
        [_Conv("Conv2d_1a_1x1", 384, (3, 3), 2)],
        [
            *_branch(("Conv2d_0a_1x1", 64), ("Conv2d_0b_3x3", 96)),
            _Conv("Conv2d_1a_1x1", 96, (3, 3), 2),
        ],
        ["MaxPool_1a_3x3"],
    ],
    "Mixed_6b": _mixed_6(128),
    "Mixed_6c": _mixed_6(160),
    "Mixed_6d": _mixed_6(160),
    "Mixed_6e": _mixed_6(192),
    "Mixed_7a": [
        [_point("Conv2d_0a_1x1", 192), _Conv("Conv2d_1a_3x3", 320, (3, 3), 2)],
        [
            *_branch(("Conv2d_0a_1x1", 192), ("Conv2d_0b_1x7", 192), ("Conv2d_0c_7x1", 192)),
            _Conv("Conv2d_1a_3x3", 192, (3, 3), 2),
        ],
        ["MaxPool_1a_3x3"],
    ],
    "Mixed_7b": _mixed_7("Conv2d_0b_3x1"),
    "Mixed_7c": _mixed_7("Conv2d_0c_3x1"),
}


class _Builder(NamedTuple):
    """Makes layers whose numbers of channels are scaled."""

    min_depth: int
    depth_multiplier: float

    def depth(self, width: int) -> int:
        """Return a scaled number of channels."""
        return max(int(width * self.depth_multiplier), self.min_depth)

    def step(self, net: Any, step: Step, padding: str = "SAME") -> Any:
        """Make a layer."""
        if isinstance(step, _Fork):
            return ops.concat([self.step(net, step.left), self.step(net, step.right)], 3)
        if isinstance(step, _Conv):
            return conv2d(
                net, self.depth(step.width), list(step.kernel), stride=step.stride,
                padding=padding if step.stride == 1 else "VALID", scope=step.name,
            )  # fmt: skip
        if step.startswith("AvgPool"):
            return avg_pool2d(net, [3, 3], stride=1, padding="SAME", scope=step)
        return max_pool2d(net, [3, 3], stride=2, padding="VALID", scope=step)

    def mixed(self, net: Any, name: str) -> Any:
        """Make a layer of several branches."""
        outputs = []
        with variable_scope(name):
            for index, steps in enumerate(_MIXED[name]):
                branch = net
                with variable_scope(f"Branch_{index}"):
                    for step in steps:
                        branch = self.step(branch, step)
                outputs.append(branch)
            return ops.concat(outputs, 3)


def inception_v3_base(
    inputs: Any,
    final_endpoint: str = "Mixed_7c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> tuple[Tensor, EndPoints]:
    """Make the net up to one of its layers.

    Args:
      inputs: float [batch, height, width, channels].
      final_endpoint: the name of the last layer to make, such as "Mixed_6e".
      min_depth: the least number of channels of a layer.
      depth_multiplier: the factor of all numbers of channels.
      scope: the variable scope, "InceptionV3" by default.

    Returns:
      The output of that layer, and the outputs of all layers by name.

    Raises:
      ValueError: there is no such layer, or the factor is not positive.
    """
    if depth_multiplier <= 0:
        raise ValueError(f"depth_multiplier must be positive, not {depth_multiplier}")
    names = [step if isinstance(step, str) else step.name for step in _STEM]
    if final_endpoint not in [*names, *_MIXED]:
        raise ValueError(f"the net has no layer {final_endpoint!r}")
    builder = _Builder(min_depth, depth_multiplier)
    end_points: EndPoints = {}
    net: Any = inputs
    with (
        variable_scope(scope, "InceptionV3", [inputs]),
        arg_scope([conv2d, max_pool2d, avg_pool2d], stride=1, padding="VALID"),
    ):
        for name, step in zip(names, _STEM, strict=True):
            padding = "SAME" if name == "Conv2d_2b_3x3" else "VALID"
            net = end_points[name] = builder.step(net, step, padding)
            if name == final_endpoint:
                return net, end_points
        for name in _MIXED:
            net = end_points[name] = builder.mixed(net, name)
            if name == final_endpoint:
                break
    return net, end_points


@image_size(299)
def inception_v3(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Callable[..., Any] = softmax,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV3",
) -> tuple[Tensor, EndPoints]:
    """Make the net, with further logits in its middle for training.

    Args:
      inputs: float [batch, 299, 299, channels].
      num_classes: the number of classes.
      is_training: whether to drop channels, and to normalize by the moments of the batch.
      dropout_keep_prob: the probability with which a channel is kept.
      min_depth: the least number of channels of a layer.
      depth_multiplier: the factor of all numbers of channels.
      prediction_fn: turns logits into predictions.
      spatial_squeeze: whether to remove height and width from the logits.
      reuse: whether to share the variables of a former net of that scope.
      scope: the variable scope.

    Returns:
      The logits, and the outputs of layers by name; "AuxLogits" are those of the middle.

    Raises:
      ValueError: the factor is not positive.
    """
    with (
        variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as opened,
        arg_scope([batch_norm, dropout], is_training=is_training),
    ):
        net: Any
        net, end_points = inception_v3_base(
            inputs, min_depth=min_depth, depth_multiplier=depth_multiplier, scope=opened
        )
        builder = _Builder(min_depth, depth_multiplier)
        end_points["AuxLogits"] = _auxiliary(
            end_points["Mixed_6e"], builder, num_classes, spatial_squeeze
        )
        with variable_scope("Logits"):
            size = _fitted(net, [8, 8])
            name = f"AvgPool_1a_{size[0]}x{size[1]}"
            net = avg_pool2d(net, size, padding="VALID", scope=name)
            net = dropout(net, dropout_keep_prob, scope="Dropout_1b")
            end_points["PreLogits"] = net
            logits: Any = conv2d(
                net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None,
                scope="Conv2d_1c_1x1",
            )  # fmt: skip
            if spatial_squeeze:
                logits = ops.squeeze(logits, [1, 2], name="SpatialSqueeze")
            end_points["Logits"] = logits
        end_points["Predictions"] = prediction_fn(logits, scope="Predictions")
    return logits, end_points


def _auxiliary(net: Any, builder: _Builder, num_classes: int, squeezes: bool) -> Any:
    with (
        arg_scope([conv2d, max_pool2d, avg_pool2d], stride=1, padding="SAME"),
        variable_scope("AuxLogits"),
    ):
        net = avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = conv2d(net, builder.depth(128), [1, 1], scope="Conv2d_1b_1x1")
        size = _fitted(net, [5, 5])
        net = conv2d(
            net, builder.depth(768), size, weights_initializer=TruncatedNormal(0.0, 0.01),
            padding="VALID", scope=f"Conv2d_2a_{size[0]}x{size[1]}",
        )  # fmt: skip
        logits = conv2d(
            net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None,
            weights_initializer=TruncatedNormal(0.0, 0.001), scope="Conv2d_2b_1x1",
        )  # fmt: skip
        return ops.squeeze(logits, [1, 2], name="SpatialSqueeze") if squeezes else logits


def _fitted(net: Tensor, size: Sequence[int]) -> list[int]:
    """A size of windows that is not larger than the images."""
    found = net.shape.as_list()[1:3]
    return [
        wanted if actual is None else min(actual, wanted)
        for actual, wanted in zip(found, size, strict=True)
    ]


def inception_v3_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_var_collection: str = "moving_vars",
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    use_fused_batchnorm: bool = True,
) -> Scope:
    """Return the arguments of layers for training this net.

    Args:
      weight_decay: the factor of the penalty of weights.
      batch_norm_var_collection: the collection of moving averages.
      batch_norm_decay: `decay` of batch normalization.
      batch_norm_epsilon: `epsilon` of batch normalization.
      updates_collections: `updates_collections` of batch normalization.
      use_fused_batchnorm: `fused` of batch normalization.
    """
    params: dict[str, Any] = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "updates_collections": updates_collections,
        "fused": use_fused_batchnorm,
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
            normalizer_fn=batch_norm,
            normalizer_params=params,
        ) as scope,
    ):
        return scope
