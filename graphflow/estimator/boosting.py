"""How gradient boosted trees grow: layer by layer, from sums of gradients and hessians.

A tree is a complete binary tree of a fixed depth in heap order: the children of node i are nodes
2 i + 1 and 2 i + 2. A node that splits knows the feature it asks for and the last bucket that goes
left. Every node keeps the value that it had as a leaf.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from graphflow.core.op import Array

_SMALLEST_HESSIAN = 1e-15
_SMALLEST_DIFFERENCE = 1e-15
_CENTERED = 0.01
LEAF = -1


@dataclass(frozen=True)
class TreeSettings:
    """How trees grow.

    Attributes:
      n_trees: how many there are.
      max_depth: how many layers of splits a tree has.
      learning_rate: what values of leaves are multiplied by.
      l1: the weight of the absolute values of leaves in the loss.
      l2: the weight of their squares.
      tree_complexity: what a split must gain at least, if trees are pruned.
      min_node_weight: the least sum of hessians of a node that is split.
      center_bias: whether the first root predicts the mean.
      pruning_mode: "none", "pre" or "post".
    """

    n_trees: int
    max_depth: int
    learning_rate: float
    l1: float
    l2: float
    tree_complexity: float
    min_node_weight: float
    center_bias: bool
    pruning_mode: str

    def __post_init__(self) -> None:
        """Check the settings."""
        if self.n_trees < 1 or self.max_depth < 1:
            raise ValueError(f"n_trees and max_depth are positive, not {self}")
        if self.pruning_mode not in ("none", "pre", "post"):
            raise ValueError(f"pruning_mode is 'none', 'pre' or 'post', not {self.pruning_mode!r}")
        if (self.tree_complexity > 0) != (self.pruning_mode != "none"):
            raise ValueError("a pruning_mode needs a positive tree_complexity, and the other way")

    @property
    def nodes(self) -> int:
        """How many nodes a tree has at most."""
        return int(2 ** (self.max_depth + 1) - 1)


class Ensemble(NamedTuple):
    """The trees, as arrays [n_trees, nodes, ...], and how far they are.

    Attributes:
      feature: the feature that a node asks for, `LEAF` for a leaf; int32.
      threshold: the last bucket that goes left; int32.
      value: what a node adds to each logit if it is a leaf; float32 [n_trees, nodes, logits].
      gain: what its split gained; float32.
      counts: int32 [finished trees, layers of the tree that grows, attempts to grow a layer,
        whether the bias is still being centered, whether it has a first value].
    """

    feature: Any
    threshold: Any
    value: Any
    gain: Any
    counts: Any


FINISHED, LAYERS, ATTEMPTS, IS_CENTERING, HAS_BIAS = range(5)


def empty(settings: TreeSettings, logits: int = 1) -> Ensemble:
    """Return trees that have not grown.

    Args:
      settings: how they grow.
      logits: how many logits they add to.

    >>> settings = TreeSettings(3, 2, 0.1, 0.0, 0.0, 0.0, 0.0, False, "none")
    >>> empty(settings, 4).value.shape
    (3, 7, 4)
    """
    shape = settings.n_trees, settings.nodes
    counts = np.zeros(5, np.int32)
    counts[IS_CENTERING] = settings.center_bias
    return Ensemble(
        np.full(shape, LEAF, np.int32),
        np.zeros(shape, np.int32),
        np.zeros((*shape, logits), np.float32),
        np.zeros(shape, np.float32),
        counts,
    )


def weights_and_gains(
    gradients: Array, hessians: Array, l1: float, l2: float
) -> tuple[Array, Array]:
    """Return the values that leaves should have, and what they gain.

    Args:
      gradients: the sums of gradients in leaves, [..., logits].
      hessians: the sums of hessians, likewise.
      l1: see `TreeSettings`.
      l2: see `TreeSettings`.

    Returns:
      Arrays [..., logits] and [...].

    >>> weights_and_gains(np.asarray([[3.0], [0.5]]), np.asarray([[2.0], [2.0]]), 1.0, 2.0)
    (array([[-0.5],
           [-0. ]]), array([1., 0.]))
    """
    shrunk = np.sign(gradients) * np.maximum(np.abs(gradients) - l1, 0)
    has_examples = hessians > _SMALLEST_HESSIAN
    weights = np.divide(-shrunk, hessians + l2, out=np.zeros_like(shrunk), where=has_examples)
    return weights, (-shrunk * weights).sum(axis=-1)


class Splits(NamedTuple):
    """The best split of each node of a layer, arrays [nodes] or [nodes, logits].

    Attributes:
      feature: the feature.
      threshold: the last bucket that goes left.
      gain: what it gains.
      left: the values of the left child beside those of the node.
      right: those of the right child.
      is_allowed: whether the node weighs enough to be split.
    """

    feature: Array
    threshold: Array
    gain: Array
    left: Array
    right: Array
    is_allowed: Array


def best_splits(stats: Array, settings: TreeSettings) -> Splits:
    """Return the best split of each node.

    Args:
      stats: sums of gradients and hessians [features, nodes, buckets, 2, logits].
      settings: how trees grow.
    """
    sums = stats.cumsum(axis=2)
    totals = sums[:, :, -1:]
    l1, l2 = settings.l1, settings.l2
    left, left_gain = weights_and_gains(sums[..., 0, :], sums[..., 1, :], l1, l2)
    rest = totals - sums
    right, right_gain = weights_and_gains(rest[..., 0, :], rest[..., 1, :], l1, l2)
    _, parent_gain = weights_and_gains(totals[..., 0, :], totals[..., 1, :], l1, l2)
    gains = left_gain + right_gain - parent_gain - settings.tree_complexity
    thresholds = _first_greatest(gains)
    by_feature = np.take_along_axis(gains, thresholds[..., None], axis=2)[..., 0]
    features = _first_greatest(by_feature.T)
    nodes = np.arange(stats.shape[1])
    chosen = features, nodes, thresholds[features, nodes]
    return Splits(
        features,
        chosen[2],
        gains[chosen],
        left[chosen],
        right[chosen],
        np.linalg.norm(totals[0, :, 0, 1], axis=-1) >= settings.min_node_weight,
    )


def _first_greatest(values: Array) -> Array:
    """The first place on the last axis whose value is the greatest, but for rounding."""
    greatest = values.max(axis=-1, keepdims=True)
    found: Array = np.argmax(values >= greatest - _SMALLEST_DIFFERENCE, axis=-1)
    return found


class Grower:
    """Collects gradients and hessians of batches, and lets trees grow.

    Args:
      settings: how trees grow.
      per_layer: after how many batches a layer grows.
      features: how many features there are.
      buckets: how many buckets a feature has at most.
      logits: how many logits the trees add to.
      counts_examples: whether `per_layer` is a number of examples instead.
    """

    def __init__(
        self,
        settings: TreeSettings,
        per_layer: int,
        features: int,
        buckets: int,
        logits: int = 1,
        counts_examples: bool = False,
    ) -> None:
        self._settings = settings
        self._per_layer, self._counts_examples = per_layer, counts_examples
        self._shape = features, 2 ** (settings.max_depth - 1), buckets, 2, logits
        self._forget()

    def _forget(self) -> None:
        self._stats = np.zeros(self._shape)
        self._bias = np.zeros((2, self._shape[-1]))
        self._batches = self._examples = 0

    def add(
        self, ensemble: Ensemble, buckets: Array, nodes: Array, gradients: Array, hessians: Array
    ) -> Ensemble:
        """Return the trees after another batch.

        Args:
          ensemble: the trees; not changed.
          buckets: int32 [batch, features].
          nodes: the leaf of each example in the tree that grows, int32 [batch].
          gradients: float32 [batch, logits], of the loss by the logits.
          hessians: float32 [batch, logits], likewise.
        """
        self._batches += 1
        self._examples += len(buckets)
        is_centering = bool(ensemble.counts[IS_CENTERING])
        if is_centering:
            both = np.stack([gradients, hessians])
            self._bias += both.mean(axis=1, dtype=np.float64)
        else:
            self._collect(ensemble, buckets, nodes, gradients, hessians)
        done = self._examples if self._counts_examples else self._batches
        if done < self._per_layer:
            return ensemble
        grown = Ensemble(*(array.copy() for array in ensemble))
        if is_centering:
            self._center(grown)
        elif grown.counts[FINISHED] < self._settings.n_trees:
            self._grow(grown)
        self._forget()
        return grown

    def _collect(
        self, ensemble: Ensemble, buckets: Array, nodes: Array, gradients: Array, hessians: Array
    ) -> None:
        """Add gradients and hessians to the buckets of the nodes of the last layer."""
        layer = int(ensemble.counts[LAYERS])
        first, width = 2**layer - 1, 2**layer
        is_last = nodes >= first
        _, _, count, _, logits = self._shape
        both = np.stack([gradients, hessians], axis=1)[is_last].reshape(-1, 2 * logits)
        rows = (nodes[is_last] - first)[:, None] * count + buckets[is_last]
        for feature, stats in enumerate(self._stats):
            for place in range(2 * logits):
                sums = np.bincount(rows[:, feature], both[:, place], minlength=width * count)
                kind, logit = divmod(place, logits)
                stats[:width, :, kind, logit] += sums.reshape(width, count)

    def _center(self, ensemble: Ensemble) -> None:
        """Bring the first root nearer to the mean of the labels."""
        gradient, hessian = self._bias / self._batches
        step, _ = weights_and_gains(gradient, hessian, self._settings.l1, self._settings.l2)
        before = ensemble.value[0, 0].copy()
        ensemble.value[0, 0] += step
        is_small = bool((np.abs(step) <= _CENTERED * np.abs(before)).all())
        is_near = bool(ensemble.counts[HAS_BIAS]) and is_small
        ensemble.counts[HAS_BIAS] = 1
        ensemble.counts[IS_CENTERING] = not is_near

    def _grow(self, ensemble: Ensemble) -> None:
        """Add a layer to the tree that grows."""
        settings, counts = self._settings, ensemble.counts
        tree, layer = int(counts[FINISHED]), int(counts[LAYERS])
        counts[ATTEMPTS] += 1
        width, first = 2**layer, 2**layer - 1
        splits = best_splits(self._stats[:, :width] / self._batches, settings)
        is_split = splits.is_allowed & _are_there(ensemble.feature[tree], layer)
        if settings.pruning_mode == "pre":
            is_split &= splits.gain >= 0
        if not is_split.any():
            return
        places = np.flatnonzero(is_split)
        nodes = first + places
        ensemble.feature[tree, nodes] = splits.feature[places]
        ensemble.threshold[tree, nodes] = splits.threshold[places]
        ensemble.gain[tree, nodes] = splits.gain[places]
        values = ensemble.value[tree]
        values[2 * nodes + 1] = values[nodes] + settings.learning_rate * splits.left[places]
        values[2 * nodes + 2] = values[nodes] + settings.learning_rate * splits.right[places]
        counts[LAYERS] += 1
        if counts[LAYERS] < settings.max_depth:
            return
        if settings.pruning_mode == "post":
            _prune(ensemble, tree)
        counts[FINISHED] += 1
        counts[LAYERS] = 0


def _are_there(features: Array, layer: int) -> Array:
    """Whether the nodes of a layer exist: their parents split."""
    if layer == 0:
        return np.ones(1, bool)
    nodes = np.arange(2**layer - 1, 2 ** (layer + 1) - 1)
    found: Array = features[(nodes - 1) // 2] != LEAF
    return found


def _prune(ensemble: Ensemble, tree: int) -> None:
    """Take back, from the last layer on, splits into two leaves that have lost."""
    features, gains = ensemble.feature[tree], ensemble.gain[tree]
    for node in range(len(features) // 2 - 1, -1, -1):
        has_leaves = features[2 * node + 1] == features[2 * node + 2] == LEAF
        if features[node] != LEAF and has_leaves and gains[node] < 0:
            features[node], gains[node] = LEAF, 0.0


class Quantiles:
    """Collects numbers of batches, and finds boundaries that part them evenly.

    Args:
      features: how many features there are.
      count: how many boundaries there are at most.
      enough: how many batches are collected.
      counts_examples: whether that is a number of examples instead.
    """

    def __init__(
        self, features: int, count: int, enough: int, counts_examples: bool = False
    ) -> None:
        self._features, self._count = features, count
        self._enough, self._counts_examples = enough, counts_examples
        self._batches: list[Array] = []

    def add(self, values: Array) -> Array:
        """Return boundaries [features, count] after another batch, infinite where there are none.

        Args:
          values: float32 [batch, features].
        """
        self._batches.append(values)
        boundaries = np.full((self._features, self._count), np.inf, np.float32)
        examples = sum(len(batch) for batch in self._batches)
        if (examples if self._counts_examples else len(self._batches)) < self._enough:
            return boundaries
        for row, numbers in zip(boundaries, np.concatenate(self._batches).T, strict=True):
            found = np.unique(numbers)
            if len(found) > self._count:
                shares = np.arange(1, self._count + 1) / self._count
                found = np.unique(np.quantile(numbers, shares, method="inverted_cdf"))
            row[: len(found)] = found
        self._batches = []
        return boundaries
