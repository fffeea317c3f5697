"""Bodies of functions as `FunctionDef` messages.

In a `FunctionDef` an input of a node reads `node:output:index`, with the declared name of the
output and the index in it if it is a list; an argument has its bare name.

A loop that saves or consumes lists (see `ops/while_loop.py`) is written in TensorFlow's terms: each
list is one more loop variable, to which the body pushes an item, or from which it pops one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor
from graphflow.interop import protos
from graphflow.interop.attributes import attr_value
from graphflow.ops.while_loop import While

_variant = as_dtype("variant")
_int32 = as_dtype("int32")


def functions_of(operations: Sequence[Operation]) -> list[FuncGraph]:
    """Return the bodies that operations hold, and those that operations in them hold.

    Args:
      operations: operations of a graph.
    """
    found: dict[FuncGraph, None] = {}
    stack = list(operations)
    while stack:
        for body in bodies_of(stack.pop()):
            if body not in found:
                found[body] = None
                stack.extend(body.get_operations())
    return list(found)


def bodies_of(operation: Operation) -> Iterator[FuncGraph]:
    """Yield the bodies that an operation holds.

    Args:
      operation: any operation.
    """
    for value in operation.op.attributes().values():
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, FuncGraph):
                yield item


def library_of(operations: Sequence[Operation], node_def: Any) -> Any:
    """Return the `FunctionDefLibrary` that a graph of these operations needs.

    Args:
      operations: operations of a graph.
      node_def: the function that makes the `NodeDef` of an operation.

    Raises:
      NotImplementedError: a body writes a reference variable.
    """
    loops: dict[FuncGraph, tuple[Operation, bool]] = {}
    bodies = functions_of(operations)
    for operation in (*operations, *(op for body in bodies for op in body.get_operations())):
        if isinstance(operation.op, While):
            loops[operation.op.body] = operation, True
            loops[operation.op.cond] = operation, False
    definitions = []
    for body in bodies:
        writer = _Writer(body, node_def)
        if body in loops:
            writer.take_loop(*loops[body])
        definitions.append(writer.definition())
    return protos.FunctionDefLibrary(function=definitions)


def added_nodes(operation: Operation) -> list[Any]:
    """Return the nodes that must stand before an operation: the empty lists that a loop fills.

    Args:
      operation: any operation.
    """
    nodes = []
    for name, tensor in zip(_saved_names(operation), _saved(operation), strict=True):
        shape, limit = f"{name}/element_shape", f"{name}/max_num_elements"
        nodes += [_constant(shape), _constant(limit)]
        node = protos.NodeDef(name=name, op="EmptyTensorList", input=[shape, limit])
        node.attr["element_dtype"].CopyFrom(attr_value(tensor.dtype.base_dtype))
        node.attr["shape_type"].CopyFrom(attr_value(_int32))
        nodes.append(node)
    return nodes


def complete_node(operation: Operation, node: Any) -> None:
    """Give the node of a loop the inputs and types of the lists that it saves.

    Args:
      operation: the operation.
      node: its `NodeDef` as made from its inputs and attributes.
    """
    if not isinstance(operation.op, While):
        return
    saved = _saved(operation)
    controls = [name for name in node.input if name.startswith("^")]
    data = [name for name in node.input if not name.startswith("^")]
    data += _saved_names(operation)
    del node.input[:]
    node.input.extend([*data, *controls])
    types = [tensor.dtype.base_dtype for tensor in operation.inputs] + [_variant] * len(saved)
    node.attr["T"].CopyFrom(attr_value(types, "list(type)"))
    shapes = [tensor.shape for tensor in operation.outputs]
    node.attr["output_shapes"].CopyFrom(attr_value(shapes, "list(shape)"))


def _saved(operation: Operation) -> list[Tensor]:
    """The tensors of the body that a loop saves; none for other operations."""
    loop = operation.op
    return loop.body.outputs[loop.variables :] if isinstance(loop, While) else []


def _saved_names(operation: Operation) -> list[str]:
    """The names of the nodes of the empty lists that a loop fills."""
    return [f"{operation.name}/saved_{index}" for index in range(len(_saved(operation)))]


def _constant(name: str) -> Any:
    """The scalar -1, which stands for an unknown shape and for no limit."""
    node = protos.NodeDef(name=name, op="Const")
    node.attr["dtype"].CopyFrom(attr_value(_int32))
    node.attr["value"].CopyFrom(attr_value(np.asarray(-1, np.int32)))
    return node


def _output_name(operation: Operation, index: int) -> str:
    """`output:index`, how a function refers to an output of one of its nodes.

    Raises:
      NotImplementedError: the op has several lists of outputs, whose lengths it does not declare.
    """
    names = operation.op.output_names()
    if len(names) == 1:
        return f"{names[0]}:{index}"
    if len(names) == len(operation.outputs):
        return f"{names[index]}:0"
    raise NotImplementedError(
        f"{operation!r} in the function {operation.graph!r} has several lists of outputs, which "
        "cannot be written to a GraphDef yet"
    )


class _Writer:
    """Writes one body.

    Args:
      body: the body.
      node_def: makes the `NodeDef` of an operation.

    Attributes:
      arguments: name and dtype of each argument.
      results: how the function refers to each result, and its dtype.
      nodes: the nodes.
      names: how the function refers to tensors that are no outputs of its nodes.
    """

    def __init__(self, body: FuncGraph, node_def: Any) -> None:
        self.body = body
        self.node_def = node_def
        self.arguments: list[tuple[str, DType]] = []
        self.names: dict[Tensor, str] = {}
        self.nodes: list[Any] = []
        for tensor in body.inputs:
            self.names[tensor] = self._argument(tensor.op.name, tensor.dtype.base_dtype)
        self.results: list[tuple[str, DType]] = [
            (self._reference(tensor), tensor.dtype.base_dtype) for tensor in body.outputs
        ]

    def _argument(self, wished: str, dtype: DType) -> str:
        name = re.sub(r"[^a-z0-9_]", "_", wished.rpartition("/")[2].lower()).lstrip("_0123456789")
        taken = {known for known, _ in self.arguments}
        base = name = name or "arg"
        count = 0
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        self.arguments.append((name, dtype))
        return name

    def _reference(self, tensor: Tensor) -> str:
        known = self.names.get(tensor)
        if known is not None:
            return known
        return f"{tensor.op.name}:{_output_name(tensor.op, tensor.value_index)}"

    def take_loop(self, operation: Operation, is_body: bool) -> None:
        """Make arguments and results those of a loop in TensorFlow's terms."""
        loop = operation.op
        assert isinstance(loop, While)
        count, end = loop.variables, loop.variables + loop.captures
        lists = [f"list_{index}" for index in range(loop.consumed)]
        sinks = [f"saved_{index}" for index in range(len(_saved(operation)))]
        self.arguments = self.arguments[:end]
        lists = [self._argument(name, _variant) for name in lists]
        sinks = [self._argument(name, _variant) for name in sinks]
        if not is_body:
            return
        outputs = self.body.outputs
        items = self.body.inputs[end:]
        popped = [self._pop(name, item) for name, item in zip(lists, items, strict=True)]
        carried = [(self._reference(tensor), tensor.dtype.base_dtype) for tensor in outputs[:count]]
        pushed = [
            (self._push(name, tensor), _variant)
            for name, tensor in zip(sinks, outputs[count:], strict=True)
        ]
        passed = self.arguments[count:end]
        self.results = [*carried, *passed, *((name, _variant) for name in popped), *pushed]

    def _pop(self, name: str, item: Tensor) -> str:
        """Let the body pop an item from a list; return the reference to the rest of the list."""
        shape, node_name = f"{name}/element_shape", f"{name}/pop"
        node = protos.NodeDef(
            name=node_name, op="TensorListPopBack", input=[name, f"{shape}:output:0"]
        )
        node.attr["element_dtype"].CopyFrom(attr_value(item.dtype.base_dtype))
        self.nodes += [_constant(shape), node]
        self.names[item] = f"{node_name}:tensor:0"
        return f"{node_name}:output_handle:0"

    def _push(self, name: str, tensor: Tensor) -> str:
        """Let the body push an item to a list; return the reference to the longer list."""
        node = protos.NodeDef(
            name=f"{name}/push", op="TensorListPushBack", input=[name, self._reference(tensor)]
        )
        node.attr["element_dtype"].CopyFrom(attr_value(tensor.dtype.base_dtype))
        self.nodes.append(node)
        return f"{name}/push:output_handle:0"

    def definition(self) -> Any:
        """Return the `FunctionDef`."""
        for operation in self.body.get_operations():
            if not operation.op.is_argument:
                self.nodes += self._nodes_of(operation)
        outputs = [f"result_{index}" for index in range(len(self.results))]
        pairs = list(zip(outputs, self.results, strict=True))
        controls = [operation.name for operation in self.body.targets]
        signature = protos.OpDef(
            name=self.body.name,
            input_arg=[_arg_def(name, dtype) for name, dtype in self.arguments],
            output_arg=[_arg_def(name, dtype) for name, (_, dtype) in pairs],
            control_output=controls,
            is_stateful=self.body.is_stateful,
        )
        return protos.FunctionDef(
            signature=signature,
            node_def=self.nodes,
            ret={name: reference for name, (reference, _) in pairs},
            control_ret={name: name for name in controls},
            arg_attr=self._known_shapes(),
        )

    def _known_shapes(self) -> dict[int, Any]:
        """What is known of the shapes of the arguments, by their positions."""
        # Lists that a loop fills or empties come after the arguments of the body.
        pairs = enumerate(zip(self.arguments, self.body.inputs, strict=False))
        return {
            index: protos.FunctionDef.ArgAttrs(attr={"_output_shapes": attr_value([tensor.shape])})
            for index, ((_, dtype), tensor) in pairs
            if tensor.shape.ndims is not None and dtype == tensor.dtype.base_dtype
            and dtype.name not in ("resource", "variant")
        }  # fmt: skip

    def _nodes_of(self, operation: Operation) -> list[Any]:
        self._refuse_writes(operation)
        node = self.node_def(operation)
        added = added_nodes(operation)
        inputs = [self._reference(tensor) for tensor in operation.inputs]
        inputs += [f"{name}:handle:0" for name in _saved_names(operation)]
        inputs += [name for name in node.input if name.startswith("^")]
        del node.input[:]
        node.input.extend(inputs)
        for other in added:
            other.input[:] = [f"{name}:output:0" for name in other.input]
        return [*added, node]

    def _refuse_writes(self, operation: Operation) -> None:
        for index in operation.op.writes:
            tensor = operation.inputs[index]
            if tensor.dtype._is_ref_dtype:
                raise NotImplementedError(
                    f"{operation!r} writes the reference variable behind {tensor.name!r} in the "
                    f"function {self.body.name!r}, which no function of a GraphDef can: make it "
                    "with use_resource=True"
                )


def _arg_def(name: str, dtype: DType) -> Any:
    return protos.OpDef.ArgDef(name=name, type=dtype.as_datatype_enum)
