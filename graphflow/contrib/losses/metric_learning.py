"""`tf.contrib.losses.metric_learning`: vectors of one label near one another, of others apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import float32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor


def contrastive_loss(
    labels: Any, embeddings_anchor: Any, embeddings_positive: Any, margin: float = 1.0
) -> Tensor:
    """Return the mean of squared distances within pairs, and of what others lack to a margin.

    Args:
      labels: int32 [pairs], 1 for pairs that belong together and 0 for others.
      embeddings_anchor: floating [pairs, size], the first of each pair.
      embeddings_positive: the second of each pair, in the same way.
      margin: how far apart pairs should be that do not belong together.

    Returns:
      A scalar.

    >>> import graphflow as tf
    >>> loss = contrastive_loss([1, 0], [[0.0, 0.0], [1.0, 1.0]], [[3.0, 4.0], [1.0, 1.5]])
    >>> tf.Session().run(loss)  # 25 and 0.5 squared
    np.float32(12.625)
    """
    one = convert_to_tensor(embeddings_anchor)
    squared: Any = ops.squared_difference(one, convert_to_tensor(embeddings_positive, one.dtype))
    distances: Any = ops.sqrt(ops.reduce_sum(squared, 1))
    together: Any = ops.cast(convert_to_tensor(labels), distances.dtype)
    lack = ops.maximum(margin - distances, 0)
    costs = together * ops.square(distances) + (1 - together) * ops.square(lack)
    return ops.reduce_mean(costs, name="contrastive_loss")


def triplet_semihard_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Tensor:
    """Return by how much vectors of other labels are too near, compared with those of one label.

    For each two vectors of one label, the vector of another label is taken that is nearest to the
    first among those farther from it than the second; the farthest of all if none is. Distances
    are squared.

    Args:
      labels: int32 [batch].
      embeddings: float32 [batch, size], of length 1.
      margin: how much farther it should be.

    Returns:
      A scalar, the mean over all such pairs.

    >>> import graphflow as tf
    >>> loss = triplet_semihard_loss([5, 5, 8], [[0.0], [1.0], [1.5]])
    >>> tf.Session().run(loss)  # 1 + 1 - 2.25 is below 0, and 1 + 1 - 0.25
    np.float32(0.875)
    """
    with name_scope(None, "triplet_semihard_loss", [labels, embeddings]):
        distances: Any = _distances(convert_to_tensor(embeddings), squared=True)
        same = _same_labels(labels)
        other = ops.logical_not(same)
        # At [anchor, positive, negative].
        apart: Any = ops.expand_dims(distances, 1)
        farther = ops.logical_and(
            ops.expand_dims(other, 1), ops.greater(apart, ops.expand_dims(distances, 2))
        )
        nearest = _masked_minimum(ops.zeros_like(farther, float32) + apart, farther)
        farthest: Any = ops.expand_dims(_masked_maximum(distances, other), 1)
        negatives = ops.where(
            ops.reduce_any(farther, 2), nearest, farthest + ops.zeros_like(distances)
        )
        pairs: Any = _pairs(same)
        costs = ops.maximum((margin + distances - negatives) * pairs, 0)
        return ops.truediv(ops.reduce_sum(costs), ops.reduce_sum(pairs))


def lifted_struct_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> Tensor:
    """Return by how much vectors of other labels are too near, smoothly over all of them.

    For each two vectors of one label it is the square of their distance plus the logarithm of the
    sum of exp(margin - distance) over all vectors of other labels, from either; half of it counts.

    Args:
      labels: int32 [batch].
      embeddings: float32 [batch, size].
      margin: how far apart vectors of different labels should be.

    Returns:
      A scalar, the mean over all such pairs.

    >>> import graphflow as tf
    >>> loss = lifted_struct_loss([5, 5, 8], [[0.0], [0.5], [2.0]])
    >>> print(round(float(tf.Session().run(loss)), 4))  # (log(e**-1 + e**-0.5) + 0.5)**2 / 2
    0.1124
    """
    with name_scope(None, "lifted_struct_loss", [labels, embeddings]):
        distances: Any = _distances(convert_to_tensor(embeddings), squared=False)
        same = _same_labels(labels)
        other = ops.logical_not(same)
        lack: Any = margin - distances
        most: Any = ops.expand_dims(_masked_maximum(lack, other), 1)
        # The larger of both is taken out of the sums, whose exponentials would be too large.
        most = ops.maximum(most, ops.transpose(most))
        shifted = ops.expand_dims(lack, 1) - ops.expand_dims(most, 2)
        mask: Any = ops.expand_dims(ops.cast(other, float32), 1)
        sums: Any = ops.reduce_sum(ops.exp(shifted) * mask, 2)
        costs = most + ops.log(sums + ops.transpose(sums)) + distances
        pairs: Any = _pairs(same)
        total: Any = ops.reduce_sum(ops.square(ops.maximum(costs * pairs, 0)))
        return ops.truediv(0.5 * total, ops.reduce_sum(pairs))


def npairs_loss(
    labels: Any,
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Tensor:
    """Return the cross entropy of products of vectors, which should be large for equal labels.

    Args:
      labels: int32 [pairs].
      embeddings_anchor: float32 [pairs, size], the first of each pair.
      embeddings_positive: the second of each pair, in the same way.
      reg_lambda: weight of the mean of squared lengths.
      print_losses: whether each run prints both parts.

    Returns:
      A scalar.

    >>> import graphflow as tf
    >>> loss = npairs_loss([1, 2], [[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, 2.0]])
    >>> print(round(float(tf.Session().run(loss)), 4))  # log(1 + e**-2) + 0.0005 * (1 + 4)
    0.1294
    """
    with name_scope(None, "npairs_loss", [labels, embeddings_anchor, embeddings_positive]):
        wanted = ops.cast(_same_labels(labels), float32)
        return _npairs(wanted, embeddings_anchor, embeddings_positive, reg_lambda, print_losses)


def npairs_loss_multilabel(
    sparse_labels: Sequence[SparseTensor],
    embeddings_anchor: Any,
    embeddings_positive: Any,
    reg_lambda: float = 0.002,
    print_losses: bool = False,
) -> Tensor:
    """Return the loss of `npairs_loss` for examples with several labels each.

    Products should be the larger, the more labels two examples share.

    Args:
      sparse_labels: for each pair a `SparseTensor` with 1 for each of its labels.
      embeddings_anchor: as in `npairs_loss`.
      embeddings_positive: as there.
      reg_lambda: as there.
      print_losses: as there.

    Returns:
      A scalar.

    Raises:
      TypeError: `sparse_labels` are no `SparseTensor`s.
    """
    if not all(isinstance(item, SparseTensor) for item in sparse_labels):
        raise TypeError(f"npairs_loss_multilabel: labels are SparseTensors, not {sparse_labels!r}")
    with name_scope(None, "NpairsLossMultiLabel"):
        rows = [ops.reshape(ops.sparse_tensor_to_dense(item), [-1]) for item in sparse_labels]
        table = ops.cast(ops.stack(rows), float32)
        shared = ops.matmul(table, table, transpose_b=True)
        return _npairs(shared, embeddings_anchor, embeddings_positive, reg_lambda, print_losses)


def _npairs(
    wanted: Any, anchor: Any, positive: Any, reg_lambda: float, print_losses: bool
) -> Tensor:
    anchor, positive = convert_to_tensor(anchor), convert_to_tensor(positive)
    one, other = (ops.reduce_mean(ops.reduce_sum(ops.square(x), 1)) for x in (anchor, positive))
    l2_loss: Any = ops.multiply(0.25 * reg_lambda, ops.add(one, other), name="l2loss")
    products = ops.matmul(anchor, positive, transpose_b=True)
    shares = wanted / ops.reduce_sum(wanted, 1, keepdims=True)
    entropy: Any = ops.softmax_cross_entropy_with_logits_v2(labels=shares, logits=products)
    entropy = ops.reduce_mean(entropy, name="xentropy")
    if print_losses:
        entropy = ops.print_(entropy, ["cross entropy:", entropy, "l2loss:", l2_loss])
    return l2_loss + entropy  # type: ignore[no-any-return]


def _same_labels(labels: Any) -> Tensor:
    """Which examples have the same label, bool [batch, batch]."""
    column = ops.expand_dims(convert_to_tensor(labels), 1)
    return ops.equal(column, ops.transpose(column))


def _pairs(same: Any) -> Tensor:
    """1.0 for each two different examples of one label."""
    ones = ops.cast(same, float32)
    return ops.matrix_set_diag(ones, ops.zeros_like(ops.matrix_diag_part(ones)))


def _distances(vectors: Any, squared: bool) -> Tensor:
    """The distances between rows: exactly 0 on the diagonal, and without slopes where 0."""
    lengths = ops.reduce_sum(ops.square(vectors), 1, keepdims=True)
    products: Any = ops.matmul(vectors, vectors, transpose_b=True)
    found: Any = ops.maximum(lengths + ops.transpose(lengths) - 2.0 * products, 0)
    positive = ops.cast(ops.greater(found, 0), found.dtype)
    if not squared:
        found = ops.sqrt(found + (1 - positive) * 1e-16)
    found = found * positive
    return ops.matrix_set_diag(found, ops.zeros_like(ops.matrix_diag_part(found)))


def _masked_maximum(values: Any, mask: Any) -> Any:
    """The largest along the last axis where a mask is set; the smallest of all if nowhere."""
    least = ops.reduce_min(values, -1, keepdims=True)
    above = (values - least) * ops.cast(mask, values.dtype)
    return ops.reduce_max(above, -1) + ops.squeeze(least, [-1])


def _masked_minimum(values: Any, mask: Any) -> Any:
    """The smallest along the last axis where a mask is set; the largest of all if nowhere."""
    return -_masked_maximum(-values, mask)
