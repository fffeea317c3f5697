"""Losses of vectors that belong together or not, against loops over pairs in numpy."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

learning = tf.contrib.losses.metric_learning
RNG = np.random.default_rng(11)
LABELS = np.array([3, 1, 3, 2, 1, 3], np.int32)
VECTORS = RNG.uniform(size=[6, 4]).astype(np.float32)
PAIRS = [(a, p) for a in range(6) for p in range(6) if a != p and LABELS[a] == LABELS[p]]
OTHERS = {a: np.flatnonzero(LABELS[a] != LABELS) for a in range(6)}


def value(tensor):
    with tf.Session() as session:
        return session.run(tensor)


@pytest.mark.parametrize("margin", [0.05, 1.0])
def test_triplets(margin):
    squared = ((VECTORS[:, None] - VECTORS) ** 2).sum(-1)
    costs = []
    for anchor, positive in PAIRS:
        near, others = squared[anchor, positive], squared[anchor, OTHERS[anchor]]
        negative = others[others > near].min() if (others > near).any() else others.max()
        costs.append(max(0.0, margin + near - negative))
    found = value(learning.triplet_semihard_loss(LABELS, VECTORS, margin))
    np.testing.assert_allclose(found, np.mean(costs), rtol=1e-5)


def test_lifted_structure():
    distances = np.sqrt(((VECTORS[:, None] - VECTORS) ** 2).sum(-1))
    costs = []
    for one, other in PAIRS:
        sums = sum(np.exp(1.5 - distances[end, OTHERS[end]]).sum() for end in (one, other))
        costs.append(max(0.0, np.log(sums) + distances[one, other]) ** 2)
    found = value(learning.lifted_struct_loss(LABELS, VECTORS, 1.5))
    np.testing.assert_allclose(found, np.mean(costs) / 2, rtol=1e-5)


def n_pairs(wanted, one, other, weight):
    products = one @ other.T
    logs = products - np.log(np.exp(products).sum(1, keepdims=True))
    entropy = -(wanted / wanted.sum(1, keepdims=True) * logs).sum(1).mean()
    return entropy + weight / 4 * ((one**2).sum(1).mean() + (other**2).sum(1).mean())


def test_n_pairs(capfd):
    one, other, labels = VECTORS[:4], VECTORS[2:], LABELS[:4]
    wanted = (labels[:, None] == labels).astype(np.float32)
    found = value(learning.npairs_loss(labels, one, other, 0.1, print_losses=True))
    np.testing.assert_allclose(found, n_pairs(wanted, one, other, 0.1), rtol=1e-5)
    assert "cross entropy:" in capfd.readouterr().err
    sets = np.array([[1, 1, 0], [0, 1, 1], [1, 1, 1], [0, 0, 1]], np.int64)
    sparse = [
        tf.SparseTensor(np.flatnonzero(row)[:, None], np.ones(row.sum(), np.int64), [3])
        for row in sets
    ]
    found = value(learning.npairs_loss_multilabel(sparse, one, other))
    np.testing.assert_allclose(found, n_pairs(sets @ sets.T, one, other, 0.002), rtol=1e-5)
    with pytest.raises(TypeError, match="SparseTensors"):
        learning.npairs_loss_multilabel([[1, 0]], one, other)


def test_contrast():
    one, other, together = VECTORS[:3], VECTORS[3:], np.array([1, 0, 0])
    distances = np.sqrt(((one - other) ** 2).sum(1))
    costs = np.where(together, distances**2, np.maximum(0.7 - distances, 0) ** 2)
    found = value(learning.contrastive_loss(together, one, other, 0.7))
    np.testing.assert_allclose(found, costs.mean(), rtol=1e-5)


def test_equal_vectors_have_slopes_that_are_numbers():
    vectors = tf.constant([[1.0, 2.0], [1.0, 2.0], [1.5, 2.0], [0.0, 1.0]])
    for loss in (learning.triplet_semihard_loss, learning.lifted_struct_loss):
        slope = tf.gradients(loss([1, 1, 2, 2], vectors), vectors)
        assert np.isfinite(value(slope)).all()
