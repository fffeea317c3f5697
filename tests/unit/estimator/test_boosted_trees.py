"""Trees of gradients; the expected numbers are those that TensorFlow 1.15's own kernels give."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.estimator.boosting import (
    IS_CENTERING,
    LEAF,
    Grower,
    Quantiles,
    TreeSettings,
    best_splits,
    empty,
)

fc = tf.feature_column
FEATURES = {
    "f_0": np.asarray([12.5, 1.0, -2.001, -2.0001, -1.999], np.float32),
    "f_1": np.asarray([2.0, -3.0, 0.5, 0.0, 0.4995], np.float32),
    "f_2": np.asarray([3.0, 20.0, 50.0, -100.0, 102.75], np.float32),
}
CLASSES = np.asarray([0.0, 1.0, 1.0, 0.0, 0.0], np.float32)
NUMBERS = np.asarray([1.5, 0.3, 0.2, 2.0, 5.0], np.float32)
COLUMNS = [fc.bucketized_column(fc.numeric_column(name), [-2.0, 0.5, 12.0]) for name in FEATURES]


def input_of(labels, batch_size=5, repeat=None):
    def input_fn():
        data = tf.data.Dataset.from_tensor_slices((FEATURES, labels))
        return data.repeat(repeat).batch(batch_size)

    return input_fn


def predicted(estimator, name="predictions"):
    predictions = estimator.predict(input_of(CLASSES, repeat=1))
    return [item[name].item() for item in predictions]


def counted(estimator):
    counts = estimator.get_variable_value("boosted_trees/counts")
    return [int(estimator.get_variable_value("global_step")), *counts[[0, 2]].tolist()]


def settings(**given):
    values = {
        "n_trees": 2, "max_depth": 2, "learning_rate": 1.0, "l1": 0.0, "l2": 0.0,
        "tree_complexity": 0.0, "min_node_weight": 0.0, "center_bias": False,
        "pruning_mode": "none",
    }  # fmt: skip
    return TreeSettings(**{**values, **given})


# -- as TensorFlow does ---------------------------------------------------------------------------


@pytest.mark.parametrize(("batch_size", "n_batches"), [(5, 1), (15, 1), (1, 5)])
def test_a_tree_of_numbers(batch_size, n_batches):
    regressor = tf.estimator.BoostedTreesRegressor(COLUMNS, n_batches, n_trees=1, max_depth=5)
    regressor.train(input_of(NUMBERS, batch_size), steps=100)
    # Steps, finished trees, and attempts to grow a layer.
    assert counted(regressor) == [5 * n_batches, 1, 5]
    expected = [0.571619, 0.262821, 0.124549, 0.956801, 1.769801]
    assert predicted(regressor) == pytest.approx(expected, rel=1e-5)
    found = regressor.evaluate(input_of(NUMBERS, batch_size), steps=n_batches)
    assert found["average_loss"] == pytest.approx(2.478283, rel=1e-5)


def test_two_trees_of_numbers():
    regressor = tf.estimator.BoostedTreesRegressor(COLUMNS, 1, n_trees=2, max_depth=5)
    regressor.train(input_of(NUMBERS), steps=100)
    assert counted(regressor) == [10, 2, 10]
    found = regressor.evaluate(input_of(NUMBERS), steps=1)
    assert found["average_loss"] == pytest.approx(1.008551, rel=1e-5)


def test_data_that_end_early():
    regressor = tf.estimator.BoostedTreesRegressor(COLUMNS, 1, n_trees=1, max_depth=5)
    regressor.train(input_of(NUMBERS, repeat=3), steps=100)
    assert counted(regressor) == [3, 0, 3]
    expected = [0.353850, 0.254100, 0.106850, 0.712100, 1.012100]
    assert predicted(regressor) == pytest.approx(expected, rel=1e-5)


def test_a_tree_of_two_classes():
    classifier = tf.estimator.BoostedTreesClassifier(COLUMNS, 1, n_trees=1, max_depth=5)
    classifier.train(input_of(CLASSES), steps=100)
    assert counted(classifier) == [5, 1, 5]
    assert classifier.evaluate(input_of(CLASSES), steps=1)["accuracy"] == 1.0
    assert predicted(classifier, "class_ids") == [0, 1, 1, 0, 0]


def test_classes_with_names_and_weights():
    names = np.asarray(["apple", "banana", "banana", "apple", "apple"])

    def input_fn():
        features = {**FEATURES, "w": np.ones(5, np.float32)}
        return tf.data.Dataset.from_tensors((features, names[:, None]))

    classifier = tf.estimator.BoostedTreesClassifier(
        COLUMNS, 1, n_trees=1, max_depth=5, weight_column="w", label_vocabulary=["apple", "banana"]
    )
    classifier.train(lambda: input_fn().repeat(), steps=5)
    assert classifier.evaluate(input_fn)["accuracy"] == 1.0


# -- by hand --------------------------------------------------------------------------------------


def test_an_indicator_tells_all():
    words = fc.categorical_column_with_vocabulary_list("word", ["bad", "good", "ok"])
    features = {"word": np.asarray(["bad", "good", "good", "ok", "bad"]), **FEATURES}
    labels = np.asarray([0.0, 5.7, 5.7, 0.0, 0.0], np.float32)
    data = lambda: tf.data.Dataset.from_tensors((features, labels))  # noqa: E731
    regressor = tf.estimator.BoostedTreesRegressor(
        [fc.indicator_column(words), COLUMNS[2]], 1, n_trees=1, max_depth=1, learning_rate=1.0
    )
    regressor.train(lambda: data().repeat(), max_steps=5)
    found = [item["predictions"].item() for item in regressor.predict(data)]
    assert found == pytest.approx(labels, abs=1e-6)
    names, gains = regressor.experimental_feature_importances(normalize=True)
    assert names.tolist() == ["word", "f_2_bucketized"]
    assert gains.tolist() == [1.0, 0.0]


def test_numbers_are_parted_by_quantiles():
    x = np.arange(40.0, dtype=np.float32)[:, None] * [1.0, -2.0]

    def input_fn():
        return tf.data.Dataset.from_tensors(({"x": x}, (x[:, 0] > 24).astype(np.float32))).repeat()

    classifier = tf.estimator.BoostedTreesClassifier(
        [fc.numeric_column("x", 2)], 1, n_trees=3, max_depth=1, quantile_sketch_epsilon=0.05
    )
    classifier.train(input_fn, steps=100)
    # The batch in which boundaries were found does not count.
    assert counted(classifier) == [3, 3, 3]
    boundaries = classifier.get_variable_value("boosted_trees/boundaries")
    assert boundaries[0].tolist() == list(range(1, 41, 2))
    # The bucket that ends with 25 holds an example of the other class.
    assert classifier.evaluate(input_fn, steps=1)["accuracy"] == pytest.approx(39 / 40)


def test_the_bias_is_centered_first():
    labels = NUMBERS + 100
    regressor = tf.estimator.BoostedTreesRegressor(
        COLUMNS, 1, n_trees=1, max_depth=1, center_bias=True
    )
    regressor.train(input_of(labels), steps=2)
    assert predicted(regressor) == pytest.approx([labels.mean()] * 5, rel=1e-6)
    assert counted(regressor) == [2, 0, 0]
    regressor.train(input_of(labels), steps=1)
    assert counted(regressor) == [3, 1, 1]


def test_the_best_split_of_a_node():
    # One feature; gradients -2, 1, 1 and hessians 1, 1, 2 in three buckets.
    stats = np.asarray([[[[-2.0, 1.0], [1.0, 1.0], [1.0, 2.0]]]])[..., None]
    found = best_splits(stats, settings(l2=1.0))
    assert (found.feature[0], found.threshold[0]) == (0, 0)
    assert found.left[0] == [2.0 / 2]
    assert found.right[0] == [-2.0 / 4]
    assert found.gain[0] == 4 / 2 + 4 / 4 - 0.0
    assert best_splits(stats, settings(min_node_weight=4.5)).is_allowed.tolist() == [False]
    # Only what exceeds l1 counts.
    assert best_splits(stats, settings(l1=0.5)).left[0] == [1.5]


def grown(batches, **given):
    """Trees of one feature with two buckets."""
    grower = Grower(settings(**given), 1, 1, 2)
    trees = empty(settings(**given))
    for nodes, gradients in batches:
        size = len(nodes)
        buckets = np.asarray([[index % 2] for index in range(size)], np.int32)
        trees = grower.add(
            trees,
            buckets,
            np.asarray(nodes),
            np.asarray(gradients, np.float32)[:, None],
            np.ones((size, 1)),
        )
    return trees


def test_children_add_to_the_value_of_their_parent():
    trees = grown([([0, 0], [1.0, -3.0]), ([1, 2], [0.5, 0.25])])
    assert trees.feature[0].tolist() == [0, 0, 0, LEAF, LEAF, LEAF, LEAF]
    assert trees.value[0, 1:3, 0].tolist() == [-1.0, 3.0]
    # The example of node 1 is in bucket 0, and that of node 2 in bucket 1.
    assert trees.value[0, 3:, 0].tolist() == [-1.5, -1.0, 3.0, 2.75]


def test_splits_without_gain_are_not_made():
    trees = grown([([0, 0], [1.0, 1.0])] * 3, tree_complexity=0.1, pruning_mode="pre")
    assert trees.feature[0, 0] == LEAF
    assert trees.counts.tolist()[:3] == [0, 0, 3]


def test_splits_that_lost_are_taken_back():
    batches = [([0, 0], [1.0, -3.0]), ([1, 2], [0.0, 0.0])]
    trees = grown(batches, tree_complexity=0.1, pruning_mode="post")
    assert trees.feature[0].tolist() == [0, *[LEAF] * 6]
    assert trees.counts[0] == 1
    kept = grown(batches)
    assert kept.feature[0, :3].tolist() == [0, 0, 0]


def test_few_numbers_are_their_own_boundaries():
    quantiles = Quantiles(1, 5, enough=2)
    assert np.isinf(quantiles.add(np.asarray([[3.0], [1.0]], np.float32))).all()
    found = quantiles.add(np.asarray([[2.0], [1.0]], np.float32))
    assert found.tolist() == [[1.0, 2.0, 3.0, np.inf, np.inf]]


def test_a_layer_grows_after_examples():
    grower = Grower(settings(max_depth=1), 3, 1, 2, counts_examples=True)
    trees, one = empty(settings(max_depth=1)), np.ones((2, 1), np.float32)
    buckets, nodes = np.asarray([[0], [1]], np.int32), np.zeros(2, np.int32)
    first = grower.add(trees, buckets, nodes, one, one)
    assert first.counts[0] == 0
    assert grower.add(first, buckets, nodes, one, one).counts[0] == 1


def test_two_logits_have_their_own_values():
    # Only the first logit tells the buckets apart.
    stats = np.asarray([[[[[1.0, 1.0], [1.0, 2.0]], [[-3.0, 1.0], [1.0, 2.0]]]]])
    found = best_splits(stats, settings())
    assert found.left[0].tolist() == [-1.0, -0.5]
    assert found.right[0].tolist() == [3.0, -0.5]
    assert found.gain[0] == (1 + 0.5) + (9 + 0.5) - (4 / 2 + 4 / 4)


def test_centering_is_counted():
    assert empty(settings(center_bias=True)).counts[IS_CENTERING] == 1


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"n_batches_per_layer": 0}, ValueError),
        ({"n_trees": 0}, ValueError),
        ({"pruning_mode": "pre"}, ValueError),
        ({"tree_complexity": 0.5}, ValueError),
        ({"pruning_mode": "some", "tree_complexity": 0.5}, ValueError),
        ({"feature_columns": []}, ValueError),
        ({"feature_columns": [fc.categorical_column_with_identity("i", 3)]}, ValueError),
        ({"train_in_memory": True, "n_batches_per_layer": 2}, ValueError),
        ({"n_classes": 3}, NotImplementedError),
    ],
)
def test_arguments_are_checked(given, error):
    with pytest.raises(error):
        tf.estimator.BoostedTreesClassifier(
            **{"feature_columns": COLUMNS, "n_batches_per_layer": 1, **given}
        )
