from __future__ import annotations

import math

import numpy as np
import pytest

import graphflow as tf

fc = tf.feature_column
PREDICT, EVAL, TRAIN = "infer", "eval", "train"


def evaluated(head, logits, labels, features=None, **more):
    """The loss and the metrics of one batch."""
    spec = head.create_estimator_spec(features or {}, EVAL, logits, labels, **more)
    with tf.Session() as sess:
        sess.run([tf.local_variables_initializer(), tf.tables_initializer()])
        sess.run([update for _, update in spec.eval_metric_ops.values()])
        values = {name: value for name, (value, _) in spec.eval_metric_ops.items()}
        return sess.run([spec.loss, values])


def run(tensors):
    with tf.Session() as sess:
        sess.run(tf.tables_initializer())
        return sess.run(tensors)


# -- numbers --------------------------------------------------------------------------------------


def test_a_regression_is_the_mean_of_squares():
    loss, metrics = evaluated(
        tf.estimator.RegressionHead(weight_column="w"),
        [[1.0], [2.0]],
        [3.0, 5.0],
        {"w": tf.constant([1.0, 3.0])},
    )
    # Squares are 4 and 9; the sum of the weighted ones is divided by the number of examples.
    assert loss == (4.0 + 3 * 9.0) / 2
    assert metrics["average_loss"] == (4.0 + 3 * 9.0) / 4
    assert metrics["prediction/mean"] == (1.0 + 3 * 2.0) / 4
    assert metrics["label/mean"] == (3.0 + 3 * 5.0) / 4


def test_losses_are_added_and_names_end_in_that_of_the_head():
    loss, metrics = evaluated(
        tf.estimator.RegressionHead(2, loss_reduction=tf.losses.Reduction.SUM, name="h"),
        [[1.0, 2.0]],
        [[2.0, 4.0]],
        regularization_losses=[tf.constant(0.5), tf.constant(0.25)],
    )
    assert loss == 1.0 + 4.0 + 0.75
    assert metrics["average_loss/h"] == 2.5
    assert metrics["regularization_loss/h"] == 0.75


def test_a_regression_has_the_given_loss_and_link():
    def loss_fn(labels, logits, features):
        return tf.abs(labels - logits) * features["scale"]

    head = tf.estimator.RegressionHead(loss_fn=loss_fn, inverse_link_fn=lambda x: 2.0 * x)
    loss, metrics = evaluated(head, [[1.0]], [4.0], {"scale": tf.constant(10.0)})
    assert loss == 30.0
    assert metrics["prediction/mean"] == 2.0
    assert sorted(head.predictions([[1.0]])) == ["logits", "predictions"]


def test_counts_are_poisson_distributed():
    loss, metrics = evaluated(
        tf.estimator.PoissonRegressionHead(compute_full_loss=False), [[0.5], [1.0]], [2.0, 3.0]
    )
    expected = (math.exp(0.5) - 2 * 0.5 + math.e - 3 * 1.0) / 2
    assert loss == pytest.approx(expected, rel=1e-6)
    assert metrics["prediction/mean"] == pytest.approx((math.exp(0.5) + math.e) / 2, rel=1e-6)


def test_rates_are_logistic():
    loss, metrics = evaluated(tf.estimator.LogisticRegressionHead(), [[0.0]], [0.25])
    assert loss == pytest.approx(math.log(2), rel=1e-6)
    assert metrics["prediction/mean"] == 0.5
    with pytest.raises(tf.errors.InvalidArgumentError, match="between 0 and 1"):
        run(tf.estimator.LogisticRegressionHead().loss([1.5], [[0.0]]))


# -- classes --------------------------------------------------------------------------------------


def test_two_classes_have_metrics_at_thresholds():
    logits = [[math.log(0.2 / 0.8)], [math.log(0.6 / 0.4)], [math.log(0.9 / 0.1)]]
    head = tf.estimator.BinaryClassHead(thresholds=[0.5, 0.75], name="h")
    loss, metrics = evaluated(head, np.asarray(logits, np.float32), [0, 0, 1])
    expected = -(math.log(0.8) + math.log(0.4) + math.log(0.9)) / 3
    assert loss == pytest.approx(expected, rel=1e-5)
    assert metrics["accuracy/h"] == pytest.approx(2 / 3)
    assert metrics["accuracy/positive_threshold_0.5/h"] == pytest.approx(2 / 3)
    assert metrics["precision/positive_threshold_0.5/h"] == 0.5
    assert metrics["accuracy/positive_threshold_0.75/h"] == 1.0
    assert metrics["recall/positive_threshold_0.75/h"] == 1.0
    assert metrics["accuracy_baseline/h"] == pytest.approx(2 / 3)


def test_predictions_list_all_classes():
    head = tf.estimator.MultiClassHead(3, label_vocabulary=["a", "b", "c"])
    found = run(head.predictions([[0.0, 3.0, 1.0], [5.0, 0.0, 0.0]]))
    assert found["class_ids"].tolist() == [[1], [0]]
    assert found["classes"].tolist() == [[b"b"], [b"a"]]
    assert found["all_class_ids"].tolist() == [[0, 1, 2]] * 2
    assert found["all_classes"].tolist() == [[b"a", b"b", b"c"]] * 2
    assert list(head.predictions([[0.0, 3.0, 1.0]], ["classes"])) == ["classes"]


def test_several_classes():
    loss, metrics = evaluated(
        tf.estimator.MultiClassHead(3), np.log([[1.0, 2.0, 5.0], [4.0, 3.0, 1.0]]), [2, 1]
    )
    assert loss == pytest.approx(-(math.log(5 / 8) + math.log(3 / 8)) / 2, rel=1e-6)
    assert metrics["accuracy"] == 0.5


LABELS = {
    "dense": [[1, 0, 1], [0, 1, 0]],
    "sparse": tf.SparseTensorValue([[0, 0], [0, 1], [1, 0]], [0, 2, 1], [2, 2]),
    "names": tf.SparseTensorValue([[0, 0], [0, 1], [1, 0]], [b"a", b"c", b"b"], [2, 2]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_examples_have_any_number_of_classes(kind):
    labels = tf.convert_to_tensor_or_sparse_tensor(LABELS[kind])
    vocabulary = ["a", "b", "c"] if kind == "names" else None
    head = tf.estimator.MultiLabelHead(
        3, thresholds=[0.5], label_vocabulary=vocabulary, classes_for_class_based_metrics=[2]
    )
    probabilities = np.asarray([[0.9, 0.2, 0.4], [0.3, 0.6, 0.1]])
    logits = np.log(probabilities / (1 - probabilities)).astype(np.float32)
    loss, metrics = evaluated(head, logits, labels)
    right = [0.9, 0.8, 0.4, 0.7, 0.6, 0.9]
    assert loss == pytest.approx(-np.log(right).mean(), rel=1e-5)
    assert metrics["accuracy/positive_threshold_0.5"] == pytest.approx(5 / 6)
    assert metrics["recall/positive_threshold_0.5"] == pytest.approx(2 / 3)
    name = "c" if vocabulary else "class2"
    assert metrics[f"probability_mean/{name}"] == pytest.approx(0.25)
    assert metrics[f"auc/{name}"] == pytest.approx(1.0, abs=1e-3)


def test_labels_are_checked():
    head = tf.estimator.MultiClassHead(3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="labels must be below 3"):
        run(head.loss([3], [[0.0, 0.0, 0.0]]))
    with pytest.raises(ValueError, match="labels are missing"):
        head.create_estimator_spec({}, EVAL, [[0.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match=r"not \(1, 2\)"):
        head.predictions([[0.0, 0.0]])


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: tf.estimator.MultiClassHead(2), "3 or more"),
        (lambda: tf.estimator.MultiLabelHead(1), "2 or more"),
        (lambda: tf.estimator.BinaryClassHead(thresholds=[1.5]), "between 0 and 1"),
        (lambda: tf.estimator.BinaryClassHead(loss_fn=lambda labels: labels), "labels and logits"),
        (lambda: tf.estimator.RegressionHead(loss_reduction="none"), "must reduce"),
        (lambda: tf.estimator.MultiHead([tf.estimator.RegressionHead()]), "names of their own"),
    ],
)
def test_arguments_of_heads_are_checked(make, match):
    with pytest.raises(ValueError, match=match):
        make()


# -- several heads --------------------------------------------------------------------------------


def two_heads():
    size = tf.estimator.RegressionHead(name="size")
    return tf.estimator.MultiHead([size, tf.estimator.MultiClassHead(3, name="kind")], [1.0, 10.0])


def test_losses_of_heads_are_weighted():
    logits = np.asarray([[1.0, *np.log([1.0, 1.0, 2.0])]], np.float32)
    loss, metrics = evaluated(two_heads(), logits, {"size": [4.0], "kind": [2]})
    assert metrics["loss/size"] == 9.0
    assert metrics["loss/kind"] == pytest.approx(math.log(2), rel=1e-6)
    assert loss == pytest.approx(9.0 + 10 * math.log(2), rel=1e-6)
    assert metrics["accuracy/kind"] == 1.0


def test_heads_predict_and_export_together():
    logits = {"size": tf.constant([[1.5]]), "kind": tf.constant([[0.0, 1.0, 0.0]])}
    spec = two_heads().create_estimator_spec({}, PREDICT, logits)
    assert run(spec.predictions[("kind", "class_ids")]).tolist() == [[1]]
    assert run(spec.predictions[("size", "predictions")]).tolist() == [[1.5]]
    assert {"size", "kind", "kind/classification", "predict"} < set(spec.export_outputs)
    assert spec.export_outputs["serving_default"] is spec.export_outputs["size"]
    assert "kind/probabilities" in spec.export_outputs["predict"].outputs


# -- in estimators --------------------------------------------------------------------------------


def test_heads_train_with_an_optimizer():
    def model_fn(features, labels, mode):
        logits = tf.layers.dense(features["x"], 1, name="d")
        return tf.contrib.estimator.regression_head().create_estimator_spec(
            features, mode, logits, labels, tf.train.GradientDescentOptimizer(0.1)
        )

    x = np.asarray([[1.0], [2.0], [3.0]], np.float32)
    input_fn = tf.estimator.inputs.numpy_input_fn(
        {"x": x}, 2 * x + 1, num_epochs=None, shuffle=False, batch_size=3
    )
    estimator = tf.estimator.Estimator(model_fn).train(input_fn, steps=300)
    assert estimator.get_variable_value("d/kernel").item() == pytest.approx(2.0, abs=0.05)
    assert estimator.get_variable_value("global_step") == 300


@pytest.mark.parametrize(
    "make",
    [
        lambda head, x, c: tf.estimator.LinearEstimator(head, [x], config=c),
        lambda head, x, c: tf.estimator.DNNEstimator(head, [4], [x], config=c),
        lambda head, x, c: tf.estimator.DNNLinearCombinedEstimator(
            head,
            linear_feature_columns=[x],
            dnn_feature_columns=[x],
            dnn_hidden_units=[4],
            config=c,
        ),
        lambda head, x, c: tf.estimator.BaselineEstimator(head, config=c),
    ],
    ids=["linear", "dnn", "both", "baseline"],
)
def test_ready_estimators_take_any_head(make):
    x = np.asarray([0.0, 1.0, 2.0], np.float32)
    labels = np.asarray([1.0, 3.0, 8.0], np.float32)
    input_fn = tf.estimator.inputs.numpy_input_fn(
        {"x": x}, labels, num_epochs=None, shuffle=False, batch_size=3
    )
    config = tf.estimator.RunConfig(tf_random_seed=1)
    estimator = make(tf.estimator.PoissonRegressionHead(), fc.numeric_column("x"), config)
    first = estimator.evaluate(input_fn, steps=1)["loss"]
    last = estimator.train(input_fn, steps=60).evaluate(input_fn, steps=1)["loss"]
    assert last < first - 0.5


def test_logits_alone():
    x = fc.numeric_column("x")
    features = {"x": tf.constant([[2.0], [3.0]])}
    linear = tf.estimator.experimental.linear_logit_fn_builder(2, [x])
    network = tf.estimator.experimental.dnn_logit_fn_builder(
        3, [4], [x], tf.nn.relu, None, None, False
    )
    call = tf.estimator.experimental.call_logit_fn
    assert call(linear, features, EVAL, None, None).shape.as_list() == [2, 2]
    assert call(network, features, EVAL, None, None).shape.as_list() == [2, 3]
    with pytest.raises(ValueError, match="must return a tensor"):
        call(lambda features: 3, features, EVAL, None, None)
