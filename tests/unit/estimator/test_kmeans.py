from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

POINTS = np.asarray([[0.0, 1.0], [0.0, 3.0], [8.0, 0.0], [10.0, 0.0], [9.0, 3.0]], np.float32)


def data(batch_size=5, repeat=1):
    return lambda: tf.data.Dataset.from_tensor_slices(POINTS).repeat(repeat).batch(batch_size)


def test_centers_are_found_and_training_ends_by_itself():
    means = tf.contrib.factorization.KMeansClustering(
        2, initial_clusters=POINTS[:2], use_mini_batch=False, relative_tolerance=1e-6
    )
    means.train(data(repeat=None), max_steps=50)
    assert means.get_variable_value("global_step") < 10
    assert means.cluster_centers().tolist() == [[9.0, 1.0], [0.0, 2.0]]
    assert [int(index) for index in means.predict_cluster_index(data())] == [1, 1, 0, 0, 0]
    # Squares of distances: 1 and 1; 2, 2 and 4.
    assert means.score(data()) == pytest.approx(10.0)
    first = next(means.transform(data()))
    assert first.tolist() == pytest.approx([9.0, 1.0])


def test_batches_and_columns():
    x = tf.feature_column.numeric_column("x", shape=2)
    means = tf.estimator.experimental.KMeans(
        2, seed=3, initial_clusters=tf.estimator.experimental.KMeans.KMEANS_PLUS_PLUS_INIT,
        feature_columns=[x],
    )  # fmt: skip

    def input_fn():
        features = {"x": POINTS, "other": np.zeros(5, np.float32)}
        return tf.data.Dataset.from_tensor_slices(features).repeat().batch(5)

    means.train(input_fn, steps=20)
    centers = means.cluster_centers()
    assert sorted(np.round(centers[:, 0]).tolist()) == [0.0, 9.0]


def test_features_stand_side_by_side():
    means = tf.estimator.experimental.KMeans(1, use_mini_batch=False)

    def input_fn():
        return {"b": tf.constant([[1.0], [3.0]]), "a": tf.constant([[5.0], [7.0]])}

    means.train(input_fn, steps=2)
    assert means.cluster_centers().tolist() == [[6.0, 2.0]]


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="initial_clusters"):
        tf.estimator.experimental.KMeans(2, initial_clusters="some")
    with pytest.raises(ValueError, match="distance_metric"):
        tf.estimator.experimental.KMeans(2, distance_metric="taxi")
