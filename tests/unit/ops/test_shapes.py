from __future__ import annotations

import numpy as np

import graphflow as tf


def test_static_values_of_shape_n_are_known_for_each_output():
    x = tf.placeholder(tf.float32, [None, 3])
    first, second = tf.shape_n([x, tf.zeros([4, 5, 6])])
    assert tf.reshape(tf.zeros([12]), first).shape.as_list() == [4, 3]
    assert tf.fill(second, 1.0).shape.as_list() == [4, 5, 6]


def test_shapes_in_the_gradient_of_a_convolution_are_not_checked_at_every_run():
    images = tf.placeholder(tf.float32, [None, 6, 6, 2])
    first, second = (tf.Variable(tf.ones([3, 3, 2, 2])) for _ in range(2))
    hidden = tf.nn.conv2d(images, filters=first, strides=[1, 1, 1, 1], padding="SAME")
    result = tf.nn.conv2d(hidden, filters=second, strides=[1, 2, 2, 1], padding="SAME")
    slope = tf.gradients(result, first)[0]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(slope, {images: np.ones((3, 6, 6, 2))})
        (plan,) = [plan for plan in sess._plans.values() if plan.feeds]
        (variant,) = plan.variants.values()
    assert not any(variant.checked)
