"""Programs that use `tf.compat.v2` with arguments by position: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.
"""

from __future__ import annotations


def arrays(tf):
    two = tf.compat.v2
    x = tf.constant([[1.0, 8.0, 4.0], [3.0, 2.0, 0.0]])
    return [
        two.constant(4.5, None, [2, 3]),
        two.constant([1, 2, 4, 8], tf.int64, [2, 2]),
        two.convert_to_tensor([1, 4], None, tf.float64),
        two.zeros_like(x, tf.int32),
        two.ones_like(x),
        two.shape(x, tf.int64),
        two.size(x, tf.int64),
        tf.imag(two.transpose(tf.complex(x, -x), [1, 0], True)),
        two.expand_dims(x, 1),
        two.pad(x, [[0, 1], [2, 0]], "CONSTANT", 7.0),
        two.gather(x, [2, 0], None, 1),
        two.gather(x, [[2], [0]], None, 1, 1),
        two.gather_nd(x, [[2], [0]], 1),
        two.boolean_mask(x, [True, False, True], 1),
        two.argmax(x, 1, tf.int32),
        two.argmin(x, 0, tf.int32),
        two.where(x > 2.5, x, -1.0),
        two.math.count_nonzero(x, 1, True, tf.int32),
        two.math.confusion_matrix([1, 0, 2], [1, 2, 2], 3, [1, 2, 4], tf.int64),
        two.math.in_top_k([2, 1], x, 2),
    ]


def reductions(tf):
    two = tf.compat.v2
    x = tf.constant([[1.0, 8.0, 4.0], [3.0, 2.0, 0.5]])
    functions = (
        two.reduce_sum,
        two.reduce_mean,
        two.reduce_max,
        two.reduce_min,
        two.reduce_prod,
        two.reduce_logsumexp,
        two.math.reduce_std,
        two.math.reduce_variance,
    )
    reduced = [function(x, 1, True) for function in functions]
    return [*reduced, two.reduce_all(x > 1.0, 1), two.reduce_any(x > 4.0, 1, True)]


def networks(tf):
    two = tf.compat.v2
    x = tf.constant([[1.0, -8.0, 4.0], [3.0, 2.0, 0.5]])
    image = tf.reshape(tf.cos(tf.range(48.0)), [1, 4, 6, 2])
    filters = tf.sin(tf.reshape(tf.range(24.0), [2, 3, 2, 2]))
    labels = tf.nn.softmax(-x)
    loss = two.nn.softmax_cross_entropy_with_logits(labels, x, 0)
    return [
        *two.nn.moments(x, [1], None, True),
        *two.nn.weighted_moments(x, [1], [1.0, 2.0, 4.0], True),
        loss,
        *two.gradients(loss, [x, labels], None),
        two.nn.sparse_softmax_cross_entropy_with_logits([2, 0], x),
        two.nn.sigmoid_cross_entropy_with_logits(labels, x),
        two.nn.crelu(x, 0),
        two.nn.embedding_lookup(x, [1, 0, 1], 2.5),
        two.nn.conv2d(image, filters, [1, 2], "SAME"),
        two.nn.max_pool(image, 2, 2, "VALID"),
        two.nn.avg_pool(image, [2, 3], 1, "SAME"),
    ]


def flow(tf):
    two = tf.compat.v2
    x = tf.constant([2.0, 3.0])
    (chosen,) = two.cond(x[0] > 1.0, lambda: [x * 2], lambda: [x * 3])
    rounds, total = two.while_loop(
        lambda n, y: n < 10,
        lambda n, y: [n + 1, y * x],
        [tf.constant(0), x],
        None,
        1,
        maximum_iterations=3,
    )
    checks = [
        two.debugging.assert_equal(x, x, "differ"),
        two.debugging.assert_less(x, x + 1, "not less"),
        two.debugging.assert_near(x, x + 1e-3, 0.0, 1e-2, "far"),
        two.debugging.assert_positive(x, "not positive"),
        two.debugging.assert_rank(x, 1, "not a vector"),
    ]
    with tf.control_dependencies(checks):
        checked = two.debugging.assert_all_finite(tf.identity(x), "not finite")
    (curvature,) = two.hessians(x[0] ** 2 * x[1] ** 3, [x])
    return [chosen, rounds, total, checked, curvature, *two.tuple([x, x + 1], [total.op])]


PROGRAMS = {
    program.__name__: program
    for program in (
        arrays,
        reductions,
        networks,
        flow,
    )
}
