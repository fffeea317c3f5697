from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

learner_pb2 = tf.contrib.boosted_trees.proto.learner_pb2
estimators = tf.contrib.boosted_trees.estimator_batch.estimator
X = np.arange(12.0, dtype=np.float32)[:, None] * [1.0, 0.0]


def config(depth=2, rate=0.5):
    found = learner_pb2.LearnerConfig()
    found.constraints.max_tree_depth = depth
    found.learning_rate_tuner.fixed.learning_rate = rate
    found.growing_mode = learner_pb2.LearnerConfig.LAYER_BY_LAYER
    found.multi_class_strategy = learner_pb2.LearnerConfig.DIAGONAL_HESSIAN
    return found


def test_several_classes():
    labels = np.repeat([0, 2, 1], 4)
    classifier = estimators.GradientBoostedDecisionTreeClassifier(
        config(), examples_per_layer=12, n_classes=3, num_trees=10, center_bias=False
    )
    classifier.fit({"x": X}, labels)
    # Two layers for each tree.
    assert classifier.get_variable_value("global_step") == 20
    assert classifier.evaluate({"x": X}, labels)["accuracy"] == 1.0
    assert [item["classes"] for item in classifier.predict({"x": X})] == labels.tolist()


def test_an_array_without_a_name():
    labels = (X[:, 0] > 5).astype(np.int32)
    classifier = estimators.GradientBoostedDecisionTreeClassifier(config(), 24, num_trees=5)
    classifier.fit(X, labels, batch_size=12)
    assert classifier.evaluate(X, labels)["accuracy"] == 1.0


def test_numbers_are_centered_first():
    regressor = estimators.GradientBoostedDecisionTreeRegressor(
        config(depth=1, rate=1.0), examples_per_layer=12, num_trees=1
    )
    labels = np.where(X[:, 0] > 5, 10.0, 4.0).astype(np.float32)
    regressor.fit({"x": X}, labels)
    found = regressor.predict({"x": X}, as_iterable=False)["scores"]
    assert found == pytest.approx(labels, abs=1e-4)
    assert regressor.get_variable_value("boosted_trees/value")[0, 0] == pytest.approx([7.0])


def test_what_cannot_be_done_is_refused():
    make = estimators.GradientBoostedDecisionTreeClassifier
    whole = config()
    whole.growing_mode = learner_pb2.LearnerConfig.WHOLE_TREE
    full = config()
    full.multi_class_strategy = learner_pb2.LearnerConfig.FULL_HESSIAN
    some = config()
    some.feature_fraction_per_tree = 0.5
    with pytest.raises(NotImplementedError, match="WHOLE_TREE"):
        make(whole, 10, num_trees=2)
    with pytest.raises(NotImplementedError, match="DIAGONAL_HESSIAN alone"):
        make(full, 10, n_classes=3, num_trees=2)
    with pytest.raises(NotImplementedError, match="feature_fraction"):
        make(some, 10, num_trees=2)
    with pytest.raises(NotImplementedError, match="num_trees"):
        make(config(), 10)
    with pytest.raises(ValueError, match="LearnerConfig"):
        make(3, 10, num_trees=2)
