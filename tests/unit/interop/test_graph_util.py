"""Parts of graphs, and graphs whose variables are constants."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


def names(graph_def: tf.GraphDef) -> list[str]:
    return [node.name for node in graph_def.node]


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def model(request: pytest.FixtureRequest) -> tf.Session:
    """A session with y = relu(x w + b), and rows = gather(w, [1])."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.get_variable("w", initializer=[[1.5, -2.0], [0.25, 4.0]], use_resource=request.param)
    b = tf.get_variable("b", initializer=[0.5, 1.0], use_resource=request.param)
    tf.nn.relu(tf.matmul(x, w) + b, name="y")
    tf.identity(tf.nn.embedding_lookup(w, [1]), name="rows")
    tf.get_variable("unused", initializer=3.0, use_resource=request.param)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def run(graph_def: tf.GraphDef, fetch: str, feed: dict[str, object] | None = None) -> np.ndarray:
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(graph_def, name="")
        return session.run(fetch, feed)


def test_frozen_graph(model: tf.Session):
    frozen = tf.graph_util.convert_variables_to_constants(model, model.graph_def, ["y", "rows"])
    assert {node.op for node in frozen.node} <= {
        "Const", "Identity", "Placeholder", "MatMul", "Add", "AddV2", "Relu", "GatherV2",
    }  # fmt: skip
    assert "unused" not in names(frozen)
    np.testing.assert_array_equal(run(frozen, "y:0", {"x:0": [[2, 4]]}), [[4.5, 13]])
    np.testing.assert_array_equal(run(frozen, "rows:0"), [[0.25, 4]])


def test_some_variables_stay(model: tf.Session):
    convert = tf.graph_util.convert_variables_to_constants
    without_w = convert(model, model.graph_def, ["y"], variable_names_blacklist=["w"])
    only_b = convert(model, model.graph_def, ["y"], variable_names_whitelist=["b"])
    for frozen in (without_w, only_b):
        kinds = {node.name: node.op for node in frozen.node}
        assert kinds["b"] == "Const"
        assert kinds["w"] in ("VariableV2", "VarHandleOp")


def test_a_variable_that_is_written_cannot_be_frozen():
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=True)
    update = v.assign_add([1.0, 1.0], read_value=False)
    convert = tf.graph_util.convert_variables_to_constants
    with tf.Session() as session:
        session.run(v.initializer)
        with pytest.raises(ValueError, match="variable_names_blacklist"):
            convert(session, session.graph_def, [update.name])


def test_variables_without_values(model: tf.Session):
    with tf.Session(graph=model.graph) as session, pytest.raises(tf.errors.FailedPreconditionError):
        tf.graph_util.convert_variables_to_constants(session, model.graph_def, ["y"])


def test_shape_of_a_variable():
    v = tf.get_variable("v", initializer=[1.0, 2.0, 4.0], use_resource=True, validate_shape=False)
    tf.raw_ops.VariableShape(input=v.handle, name="shape")
    with tf.Session() as session:
        session.run(v.initializer)
        convert = tf.graph_util.convert_variables_to_constants
        frozen = convert(session, session.graph_def, ["shape"])
    np.testing.assert_array_equal(run(frozen, "shape:0"), [3])


def test_sub_graph_errors():
    graph_def = tf.constant(1, name="one").graph.as_graph_def()
    with pytest.raises(AssertionError, match="'two' is not in the graph"):
        tf.graph_util.extract_sub_graph(graph_def, ["two"])
    with pytest.raises(TypeError, match="list of names"):
        tf.graph_util.extract_sub_graph(graph_def, "one")
    with pytest.raises(TypeError, match="GraphDef"):
        tf.graph_util.extract_sub_graph("one", ["one"])


def test_training_nodes_go():
    x = tf.placeholder(tf.float32, [2], name="x")
    checked = tf.check_numerics(tf.identity(x, name="a"), "bad", name="b")
    y = tf.identity(checked, name="y")
    with tf.control_dependencies([tf.identity(x, name="waited")]):
        tf.add(y, checked, name="sum")
    slim = tf.graph_util.remove_training_nodes(x.graph.as_graph_def(), protected_nodes=["y"])
    inputs = {node.name: list(node.input) for node in slim.node}
    assert inputs == {"x": [], "waited": ["x"], "y": ["x"], "sum": ["y", "x", "^waited"]}


def test_nodes_for_the_cpu():
    text, number = tf.constant("a").op, tf.constant(2).op
    v = tf.Variable(1.0, name="v").op
    check = tf.graph_util.must_run_on_cpu
    assert [check(text), check(number), check(v), check(v, True)] == [True, False, False, True]
    assert check(text.node_def)
