"""`cond`, `case` and `switch_case`: values, gradients, effects, variables and errors."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient


def run(fetches, feed_dict=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feed_dict)


def test_the_predicate_selects_a_branch():
    x = tf.placeholder(tf.float32, [3])
    y = tf.cond(tf.reduce_sum(x) > 0, lambda: x * x, lambda: tf.exp(x))
    assert y.name == "cond/Merge:0"
    assert y.shape.as_list() == [3]
    np.testing.assert_allclose(run(y, {x: [1, 2, -0.5]}), [1, 4, 0.25])
    np.testing.assert_allclose(run(y, {x: [-1, 0, 0.5]}), np.exp([-1, 0, 0.5]), rtol=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_gradients_of_any_order(sign):
    def choose(x):
        return tf.cond(sign * x[0] > 0, lambda: x**3 * x[1], lambda: tf.sin(x) * tf.exp(x[2]))

    check_gradient(choose, np.asarray([0.75, -1.25, 0.5]), order=2)


def test_gradients_of_nested_branches():
    def choose(x):
        def inner():
            return tf.cond(x[1] > 0, lambda: x * x[1], lambda: tf.tanh(x) / x[0])

        return tf.cond(x[0] > 0, inner, lambda: x)

    for x in ([0.5, 2.0], [0.5, -2.0], [-0.5, 2.0]):
        check_gradient(choose, np.asarray(x), order=2)


def test_a_hundred_nested_branches():
    x = tf.placeholder(tf.float64, [])

    def nested(depth):
        if depth == 0:
            return x * x
        return tf.cond(x > depth, lambda: nested(depth - 1) + x, lambda: x * depth)

    y = nested(100)
    (dy,) = tf.gradients(y, x)
    with tf.Session() as session:
        assert session.run([y, dy], {x: 200.0}) == [200.0**2 + 100 * 200, 2 * 200 + 100]
        assert session.run([y, dy], {x: 90.5}) == [100 * 90.5, 100]


def test_only_the_selected_branch_has_effects():
    chosen = tf.placeholder(tf.bool, [])
    first, second = tf.Variable(0), tf.Variable(0, use_resource=True)
    step = tf.cond(chosen, lambda: tf.assign_add(first, 1), lambda: second.assign_add(10) + 0)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert [session.run(step, {chosen: value}) for value in (True, False, True)] == [1, 10, 2]
        assert session.run([first, second]) == [2, 10]


def test_readers_after_a_branch_see_what_it_wrote():
    v = tf.Variable(2.0)
    step = tf.cond(v > 1, lambda: tf.assign(v, v * 10), lambda: v + 0)
    with tf.control_dependencies([step]):
        after = v + 1
    before = v * 1
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([before, step, after]) == [2, 20, 21]


def test_an_operation_as_result():
    v = tf.Variable(1)
    step = tf.cond(v < 5, lambda: tf.group(tf.assign(v, 5)), lambda: tf.no_op())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(step)
        assert not session.run(step)
        assert session.run(v) == 5


def test_an_assertion_in_the_branch_that_is_not_taken_does_not_fail():
    x = tf.placeholder(tf.float32, [])

    def checked():
        with tf.control_dependencies([tf.Assert(x > 10, ["x is", x])]):
            return tf.identity(x)

    y = tf.cond(x > 0, checked, lambda: -x)
    assert run(y, {x: -3}) == 3
    assert run(y, {x: 30}) == 30
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"(?s)x is.*test_cond.py"):
        run(y, {x: 3})


def test_variables_made_in_a_branch_belong_to_the_graph():
    x = tf.placeholder(tf.float32, [])

    def scaled(name):
        with tf.variable_scope(name):
            return x * tf.get_variable("w", [], initializer=tf.constant_initializer(3.0))

    y = tf.cond(x > 0, lambda: scaled("a"), lambda: scaled("b") + 1)
    assert [v.name for v in tf.trainable_variables()] == ["a/w:0", "b/w:0"]
    grads = tf.gradients(y, tf.trainable_variables())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run([y, *grads], {x: 2.0}) == [6, 2, 0]
        assert session.run([y, *grads], {x: -2.0}) == [-5, 0, -2]


@pytest.mark.parametrize("use_resource", [False, True])
def test_gradients_for_variables(use_resource):
    v = tf.Variable([1.5, 2.0], use_resource=use_resource)
    y = tf.cond(v[0] > 1, lambda: v * v, lambda: v)
    (dv,) = tf.gradients(y, v)
    (ddv,) = tf.gradients(dv, v)
    np.testing.assert_allclose(run([dv, ddv]), [[3, 4], [2, 2]])


def test_sparse_gradients_become_dense():
    table = tf.Variable(tf.ones([4, 2]))
    y = tf.cond(tf.constant(True), lambda: tf.gather(table, [1, 1, 3]), lambda: table[:3])
    (grad,) = tf.gradients(y, table)
    np.testing.assert_array_equal(run(grad), [[0, 0], [2, 2], [0, 0], [1, 1]])


def test_an_uninitialized_variable_in_the_other_branch_is_no_error():
    v = tf.Variable(4.0)
    y = tf.cond(tf.is_variable_initialized(v), v.read_value, lambda: tf.constant(-1.0))
    with tf.Session() as session:
        assert session.run(y) == -1
        session.run(v.initializer)
        assert session.run(y) == 4
    wrong = tf.cond(tf.constant(True), v.read_value, lambda: tf.constant(-1.0))
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.FailedPreconditionError, match="Variable"),
    ):
        session.run(wrong)


def test_structures():
    x = tf.constant(2.0)
    result = tf.cond(x > 0, lambda: {"a": (x, x + 1), "b": [x]}, lambda: {"a": (x, x), "b": [x]})
    assert run(result) == {"a": (2, 3), "b": [2]}
    assert isinstance(tf.cond(x > 0, lambda: [x], lambda: [x]), tf.Tensor)
    assert isinstance(tf.cond(x > 0, lambda: [x], lambda: [x], strict=True), list)
    sparse = tf.SparseTensor([[0, 1]], [3.0], [2, 2])
    chosen = tf.cond(x > 0, lambda: sparse, lambda: tf.SparseTensor([[1, 1]], [4.0], [2, 2]))
    np.testing.assert_array_equal(run(tf.sparse_tensor_to_dense(chosen)), [[0, 3], [0, 0]])


def test_shapes_that_both_branches_have():
    x = tf.placeholder(tf.float32, [2, 3])
    y = tf.cond(x[0, 0] > 0, lambda: x, lambda: tf.concat([x, x], 0))
    assert y.shape.as_list() == [None, 3]
    assert run(y, {x: -np.ones((2, 3))}).shape == (4, 3)


def test_a_control_dependency_on_something_outside():
    v = tf.Variable(0)
    add = tf.assign_add(v, 7)

    def branch():
        with tf.control_dependencies([add]):
            return tf.constant(1)

    y = tf.cond(tf.constant(True), branch, lambda: tf.constant(2))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(y) == 1
        assert session.run(v) == 7


def test_random_numbers_in_branches():
    tf.set_random_seed(1)
    y = tf.cond(tf.constant(True), lambda: tf.random_uniform([]), lambda: tf.zeros([]))
    with tf.Session() as session:
        numbers = [session.run(y) for _ in range(3)]
    assert len(set(numbers)) == 3
    with tf.Session() as session:
        assert [session.run(y) for _ in range(3)] == numbers


def test_gradients_built_in_a_branch():
    w = tf.Variable(3.0)
    y = tf.cond(w > 0, lambda: tf.gradients(w * w, w)[0], lambda: w + 0)
    assert run(y) == 6


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda x: tf.cond(True, lambda: x, lambda: x), TypeError, "Python value True"),
        (lambda x: tf.cond(x, lambda: x, lambda: x), TypeError, "must be a bool"),
        (lambda x: tf.cond([x > 0], lambda: x, lambda: x), ValueError, "must be a scalar"),
        (lambda x: tf.cond(x > 0, lambda: x, 3), TypeError, "false_fn must be callable"),
        (lambda x: tf.cond(x > 0, lambda: None, lambda: x), ValueError, "true_fn must have a ret"),
        (lambda x: tf.cond(x > 0, lambda: x, lambda: [x, x]), ValueError, "structure"),
        (lambda x: tf.cond(x > 0, lambda: (x, x), lambda: [x, x]), TypeError, "tuple and list"),
        (
            lambda x: tf.cond(x > 0, lambda: x, lambda: 2),
            ValueError,
            "result 0 .* float32 .* int32",
        ),
    ],
)
def test_errors_name_the_users_line(build, error, message):
    x = tf.placeholder(tf.float32, [])
    with pytest.raises(error, match=rf"(?s){message}.*test_cond\.py"):
        build(x)


def test_a_tensor_of_a_branch_cannot_be_used_outside():
    leaked = []

    def branch():
        leaked.append(tf.constant(1.0, name="inner"))
        return leaked[0] * 2

    tf.cond(tf.constant(True), branch, lambda: tf.constant(1.0))
    with pytest.raises(ValueError, match=r"cond/inner.*function body.*cond_true.*return it"):
        tf.identity(leaked[0])
    with tf.Session() as session, pytest.raises(ValueError, match=r"cond/inner.*return it"):
        session.run(leaked[0])
    with pytest.raises(ValueError, match=r"cond/inner.*return it"):
        tf.cond(tf.constant(True), lambda: leaked[0] + 1, lambda: tf.constant(1.0))


def test_case_takes_the_first_condition_that_holds():
    x = tf.placeholder(tf.int32, [])
    pairs = [(x < 1, lambda: tf.constant(10)), (x < 5, lambda: tf.constant(20))]
    y = tf.case(pairs, default=lambda: tf.constant(30))
    assert [run(y, {x: value}) for value in (0, 1, 4, 5)] == [10, 20, 20, 30]


def test_case_without_a_default_checks_that_a_condition_holds():
    x = tf.placeholder(tf.int32, [])
    seven = tf.constant(7)
    y = tf.case([(x < 1, lambda: tf.constant(10)), (x < 5, lambda: seven)])
    assert run(y, {x: 3}) == 7
    with pytest.raises(tf.errors.InvalidArgumentError, match="none of the 2 conditions"):
        run(y, {x: 9})


def test_an_exclusive_case_checks_that_one_condition_holds():
    x = tf.placeholder(tf.int32, [])
    pairs = {x < 1: lambda: tf.constant(10), x > -5: lambda: tf.constant(20)}
    y = tf.case(pairs, exclusive=True)
    assert run(y, {x: 3}) == 20
    with pytest.raises(tf.errors.InvalidArgumentError, match="more than one of the 2"):
        run(y, {x: 0})


@pytest.mark.parametrize(
    ("index", "expected"), [(-1, [64, 48]), (0, [4, 1]), (1, [16, 8]), (7, [64, 48])]
)
def test_switch_case(index, expected):
    x = tf.constant(4.0)
    y = tf.switch_case(tf.constant(index), [lambda: x, lambda: x * x, lambda: x**3])
    assert run([y, *tf.gradients(y, x)]) == expected


@pytest.mark.parametrize(
    ("functions", "error", "message"),
    [
        ([], ValueError, "at least one"),
        ({0: lambda: 1, 2: lambda: 3}, ValueError, "without gaps"),
        ([3], TypeError, "pair"),
        ("ab", TypeError, "list or dictionary"),
    ],
)
def test_switch_case_refuses(functions, error, message):
    with pytest.raises(error, match=message):
        tf.switch_case(tf.constant(0), functions)


def test_a_graph_with_branches_can_be_collected():
    def build_and_run():
        with tf.Graph().as_default() as graph:
            x = tf.constant(1.0)
            y = tf.cond(x > 0, lambda: x * 2, lambda: x)
            with tf.Session() as session:
                session.run(tf.gradients(y, x))
        return weakref.ref(graph)

    alive = build_and_run()
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("resource", [False, True])
@pytest.mark.parametrize("is_read_twice", [False, True])
def test_a_branch_reads_what_the_other_one_writes(resource: bool, is_read_twice: bool):
    v = tf.Variable([2.0, 5.0], use_resource=resource)
    chosen = tf.placeholder(tf.bool, [])
    result = tf.cond(chosen, lambda: tf.assign(v, v * 10.0), lambda: tf.identity(v))
    with tf.control_dependencies([result]):
        done = tf.constant(7)
    fetches = [done, result] if is_read_twice else [done]
    with tf.Session() as session:
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value Variable"):
            session.run(fetches, {chosen: False})
        session.run(v.initializer)
        for value, expected in ((False, [2, 5]), (True, [20, 50]), (False, [20, 50])):
            assert session.run(fetches, {chosen: value})[0] == 7
            assert session.run(v).tolist() == expected


def test_branches_within_a_loop_read_what_others_write():
    v = tf.Variable(1.0, use_resource=True)

    def body(i, total):
        grown = tf.cond(tf.equal(i % 2, 0), lambda: v.assign_add(1.0) + 0.0, lambda: v * 10.0)
        return i + 1, total + grown

    _, total = tf.while_loop(lambda i, _: i < 5, body, (0, 0.0))
    with tf.Session() as session:
        session.run(v.initializer)
        # Twos, threes and fours: 2 + 20 + 3 + 30 + 4.
        assert session.run([total, v])[0] == 59.0
        assert session.run(v) == 4.0
