from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def message_of(build) -> str:
    with pytest.raises((tf.errors.OpError, ValueError, TypeError)) as error:
        build()
    return str(error.value)


def test_what_the_graph_tells_is_checked_at_once():
    text = message_of(lambda: tf.assert_equal([1, 2], [1, 3], message="sizes"))
    assert text.splitlines()[0] == "sizes"
    assert "[1 2]" in text
    assert "[1 3]" in text


def test_what_takes_computing_is_checked_in_the_run():
    check = tf.assert_less(tf.reshape([3, 1], [2]), tf.ones_like([2, 2]), message="too large")
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="too large"):
        session.run(check)


def test_a_failing_run_shows_the_values():
    x = tf.placeholder(tf.int32, name="x")
    check = tf.assert_less(x, 5, message="too large")
    with tf.Session() as sess:
        text = message_of(lambda: sess.run(check, {x: [4, 7]}))
    assert "too large" in text
    assert "[4 7]" in text


def test_data_replaces_what_is_shown():
    x = tf.placeholder(tf.int32)
    check = tf.assert_equal(x, 5, data=["seen", x], summarize=1)
    with tf.Session() as sess:
        text = message_of(lambda: sess.run(check, {x: [4, 7]}))
    assert "[seen] [4...]" in text


@pytest.mark.parametrize(
    "build",
    [
        lambda x: tf.assert_equal(x, x),
        lambda x: tf.assert_rank(tf.ones([2]), 1),
        lambda x: tf.assert_type(x, tf.float32),
        lambda x: tf.debugging.assert_shapes([(tf.ones([2, 3]), ("N", 3))]),
    ],
)
def test_what_always_holds_is_an_operation_that_does_nothing(build):
    check = build(tf.placeholder(tf.float32))
    assert check.type == "NoOp"
    tf.Session().run(check)


def test_a_dynamic_assertion_is_an_operation():
    check = tf.assert_positive(tf.placeholder(tf.float32), name="scope")
    assert check.type == "Assert"
    assert check.name.startswith("scope/assert_less/")


def test_ranks_of_sparse_tensors():
    x = tf.SparseTensor([[0, 1]], [2.5], [2, 3])
    tf.Session().run(tf.assert_rank(x, 2))
    assert "rank 1" in message_of(lambda: tf.assert_rank(x, 1))


def test_shapes_name_where_a_size_comes_from():
    x, y = tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.float32, [4], name="y")
    text = message_of(lambda: tf.debugging.assert_shapes([(x, ("N", "D")), (y, ("D",))]))
    assert "axis 1 of x:0" in text


def test_check_numerics_of_a_whole_graph():
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.identity(tf.log(x, name="y") * 2.0)
    check = tf.add_check_numerics_ops()
    with tf.Session() as sess:
        sess.run(check, {x: [1, 2]})
        assert "y:0 : Tensor had NaN values" in message_of(lambda: sess.run(check, {x: [1, -2]}))


def test_the_first_bad_tensor_is_named_and_the_rest_is_in_line():
    x = tf.placeholder(tf.float32, [2], name="x")
    half = tf.placeholder(tf.float16, [], name="half")
    tf.cast(x, tf.int32)
    tf.sqrt(tf.log(x, name="y"), name="z")
    check = tf.add_check_numerics_ops()
    assert (check.name, check.type) == ("group_deps", "NoOp")
    checks = [op for op in tf.get_default_graph().get_operations() if op.type == "CheckNumerics"]
    assert [op.inputs[0].name for op in checks] == ["x:0", "half:0", "y:0", "z:0"]
    assert [op.control_inputs for op in checks] == [[], *[[op] for op in checks[:-1]]]
    assert check.control_inputs == [checks[-1]]
    with tf.Session() as sess:
        feed = {x: [1, 0], half: 1.5}
        assert "y:0 : Tensor had Inf" in message_of(lambda: sess.run(check, feed))
        feed = {x: [1, 2], half: np.float16(np.inf)}
        assert "half:0 : Tensor had Inf" in message_of(lambda: sess.run(check, feed))


def test_check_numerics_of_a_graph_without_fractions():
    tf.constant(3)
    tf.Session().run(tf.add_check_numerics_ops())


def test_check_numerics_refuses_control_flow():
    x = tf.placeholder(tf.float32, [], name="x")
    tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0])  # has no fractions
    tf.add_check_numerics_ops()
    tf.cond(x > 0, lambda: tf.log(x), lambda: x, name="choice")
    assert "find_nan" in message_of(tf.add_check_numerics_ops)
    assert "choice" in message_of(tf.add_check_numerics_ops)


def test_check_numerics_inside_of_control_flow():
    x = tf.placeholder(tf.float32, [])

    def body():
        tf.add_check_numerics_ops()
        return x

    assert "inside of tf.cond" in message_of(lambda: tf.cond(x > 0, body, lambda: x))


@pytest.mark.parametrize("value", ["text", b"bytes", np.ones(3), 3])
def test_no_proper_iterable(value):
    with pytest.raises(TypeError):
        tf.debugging.assert_proper_iterable(value)


def test_sessions_log_placement_when_asked_for_all(capsys):
    tf.constant(3, name="three")
    tf.debugging.set_log_device_placement(True)
    try:
        tf.Session()
    finally:
        tf.debugging.set_log_device_placement(False)
    assert "three: (Const)" in capsys.readouterr().err
