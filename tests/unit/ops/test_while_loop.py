"""`while_loop`: values, gradients, effects, structures and errors."""

from __future__ import annotations

import collections
import gc
import tracemalloc

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient


def run(fetches, feed_dict=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feed_dict)


def repeat(times, body, *start):
    """Apply `body` to some values several times."""
    loop = tf.while_loop(
        lambda i, *values: i < times, lambda i, *values: (i + 1, *body(i, *values)), (0, *start)
    )
    return loop[1:]


def test_values_and_names():
    i, total = tf.while_loop(
        lambda i, s: i < 5,
        lambda i, s: (i + 1, s + tf.cast(i, tf.float32) ** 2),
        (0, 0.5),
        name="l",
    )
    assert (i.name, total.name) == ("l/Exit:0", "l/Exit_1:0")
    assert run([i, total]) == [5, 30.5]


def test_a_condition_that_never_holds():
    x = tf.constant([1.0, 2.0])
    (y,) = repeat(0, lambda i, y: (y * x,), x)
    np.testing.assert_array_equal(run([y, *tf.gradients(y, x)]), [[1, 2], [1, 1]])


def test_a_single_variable_is_returned_as_it_is():
    y = tf.while_loop(lambda x: x < 10, lambda x: [x + 3], [tf.constant(0)])
    assert isinstance(y, tf.Tensor)
    same = tf.while_loop(
        lambda x: x < 10, lambda x: x + 3, [tf.constant(0)], return_same_structure=True
    )
    assert run([y, same]) == [12, [12]]


def test_a_limited_loop_has_the_number_of_iterations_as_its_first_exit():
    limited = tf.while_loop(lambda i: i < 100, lambda i: i + 3, [0], maximum_iterations=7)
    free = tf.while_loop(lambda i: i < 100, lambda i: i + 3, [0], name="free")
    assert (limited.name, free.name) == ("while/Exit_1:0", "free/Exit:0")
    assert run(["while/Exit:0", limited]) == [7, 21]


@pytest.mark.parametrize("limit", [7, np.int64(7), "tensor"])
def test_maximum_iterations(limit):
    limit = tf.constant(7) if limit == "tensor" else limit
    y = tf.while_loop(lambda i: i < 100, lambda i: i + 2, [0], maximum_iterations=limit)
    assert run(y) == 14


def test_gradients_of_any_order():
    check_gradient(
        lambda x: repeat(3, lambda i, a: (a * x + tf.sin(a),), x)[0],
        np.asarray([0.75, -1.25]),
        order=2,
    )


def test_second_gradient_for_a_constant():
    x = tf.constant(0.75)
    _, total = repeat(2, lambda i, a, t: (a * x, t + a * a), x, tf.constant(0.0))
    (first,) = tf.gradients(total, x)  # x² + x⁴
    assert run([first, *tf.gradients(first, x)]) == [2 * 0.75 + 4 * 0.75**3, 2 + 12 * 0.75**2]


def test_gradient_with_respect_to_what_the_loop_captures_and_carries():
    random = np.random.RandomState(0)
    w, b, h = random.randn(3, 3) * 0.5, random.randn(3), random.randn(2, 3)

    def network(w, b, h):
        return repeat(4, lambda i, h: (tf.tanh(tf.matmul(h, w) + b),), h)[0]

    check_gradient(network, w, b, h, order=2)


def test_gradients_of_loops_in_loops():
    def outer(x):
        def body(i, a):
            inner = tf.while_loop(
                lambda j, b: j < i + 1, lambda j, b: (j + 1, b * x + tf.sin(b)), (0, a)
            )
            return (inner[1],)

        return repeat(3, body, x)[0]

    check_gradient(outer, np.asarray(0.75), order=2)


def test_gradients_of_branches_in_loops_and_loops_in_branches():
    def branch_in_loop(x):
        def body(i, a):
            return (tf.cond(tf.equal(i % 2, 0), lambda: a * x, lambda: a + tf.sin(x)),)

        return repeat(4, body, x)[0]

    def loop_in_branch(x):
        return tf.cond(x > 0, lambda: repeat(3, lambda i, a: (a * x + a,), x)[0], lambda: x * x)

    check_gradient(branch_in_loop, np.asarray(1.25), order=2)
    check_gradient(loop_in_branch, np.asarray(1.25), order=2)
    check_gradient(loop_in_branch, np.asarray(-1.25), order=2)


def test_variables_that_do_not_reach_the_result_have_no_gradient():
    x, y = tf.constant(2.0), tf.constant(3.0)
    _, a, b = tf.while_loop(lambda i, a, b: i < 3, lambda i, a, b: (i + 1, a * x, b * y), (0, x, y))
    assert run(tf.gradients(a, x)) == [32]
    assert tf.gradients(a, y) == [None]
    assert run(tf.gradients(b, y)) == [108]


def test_variables_that_exchange_their_values():
    x, y = tf.constant(2.0), tf.constant(5.0)
    a, b = repeat(3, lambda i, a, b: (b * x, a), x, y)
    # (x, y) -> (xy, x) -> (x², xy) -> (x²y, x²)
    assert run([a, b]) == [20, 4]
    assert run(tf.gradients(a, [x, y])) == [20, 4]


def test_without_back_propagation_gradients_stop():
    x = tf.constant(2.0)
    y = tf.while_loop(lambda a: a < 9, lambda a: a * x, [x], back_prop=False)
    assert tf.gradients(y, x) == [None]


def test_structures():
    Pair = collections.namedtuple("Pair", "a b")
    loop = tf.while_loop(
        lambda i, p: i < 3,
        lambda i, p: (i + 1, Pair(p.a + i, {"x": p.b["x"] * 2})),
        [tf.constant(0), Pair(tf.constant(1), {"x": tf.constant(3.0)})],
    )
    i, pair = run(loop)
    assert (i, pair) == (3, Pair(4, {"x": 24}))


def test_a_named_tuple_as_the_only_variable():
    Pair = collections.namedtuple("Pair", "a b")
    loop = tf.while_loop(
        lambda p: p.a < 5, lambda p: Pair(p.a + 2, p.b * 3), [Pair(tf.constant(0), tf.constant(1))]
    )
    assert run(loop) == [Pair(6, 27)]


def test_sparse_variables():
    start = tf.SparseTensor([[0, 1], [2, 0]], [1.0, 2.0], [3, 2])

    def body(i, s):
        return i + 1, tf.sparse_add(s, tf.SparseTensor([[1, 1]], [10.0], [3, 2]))

    _, end = tf.while_loop(lambda i, s: i < 3, body, (0, start))
    assert isinstance(end, tf.SparseTensor)
    np.testing.assert_array_equal(run(tf.sparse_tensor_to_dense(end)), [[0, 1], [0, 30], [2, 0]])


def test_indexed_slices_as_variables():
    start = tf.IndexedSlices(tf.ones([1, 2]), tf.constant([3]), tf.constant([5, 2]))
    _, end = tf.while_loop(
        lambda i, s: i < 2,
        lambda i, s: (i + 1, tf.IndexedSlices(s.values * 3, s.indices - 1, s.dense_shape)),
        (0, start),
    )
    np.testing.assert_array_equal(run(tf.convert_to_tensor(end))[1], [9, 9])


def test_shapes_that_grow():
    _, rows = tf.while_loop(
        lambda i, m: i < 3,
        lambda i, m: (i + 1, tf.concat([m, m * 2], 0)),
        (0, tf.ones([1, 2])),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 2])),
    )
    assert rows.shape.as_list() == [None, 2]
    np.testing.assert_array_equal(run(rows)[:, 0], [1, 2, 2, 4, 2, 4, 4, 8])


def test_gradient_of_shapes_that_grow():
    def grown(x):
        return tf.while_loop(
            lambda i, m: i < 2,
            lambda i, m: (i + 1, tf.concat([m * x, m], 0)),
            (0, x),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 2])),
        )[1]

    check_gradient(grown, np.asarray([[0.5, -2.0]]), order=2)


def test_effects_happen_in_every_iteration():
    counter = tf.Variable(0, trainable=False)
    resource = tf.get_variable("r", initializer=1.0, use_resource=True)

    def body(i):
        with tf.control_dependencies([tf.assign_add(counter, i), resource.assign_add(0.5)]):
            return i + 1

    end = tf.while_loop(lambda i: i < 5, body, [0])
    with tf.control_dependencies([end]):
        after = tf.identity(counter)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([end, after]) == [5, 10]
        assert session.run([counter, resource]) == [10, 3.5]


@pytest.mark.parametrize("use_resource", [False, True])
def test_gradients_for_variables(use_resource):
    w = tf.get_variable("w", initializer=2.0, use_resource=use_resource)
    (y,) = repeat(3, lambda i, a: (a * w,), tf.constant(5.0))
    (dw,) = tf.gradients(y, w)
    (ddw,) = tf.gradients(dw, w)
    assert run([y, dw, ddw]) == [40, 60, 60]


def test_training_through_a_loop():
    w = tf.Variable(1.0)
    (y,) = repeat(3, lambda i, a: (a * w,), tf.constant(1.0))
    loss = tf.square(y - 8.0)
    step = tf.train.GradientDescentOptimizer(0.002).minimize(loss + 0.1 * tf.square(w - 2.0))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(400):
            session.run(step)
        assert abs(session.run(w) - 2) < 1e-3


def test_sparse_gradients_are_summed():
    table = tf.Variable(np.arange(12, dtype=np.float32).reshape(4, 3))

    def body(i, total):
        return (total + tf.nn.embedding_lookup(table, [i, i]) * tf.cast(i + 1, tf.float32),)

    (y,) = repeat(3, body, tf.zeros([2, 3]))
    (grad,) = tf.gradients(y, table)
    np.testing.assert_array_equal(run(grad)[:, 0], [2, 4, 6, 0])


def test_the_gradient_sees_the_random_numbers_of_the_run():
    tf.set_random_seed(3)
    x = tf.ones([50])
    (y,) = repeat(2, lambda i, a: (tf.nn.dropout(a, 0.5, seed=7),), x)
    value, grad = run([y, tf.gradients(y, x)[0]])
    np.testing.assert_array_equal(value, grad)
    assert set(value) == {0, 4}


def test_gradients_built_in_the_body():
    w = tf.Variable(3.0)

    def body(i, a):
        return (a + tf.gradients(w * w * a, w)[0] * 0.1,)

    (y,) = repeat(2, body, tf.constant(1.0))
    assert abs(run(y) - 1.6**2) < 1e-5


def test_a_gradient_in_the_body_through_what_was_made_outside():
    w = tf.Variable(2.0, use_resource=True)
    outside = w * 3.0
    (y,) = repeat(2, lambda i, a: (a + tf.gradients(outside * outside, w)[0],), tf.constant(0.0))
    assert run(y) == 72
    (z,) = repeat(2, lambda i, a: (a + tf.gradients(outside * a, w)[0],), tf.constant(1.0))
    assert run(z) == 16


def test_a_thousand_iterations_with_gradient():
    x = tf.placeholder(tf.float64, [4])
    (y,) = repeat(1000, lambda i, a: (a * 0.999 + tf.sin(x) * 0.001,), x)
    (grad,) = tf.gradients(y, x)
    value = np.asarray([0.5, 1.0, -1.0, 2.0])
    decay = 0.999**1000
    expected = decay + (1 - decay) * np.cos(value)
    np.testing.assert_allclose(run(grad, {x: value}), expected, rtol=1e-9)


def test_what_a_loop_saves_is_freed_after_the_run():
    x = tf.placeholder(tf.float32, [1000])
    (y,) = repeat(100, lambda i, a: (tf.sin(a),), x)
    grad = tf.gradients(y, x)
    feed = {x: np.ones(1000)}
    with tf.Session() as session:
        for _ in range(5):
            session.run(grad, feed)
        gc.collect()
        tracemalloc.start()
        session.run(grad, feed)
        first, peak = tracemalloc.get_traced_memory()
        for _ in range(5):
            session.run(grad, feed)
        gc.collect()
        last, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak > 100 * 4000  # an array for each iteration
    assert last < first + 50_000


def test_a_run_is_cancelled_between_iterations():
    endless = tf.while_loop(lambda i: i >= 0, lambda i: tf.maximum(i, 0), [0])
    with tf.Session() as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(endless, options=tf.RunOptions(timeout_in_ms=200))


def body_returning(*values):
    return lambda i, x: values


@pytest.mark.parametrize(
    ("cond", "body", "error", "message"),
    [
        (3, lambda i, x: (i, x), TypeError, "cond must be callable"),
        (lambda i, x: i < 3, None, TypeError, "body must be callable"),
        (lambda i, x: i, lambda i, x: (i, x), ValueError, "cond must return a bool scalar"),
        (lambda i, x: x > 0, lambda i, x: (i, x), ValueError, "cond must return a bool scalar"),
        (lambda i, x: i < 3, lambda i, x: (i,), ValueError, "1 values for 2 loop variables"),
        (lambda i, x: i < 3, lambda i, x: (i, [x, x]), ValueError, "variable 1 .* structure"),
        (
            lambda i, x: i < 3,
            lambda i, x: (i, tf.cast(x, tf.int32)),
            ValueError,
            r"variable 1 \(x:0\) is float32, .* int32.*tf.cast",
        ),
        (
            lambda i, x: i < 3,
            lambda i, x: (i, tf.concat([x, x], 0)),
            ValueError,
            r"variable 1 \(x:0\) .* enters with shape \(2,\), but has shape \(4,\).*shape_inv",
        ),
        (
            lambda i, x: i < 3,
            lambda i, x: (i, tf.placeholder_with_default(x, [None])),
            ValueError,
            r"enters with shape \(2,\), but has shape \((\?|None),\)",
        ),
    ],
)
def test_errors_name_the_variable_and_the_users_line(cond, body, error, message):
    x = tf.constant([1.0, 2.0], name="x")
    with pytest.raises(error, match=rf"(?s){message}.*test_while_loop\.py"):
        tf.while_loop(cond, body, (0, x))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loop_vars": []}, ValueError, "no loop variables"),
        ({"loop_vars": 0}, ValueError, "must be a list or tuple"),
        ({"parallel_iterations": 0}, TypeError, "must be positive"),
        ({"maximum_iterations": [1, 2]}, ValueError, "must be a scalar"),
        ({"shape_invariants": [tf.TensorShape([])] * 2}, ValueError, "has 2 elements"),
        ({"shape_invariants": [tf.TensorShape([3])]}, ValueError, r"variable 0 .* \(3,\) does not"),
    ],
)
def test_bad_arguments(options, error, message):
    arguments = {"loop_vars": [0], **options}
    with pytest.raises(error, match=message):
        tf.while_loop(lambda i: i < 3, lambda i: i + 1, **arguments)


def test_an_error_in_an_iteration_names_the_operation_in_the_body():
    x = tf.placeholder(tf.float32, [None])
    (y,) = repeat(3, lambda i, a: (tf.check_numerics(a / x, "quotient"),), x)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)quotient.*test_while_loop\.py"):
        run(y, {x: [1.0, 0.0]})


def test_a_failed_body_leaves_the_graph_usable():
    def broken(i):
        raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today"):
        tf.while_loop(lambda i: i < 3, broken, [0])
    assert tf.get_default_graph().outer_graph is None
    assert run(tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])) == 3
