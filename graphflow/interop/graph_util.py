"""`tf.graph_util`: parts of a `GraphDef`, and graphs whose variables are constants."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphflow.core.deprecation import warn_once
from graphflow.core.dtypes import DType, as_dtype, int32
from graphflow.core.graph import Graph
from graphflow.core.spec import TensorShape
from graphflow.interop import protos
from graphflow.interop.tensor_proto import tensor_proto
from graphflow.ops._static import as_array

_logger = logging.getLogger("graphflow")

_VARIABLES = frozenset(
    {"Variable", "VariableV2", "AutoReloadVariable", "VarHandleOp", "ReadVariableOp"}
)
_REFERENCES = frozenset({"Variable", "VariableV2"})
# Ops through which the handle of a variable comes to those that read it.
_FORWARD = frozenset({"Identity", "Enter", "Switch"})
_HELD_ON_CPU = _VARIABLES - {"VarHandleOp", "ReadVariableOp"}


def node_of(text: str) -> str:
    """Return the name of the node of an input of a `NodeDef`: "x" for "x:1" or "^x"."""
    return text.removeprefix("^").partition(":")[0]


def must_run_on_cpu(node: Any, pin_variables_on_cpu: bool = False) -> bool:
    """Tell whether a node can only be run by a CPU, because it handles strings or is asked to.

    Args:
      node: a `NodeDef` or an `Operation`.
      pin_variables_on_cpu: whether variables count among those.

    >>> import graphflow as tf
    >>> must_run_on_cpu(tf.constant("text").op), must_run_on_cpu(tf.constant([2, 5]).op)
    (True, False)
    """
    warn_once("tf.graph_util.must_run_on_cpu is deprecated")
    node_def = node if protos.is_message(node, "NodeDef") else node.node_def
    if pin_variables_on_cpu and node_def.op in _HELD_ON_CPU:
        return True
    fields = {"Const": "dtype", "DynamicStitch": "T", "Placeholder": "dtype"}
    attr = node_def.attr[fields[node_def.op]].type if node_def.op in fields else 0
    if node_def.op == "DynamicStitch":
        return bool(attr == protos.DT_INT32)
    return bool(attr == protos.DT_STRING)


def tensor_shape_from_node_def_name(graph: Graph, input_name: str) -> TensorShape:
    """Return the static shape of a tensor of a graph.

    Args:
      graph: the graph.
      input_name: how a `NodeDef` names the tensor as its input: "x" or "x:1".

    Raises:
      KeyError: the graph has no such tensor.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [2, None], name="x")
    >>> print(tensor_shape_from_node_def_name(x.graph, "x"))
    (2, ?)
    """
    warn_once("tf.graph_util.tensor_shape_from_node_def_name is deprecated")
    name = input_name if ":" in input_name else f"{input_name}:0"
    return graph.get_tensor_by_name(name).shape


# -- parts of a graph -----------------------------------------------------------------------------


def extract_sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> Any:
    """Return the part of a graph on which nodes depend.

    Args:
      graph_def: a `GraphDef`.
      dest_nodes: the names of the nodes.

    Returns:
      A new `GraphDef` with them and what they need, in the order of `graph_def`.

    Raises:
      TypeError: an argument is of the wrong type.
      AssertionError: there is no node of that name.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> y, z = tf.square(x, name="y"), tf.sqrt(x, name="z")
    >>> part = extract_sub_graph(tf.get_default_graph().as_graph_def(), ["z"])
    >>> [node.name for node in part.node]
    ['x', 'z']
    """
    warn_once("tf.graph_util.extract_sub_graph is deprecated")
    return sub_graph(graph_def, dest_nodes)


def sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> Any:
    """Return the part of a graph that some nodes need; see `extract_sub_graph`."""
    if isinstance(dest_nodes, str):
        raise TypeError(f"dest_nodes is a list of names, not the str {dest_nodes!r}")
    graph_def = protos.adopted(graph_def, "GraphDef")
    nodes = {node.name: node for node in graph_def.node}
    needed = _reachable(nodes, dest_nodes)
    part = emptied(graph_def)
    part.node.extend(node for node in graph_def.node if node.name in needed)
    for node in part.node:
        _keep_colocation(node, needed)
    return part


def _keep_colocation(node: Any, names: set[str]) -> None:
    """Let a node not be placed with nodes that are left out: nobody could import it."""
    if "_class" not in node.attr:
        return
    groups = node.attr["_class"].list.s
    kept = [group for group in groups if group.removeprefix(b"loc:@").decode() in names]
    if kept:
        groups[:] = kept
    else:
        del node.attr["_class"]


def _reachable(nodes: Mapping[str, Any], names: Iterable[str]) -> set[str]:
    """The names of nodes, and of all that they depend on."""
    found: set[str] = set()
    waiting = list(names)
    for name in waiting:  # grows
        if name in found:
            continue
        if name not in nodes:
            raise AssertionError(f"{name!r} is not in the graph")
        found.add(name)
        waiting.extend(map(node_of, nodes[name].input))
    return found


def emptied(graph_def: Any) -> Any:
    """Return a graph with the functions and versions of another one, but no nodes."""
    empty = protos.GraphDef()
    empty.CopyFrom(graph_def)
    del empty.node[:]
    return empty


def remove_training_nodes(input_graph: Any, protected_nodes: Sequence[str] | None = None) -> Any:
    """Return a graph without checks of numbers and identities, which only training needs.

    Args:
      input_graph: a `GraphDef`.
      protected_nodes: the names of nodes to keep.

    Returns:
      A new `GraphDef`: who used such a node uses its input.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, name="x")
    >>> y = tf.square(tf.identity(x, name="copy"), name="y")
    >>> slim = remove_training_nodes(tf.get_default_graph().as_graph_def())
    >>> [(node.name, list(node.input)) for node in slim.node]
    [('x', []), ('y', ['x'])]
    """
    warn_once("tf.graph_util.remove_training_nodes is deprecated")
    graph_def = protos.adopted(input_graph, "GraphDef")
    without_checks = _spliced(graph_def, {"CheckNumerics"}, protected_nodes or (), is_awaited=False)
    return _spliced(without_checks, {"Identity"}, protected_nodes or ())


def _spliced(
    graph_def: Any, types: set[str], protected: Sequence[str], is_awaited: bool = True
) -> Any:
    """A graph without nodes of some types, as far as nothing else hangs on them.

    Where they need not be awaited, control dependencies on them go too.
    """
    nodes = {node.name: node for node in graph_def.node}
    controls = {
        node_of(text)
        for node in nodes.values()
        for text in node.input
        if is_awaited and text[0] == "^"
    }
    removed = {
        name: node.input[0]
        for name, node in nodes.items()
        if node.op in types and name not in protected and name not in controls
        and len(node.input) == 1 and not node.input[0].startswith("^")
        and not _carries_reference(nodes.get(node_of(node.input[0])))
    }  # fmt: skip
    result = emptied(graph_def)
    for node in graph_def.node:
        if node.name not in removed:
            copy = result.node.add()
            copy.CopyFrom(node)
            copy.input[:] = [
                _followed(text, removed)
                for text in node.input
                if not (text.startswith("^") and node_of(text) in removed)
            ]
    return result


def _carries_reference(node: Any) -> bool:
    """Whether an identity after the node is what reads a variable."""
    return node is not None and node.op in _REFERENCES


def _followed(text: str, removed: Mapping[str, str]) -> str:
    while not text.startswith("^") and text.removesuffix(":0") in removed:
        text = removed[text.removesuffix(":0")]
    return text


# -- variables as constants -----------------------------------------------------------------------


def convert_variables_to_constants(
    sess: Any,
    input_graph_def: Any,
    output_node_names: Sequence[str],
    variable_names_whitelist: Sequence[str] | None = None,
    variable_names_blacklist: Sequence[str] | None = None,
) -> Any:
    """Return the part of a graph on which nodes depend, with the present values of its variables.

    Args:
      sess: the session that has the values.
      input_graph_def: a `GraphDef` of the session's graph.
      output_node_names: the names of the nodes.
      variable_names_whitelist: the names of the variables to turn into constants, by default all.
      variable_names_blacklist: the names of variables to leave as they are.

    Returns:
      A new `GraphDef`.

    Raises:
      FailedPreconditionError: a variable has no value.
      AssertionError: there is no node of that name.

    >>> import graphflow as tf
    >>> w = tf.Variable([2.0, 5.0], name="w")
    >>> y = tf.multiply(w, 3.0, name="y")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     frozen = convert_variables_to_constants(sess, sess.graph_def, ["y"])
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     (y,) = tf.import_graph_def(frozen, return_elements=["y:0"])
    ...     print(sess.run(y))
    [ 6. 15.]
    """
    warn_once("tf.graph_util.convert_variables_to_constants is deprecated")
    graph_def = sub_graph(input_graph_def, output_node_names)
    nodes = {node.name: node for node in graph_def.node}
    chosen = _chosen(nodes, variable_names_whitelist, variable_names_blacklist)
    values = _values(sess, chosen)
    handles = {name for name, node in chosen.items() if _is_handle(node)}
    frozen = emptied(graph_def)
    for node in graph_def.node:
        if node.name in values:
            _add_constant(frozen, node.name, values[node.name], _dtype_of(node))
            continue
        read = [name for name in _sources(node, nodes) if name in handles]
        if read:
            _add_reader(frozen, node, _dtype_of(nodes[read[0]]))
        else:
            frozen.node.add().CopyFrom(node)
    _logger.info("%d variables have become constants", len(values))
    return frozen


def _chosen(
    nodes: Mapping[str, Any], wanted: Sequence[str] | None, unwanted: Sequence[str] | None
) -> dict[str, Any]:
    return {
        name: node
        for name, node in nodes.items()
        if node.op in (*_REFERENCES, "VarHandleOp")
        and (wanted is None or name in wanted)
        and (unwanted is None or name not in unwanted)
    }


def _values(sess: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of variables in a session, by the names of their nodes."""
    fetches = {
        name: f"{_reader_of(sess.graph, name)}:0" if _is_handle(node) else f"{name}:0"
        for name, node in variables.items()
    }
    values: dict[str, Any] = sess.run(fetches)
    return values


def _reader_of(graph: Graph, handle: str) -> str:
    """An operation that reads a resource variable."""
    for operation in graph.get_tensor_by_name(f"{handle}:0").consumers():
        if operation.type == "ReadVariableOp":
            return operation.name
    raise ValueError(f"nothing in the graph reads the variable {handle!r}")


def _is_handle(node: Any) -> bool:
    return bool(node.op == "VarHandleOp")


def _dtype_of(variable: Any) -> DType:
    return as_dtype(variable.attr["dtype"].type)


def _sources(node: Any, nodes: Mapping[str, Any]) -> Iterator[str]:
    """The nodes that make what a node takes, past those that only give it on."""
    for text in node.input:
        name = node_of(text)
        while not text.startswith("^") and nodes[name].op in _FORWARD:
            name = node_of(nodes[name].input[0])
        yield name


def _add_constant(graph_def: Any, name: str, value: Any, dtype: DType) -> None:
    node = graph_def.node.add(name=name, op="Const")
    node.attr["dtype"].type = dtype.as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tensor_proto(as_array(value), dtype))


def _add_reader(graph_def: Any, node: Any, dtype: DType) -> None:
    """Add what took the handle of a variable, so that it takes the value."""
    new = graph_def.node.add()
    new.CopyFrom(node)
    if node.op in _FORWARD:
        new.attr["T"].type = dtype.as_datatype_enum
        return
    readers = {"ReadVariableOp": "Identity", "VariableShape": "Shape", "ResourceGather": "GatherV2"}
    if node.op not in readers:
        raise ValueError(
            f"{node.name!r} ({node.op}) takes a variable itself, not its value: give "
            "variable_names_blacklist to leave the variable as it is"
        )
    new.op = readers[node.op]
    for key in ("dtype", "validate_indices"):
        if key in new.attr:
            del new.attr[key]
    if node.op != "ResourceGather":
        new.attr["T"].type = dtype.as_datatype_enum
        return
    axis = f"{node.name}/axis"
    _add_constant(graph_def, axis, np.int32(0), int32)
    new.input.insert(2, axis)
    new.attr["Tparams"].type = dtype.as_datatype_enum
    new.attr["Taxis"].type = int32.as_datatype_enum
