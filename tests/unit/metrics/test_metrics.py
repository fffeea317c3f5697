"""`tf.metrics`: values over batches by numpy's formulas, variables, collections, bad input."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

LABELS = np.array([[1, 0, 1], [0, 1, 0]])
SCORES = np.float32([[0.9, 0.4, 0.35], [0.1, 0.8, 0.7]])


def run(fetches, feeds=None):
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        return session.run(fetches, feeds)


def over_batches(pair, feeds):
    value, update = pair
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        updates = [session.run(update, feed) for feed in feeds]
        np.testing.assert_allclose(session.run(value), updates[-1])
    return updates[-1]


def test_means_over_batches():
    x = tf.placeholder(tf.float32, [None])
    w = tf.placeholder(tf.float32, [None])
    batches = [(np.random.randn(n), np.random.rand(n)) for n in (3, 1, 5)]
    feeds = [{x: values, w: weights} for values, weights in batches]
    values, weights = (np.concatenate(parts) for parts in zip(*batches, strict=True))
    assert over_batches(tf.metrics.mean(x), feeds) == pytest.approx(values.mean(), abs=1e-6)
    found = over_batches(tf.metrics.mean(x, w), feeds)
    assert found == pytest.approx(np.average(values, weights=weights), abs=1e-6)
    found = over_batches(tf.metrics.root_mean_squared_error(x, w), feeds)
    assert found == pytest.approx(np.sqrt(np.mean((values - weights) ** 2)), rel=1e-5)


def test_a_metric_keeps_its_value_until_it_is_initialized_again():
    x = tf.placeholder(tf.float32, [2])
    value, update = tf.metrics.mean(x)
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run(update, {x: [1, 3]})
        assert session.run(value) == 2
        session.run(tf.variables_initializer(tf.get_collection("metric_variables")))
        assert session.run(value) == 0


def test_variables_and_collections():
    pair = tf.metrics.accuracy([1, 2], [1, 3], None, "values", ["updates", "more"], "own")
    assert [v.name for v in tf.local_variables()] == ["own/total:0", "own/count:0"]
    assert tf.get_collection(tf.GraphKeys.METRIC_VARIABLES) == tf.local_variables()
    assert tf.global_variables() == tf.trainable_variables() == []
    assert tf.get_collection("values") == [pair[0]]
    assert tf.get_collection("updates") == tf.get_collection("more") == [pair[1]]
    assert pair[1].name == "own/update_op:0"
    tf.metrics.precision([1], [1])
    tf.metrics.precision([1], [1])
    assert tf.local_variables()[-1].name == "precision_1/false_positives/count:0"


def test_accuracy_of_strings_and_columns():
    pairs = [
        tf.metrics.accuracy(["a", "b"], ["a", "c"]),
        tf.metrics.accuracy([[1], [2]], [1, 2]),
        tf.metrics.accuracy([1, 2], [[1.0], [3.0]], [[3.0], [1.0]]),
    ]
    assert run([update for _, update in pairs]) == [0.5, 1, 0.75]


def test_rates_of_nothing():
    zeros = np.zeros(3)
    pairs = [
        tf.metrics.precision(zeros, zeros),
        tf.metrics.recall(zeros, zeros),
        tf.metrics.mean_iou(zeros.astype(int)[:0], zeros.astype(int)[:0], 2),
    ]
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        session.run([update for _, update in pairs])
        assert session.run([value for value, _ in pairs]) == [0, 0, 0]


@pytest.mark.parametrize("method", ["trapezoidal", "careful_interpolation"])
def test_area_is_that_of_all_pairs(method):
    """The area under ROC is the share of pairs of a true and a false one in the right order."""
    labels = np.random.rand(300) < 0.4
    scores = np.clip(np.random.rand(300) + 0.3 * labels, 0, 1).round(2)
    true, false = scores[labels][:, None], scores[~labels][None]
    wanted = np.mean(true > false) + np.mean(true == false) / 2
    _, update = tf.metrics.auc(labels, scores, num_thresholds=1001, summation_method=method)
    assert run(update) == pytest.approx(wanted, abs=2e-3)


def test_rates_at_the_nearest_threshold():
    labels = [0, 0, 0, 0, 1, 1]
    scores = [0.1, 0.2, 0.3, 0.8, 0.25, 0.9]
    found = [
        tf.metrics.sensitivity_at_specificity(labels, scores, 0.75)[1],
        tf.metrics.specificity_at_sensitivity(labels, scores, 0.5)[1],
    ]
    np.testing.assert_allclose(run(found), [0.5, 1.0], rtol=1e-5)


def test_average_precision_by_hand():
    labels = tf.constant([[0, 3], [2, 1]], tf.int64)
    scores = np.float32([[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]])
    _, update = tf.metrics.average_precision_at_k(labels, scores, 4)
    wanted = [(1 / 1 + 2 / 4) / 2, (1 / 2 + 2 / 3) / 2]
    assert run(update) == pytest.approx(np.mean(wanted))


def test_labels_without_the_last_axis():
    labels, scores = tf.constant([2, 0], tf.int64), np.float32([[0.1, 0.3, 0.6], [0.2, 0.5, 0.3]])
    unknown = tf.placeholder_with_default(labels, None)
    updates = [tf.metrics.recall_at_k(item, scores, 2)[1] for item in (labels, unknown)]
    assert run(updates) == [0.5, 0.5]


def test_names_of_ranked_metrics():
    value, update = tf.metrics.recall_at_k([[1]], [[0.1, 0.2]], 1, class_id=1)
    assert (value.name, update.name) == ("recall_at_1_class1:0", "recall_at_1_class1/update:0")
    assert [v.name for v in tf.local_variables()] == [
        "recall_at_1_class1/true_positive_at_1_class1:0",
        "recall_at_1_class1/false_negative_at_1_class1:0",
    ]


def test_predictions_must_be_probabilities():
    scores = tf.placeholder(tf.float32, [2])
    value, update = tf.metrics.auc([0, 1], scores)
    for bad in ([0.5, 1.5], [-0.5, 0.5]):
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"must be in \[0, 1\]"):
                session.run(update, {scores: bad})
            assert session.run(value) == pytest.approx(0)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: tf.metrics.auc(LABELS, SCORES, curve="roc"), "curve must be ROC or PR"),
        (lambda: tf.metrics.auc(LABELS, SCORES, summation_method="x"), "summation_method must be"),
        (lambda: tf.metrics.mean(SCORES, [1.0, 2.0, 3.0]), "weights do not fit"),
        (lambda: tf.metrics.accuracy(LABELS, LABELS[:1]), "not compatible"),
        (lambda: tf.metrics.precision(LABELS, LABELS[0]), "not compatible"),
        (lambda: tf.metrics.sensitivity_at_specificity(LABELS, SCORES, 1.5), "must be in"),
        (lambda: tf.metrics.specificity_at_sensitivity(LABELS, SCORES, -1), "must be in"),
    ],
)
def test_bad_arguments(build, message):
    with pytest.raises(ValueError, match=message):
        build()
