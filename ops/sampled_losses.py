"""Losses over many classes, estimated from a sample of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32 as _int32, int64 as _int64
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops.embedding import shards_of

__all__ = ["nce_loss", "sampled_softmax_loss"]


def nce_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = False,
    partition_strategy: str = "mod",
    name: str = "nce_loss",
) -> Tensor:
    """Return the noise-contrastive loss of each example.

    The true classes are told from sampled ones by logistic regression (Gutmann and Hyvärinen:
    Noise-contrastive estimation, 2010). Examples with fewer than `num_true` classes may repeat one
    of them or have a class of no meaning.

    Args:
      weights: class embeddings [num_classes, dim]: a tensor, a variable, a partitioned variable or
        a list of shards.
      biases: class biases [num_classes], likewise.
      labels: int64 [batch, num_true], the classes of each example.
      inputs: floating [batch, dim], the embeddings of the examples.
      num_sampled: how many classes to sample for the batch.
      num_classes: the number of classes.
      num_true: the number of classes of an example.
      sampled_values: what a sampler such as `tf.nn.uniform_candidate_sampler` returned; by default
        unique classes of a log-uniform distribution: sort classes by descending frequency.
      remove_accidental_hits: whether to leave out a sampled class where it is a true one.
      partition_strategy: how shards divide the classes, see `tf.nn.embedding_lookup`.
      name: name scope of the operations.

    Returns:
      The loss of each example, [batch].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> weights, biases = tf.constant([[1.0], [-2.0], [0.5]]), tf.zeros([3])
    >>> labels = tf.constant([[1], [2]], tf.int64)
    >>> every = tf.nn.all_candidate_sampler(labels, 1, 3, True)
    >>> tf.Session().run(tf.nn.nce_loss(weights, biases, labels, [[1.0], [3.0]], 3, 3,
    ...                                 sampled_values=every))
    array([4.541..., 4.954...], dtype=float32)
    """
    logits, targets = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name, None,
    )  # fmt: skip
    losses = ops.sigmoid_cross_entropy_with_logits(
        labels=targets, logits=logits, name="sampled_losses"
    )
    return _row_sums(losses)


def sampled_softmax_loss(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int = 1,
    sampled_values: Any = None,
    remove_accidental_hits: bool = True,
    partition_strategy: str = "mod",
    name: str = "sampled_softmax_loss",
    seed: int | None = None,
) -> Tensor:
    """Return the softmax cross entropy of each example over true and sampled classes.

    It is for training only, and an underestimate of the full loss (Jean, Cho, Memisevic and Bengio:
    On using very large target vocabulary for neural machine translation, 2014).

    Args:
      weights: class embeddings [num_classes, dim]: a tensor, a variable, a partitioned variable or
        a list of shards.
      biases: class biases [num_classes], likewise.
      labels: int64 [batch, num_true], the classes of each example.
      inputs: floating [batch, dim], the embeddings of the examples.
      num_sampled: how many classes to sample for the batch.
      num_classes: the number of classes.
      num_true: the number of classes of an example.
      sampled_values: what a sampler such as `tf.nn.uniform_candidate_sampler` returned; by default
        unique classes of a log-uniform distribution: sort classes by descending frequency.
      remove_accidental_hits: whether to leave out a sampled class where it is a true one.
      partition_strategy: how shards divide the classes, see `tf.nn.embedding_lookup`.
      name: name scope of the operations.
      seed: the seed of the default sampler, see `tf.set_random_seed`.

    Returns:
      The loss of each example, [batch].

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> weights, biases = tf.constant([[1.0], [-2.0], [0.5]]), tf.zeros([3])
    >>> labels = tf.constant([[1], [2]], tf.int64)
    >>> every = tf.nn.all_candidate_sampler(labels, 1, 3, True)
    >>> tf.Session().run(tf.nn.sampled_softmax_loss(weights, biases, labels, [[1.0], [3.0]], 3, 3,
    ...                                             sampled_values=every))
    array([3.505..., 1.701...], dtype=float32)
    """
    logits, targets = _sampled_logits(
        weights, biases, labels, inputs, num_sampled, num_classes, num_true, sampled_values,
        remove_accidental_hits, partition_strategy, name, seed,
    )  # fmt: skip
    targets = ops.stop_gradient(targets, name="labels_stop_gradient")
    return ops.softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)


def _sampled_logits(
    weights: Any,
    biases: Any,
    labels: Any,
    inputs: Any,
    num_sampled: int,
    num_classes: int,
    num_true: int,
    sampled_values: Any,
    remove_accidental_hits: bool,
    partition_strategy: str,
    name: str | None,
    seed: int | None,
) -> tuple[Tensor, Tensor]:
    """Logits of the true and the sampled classes, and the labels that go with them.

    The logarithms of the expected counts are subtracted from the logits, so that they do not
    depend on how likely a class is sampled. Both results are [batch, num_true + num_sampled].
    """
    shards = shards_of(weights, "weights")
    with name_scope(name, "compute_sampled_logits", [*shards, biases, inputs, labels]):
        inputs = convert_to_tensor(inputs, name="inputs")
        labels = ops.cast(convert_to_tensor(labels, name="labels"), _int64)
        labels_flat = ops.reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = ops.log_uniform_candidate_sampler(
                labels, num_true, num_sampled, True, num_classes, seed
            )
        sampled, true_count, sampled_count = map(ops.stop_gradient, sampled_values)
        sampled = ops.cast(sampled, _int64)
        ids = ops.concat([labels_flat, sampled], 0)

        rows = ops.embedding_lookup(shards, ids, partition_strategy)
        rows = ops.cast(rows, inputs.dtype)
        true_rows = ops.slice(rows, [0, 0], ops.stack([ops.shape(labels_flat)[0], -1]))
        sampled_rows = ops.slice(rows, ops.stack([ops.shape(labels_flat)[0], 0]), [-1, -1])
        sampled_logits: Any = ops.matmul(inputs, sampled_rows, transpose_b=True)

        offsets = ops.embedding_lookup(biases, ids, partition_strategy)
        offsets = ops.cast(offsets, inputs.dtype)
        true_offsets = ops.slice(offsets, [0], ops.shape(labels_flat))
        sampled_offsets = ops.slice(offsets, ops.shape(labels_flat), [-1])

        true_logits: Any = _products(inputs, true_rows, num_true)
        true_logits = true_logits + ops.reshape(true_offsets, [-1, num_true])
        sampled_logits = sampled_logits + sampled_offsets
        if remove_accidental_hits:
            hits = _accidental_hits(labels, sampled, num_true, num_sampled)
            sampled_logits = sampled_logits + ops.cast(hits, sampled_logits.dtype)
        true_logits = true_logits - ops.log(true_count)
        sampled_logits = sampled_logits - ops.log(sampled_count)

        logits = ops.concat([true_logits, sampled_logits], 1)
        share: Any = ops.ones_like(true_logits)
        targets = ops.concat([share / num_true, ops.zeros_like(sampled_logits)], 1)
        return logits, targets


def _products(inputs: Tensor, rows: Tensor, num_true: int) -> Tensor:
    """Scalar products of each input [batch, dim] with its rows [batch num_true, dim]."""
    dim = ops.shape(rows)[1:2]
    by_example = ops.concat([[-1, num_true], dim], 0)
    products = ops.multiply(ops.expand_dims(inputs, 1), ops.reshape(rows, by_example), name="Mul")
    matrix = ops.reshape(products, ops.concat([[-1], dim], 0))
    return ops.reshape(_row_sums(matrix), [-1, num_true])


def _row_sums(matrix: Tensor) -> Tensor:
    """Sums of rows, as a product, which keeps a static shape and is quick to differentiate."""
    columns = ops.shape(matrix)[1]
    ones = ops.ones(ops.stack([columns, 1]), matrix.dtype)
    return ops.reshape(ops.matmul(matrix, ones), [-1])


def _accidental_hits(labels: Tensor, sampled: Tensor, num_true: int, num_sampled: int) -> Tensor:
    """The least number where a sampled class is a true one, 0 elsewhere: [batch, num_sampled]."""
    examples, positions, weights = ops.compute_accidental_hits(labels, sampled, num_true)
    places: Sequence[Any] = [
        ops.reshape(examples, [-1, 1]),
        ops.reshape(ops.cast(positions, _int32), [-1, 1]),
    ]
    indices = ops.concat(places, 1, name="sparse_indices")
    shape = ops.concat([ops.shape(labels)[:1], ops.expand_dims(num_sampled, 0)], 0)
    return ops.sparse_to_dense(indices, shape, weights, default_value=0.0, validate_indices=False)
