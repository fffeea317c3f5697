"""Trained models as functions of arrays."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture
def folder(tmp_path):
    """A SavedModel of y = 3x + z with two signatures."""
    path = str(tmp_path / "model")
    x = tf.placeholder(tf.float32, [None], name="x")
    z = tf.placeholder_with_default(tf.constant(10.0), [], name="z")
    w = tf.Variable(3.0, name="w")
    y = tf.add(w * x, z, name="y")
    utils = tf.saved_model.utils
    signatures = {
        "serving_default": tf.saved_model.build_signature_def(
            {"x": utils.build_tensor_info(x), "z": utils.build_tensor_info(z)},
            {"y": utils.build_tensor_info(y)},
        ),
        "square": tf.saved_model.build_signature_def(
            {"a": utils.build_tensor_info(x)},
            {"b": utils.build_tensor_info(tf.square(x, name="square"))},
        ),
    }
    with tf.Session() as session:
        session.run(w.initializer)
        builder = tf.saved_model.Builder(path)
        builder.add_meta_graph_and_variables(session, ["serve", "fast"], signatures)
        builder.save()
    return path


def test_signatures(folder):
    predict = tf.contrib.predictor.from_saved_model(folder, tags="serve, fast")
    assert predict({"x": [1.0, 5.0]})["y"].tolist() == [13.0, 25.0]
    assert predict({"x": [1.0], "z": 0.5})["y"].tolist() == [3.5]
    assert sorted(predict.feed_tensors) == ["x", "z"]
    assert predict.fetch_tensors["y"].graph is predict.graph is predict.session.graph
    square = tf.contrib.predictor.from_saved_model(folder, "square", tags="serve,fast")
    assert square({"a": np.array([4.0])})["b"].tolist() == [16.0]


def test_names(folder):
    graph = tf.Graph()
    predict = tf.contrib.predictor.from_saved_model(
        folder, input_names={"in": "x:0"}, output_names={"out": "y:0"}, tags="fast,serve",
        graph=graph,
    )  # fmt: skip
    assert predict.graph is graph
    assert predict({"in": [2.0]})["out"].tolist() == [16.0]


def test_errors(folder):
    load = tf.contrib.predictor.from_saved_model
    with pytest.raises(ValueError, match=r"no inputs \['q'\], but \['x', 'z'\]"):
        load(folder, tags="serve,fast")({"q": 1})
    with pytest.raises(ValueError, match=r"no signature 'cube', but .*'square'"):
        load(folder, "cube", tags="serve,fast")
    with pytest.raises(ValueError, match="go together"):
        load(folder, input_names={"in": "x:0"})
    with pytest.raises(ValueError, match="give one of"):
        load(folder, "square", input_names={}, output_names={})
    with pytest.raises(RuntimeError, match="serve"):
        load(folder)


def test_estimator(tmp_path):
    def model_fn(features, labels, mode):
        w = tf.get_variable("w", initializer=2.0)
        y = w * features["x"]
        if mode == tf.estimator.ModeKeys.PREDICT:
            output = tf.estimator.export.PredictOutput({"y": y})
            return tf.estimator.EstimatorSpec(mode, y, export_outputs={"serving_default": output})
        step = tf.train.get_global_step()
        train = tf.group(w.assign(7.0), tf.assign_add(step, 1))
        return tf.estimator.EstimatorSpec(mode, y, loss=tf.reduce_sum(y), train_op=train)

    def receiver():
        x = tf.placeholder(tf.float32, [None])
        return tf.estimator.export.ServingInputReceiver({"x": x}, {"x": x})

    def input_fn():
        return {"x": tf.constant([1.0])}, tf.constant([1.0])

    estimator = tf.estimator.Estimator(model_fn, str(tmp_path)).train(input_fn, steps=1)
    predict = tf.contrib.predictor.from_estimator(estimator, receiver)
    assert predict({"x": [3.0, 4.0]})["y"].tolist() == [21.0, 28.0]
    with pytest.raises(KeyError, match="no output 'other'"):
        tf.contrib.predictor.from_estimator(estimator, receiver, "other")


def test_an_older_estimator_predicts():
    data = np.asarray([[-2.0], [-1.0], [1.0], [3.0]], np.float32)
    regressor = tf.contrib.learn.LinearRegressor(
        [tf.contrib.layers.real_valued_column("x")],
        optimizer=tf.train.GradientDescentOptimizer(0.1),
    ).fit({"x": data}, 2 * data, steps=100)

    def input_fn():
        x = tf.placeholder(tf.float32, [None, 1])
        return tf.contrib.learn.InputFnOps({"x": x}, None, {"x": x})

    predict = tf.contrib.predictor.from_contrib_estimator(
        regressor, input_fn, output_alternative_key="predict"
    )
    assert predict({"x": [[1.5]]})["scores"] == pytest.approx(3.0, abs=0.01)
