"""Programs that TensorFlow builds, exports and runs; graphflow imports the graphs."""

from __future__ import annotations

import numpy as np


def predicates_used_twice(tf):
    """Two branches on one condition, of which one uses the other's result, and gradients."""
    results = []
    for value in (3.0, -2.0):
        x = tf.constant(value)
        is_positive = x > 0
        one = tf.cond(is_positive, lambda x=x: x * x, lambda x=x: tf.sin(x))
        y = one * 2.0
        two = tf.cond(is_positive, lambda y=y, x=x: y + x, lambda y=y, x=x: y * x)
        results += [one, two, *tf.gradients(two, x)]
    return results


def crossed_predicates(tf):
    """Branches on two conditions that use one another's results."""
    a, b = tf.constant(2.0), tf.constant(-1.0)
    p, q = a > 0, b > 0
    first = tf.cond(p, lambda: a * 3, lambda: a)
    second = tf.cond(q, lambda: first + 1, lambda: first - b)
    free = tf.cond(q, lambda: b * 5, lambda: b - 7)
    last = tf.cond(p, lambda: free * second, lambda: free)
    return [first, second, free, last, *tf.gradients(last, [a, b])]


def several_results(tf):
    x = tf.constant([1.0, -4.0])

    def true_fn():
        y = x * x
        return y, y + 1.0, tf.reduce_sum(y)

    made = tf.cond(x[0] > 0, true_fn, lambda: (x, x, tf.reduce_max(x)))
    return [*made, *tf.gradients(made[1] * made[2], x)]


def nested_branches(tf):
    results = []
    for value in (0.5, 1.5, 2.5, -1.0):
        x = tf.constant(value)

        def inner(x=x):
            small = lambda: tf.cond(x > 1, lambda: x * 10, lambda: x)  # noqa: E731
            return tf.cond(x > 2, lambda: x * 100, small)

        y = tf.cond(x > 0, inner, lambda x=x: -x)
        results += [y, *tf.gradients(y, x)]
    return results


def asserted(tf):
    x = tf.constant([2.0, 3.0])
    with tf.control_dependencies([tf.assert_positive(x), tf.Assert(x[0] < 5, [x])]):
        return [tf.identity(x) * 2]


def counted_in_branches(tf):
    """Variables that loops and branches write."""
    v = tf.Variable(0.0)
    w = tf.get_variable("w", initializer=1.0, use_resource=True)

    def body(i):
        is_even = tf.equal(i % 2, 0)
        step = tf.cond(is_even, lambda: w.assign_add(3.0) + 0.0, lambda: tf.constant(0.0))
        with tf.control_dependencies([step]):
            return i + 1

    with tf.control_dependencies([v.initializer, w.initializer]):
        loop = tf.while_loop(lambda i: i < 5, body, [0])
    with tf.control_dependencies([loop]):
        return [loop, w.read_value()]


def loops_of_loops(tf):
    x = tf.constant(1.1)

    def outer(i, total):
        inner = tf.while_loop(
            lambda j, _: j < i, lambda j, s: (j + 1, s * x + tf.cast(i, tf.float32)), (0, total)
        )
        return i + 1, tf.cond(i > 1, lambda: inner[1], lambda: inner[1] * x)

    result = tf.while_loop(lambda i, _: i < 4, outer, (0, tf.constant(0.5)))[1]
    return [result, *tf.gradients(result, x)]


def arrays_with_gradients(tf):
    x = tf.constant(np.arange(6, dtype=np.float32).reshape(3, 2) / 4)
    rows = tf.TensorArray(tf.float32, 3, clear_after_read=False).unstack(x)

    def body(i, out, total):
        return i + 1, out.write(i, total * rows.read(i)), total + rows.read(2 - i)

    start = (0, tf.TensorArray(tf.float32, 3), tf.ones([2]))
    _, out, total = tf.while_loop(lambda i, *_: i < 3, body, start)
    y = out.stack()
    return [y, total, *tf.gradients(y, x)]


def pieces(tf):
    x = tf.constant([[1.0], [2.0], [3.0]])
    parts = tf.TensorArray(tf.float32, 2, infer_shape=False).split(x, [1, 2])
    joined = parts.concat()
    return [joined, parts.size(), *tf.gradients(joined * x, x)]


def mapped_elements(tf):
    """Functions of datasets, which hold branches and loops themselves."""

    def double_or_count(x):
        many = tf.while_loop(lambda i, _: i < x, lambda i, s: (i + 1, s + i), (0, 10))[1]
        return tf.cond(x > 2, lambda: x * 2, lambda: many)

    offset = tf.constant(100)
    dataset = tf.data.Dataset.range(6).map(lambda x: tf.cast(x, tf.int32)).map(double_or_count)
    dataset = dataset.filter(lambda x: x != 8).map(lambda x: x + offset)
    dataset = dataset.flat_map(lambda x: tf.data.Dataset.from_tensors(x).repeat(2)).batch(20)
    return [tf.data.make_one_shot_iterator(dataset).get_next()]


PROGRAMS = {
    function.__name__: function
    for function in (
        predicates_used_twice,
        crossed_predicates,
        several_results,
        nested_branches,
        asserted,
        counted_in_branches,
        loops_of_loops,
        arrays_with_gradients,
        pieces,
        mapped_elements,
    )
}
