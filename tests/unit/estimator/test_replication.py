from __future__ import annotations

import pytest

import graphflow as tf

contrib = tf.contrib.estimator


@pytest.mark.parametrize("is_made", [True, False])
def test_a_model_on_one_device(is_made):
    def model_fn(features, labels, mode):
        w = tf.get_variable("w", initializer=1.0)
        make = lambda: tf.train.GradientDescentOptimizer(0.25)  # noqa: E731
        optimizer = contrib.TowerOptimizer(make() if is_made else make)
        loss = tf.reduce_sum(tf.square(labels - w * features)) / 2
        train_op = optimizer.minimize(loss, tf.train.get_global_step())
        return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)

    estimator = tf.estimator.Estimator(contrib.replicate_model_fn(model_fn))
    estimator.train(lambda: (tf.constant([2.0]), tf.constant([4.0])), steps=1)
    # The gradient is -(4 - 2) * 2.
    assert estimator.get_variable_value("w") == 2.0
    assert estimator.get_variable_value("global_step") == 1


def test_there_is_one_device():
    with pytest.raises(NotImplementedError, match="2 devices"):
        contrib.replicate_model_fn(print, devices=["/gpu:0", "/gpu:1"])
    with pytest.raises(ValueError, match="reduced"):
        contrib.replicate_model_fn(print, tf.losses.Reduction.NONE)
