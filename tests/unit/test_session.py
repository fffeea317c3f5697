"""Sessions: fetch structures, feeds, partial runs, callables, life."""

from __future__ import annotations

import collections
import dataclasses
import threading

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.convert import IndexedSlices


@pytest.fixture
def session():
    with tf.Session() as session:
        yield session


def test_fetch_structures_come_back_as_they_were(session):
    a, b = tf.constant(2.0, name="a"), tf.constant([3, 4], name="b")
    Pair = collections.namedtuple("Pair", ["first", "second"])
    result = session.run(
        {
            "list": [a, [b]],
            "tuple": (a,),
            "pair": Pair(a, b),
            "name": "a:0",
            "op": a.op,
            "empty": [],
        }
    )
    assert result["list"][0] == 2.0
    np.testing.assert_array_equal(result["list"][1][0], [3, 4])
    assert result["tuple"] == (2.0,)
    assert isinstance(result["pair"], Pair)
    assert result["name"] == 2.0
    assert result["op"] is None
    assert result["empty"] == []


def test_fetch_of_an_ordered_dictionary_and_a_data_class(session):
    @dataclasses.dataclass
    class Both:
        x: object
        y: object

    a = tf.constant(2.0)
    ordered = session.run(collections.OrderedDict([("z", a), ("a", a + 1.0)]))
    assert list(ordered.items()) == [("z", 2.0), ("a", 3.0)]
    assert session.run(Both(a, a * 2.0)) == Both(2.0, 4.0)


def test_scalars_are_numpy_scalars_of_their_dtype(session):
    value = session.run(tf.constant(2.0))
    assert type(value) is np.float32
    assert type(session.run(tf.constant("text"))) is bytes


def test_fetch_and_feed_of_sparse_tensors_and_slices(session):
    sparse = tf.SparseTensor([[0, 1], [2, 0]], [3.0, 4.0], [3, 2])
    value = session.run(sparse)
    assert isinstance(value, tf.SparseTensorValue)
    np.testing.assert_array_equal(value.indices, [[0, 1], [2, 0]])
    np.testing.assert_array_equal(value.dense_shape, [3, 2])
    fed = session.run(sparse, {sparse: tf.SparseTensorValue([[1, 1], [1, 0]], [9.0, 8.0], [2, 2])})
    np.testing.assert_array_equal(fed.values, [9.0, 8.0])
    slices = IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([5]))
    got = session.run(slices)
    np.testing.assert_array_equal(got.indices, [5])
    assert got.dense_shape is None


def test_any_tensor_can_be_fed(session):
    x = tf.constant(3.0)
    y = x * 2.0
    assert session.run(y + 1.0, {y: 10.0}) == 11.0
    assert session.run(y, {x: 5.0}) == 10.0
    assert session.run([x, y], {y: 1.0}) == [3.0, 1.0]


def test_feeding_a_constant_that_static_shapes_were_inferred_from(session):
    size = tf.constant(3)
    zeros = tf.zeros(tf.stack([size]))
    count = tf.reduce_sum(zeros + 1.0)
    assert session.run(count) == 3
    assert session.run(count, {size: 5}) == 5


def test_values_of_a_fed_shape_are_not_remembered(session):
    x = tf.placeholder(tf.float32, [None])
    shape = tf.placeholder(tf.int32, [2])
    y = tf.reshape(x, shape)
    six = np.arange(6, dtype=np.float32)
    assert session.run(y, {x: six, shape: [2, 3]}).shape == (2, 3)
    assert session.run(y, {x: six, shape: [3, 2]}).shape == (3, 2)
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.run(y, {x: six, shape: [4, 2]})


def test_feed_conversions(session):
    ints = tf.placeholder(tf.int32, [2])
    text = tf.placeholder(tf.string, [None])
    np.testing.assert_array_equal(session.run(ints, {ints: (4, 5)}), [4, 5])
    assert session.run(text, {text: ["é", b"x"]}).tolist() == ["é".encode(), b"x"]
    scalar = tf.placeholder(tf.int8, [])
    with pytest.raises(TypeError, match="300"):
        session.run(scalar, {scalar: 300})


def test_a_feed_of_the_wrong_shape_changes_nothing(session):
    v = tf.Variable(1.0)
    x = tf.placeholder(tf.float32)
    update = tf.assign_add(v, tf.reduce_sum(tf.matmul(x, x)))
    session.run(v.initializer)
    with pytest.raises(tf.errors.InvalidArgumentError, match="inner dimensions"):
        session.run(update, {x: np.ones((2, 3))})
    assert session.run(v) == 1.0


def test_partial_runs_compute_each_operation_once(session):
    calls = []

    def count(value):
        calls.append(value)
        return value

    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    first = tf.py_func(count, [a * 2.0], tf.float32)
    second = first + b
    handle = session.partial_run_setup([first, second], [a, b])
    assert session.partial_run(handle, first, {a: 3.0}) == 6.0
    assert session.partial_run(handle, second, {b: 10.0}) == 16.0
    assert calls == [6.0]
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.partial_run(handle, second)


def test_partial_run_errors(session):
    a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    total = a + b
    handle = session.partial_run_setup([total], [a, b])
    with pytest.raises(tf.errors.InvalidArgumentError, match="not fed yet"):
        session.partial_run(handle, total, {a: 3.0})
    with pytest.raises(tf.errors.InvalidArgumentError, match="announced"):
        session.partial_run(handle, a * 2.0, {a: 1.0})


def test_make_callable(session):
    x = tf.placeholder(tf.float32, [None])
    double = session.make_callable(x * 2.0, [x])
    np.testing.assert_array_equal(double([1.0, 4.0]), [2.0, 8.0])
    with pytest.raises(TypeError, match="takes 1 values"):
        double()
    run_op = session.make_callable(tf.no_op())
    assert run_op() is None


def test_plans_stay_valid_while_the_graph_grows(session):
    x = tf.constant(2.0)
    assert session.run(x) == 2.0
    y = x * 3.0
    assert session.run([x, y]) == [2.0, 6.0]


def test_default_sessions_nest():
    x = tf.constant(2.0)
    assert tf.get_default_session() is None
    with pytest.raises(ValueError, match="no default session"):
        x.eval()
    with tf.Session() as outer:
        assert tf.get_default_session() is outer
        with tf.Session() as inner:
            assert tf.get_default_session() is inner
            assert x.eval() == 2.0
        assert tf.get_default_session() is outer


def test_an_interactive_session_is_the_default_until_closed():
    session = tf.InteractiveSession()
    assert tf.constant(2.0).eval() == 2.0
    session.close()
    assert tf.get_default_session() is None


def test_the_default_graph_is_one_for_each_thread(session):
    own = tf.Graph()
    seen = []
    with own.as_default():
        thread = threading.Thread(target=lambda: seen.append(tf.get_default_graph()))
        thread.start()
        thread.join()
    assert seen[0] is not own


def test_a_closed_session_refuses_to_run():
    x = tf.constant(1.0)
    session = tf.Session()
    session.close()
    with pytest.raises(RuntimeError, match="closed"):
        session.run(x)
    session.close()


def test_an_empty_graph_is_told():
    with pytest.raises(RuntimeError, match="empty"):
        tf.Session(graph=tf.Graph()).run([])


def test_a_timeout_ends_a_run(session):
    gate = threading.Event()
    stuck = tf.py_func(lambda: np.float32(gate.wait(20)), [], tf.float32)
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(stuck, options=tf.RunOptions(timeout_in_ms=50))
    gate.set()


def test_sessions_keep_their_own_state():
    v = tf.Variable(1.0)
    first, second = tf.Session(), tf.Session()
    first.run(v.initializer)
    second.run(v.initializer)
    first.run(tf.assign(v, 5.0))
    assert (first.run(v), second.run(v)) == (5.0, 1.0)
    first.close()
    second.close()


def test_run_metadata_holds_the_trace(session):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.matmul(x, tf.ones([3, 4]), name="product")
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    session.run(y, {x: np.ones((2, 3))}, options=options, run_metadata=metadata)
    names = [
        node.node_name for device in metadata.step_stats.dev_stats for node in device.node_stats
    ]
    assert any(name.split(":")[0] == "product" for name in names)


def test_intermediate_results_are_freed_during_the_run(session):
    alive = []

    def probe(value):
        alive.append(sum(1 for s in state["run"].slots if s is not None))
        return value

    state = {}
    x = tf.placeholder(tf.float32, [1000])
    y = x
    for _ in range(20):
        y = tf.tanh(y + 1.0)
    y = tf.py_func(probe, [y], tf.float32)
    import graphflow.session as session_module

    class Spy(session_module.Run):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            state["run"] = self

    original, session_module.Run = session_module.Run, Spy
    try:
        session.run(y, {x: np.zeros(1000)})
    finally:
        session_module.Run = original
    assert alive[0] <= 3


def test_structures_that_are_equal_stay_apart(session):
    a, b = tf.constant(2.0), tf.constant([3, 4])
    Pair = collections.namedtuple("Pair", ["first", "second"])
    for _ in range(2):
        kinds = [type(session.run(kind)) for kind in ((a, b), Pair(a, b), [a, b])]
        assert kinds == [tuple, Pair, list]
        assert type(session.run([a, Pair(a, b)])[1]) is Pair
        assert type(session.run([a, (a, b)])[1]) is tuple
        assert session.run({"x": a, "y": [a]}) == {"x": 2.0, "y": [2.0]}
        assert session.run({"y": a, "z": [a]}) == {"y": 2.0, "z": [2.0]}


def test_a_variable_is_fetched_again_and_again(session):
    v = tf.Variable([1.0, 2.0, 4.0])
    session.run(v.initializer)
    for step in range(3):
        assert session.run(v).tolist() == [1 + step, 2 + step, 4 + step]
        session.run(v.assign_add([1.0, 1.0, 1.0]) if step == 0 else "AssignAdd")


def test_feeds_by_name_and_by_tensor_in_any_order(session):
    x, y = tf.placeholder(tf.float32, [], "x"), tf.placeholder(tf.float32, [2], "y")
    z = x - y
    for _ in range(2):
        assert session.run(z, {x: 5, y: [1, 2]}).tolist() == [4, 3]
        assert session.run(z, {"y:0": np.float32([1, 2]), "x:0": 7.0}).tolist() == [6, 5]
        assert session.run(z, {x: 1.0, "x:0": np.float32(3), y: [1, 2]}).tolist() == [2, 1]
        with pytest.raises(ValueError, match=r"shape \(1,\)"):
            session.run(z, {x: [5.0], y: [1, 2]})
        with pytest.raises(TypeError, match="dictionary"):
            session.run(z, 5)


def test_a_shape_that_is_refined_between_runs_is_checked(session):
    x = tf.placeholder(tf.float32, [None])
    y = x * 2.0
    call = session.make_callable(y, [x])
    value = np.float32([1, 2, 3])
    assert session.run(y, {x: value}).tolist() == call(value).tolist() == [2, 4, 6]
    x.set_shape([2])
    with pytest.raises(ValueError, match="cannot feed"):
        session.run(y, {x: value})
    with pytest.raises(ValueError, match="cannot feed"):
        call(value)


def test_what_may_not_be_fed_or_fetched_any_more_is_refused(session):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    assert session.run(y, {x: 3.0}) == 6.0
    session.graph.prevent_feeding(x)
    with pytest.raises(ValueError, match="may not be fed"):
        session.run(y, {x: 3.0})
