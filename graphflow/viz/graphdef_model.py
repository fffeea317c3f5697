"""Graphs as the interactive page takes them, of files: no operation need be known to graphflow.

Where every type is known, the graph is imported, so that kinds and shapes are those of a live
graph. Otherwise types, names and attributes of the nodes tell what they can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Graph
from graphflow.core.spec import TensorShape
from graphflow.interop.graph_import import import_graph_def
from graphflow.interop.tensor_proto import make_ndarray
from graphflow.viz.graph_model import (
    GraphModel,
    Node,
    Output,
    is_of_initialiser,
    is_of_saver,
    is_placeholder,
    is_summary,
    kind_name,
    models_of,
    output_of,
    shortened,
    text_of,
)
from graphflow.viz.picture import Kind

_VARIABLE = re.compile(r"^(VarHandleOp|VariableV2|Variable|AutoReloadVariable)$")
_UPDATE = re.compile(r"^(Resource(Sparse)?Apply|(Sparse)?Apply)")
_ASSIGN = re.compile(r"^(Assign\w*|Scatter\w+|ResourceScatter\w+)$")
_GRADIENT = re.compile(r"(^|/)(gradients(_\d+)?|[^/]+_grad(_\d+)?)/")
_FRAMES = frozenset({"Enter", "Exit", "Merge", "NextIteration", "RefEnter", "RefSwitch", "Switch"})
_MAX_VALUES = 1000  # larger constants are only described


def models_of_graph_def(graph_def: Any) -> list[GraphModel]:
    """Return the graph in a `GraphDef`, and the functions in its library.

    Args:
      graph_def: the message.

    Returns:
      The graph first.
    """
    live = _imported(graph_def)
    if live is not None:
        return [_without_lines(model) for model in models_of(live)]
    functions = [_function_model(function) for function in graph_def.library.function]
    return [GraphModel("", [_node(node) for node in graph_def.node]), *functions]


def _without_lines(model: GraphModel) -> GraphModel:
    """Return a model without the line that has imported it, which made nothing."""
    return GraphModel(model.name, [replace(node, line="") for node in model.nodes])


def _imported(graph_def: Any) -> Graph | None:
    """Return the graph with live operations, None where graphflow cannot have it as it is."""
    if any(node.op in _FRAMES for node in graph_def.node):
        return None  # importing would make other operations of these loops and branches
    graph = Graph()
    try:
        with graph.as_default():
            import_graph_def(graph_def, name="")
    except Exception:  # whatever is the matter with it, its nodes can still be shown
        return None
    return graph


def _function_model(function: Any) -> GraphModel:
    parameters = [
        Node(argument.name, "_Arg", kind_name(Kind.PLACEHOLDER), outputs=_typed([argument.type]))
        for argument in function.signature.input_arg
    ]
    nodes = [_node(node) for node in function.node_def]
    results = [
        Node(argument.name, "output", "output", inputs=[_input(function.ret[argument.name])])
        for argument in function.signature.output_arg
        if argument.name in function.ret
    ]
    # The name of a result may be a node's as well.
    taken = {node.name for node in (*parameters, *nodes)}
    renamed = [
        Node(f"{node.name} (output)", node.type, node.kind, inputs=node.inputs)
        if node.name in taken
        else node
        for node in results
    ]
    return GraphModel(function.signature.name, [*parameters, *nodes, *renamed])


def _node(node: Any) -> Node:
    attributes = {name: value_text(value) for name, value in sorted(node.attr.items())}
    return Node(
        node.name,
        node.op,
        _kind(node.name, node.op),
        inputs=[_input(text) for text in node.input if not text.startswith("^")],
        controls=[text[1:] for text in node.input if text.startswith("^")],
        outputs=_outputs(node),
        device=node.device,
        attributes={name: text for name, text in attributes.items() if name != "_output_shapes"},
        bodies=[name for value in node.attr.values() for name in _functions_in(value)],
    )


def _input(text: str) -> tuple[str, int]:
    """Return node and number of an input: `node`, `node:2`, or `node:output:0` in functions.

    >>> _input("split:2"), _input("loop:output:1")
    (('split', 2), ('loop', 1))
    """
    name, *rest = text.split(":")
    return name, int(rest[-1]) if rest and rest[-1].isdecimal() else 0


def _kind(name: str, type_: str) -> str:
    if is_of_saver(name, type_):
        return "save"
    if is_summary(type_):
        return "summary"
    if is_placeholder(type_):
        return kind_name(Kind.PLACEHOLDER)
    if type_ == "Const":
        return kind_name(Kind.CONSTANT)
    if _VARIABLE.match(type_):
        return kind_name(Kind.VARIABLE)
    if is_of_initialiser(name) or "/Initializer/" in name:
        return kind_name(Kind.INITIALISATION)
    if _UPDATE.match(type_):
        return kind_name(Kind.TRAINING)
    if _ASSIGN.match(type_):
        return kind_name(Kind.INITIALISATION if name.endswith("/Assign") else Kind.TRAINING)
    if _GRADIENT.search(name):
        return kind_name(Kind.GRADIENT)
    return kind_name(Kind.GROUP if type_ == "NoOp" else Kind.COMPUTE)


def _outputs(node: Any) -> list[Output]:
    shapes = [TensorShape(shape) for shape in node.attr["_output_shapes"].list.shape]
    if not shapes and node.attr["shape"].HasField("shape"):
        shapes = [TensorShape(node.attr["shape"].shape)]
    if not shapes and node.attr["value"].HasField("tensor"):
        shapes = [TensorShape(node.attr["value"].tensor.tensor_shape)]
    dtypes = _dtypes(node)
    if len(dtypes) == 1:
        dtypes *= len(shapes) or 1
    if len(dtypes) != len(shapes):
        return _typed(dtypes) if dtypes else [output_of(None, shape) for shape in shapes]
    return [output_of(_dtype(dtype), shape) for dtype, shape in zip(dtypes, shapes, strict=True)]


def _dtypes(node: Any) -> list[int]:
    """Return what the attributes that usually give the dtypes of outputs say, [] for nothing."""
    for name in ("Tout", "output_types", "dtype", "out_type", "DstT", "T"):
        value = node.attr.get(name)
        if value is not None and value.type:
            return [value.type]
        if value is not None and value.list.type:
            return list(value.list.type)
    return []


def _typed(numbers: Sequence[int]) -> list[Output]:
    return [output_of(_dtype(number), TensorShape(None)) for number in numbers]


def _dtype(number: int) -> DType | None:
    try:
        return as_dtype(number)
    except TypeError:
        return None


def value_text(value: Any) -> str:
    """Return an `AttrValue` for people.

    Args:
      value: the message.
    """
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "list" and value.list.type:
        return text_of([_type_text(number) for number in value.list.type])
    if kind == "list":
        fields = [items for _, items in value.list.ListFields()]
        return text_of([_item(item) for item in fields[0]]) if fields else "[]"
    if kind == "tensor":
        return _tensor_text(value.tensor)
    if kind == "type":
        return _type_text(value.type)
    return text_of(_item(getattr(value, kind)))


def _item(item: Any) -> Any:
    """Return an item of an attribute as `text_of` takes it."""
    kind = getattr(getattr(item, "DESCRIPTOR", None), "name", "")
    if kind == "TensorShapeProto":
        return TensorShape(item)
    if kind == "NameAttrList":
        return item.name
    if kind == "TensorProto":
        return _tensor_text(item)
    return item


def _type_text(number: int) -> str:
    dtype = _dtype(number)
    return dtype.name if dtype is not None else f"type {number}"


def _tensor_text(tensor: Any) -> str:
    shape = TensorShape(tensor.tensor_shape)
    if (shape.num_elements() or 0) > _MAX_VALUES:
        return f"{_type_text(tensor.dtype)} {output_of(None, shape).shape}"
    try:
        return text_of(make_ndarray(tensor))
    except (TypeError, ValueError):
        return shortened(f"{_type_text(tensor.dtype)} {output_of(None, shape).shape}")


def _functions_in(value: Any) -> list[str]:
    if value.HasField("func"):
        return [value.func.name]
    return [function.name for function in value.list.func]
