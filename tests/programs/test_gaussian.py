"""A normal distribution fitted by its likelihood: Cholesky factors, determinants, solutions."""

from __future__ import annotations

import math

import numpy as np

import graphflow as tf

DIMENSIONS = 3


def data() -> np.ndarray:
    random = np.random.RandomState(12)
    return (random.randn(200, DIMENSIONS) @ random.randn(DIMENSIONS, DIMENSIONS) + 2.0).astype(
        np.float64
    )


def main() -> list[float]:
    x = tf.placeholder(tf.float64, [None, DIMENSIONS])
    mean = tf.Variable(np.zeros(DIMENSIONS))
    free = tf.Variable(np.eye(DIMENSIONS))
    # Any matrix gives a factor: below the diagonal itself, on it the exponential.
    factor = tf.matrix_set_diag(tf.matrix_band_part(free, -1, 0), tf.exp(tf.diag_part(free)))
    centered = tf.transpose(x - mean)
    white = tf.matrix_triangular_solve(factor, centered)
    log_det = 2 * tf.reduce_sum(tf.log(tf.diag_part(factor)))
    square = tf.reduce_mean(tf.reduce_sum(tf.square(white), 0))
    loss = 0.5 * (square + log_det + DIMENSIONS * math.log(2 * math.pi))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    covariance = tf.matmul(factor, factor, transpose_b=True)
    again = tf.cholesky(covariance)
    checks = [
        tf.reduce_max(tf.abs(again - factor)),
        tf.linalg.logdet(covariance) - log_det,
        tf.norm(tf.matmul(tf.matrix_inverse(covariance), covariance) - tf.eye(3, dtype=tf.float64)),
    ]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step], {x: data()})[0]) for _ in range(300)]
        wrong = [abs(float(value)) < 1e-8 for value in sess.run(checks)]
        return [*losses, *map(float, wrong), *np.ravel(sess.run(covariance)).tolist()]


def test_the_covariance_is_found() -> None:
    found = main()
    covariance = np.reshape(found[-9:], (3, 3))
    assert found[300:303] == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(covariance, np.cov(data().T, bias=True), rtol=0.02, atol=0.02)
