from __future__ import annotations

import collections
import gc
import weakref

import numpy as np
import pytest

import graphflow as tf
import graphflow.ops as ops


def test_group_waits_for_everything():
    a, b = tf.constant(1, name="a"), tf.constant(2, name="b")
    done = tf.group(a, [b, {"x": a}])
    assert (done.name, done.type) == ("group_deps", "NoOp")
    assert [op.name for op in done.control_inputs] == ["a", "b"]
    assert tf.group(name="nothing").control_inputs == []
    with pytest.raises(TypeError, match="group takes operations and tensors"):
        tf.group(a, 3)


def test_tuple_has_the_names_of_tensorflow():
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    before = tf.no_op(name="before")
    first, nothing, second = tf.tuple([a, None, b], control_inputs=[before])
    assert nothing is None
    assert first.op.name == "tuple/control_dependency"
    assert second.op.name == "tuple/control_dependency_1"
    (gate,) = first.op.control_inputs
    assert gate.name == "tuple/group_deps"
    assert [op.name for op in gate.control_inputs] == ["a", "b", "before"]
    assert first.op.colocation_groups() == [b"loc:@a"]


def test_tuple_of_indexed_slices_and_operations():
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]), tf.constant([4, 1]))
    kept, operation = tf.tuple([slices, tf.no_op()])
    assert isinstance(kept, tf.IndexedSlices)
    assert kept.indices is slices.indices
    assert operation.type == "NoOp"
    with pytest.raises(ValueError, match="to wait for"):
        tf.tuple([None])
    with pytest.raises(TypeError, match="expected a tensor or operation"):
        tf.tuple([slices], control_inputs=[3])


def test_prevented_gradients_are_errors():
    x = tf.constant(1.0)
    with pytest.raises(LookupError, match="no way back"):
        tf.gradients(ops.prevent_gradient(x, "no way back"), x)


def test_custom_gradient_gets_its_own_arguments_and_may_nest_gradients():
    x, y = tf.constant(3.0), tf.constant(5.0)
    seen = []

    @tf.custom_gradient
    def product(a, b):
        seen.extend([a, b])
        return a * b, lambda grad: ([grad * 10.0, grad * 20.0], [])

    grads = tf.gradients(product(x, y), [x, y])
    assert seen == [x, y]
    assert tf.Session().run(grads) == [10.0, 20.0]


def test_custom_gradient_of_nested_results():
    Pair = collections.namedtuple("Pair", "low high")

    @tf.custom_gradient
    def split(x):
        result = Pair(x - 1.0, {"b": x + 1.0, "a": [tf.constant(7)]})
        return result, lambda low, count, high: 10.0 * low + 100.0 * high

    x = tf.constant(3.0)
    pair = split(x)
    (grad,) = tf.gradients([pair.low, pair.high["b"]], x)
    with tf.Session() as session:
        assert session.run([pair, grad]) == [Pair(2.0, {"a": [7], "b": 4.0}), 110.0]


def test_custom_gradient_of_several_results():
    @tf.custom_gradient
    def swap(x, y):
        return [tf.identity(y), tf.identity(x)], lambda of_y, of_x: (10.0 * of_x, 100.0 * of_y)

    x, y = tf.constant(2.0), tf.constant(3.0)
    first, second = swap(x, y)
    grads = tf.gradients(first + 5.0 * second, [x, y])
    assert tf.Session().run([first, second, *grads]) == [3, 2, 50, 100]


def test_py_func_gets_arrays_of_its_own():
    seen = []

    def function(x, s, text):
        seen.extend([type(x), type(s), text])
        x[0] = 9
        return x

    source = tf.constant([1.0, 2.0])
    changed = tf.py_func(function, [source, 2.5, "é"], tf.float32)
    assert tf.Session().run([changed, source])[0].tolist() == [9, 2]
    assert tf.Session().run(source).tolist() == [1, 2]
    assert seen[:3] == [np.ndarray, np.float32, "é".encode()]


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.float64(1.5), "has dtype float64"),
        ((1.0, 2.0), "returned 2 values"),
        (None, "returned 0 values"),
        (object(), "value 0 returned"),
        (1.5j, "value 0 returned"),
        (1.5, "has dtype float64, but Tout says float32"),
    ],
)
def test_py_func_checks_what_is_returned(result, message):
    value = tf.py_func(lambda: result, [], tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        tf.Session().run(value)


def test_py_func_of_many_kinds_of_results():
    assert tf.Session().run(tf.py_func(lambda: "é", [], tf.string)) == "é".encode()
    assert tf.Session().run(tf.py_func(lambda: 3, [], tf.int64)) == 3
    pair = tf.py_func(lambda: (np.int64(1), [2.5]), [], [tf.int64, tf.float64])
    assert [np.asarray(item).tolist() for item in tf.Session().run(pair)] == [1, [2.5]]
    called = []
    operation = tf.py_func(lambda: called.append(1), [], [])
    tf.Session().run(operation)
    assert isinstance(operation, tf.Operation)
    assert called == [1]
    with pytest.raises(ValueError, match="expected a function to call, not 3"):
        tf.py_func(3, [], tf.int32)


def test_a_function_goes_with_its_graph():
    class Callable:
        def __call__(self):
            return np.float32(1)

    function = Callable()
    alive = weakref.ref(function)
    with tf.Graph().as_default():
        tf.py_func(function, [], tf.float32)
    del function
    gc.collect()
    assert alive() is None


def test_print_writes_to_standard_error(capsys):
    x = tf.constant([[1, 2], [3, 4]])
    shown = tf.Print(x, [x, 0.5, "a"], "x = ", first_n=2)
    session = tf.Session()
    for _ in range(3):
        session.run(shown)
    assert capsys.readouterr().err == "x = [[1 2][3...]...][0.5][a]\n" * 2
    assert tf.Session().run(tf.gradients(tf.Print(tf.constant(1.0), []), [])) == []


@pytest.mark.parametrize(
    ("value", "limit", "text"),
    [
        ([1, 2, 3, 4], 3, "1 2 3..."),
        ([1, 2, 3, 4], -1, "1 2 3 4"),
        ([[1, 2], [3, 4]], 2, "[1 2]..."),
        ([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], 5, "[[1 2][3 4]][[5...]]..."),
        (np.zeros((2, 0)), 3, ""),
        (np.float32(1 / 3), 3, "0.333333343"),
        (np.float64(1 / 3), 3, "0.33333333333333331"),
        (np.float16(0.1), 3, "0.0999755859"),
        (np.float32(1e8), 3, "1e+08"),
        (np.float32(np.nan), 3, "nan"),
        (True, 3, "1"),
        (np.asarray(b'a\n"', object), 3, 'a\\n\\"'),
    ],
)
def test_values_are_written_as_tensorflow_writes_them(value, limit, text):
    assert ops.summarize_value(np.asarray(value), limit) == text


def test_assert_shows_its_data():
    x = tf.placeholder(tf.int32, [None])
    check = tf.Assert(tf.reduce_all(x > 0), ["not positive:", x], summarize=2)
    assert check.name == "Assert/Assert"
    session = tf.Session()
    session.run(check, {x: [1]})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[not positive:\] \[3 -1\.\.\.\]"):
        session.run(check, {x: [3, -1, 2]})


def test_deprecated_names_of_arguments(caplog):
    x = tf.constant([[[1, 2, 3]]])
    with caplog.at_level("WARNING", "graphflow"):
        for _ in range(2):
            squeezed = tf.squeeze(x, squeeze_dims=[0])
    assert squeezed.shape.as_list() == [1, 3]
    assert [
        record.message.startswith("the argument 'squeeze_dims'") for record in caplog.records
    ] == [True]
    with pytest.raises(ValueError, match="not both"):
        tf.expand_dims(x, 0, dim=1)
