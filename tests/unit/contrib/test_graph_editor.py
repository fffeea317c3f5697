"""`tf.contrib.graph_editor`: walks through a graph."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

import graphflow as tf

ge = tf.contrib.graph_editor


def names(ops: Iterable[tf.Operation]) -> list[str]:
    return [op.name for op in ops]


@pytest.fixture
def graph() -> dict[str, tf.Tensor]:
    """a, b -> c -> d -> e; x is waited for by d."""
    a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
    x = tf.constant(3.0, name="x")
    c = tf.add(a, b, name="c")
    with tf.control_dependencies([x]):
        d = tf.negative(c, name="d")
    return {"a": a, "b": b, "x": x, "c": c, "d": d, "e": tf.exp(d, name="e")}


def test_walks_backward(graph: dict[str, tf.Tensor]):
    e = graph["e"]
    assert names(ge.get_backward_walk_ops(e)) == ["e", "d", "c", "a", "b"]
    assert names(ge.get_backward_walk_ops([e.op], inclusive=False)) == ["d", "c", "a", "b"]
    assert names(ge.get_backward_walk_ops(e, control_inputs=True)) == ["e", "d", "x", "c", "a", "b"]
    assert names(ge.get_backward_walk_ops(e, stop_at_ts=[graph["c"]])) == ["e", "d"]
    within = [graph["d"].op, graph["c"].op, graph["b"].op]
    assert names(ge.get_backward_walk_ops(e, within_ops=within)) == ["e", "d", "c", "b"]
    assert names(ge.get_backward_walk_ops(e, within_ops_fn=lambda op: op.name != "a")) == [
        "e",
        "d",
        "c",
        "b",
    ]


def test_walks_forward(graph: dict[str, tf.Tensor]):
    assert names(ge.get_forward_walk_ops(graph["a"].op)) == ["a", "c", "d", "e"]
    assert names(ge.get_forward_walk_ops(graph["a"])) == ["c", "d", "e"]
    assert names(ge.get_forward_walk_ops(graph["x"].op)) == ["x"]
    outputs = ge.ControlOutputs(tf.get_default_graph())
    assert outputs.get_all() == {graph["x"].op: [graph["d"].op]}
    found = ge.get_forward_walk_ops(graph["x"].op, control_outputs=outputs)
    assert names(found) == ["x", "d", "e"]
    between = ge.get_walks_intersection_ops(graph["b"].op, graph["d"].op)
    assert names(between) == ["b", "c", "d"]


def test_filters(graph: dict[str, tf.Tensor]):
    default = tf.get_default_graph()
    assert ge.filter_ts(default, True) == ge.get_tensors(default)
    assert names(ge.filter_ops(default, lambda op: op.type == "Const")) == ["a", "b", "x"]
    assert names(ge.filter_ops_from_regex(default, "[ce]")) == ["c", "e"]
    assert ge.filter_ts_from_regex([graph["c"].op, graph["d"].op], "^d") == [graph["d"]]
    assert names(ge.get_consuming_ops([graph["a"], graph["b"]])) == ["c"]
    with pytest.raises(TypeError, match="operations alone, or tensors alone"):
        ge.get_backward_walk_ops([graph["a"], graph["b"].op])
