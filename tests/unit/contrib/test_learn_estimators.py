from __future__ import annotations

import os

import numpy as np
import pytest

import graphflow as tf

learn = tf.contrib.learn
layers = tf.contrib.layers
X = np.asarray([[-2.0], [-1.0], [1.0], [3.0]], np.float32)
CONFIG = learn.RunConfig(tf_random_seed=1)


def linear_model(features, labels, mode, params):
    """A model whose loss is built to predict too."""
    w = tf.get_variable("w", initializer=0.0)
    predictions = w * features[:, 0]
    loss = tf.reduce_sum(tf.square(labels - predictions)) / 2
    train_op = layers.optimize_loss(
        loss, tf.contrib.framework.get_global_step(), params["rate"], "SGD"
    )
    return learn.ModelFnOps(mode, {"y": predictions, "double": 2 * predictions}, loss, train_op)


# -- any model ------------------------------------------------------------------------------------


def test_a_step_of_a_model_of_its_own():
    estimator = learn.Estimator(linear_model, params={"rate": 0.1})
    assert estimator.fit(X, 2 * X[:, 0], steps=1) is estimator
    # The gradient at w = 0 is -sum(x * 2 x) = -2 * (4 + 1 + 1 + 9).
    assert estimator.get_variable_value("w") == pytest.approx(3.0)
    found = list(estimator.predict(X, outputs=["double"]))
    assert [item["double"].item() for item in found] == pytest.approx([-12.0, -6.0, 6.0, 18.0])
    arrays = estimator.predict(X, as_iterable=False, batch_size=3)
    assert arrays["y"] == pytest.approx([-6.0, -3.0, 3.0, 9.0])


def test_constant_data_are_predicted_for_once():
    classifier = learn.DNNClassifier(
        [10], [layers.real_valued_column("", dimension=2)], config=CONFIG
    )
    x = np.asarray([[-1.0, 2.0], [3.0, -4.0]])
    classifier.fit(input_fn=lambda: (tf.constant(x), tf.constant([0, 1])), steps=100)
    # As the tutorials of those years do, the function returns an array.
    assert list(classifier.predict(input_fn=lambda: x[::-1].astype(np.float32))) == [1, 0]
    batches = list(classifier.predict_proba(input_fn=lambda: tf.constant(x)))
    assert len(batches) == 2


def test_metrics_are_chosen_by_names():
    estimator = learn.Estimator(linear_model, params={"rate": 0.1}).fit(X, 2 * X[:, 0], steps=1)
    found = estimator.evaluate(
        X,
        2 * X[:, 0],
        metrics={
            "mae": learn.MetricSpec(tf.metrics.mean_absolute_error, prediction_key="y"),
            ("mean", "double"): lambda predictions, labels: tf.metrics.mean(predictions - labels),
        },
    )
    assert found["loss"] == pytest.approx(15 / 2)
    assert found["mae"] == pytest.approx((2 + 1 + 1 + 3) / 4)
    assert found["mean"] == pytest.approx((6 * 1.0 - 2 * 1.0) / 4)
    assert found["global_step"] == 1
    with pytest.raises(ValueError, match="prediction_key"):
        estimator.evaluate(X, X[:, 0], metrics={"a": learn.MetricSpec(tf.metrics.accuracy)})


def test_a_model_returns_three_things_and_features_are_engineered():
    def model_fn(features, labels):
        w = tf.get_variable("w", initializer=1.0)
        loss = tf.reduce_mean(labels - w * features)
        return w * features, loss, tf.assign_add(tf.train.get_global_step(), 1).op

    estimator = learn.Estimator(model_fn, feature_engineering_fn=lambda x, y: (10 * x, y))
    estimator.partial_fit(X, X)
    assert [item.item() for item in estimator.predict(X)] == [-20.0, -10.0, 10.0, 30.0]


def test_a_model_must_be_trained_first():
    estimator = learn.Estimator(linear_model, params={"rate": 0.1})
    with pytest.raises(learn.NotFittedError, match="call fit first"):
        estimator.predict(X)
    with pytest.raises(ValueError, match="give x or input_fn"):
        estimator.fit(steps=3)
    with pytest.raises(ValueError, match="no x, y and batch_size"):
        estimator.fit(X, X, lambda: None)


# -- ready models ---------------------------------------------------------------------------------


def test_a_network_tells_classes_apart():
    columns = learn.infer_real_valued_columns_from_input(X)
    classifier = learn.DNNClassifier([8, 8], columns, n_classes=3, config=CONFIG)
    labels = np.asarray([0, 1, 1, 2])
    classifier.fit(X, labels, steps=150)
    assert classifier.evaluate(X, labels)["accuracy"] == 1.0
    assert list(classifier.predict(X)) == [0, 1, 1, 2]
    assert list(classifier.predict_classes(X)) == [0, 1, 1, 2]
    assert classifier.predict_proba(X, as_iterable=False).sum(1) == pytest.approx(np.ones(4))
    names = classifier.get_variable_names()
    assert {"dnn/hiddenlayer_0/weights", "dnn/hiddenlayer_1/biases", "dnn/logits/weights"} < {
        *names
    }


def test_two_classes_have_the_older_metrics():
    classifier = learn.LinearClassifier([layers.real_valued_column("x")], config=CONFIG)

    def input_fn():
        return {"x": tf.constant(X)}, tf.constant([[0], [0], [1], [1]])

    found = classifier.fit(input_fn=input_fn, steps=50).evaluate(input_fn=input_fn, steps=1)
    assert found["accuracy"] == 1.0
    assert found["labels/actual_label_mean"] == found["accuracy/baseline_label_mean"] == 0.5
    assert found["precision/positive_threshold_0.500000_mean"] == 1.0
    assert {"auc", "labels/prediction_mean", "recall/positive_threshold_0.500000_mean"} < {*found}
    names = classifier.get_variable_names()
    assert {"linear/x/weight", "linear/bias_weight"} < {*names}


def test_a_linear_model_of_numbers_has_scores():
    regressor = learn.LinearRegressor(
        [layers.real_valued_column("")],
        optimizer=tf.train.GradientDescentOptimizer(0.1),
        config=CONFIG,
    )
    regressor.fit(X, 3 * X[:, 0] + 1, steps=200)
    assert regressor.predict(X, as_iterable=False) == pytest.approx([-5, -2, 4, 10], abs=1e-3)
    # A loss is the mean of the batch.
    found = regressor.evaluate(X, 3 * X[:, 0] + 3)
    assert found["loss"] == pytest.approx(4.0, abs=1e-2)


def test_gradients_are_clipped():
    regressor = learn.LinearRegressor(
        [layers.real_valued_column("")],
        optimizer=tf.train.GradientDescentOptimizer(1.0),
        gradient_clip_norm=0.5,
    )
    regressor.fit(np.asarray([[3.0]]), np.asarray([8.0]), steps=1)
    # The gradient (-48, -16) is cut to the length 0.5.
    weight = regressor.get_variable_value("linear//weight").item()
    bias = regressor.get_variable_value("linear/bias_weight").item()
    assert [weight, bias] == pytest.approx([0.5 * 3 / 10**0.5, 0.5 / 10**0.5])


@pytest.mark.parametrize(("is_fixed", "steps"), [(False, 2), (True, 1)])
def test_wide_and_deep_count_steps_as_tensorflow_does(is_fixed, steps):
    x = layers.real_valued_column("")
    regressor = learn.DNNLinearCombinedRegressor(
        linear_feature_columns=[x],
        dnn_feature_columns=[x],
        dnn_hidden_units=[3],
        fix_global_step_increment_bug=is_fixed,
    )
    regressor.fit(X, X[:, 0], max_steps=1)
    assert regressor.get_variable_value("global_step") == steps
    assert len(regressor.predict(X, as_iterable=False)) == 4


def test_a_model_is_exported_and_served(tmp_path):
    classifier = learn.LinearClassifier([layers.real_valued_column("x")], config=CONFIG)
    classifier.fit({"x": X}, np.asarray([0, 0, 1, 1]), steps=50)
    spec = layers.create_feature_spec_for_parsing([layers.real_valued_column("x")])
    folder = classifier.export_savedmodel(
        str(tmp_path), learn.utils.build_parsing_serving_input_fn(spec)
    )
    example = tf.train.Example()
    example.features.feature["x"].float_list.value.append(3.0)
    predict = tf.contrib.predictor.from_saved_model(folder.decode())
    found = predict({"inputs": [example.SerializeToString()]})
    assert found["classes"].tolist() == [[b"0", b"1"]]
    assert found["scores"][0, 1] > 0.9


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: learn.LinearClassifier([]), ValueError),
        (lambda: learn.LinearClassifier([1], enable_centered_bias=True), NotImplementedError),
        (lambda: learn.DNNLinearCombinedClassifier(), ValueError),
        (lambda: learn.RunConfig(master="grpc://other"), NotImplementedError),
    ],
)
def test_arguments_are_checked(make, error):
    with pytest.raises(error):
        make()


# -- monitors -------------------------------------------------------------------------------------


class Own(learn.monitors.BaseMonitor):
    def __init__(self):
        super().__init__()
        self.calls = []

    def begin(self, max_steps=None):
        self.calls.append("begin")

    def step_begin(self, step):
        return ["w"]

    def step_end(self, step, output):
        self.calls.append((step, round(float(output["w"]), 3)))
        return step == 3

    def end(self, session=None):
        self.calls.append("end")


def test_a_monitor_sees_tensors_and_ends_training():
    monitor = Own()
    estimator = learn.Estimator(linear_model, params={"rate": 0.01})
    estimator.fit(X, 2 * X[:, 0], steps=100, monitors=[monitor])
    assert [item if isinstance(item, str) else item[0] for item in monitor.calls] == [
        "begin", 1, 2, 3, "end",
    ]  # fmt: skip
    assert estimator.get_variable_value("global_step") == 3


def test_training_ends_without_progress():
    monitor = learn.monitors.ValidationMonitor(
        X, -2 * X[:, 0], every_n_steps=5, early_stopping_rounds=10
    )
    estimator = learn.Estimator(
        linear_model, params={"rate": 0.01}, config=learn.RunConfig(save_checkpoints_steps=5)
    )
    # The better it is trained, the worse it is for the other labels.
    estimator.fit(X, 2 * X[:, 0], steps=100, monitors=[monitor])
    assert monitor.early_stopped
    assert monitor.best_step in (0, 1)
    assert monitor.best_value == monitor.best_metrics["loss"]
    assert estimator.get_variable_value("global_step") < 30


def test_values_are_captured():
    monitor = learn.monitors.CaptureVariable("w", every_n=2)
    learn.Estimator(linear_model, params={"rate": 0.01}).fit(
        X, 2 * X[:, 0], steps=4, monitors=[monitor]
    )
    assert sorted(monitor.values) == [1, 3]


# -- experiments ----------------------------------------------------------------------------------


def input_fn():
    return {"x": tf.constant(X)}, tf.constant(2 * X)


def experiment_of(run_config, hparams):
    regressor = learn.LinearRegressor(
        [layers.real_valued_column("x")],
        optimizer=tf.train.GradientDescentOptimizer(hparams.rate),
        config=run_config,
    )
    spec = layers.create_feature_spec_for_parsing([layers.real_valued_column("x")])
    return learn.Experiment(
        regressor,
        input_fn,
        input_fn,
        {"mae": learn.MetricSpec(tf.metrics.mean_absolute_error)},
        train_steps=60,
        eval_steps=1,
        min_eval_frequency=20,
        export_strategies=learn.make_export_strategy(
            learn.utils.build_parsing_serving_input_fn(spec)
        ),
    )


def test_an_experiment_is_run(tmp_path):
    result, exports = learn.learn_runner.run(
        experiment_of,
        run_config=learn.RunConfig(model_dir=str(tmp_path), save_checkpoints_steps=20),
        hparams=tf.contrib.training.HParams(rate=0.1),
    )
    assert result["global_step"] == 60
    assert result["mae"] < 0.02
    assert os.path.exists(os.path.join(exports[0].decode(), "saved_model.pb"))
    assert exports[0].decode().startswith(str(tmp_path / "export" / "Servo"))


def test_an_experiment_of_a_newer_estimator(tmp_path):
    x = tf.feature_column.numeric_column("x")
    regressor = tf.estimator.LinearRegressor([x], str(tmp_path))
    experiment = learn.Experiment(regressor, input_fn, input_fn, train_steps=5, eval_steps=1)
    result, exports = learn.learn_runner.run(lambda _: experiment, output_dir=str(tmp_path))
    assert result["global_step"] == 5
    assert exports == []
    with pytest.raises(ValueError, match="no schedule 'fly'"):
        learn.learn_runner.run(lambda _: experiment, output_dir="x", schedule="fly")
