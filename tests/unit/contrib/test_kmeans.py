"""tf.contrib.factorization.KMeans finds groups of points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.contrib.factorization.initial_centers import KMC2_INIT

KMeans = tf.contrib.factorization.KMeans
POINTS = np.asarray([[1, 2], [1, 4], [2, 3], [9, 0], [8, 0], [8.5, 0.75]], np.float32)


def _trained(means: Any, steps: int, feed: Any = None) -> tuple[Any, ...]:
    """Indices, distances and centers after some steps."""
    _, index, distance, initialized, init, step = means.training_graph()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer(), feed)
        assert not session.run(initialized)
        for _ in range(2):  # k-MC2 chooses one center in each run
            session.run(init, feed)
        assert session.run(initialized)
        for _ in range(steps):
            session.run(step, feed)
        return *session.run([index[0], distance[0]], feed), session.run("clusters:0")


@pytest.mark.parametrize("how", ["kmeans_plus_plus", KMC2_INIT])
@pytest.mark.parametrize("use_mini_batch", [False, True])
def test_far_points_begin_in_groups_of_their_own(how, use_mini_batch):
    means = KMeans(
        tf.constant(POINTS), 2, how, use_mini_batch=use_mini_batch, random_seed=3,
        kmeans_plus_plus_num_retries=5,
    )  # fmt: skip
    index, _, _ = _trained(means, 4)
    assert len(set(index[:3])) == len(set(index[3:])) == 1
    assert index[0] != index[3]


def test_a_step_moves_centers_into_the_middle():
    means = KMeans(tf.constant(POINTS), 2, [[0.0, 0.0], [9.0, 1.0]])
    index, distance, centers = _trained(means, 1)
    np.testing.assert_array_equal(index, [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(centers, [[4 / 3, 3], [8.5, 0.25]], rtol=1e-6)
    np.testing.assert_allclose(distance[0], (1 / 3) ** 2 + 1, rtol=1e-4)


def test_a_center_without_points_stays():
    means = KMeans(tf.constant(POINTS), 3, [[0.0, 0.0], [9.0, 1.0], [-90.0, 50.0]])
    _, _, centers = _trained(means, 2)
    np.testing.assert_array_equal(centers[2], [-90, 50])


def test_a_batch_moves_centers_by_its_weight():
    # A center counts as one point: (0 + 1 + 1 + 2) / 4 and (0 + 2 + 4 + 3) / 4.
    first = tf.constant([[0.0, 0.0], [9.0, 1.0]])
    _, _, centers = _trained(KMeans(tf.constant(POINTS), 2, first, use_mini_batch=True), 1)
    np.testing.assert_allclose(centers[0], [1, 9 / 4], rtol=1e-6)


def test_centers_move_after_several_steps_only():
    means = KMeans(
        tf.constant(POINTS), 2, [[0.0, 0.0], [9.0, 1.0]], use_mini_batch=True,
        mini_batch_steps_per_iteration=2,
    )  # fmt: skip
    _, _, _, _, init, step = means.training_graph()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(init)
        session.run(step)
        np.testing.assert_array_equal(session.run("clusters:0"), [[0, 0], [9, 1]])
        session.run(step)
        expected = [[4 / 3, 3], [8.5, 0.25]]
        np.testing.assert_allclose(session.run("clusters:0"), expected, rtol=1e-6)
        assert session.run("update_in_steps:0") == 2


def test_only_directions_count_for_cosines():
    points = tf.constant([[2.0, 0.0], [5.0, 1.0], [0.0, 3.0], [1.0, 9.0]])
    means = KMeans(points, 2, [[1.0, 0.0], [0.0, 1.0]], distance_metric="cosine")
    index, distance, _ = _trained(means, 0)
    np.testing.assert_array_equal(index, [0, 0, 1, 1])
    np.testing.assert_allclose(distance[:2], [0, 1 - 5 / np.sqrt(26)], atol=1e-6)


def test_scores_are_the_distances_from_all_centers():
    means = KMeans(tf.constant(POINTS), 2, [[0.0, 0.0], [9.0, 1.0]])
    scores, _, _, _, init, _ = means.training_graph()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(init)
        np.testing.assert_allclose(session.run(scores[0])[0], [5, 65], rtol=1e-6)


def test_small_batches_give_centers_one_after_the_other():
    batch = tf.placeholder(tf.float32, [None, 2])
    _, _, _, initialized, init, _ = KMeans(batch, 3).training_graph()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(init, {batch: POINTS[:2]})
        assert not session.run(initialized)
        session.run(init, {batch: POINTS[4:5]})
        assert session.run(initialized)
        expected = POINTS[[0, 1, 4]]
        np.testing.assert_array_equal(session.run("clusters:0"), expected)
        session.run(init, {batch: POINTS})  # there are enough
        np.testing.assert_array_equal(session.run("clusters:0"), expected)


def test_several_batches_are_one():
    parts = [tf.constant(POINTS[:2]), tf.constant(POINTS[2:])]
    means = KMeans(parts, 2, [[0.0, 0.0], [9.0, 1.0]])
    _, _, centers = _trained(means, 1)
    np.testing.assert_allclose(centers, [[4 / 3, 3], [8.5, 0.25]], rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"initial_clusters": "best"}, "initial_clusters is 'best', not one of random"),
        ({"distance_metric": "taxi"}, "distance_metric is 'taxi'"),
        ({"inputs": tf.TensorShape([3]).as_list()}, "must be matrices"),
    ],
)
def test_bad_arguments_are_refused(arguments, text):
    with pytest.raises(ValueError, match=text):
        KMeans(**{"inputs": tf.constant(POINTS), "num_clusters": 2, **arguments})
