"""Optimizers of programs that do something before an update, for variables of both kinds."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


class Shrinking:
    """Shrinks variables first, whatever the optimizer does then."""

    def _shrink(self, var):
        return tf.control_dependencies([var.assign_sub(0.25 * var)])

    def _apply_dense(self, grad, var):
        with self._shrink(var):
            return super()._apply_dense(grad, var)

    def _resource_apply_dense(self, grad, var):
        with self._shrink(var):
            return super()._resource_apply_dense(grad, var)

    def _apply_sparse(self, grad, var):
        with self._shrink(var):
            return super()._apply_sparse(grad, var)

    def _resource_apply_sparse(self, grad, var, indices):
        with self._shrink(var):
            return super()._resource_apply_sparse(grad, var, indices)


class ShrinkingMomentum(Shrinking, tf.train.MomentumOptimizer):
    pass


class Further(ShrinkingMomentum):
    def _resource_apply_dense(self, grad, var):
        return super()._resource_apply_dense(2.0 * grad, var)

    def _apply_dense(self, grad, var):
        return super()._apply_dense(2.0 * grad, var)


def after_one_step(make, use_resource, loss):
    v = tf.Variable([4.0, -8.0, 16.0], use_resource=use_resource)
    step = make(1.0, 0.5).minimize(loss(v))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        return sess.run(v).tolist()


@pytest.mark.parametrize("use_resource", [False, True])
def test_an_overridden_update_acts_once(use_resource):
    def dense(v):
        return tf.reduce_sum(v * [1.0, 2.0, 3.0])

    assert after_one_step(ShrinkingMomentum, use_resource, dense) == [2.0, -8.0, 9.0]
    assert after_one_step(Further, use_resource, dense) == [1.0, -10.0, 6.0]


@pytest.mark.parametrize("use_resource", [False, True])
def test_an_overridden_update_of_rows_acts_once(use_resource):
    def sparse(v):
        return tf.reduce_sum(tf.gather(v, [0, 2, 2]) * [1.0, 2.0, 3.0])

    found = after_one_step(ShrinkingMomentum, use_resource, sparse)
    np.testing.assert_allclose(found, [2.0, -6.0, 7.0])
