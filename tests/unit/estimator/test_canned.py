from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

fc = tf.feature_column
X = np.asarray([-2.0, -1.0, 1.0, 3.0], np.float32)
CONFIG = tf.estimator.RunConfig(tf_random_seed=3)


def data(labels, num_epochs=None, **more):
    features = {"x": X, "w": np.asarray([1.0, 2.0, 1.0, 0.0], np.float32), **more}
    return tf.estimator.inputs.numpy_input_fn(
        features, np.asarray(labels), batch_size=4, num_epochs=num_epochs, shuffle=False
    )


def test_a_new_binary_classifier_is_undecided():
    found = tf.estimator.LinearClassifier([fc.numeric_column("x")]).evaluate(
        data([0, 1, 1, 1], num_epochs=1)
    )
    # The loss of a batch is a sum; each logit is 0.
    assert found["loss"] == pytest.approx(4 * np.log(2), rel=1e-5)
    assert found["average_loss"] == pytest.approx(np.log(2), rel=1e-5)
    assert found["accuracy"] == 0.25
    assert found["prediction/mean"] == 0.5
    assert found["label/mean"] == found["accuracy_baseline"] == 0.75


def test_weights_of_examples_count():
    found = tf.estimator.LinearRegressor([fc.numeric_column("x")], weight_column="w").evaluate(
        data([1.0, 2.0, 3.0, 100.0], num_epochs=1)
    )
    assert found["loss"] == pytest.approx(1 + 2 * 4 + 9)
    assert found["average_loss"] == pytest.approx(18 / 4)
    assert found["label/mean"] == pytest.approx((1 + 4 + 3) / 4)


def test_a_network_learns_classes_with_names(tmp_path):
    classifier = tf.estimator.DNNClassifier(
        [8, 8],
        [fc.numeric_column("x")],
        str(tmp_path),
        n_classes=3,
        label_vocabulary=["low", "mid", "high"],
        optimizer=lambda: tf.train.AdamOptimizer(0.05),
        config=CONFIG,
    )
    labels = ["low", "mid", "mid", "high"]
    classifier.train(data(labels), steps=200)
    assert classifier.evaluate(data(labels, num_epochs=1))["accuracy"] == 1.0
    predictions = list(classifier.predict(data(labels, num_epochs=1)))
    assert [item["classes"].tolist() for item in predictions] == [
        [name.encode()] for name in labels
    ]
    assert predictions[0]["probabilities"].sum() == pytest.approx(1.0, rel=1e-5)
    assert "dnn/hiddenlayer_1/kernel" in classifier.get_variable_names()
    assert "dnn/logits/bias/Adam" in classifier.get_variable_names()


def test_wide_and_deep_train_together():
    digit = fc.categorical_column_with_identity("n", 4)
    regressor = tf.estimator.DNNLinearCombinedRegressor(
        linear_feature_columns=[digit],
        dnn_feature_columns=[fc.numeric_column("x"), fc.embedding_column(digit, 2)],
        dnn_hidden_units=[4],
        config=CONFIG,
    )
    input_fn = data([1.0, -2.0, 0.5, 3.0], n=np.asarray([0, 1, 2, 3]))
    first = regressor.evaluate(input_fn, steps=1)["average_loss"]
    regressor.train(input_fn, steps=50)
    found = regressor.evaluate(input_fn, steps=1)
    assert found["global_step"] == 50
    assert found["average_loss"] < first / 5
    assert {
        "linear/linear_model/n/weights",
        "linear/linear_model/bias_weights",
        "dnn/input_from_feature_columns/input_layer/n_embedding/embedding_weights",
    } <= set(regressor.get_variable_names())


def test_a_baseline_predicts_the_mean():
    regressor = tf.estimator.BaselineRegressor(optimizer=tf.train.GradientDescentOptimizer(0.05))
    regressor.train(data([1.0, 2.0, 3.0, 6.0]), steps=60)
    np.testing.assert_allclose(regressor.get_variable_value("baseline/bias"), [3.0], rtol=1e-5)


def test_dropout_and_batch_norm_are_for_training(tmp_path):
    classifier = tf.estimator.DNNClassifier(
        [6], [fc.numeric_column("x")], dropout=0.5, batch_norm=True, config=CONFIG
    ).train(data([0, 0, 1, 1]), steps=5)
    mean = classifier.get_variable_value("dnn/batchnorm_0/moving_mean")
    assert mean.shape == (6,)
    assert np.any(mean != 0)
    input_fn = data([0, 0, 1, 1], num_epochs=1)
    one, two = ([item["logits"].item() for item in classifier.predict(input_fn)] for _ in range(2))
    assert one == two


def test_an_exported_classifier_takes_examples(tmp_path):
    columns = [fc.numeric_column("x")]
    classifier = tf.estimator.LinearClassifier(columns).train(data([0, 0, 1, 1]), steps=20)
    spec = fc.make_parse_example_spec(columns)
    receiver = tf.estimator.export.build_parsing_serving_input_receiver_fn(spec)
    folder = classifier.export_saved_model(str(tmp_path), receiver)
    feature = tf.train.Feature(float_list=tf.train.FloatList(value=[3.0]))
    example = tf.train.Example(features=tf.train.Features(feature={"x": feature}))
    with tf.Session(graph=tf.Graph()) as session:
        model = tf.saved_model.load(session, ["serve"], folder)
        assert sorted(model.signature_def) == [
            "classification", "predict", "regression", "serving_default",
        ]  # fmt: skip
        signature = model.signature_def["serving_default"]
        scores, classes = session.run(
            [signature.outputs["scores"].name, signature.outputs["classes"].name],
            {signature.inputs["inputs"].name: [example.SerializeToString()]},
        )
    assert scores[0, 1] > 0.8
    assert classes.tolist() == [[b"0", b"1"]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tf.estimator.LinearClassifier([]), "feature_columns"),
        (lambda: tf.estimator.DNNClassifier([0], [fc.numeric_column("x")]), "hidden_units"),
        (lambda: tf.estimator.BaselineClassifier(n_classes=1), "n_classes"),
        (
            lambda: tf.estimator.BaselineClassifier(label_vocabulary=["a"]),
            "1 labels for 2 classes",
        ),
        (lambda: tf.estimator.BaselineRegressor(loss_reduction="none"), "loss_reduction"),
        (lambda: tf.estimator.DNNLinearCombinedClassifier(), "linear_feature_columns or"),
        (
            lambda: tf.estimator.DNNLinearCombinedRegressor(dnn_hidden_units=[3]),
            "feature_columns",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
