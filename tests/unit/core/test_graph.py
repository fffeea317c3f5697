"""Graphs: names, scopes, control dependencies, devices, collections, as in TensorFlow 1.15."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

import graphflow as tf


def c(name=None):
    return tf.constant(1.0, name=name)


# -- names ---------------------------------------------------------------------------------------


def test_names_get_suffixes_and_differ_in_more_than_case():
    names = [c(name).name for name in ("a", "A", "a", "a_1", "a", "A", "a_1")]
    assert names == ["a:0", "A_1:0", "a_2:0", "a_1_1:0", "a_3:0", "A_4:0", "a_1_2:0"]


def test_unique_name_reserves_on_request():
    graph = tf.get_default_graph()
    marks = [("a", False), ("a", True), ("a", False), ("A", True), ("a", True)]
    assert [graph.unique_name(*mark) for mark in marks] == ["a", "a", "a_1", "A_1", "a_2"]
    assert graph.version == 0


def test_name_scopes_nest_repeat_and_are_entered_again():
    with tf.name_scope("s") as first:
        assert (first, c("x").name) == ("s/", "s/x:0")
        with tf.get_default_graph().name_scope(None) as top:
            assert (top, c("x").name) == ("", "x:0")
    with tf.name_scope("s") as second:
        assert (second, c("x").name) == ("s_1/", "s_1/x:0")
    with tf.name_scope(first) as again:
        assert (again, c("x").name) == ("s/", "s/x_1:0")
    with tf.name_scope("S") as other_case:
        assert other_case == "S_2/"
    with tf.name_scope("q/r"), tf.get_default_graph().name_scope("t") as inner:
        assert inner == "q/r/t/"
    assert tf.get_default_graph().get_name_scope() == ""


@pytest.mark.parametrize("name", ["_x", "a b", "é", "-x", "/x", "a$", "_"])
def test_names_that_are_not_valid(name):
    with pytest.raises(ValueError, match="not a valid operation name"):
        c(name)
    with pytest.raises(ValueError, match="not a valid scope name"), tf.name_scope(name):
        pass


def test_inner_scopes_may_begin_with_more_characters():
    with tf.name_scope("o"), tf.name_scope("_x") as scope:
        assert (scope, c("k").name) == ("o/_x/", "o/_x/k:0")


def test_a_name_taken_as_it_is_must_be_free():
    with tf.name_scope("a") as scope:
        assert c(scope).name == "a:0"
        with pytest.raises(ValueError, match="'a' already"):
            c(scope)


# -- control dependencies ------------------------------------------------------------------------


def waits(tensor):
    return [op.name for op in tensor.op.control_inputs]


def test_control_inputs_that_inputs_already_wait_for_are_left_out():
    a, b, d = c("a"), c("b"), c("d")
    with tf.control_dependencies([a, b]):
        e = tf.identity(d)
        f = tf.identity(e)
        g = tf.add(a, d)
        with tf.control_dependencies([d, a]):
            h = tf.identity(f)
            i = tf.identity(h)
            k = tf.identity(d)
        with tf.control_dependencies(None):
            j = tf.identity(d)
            with tf.control_dependencies([b]):
                m = tf.identity(a)
        with tf.control_dependencies([a, a]):
            n = tf.identity(e)
    assert waits(e) == ["a", "b"]
    assert waits(f) == []
    assert waits(g) == ["b"]
    assert waits(h) == ["d"]  # a is waited for by the outer block
    assert waits(i) == []
    assert waits(k) == ["a", "b"]
    assert waits(j) == []
    assert waits(m) == ["b"]
    assert waits(n) == []


def test_control_inputs_by_name_and_what_is_none():
    c("a")
    with tf.control_dependencies(["a:0"]):
        assert waits(c("b")) == ["a"]
    with pytest.raises(TypeError), tf.control_dependencies([3]):
        pass
    with pytest.raises(TypeError), tf.control_dependencies(3):
        pass
    with pytest.raises(KeyError), tf.control_dependencies(["nosuch"]):
        pass


def test_blocks_are_left_after_an_error():
    graph, a = tf.get_default_graph(), c("a")
    with (
        pytest.raises(ZeroDivisionError),
        tf.name_scope("s"),
        tf.device("/cpu:0"),
        tf.control_dependencies([a]),
        graph.gradient_override_map({"Identity": "Other"}),
    ):
        raise ZeroDivisionError
    b = tf.identity(a, name="b")
    assert (b.name, b.device, waits(b)) == ("b:0", "", [])
    with pytest.raises(ValueError, match="no attribute"):
        b.op.get_attr("_gradient_op_type")


# -- collections, finalize -----------------------------------------------------------------------


def test_collections():
    graph = tf.get_default_graph()
    graph.add_to_collection("k", 1)
    graph.add_to_collections(["k", "l", "k"], 2)
    graph.add_to_collections("mm", 3)
    for item in (c("s/a"), c("t/b"), 7):
        graph.add_to_collection("n", item)
    assert graph.get_collection("k") == [1, 2]
    assert graph.get_collection("l") == [2]
    assert graph.get_collection("mm") == [3]
    assert [item.name for item in graph.get_collection("n", "s")] == ["s/a:0"]
    assert graph.get_collection("none") == []
    assert graph.get_all_collection_keys() == ["k", "l", "mm", "n"]
    graph.get_collection("k").append(9)  # a copy
    graph.get_collection_ref("k").append(5)
    assert graph.get_collection("k") == [1, 2, 5]
    graph.clear_collection("k")
    assert graph.get_collection("k") == []


def test_a_finalized_graph_refuses_changes():
    graph = tf.get_default_graph()
    c("a")
    graph.finalize()
    assert graph.finalized
    for change in (
        c,
        lambda: graph.add_to_collection("k", 1),
        lambda: graph.clear_collection("k"),
        lambda: tf.gradients(graph.get_tensor_by_name("a:0"), graph.get_tensor_by_name("a:0")),
    ):
        with pytest.raises(RuntimeError, match="finalized"):
            change()
    assert [op.name for op in graph.get_operations()] == ["a"]


# -- finding elements -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("y", KeyError, "not in the graph"),
        ("y:0", KeyError, "no operation"),
        ("x:1", KeyError, "only 1 outputs"),
        ("x:", ValueError, "malformed"),
        ("x:a", ValueError, "malformed"),
        ("x:0:0", ValueError, "malformed"),
        (":0", KeyError, "no operation"),
        (3, TypeError, "cannot convert 3"),
        ("X", KeyError, "did you mean 'x'"),
    ],
)
def test_elements_that_are_not_there(name, error, text):
    c("x")
    with pytest.raises(error, match=text):
        tf.get_default_graph().as_graph_element(name)


def test_elements_of_the_wrong_kind():
    x, graph = c("x"), tf.get_default_graph()
    assert graph.as_graph_element("x") is x.op
    assert graph.as_graph_element("x:0") is x
    assert graph.as_graph_element(tf.Variable(1.0)).op.type in ("VariableV2", "Identity")
    with pytest.raises(ValueError, match="operation"):
        graph.get_tensor_by_name("x")
    with pytest.raises(ValueError, match="tensor"):
        graph.get_operation_by_name("x:0")
    with pytest.raises(TypeError):
        graph.get_tensor_by_name(x)
    with pytest.raises(TypeError):
        graph.as_graph_element(x, allow_tensor=False)
    with pytest.raises(ValueError, match="both"):
        graph.as_graph_element("x", False, False)
    with pytest.raises(ValueError, match="another"):
        tf.Graph().as_graph_element(x)


# -- colocation, attributes ----------------------------------------------------------------------


def test_colocation():
    graph = tf.get_default_graph()
    with tf.device("/gpu:0"):
        a = c("a")
    with tf.device("/cpu:0"):
        b = c("b")

    def groups_and_device():
        op = c().op
        return op.colocation_groups(), op.device

    with tf.device("/job:ps"):
        with graph.colocate_with(a):
            assert groups_and_device() == ([b"loc:@a"], "/device:GPU:0")
            with graph.colocate_with(b):
                assert groups_and_device() == ([b"loc:@a", b"loc:@b"], "/device:CPU:0")
            with graph.colocate_with(b, ignore_existing=True):
                assert groups_and_device() == ([b"loc:@b"], "/device:CPU:0")
        op = c("w").op
        assert (op.colocation_groups(), op.device) == ([b"loc:@w"], "/job:ps")
    with pytest.raises(ValueError, match="ignore_existing"), graph.colocate_with(None):
        pass


def test_gradient_override_map_marks_operations():
    graph, a = tf.get_default_graph(), c("a")
    with graph.gradient_override_map({"Identity": "Foo"}):
        assert tf.identity(a).op.get_attr("_gradient_op_type") == b"Foo"
        with graph.gradient_override_map({"Identity": "Bar"}):
            assert tf.identity(a).op.get_attr("_gradient_op_type") == b"Bar"
    for wrong in ({"Identity": 3}, 3):
        with pytest.raises(TypeError), graph.gradient_override_map(wrong):
            pass


# -- default graphs, threads, life ---------------------------------------------------------------


def test_stack_of_default_graphs():
    outermost, one, two = tf.get_default_graph(), tf.Graph(), tf.Graph()
    with one.as_default() as entered:
        assert entered is one
        with two.as_default():
            assert c().graph is two
            with pytest.raises(AssertionError):
                tf.reset_default_graph()
        assert tf.get_default_graph() is one
    assert tf.get_default_graph() is outermost


def test_blocks_belong_to_their_thread():
    graph, a, found = tf.get_default_graph(), c("a"), []

    def build():
        found.append(tf.get_default_graph())
        with graph.as_default():
            found.append(c("b"))

    inner = tf.Graph()
    with tf.name_scope("s"), tf.device("/cpu:0"), tf.control_dependencies([a]), inner.as_default():
        thread = threading.Thread(target=build)
        thread.start()
        thread.join()
    assert found[0] is graph
    assert (found[1].name, found[1].device, waits(found[1])) == ("b:0", "", [])


def test_threads_build_in_one_graph_without_losing_names():
    graph = tf.get_default_graph()

    def build():
        with graph.as_default():
            for _ in range(50):
                c("n")

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    operations = graph.get_operations()
    assert {op.name for op in operations} == {"n", *(f"n_{i}" for i in range(1, 200))}
    assert [op.id for op in operations] == list(range(200))


def test_nothing_global_keeps_a_graph_or_its_session():
    def build():
        graph = tf.Graph()
        with graph.as_default():
            x = tf.placeholder(tf.float32, [None, 3])
            v = tf.Variable(tf.random_normal([3, 2], seed=3))
            loss = tf.reduce_sum(tf.matmul(x, v))
            train = tf.assign_sub(v, tf.gradients(loss, v)[0])
        session = tf.Session(graph=graph)
        session.run(v.initializer)
        session.run([loss, train], {x: np.ones([2, 3])})
        return weakref.ref(graph), weakref.ref(session), weakref.ref(session._resources)

    references = build()
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_consumers_follow_operations_that_change_their_inputs():
    a, b, c = (tf.constant(value) for value in (1.0, 2.0, 3.0))
    total, product = a + b, b * b
    assert b.consumers() == [total.op, product.op, product.op]
    difference = c - b
    total.op._update_input(1, c)  # known to the search, the difference not yet
    assert b.consumers() == [product.op, product.op, difference.op]
    assert c.consumers() == [total.op, difference.op]
    assert a.consumers() == [total.op]


def test_operations_that_a_loop_makes_share_one_stack():
    graph = tf.get_default_graph()
    ops = [graph.get_operation_by_name(tf.no_op().name) for _ in range(3)]
    assert ops[0]._stack is ops[1]._stack is ops[2]._stack
    elsewhere = tf.no_op()
    assert elsewhere.user_line != ops[0].user_line


def test_blocks_decorate_functions_that_threads_call_at_once():
    graph = tf.get_default_graph()
    both = threading.Barrier(2, timeout=10)

    @graph.device("/cpu:0")
    @graph.name_scope("cpu")
    def make():
        both.wait()
        return graph.create_op("NoOp", [], [])

    found = {}

    def run(key):
        found[key] = [make() for _ in range(3)]
        found[f"outside {key}"] = graph.create_op("NoOp", [], [])

    threads = [threading.Thread(target=run, args=(key,)) for key in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for key in ("a", "b"):
        assert {op.device for op in found[key]} == {"/device:CPU:0"}
        assert all(op.name.startswith("cpu") for op in found[key])
        assert found[f"outside {key}"].device == ""
        assert "/" not in found[f"outside {key}"].name
