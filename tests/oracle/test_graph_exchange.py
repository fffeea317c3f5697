"""TensorFlow runs our graphs, we read its graphs, and tensors and op declarations agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.build import apply
from graphflow.core.graph import Graph
from graphflow.core.op import registered_ops
from graphflow.interop import protos
from graphflow.interop.attributes import attr_value
from graphflow.interop.graph_import import import_graph_def
from graphflow.interop.graphdef import graph_def_of
from graphflow.interop.later_attributes import LATER_ATTRIBUTES, NOTES
from graphflow.interop.op_defs import op_def
from graphflow.interop.tensor_proto import make_ndarray, tensor_proto
from graphflow.ops.constant import Const

pytestmark = pytest.mark.oracle

SCRIPT = Path(__file__).with_name("graph_exchange.py")
ARRAYS: dict[str, Any] = {
    "float16": [1.5, -2.0],
    "float32": [1.5, -2.0, 3.25],
    "float64": [0.1],
    "int8": [-1, 2],
    "uint8": [200],
    "uint16": [65535, 3],
    "int32": [-5, 6],
    "int64": [2**40],
    "uint32": [2**32 - 1, 1],
    "uint64": [2**64 - 1],
    "bool": [True, False],
    "string": ["a", "bc"],
    "complex64": [[1, 2], [3, -4]],
    "complex128": [[0.5, -1]],
    "qint8": [5, -6],
    "quint16": [65535],
}


def held(dtype: dtypes.DType, data: Any) -> np.ndarray:
    if dtype.is_complex:
        return np.array([complex(*pair) for pair in data], dtype.numpy)
    if dtype.is_quantized:
        return np.array([(value,) for value in data], dtype.numpy)
    if dtype is dtypes.string:
        return np.array([item.encode() for item in data], object)
    return np.array(data, dtype.numpy)


def our_graph() -> Graph:
    with Graph().as_default() as graph:
        a = apply(Const(np.array([[1, 2, 3]], np.float32), dtypes.float32), name="a")
        x = ops.placeholder(dtypes.float32, [None, 3], name="x")
        with graph.control_dependencies([a]), graph.device("/cpu:0"), graph.colocate_with(x):
            ops.matmul(a, x, transpose_b=True, name="m")
        words = np.array([b"x", b"yz"], object)
        apply(Const(words, dtypes.string), name="words")
        with graph._attr_scope({"_note": [1, 2], "_kind": "s"}):
            apply(Const(held(dtypes.complex64, [[1, 2]]), dtypes.complex64), name="z")
    return graph


@pytest.fixture(scope="module")
def answer(in_tensorflow: Callable[..., Any]) -> Any:
    graph_def = graph_def_of(our_graph(), add_shapes=True)
    return in_tensorflow(
        SCRIPT,
        {
            "graph": graph_def.SerializeToString().hex(),
            "fetches": ["m:0", "words:0"],
            "feeds": {"x:0": [[1.0, 0.5, 0.25], [2.0, 4.0, 8.0]]},
            "tensors": {name: {"dtype": name, "data": data} for name, data in ARRAYS.items()},
            "ops": list(registered_ops()),
        },
    )


def test_tensorflow_runs_our_graph(answer: Any):
    assert answer["fetched"] == {"m:0": [[2.75, 34.0]], "words:0": ["x", "yz"]}


def test_we_read_its_graph(answer: Any):
    theirs = answer["own_graph"]
    graph_def = protos.GraphDef.FromString(bytes.fromhex(theirs["bytes"]))
    with Graph().as_default() as graph:
        import_graph_def(graph_def, name="")
    exported = {node.name: node for node in graph_def_of(graph).node}
    assert {name: sorted(node.input) for name, node in exported.items()} == theirs["nodes"]
    assert {
        tensor.name: None if tensor.shape.rank is None else tensor.shape.as_list()
        for operation in graph.get_operations()
        for tensor in operation.outputs
    } == theirs["shapes"]
    for node in graph_def.node:
        ours = exported[node.name]
        assert (ours.op, ours.device) == (node.op, node.device)
        ignored = {"_output_shapes", "value", *LATER_ATTRIBUTES.get(node.op, ()),
                       *NOTES.get(node.op, ())}  # fmt: skip
        for name in node.attr.keys() - ignored:
            assert ours.attr[name] == node.attr[name], (node.name, name)
    assert make_ndarray(exported["same"].attr["value"].tensor).tolist() == [[7, 7, 7], [7, 7, 7]]
    assert make_ndarray(exported["words"].attr["value"].tensor).tolist() == [b"a", b"\xff"]


@pytest.mark.parametrize("name", ARRAYS)
def test_tensors_are_written_alike(answer: Any, name: str):
    dtype = dtypes.as_dtype(name)
    ours = tensor_proto(held(dtype, ARRAYS[name]), dtype)
    theirs = protos.TensorProto.FromString(bytes.fromhex(answer["tensors"][name]))
    assert ours == theirs


# Attributes without a default in TensorFlow that are easier to leave out here.
HANDY_DEFAULTS = {("AccumulateNV2", "shape"), ("PriorityQueueV2", "shapes")}


@pytest.mark.parametrize("name", sorted(registered_ops()))
def test_declarations_of_ops_agree(answer: Any, name: str):
    """Inputs in order, output names, and attributes with their kinds and defaults."""
    if name not in answer["ops"]:
        pytest.skip(f"TensorFlow has no op {name}")
    ours = op_def(registered_ops()[name])
    theirs = protos.OpDef.FromString(bytes.fromhex(answer["ops"][name]))
    later = {key: attr_value(default) for key, default in LATER_ATTRIBUTES.get(name, {}).items()}
    for arg in theirs.input_arg:
        if arg.type_attr in later:
            arg.type, arg.type_attr = later[arg.type_attr].type, ""
    assert [_input(arg) for arg in ours.input_arg] == [_input(arg) for arg in theirs.input_arg]
    assert [arg.name for arg in ours.output_arg] == [arg.name for arg in theirs.output_arg]
    expected = {attr.name: attr for attr in theirs.attr}
    found = {attr.name: attr for attr in ours.attr}
    assert found.keys() == expected.keys() - later.keys() - NOTES.get(name, frozenset())
    assert later == {key: expected[key].default_value for key in later}
    for key, attr in found.items():
        assert attr.type == expected[key].type, key
        if attr.HasField("default_value") and (name, key) not in HANDY_DEFAULTS:
            assert attr.default_value == expected[key].default_value, key


def _input(arg: Any) -> tuple[Any, ...]:
    return arg.name, arg.type, arg.type_attr, arg.number_attr, arg.type_list_attr, arg.is_ref
