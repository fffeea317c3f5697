"""`tf.contrib.metrics`: measures over several runs."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

metrics = tf.contrib.metrics
RANDOM = np.random.RandomState(9)
X = RANDOM.normal(size=(4, 6)).astype(np.float32)
Y = (0.5 * X + RANDOM.normal(size=(4, 6))).astype(np.float32)


def over_runs(make, *columns):
    """The value of a metric after a run for each row of some arrays, and its last update."""
    places = [tf.placeholder(column.dtype, column.shape[1:]) for column in columns]
    value, update = make(*places)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        for rows in zip(*columns, strict=True):
            last = sess.run(update, dict(zip(places, rows, strict=True)))
        found = sess.run(value)
    if np.shape(found) == np.shape(last):  # some updates return what they add up
        np.testing.assert_allclose(found, last, rtol=1e-6)
    return found


TRUTHS = np.array([[1, 0, 1, 1], [0, 0, 1, 0]], bool)
GUESSES = np.array([[1, 1, 1, 0], [0, 1, 0, 0]], bool)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("accuracy", 4 / 8), ("precision", 2 / 4), ("recall", 2 / 4), ("true_positives", 2),
        ("true_negatives", 2), ("false_positives", 2), ("false_negatives", 2),
    ],
)  # fmt: skip
def test_right_and_wrong_predictions(name, wanted):
    make = getattr(metrics, f"streaming_{name}")
    assert over_runs(make, GUESSES, TRUTHS) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("mean_absolute_error", abs(X - Y).mean()),
        ("mean_squared_error", ((X - Y) ** 2).mean()),
        ("root_mean_squared_error", np.sqrt(((X - Y) ** 2).mean())),
        ("covariance", np.cov(X.ravel(), Y.ravel())[0, 1]),
        ("pearson_correlation", np.corrcoef(X.ravel(), Y.ravel())[0, 1]),
    ],
)
def test_differences(name, wanted):
    make = getattr(metrics, f"streaming_{name}")
    assert over_runs(make, X, Y) == pytest.approx(wanted, rel=1e-5)


def test_weights_of_pairs():
    weights = np.tile(np.array([0, 1, 2, 3, 1, 0], np.float32), [4, 1])
    wanted = np.cov(X.ravel(), Y.ravel(), fweights=weights.ravel().astype(int))[0, 1]
    found = over_runs(metrics.streaming_covariance, X, Y, weights)
    assert found == pytest.approx(wanted, rel=1e-5)
    assert over_runs(metrics.count, X, weights) == 28
    assert over_runs(metrics.count, X) == 24


def test_the_order_of_labels_and_predictions():
    """Predictions come first, and are not the labels."""
    found = over_runs(
        lambda x, y: metrics.streaming_mean_relative_error(x, y, normalizer=tf.abs(y) + 1.0), X, Y
    )
    assert found == pytest.approx((abs(X - Y) / (abs(Y) + 1)).mean(), rel=1e-5)
    assert over_runs(metrics.streaming_precision, GUESSES[:1], TRUTHS[1:]) == pytest.approx(1 / 3)


def test_means():
    assert over_runs(metrics.streaming_mean, X) == pytest.approx(X.mean(), rel=1e-4)
    np.testing.assert_allclose(over_runs(metrics.streaming_mean_tensor, X), X.mean(0), rtol=1e-4)
    below = over_runs(lambda x: metrics.streaming_percentage_less(x, 0.25), X)
    assert below == pytest.approx((X < 0.25).mean())
    unit = X / np.linalg.norm(X, axis=1, keepdims=True)
    other = Y / np.linalg.norm(Y, axis=1, keepdims=True)
    found = over_runs(lambda x, y: metrics.streaming_mean_cosine_distance(x, y, 0), unit, other)
    assert found == pytest.approx(1 - (unit * other).sum(1).mean(), rel=1e-5)


def test_classes_and_curves():
    guesses, labels = np.array([[0, 1, 2, 1]]), np.array([[0, 1, 1, 2]])
    found = over_runs(lambda x, y: metrics.streaming_mean_iou(x, y, 3), guesses, labels)
    assert found == pytest.approx((1 + 1 / 3 + 0) / 3)
    scores = np.array([[0.1, 0.9], [0.4, 0.2]], np.float32)
    right = np.array([[False, True], [True, False]])
    assert over_runs(metrics.streaming_auc, scores, right) == pytest.approx(1, abs=1e-3)
    for name in ("specificity_at_sensitivity", "sensitivity_at_specificity"):
        make = getattr(metrics, f"streaming_{name}")
        assert over_runs(lambda x, y, make=make: make(x, y, 0.8), scores, right) == 1


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("precision", [0.5, 1]), ("recall", [1, 0.5]), ("true_positives", [2, 1]),
        ("true_negatives", [0, 2]), ("false_positives", [2, 0]), ("false_negatives", [0, 1]),
    ],
)  # fmt: skip
def test_thresholds(name, wanted):
    scores = np.array([[0.6, 0.9], [0.8, 0.7]], np.float32)
    right = np.array([[True, True], [False, False]])
    make = getattr(metrics, f"streaming_{name}_at_thresholds")
    found = over_runs(lambda x, y: make(x, y, [0.5, 0.85]), scores, right)
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_rates_of_errors():
    assert over_runs(metrics.streaming_false_positive_rate, GUESSES, TRUTHS) == 2 / 4
    assert over_runs(metrics.streaming_false_negative_rate, GUESSES[:1], TRUTHS[:1]) == (
        pytest.approx(1 / 3)
    )
    assert over_runs(metrics.streaming_false_negative_rate, GUESSES[:1], ~TRUTHS[:1] & False) == 0
    scores = np.array([[0.6, 0.9], [0.8, 0.2]], np.float32)
    right = np.array([[True, True], [False, False]])
    for kind, wanted in (("positive", [0.5, 0]), ("negative", [0, 0.5])):
        make = getattr(metrics, f"streaming_false_{kind}_rate_at_thresholds")
        found = over_runs(lambda x, y, make=make: make(x, y, [0.5, 0.85]), scores, right)
        np.testing.assert_allclose(found, wanted, atol=1e-6)
    # Best at a threshold between 0.2 and 0.6: three are said to be true, two of them are.
    assert over_runs(metrics.f1_score, right, scores) == pytest.approx(0.8, abs=1e-5)


def test_the_best_predictions():
    scores = np.array([[[0.1, 0.6, 0.3], [0.5, 0.4, 0.1]]], np.float32)
    labels = np.array([[2, 1]])
    for k, wanted in ((1, 0), (2, 1)):
        make = metrics.streaming_recall_at_k
        assert over_runs(lambda x, y, k=k, make=make: make(x, y, k), scores, labels) == wanted
    several = np.array([[[2, 1], [0, 2]]])
    by_k = {
        metrics.streaming_sparse_recall_at_k: 3 / 4,
        metrics.streaming_sparse_precision_at_k: 3 / 4,
        metrics.streaming_sparse_average_precision_at_k: (1 + 0.5) / 2,
    }
    for make, wanted in by_k.items():
        found = over_runs(lambda x, y, make=make: make(x, y, 2), scores, several)
        assert found == pytest.approx(wanted)
    top = np.array([[[1, 2], [0, 1]]])
    assert over_runs(metrics.streaming_sparse_precision_at_top_k, top, several) == 3 / 4
    assert over_runs(metrics.sparse_recall_at_top_k, several, top) == 3 / 4


def test_collections_and_aggregation():
    pairs = {
        "mean": metrics.streaming_mean([3.0, 5.0], None, "values", "updates"),
        "right": metrics.streaming_accuracy([1, 2], [1, 1], name="right"),
    }
    values, updates = metrics.aggregate_metric_map(pairs)
    assert tf.get_collection("values") == [values["mean"]]
    assert tf.get_collection("updates") == [updates["mean"]]
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        sess.run(updates)
        assert sess.run(values) == {"mean": 4, "right": 0.5}
    assert {v.op.name.split("/")[0] for v in tf.local_variables()} == {"mean", "right"}
