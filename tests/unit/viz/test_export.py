from __future__ import annotations

import networkx
import pytest

import graphflow as tf
from graphflow.compiler.prune import prune


def test_attributes():
    with tf.device("/cpu:0"):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.matmul(x, x, transpose_b=True, name="y")
    with tf.control_dependencies([x]):
        tf.no_op(name="after")
    graph = y.graph.to_networkx()
    assert isinstance(graph, networkx.MultiDiGraph)
    assert graph.nodes["x"]["type"] == "Placeholder"
    assert graph.nodes["x"]["device"] == "/device:CPU:0"
    assert "test_export.py" in graph.nodes["x"]["user_line"]
    edges = graph.get_edge_data("x", "y")
    assert [edge["input"] for edge in edges.values()] == [0, 1]
    assert edges[0] == {
        "tensor": "x:0",
        "shape": (None, 3),
        "dtype": "float32",
        "input": 0,
        "control": False,
    }
    assert graph.get_edge_data("x", "after")[0]["control"] is True


def test_tensors_of_unknown_rank():
    tf.negative(tf.placeholder(tf.float32, name="x"), name="y")
    assert tf.get_default_graph().to_networkx().get_edge_data("x", "y")[0]["shape"] is None


@pytest.fixture
def loss():
    """The loss of a small model with a training step and an operation beside it."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    w = tf.Variable(tf.ones([3, 2]), name="w")
    with tf.control_dependencies([tf.no_op(name="first")]):
        y = tf.nn.relu(tf.matmul(x, w))
    loss = tf.reduce_mean(y)
    tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    tf.negative(x)
    return loss


def test_ancestors_are_what_pruning_keeps(loss):
    graph = loss.graph.to_networkx()
    for operation in loss.graph.get_operations():
        expected = networkx.ancestors(graph, operation.name) | {operation.name}
        assert {op.name for op in prune([operation], set())} == expected


def test_the_order_of_creation_is_topological(loss):
    graph = loss.graph.to_networkx()
    assert networkx.is_directed_acyclic_graph(graph)
    assert all(graph.nodes[a]["id"] < graph.nodes[b]["id"] for a, b in graph.edges())


def test_feeds_cut_as_removed_edges_do(loss):
    fed = loss.graph.get_tensor_by_name("Relu:0")
    graph = loss.graph.to_networkx()
    cut = [(a, b, k) for a, b, k, name in graph.edges(keys=True, data="tensor") if name == fed.name]
    graph.remove_edges_from(cut)
    expected = networkx.ancestors(graph, loss.op.name) | {loss.op.name}
    assert {op.name for op in prune([loss.op], {fed})} == expected
