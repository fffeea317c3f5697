"""tf.contrib.tensor_forest: trees that grow while batches come in."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.contrib.tensor_forest import trees
from graphflow.contrib.tensor_forest.trees import Growth

ForestHParams = tf.contrib.tensor_forest.ForestHParams
RandomForestGraphs = tf.contrib.tensor_forest.RandomForestGraphs


def small_tree() -> trees.Tree:
    """x[1] <= 0.5: leaf 1 with classes (3, 1), else leaf 2 with (0, 4)."""
    tree = trees.empty_tree(nodes=5, splits=2, classes=2)
    tree.size[...] = 3
    tree.child[0], tree.feature[0], tree.threshold[0] = 1, 1, 0.5
    tree.counts[1], tree.counts[2] = [3, 1], [0, 4]
    return tree


def test_examples_go_left_up_to_the_threshold():
    points = np.asarray([[9, 0.25], [0, 0.5], [0, 0.75]], np.float32)
    np.testing.assert_array_equal(trees.leaves(small_tree(), points), [1, 1, 2])
    found = trees.probabilities(small_tree(), points)
    np.testing.assert_allclose(found, [[0.75, 0.25], [0.75, 0.25], [0, 1]])


def test_a_leaf_without_examples_knows_nothing():
    tree = trees.empty_tree(nodes=3, splits=2, classes=4)
    np.testing.assert_allclose(trees.probabilities(tree, np.zeros((1, 1))), [[0.25] * 4])


def test_impurity_is_that_of_the_leaves():
    # Leaf 1: 1 - (9 + 1) / 16 with weight 4, leaf 2: 0 with weight 4.
    assert trees.mean_impurity(small_tree()) == pytest.approx(0.375 / 2)


def test_uses_of_features_are_counted():
    np.testing.assert_array_equal(trees.uses_of_features(small_tree(), 3), [0, 1, 0])


def grow(tree, x, y, split_after=6, least=1):
    points = np.asarray(x, np.float32)[:, None]
    labels = np.asarray(y)
    weights = np.ones(len(labels), np.float32)
    growth = Growth(split_after, least)
    return trees.grown(tree, points, labels, weights, growth, np.random.default_rng(3))


def test_the_first_examples_become_candidates_and_the_best_one_the_split():
    tree = trees.empty_tree(nodes=3, splits=3, classes=2)
    tree = grow(tree, [1, 4, 6], [0, 0, 1])
    np.testing.assert_array_equal(tree.thresholds[0], [1, 4, 6])
    np.testing.assert_array_equal(tree.left[0], [[1, 0], [2, 0], [2, 1]])
    assert tree.size == 1
    tree = grow(tree, [2, 5, 7], [0, 1, 1])
    assert tree.size == 3
    assert tree.threshold[0] == 4  # separates the classes
    np.testing.assert_array_equal(tree.counts[1:], [[3, 0], [0, 3]])


def test_the_tree_before_stays_as_it_is():
    tree = trees.empty_tree(nodes=3, splits=2, classes=2)
    grow(tree, [1, 2, 3, 4, 5, 6], [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(tree.counts, 0)
    assert tree.candidates[0] == 0


def test_a_leaf_of_one_class_is_not_split_but_gets_new_candidates():
    tree = grow(trees.empty_tree(nodes=3, splits=2, classes=2), range(8), [1] * 8)
    assert tree.size == 1
    assert tree.candidates[0] == 0
    assert tree.counts[0, 1] == 8


def test_a_side_has_the_least_number_of_examples():
    tree = trees.empty_tree(nodes=3, splits=2, classes=2)
    tree = grow(tree, [1, 2, 3, 4, 5, 6, 7], [0, 1, 1, 1, 1, 1, 1], least=2)
    assert tree.threshold[0] == 2  # 1 would be better, but has one example on its left


def test_a_full_tree_grows_no_more():
    tree = trees.empty_tree(nodes=3, splits=2, classes=2)
    for _ in range(9):
        tree = grow(tree, [1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 1])
    assert tree.size == 3


def examples():
    random = np.random.RandomState(4)
    points = random.uniform(-1, 1, (400, 3)).astype(np.float32)
    return points, (points[:, 0] * points[:, 2] > 0).astype(np.int32)


def params(**options):
    settings = {"num_trees": 5, "max_nodes": 60, "split_after_samples": 40, "base_random_seed": 7}
    return ForestHParams(num_classes=2, num_features=3, **{**settings, **options}).fill()


def trained(steps=25, **options):
    """A session with a forest that has learned from the examples."""
    forest = RandomForestGraphs(params(**options))
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    train = forest.training_graph(x, y)
    points, labels = examples()
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    for _ in range(steps):
        session.run(train, {x: points, y: labels})
    return session, forest


@pytest.mark.parametrize(
    "options", [{}, {"bagging_fraction": 0.5}, {"feature_bagging_fraction": 0.7, "num_trees": 9}]
)
def test_a_forest_learns_what_no_single_feature_tells(options):
    session, forest = trained(40, **options)
    points, labels = examples()
    probabilities, paths, variance = session.run(forest.inference_graph(points))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.85
    assert paths.shape == (400, len(forest.trees))
    assert variance.min() >= 0
    importances = session.run(forest.feature_importances())
    assert importances.sum() == pytest.approx(1)
    assert session.run(forest.training_loss(None, None)) < -20
    assert 0 <= session.run(forest.average_impurity()) < 0.3


def test_the_same_seed_gives_the_same_forest():
    first, second = (
        session.run(forest.inference_graph(examples()[0])[0])
        for session, forest in (trained(9), trained(9))
    )
    np.testing.assert_array_equal(first, second)


def test_a_forest_is_saved_and_restored(tmp_path):
    session, forest = trained(9)
    answer = forest.inference_graph(examples()[0])[0]
    path = tf.train.Saver().save(session, str(tmp_path / "forest"))
    expected = session.run(answer)
    session.run(tf.global_variables_initializer())
    np.testing.assert_allclose(session.run(answer), 0.5)
    tf.train.Saver().restore(session, path)
    np.testing.assert_array_equal(session.run(answer), expected)


def test_weights_count():
    forest = RandomForestGraphs(params(num_trees=1))
    train = forest.training_graph(tf.zeros([2, 3]), [0, 1], input_weights=[3.0, 1.0])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        found = session.run(forest.inference_graph(tf.zeros([1, 3]))[0])
    np.testing.assert_allclose(found, [[0.75, 0.25]])


def test_columns_of_a_dict_follow_in_the_order_of_names():
    forest = RandomForestGraphs(params())
    matrix = forest._dense({"b": [1.0, 2.0], "a": [[3.0, 4.0], [5.0, 6.0]]})
    np.testing.assert_array_equal(tf.Session().run(matrix), [[3, 4, 1], [5, 6, 2]])


@pytest.mark.parametrize(
    ("points", "labels", "text"),
    [
        (np.zeros((2, 4)), [0, 1], r"3 features .* shape \(2, 4\)"),
        (np.zeros((2, 3)), [0, 2], r"labels must be in \[0, 2\)"),
        (np.zeros((2, 3)), [0], "1 labels for 2 examples"),
    ],
)
def test_bad_examples_are_refused_and_change_nothing(points, labels, text):
    forest = RandomForestGraphs(params())
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.int32)
    train = forest.training_graph(x, y)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            session.run(train, {x: points, y: labels})
        assert session.run(forest.average_size()) == 1


@pytest.mark.parametrize(
    "option", [{"regression": True}, {"split_finish_name": "hoeffding"}, {"collate_examples": True}]
)
def test_what_is_not_there_is_refused(option):
    with pytest.raises(NotImplementedError, match=next(iter(option))):
        params(**option)


def test_parameters_that_are_needed():
    with pytest.raises(ValueError, match="num_features"):
        ForestHParams(num_classes=2).fill()
    with pytest.raises(ValueError, match="fill"):
        RandomForestGraphs(ForestHParams(num_classes=2, num_features=3))
