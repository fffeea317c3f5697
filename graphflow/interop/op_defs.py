"""Op classes as `OpDef` messages, the declarations of ops that other programs read.

An op class declares its inputs and attributes in full but only names its outputs, so an `OpDef`
made here has no types of outputs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from graphflow.core.extensions import provide
from graphflow.core.op import InputArg, Op, op_class as _registered
from graphflow.interop import protos
from graphflow.interop.attributes import attr_value, attribute_kinds


def implied_kinds(op_class: type[Op]) -> Mapping[str, str]:
    """Return the kinds of the attributes that an op's inputs imply: dtypes and lengths of lists.

    Args:
      op_class: a registered op class.

    Returns:
      The kinds ("type", "list(type)" or "int") by name.

    >>> from graphflow.core.op import op_class
    >>> import graphflow.ops
    >>> dict(implied_kinds(op_class("MatMul")))
    {'T': 'type'}
    """
    kinds: dict[str, str] = {}
    for arg in op_class.input_args():
        if arg.type_attr is not None:
            kinds[arg.type_attr] = "list(type)" if arg.is_mixed_list else "type"
        if arg.number_attr is not None:
            kinds[arg.number_attr] = "int"
    return kinds


def default_attributes(op_class: type[Op]) -> dict[str, Any]:
    """Return the values that an op's attributes have unless set, by name.

    Args:
      op_class: a registered op class.

    Returns:
      The Python values; attributes that must be set are not among them.
    """
    fields = {field.name: field for field in op_class.dataclass_fields()}
    return {
        name: fields[field].default
        for name, field in op_class.attribute_fields().items()
        if fields[field].default is not dataclasses.MISSING and fields[field].default is not None
    }


@provide("op_def")
def op_def(op: Op | type[Op]) -> Any:
    """Return the declaration of an op as an `OpDef`.

    Args:
      op: an op or its class.

    Returns:
      A new message.

    >>> from graphflow.core.op import op_class
    >>> import graphflow.ops
    >>> [attr.name for attr in op_def(op_class("MatMul")).attr]
    ['transpose_a', 'transpose_b', 'T']
    """
    op_class = op if isinstance(op, type) else type(op)
    return protos.OpDef(
        name=op_class.type,
        input_arg=[_input_arg(arg) for arg in op_class.input_args()],
        output_arg=[protos.OpDef.ArgDef(name=name) for name in op_class.output_names()],
        attr=[
            *_own_attributes(op_class),
            *_implied_attributes(op_class),
            *(protos.OpDef.AttrDef(name=n, type=kind) for n, kind in op_class.computed.items()),
        ],
        summary=(op_class.__doc__ or "").partition("\n")[0],
        is_commutative=op_class.commutative,
        is_stateful=op_class.stateful,
    )


def op_list(op_classes: Iterable[type[Op]]) -> Any:
    """Return the declarations of several ops as an `OpList`, sorted by name.

    Args:
      op_classes: registered op classes.

    Returns:
      A new message.
    """
    return protos.OpList(op=[op_def(c) for c in sorted(op_classes, key=lambda c: c.type)])


def ops_used_by_graph_def(graph_def: Any) -> list[str]:
    """Return the types of the operations in a graph and in the functions that it calls.

    Args:
      graph_def: a `GraphDef`.

    Returns:
      The types in alphabetical order; functions are not among them.

    >>> import graphflow as tf
    >>> y = tf.constant([2.0, 3.0]) * tf.constant(5.0)
    >>> ops_used_by_graph_def(y.graph.as_graph_def())
    ['Const', 'Mul']
    """
    functions = {item.signature.name: item for item in graph_def.library.function}
    found: set[str] = set()
    waiting = _called(graph_def.node)
    while waiting:
        op_type = waiting.pop()
        if op_type in found:
            continue
        found.add(op_type)
        if op_type in functions:
            waiting.extend(_called(functions[op_type].node_def))
    return sorted(found - set(functions))


def _called(nodes: Iterable[Any]) -> list[str]:
    """The types of nodes, and the functions that they hold, such as branches."""
    called = []
    for node in nodes:
        called.append(node.op)
        for value in node.attr.values():
            called.extend(item.name for item in (value.func, *value.list.func) if item.name)
    return called


def stripped_op_list_for_graph(graph_def: Any) -> Any:
    """Return the declarations of the ops in a graph and in the functions that it calls.

    Args:
      graph_def: a `GraphDef`.

    Returns:
      An `OpList`, sorted by name.

    Raises:
      KeyError: graphflow lacks one of the ops.
    """
    return op_list(_registered(op_type) for op_type in ops_used_by_graph_def(graph_def))


def _input_arg(arg: InputArg) -> Any:
    return protos.OpDef.ArgDef(
        name=arg.name,
        type=None if arg.dtype is None else arg.dtype.as_datatype_enum,
        type_attr=None if arg.is_mixed_list else arg.type_attr,
        type_list_attr=arg.type_attr if arg.is_mixed_list else None,
        number_attr=arg.number_attr,
        is_ref=arg.is_ref,
    )


def _own_attributes(op_class: type[Op]) -> list[Any]:
    defaults = default_attributes(op_class)
    return [
        protos.OpDef.AttrDef(
            name=name,
            type=kind,
            default_value=attr_value(defaults[name], kind) if name in defaults else None,
        )
        for name, kind in attribute_kinds(op_class).items()
    ]


def _implied_attributes(op_class: type[Op]) -> list[Any]:
    own = attribute_kinds(op_class)
    attributes = []
    for name, kind in implied_kinds(op_class).items():
        if name in own:
            continue
        allowed = op_class.types.get(name)
        attributes.append(
            protos.OpDef.AttrDef(
                name=name,
                type=kind,
                allowed_values=None
                if allowed is None
                else attr_value(sorted(allowed, key=int), "list(type)"),
            )
        )
    return attributes
