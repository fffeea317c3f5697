"""Graphs as GraphDefs, op classes as OpDefs, and files of graphs."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.graph import Graph, Tensor
from graphflow.core.op import op_class
from graphflow.interop import graphdef, protos
from graphflow.interop.op_defs import op_def, op_list
from graphflow.ops.constant import Const


def const(value: object, name: str) -> Tensor:
    array = np.array(value, np.float32)
    return apply(Const(array, dtypes.float32), name=name)


@pytest.fixture
def graph() -> Graph:
    with Graph().as_default() as graph:
        a = const([[1, 2, 3]], "a")
        b = const(5, "b")
        x = ops.placeholder(dtypes.float32, [3, None], name="x")
        with graph.control_dependencies([b]), graph.device("/cpu:0"), graph.colocate_with(a):
            ops.matmul(a, x, name="m")
    return graph


def test_nodes(graph: Graph):
    a, b, x, m = graph.as_graph_def().node
    assert (a.name, a.op, list(a.input)) == ("a", "Const", [])
    assert a.attr["dtype"].type == protos.DT_FLOAT
    assert a.attr["value"].tensor.tensor_content == np.array([1, 2, 3], np.float32).tobytes()
    assert list(b.attr["value"].tensor.float_val) == [5]
    assert [dim.size for dim in x.attr["shape"].shape.dim] == [3, -1]
    assert list(m.input) == ["a", "x", "^b"]
    assert {key: str(value).strip() for key, value in m.attr.items() if key != "_class"} == {
        "T": "type: DT_FLOAT",
        "transpose_a": "b: false",
        "transpose_b": "b: false",
    }
    assert list(m.attr["_class"].list.s) == [b"loc:@a"]


def test_device(graph: Graph):
    with graph.as_default(), graph.device("/job:ps/task:1"):
        c = const(1, "c")
    assert c.op.node_def.device == "/job:ps/task:1"


def test_versions(graph: Graph):
    assert graph.graph_def_versions == protos.VersionDef(producer=134)
    assert graph.as_graph_def().versions == protos.VersionDef(producer=134)


def test_only_later_nodes(graph: Graph):
    version = graph.version
    with graph.as_default():
        const(1, "later")
    assert [node.name for node in graph.as_graph_def(from_version=version).node] == ["later"]


def test_shapes(graph: Graph):
    nodes = graph.as_graph_def(add_shapes=True).node
    expected = "list { shape { dim { size: 1 } dim { size: -1 } } }"
    assert nodes[3].attr["_output_shapes"] == protos.from_text(expected, protos.AttrValue())


def test_second_output_and_control_inputs_in_order(graph: Graph):
    with graph.as_default():
        z, y = const(1, "z"), const(2, "y")
        with graph.control_dependencies([z, y]):
            c = const(3, "c")
    assert list(c.op.node_def.input) == ["^y", "^z"]


def test_too_large(graph: Graph, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(graphdef, "_MAX_BYTES", 100)
    with pytest.raises(ValueError, match="larger than 2 GB"):
        graph.as_graph_def()


def test_printed_operation_is_its_node_def(graph: Graph):
    operation = graph.get_operation_by_name("b")
    assert protos.from_text(str(operation), protos.NodeDef()) == operation.node_def


def test_op_def():
    declared = op_def(op_class("MatMul"))
    assert [(arg.name, arg.type_attr) for arg in declared.input_arg] == [("a", "T"), ("b", "T")]
    assert [arg.name for arg in declared.output_arg] == ["product"]
    assert [(attr.name, attr.type) for attr in declared.attr] == [
        ("transpose_a", "bool"),
        ("transpose_b", "bool"),
        ("T", "type"),
    ]
    assert declared.attr[0].default_value.WhichOneof("value") == "b"
    assert not declared.attr[2].HasField("default_value")


def test_op_def_of_an_operation(graph: Graph):
    assert graph.get_operation_by_name("m").op_def == op_def(op_class("MatMul"))


def test_op_list():
    listed = op_list([op_class("Placeholder"), op_class("Const")])
    assert [op.name for op in listed.op] == ["Const", "Placeholder"]


def test_write_graph_as_text(graph: Graph, tmp_path):
    path = graphdef.write_graph(graph, tmp_path / "new" / "folder", "graph.pbtxt")
    assert path == str(tmp_path / "new" / "folder" / "graph.pbtxt")
    text = (tmp_path / "new" / "folder" / "graph.pbtxt").read_text()
    assert protos.from_text(text, protos.GraphDef()) == graph.as_graph_def()
    assert text.index('key: "dtype"') < text.index('key: "value"')


def test_write_graph_in_binary(graph: Graph, tmp_path):
    for _ in range(2):  # an old file is replaced
        graphdef.write_graph(graph.as_graph_def(), str(tmp_path), "graph.pb", as_text=False)
    assert [path.name for path in tmp_path.iterdir()] == ["graph.pb"]
    data = (tmp_path / "graph.pb").read_bytes()
    assert protos.GraphDef.FromString(data) == graph.as_graph_def()


def test_operations_are_made_from_attr_values(graph: Graph):
    a = graph.get_tensor_by_name("a:0")
    attributes = {"transpose_b": protos.AttrValue(b=True), "_note": protos.AttrValue(s=b"n")}
    m = graph.create_op("MatMul", [a, a], name="made", attrs=attributes)
    assert m.outputs[0].shape.as_list() == [1, 1]
    assert m.get_attr("_note") == b"n"
    assert m.node_def.attr["_note"].s == b"n"
