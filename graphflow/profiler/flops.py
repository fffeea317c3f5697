"""How many float operations an operation takes, as TensorFlow counts them.

A multiplication and an addition count as two.  Ops that are not named here count nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from graphflow.core.graph import Operation, Tensor

Shape = tuple[int, ...]
ShapeOf = Callable[[Tensor], Shape]


class UnknownShape(Exception):
    """A shape that the count needs is not known."""


# How much each element of the output takes.
_FOR_EACH_OUTPUT: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "Add", "AddV2", "Sub", "Mul", "RealDiv", "Maximum", "Minimum", "Pow", "Greater",
            "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual",
        ),
        1,
    ),
    "SquaredDifference": 2,
    "RsqrtGrad": 4,
}  # fmt: skip
# How much each element of the first input takes.
_FOR_EACH_INPUT: Mapping[str, int] = {
    **dict.fromkeys(("Reciprocal", "Square", "Log", "Neg", "AssignSub", "AssignAdd", "BiasAdd"), 1),
    "Rsqrt": 2,
    "Softmax": 5,
}
# Sums: of n elements they take n - 1.
_REDUCTIONS = frozenset({"Sum", "ArgMax", "ArgMin", "BiasAddGrad"})


def float_operations(operation: Operation, shape_of: ShapeOf) -> int:
    """Return how many float operations an operation takes.

    Args:
      operation: the operation.
      shape_of: a function from a tensor to its shape.

    Raises:
      UnknownShape: `shape_of` raises it.

    >>> import graphflow as tf
    >>> product = tf.matmul(tf.zeros([3, 5]), tf.zeros([5, 2]))
    >>> float_operations(product.op, lambda tensor: tensor.shape.as_tuple())
    60
    """
    op_type = operation.type
    if op_type in _FOR_EACH_OUTPUT:
        return _FOR_EACH_OUTPUT[op_type] * math.prod(shape_of(operation.outputs[0]))
    if op_type in _FOR_EACH_INPUT:
        return _FOR_EACH_INPUT[op_type] * math.prod(shape_of(operation.inputs[0]))
    if op_type in _REDUCTIONS:
        before = math.prod(shape_of(operation.inputs[0]))
        return before - math.prod(shape_of(operation.outputs[0]))
    count = _OTHERS.get(op_type)
    return 0 if count is None else count(operation, shape_of)


def _mean(operation: Operation, shape_of: ShapeOf) -> int:
    return math.prod(shape_of(operation.inputs[0]))  # the sum, and a division for each result


def _l2_loss(operation: Operation, shape_of: ShapeOf) -> int:
    return 3 * math.prod(shape_of(operation.inputs[0])) - 1


def _add_n(operation: Operation, shape_of: ShapeOf) -> int:
    return (len(operation.inputs) - 1) * math.prod(shape_of(operation.inputs[0]))


def _matmul(operation: Operation, shape_of: ShapeOf) -> int:
    """A product of matrices, or of batches of them."""
    transposed = any(_attr(operation, name) for name in ("transpose_a", "adj_x"))
    axis = -2 if transposed else -1
    # The graph may know this one size where it does not know how many rows there are.
    dims = operation.inputs[0].shape.as_tuple()
    inner = dims[axis] if dims else None
    if inner is None:
        inner = shape_of(operation.inputs[0])[axis]
    return 2 * inner * math.prod(shape_of(operation.outputs[0]))


def _attr(operation: Operation, name: str) -> Any:
    return operation.attributes().get(name)


def _convolution(operation: Operation, shape_of: ShapeOf) -> int:
    window = shape_of(operation.inputs[1])[:-1]  # sizes in space, and of the channels
    return 2 * math.prod(window) * math.prod(shape_of(operation.outputs[0]))


def _depthwise(operation: Operation, shape_of: ShapeOf) -> int:
    window = shape_of(operation.inputs[1])[:2]
    return 2 * math.prod(window) * math.prod(shape_of(operation.outputs[0]))


def _convolution_backwards(image: Shape, kernel: Shape, operation: Operation) -> int:
    channels, steps = _channels_last(operation, image)
    return 2 * math.prod(image) * math.prod(kernel) // (channels * steps)


def _channels_last(operation: Operation, image: Shape) -> tuple[int, int]:
    """The channels of an image, and how many positions a step leaves out."""
    strides = _attr(operation, "strides")
    first = _attr(operation, "data_format") == "NCHW"
    return (image[1], strides[2] * strides[3]) if first else (image[3], strides[1] * strides[2])


def _gradient_of_image(operation: Operation, shape_of: ShapeOf) -> int:
    image, kernel = shape_of(operation.outputs[0]), shape_of(operation.inputs[1])
    return _convolution_backwards(image, kernel, operation)


def _gradient_of_kernel(operation: Operation, shape_of: ShapeOf) -> int:
    image, kernel = shape_of(operation.inputs[0]), shape_of(operation.outputs[0])
    return _convolution_backwards(image, kernel, operation)


def _window(operation: Operation) -> int:
    return math.prod(_attr(operation, "ksize"))


def _pool(operation: Operation, shape_of: ShapeOf) -> int:
    return _window(operation) * math.prod(shape_of(operation.outputs[0]))


def _average_backwards(operation: Operation, shape_of: ShapeOf) -> int:
    return 2 * _window(operation) * math.prod(shape_of(operation.inputs[1]))


def _maximum_backwards(operation: Operation, shape_of: ShapeOf) -> int:
    return (_window(operation) + 1) * math.prod(shape_of(operation.inputs[1]))


_OTHERS: Mapping[str, Callable[[Operation, ShapeOf], int]] = {
    "Mean": _mean,
    "L2Loss": _l2_loss,
    "AddN": _add_n,
    "MatMul": _matmul,
    "BatchMatMul": _matmul,
    "BatchMatMulV2": _matmul,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "Dilation2D": _depthwise,
    "Conv2DBackpropInput": _gradient_of_image,
    "Conv2DBackpropFilter": _gradient_of_kernel,
    "AvgPool": _pool,
    "MaxPool": _pool,
    "AvgPoolGrad": _average_backwards,
    "MaxPoolGrad": _maximum_backwards,
}
