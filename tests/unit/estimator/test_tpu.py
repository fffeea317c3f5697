"""Programs for TPUs, on a processor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf

tpu = tf.contrib.tpu


def model(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
    assert params["use_tpu"] is False
    w = tf.get_variable("w", initializer=0.0)
    predictions = w * features["x"]
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tpu.TPUEstimatorSpec(mode, predictions={"y": predictions})
    loss = tf.losses.mean_squared_error(labels, predictions)
    optimizer = tpu.CrossShardOptimizer(tf.train.GradientDescentOptimizer(params["rate"]))
    train = optimizer.minimize(loss, tf.train.get_global_step())
    calls = tf.get_variable("calls", initializer=0.0, trainable=False)
    return tpu.TPUEstimatorSpec(
        mode, loss=loss, train_op=train,
        eval_metrics=(lambda y, t: {"mean": tf.metrics.mean(y - t)}, [predictions, labels]),
        host_call=(lambda x: [calls.assign_add(x)], [tf.constant(1.0)])
        if mode == tf.estimator.ModeKeys.TRAIN
        else None,
    )  # fmt: skip


def data(params: dict[str, Any]) -> tf.data.Dataset:
    x = np.asarray([1.0, 2.0, 3.0, 4.0], np.float32)
    dataset = tf.data.Dataset.from_tensor_slices(({"x": x}, 2 * x)).repeat(3)
    return dataset.batch(params["batch_size"], drop_remainder=True)


def test_estimators_for_tpus(tmp_path: Any):
    config = tpu.RunConfig(tpu.TPUConfig(iterations_per_loop=5), model_dir=str(tmp_path))
    assert config.replace(tf_random_seed=3).tpu_config.iterations_per_loop == 5
    estimator = tpu.TPUEstimator(
        model, config=config, params={"rate": 0.01}, use_tpu=False,
        train_batch_size=4, eval_batch_size=2, predict_batch_size=3,
    )  # fmt: skip
    estimator.train(data)
    w = 2 - 2 * (1 - 0.01 * 15) ** 3  # the mean of x**2 is 7.5
    assert estimator.get_variable_value("w") == pytest.approx(w, rel=1e-5)
    # The run that finds no data may call before it does.
    assert estimator.get_variable_value("calls") in (3.0, 4.0)
    assert estimator.evaluate(data)["mean"] == pytest.approx((w - 2) * 2.5, rel=1e-5)
    assert len(list(estimator.predict(data))) == 12
    assert tf.Session().run(tf.tpu.cross_replica_sum(tf.constant(3.0))) == 3.0


def test_what_needs_tpus():
    with pytest.raises(NotImplementedError, match="use_tpu=True"):
        tpu.TPUEstimator(model)
    with pytest.raises(ValueError, match="'batch_size'"):
        tpu.TPUEstimator(model, params={"batch_size": 3}, use_tpu=False)
    with pytest.raises(NotImplementedError, match="master='grpc"):
        tpu.RunConfig(master="grpc://host:1")
    with pytest.raises(ValueError, match="SUM or MEAN"):
        tpu.CrossShardOptimizer(tf.train.GradientDescentOptimizer(0.1), reduction="none")
