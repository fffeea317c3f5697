"""Residual nets with batch normalization in front of each convolution (He et al., 2016)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope, arg_scope
from graphflow.contrib.layers.batch_norm import batch_norm
from graphflow.contrib.layers.convolution import conv2d
from graphflow.contrib.layers.pooling import max_pool2d
from graphflow.contrib.layers.shapes import softmax
from graphflow.contrib.layers.utils import (
    collect_named_outputs,
    convert_collection_to_dict,
    last_dimension,
)
from graphflow.contrib.slim.nets.heads import image_size
from graphflow.contrib.slim.nets.resnet_utils import (
    Block,
    conv2d_same,
    resnet_arg_scope as resnet_arg_scope,
    root_stride,
    stack_blocks_dense,
    subsample,
)
from graphflow.core.graph import Tensor
from graphflow.variables.scope import variable_scope

EndPoints = dict[str, Any]


@add_arg_scope
def bottleneck(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Tensor:
    """Make a unit of three convolutions, the middle one with fewer channels, and a shortcut.

    Args:
      inputs: [batch, height, width, channels].
      depth: the number of channels of the output.
      depth_bottleneck: the number of channels of the first two convolutions.
      stride: by how much the output is smaller.
      rate: the distance between neighbouring taps of the filters.
      outputs_collections: collections for the output.
      scope: the variable scope, "bottleneck_v2" by default.

    Returns:
      [batch, height, width, depth].
    """
    with variable_scope(scope, "bottleneck_v2", [inputs]) as opened:
        depth_in = last_dimension(inputs.shape, min_rank=4)
        preact = batch_norm(inputs, activation_fn=ops.relu, scope="preact")
        if depth == depth_in:
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = conv2d(
                preact, depth, [1, 1], stride=stride, normalizer_fn=None, activation_fn=None,
                scope="shortcut",
            )  # fmt: skip
        residual: Any = conv2d(preact, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = conv2d(
            residual, depth, [1, 1], stride=1, normalizer_fn=None, activation_fn=None,
            scope="conv3",
        )  # fmt: skip
        output = shortcut + residual
        return collect_named_outputs(outputs_collections, opened.name, output)  # type: ignore[no-any-return]


def resnet_v2(
    inputs: Any,
    blocks: Sequence[Block],
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
) -> tuple[Tensor, EndPoints]:
    """Make a net out of blocks.

    Args:
      inputs: float [batch, height, width, channels].
      blocks: the blocks.
      num_classes: the number of classes; None to return features.
      is_training: whether batch normalization uses the moments of the batch.
      global_pool: whether to take the mean over all positions.
      output_stride: by how much smaller the features are than the images; None for what the
        strides of units give.
      include_root_block: whether to begin with a convolution and pooling.
      reuse: whether to share the variables of a former net of that scope.
      scope: the variable scope, "resnet_v2" by default.

    Returns:
      Features or logits as images, and the outputs of layers by name.

    Raises:
      ValueError: the strides of units cannot give `output_stride`.
    """
    with variable_scope(scope, "resnet_v2", [inputs], reuse=reuse) as opened:
        collection = opened.original_name_scope + "_end_points"
        with (
            arg_scope([conv2d, bottleneck, stack_blocks_dense], outputs_collections=collection),
            arg_scope([batch_norm], is_training=is_training),
        ):
            net = _features(inputs, blocks, output_stride, include_root_block)
            if global_pool:
                net = ops.reduce_mean(net, [1, 2], name="pool5", keepdims=True)
            if num_classes is None:
                return net, convert_collection_to_dict(collection)
            net = conv2d(
                net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits"
            )
            end_points = convert_collection_to_dict(collection)
            end_points["predictions"] = softmax(net, scope="predictions")
            return net, end_points


def _features(
    inputs: Any, blocks: Sequence[Block], output_stride: int | None, has_root: bool
) -> Any:
    net = inputs
    if has_root:
        output_stride = root_stride(output_stride, 4)
        # The first unit begins with normalization and activation.
        with arg_scope([conv2d], activation_fn=None, normalizer_fn=None):
            net = conv2d_same(net, 64, 7, stride=2, scope="conv1")
        net = max_pool2d(net, [3, 3], stride=2, scope="pool1")
    net = stack_blocks_dense(net, blocks, output_stride)
    net = batch_norm(net, activation_fn=ops.relu, scope="postnorm")
    return net


def resnet_v2_block(scope: str, base_depth: int, num_units: int, stride: int) -> Block:
    """Return a block whose last unit has a stride.

    Args:
      scope: the variable scope.
      base_depth: the number of channels within units; they have four times as many at their end.
      num_units: the number of units.
      stride: the stride of the last unit.
    """
    unit = {"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": 1}
    return Block(scope, bottleneck, [unit] * (num_units - 1) + [{**unit, "stride": stride}])


def _resnet(
    units: Sequence[int],
    inputs: Any,
    num_classes: int | None,
    is_training: Any,
    global_pool: bool,
    output_stride: int | None,
    reuse: Any,
    scope: Any,
) -> tuple[Tensor, EndPoints]:
    """A net of four blocks with so many units; all blocks but the last halve the size."""
    blocks = [
        resnet_v2_block(f"block{index + 1}", 64 * 2**index, count, stride=1 if index == 3 else 2)
        for index, count in enumerate(units)
    ]
    return resnet_v2(
        inputs, blocks, num_classes, is_training, global_pool, output_stride, True, reuse, scope
    )


@image_size(224)
def resnet_v2_50(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v2_50",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 50 layers; see `resnet_v2` for the arguments."""
    return _resnet(
        (3, 4, 6, 3), inputs, num_classes, is_training, global_pool, output_stride, reuse, scope
    )


@image_size(224)
def resnet_v2_101(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v2_101",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 101 layers; see `resnet_v2` for the arguments."""
    return _resnet(
        (3, 4, 23, 3), inputs, num_classes, is_training, global_pool, output_stride, reuse, scope
    )


@image_size(224)
def resnet_v2_152(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v2_152",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 152 layers; see `resnet_v2` for the arguments."""
    return _resnet(
        (3, 8, 36, 3), inputs, num_classes, is_training, global_pool, output_stride, reuse, scope
    )


@image_size(224)
def resnet_v2_200(
    inputs: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    reuse: Any = None,
    scope: Any = "resnet_v2_200",
) -> tuple[Tensor, EndPoints]:
    """Make the net with 200 layers; see `resnet_v2` for the arguments."""
    return _resnet(
        (3, 24, 36, 3), inputs, num_classes, is_training, global_pool, output_stride, reuse, scope
    )
