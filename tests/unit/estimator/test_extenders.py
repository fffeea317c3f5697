from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.estimator.early_stopping import read_eval_metrics

fc = tf.feature_column
experimental = tf.estimator.experimental
X = np.asarray([-2.0, -1.0, 1.0, 3.0], np.float32)
Y = np.asarray([1.0, 2.0, 3.0, 5.0], np.float32)


def data(num_epochs=None, **more):
    return tf.estimator.inputs.numpy_input_fn(
        {"x": X, **more}, Y, batch_size=4, num_epochs=num_epochs, shuffle=False
    )


def regressor(folder=None, **options):
    config = tf.estimator.RunConfig(tf_random_seed=3, **options)
    return tf.estimator.LinearRegressor([fc.numeric_column("x")], folder, config=config)


# -- parsing --------------------------------------------------------------------------------------


def test_examples_are_parsed_with_labels_and_weights():
    spec = tf.estimator.classifier_parse_example_spec(
        [fc.numeric_column("x")], "y", tf.string, weight_column=fc.numeric_column("w")
    )
    example = tf.train.Example()
    example.features.feature["x"].float_list.value.append(3.5)
    example.features.feature["y"].bytes_list.value.append(b"cat")
    example.features.feature["w"].float_list.value.append(0.25)
    parsed = tf.parse_example([example.SerializeToString()], spec)
    with tf.Session() as sess:
        found = sess.run(parsed)
    assert found["x"].tolist() == [[3.5]]
    assert found["y"].tolist() == [[b"cat"]]
    assert found["w"].tolist() == [[0.25]]


def test_a_regressor_has_as_many_labels_as_it_says():
    spec = tf.estimator.regressor_parse_example_spec(
        [fc.numeric_column("x")], "y", label_default=[1.0, 2.0], label_dimension=2
    )
    assert spec["y"] == tf.FixedLenFeature((2,), tf.float32, [1.0, 2.0])


@pytest.mark.parametrize("more", [{"label_key": "x"}, {"weight_column": "x"}])
def test_labels_and_weights_are_no_features(more):
    with pytest.raises(ValueError, match=r"'x' (is|are) also a feature"):
        tf.estimator.classifier_parse_example_spec(
            [fc.numeric_column("x")], **{"label_key": "y", **more}
        )


# -- metrics and features -------------------------------------------------------------------------


def test_a_metric_is_added_and_one_replaced():
    def metric_fn(features, labels, predictions, config):
        assert config.tf_random_seed == 3
        return {
            "greatest": tf.metrics.mean(tf.reduce_max(features["x"])),
            "label/mean": tf.metrics.mean(2 * labels - predictions["predictions"][:, 0]),
        }

    found = tf.estimator.add_metrics(regressor(), metric_fn).evaluate(data(1))
    assert found["greatest"] == 3.0
    assert found["label/mean"] == 5.5
    assert found["prediction/mean"] == 0.0


def test_a_metric_function_takes_no_other_arguments():
    with pytest.raises(ValueError, match=r"takes \['mode'\]"):
        tf.estimator.add_metrics(regressor(), lambda mode: {})


def test_features_join_the_predictions():
    forward = tf.contrib.estimator.forward_features(regressor(), "key")
    key = np.asarray([7, 5, 3, 1])
    found = list(forward.predict(data(1, key=key)))
    assert [item["key"].tolist() for item in found] == [7, 5, 3, 1]
    with pytest.raises(ValueError, match="no feature 'lock'"):
        next(iter(tf.contrib.estimator.forward_features(regressor(), "lock").predict(data(1))))


def test_gradients_are_clipped_together():
    v, w = tf.Variable(0.0), tf.Variable(0.0)
    optimizer = tf.contrib.estimator.clip_gradients_by_norm(
        tf.train.GradientDescentOptimizer(1.0), 1.0
    )
    train = optimizer.minimize(3.0 * v + 4.0 * w)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train)
        assert sess.run([v, w]) == pytest.approx([-0.6, -0.8])


# -- the end of training --------------------------------------------------------------------------


def write_metrics(folder, values):
    with tf.summary.FileWriter(folder) as writer:
        for step, value in values.items():
            summary = tf.Summary()
            summary.value.add(tag="loss", simple_value=value)
            writer.add_summary(summary, step)


@pytest.mark.parametrize(
    ("make", "argument", "expected"),
    [
        (experimental.stop_if_lower_hook, 4.0, True),
        (experimental.stop_if_lower_hook, 2.0, False),
        (experimental.stop_if_higher_hook, 6.0, True),
        (experimental.stop_if_higher_hook, 7.0, False),
        (experimental.stop_if_no_decrease_hook, 30, True),
        (experimental.stop_if_no_decrease_hook, 31, False),
        (experimental.stop_if_no_increase_hook, 20, True),
        (experimental.stop_if_no_increase_hook, 21, False),
    ],
)
def test_evaluations_end_training(tmp_path, make, argument, expected):
    estimator = regressor(str(tmp_path))
    # The least is at step 20, then it rises up to step 30.
    write_metrics(estimator.eval_dir(), {5: 99.0, 10: 5.0, 20: 3.0, 30: 6.5, 50: 4.0})
    hook = make(estimator, "loss", argument, min_steps=10, run_every_secs=None, run_every_steps=1)
    estimator.train(data(), hooks=[hook], steps=4)
    assert estimator.get_variable_value("global_step") == (1 if expected else 4)
    assert bool(estimator.get_variable_value("signal_early_stopping/STOP")) is expected


def test_a_function_ends_training():
    asked = []
    estimator = regressor()
    hook = experimental.make_early_stopping_hook(
        estimator,
        lambda: asked.append(1) or len(asked) == 3,
        run_every_secs=None,
        run_every_steps=2,
    )
    estimator.train(data(), hooks=[hook], steps=100)
    # It is asked in the runs that begin at steps 0, 2 and 4.
    assert estimator.get_variable_value("global_step") == 5


def test_intervals_of_hooks_are_checked():
    with pytest.raises(ValueError, match="run_every_secs or run_every_steps"):
        experimental.make_early_stopping_hook(regressor(), bool, run_every_steps=3)
    with pytest.raises(TypeError, match="should_stop_fn"):
        experimental.make_early_stopping_hook(regressor(), 3)


def test_training_ends_at_a_step():
    estimator = regressor()
    hook = experimental.make_stop_at_checkpoint_step_hook(estimator, last_step=7)
    estimator.train(data(), hooks=[hook])
    assert estimator.get_variable_value("global_step") == 7


# -- evaluation in training -----------------------------------------------------------------------


def test_a_model_is_evaluated_while_it_is_trained(tmp_path):
    estimator = regressor(str(tmp_path))
    calls = []

    def input_fn():
        calls.append(1)
        return data(1)()

    hook = experimental.InMemoryEvaluatorHook(estimator, input_fn, name="own", every_n_iter=2)
    estimator.train(data(), hooks=[hook], steps=5)
    assert len(calls) == 1
    values = read_eval_metrics(estimator.eval_dir("own"))
    # Before training, after every second run and at the end.
    assert list(values) == [0, 2, 4, 5]
    assert values[0]["loss"] == np.square(Y).sum()
    last = estimator.evaluate(data(1))
    assert values[5]["loss"] == pytest.approx(last["loss"], rel=1e-6)
    losses = [item["loss"] for item in values.values()]
    assert losses == sorted(losses, reverse=True)
