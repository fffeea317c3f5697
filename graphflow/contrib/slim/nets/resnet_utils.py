"""What residual nets share: blocks of units, their strides, and the arguments of layers.

A net with a wished *output stride* gets there by the strides of its first units; further ones keep
the size of the image and have filters with holes instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import Scope, add_arg_scope, arg_scope
from graphflow.contrib.layers.batch_norm import batch_norm
from graphflow.contrib.layers.convolution import conv2d
from graphflow.contrib.layers.initializers import variance_scaling_initializer
from graphflow.contrib.layers.pooling import max_pool2d
from graphflow.contrib.layers.regularizers import l2_regularizer
from graphflow.contrib.layers.utils import collect_named_outputs
from graphflow.core.graph import Tensor
from graphflow.variables.scope import variable_scope


class Block(NamedTuple):
    """A block of a residual net.

    Attributes:
      scope: its variable scope.
      unit_fn: makes a unit of inputs, `rate` and further arguments.
      args: the further arguments of each unit, dictionaries with "stride".
    """

    scope: str
    unit_fn: Callable[..., Tensor]
    args: Sequence[dict[str, Any]]


def subsample(inputs: Any, factor: int, scope: str | None = None) -> Any:
    """Keep each position whose row and column are multiples of a factor.

    Args:
      inputs: [batch, height, width, channels].
      factor: the factor.
      scope: name scope of the operations.

    Returns:
      The images, smaller by `factor`.
    """
    return inputs if factor == 1 else max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


def conv2d_same(
    inputs: Any, num_outputs: int, kernel_size: int, stride: int, rate: int = 1, scope: Any = None
) -> Tensor:
    """Convolve with padding that does not depend on the size of the images.

    The result is that of a convolution with stride 1 and padding "SAME", and `subsample`.

    Args:
      inputs: [batch, height, width, channels].
      num_outputs: the number of channels of the output.
      kernel_size: height and width of the filters.
      stride: the distance between windows.
      rate: the distance between neighbouring taps of the filters.
      scope: the variable scope.

    Returns:
      The images, smaller by `stride`.
    """
    if stride == 1:
        return conv2d(inputs, num_outputs, kernel_size, 1, rate=rate, padding="SAME", scope=scope)
    padding = kernel_size + (kernel_size - 1) * (rate - 1) - 1
    both = [padding // 2, padding - padding // 2]
    padded = ops.pad(inputs, [[0, 0], both, both, [0, 0]])
    return conv2d(padded, num_outputs, kernel_size, stride, rate=rate, padding="VALID", scope=scope)


@add_arg_scope
def stack_blocks_dense(
    net: Any,
    blocks: Sequence[Block],
    output_stride: int | None = None,
    outputs_collections: Any = None,
) -> Any:
    """Stack the blocks of a residual net.

    Args:
      net: [batch, height, width, channels].
      blocks: the blocks.
      output_stride: by how much smaller the output is; None for what the strides of units give.
      outputs_collections: collections for the output of each block.

    Returns:
      The output of the last block.

    Raises:
      ValueError: the strides of units cannot give `output_stride`.
    """
    stride = rate = 1
    for block in blocks:
        with variable_scope(block.scope, "block", [net]) as opened:
            for index, unit in enumerate(block.args, start=1):
                if output_stride is not None and stride > output_stride:
                    raise ValueError(f"the strides of the units do not give {output_stride}")
                with variable_scope(f"unit_{index}", values=[net]):
                    if stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **{**unit, "stride": 1})
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        stride *= unit.get("stride", 1)
            net = collect_named_outputs(outputs_collections, opened.name, net)
    if output_stride is not None and stride != output_stride:
        raise ValueError(f"the strides of the units give {stride}, not {output_stride}")
    return net


def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> Scope:
    """Return the arguments of layers for training residual nets.

    Args:
      weight_decay: the factor of the penalty of weights.
      batch_norm_decay: `decay` of batch normalization.
      batch_norm_epsilon: `epsilon` of batch normalization.
      batch_norm_scale: `scale` of batch normalization.
    """
    normalization = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "scale": batch_norm_scale,
    }
    with (
        arg_scope(
            [conv2d],
            weights_regularizer=l2_regularizer(weight_decay),
            weights_initializer=variance_scaling_initializer(),
            activation_fn=ops.relu,
            normalizer_fn=batch_norm,
            normalizer_params=normalization,
        ),
        arg_scope([batch_norm], **normalization),
        arg_scope([max_pool2d], padding="SAME") as scope,
    ):
        return scope


def root_stride(output_stride: int | None, root: int) -> int | None:
    """Return the stride that is left for the blocks after the root of a net.

    Args:
      output_stride: the wished stride; None for any.
      root: the stride of the root.

    Raises:
      ValueError: it is no multiple of that.
    """
    if output_stride is None:
        return None
    if output_stride % root:
        raise ValueError(f"output_stride must be a multiple of {root}, not {output_stride}")
    return output_stride // root
