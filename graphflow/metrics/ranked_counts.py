"""Counts for metrics of ranked classes, by operations on the sets of labels and predictions."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import float64, int32, int64
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor, convert_to_tensor_or_sparse_tensor
from graphflow.losses.weights import assert_broadcastable


def name_at_k(name: str, k: int | None = None, class_id: int | None = None) -> str:
    """Return the name of a metric or count.

    Args:
      name: what is counted.
      k: how many predictions count.
      class_id: the only class that counts.

    >>> name_at_k("recall", 5, 2), name_at_k("recall")
    ('recall_at_5_class2', 'recall_at_k')
    """
    text = f"{name}_at_{'k' if k is None else k}"
    return text if class_id is None else f"{text}_class{class_id}"


def spread_labels(labels: Any, predictions: Any) -> Any:
    """Return labels with a last axis, which dense ones of one label each may lack.

    Args:
      labels: dense or sparse.
      predictions: their rank is the wished one.
    """
    labels = convert_to_tensor_or_sparse_tensor(labels)
    if isinstance(labels, SparseTensor):
        labels = SparseTensor(labels.indices, ops.cast(labels.values, int64), labels.dense_shape)
        return labels
    labels = ops.cast(labels, int64)
    rank, wanted = labels.shape.ndims, convert_to_tensor(predictions).shape.ndims
    if rank is not None and wanted is not None:
        return ops.expand_dims(labels, -1) if rank == wanted - 1 else labels
    lacks_axis = ops.equal(ops.rank(predictions), ops.rank(labels) + 1)
    return ops.cond(lacks_axis, lambda: ops.expand_dims(labels, -1), lambda: ops.identity(labels))


def counted(
    kind: str, labels: Any, predictions: Tensor, class_id: int | None, weights: Any
) -> Tensor:
    """Count, for each row, predictions or labels of a kind.

    Args:
      kind: `true_positive`, `false_positive` or `false_negative`.
      labels: int64, dense or sparse, [..., number of labels].
      predictions: int64 [..., k].
      class_id: the only class that counts, or None.
      weights: a scalar, or numbers [...], or None.

    Returns:
      float64 [...].
    """
    chosen: Any = predictions
    if class_id is not None:
        chosen, labels = _only(predictions, class_id), _only(labels, class_id)
    if kind == "true_positive":
        found = ops.set_intersection(chosen, labels)
    else:
        found = ops.set_difference(chosen, labels, aminusb=kind == "false_positive")
    counts = ops.cast(ops.set_size(found), float64)
    if weights is None:
        return counts
    with control_dependencies([assert_broadcastable(weights, counts)]):
        return ops.multiply(counts, ops.cast(weights, float64))


def _only(ids: Any, class_id: int) -> SparseTensor:
    """The sets of ids without all but one."""
    if isinstance(ids, SparseTensor):
        return ops.sparse_retain(ids, ops.equal(ids.values, class_id))
    shape = ops.shape(ids, out_type=int64)
    rows = ops.concat([shape[:-1], ops.constant([1], int64)], 0)
    wanted = ops.fill(rows, ops.constant(class_id, ids.dtype))
    found = ops.set_intersection(wanted, ids)
    return SparseTensor(found.indices, found.values, shape)


def average_precisions(labels: Any, predictions_idx: Any, num_classes: Any) -> Tensor:
    """Return the average precision of each row of predictions.

    Args:
      labels: int64, dense or sparse, [..., number of labels]; those that are no class are ignored.
      predictions_idx: int64 [..., k], best first.
      num_classes: the number of classes.

    Returns:
      float64 [...]; nan where there are no labels.

    Raises:
      ValueError: k is not known.
    """
    with name_scope(None, "average_precision", (predictions_idx, labels)):
        predictions = ops.cast(predictions_idx, int64)
        dims = predictions.shape.as_tuple()
        if not dims or not dims[-1]:
            raise ValueError(f"predictions need a known k of 1 or more{at_user_line()}")
        k = dims[-1]
        labels = spread_labels(labels, predictions)
        is_right = ops.stack(
            [
                counted("true_positive", labels, predictions[..., i : i + 1], None, None)
                for i in range(k)
            ],
            axis=-1,
        )
        precisions = ops.cumsum(is_right, axis=-1) / ops.cumsum(ops.ones_like(is_right), axis=-1)
        total = ops.reduce_sum(precisions * is_right, axis=-1)
        relevant = ops.minimum(_class_counts(labels, num_classes), k)
        return ops.div(total, ops.cast(relevant, float64))


def _class_counts(labels: Any, num_classes: Any) -> Tensor:
    """How many labels of each row are classes."""
    values = labels.values if isinstance(labels, SparseTensor) else labels
    limit = ops.cast(num_classes, int64)
    is_class = ops.logical_and(ops.greater_equal(values, 0), ops.less(values, limit))
    if isinstance(labels, SparseTensor):
        return ops.set_size(ops.sparse_retain(labels, is_class))
    return ops.reduce_sum(ops.cast(is_class, int32), axis=-1)
