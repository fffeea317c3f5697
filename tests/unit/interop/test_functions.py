"""Bodies of functions in a GraphDef."""

from __future__ import annotations

import pytest

import graphflow as tf


def test_a_branch_is_a_function_of_what_it_captures():
    x = tf.constant([1.0, 2.0], name="x")
    y = tf.cond(tf.constant(True, name="p"), lambda: x * 3.0, lambda: x)
    graph_def = y.graph.as_graph_def()
    (node,) = [node for node in graph_def.node if node.op == "If"]
    assert list(node.input) == ["p", "x"]
    assert node.attr["then_branch"].func.name == "cond_true"
    functions = {function.signature.name: function for function in graph_def.library.function}
    assert sorted(functions) == ["cond_false", "cond_true"]
    taken = functions["cond_true"]
    assert [arg.name for arg in taken.signature.input_arg] == ["x"]
    assert dict(taken.ret) == {"result_0": "cond/mul:z:0"}
    assert dict(functions["cond_false"].ret) == {"result_0": "x"}


def test_lists_that_a_loop_saves_become_loop_variables():
    x = tf.constant(2.0, name="x")
    _, y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.sin(a) * x), (0, x))
    tf.gradients(y, x)
    graph_def = y.graph.as_graph_def()
    forward, backward = [node for node in graph_def.node if node.op == "While"]
    assert sum(node.op == "EmptyTensorList" for node in graph_def.node) == 2
    assert len(forward.attr["T"].list.type) == len(forward.input)
    bodies = {f.signature.name: [n.op for n in f.node_def] for f in graph_def.library.function}
    assert bodies[forward.attr["body"].func.name].count("TensorListPushBack") == 2
    assert bodies[backward.attr["body"].func.name].count("TensorListPopBack") == 2


def test_a_body_that_writes_a_reference_variable_is_refused():
    v = tf.Variable(1.0, name="v")
    tf.cond(tf.constant(True), lambda: tf.assign(v, 2.0), lambda: v + 0)
    with pytest.raises(NotImplementedError, match=r"writes the reference variable.*use_resource"):
        tf.get_default_graph().as_graph_def()


def test_an_operation_with_bodies_prints_as_a_node():
    x = tf.constant(2.0)
    tf.while_loop(lambda a: a < 9, lambda a: a * a, [x])
    (loop,) = [op for op in tf.get_default_graph().get_operations() if op.type == "While"]
    assert "while_body" in str(loop)
    assert "while_body" in repr(loop.op)
