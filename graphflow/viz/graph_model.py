"""Graphs as the interactive page takes them, of live operations.

`graphdef_model` makes the same of a file's nodes, whose operations graphflow need not know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.spec import TensorShape
from graphflow.interop.functions import bodies_of, functions_of
from graphflow.viz.classify import PLACEHOLDERS, Purposes
from graphflow.viz.picture import Kind

# Pulled aside: what saves and restores variables, and what only initialises them.
SAVE_TYPES = frozenset({
    "MergeV2Checkpoints", "Restore", "RestoreSlice", "RestoreV2", "Save", "SaveSlices", "SaveV2",
    "ShardedFilename",
})  # fmt: skip
_MAX_TEXT = 200
_MAX_ELEMENTS = 16
_SAVE_SCOPE = re.compile(r"^(.*/)?save(_\d+)?/")
_INIT_GROUP = re.compile(r"^(.*/)?(init|init_all_tables|report_uninitialized\w*)(_\d+)?(/|$)")


@dataclass(frozen=True)
class Output:
    """What a node makes.

    Attributes:
      dtype: its name, '' if it is not known.
      shape: for people, such as `(?, 10)`.
      size: in bytes, unknown dimensions counted as one; None if the rank or dtype is not known.
    """

    dtype: str
    shape: str
    size: int | None


@dataclass(frozen=True)
class Node:
    """An operation, or a parameter or result of a function.

    Attributes:
      name: its name.
      type: of the operation.
      kind: what it is for: the name of a `Kind` in small letters, `save`, `summary` or `output`.
      inputs: names of nodes, and which of their outputs it takes.
      controls: names of nodes that run before.
      outputs: what it makes, in order; empty if that is not known.
      device: where it runs, '' if nothing was said.
      attributes: for people, by name.
      line: where the program made it, '' if that is not known.
      bodies: the functions that it may call.
      seconds: how long it took in a traced run, None without one.
      bytes: what its results took there.
    """

    name: str
    type: str
    kind: str
    inputs: Sequence[tuple[str, int]] = ()
    controls: Sequence[str] = ()
    outputs: Sequence[Output] = ()
    device: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    line: str = ""
    bodies: Sequence[str] = ()
    seconds: float | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class GraphModel:
    """A graph, or the body of a function.

    Attributes:
      name: of the function, '' for the graph itself.
      nodes: all nodes.
    """

    name: str
    nodes: Sequence[Node]


def models_of(graph: Graph) -> list[GraphModel]:
    """Return a graph, and the functions that its operations hold.

    Args:
      graph: the graph.

    Returns:
      The graph first.
    """
    operations = graph.get_operations()
    bodies = [_body_model(body) for body in functions_of(operations)]
    name = graph.name if isinstance(graph, FuncGraph) else ""
    return [GraphModel(name, _nodes(operations)), *bodies]


def _body_model(body: FuncGraph) -> GraphModel:
    results = [
        Node(f"output_{number}", "output", "output", inputs=[(tensor.op.name, tensor.value_index)])
        for number, tensor in enumerate(body.outputs)
    ]
    return GraphModel(body.name, [*_nodes(body.get_operations()), *results])


def _nodes(operations: Sequence[Operation]) -> list[Node]:
    purposes = Purposes(operations)
    return [_node(operation, purposes) for operation in operations]


def _node(operation: Operation, purposes: Purposes) -> Node:
    return Node(
        operation.name,
        operation.type,
        _kind(operation, purposes),
        inputs=[(tensor.op.name, tensor.value_index) for tensor in operation.inputs],
        controls=[before.name for before in operation.control_inputs],
        outputs=[_output(tensor) for tensor in operation.outputs],
        device=operation.device,
        attributes={name: text_of(value) for name, value in operation.attributes().items()},
        line=operation.user_line,
        bodies=[body.name for body in bodies_of(operation)],
    )


def _kind(operation: Operation, purposes: Purposes) -> str:
    if is_of_saver(operation.name, operation.type):
        return "save"
    if is_summary(operation.type):
        return "summary"
    if operation.type == "_Arg":
        return kind_name(Kind.PLACEHOLDER)
    owner = purposes.owner.get(operation)
    if purposes.kind(operation) is Kind.COMPUTE and owner is not None and not _reads(operation):
        return kind_name(Kind.INITIALISATION)  # computes the first value of a variable
    return kind_name(purposes.kind(operation))


def _reads(operation: Operation) -> bool:
    """Whether an operation that belongs to a variable reads it."""
    return any(tensor.op.op.is_variable for tensor in operation.inputs)


def kind_name(kind: Kind) -> str:
    """Return what the page calls a kind."""
    return kind.name.lower()


def is_of_saver(name: str, type_: str) -> bool:
    """Whether an operation saves or restores variables, or serves those that do."""
    return type_ in SAVE_TYPES or _SAVE_SCOPE.match(name) is not None


def is_summary(type_: str) -> bool:
    """Whether operations of a type make summaries for TensorBoard.

    >>> is_summary("ScalarSummary"), is_summary("MergeSummary"), is_summary("Sum")
    (True, True, False)
    """
    return type_.endswith(("Summary", "SummaryV2"))


def is_of_initialiser(name: str) -> bool:
    """Whether an operation has a name that TensorFlow gives to groups of initializers."""
    return _INIT_GROUP.match(name) is not None


def is_placeholder(type_: str) -> bool:
    """Whether an operation of a type brings in what is fed."""
    return type_ in PLACEHOLDERS or type_ == "_Arg"


def _output(tensor: Tensor) -> Output:
    return output_of(tensor.dtype, tensor.shape)


def output_of(dtype: DType | None, shape: TensorShape) -> Output:
    """Return what is known of an output.

    >>> from graphflow.core.dtypes import as_dtype
    >>> from graphflow.core.spec import as_shape
    >>> output_of(as_dtype("float32"), as_shape([None, 10]))
    Output(dtype='float32', shape='(?, 10)', size=40)
    """
    name = dtype.name if dtype is not None else ""
    if shape.ndims is None:
        return Output(name, "(…)", None)
    sizes = [dimension.value for dimension in shape.dims or ()]
    text = ", ".join("?" if size is None else str(size) for size in sizes)
    text = f"({text},)" if len(sizes) == 1 else f"({text})"
    width = 0 if dtype is None or not dtype.is_numpy_compatible else dtype.size
    size = math.prod(1 if size is None else size for size in sizes) * width if width else None
    return Output(name, text, size)


def text_of(value: Any) -> str:
    """Return an attribute's value for people, shortened if it is long.

    >>> text_of([2, "SAME", True])
    '[2, SAME, true]'
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, bytes):
        return shortened(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, DType):
        return value.name
    if isinstance(value, TensorShape):
        return output_of(None, value).shape
    if isinstance(value, np.ndarray):
        return _array_text(value)
    if isinstance(value, Graph):
        return str(getattr(value, "name", ""))
    if isinstance(value, list | tuple):
        items = [text_of(item) for item in value[: _MAX_ELEMENTS + 1]]
        if len(value) > _MAX_ELEMENTS:
            items[_MAX_ELEMENTS] = f"… {len(value)} in all"
        return shortened(f"[{', '.join(items)}]")
    return shortened(str(value))


def _array_text(value: np.ndarray[Any, Any]) -> str:
    if value.size > _MAX_ELEMENTS:
        return f"{value.dtype} {value.shape}"
    return shortened(str(value.tolist()))


def shortened(text: str) -> str:
    """Return a text, without its end if it is long."""
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"


def with_costs(
    models: Iterable[GraphModel], costs: Mapping[str, tuple[float, int]]
) -> list[GraphModel]:
    """Return models whose nodes have what a traced run measured.

    Args:
      models: the graph first; functions run within its nodes and stay as they are.
      costs: by name of the node: seconds and bytes.
    """
    graph, *bodies = models
    nodes = [
        replace(node, seconds=costs[node.name][0], bytes=costs[node.name][1])
        if node.name in costs
        else node
        for node in graph.nodes
    ]
    return [GraphModel(graph.name, nodes), *bodies]
