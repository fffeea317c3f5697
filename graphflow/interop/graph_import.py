"""Rebuild the operations of a `GraphDef` in the default graph."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.errors import NotFoundError
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.op import registered_ops
from graphflow.interop import protos
from graphflow.interop.control_flow_recovery import primitive
from graphflow.interop.function_import import functions_used_by, is_functional
from graphflow.interop.node_import import Importer, Program
from graphflow.interop.node_inputs import Input


def import_graph_def(
    graph_def: Any,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Tensor | Operation] | None:
    """Add the nodes of a `GraphDef` to the default graph.

    Functions are imported with the nodes that use them, and what TensorFlow 1.x wrote for branches
    and loops (`Switch`, `Merge`, `Enter`, `Exit`) becomes the functional form that graphflow has.
    What is inside of a branch or loop then is in a function, out of reach of the graph around it.
    Calls of functions are written out in place; they are differentiated as what they compute.

    Args:
      graph_def: a `GraphDef`.
      input_map: from names of tensors in `graph_def` ("x" or "x:0") to tensors, or values that
        convert to tensors, which its nodes take instead; "^x" stands for a control input.
      return_elements: names of operations ("x") and tensors ("x:0") of `graph_def` to return.
      name: the name scope of the new operations, "import" by default, "" for none.
      op_dict: deprecated in TensorFlow and without effect.
      producer_op_list: an `OpList` with the ops of the program that made `graph_def`: attributes
        that are unknown here but have their default value there are left out.

    Returns:
      The operations and tensors named in `return_elements`, or None.

    Raises:
      TypeError: an argument is of the wrong type.
      NotFoundError: graphflow has no op of the type of a node.
      ValueError: the graph is not valid, a name in `input_map` or `return_elements` is not in it,
        or a name is taken.

    >>> import graphflow as tf
    >>> with tf.Graph().as_default() as part:
    ...     _ = tf.identity(tf.placeholder(tf.float32, [2, 3], name="x"), name="y")
    >>> with tf.Graph().as_default():
    ...     z = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    ...     (y,) = tf.import_graph_def(part.as_graph_def(), {"x": z}, ["y:0"], name="copy")
    ...     print(y.name, tf.Session().run(y)[1])
    copy/y:0 [4. 5. 6.]
    """
    if op_dict is not None:
        warnings.warn("op_dict has no effect and is deprecated", DeprecationWarning, stacklevel=2)
    graph_def = protos.adopted(graph_def, "GraphDef")
    mapped = _checked_input_map(input_map)
    wanted = _checked_return_elements(return_elements)
    _check_versions(graph_def.versions)
    functions = {function.signature.name: function for function in graph_def.library.function}
    _check_op_types(graph_def.node, functions)
    program = Program(functions, _producer_defaults(producer_op_list))
    graph = get_default_graph()
    with graph.name_scope("import" if name is None else name) as scope:
        importer = Importer(graph, scope, graph_def.node, program)
        importer.keeps_names = True
        _check_names(importer)
        _map_inputs(importer, _as_tensors(graph, mapped, name))
        importer.add_all()
        _check_mapped(importer)
    return None if wanted is None else [_element(importer, item) for item in wanted]


def _check_op_types(nodes: Iterable[Any], functions: Mapping[str, Any]) -> None:
    """Check that all ops exist, also those in functions that some node uses."""
    known = registered_ops()
    unknown: dict[str, str] = {}
    seen: set[str] = set()
    stack = list(nodes)[::-1]
    while stack:
        node = stack.pop()
        if node.op not in known and not primitive(node) and not is_functional(node, functions):
            unknown.setdefault(node.op, node.name)
        for name in functions_used_by(node, functions):
            if name not in seen and name in functions:
                seen.add(name)
                stack.extend(functions[name].node_def)
    if unknown:
        listed = ", ".join(f"{op} (node {name!r})" for op, name in unknown.items())
        raise NotFoundError(None, None, f"graphflow has no op of these types: {listed}")


def _check_names(importer: Importer) -> None:
    for name in importer.nodes:
        if importer.prefix + name in importer.graph._by_name:
            raise ValueError(
                f"the graph has an operation called {importer.prefix + name!r} already: "
                "import under another name"
            )


def _map_inputs(importer: Importer, input_map: Mapping[str, Any]) -> None:
    """Set what nodes take instead of outputs of other nodes."""
    importer.replaced = {Input.parse(key): value for key, value in input_map.items()}
    missing = [str(item) for item in importer.replaced if item.node not in importer.nodes
               and not any(item in inputs for inputs in importer.inputs.values())]  # fmt: skip
    if missing:
        raise ValueError(f"input_map names what graph_def does not have: {', '.join(missing)}")


def _check_mapped(importer: Importer) -> None:
    for item in importer.replaced:
        if item not in importer.used and item.output >= len(importer.outputs.get(item.node, ())):
            raise ValueError(f"input_map names {item}, but {item.node!r} has fewer outputs")


def _element(importer: Importer, name: str) -> Tensor | Operation:
    """Return the operation "x" or the tensor "x:0" of the imported part."""
    item = Input.parse(name)
    if item.node in importer.nodes and item.node not in importer.outputs:
        raise ValueError(
            f"return_elements names {name!r}, which is inside of a branch or loop: name what the "
            "branch or loop returns"
        )
    if ":" not in name:
        if name not in importer.made:
            raise ValueError(f"return_elements names {name!r}, which graph_def does not have")
        return importer.made[name]
    if item in importer.replaced:
        replacement: Tensor = importer.replaced[item]
        return replacement
    outputs = importer.outputs.get(item.node, ())
    if item.output >= len(outputs):
        raise ValueError(f"return_elements names {name!r}, which graph_def does not have")
    return outputs[item.output]


def _check_versions(versions: Any) -> None:
    ours = Graph()._producer_version
    if versions.min_consumer > ours or ours in versions.bad_consumers:
        raise ValueError(
            f"the GraphDef is not for consumers of version {ours}: it asks for version "
            f"{versions.min_consumer} or higher and excludes {list(versions.bad_consumers)}"
        )


def _checked_input_map(input_map: Mapping[str, Any] | None) -> dict[str, Any]:
    if input_map is None:
        return {}
    if not isinstance(input_map, Mapping) or not all(isinstance(key, str) for key in input_map):
        raise TypeError(f"input_map must map names (str) to tensors, but is {input_map!r}")
    return dict(input_map)


def _checked_return_elements(return_elements: Any) -> list[str] | None:
    if return_elements is None:
        return None
    is_list = isinstance(return_elements, (list, tuple))
    if not is_list or not all(isinstance(item, (str, bytes)) for item in return_elements):
        raise TypeError(f"return_elements must be a list of names, but is {return_elements!r}")
    return [item.decode() if isinstance(item, bytes) else item for item in return_elements]


def _as_tensors(graph: Graph, input_map: Mapping[str, Any], name: str | None) -> dict[str, Any]:
    """Convert the values of an input map, in a name scope of their own."""
    others = {
        key: value
        for key, value in input_map.items()
        if not isinstance(value, Tensor)
        and not (key.startswith("^") and isinstance(value, Operation))
    }
    if not others:
        return dict(input_map)
    if name == "":
        raise ValueError(
            f"the values of {', '.join(others)} in input_map are no tensors: convert them with "
            "tf.convert_to_tensor, or give import_graph_def a name under which to do so"
        )
    with graph.name_scope("_inputs"):
        converted = {key: convert_to_tensor(value) for key, value in others.items()}
    return {**input_map, **converted}


def _producer_defaults(producer_op_list: Any) -> dict[str, dict[str, Any]]:
    if producer_op_list is None:
        return {}
    return {
        op.name: {
            attr.name: attr.default_value for attr in op.attr if attr.HasField("default_value")
        }
        for op in protos.adopted(producer_op_list, "OpList").op
    }
