"""Weights of losses and metrics: which shapes fit, and how they spread over the values.

Weights fit values if they are a scalar, or have as many axes, each as long as that of the values or
of length 1.
"""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.core.scopes import name_scope


def assert_broadcastable(weights: Any, values: Any) -> Operation:
    """Return an operation that fails unless the weights fit the values.

    Args:
      weights: numbers.
      values: numbers.

    Returns:
      An operation to depend on.

    Raises:
      ValueError: the shapes are known, and the weights do not fit.
      InvalidArgumentError: (in the run) they do not fit.

    >>> import graphflow as tf
    >>> assert_broadcastable(tf.ones([2, 1]), tf.ones([2, 3])).type
    'NoOp'
    """
    with name_scope(None, "assert_broadcastable", (weights, values)):
        with name_scope(None, "weights", (weights,)) as scope:
            weights = convert_to_tensor(weights, name=scope)
            weights_shape = ops.shape(weights, name="shape")
            weights_rank = ops.rank(weights, name="rank")
        with name_scope(None, "values", (values,)) as scope:
            values = convert_to_tensor(values, name=scope)
            values_shape = ops.shape(values, name="shape")
            values_rank = ops.rank(values, name="rank")
        if _is_scalar(weights):
            return ops.no_op(name="static_scalar_check_success")
        problem = _static_problem(weights, values)
        if problem is not None:
            raise ValueError(f"weights do not fit the values: {problem}{at_user_line()}")
        if weights.shape.is_fully_defined() and values.shape.is_fully_defined():
            return ops.no_op(name="static_dims_check_success")
        is_scalar = ops.equal(0, weights_rank, name="is_scalar")
        fits = ops.cond(
            is_scalar,
            lambda: is_scalar,
            lambda: _same_rank_and_sizes(weights_rank, weights_shape, values_rank, values_shape),
            name="is_valid_shape",
        )
        data = [
            "weights do not fit the values: weights.shape=", weights.name, weights_shape,
            "values.shape=", values.name, values_shape,
        ]  # fmt: skip
        return ops.assert_(fits, data, name="assert_shape")  # noqa: PT009


def _is_scalar(weights: Tensor) -> bool:
    return weights.shape.ndims == 0


def _static_problem(weights: Tensor, values: Tensor) -> str | None:
    """What the known parts of the shapes say against the weights; None if nothing."""
    ours, theirs = weights.shape.as_tuple(), values.shape.as_tuple()
    if ours is None or theirs is None:
        return None
    shapes = f"weights have shape {weights.shape}, values have shape {values.shape}"
    if len(ours) != len(theirs):
        return f"{shapes}: the ranks differ, and the weights are no scalar"
    for axis, (size, wanted) in enumerate(zip(ours, theirs, strict=True)):
        if size not in (1, None) and wanted is not None and size != wanted:
            return f"{shapes}: axis {axis} of the weights must have size {wanted} or 1"
    return None


def _same_rank_and_sizes(
    weights_rank: Tensor, weights_shape: Tensor, values_rank: Tensor, values_shape: Tensor
) -> Tensor:
    same_rank = ops.equal(values_rank, weights_rank)

    def each_size_fits() -> Tensor:
        same = ops.equal(weights_shape, values_shape)
        return ops.reduce_all(ops.logical_or(same, ops.equal(weights_shape, 1)))

    return ops.cond(same_rank, each_size_fits, lambda: same_rank)  # type: ignore[no-any-return]


def broadcast_weights(weights: Any, values: Any) -> Tensor:
    """Return weights with the shape of the values.

    Args:
      weights: numbers.
      values: numbers; their dtype is that of the result.

    Returns:
      A tensor of the shape of `values`.

    Raises:
      ValueError: the shapes are known, and the weights do not fit.

    >>> import graphflow as tf
    >>> tf.Session().run(broadcast_weights([[2.0], [0.5]], tf.zeros([2, 3])))
    array([[2. , 2. , 2. ],
           [0.5, 0.5, 0.5]], dtype=float32)
    """
    with name_scope(None, "broadcast_weights", (weights, values)) as scope:
        values = convert_to_tensor(values, name="values")
        weights = convert_to_tensor(weights, dtype=values.dtype.base_dtype, name="weights")
        both_known = weights.shape.is_fully_defined() and values.shape.is_fully_defined()
        if both_known and weights.shape == values.shape:
            return weights  # type: ignore[no-any-return]
        with control_dependencies([assert_broadcastable(weights, values)]):
            return ops.multiply(weights, ops.ones_like(values), name=scope)


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Drop a last axis of size 1 that labels or predictions have too many.

    Args:
      labels: numbers.
      predictions: numbers.
      expected_rank_diff: how many more axes the predictions should have.
      name: the name scope.

    Returns:
      Labels and predictions.

    >>> import graphflow as tf
    >>> labels, predictions = remove_squeezable_dimensions([[3], [1]], [3, 0])
    >>> labels.shape.as_list(), predictions.shape.as_list()
    ([2], [2])
    """
    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        labels, predictions = convert_to_tensor(labels), convert_to_tensor(predictions)
        if labels.shape.ndims is not None and predictions.shape.ndims is not None:
            surplus = predictions.shape.ndims - labels.shape.ndims - expected_rank_diff
            if surplus == 1 and _may_end_in_1(predictions):
                predictions = ops.squeeze(predictions, [-1])
            elif surplus == -1 and _may_end_in_1(labels):
                labels = ops.squeeze(labels, [-1])
            return labels, predictions
        difference = ops.subtract(ops.rank(predictions), ops.rank(labels))
        if predictions.shape.ndims is None or _may_end_in_1(predictions):
            predictions = _squeezed_if(ops.equal(expected_rank_diff + 1, difference), predictions)
        if labels.shape.ndims is None or _may_end_in_1(labels):
            labels = _squeezed_if(ops.equal(expected_rank_diff - 1, difference), labels)
        return labels, predictions


def _may_end_in_1(tensor: Tensor) -> bool:
    dims = tensor.shape.as_tuple()
    return dims is not None and len(dims) > 0 and dims[-1] in (1, None)


def _squeezed_if(condition: Tensor, tensor: Tensor) -> Tensor:
    return ops.cond(  # type: ignore[no-any-return]
        condition, lambda: ops.squeeze(tensor, [-1]), lambda: ops.identity(tensor)
    )


def squeeze_weights(weights: Any, values: Tensor) -> Tensor:
    """Drop a last axis of size 1 that weights have too many, add one that they lack.

    Args:
      weights: numbers.
      values: what they weigh.

    Returns:
      The weights; a scalar as it is.

    >>> import graphflow as tf
    >>> squeeze_weights([[2.0], [3.0]], tf.zeros([2])).shape.as_list()
    [2]
    """
    weights = convert_to_tensor(weights)
    rank, wanted = weights.shape.ndims, values.shape.ndims
    if rank == 0:
        return weights  # type: ignore[no-any-return]
    if rank is not None and wanted is not None:
        if rank - wanted == 1:
            return ops.squeeze(weights, [-1])
        return ops.expand_dims(weights, [-1]) if wanted - rank == 1 else weights
    weights_rank = ops.rank(weights)
    difference = ops.subtract(weights_rank, ops.rank(values))

    def grown() -> Tensor:
        return ops.cond(  # type: ignore[no-any-return]
            ops.equal(difference, -1),
            lambda: ops.expand_dims(weights, [-1]),
            lambda: ops.identity(weights),
        )

    def fitted() -> Tensor:
        if rank is not None and not _may_end_in_1(weights):
            return grown()
        return ops.cond(  # type: ignore[no-any-return]
            ops.equal(difference, 1), lambda: ops.squeeze(weights, [-1]), grown
        )

    return ops.cond(  # type: ignore[no-any-return]
        ops.equal(weights_rank, 0), lambda: ops.identity(weights), fitted
    )


def drop_last_axis_of_weights(weights: Any, values: Tensor) -> Tensor:
    """Drop a last axis of size 1 that weights have too many.

    Args:
      weights: numbers.
      values: what they weigh.

    Returns:
      The weights.

    >>> import graphflow as tf
    >>> drop_last_axis_of_weights([[2.0], [3.0]], tf.zeros([2])).shape.as_list()
    [2]
    """
    weights = convert_to_tensor(weights)
    rank, wanted = weights.shape.ndims, values.shape.ndims
    if rank is not None and wanted is not None:
        return ops.squeeze(weights, [-1]) if rank - wanted == 1 else weights
    if rank == 0 or (rank is not None and not _may_end_in_1(weights)):
        return weights  # type: ignore[no-any-return]
    difference = ops.subtract(ops.rank(weights), ops.rank(values))
    return _squeezed_if(ops.equal(1, difference), weights)
