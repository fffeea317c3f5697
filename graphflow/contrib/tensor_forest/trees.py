"""Decision trees as plain arrays: where examples go, and how a tree grows.

A tree grows from a single leaf.  The first examples in a leaf give it *candidates* for a split: a
random feature, with the example's value of it as threshold.  Later ones are counted on both sides
of each candidate.  When a leaf has seen enough, the candidate that leaves the least Gini impurity
becomes its split (Colthurst et al., TensorForest, 2016; Saffari et al. 2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphflow.core.op import Array


class Tree(NamedTuple):
    """The arrays of a tree that has room for `nodes` nodes.

    Attributes:
      size: int32 [], how many nodes there are.
      child: int32 [nodes], the left child, -1 for a leaf; the right one follows it.
      feature: int32 [nodes], the feature that decides.
      threshold: float32 [nodes]: up to it an example goes left.
      counts: float32 [nodes, classes], the examples in a leaf.
      seen: float32 [nodes, classes], those that were counted for the candidates.
      candidates: int32 [nodes], how many candidates a leaf has.
      features: int32 [nodes, splits], of the candidates.
      thresholds: float32 [nodes, splits], of the candidates.
      left: float32 [nodes, splits, classes], the examples on the left side of each candidate.
    """

    size: Array
    child: Array
    feature: Array
    threshold: Array
    counts: Array
    seen: Array
    candidates: Array
    features: Array
    thresholds: Array
    left: Array


class Growth(NamedTuple):
    """When a leaf is split.

    Attributes:
      split_after: how many examples it has seen.
      least: the least examples on each side.
    """

    split_after: float
    least: float


def empty_tree(nodes: int, splits: int, classes: int) -> Tree:
    """Return a tree that is one leaf, with room for more nodes.

    Args:
      nodes: the most nodes.
      splits: how many candidates a leaf has.
      classes: how many classes.
    """
    return Tree(
        size=np.ones((), np.int32),
        child=np.full(nodes, -1, np.int32),
        feature=np.zeros(nodes, np.int32),
        threshold=np.zeros(nodes, np.float32),
        counts=np.zeros((nodes, classes), np.float32),
        seen=np.zeros((nodes, classes), np.float32),
        candidates=np.zeros(nodes, np.int32),
        features=np.zeros((nodes, splits), np.int32),
        thresholds=np.zeros((nodes, splits), np.float32),
        left=np.zeros((nodes, splits, classes), np.float32),
    )


def leaves(tree: Tree, points: Array) -> Array:
    """Return the leaf of each example, `[examples]`, for features `[examples, features]`."""
    node = np.zeros(len(points), np.int32)
    inner = np.flatnonzero(tree.child[node] >= 0)
    while len(inner):
        at = node[inner]
        goes_right = points[inner, tree.feature[at]] > tree.threshold[at]
        node[inner] = tree.child[at] + goes_right
        inner = inner[tree.child[node[inner]] >= 0]
    return node


def probabilities(tree: Tree, points: Array) -> Array:
    """Return the parts of the classes in the leaves of examples, `[examples, classes]`."""
    counts = tree.counts[leaves(tree, points)]
    total = counts.sum(axis=1, keepdims=True)
    equal = np.float32(1 / counts.shape[1])
    return np.where(total > 0, counts / np.maximum(total, np.finfo(np.float32).tiny), equal)


def grown(
    tree: Tree,
    points: Array,
    labels: Array,
    weights: Array,
    growth: Growth,
    random: np.random.Generator,
) -> Tree:
    """Return the tree after it has seen a batch of examples.

    Args:
      tree: the tree before, which stays as it is.
      points: float32 [examples, features].
      labels: int [examples], the classes.
      weights: float32 [examples].
      growth: when leaves are split.
      random: chooses features of candidates.
    """
    tree = Tree(*(np.array(array) for array in tree))
    leaf = leaves(tree, points)
    np.add.at(tree.counts, (leaf, labels), weights)
    _add_candidates(tree, points, leaf, random)
    splits = tree.features.shape[1]
    counted = tree.candidates[leaf] == splits
    _count(tree, points[counted], leaf[counted], labels[counted], weights[counted])
    ripe = (tree.child < 0) & (tree.seen.sum(axis=1) >= growth.split_after)
    for node in np.flatnonzero(ripe):
        if tree.size + 2 <= len(tree.child):
            _split(tree, int(node), growth.least)
    return tree


def _add_candidates(tree: Tree, points: Array, leaf: Array, random: np.random.Generator) -> None:
    """Let the examples of leaves with too few candidates become candidates."""
    splits = tree.features.shape[1]
    examples = np.flatnonzero(tree.candidates[leaf] < splits)
    if not len(examples):
        return
    examples = examples[np.argsort(leaf[examples], kind="stable")]
    node = leaf[examples]
    firsts = np.flatnonzero(np.r_[True, node[1:] != node[:-1]])
    sizes = np.diff(np.r_[firsts, len(node)])
    place = tree.candidates[node] + np.arange(len(node)) - np.repeat(firsts, sizes)
    fits = place < splits
    examples, node, place = examples[fits], node[fits], place[fits]
    chosen = random.integers(points.shape[1], size=len(examples))
    tree.features[node, place] = chosen
    tree.thresholds[node, place] = points[examples, chosen]
    np.add.at(tree.candidates, node, 1)


def _count(tree: Tree, points: Array, leaf: Array, labels: Array, weights: Array) -> None:
    """Count examples on the sides of the candidates of their leaves."""
    np.add.at(tree.seen, (leaf, labels), weights)
    values = np.take_along_axis(points, tree.features[leaf], axis=1)
    example, split = np.nonzero(values <= tree.thresholds[leaf])
    np.add.at(tree.left, (leaf[example], split, labels[example]), weights[example])


def _split(tree: Tree, node: int, least: float) -> None:
    """Split a leaf by its best candidate; one without a good candidate gets new ones."""
    left = tree.left[node]
    right = tree.seen[node] - left
    on_left, on_right = left.sum(axis=1), right.sum(axis=1)
    impurity = _impurity(left, on_left) + _impurity(right, on_right)
    valid = (on_left >= least) & (on_right >= least)
    before = _impurity(tree.seen[node], tree.seen[node].sum())
    best = np.where(valid, impurity, np.inf).argmin()
    if valid[best] and impurity[best] < before:
        child = int(tree.size)
        tree.child[node] = child
        tree.feature[node] = tree.features[node, best]
        tree.threshold[node] = tree.thresholds[node, best]
        tree.counts[child], tree.counts[child + 1] = left[best], right[best]
        tree.size[...] += 2
    tree.candidates[node] = 0
    tree.seen[node] = 0
    tree.left[node] = 0


def _impurity(counts: Array, total: Array) -> Array:
    """The Gini impurity of counts of classes along the last axis, times their number."""
    squares = np.square(counts, dtype=np.float64).sum(axis=-1)
    return total - squares / np.maximum(total, 1e-12)


def mean_impurity(tree: Tree) -> Array:
    """Return the Gini impurity of the leaves, weighed by their examples."""
    at_leaves = tree.counts[(tree.child < 0)]
    totals = at_leaves.sum(axis=1)
    total = max(totals.sum(), np.finfo(np.float32).tiny)
    return np.float32(_impurity(at_leaves, totals).sum() / total)


def uses_of_features(tree: Tree, features: int) -> Array:
    """Return how many splits each of the features decides, float32 `[features]`."""
    used = tree.feature[tree.child >= 0]
    return np.bincount(used, minlength=features).astype(np.float32)
