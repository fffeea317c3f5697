"""Programs with branches, loops and arrays: each returns tensors.

Both graphflow and TensorFlow run this very source, with the module as `tf`, and must give the same
values.  TensorFlow's loops have no second gradients: there the loops of programs that need them are
written out.
"""

from __future__ import annotations

import numpy as np

ROWS = np.asarray([[0.5, -1.0, 0.25], [2.0, 0.75, -0.5]], np.float32)


def _repeat(tf, times, body, *start, written_out=False):
    """Apply `body`, a function of the iteration and some values, several times."""
    if written_out and "tensorflow" in tf.__name__:
        values = start
        for i in range(times):
            values = body(tf.constant(i), *values)
        return values
    loop = tf.while_loop(
        lambda i, *values: i < times, lambda i, *values: (i + 1, *body(i, *values)), (0, *start)
    )
    return loop[1:]


def _variables(tf):
    w = tf.Variable([[0.5, -0.25, 1.0], [0.75, 0.5, -0.5], [0.25, 1.5, -1.0]])
    b = tf.get_variable("b", initializer=[0.25, -0.5, 0.125], use_resource=True)
    return w, b


def branches(tf):
    results = []
    for a, b in [(2.0, 5.0), (2.0, -7.0), (-3.0, 5.0), (-3.0, -7.0)]:
        x, y = tf.constant(a), tf.constant(b)

        def positive(x=x, y=y):
            return tf.cond(y > 0, lambda: x * y, lambda: x - y)

        def negative(x=x, y=y):
            return tf.cond(y > 0, lambda: x + y * y, lambda: tf.sin(x) * y)

        z = tf.cond(x > 0, positive, negative)
        first = tf.gradients(z, [x, y])
        results += [z, *first]
    return results


def branches_with_structures(tf):
    x = tf.constant([1.0, 2.0])
    made = tf.cond(x[0] < x[1], lambda: [x, (x + 1, {"a": x * 3})], lambda: [x, (x, {"a": x})])
    sparse = tf.cond(
        x[0] > x[1],
        lambda: tf.SparseTensor([[0]], [1.0], [2]),
        lambda: tf.SparseTensor([[1]], [5.0], [2]),
    )
    return [made[0], made[1][0], made[1][1]["a"], tf.sparse_tensor_to_dense(sparse)]


def branches_that_write(tf):
    v, w = tf.Variable(1.0), tf.get_variable("w", initializer=2.0, use_resource=True)
    with tf.control_dependencies([v.initializer, w.initializer]):
        step = tf.cond(tf.constant(True), lambda: tf.assign(v, 5.0), lambda: w.assign(7.0) + 0.0)
    with tf.control_dependencies([step]):
        return [step, v.read_value(), w.read_value()]


def cases(tf):
    results = []
    for number in (0, 3, 9):
        x = tf.constant(number)
        pairs = [(x < 1, lambda: tf.constant(10)), (x < 5, lambda x=x: x * 20)]
        results.append(tf.case(pairs, default=lambda: tf.constant(30)))
        y = tf.constant(3.0)
        chosen = tf.switch_case(x, [lambda y=y: y * 2, lambda y=y: y * y, lambda y=y: y**3])
        results += [chosen, *tf.gradients(chosen, y)]
    return results


def loops(tf):
    w, b = _variables(tf)
    x = tf.constant(ROWS)
    (h,) = _repeat(tf, 5, lambda i, h: (tf.tanh(tf.matmul(h, w) + b),), x)
    return [h, *tf.gradients(h, [w, b, x])]


def second_gradients_of_loops(tf):
    x = tf.constant([0.75, -0.5])

    def body(i, a, total):
        return tf.sin(a) * x + tf.cast(i, tf.float32), total + a * a

    _, total = _repeat(tf, 4, body, x, tf.zeros([2]), written_out=True)
    (first,) = tf.gradients(total, x)
    (second,) = tf.gradients(first * first, x)
    return [total, first, second, *tf.gradients(second, x)]


def second_gradients_of_loops_in_loops(tf):
    x = tf.constant(0.7)

    def outer(i, a):
        return _repeat(tf, 2, lambda j, b: (b * x + tf.sin(b),), a, written_out=True)

    (z,) = _repeat(tf, 3, outer, x, written_out=True)
    (first,) = tf.gradients(z, x)
    return [z, first, *tf.gradients(first, x)]


def branches_in_loops(tf):
    x = tf.constant(1.3)

    def body(i, a):
        return (tf.cond(tf.equal(i % 2, 0), lambda: a * x, lambda: a + tf.sin(x)),)

    (z,) = _repeat(tf, 5, body, x)
    return [z, *tf.gradients(z, x)]


def loops_in_branches(tf):
    results = []
    for sign in (1.0, -1.0):
        x = tf.constant([1.0, 2.0]) * sign
        z = tf.cond(
            x[0] > 0,
            lambda x=x: _repeat(tf, 4, lambda i, a: (a * x + a,), x)[0],
            lambda x=x: x * 3.0,
        )
        results += [z, *tf.gradients(z, x)]
    return results


def shapes_that_grow(tf):
    x = tf.constant([[1.0, 2.0]])
    _, rows = tf.while_loop(
        lambda i, m: i < 3,
        lambda i, m: (i + 1, tf.concat([m, m * x], 0)),
        (0, x),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 2])),
    )
    return [rows, *tf.gradients(rows, x)]


def limited_loops(tf):
    limited = tf.while_loop(lambda i: i < 100, lambda i: i + 3, [0], maximum_iterations=7)
    never = tf.while_loop(lambda i: i < 0, lambda i: i + 3, [5])
    same = tf.while_loop(lambda i: i < 5, lambda i: [i + 2], [1], return_same_structure=True)
    return [limited, never, *same]


def arrays(tf):
    x = tf.constant(ROWS)
    array = tf.TensorArray(
        tf.float32, size=3, dynamic_size=True, infer_shape=False, clear_after_read=False
    )
    array = array.write(0, x[0]).write(2, x[1] * 2).write(1, x[0] + x[1]).write(3, x[0] * x[1])
    parts = tf.TensorArray(tf.float32, size=2, clear_after_read=False).unstack(x)
    pieces = tf.TensorArray(tf.float32, size=2, infer_shape=False).split(
        tf.transpose(x), lengths=[1, 2]
    )
    made = [
        array.stack(),
        array.gather([3, 0]),
        parts.concat(),
        pieces.concat(),
    ]
    return [*made, array.size(), *(tf.gradients(item, x)[0] for item in made)]


def arrays_in_loops(tf):
    x = tf.constant([2.0, 3.0, 0.5, -1.0])
    source = tf.TensorArray(tf.float32, size=4).unstack(x)

    def body(i, product, array):
        product = product * source.read(i)
        return product, array.write(i, product * product)

    start = tf.TensorArray(tf.float32, size=4)
    product, array = _repeat(tf, 4, body, tf.constant(1.0), start)
    stacked = array.stack()
    return [product, stacked, *tf.gradients(stacked, x)]


def mapped(tf):
    x = tf.constant(ROWS)
    one = tf.map_fn(lambda row: tf.reduce_sum(row) * row, x)
    two = tf.map_fn(
        lambda p: (p[0] * 2.0, p[1] > 1), (x, tf.constant([1, 2])), dtype=(tf.float32, tf.bool)
    )
    nested = tf.map_fn(lambda row: tf.map_fn(lambda v: v * v * row[0], row), x)
    return [one, *two, nested, *tf.gradients(one, x), *tf.gradients(nested, x)]


def folded(tf):
    x = tf.constant(ROWS)
    left = tf.foldl(lambda a, row: tf.tanh(a) * row, x)
    right = tf.foldr(lambda a, row: a / 2 - row, x, initializer=tf.ones([3]))
    return [left, right, *tf.gradients(left, x), *tf.gradients(right, x)]


def scanned(tf):
    x = tf.constant(ROWS)
    forward = tf.scan(lambda a, row: a * row + 1.0, x, initializer=tf.ones([3]))
    back = tf.scan(lambda a, row: tf.sin(a) + row, x, reverse=True)
    pair = tf.scan(lambda a, v: (a[0] + v, a[1] * v), x, (tf.zeros([3]), tf.ones([3])))
    return [forward, back, *pair, *tf.gradients(forward, x), *tf.gradients(back, x)]


def embeddings_in_loops(tf):
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3))

    def body(i, total):
        return (total + tf.nn.embedding_lookup(table, [i, i]) * tf.cast(i + 1, tf.float32),)

    (total,) = _repeat(tf, 3, body, tf.zeros([2, 3]))
    return [total, tf.convert_to_tensor(tf.gradients(total * total, table)[0])]


def names(tf):
    x = tf.constant(1.0)
    made = [
        tf.cond(x > 0, lambda: x, lambda: x * 2),
        *tf.cond(x > 0, lambda: (x, x), lambda: (x * 2, x), name="choose"),
        *tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2), [0, x]),
        *tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * 2), [0, x], name="again"),
        tf.map_fn(lambda v: v, tf.constant([1.0])),
        tf.scan(lambda a, v: a + v, tf.constant([1.0])),
    ]
    return [tf.constant(tensor.name) for tensor in made]


PROGRAMS = {
    program.__name__: program
    for program in (
        branches,
        branches_with_structures,
        branches_that_write,
        cases,
        loops,
        second_gradients_of_loops,
        second_gradients_of_loops_in_loops,
        branches_in_loops,
        loops_in_branches,
        shapes_that_grow,
        limited_loops,
        arrays,
        arrays_in_loops,
        mapped,
        folded,
        scanned,
        embeddings_in_loops,
        names,
    )
}
