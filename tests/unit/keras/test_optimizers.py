"""Keras's optimizers against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

optimizers = tf.keras.optimizers
W = np.array([[1.0, -2.0], [3.0, 0.5], [4.0, 6.0]])
ROWS = [2, 0, 2]


def trained(optimizer, steps: int, sparse: bool, resource: bool) -> np.ndarray:
    w = tf.Variable(W, use_resource=resource, name="w")
    chosen = tf.gather(w, ROWS) if sparse else w
    step = optimizer.minimize(lambda: tf.reduce_sum(chosen * chosen) / 2.0, [w])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(steps):
            session.run(step)
        assert session.run(optimizer.iterations) == steps
        return session.run(w)


def gradient(w: np.ndarray, sparse: bool) -> np.ndarray:
    return w * np.array([[1.0], [0.0], [2.0]]) if sparse else w


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.0, 0.75])
def test_gradient_descent(resource: bool, sparse: bool, nesterov: bool, momentum: float):
    if nesterov and not momentum:
        pytest.skip("without momentum there is nothing to look ahead to")
    w, velocity = W, np.zeros_like(W)
    touched = np.array([[1], [0], [1]], bool) if sparse else True
    for step in range(3):
        change = (0.1 / (1 + 0.5 * step)) * gradient(w, sparse)
        velocity = np.where(touched, momentum * velocity - change, velocity)
        move = momentum * velocity - change if nesterov else velocity
        w = w + np.where(touched, move, 0.0)
    made = optimizers.SGD(0.1, momentum, nesterov, decay=0.5)
    np.testing.assert_allclose(trained(made, 3, sparse, resource), w, rtol=1e-6)


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_adam(resource: bool, sparse: bool):
    w, m, v = W, np.zeros_like(W), np.zeros_like(W)
    for step in range(1, 4):
        g = gradient(w, sparse)
        m, v = 0.75 * m + 0.25 * g, 0.5 * v + 0.5 * g * g
        rate = 0.1 * np.sqrt(1 - 0.5**step) / (1 - 0.75**step)
        w = w - rate * m / (np.sqrt(v) + 1e-3)
    made = optimizers.Adam(0.1, 0.75, 0.5, epsilon=1e-3)
    np.testing.assert_allclose(trained(made, 3, sparse, resource), w, rtol=1e-6)


def test_names_are_those_of_tensorflow():
    w = tf.Variable([1.0], name="w", use_resource=True)
    optimizer = optimizers.Adam()
    optimizer.apply_gradients([(tf.constant([2.0]), w)])
    # TensorFlow 1.15 makes variables of these names.
    assert [v.op.name for v in tf.global_variables()] == [
        "w", "Adam/iter", "Adam/beta_1", "Adam/beta_2", "Adam/decay", "Adam/learning_rate",
        "Adam/w/m", "Adam/w/v",
    ]  # fmt: skip
    assert [v.op.name for v in optimizer.weights] == ["Adam/iter", "Adam/w/m", "Adam/w/v"]
    assert optimizer.get_slot_names() == ["m", "v"]


def test_parameters_are_attributes_that_can_be_set():
    optimizer = optimizers.SGD(lr=0.5)
    assert optimizer.get_config()["learning_rate"] == 0.5
    optimizer.learning_rate = 0.25
    w = tf.Variable([4.0])
    step = optimizer.get_updates(w * w, [w])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(optimizer.lr) == 0.25
        optimizer.lr = 0.125
        session.run(step)
        assert session.run(w).tolist() == [3.0]
        assert optimizer.get_config() == {
            "name": "SGD", "learning_rate": 0.125, "decay": 0.0, "momentum": 0.0,
            "nesterov": False,
        }  # fmt: skip
        optimizer.set_weights([7])
        assert optimizer.get_weights() == [7]
    with pytest.raises(ValueError, match="has 1 weights, not 2"):
        optimizer.set_weights([1, 2])
    with pytest.raises(AttributeError, match="no attribute 'speed'"):
        _ = optimizer.speed


def test_gradients_are_limited():
    w = tf.Variable([3.0, -4.0])
    norm = optimizers.SGD(clipnorm=1.0).get_gradients(tf.reduce_sum(w * w) / 2.0, [w])
    value = optimizers.SGD(clipvalue=3.5).get_gradients(tf.reduce_sum(w * w) / 2.0, [w])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_allclose(session.run(norm)[0], [0.6, -0.8], rtol=1e-6)
        np.testing.assert_allclose(session.run(value)[0], [3.0, -3.5])


def test_a_constraint_holds_after_each_step():
    w = tf.Variable([1.0], constraint=lambda v: tf.maximum(v, 0.75), use_resource=True)
    step = optimizers.SGD(0.5).minimize(lambda: w * w, [w])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        assert session.run(w).tolist() == [0.75]


def test_an_optimizer_of_a_program():
    class Signs(optimizers.Optimizer):
        def __init__(self) -> None:
            super().__init__("signs")
            self._set_hyper("learning_rate", lambda: tf.constant(0.5))

        def _create_slots(self, var_list):
            for var in var_list:
                self.add_slot(var, "last", "ones")

        def _resource_apply_dense(self, grad, var):
            last = self.get_slot(var, "last")
            kept = last.assign(tf.sign(grad))
            return tf.group(kept, var.assign_sub(self._decayed_lr(var.dtype.base_dtype) * kept))

    w = tf.Variable([3.0, -4.0], use_resource=True)
    optimizer = Signs()
    step = optimizer.minimize(lambda: w * w, lambda: [w])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(optimizer.get_slot(w, "last")).tolist() == [1.0, 1.0]
        session.run(step)
        assert session.run([w, optimizer.get_slot(w, "last")])[0].tolist() == [2.5, -3.5]
    sparse = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    with pytest.raises(NotImplementedError, match=r"Signs._resource_apply_sparse"):
        optimizer.apply_gradients([(sparse, w)])


def test_what_cannot_be():
    w = tf.Variable([1.0])
    with pytest.raises(TypeError, match="minimizes a function"):
        optimizers.SGD().minimize(w * w, [w])
    with pytest.raises(TypeError, match="no argument 'speed'"):
        optimizers.SGD(speed=3)
    with pytest.raises(ValueError, match="clipnorm must not be negative"):
        optimizers.SGD(clipnorm=-1.0)
    with pytest.raises(ValueError, match="momentum must be from 0 to 1"):
        optimizers.SGD(momentum=2)
    with pytest.raises(ValueError, match="no gradient for any variable"):
        optimizers.SGD().apply_gradients([(None, w)])
    with pytest.raises(ValueError, match="does not depend on"):
        optimizers.SGD().get_gradients(tf.constant(1.0), [w])
    with pytest.raises(ValueError, match="does not hold floats"):
        optimizers.SGD().apply_gradients([(1, tf.Variable(3))])
    with pytest.raises(NotImplementedError, match="amsgrad"):
        optimizers.Adam(amsgrad=True)
    with pytest.raises(AttributeError, match=r"no tf.keras.optimizers.Nadam"):
        _ = optimizers.Nadam


def test_optimizers_by_name():
    assert isinstance(optimizers.get("ADAM"), optimizers.Adam)
    made = optimizers.SGD(0.5, 0.25, name="mine", clipnorm=3.0)
    again = optimizers.deserialize(optimizers.serialize(made))
    assert again.get_config() == made.get_config()
    assert optimizers.get(made) is made
    with pytest.raises(ValueError, match="unknown optimizer 'nadam'"):
        optimizers.get("nadam")
    with pytest.raises(ValueError, match="cannot interpret 3"):
        optimizers.get(3)
