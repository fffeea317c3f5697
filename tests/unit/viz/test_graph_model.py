from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos
from graphflow.viz.graph_model import models_of, text_of
from graphflow.viz.graph_page import costs_of, page_data, show
from graphflow.viz.graphdef_model import models_of_graph_def


def nodes_of(model):
    return {node.name: node for node in model.nodes}


def training_graph():
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    weights = tf.Variable(tf.truncated_normal([3, 2]), name="w")
    loss = tf.reduce_sum(tf.matmul(x, weights), name="loss")
    tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss)
    tf.global_variables_initializer()
    tf.train.Saver()


def test_kinds_tell_what_operations_are_for():
    training_graph()
    (model,) = models_of(tf.get_default_graph())
    kinds = {name: node.kind for name, node in nodes_of(model).items()}
    assert kinds["x"] == "placeholder"
    assert kinds["w"] == kinds["w/Momentum"] == "variable"
    assert kinds["MatMul"] == kinds["loss"] == "compute"
    assert kinds["w/Assign"] == kinds["init"] == kinds["truncated_normal/mul"] == "initialisation"
    assert kinds["gradients/MatMul_grad/MatMul_1"] == "gradient"
    assert kinds["Momentum/update_w/ApplyMomentum"] == "training"
    assert kinds["save/SaveV2"] == kinds["save/Const"] == "save"


def test_node_tells_all_about_an_operation():
    with tf.device("/cpu:0"):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        shape = tf.constant([-1, 1, 3], name="shape")
        with tf.control_dependencies([tf.no_op("before")]):
            y = tf.reshape(x, shape, name="y")
    node = nodes_of(models_of(y.graph)[0])["y"]
    assert node.type == "Reshape"
    assert list(node.inputs) == [("x", 0), ("shape", 0)]
    assert list(node.controls) == ["before"]
    (output,) = node.outputs
    assert (output.dtype, output.shape, output.size) == ("float32", "(?, 1, 3)", 12)
    assert node.attributes["T"] == "float32"
    assert node.device == "/device:CPU:0"
    assert "test_graph_model.py" in node.line
    assert "test_node_tells_all_about_an_operation" in node.line


def test_bodies_of_loops_are_graphs_of_their_own():
    _, doubled = tf.while_loop(
        lambda i, y: i < 5, lambda i, y: (i + 1, y * 2.0), (tf.constant(0), tf.constant(3.0))
    )
    graph, *bodies = models_of(doubled.graph)
    (loop,) = [node for node in graph.nodes if node.bodies]
    assert set(loop.bodies) == {body.name for body in bodies}
    (body,) = [body for body in bodies if "body" in body.name]
    types = Counter(node.type for node in body.nodes)
    assert types["Mul"] == 1
    assert types["output"] == len(loop.inputs)
    doubling = next(node for node in body.nodes if node.type == "Mul")
    assert (doubling.name, 0) in [node.inputs[0] for node in body.nodes if node.kind == "output"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (b"SAME", "SAME"),
        (np.array([[1, 2], [3, 5]]), "[[1, 2], [3, 5]]"),
        (np.zeros((30, 7), np.float32), "float32 (30, 7)"),
        (tf.TensorShape([None, 3]), "(?, 3)"),
        (tf.int64, "int64"),
        (list(range(40)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, … 40 in all]"),
        ("é" * 300, "é" * 199 + "…"),
    ],
)
def test_attributes_are_short_texts(value, text):
    assert text_of(value) == text


def test_a_graph_def_with_known_types_is_shown_as_a_live_graph():
    training_graph()
    graph = tf.get_default_graph()
    (live,) = models_of(graph)
    (read,) = models_of_graph_def(graph.as_graph_def())
    # Savers know the shapes of what they restore; a file does not tell them.
    assert [(node.name, node.kind, node.outputs) for node in read.nodes if node.kind != "save"] == [
        (node.name, node.kind, node.outputs) for node in live.nodes if node.kind != "save"
    ]
    assert {node.name for node in read.nodes} == {node.name for node in live.nodes}
    assert {node.line for node in read.nodes} == {""}  # who imports has not made them


UNKNOWN = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
       attr { key: "shape" value { shape { dim { size: -1 } dim { size: 4 } } } } }
node { name: "w" op: "VariableV2" attr { key: "dtype" value { type: DT_HALF } }
       attr { key: "shape" value { shape { dim { size: 4 } } } } }
node { name: "odd/one" op: "InventedOp" input: "x" input: "w:1" input: "^w" device: "/gpu:3"
       attr { key: "mode" value { s: "slow" } } attr { key: "T" value { type: DT_INT32 } }
       attr { key: "sizes" value { list { i: 3 i: 5 } } }
       attr { key: "f" value { func { name: "inner" } } }
       attr { key: "_output_shapes" value { list { shape { dim { size: 2 } } shape { unknown_rank: true } } } } }
node { name: "gradients/odd/one_grad/Mul" op: "InventedGrad" input: "odd/one:1" }
node { name: "w/Assign" op: "Assign" input: "w" input: "x" }
node { name: "Adam/update_w/ApplyAdam" op: "ApplyAdam" input: "w" }
node { name: "save/SaveV2" op: "SaveV2" }
library { function { signature { name: "inner" input_arg { name: "a" type: DT_FLOAT }
          output_arg { name: "b" type: DT_FLOAT } }
          node_def { name: "b" op: "InventedOp" input: "a" } ret { key: "b" value: "b:z:0" } } }
"""  # noqa: E501


def test_operations_of_unknown_types_are_shown():
    graph_def = protos.from_text(UNKNOWN, protos.GraphDef())
    graph, body = models_of_graph_def(graph_def)
    nodes = nodes_of(graph)
    odd = nodes["odd/one"]
    assert odd.type == "InventedOp"
    assert list(odd.inputs) == [("x", 0), ("w", 1)]
    assert list(odd.controls) == ["w"]
    assert odd.device == "/gpu:3"
    assert odd.attributes == {"T": "int32", "f": "inner", "mode": "slow", "sizes": "[3, 5]"}
    assert [(one.dtype, one.shape, one.size) for one in odd.outputs] == [
        ("int32", "(2,)", 8),
        ("int32", "(…)", None),
    ]
    assert list(odd.bodies) == ["inner"]
    assert [(one.dtype, one.shape) for one in nodes["x"].outputs] == [("float32", "(?, 4)")]
    assert {name: node.kind for name, node in nodes.items()} == {
        "x": "placeholder",
        "w": "variable",
        "odd/one": "compute",
        "gradients/odd/one_grad/Mul": "gradient",
        "w/Assign": "initialisation",
        "Adam/update_w/ApplyAdam": "training",
        "save/SaveV2": "save",
    }
    assert [(node.name, node.kind, list(node.inputs)) for node in body.nodes] == [
        ("a", "placeholder", []),
        ("b", "compute", [("a", 0)]),
        ("b (output)", "output", [("b", 0)]),
    ]


def test_costs_come_from_a_traced_run():
    x = tf.placeholder(tf.float64, [None, 200], name="x")
    y = tf.matmul(x, x, transpose_b=True, name="y")
    metadata = tf.RunMetadata()
    with tf.Session() as session:
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        session.run(y, {x: np.ones((300, 200))}, options=options, run_metadata=metadata)
    seconds, size = costs_of(metadata)["y"]
    assert seconds > 0
    assert size == 300 * 300 * 8
    (graph,) = show(y.graph, trace=metadata).data["graphs"]
    assert [node["bytes"] for node in graph["nodes"] if node["name"] == "y"] == [size]


def test_time_of_fused_operations_is_divided():
    metadata = protos.RunMetadata()
    stats = metadata.step_stats.dev_stats.add().node_stats.add(
        node_name="b",
        all_end_rel_nanos=4000,
        timeline_label='b = Mul+Relu(x) @@{"fuses": ["a", "b"], "shares": [0.75, 0.25]}',
    )
    stats.memory.add(total_bytes=24)
    costs = costs_of(metadata)
    assert costs["a"] == (pytest.approx(3e-6), 0)
    assert costs["b"] == (pytest.approx(1e-6), 24)


def test_inputs_are_numbers_of_nodes():
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.square(x, name="y")
    (graph,) = page_data(models_of(x.graph), "squares")["graphs"]
    assert [node["name"] for node in graph["nodes"]] == ["x", "y"]
    assert graph["nodes"][1]["inputs"] == [[0, 0]]


def test_what_is_shown_is_selected():
    x = tf.placeholder(tf.float32, [2], name="x")
    variable = tf.Variable(1.0, name="w")
    shown = (x, x.op, variable, x.graph, x.graph.as_graph_def(), None)
    assert [show(one).data["selected"] for one in shown] == ["x", "x", "w", "", "", ""]


def test_show_refuses_what_has_no_graph():
    with pytest.raises(TypeError, match="cannot show int"):
        show(3)
    with pytest.raises(TypeError, match="trace must be the RunMetadata of a run, not dict"):
        show(tf.Graph(), trace={})
