"""Activations at the borders of their pieces, and at what is no number."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf

FEATURES = np.array([-np.inf, -2.0, -0.0, 0.0, 3.0, np.inf, np.nan], np.float32)
GRADIENTS = np.array([5.0, np.inf, 7.0, np.nan, -np.inf, 2.0, 3.0], np.float32)


@pytest.mark.filterwarnings("ignore:invalid value")  # 0 * infinity
@pytest.mark.parametrize("alpha", [0.2, 0.0, 1.0, 1.5, -0.5])
def test_leaky_relu_and_its_gradient_at_special_values(alpha):
    x = tf.constant(FEATURES)
    y = tf.nn.leaky_relu(x, alpha)
    (gradient,) = tf.gradients(y, x, GRADIENTS)
    with tf.Session() as session:
        values, slopes = session.run([y, gradient])

    alpha = np.float32(alpha)
    wanted = [x if x > 0 else alpha * x for x in FEATURES]
    np.testing.assert_array_equal(values, np.array(wanted, np.float32))
    wanted = [g if x > 0 else alpha * g for x, g in zip(FEATURES, GRADIENTS, strict=True)]
    np.testing.assert_array_equal(slopes, np.array(wanted, np.float32))
    assert values.dtype == slopes.dtype == np.float32
