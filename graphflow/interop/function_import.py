"""Rebuild the nodes of a `GraphDef` that use functions: branches, loops, calls, and datasets.

The body of a function becomes a `FuncGraph`; a plain call is written out in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import graphflow.ops as ops
from graphflow.core.func_graph import FuncGraph, as_output
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Op
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.interop import protos
from graphflow.interop.attributes import attr_python, attribute_kinds
from graphflow.interop.node_inputs import Input
from graphflow.ops.case import Case
from graphflow.ops.cond import Branches, If, add_branches
from graphflow.ops.while_loop import add_while

if TYPE_CHECKING:
    from graphflow.interop.node_import import Importer

_CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
_BRANCHES = frozenset({"If", "StatelessIf", "Case", "StatelessCase"})
_LOOPS = frozenset({"While", "StatelessWhile"})


def is_functional(node: Any, functions: Mapping[str, Any]) -> bool:
    """Tell whether a node branches, loops, or calls a function.

    Args:
      node: a `NodeDef`.
      functions: the `FunctionDef`s by name.
    """
    return node.op in functions or node.op in _CALLS | _BRANCHES | _LOOPS


def functions_used_by(node: Any, functions: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the functions that a node refers to.

    Args:
      node: a `NodeDef`.
      functions: the `FunctionDef`s by name.
    """
    if node.op in functions:
        yield node.op
    for value in node.attr.values():
        for function in (value.func, *value.list.func):
            if function.name:
                yield function.name


def add_functional(importer: Importer, node: Any, tensors: Sequence[Tensor]) -> Operation:
    """Add the operations of a node that branches, loops, or calls a function.

    Args:
      importer: adds the nodes around it.
      node: the `NodeDef`.
      tensors: its inputs.

    Returns:
      The operation that has the node's name and outputs.

    Raises:
      ValueError: a function does not exist or does not fit.
    """
    if node.op in _BRANCHES:
        operation = _add_branches(importer, node, tensors)
    elif node.op in _LOOPS:
        operation = _Loop(importer, node, tensors).add()
    else:
        operation = _add_call(importer, node, tensors)
    importer.reserve(node.name)
    return operation


def _function(importer: Importer, node: Any, attribute: str) -> Any:
    return _named(importer, node.attr[attribute].func.name)


def _named(importer: Importer, name: str) -> Any:
    found = importer.program.functions.get(name)
    if found is None:
        raise ValueError(f"graph_def has no function called {name!r}")
    return found


def _check_arguments(function: Any, given: Sequence[Tensor]) -> None:
    expected = [_dtype(arg) for arg in function.signature.input_arg]
    dtypes = [tensor.dtype.base_dtype for tensor in given]
    if dtypes != expected:
        raise ValueError(
            f"the function {function.signature.name!r} takes "
            f"({', '.join(dtype.name for dtype in expected)}), but gets "
            f"({', '.join(dtype.name for dtype in dtypes)})"
        )


def _dtype(arg: Any) -> Any:
    """Return the dtype of an argument.

    Args:
      arg: the `ArgDef`.

    Raises:
      NotImplementedError: it depends on an attribute of the function.
    """
    from_attribute = arg.type_attr or arg.type_list_attr or arg.number_attr
    if from_attribute:
        raise NotImplementedError(
            f"the type of the argument {arg.name!r} depends on the attribute {from_attribute!r} "
            "of its function"
        )
    return attr_python(protos.AttrValue(type=arg.type))


def fill_body(importer: Importer, body: FuncGraph, function: Any, inputs: Sequence[Tensor]) -> None:
    """Add the nodes of a function to a body, and set what it returns.

    Args:
      importer: adds the nodes around the function.
      body: an empty body, or one with arguments only.
      function: the `FunctionDef`.
      inputs: tensors that stand for its arguments, of the body or of a graph around it.
    """
    inner = importer.function(body, "", function, inputs)
    with body.as_default():
        inner.add_all()
        body.outputs = [as_output(tensor) for tensor in _results(inner, function)]
    body.targets = _effects(inner, function)


def _results(inner: Importer, function: Any) -> list[Tensor]:
    """What a function returns."""
    names = [arg.name for arg in function.signature.output_arg]
    return [inner.tensor(Input.parse(function.ret[name])) for name in names]


def _effects(inner: Importer, function: Any) -> list[Operation]:
    """The operations of a function that run although no result may depend on them."""
    wanted = [inner.made[name] for name in function.control_ret.values()]
    stateful = [
        operation
        for operation in inner.made.values()
        if operation.op.stateful or operation.op.writes
    ]
    return list(dict.fromkeys([*wanted, *stateful, *inner.effects]))


# -- branches -----------------------------------------------------------------------------------


def _add_branches(importer: Importer, node: Any, tensors: Sequence[Tensor]) -> Operation:
    selector, *arguments = tensors
    bodies = [_branch(importer, function, arguments) for function in _branch_functions(node)]
    if len({len(body.outputs) for body in bodies}) != 1:
        raise ValueError("its functions return different numbers of results")
    is_case = node.op.endswith("Case")
    op: Branches = Case(tuple(bodies)) if is_case else If(*bodies)
    operation = add_branches(op, selector, importer.name_for(node.name))
    _refine(operation.outputs, _output_shapes(node))
    return operation


def _branch_functions(node: Any) -> list[str]:
    if node.op.endswith("Case"):
        return [function.name for function in node.attr["branches"].list.func]
    return [node.attr[name].func.name for name in ("then_branch", "else_branch")]


def _branch(importer: Importer, name: str, arguments: Sequence[Tensor]) -> FuncGraph:
    function = _named(importer, name)
    _check_arguments(function, arguments)
    body = FuncGraph(name)
    fill_body(importer, body, function, arguments)
    return body


def _output_shapes(node: Any) -> list[TensorShape]:
    return [as_shape(attr_python(protos.AttrValue(shape=shape)))
            for shape in node.attr["output_shapes"].list.shape]  # fmt: skip


def _refine(tensors: Sequence[Tensor], shapes: Sequence[TensorShape]) -> None:
    for tensor, shape in zip(tensors, shapes, strict=False):
        if tensor.shape.is_compatible_with(shape):
            tensor.set_shape(shape)


# -- loops --------------------------------------------------------------------------------------


class _Loop:
    """Builds one loop.

    What the body returns unchanged becomes a captured tensor, everything else a loop variable.
    """

    def __init__(self, importer: Importer, node: Any, inputs: Sequence[Tensor]) -> None:
        self.importer = importer
        self.node = node
        self.inputs = inputs
        self.cond = _function(importer, node, "cond")
        self.body = _function(importer, node, "body")
        for function in (self.cond, self.body):
            _check_arguments(function, inputs)
        self.variables = self._variables()

    def _variables(self) -> list[int]:
        signature = self.body.signature
        if len(signature.output_arg) != len(self.inputs):
            raise ValueError(
                f"its body takes {len(self.inputs)} values and returns {len(signature.output_arg)}"
            )
        pairs = zip(signature.input_arg, signature.output_arg, strict=True)
        return [i for i, (arg, result) in enumerate(pairs)
                if self.body.ret[result.name] != arg.name]  # fmt: skip

    def add(self) -> Operation:
        """Add the loop; return the operation that has the node's name and outputs."""
        given = _output_shapes(self.node) or [tensor.shape for tensor in self.inputs]
        cond, body = settled_bodies(
            self._bodies, [given[index] for index in self.variables], self.importer.graph
        )
        count = len(self.variables)
        captured = self.inputs[count:]
        is_plain = self.variables == list(range(count)) and len(set(captured)) == len(captured)
        name = self.importer.name_for(self.node.name)
        loop = add_while(
            cond, body, [self.inputs[index] for index in self.variables], [], [],
            _parallel_iterations(self.node), name if is_plain else f"{self.node.name}/While",
        )  # fmt: skip
        if is_plain:
            return loop
        outputs = list(self.inputs)
        for index, output in zip(self.variables, loop.outputs, strict=False):
            outputs[index] = output
        with self.importer.graph.control_dependencies([loop]):
            return ops.identity_n(outputs, name=name)[0].op

    def _bodies(self, shapes: Sequence[TensorShape]) -> tuple[FuncGraph, FuncGraph]:
        return self._built(self.cond, shapes), self._built(self.body, shapes, is_body=True)

    def _built(
        self, function: Any, shapes: Sequence[TensorShape], is_body: bool = False
    ) -> FuncGraph:
        graph = FuncGraph(function.signature.name)
        arguments = list(self.inputs)
        for index, shape in zip(self.variables, shapes, strict=True):
            name = function.signature.input_arg[index].name
            spec = TensorSpec(shape, self.inputs[index].dtype.base_dtype)
            arguments[index] = graph.add_input(spec, name)
        for index, tensor in enumerate(self.inputs):
            if index not in self.variables:
                arguments[index] = graph.capture(tensor)
        fill_body(self.importer, graph, function, arguments)
        if is_body:
            graph.outputs = [graph.outputs[index] for index in self.variables]
        return graph


def _parallel_iterations(node: Any) -> int:
    return int(node.attr["parallel_iterations"].i) or 10


def settled_bodies(
    build: Callable[[Sequence[TensorShape]], tuple[FuncGraph, FuncGraph]],
    shapes: Sequence[TensorShape],
    graph: Any,
) -> tuple[FuncGraph, FuncGraph]:
    """Build condition and body of a loop for shapes that its variables have in all iterations.

    Args:
      build: builds both for given shapes; the body returns just the loop variables.
      shapes: the shapes with which the loop variables enter.
      graph: the graph around the loop.

    Returns:
      Condition and body.
    """
    known = list(shapes)
    while True:
        before = set(graph._functions)
        cond, body = build(known)
        general = [
            shape.most_specific_compatible_shape(output.shape)
            for shape, output in zip(known, body.outputs, strict=True)
        ]
        if all(a.as_tuple() == b.as_tuple() for a, b in zip(known, general, strict=True)):
            return cond, body
        known = general
        for name in graph._functions.keys() - before:
            del graph._functions[name]


# -- calls --------------------------------------------------------------------------------------


def _add_call(importer: Importer, node: Any, tensors: Sequence[Tensor]) -> Operation:
    """Write out the nodes of a function, and after them one with the outputs of the call."""
    name = node.op if node.op in importer.program.functions else node.attr["f"].func.name
    function = _named(importer, name)
    _check_arguments(function, tensors)
    before = importer.control_inputs(importer.inputs[node.name])
    graph = importer.graph
    with graph.control_dependencies(before), graph.name_scope(importer.scope_for(node.name)):
        inner = importer.function(graph, "", function, tensors)
        inner.add_all()
        results = _results(inner, function)
    effects = _effects(inner, function)
    full_name = importer.name_for(node.name)
    with graph.control_dependencies([*before, *effects]):
        if results:
            call = ops.identity_n(results, name=full_name)[0].op
        else:
            call = ops.no_op(name=full_name)
    if effects:
        importer.effects.append(call)
    return call


# -- other ops with functions -------------------------------------------------------------------


def bodies_for(
    importer: Importer, op_class: type[Op], attributes: Mapping[str, Any], tensors: Sequence[Tensor]
) -> dict[str, FuncGraph]:
    """Return the bodies for those attributes of a node that are functions.

    The op's inputs called `other_arguments`, or after the attribute, are what a body captures.

    Args:
      importer: adds the nodes around it.
      op_class: the class of the node's op.
      attributes: the node's attributes as Python values; functions are `NameAttrList`s.
      tensors: the node's inputs.
    """
    names = [name for name, kind in attribute_kinds(op_class).items() if kind == "func"]
    return {
        name: _body_of_attribute(
            importer, attributes[name].name, _other_arguments(op_class, name, attributes, tensors)
        )
        for name in names
        if name in attributes
    }


def _other_arguments(
    op_class: type[Op], attribute: str, attributes: Mapping[str, Any], tensors: Sequence[Tensor]
) -> list[Tensor]:
    names = ("other_arguments", f"{attribute}_other_arguments", f"{attribute}_other_args")
    position = 0
    for arg in op_class.input_args():
        count = 1
        if arg.is_mixed_list:
            count = len(attributes.get(arg.type_attr or "", ()))
        elif arg.number_attr is not None:
            count = attributes.get(arg.number_attr, 0)
        if arg.name in names:
            return list(tensors[position : position + count])
        position += count
    return []


def _body_of_attribute(importer: Importer, name: str, captured: Sequence[Tensor]) -> FuncGraph:
    function = _named(importer, name)
    args = function.signature.input_arg
    own = len(args) - len(captured)
    if own < 0:
        raise ValueError(f"the function {name!r} takes {len(args)} arguments, not {len(captured)}")
    body = FuncGraph(name)
    if len(set(captured)) < len(captured):
        raise NotImplementedError(f"the function {name!r} gets the same tensor twice")
    inputs = [body.add_input(_argument_spec(function, i), args[i].name) for i in range(own)]
    fill_body(importer, body, function, [*inputs, *map(body.capture, captured)])
    return body


def _argument_spec(function: Any, index: int) -> TensorSpec:
    shape = TensorShape(None)
    known = function.arg_attr[index].attr if index in function.arg_attr else {}
    if "_output_shapes" in known:
        (shape,) = map(as_shape, attr_python(known["_output_shapes"]))
    return TensorSpec(shape, _dtype(function.signature.input_arg[index]))
