"""Graphs with their collections: `MetaGraphDef`, as savers write it beside a checkpoint."""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.op import registered_ops
from graphflow.files.names import errors_about, path_of
from graphflow.interop import protos
from graphflow.interop.graph_import import import_graph_def
from graphflow.interop.graphdef import graph_def_of
from graphflow.interop.op_defs import op_list
from graphflow.queues.runner import QueueRunner
from graphflow.variables.base import Variable
from graphflow.version import TENSORFLOW_VERSION

_logger = logging.getLogger("graphflow")

ToProto = Callable[..., Any]
_VARIABLES = (
    GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES, GraphKeys.LOCAL_VARIABLES,
    GraphKeys.MODEL_VARIABLES, GraphKeys.MOVING_AVERAGE_VARIABLES, GraphKeys.METRIC_VARIABLES,
    GraphKeys.GLOBAL_STEP, GraphKeys.TRAINABLE_RESOURCE_VARIABLES,
)  # fmt: skip
# For a collection of objects: the name of their message, to it and back.
_PROTO_FUNCTIONS: dict[str, tuple[Any, ToProto | None, ToProto | None]] = {
    **{
        key: (
            "VariableDef",
            lambda v, export_scope=None: v.to_proto(export_scope),
            lambda proto, import_scope=None: Variable.from_proto(proto, import_scope),
        )
        for key in _VARIABLES
    },
    GraphKeys.QUEUE_RUNNERS: (
        "QueueRunnerDef",
        lambda runner, export_scope=None: runner.to_proto(export_scope),
        lambda proto, import_scope=None: QueueRunner.from_proto(proto, import_scope),
    ),
}
# What describes control flow in another form than ours, and what only this process knows.
_NOT_EXPORTED = frozenset({"cond_context", "while_context"})


def register_proto_function(
    collection_name: str,
    proto_type: Any = None,
    to_proto: ToProto | None = None,
    from_proto: ToProto | None = None,
) -> None:
    """Tell how the objects of a collection are written to a `MetaGraphDef`, and read from it.

    Args:
      collection_name: the collection.
      proto_type: the class of their messages, or its name.
      to_proto: takes an object and `export_scope=`, returns the message or None.
      from_proto: takes a message and `import_scope=`, returns the object.

    Raises:
      TypeError: a function cannot be called.
    """
    for function in (to_proto, from_proto):
        if function is not None and not callable(function):
            raise TypeError(f"{function!r} is not callable")
    _PROTO_FUNCTIONS[collection_name] = proto_type, to_proto, from_proto


# -- export ---------------------------------------------------------------------------------------


def export_meta_graph(
    filename: Any = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: Iterable[str] | None = None,
    as_text: bool = False,
    graph: Graph | None = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
    **kwargs: Any,
) -> Any:
    """Return a graph with its collections, and write it to a file if one is named.

    Args:
      filename: the file, or None.
      meta_info_def: a `MetaInfoDef` to begin with.
      graph_def: a `GraphDef` in place of that of `graph`.
      saver_def: the `SaverDef` of the graph's saver.
      collection_list: the names of the collections, by default all.
      as_text: whether to write protobuf's text format.
      graph: the graph, by default the default one.
      export_scope: a name scope: only what is in it is exported, under names without it.
      clear_devices: whether to leave out the devices of operations.
      clear_extraneous_savers: whether to leave out the operations of other savers.
      strip_default_attrs: whether to leave out attributes that have their default values.
      save_debug_info: not supported.
      **kwargs: none.

    Returns:
      The `MetaGraphDef`.

    Raises:
      NotImplementedError: `save_debug_info` is set.
      TypeError: there are other arguments.

    >>> import graphflow as tf
    >>> v = tf.Variable(3.0, name="v")
    >>> tf.train.export_meta_graph().collection_def["variables"].WhichOneof("kind")
    'bytes_list'
    """
    if kwargs:
        raise TypeError(f"unknown arguments: {', '.join(kwargs)}")
    if save_debug_info:
        raise NotImplementedError("save_debug_info is not supported")
    graph = graph or get_default_graph()
    scope = export_scope.rstrip("/") + "/" if export_scope else ""
    meta = protos.MetaGraphDef()
    if meta_info_def is not None:
        meta.meta_info_def.CopyFrom(protos.adopted(meta_info_def, "MetaInfoDef"))
    meta.graph_def.CopyFrom(
        graph_def_of(graph, add_shapes=True)
        if graph_def is None
        else protos.adopted(graph_def, "GraphDef")
    )
    removed = _other_savers(meta.graph_def, saver_def) if clear_extraneous_savers else set()
    _reduce(meta.graph_def, scope, removed, clear_devices, strip_default_attrs)
    meta.meta_info_def.stripped_op_list.CopyFrom(_ops_of(meta.graph_def))
    meta.meta_info_def.tensorflow_version = TENSORFLOW_VERSION
    meta.meta_info_def.stripped_default_attrs = strip_default_attrs
    if saver_def is not None:
        meta.saver_def.CopyFrom(protos.adopted(saver_def, "SaverDef"))
    keys = graph.get_all_collection_keys() if collection_list is None else list(collection_list)
    for key in keys:
        if isinstance(key, str) and key not in _NOT_EXPORTED:
            _export_collection(meta, graph, key, scope)
    if filename:
        write_message(meta, path_of(filename), as_text)
    return meta


def _reduce(
    graph_def: Any, scope: str, removed: set[str], clear_devices: bool, strip_defaults: bool
) -> None:
    """Leave out nodes, and parts of nodes."""
    nodes = [
        node for node in graph_def.node if node.name.startswith(scope) and node.name not in removed
    ]
    kept = [protos.NodeDef.FromString(node.SerializeToString()) for node in nodes]
    names = {node.name for node in kept}
    for node in kept:
        inputs = [item for item in node.input if _node_of(item) not in removed]
        if scope:
            inputs = [_without_scope(item, scope, names) for item in inputs]
            node.name = node.name.removeprefix(scope)
            _strip_colocation(node, scope)
        del node.input[:]
        node.input.extend(inputs)
        if clear_devices:
            node.device = ""
        if strip_defaults:
            _strip_defaults(node)
    del graph_def.node[:]
    graph_def.node.extend(kept)


def _node_of(text: str) -> str:
    return text.lstrip("^").partition(":")[0]


def _without_scope(text: str, scope: str, names: set[str]) -> str:
    """An input under its name without the scope; what comes from outside is marked as such."""
    if _node_of(text) in names:
        return text.replace(scope, "", 1)
    return text if text.startswith("$unbound") else f"$unbound_inputs_{text.lstrip('^')}"


def _strip_colocation(node: Any, scope: str) -> None:
    if "_class" in node.attr:
        groups = node.attr["_class"].list.s
        stripped = [group.replace(b"loc:@" + scope.encode(), b"loc:@", 1) for group in groups]
        del groups[:]
        groups.extend(stripped)


def _strip_defaults(node: Any) -> None:
    cls = registered_ops().get(node.op)
    if cls is None:
        return
    for attr in op_list([cls]).op[0].attr:
        if attr.HasField("default_value") and node.attr[attr.name] == attr.default_value:
            del node.attr[attr.name]


def _other_savers(graph_def: Any, saver_def: Any) -> set[str]:
    """The names of the nodes of savers other than the one of `saver_def`."""
    mine = saver_def.filename_tensor_name.partition("/")[0] if saver_def is not None else ""
    scopes = {node.name.rpartition("/")[0] for node in graph_def.node if node.op == "SaveV2"}
    others = tuple(f"{scope}/" for scope in scopes if scope and scope != mine)
    return {node.name for node in graph_def.node if others and node.name.startswith(others)}


def _ops_of(graph_def: Any) -> Any:
    used = {node.op for node in graph_def.node}
    used |= {node.op for function in graph_def.library.function for node in function.node_def}
    known = registered_ops()
    return op_list(known[name] for name in used if name in known)


def _export_collection(meta: Any, graph: Graph, key: str, scope: str) -> None:
    items = graph.get_collection(key)
    _, to_proto, _ = _PROTO_FUNCTIONS.get(key, (None, None, None))
    if not items:
        return
    collection = protos.CollectionDef()
    if to_proto is not None:
        try:
            written = [to_proto(item, export_scope=scope.rstrip("/") or None) for item in items]
        except AttributeError:  # a program may put there what it likes
            _logger.warning("the collection %s is not exported: it holds other objects", key)
            return
        collection.bytes_list.value.extend(
            message.SerializeToString() for message in written if message is not None
        )
    elif not _fill(collection, items, scope):
        return
    meta.collection_def[key].CopyFrom(collection)


def _fill(collection: Any, items: list[Any], scope: str) -> bool:
    """Fill a collection with values of one kind; tell whether there is such a kind."""
    if all(map(_is_named, items)):
        named = [item.name for item in items if item.name.startswith(scope)]
        collection.node_list.value.extend(name.removeprefix(scope) for name in named)
    elif all(isinstance(item, (str, bytes)) for item in items):
        collection.bytes_list.value.extend(
            item.encode() if isinstance(item, str) else item for item in items
        )
    elif all(protos.is_message(item, "Any") for item in items):
        for item in items:
            collection.any_list.value.add(type_url=item.type_url, value=item.value)
    elif all(isinstance(item, int) for item in items):
        collection.int64_list.value.extend(items)
    elif all(isinstance(item, float) for item in items):
        collection.float_list.value.extend(items)
    else:
        return False  # only this program knows what they are
    return True


def _is_named(item: Any) -> bool:
    """Tell whether something is in the graph by its name: a tensor, an operation or a variable."""
    return isinstance(item, (Tensor, Operation)) or hasattr(item, "_as_graph_element")


def write_message(message: Any, path: str, as_text: bool) -> None:
    """Write a message to a file, which is complete or not there.

    Args:
      message: the message.
      path: the name of the file.
      as_text: whether to write protobuf's text format.
    """
    data = protos.to_text(message).encode() if as_text else message.SerializeToString()
    unfinished = f"{path}.tmp{uuid.uuid4().hex}"
    with errors_about(path):
        Path(unfinished).write_bytes(data)
        os.replace(unfinished, path)


# -- import ---------------------------------------------------------------------------------------


def read_meta_graph_file(filename: Any) -> Any:
    """Read a `MetaGraphDef`, in protobuf's binary or text format.

    Args:
      filename: the file.

    Raises:
      OSError: there is no such file.
      ValueError: it is no `MetaGraphDef`.
    """
    path = path_of(filename)
    if not os.path.isfile(path):
        raise OSError(f"File {path} does not exist.")
    data = Path(path).read_bytes()
    try:
        return protos.MetaGraphDef.FromString(data)
    except Exception:  # protobuf's DecodeError
        return protos.from_text(data, protos.MetaGraphDef())


def import_collections(
    meta_graph_or_file: Any,
    clear_devices: bool = False,
    import_scope: str | None = None,
    input_map: Any = None,
    return_elements: Any = None,
) -> tuple[Any, dict[str, Any], list[Any] | None]:
    """Add a graph with its collections to the default graph.

    Args:
      meta_graph_or_file: a `MetaGraphDef` or the name of a file with one.
      clear_devices: whether to leave out the devices of operations.
      import_scope: a name scope for the operations.
      input_map: see `import_graph_def`.
      return_elements: see `import_graph_def`.

    Returns:
      The `MetaGraphDef`, the imported variables by name, and the `return_elements`.

    Raises:
      OSError: there is no such file.
      ValueError: see `import_graph_def`.
    """
    is_file = isinstance(meta_graph_or_file, (str, bytes, os.PathLike))
    meta = (
        read_meta_graph_file(meta_graph_or_file)
        if is_file
        else protos.adopted(meta_graph_or_file, "MetaGraphDef")
    )
    graph_def = protos.GraphDef.FromString(meta.graph_def.SerializeToString())
    if clear_devices:
        for node in graph_def.node:
            node.device = ""
    graph = get_default_graph()
    scope = _scope_of_import(graph, import_scope)
    elements = import_graph_def(
        graph_def,
        input_map,
        return_elements,
        name=scope,
        producer_op_list=meta.meta_info_def.stripped_op_list,
    )
    variables: dict[str, Any] = {}
    for key, collection in sorted(meta.collection_def.items()):
        if key not in _NOT_EXPORTED:
            _import_collection(graph, key, collection, scope, variables)
    return meta, variables, elements


def _scope_of_import(graph: Graph, import_scope: str | None) -> str:
    """The whole name of a new scope."""
    if not import_scope:
        return graph.get_name_scope()
    with graph.name_scope(import_scope) as scope:
        return scope.rstrip("/") + "/"


def _import_collection(
    graph: Graph, key: str, collection: Any, scope: str, variables: dict[str, Any]
) -> None:
    proto_type, _, from_proto = _PROTO_FUNCTIONS.get(key, (None, None, None))
    import_scope = scope.rstrip("/") or None
    kind = collection.WhichOneof("kind")
    if kind == "bytes_list" and from_proto is not None:
        message = getattr(protos, proto_type) if isinstance(proto_type, str) else proto_type
        for value in collection.bytes_list.value:
            # A variable that is in several collections is one object.
            known = variables.get(value) if key in _VARIABLES else None
            if known is None:
                known = from_proto(message.FromString(value), import_scope=import_scope)
            if key in _VARIABLES:
                variables[value] = known
            graph.add_to_collection(key, known)
    elif kind == "node_list":
        for name in collection.node_list.value:
            full = f"{scope.rstrip('/')}/{name}" if import_scope else name
            graph.add_to_collection(key, graph.as_graph_element(full))
    elif kind is not None:
        for value in getattr(collection, kind).value:
            graph.add_to_collection(key, value)
