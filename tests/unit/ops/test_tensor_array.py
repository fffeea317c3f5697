"""`TensorArray`: elements, several at once, in loops, gradients and errors."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient


def run(fetches, feed_dict=None):
    with tf.Session() as session:
        return session.run(fetches, feed_dict)


def test_elements():
    array = tf.TensorArray(tf.float32, size=3)
    array = array.write(0, [1.0, 2.0]).write(2, [5.0, 6.0])
    assert array.element_shape.as_list() == [2]
    np.testing.assert_array_equal(run(array.read(2)), [5, 6])
    np.testing.assert_array_equal(run(array.stack()), [[1, 2], [0, 0], [5, 6]])
    np.testing.assert_array_equal(run(array.gather([2, 0])), [[5, 6], [1, 2]])
    assert run(array.size()) == 3


def test_an_array_is_a_value():
    first = tf.TensorArray(tf.int32, size=2).write(0, 3)
    second = first.write(0, 4)
    assert run([first.read(0), second.read(0), first.read(0)]) == [3, 4, 3]


def test_dynamic_size():
    array = tf.TensorArray(tf.int32, size=0, dynamic_size=True, element_shape=[])
    array = array.write(2, 7)
    np.testing.assert_array_equal(run(array.stack()), [0, 0, 7])
    np.testing.assert_array_equal(run(array.scatter([4, 1], [8, 9]).stack()), [0, 9, 7, 0, 8])


def test_unstack_split_and_concat():
    array = tf.TensorArray(tf.float32, size=3).unstack([[1.0], [2.0], [3.0]])
    np.testing.assert_array_equal(run(array.read(1)), [2])
    np.testing.assert_array_equal(run(array.concat()), [1, 2, 3])
    pieces = tf.TensorArray(tf.float32, size=2, infer_shape=False)
    pieces = pieces.split([[1.0], [2.0], [3.0]], [2, 1])
    np.testing.assert_array_equal(run(pieces.read(0)), [[1], [2]])
    np.testing.assert_array_equal(run(pieces.concat()), [[1], [2], [3]])


def test_static_shapes():
    array = tf.TensorArray(tf.float32, size=4, element_shape=[None, 2])
    assert array.stack().shape.as_list() == [4, None, 2]
    assert array.read(0).shape.as_list() == [None, 2]
    assert array.gather([1, 2, 3]).shape.as_list() == [3, None, 2]


def accumulate(x):
    """The running products of a vector, squared on the way."""
    source = tf.TensorArray(x.dtype, size=3).unstack(x)

    def body(i, product, array):
        product = product * source.read(i)
        return i + 1, product, array.write(i, product * product)

    start = (0, tf.ones([], x.dtype), tf.TensorArray(x.dtype, size=3))
    return tf.while_loop(lambda i, *_: i < 3, body, start)[2].stack()


def test_in_a_loop():
    x = tf.constant([2.0, 3.0, 0.5])
    np.testing.assert_array_equal(run(accumulate(x)), [4, 36, 9])


def test_gradients_of_any_order():
    check_gradient(accumulate, np.asarray([2.0, 3.0, 0.5]), order=2)


def test_gradients_of_arrays_in_branches_in_loops():
    def function(x):
        def body(i, array):
            written = tf.cond(
                x[i] > 0, lambda: array.write(i, tf.sin(x[i]) * x[0]), lambda: array.write(i, x[i])
            )
            return i + 1, written

        start = (0, tf.TensorArray(x.dtype, size=4))
        return tf.while_loop(lambda i, a: i < 4, body, start)[1].stack()

    check_gradient(function, np.asarray([0.5, -1.0, 2.0, -0.25]), order=2)


def test_gradient_through_what_is_read_and_written_again():
    def function(x):
        def body(i, array):
            return i + 1, array.write(i, array.read(i - 1) * x[i] + array.read(0))

        array = tf.TensorArray(x.dtype, size=4).write(0, x[0])
        return tf.while_loop(lambda i, a: i < 4, body, (1, array))[1].stack()

    check_gradient(function, np.asarray([0.5, -1.0, 2.0, -0.25]), order=2)


def test_nested_loops_share_an_array():
    def outer(i, array):
        def inner(j, array):
            return j + 1, array.write(3 * i + j, tf.cast(10 * i + j, tf.float32))

        return i + 1, tf.while_loop(lambda j, a: j < 3, inner, (0, array))[1]

    array = tf.TensorArray(tf.float32, size=6)
    array = tf.while_loop(lambda i, a: i < 2, outer, (0, array))[1]
    np.testing.assert_array_equal(run(array.stack()), [0, 1, 2, 10, 11, 12])


def test_a_thousand_writes_and_their_gradient():
    x = tf.placeholder(tf.float32, [1000])

    def body(i, array):
        return i + 1, array.write(i, x[i] * 2.0)

    array = tf.TensorArray(tf.float32, size=1000, element_shape=[])
    total = tf.while_loop(lambda i, a: i < 1000, body, (0, array))[1].stack()
    grad = tf.gradients(total, x)[0]
    values = np.arange(1000, dtype=np.float32)
    found = run([total, grad], {x: values})
    np.testing.assert_array_equal(found[0], values * 2)
    np.testing.assert_array_equal(found[1], np.full(1000, 2))


@pytest.mark.parametrize("dtype", [tf.string, tf.bool, tf.complex64, tf.int64])
def test_other_dtypes(dtype):
    value = np.asarray([b"a", b"bc"]) if dtype is tf.string else np.asarray([1, 0])
    array = tf.TensorArray(dtype, size=2).unstack(
        value if dtype is tf.string else tf.cast(value, dtype)
    )
    assert run(array.read(0)) == (b"a" if dtype is tf.string else 1)
    assert run(array.stack()).tolist() == value.tolist()


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (lambda: tf.TensorArray(tf.int32), ValueError, "needs a size"),
        (lambda: tf.TensorArray(tf.int32, size=3).write(0, 1.5), TypeError, "float32"),
        (
            lambda: tf.TensorArray(tf.int32, size=3).write(0, [1, 2]).write(1, [3]),
            ValueError,
            r"have shape \(2,\), this one has shape \(1,\); with infer_shape=False",
        ),
        (lambda: tf.TensorArray(tf.int32, size=3, handle=1), NotImplementedError, "handle"),
        (lambda: tf.TensorArray(tf.int32, size=3).grad("g"), NotImplementedError, "tf.gradients"),
    ],
)
def test_errors_while_building(build, error, message):
    with pytest.raises(error, match=message):
        build()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda a: a.read(3), "no item 3 in a list of 3"),
        (lambda a: a.write(3, 1.0).stack(), "no item 3 in a list of 3"),
        (lambda a: a.read(1), "was not written"),
        (lambda a: a.concat(), "not written"),
    ],
)
def test_errors_in_a_run_name_the_users_line(build, message):
    array = tf.TensorArray(tf.float32, size=3, infer_shape=False).write(0, 2.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match=rf"(?s){message}.*test_tensor_array"):
        run(build(array))


def test_a_size_that_is_no_size():
    with pytest.raises(tf.errors.InvalidArgumentError, match="cannot have -1 items"):
        run(tf.TensorArray(tf.float32, size=tf.constant(-1)).flow.op)


def test_gradient_where_one_element_of_unknown_shape_is_read():
    x = tf.placeholder(tf.float32, [None, 2])
    array = tf.TensorArray(tf.float32, 3)
    _, array = tf.while_loop(
        lambda i, _: i < 3, lambda i, a: (i + 1, a.write(i, x * tf.cast(i, tf.float32))), (0, array)
    )
    (grad,) = tf.gradients(array.read(2), x)
    assert tf.Session().run(grad, {x: [[1.0, 2.0]]}).tolist() == [[2, 2]]
