"""Rebuild nodes of a `GraphDef`, or of a function or region in it, as operations of a graph."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from graphflow.core.build import apply_op
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.core.op import Op, op_class
from graphflow.interop.attributes import attr_value, attribute_kinds, op_attributes
from graphflow.interop.control_flow_import import add_region
from graphflow.interop.control_flow_recovery import find_regions, source_of
from graphflow.interop.function_import import add_functional, bodies_for, is_functional
from graphflow.interop.later_attributes import LATER_ATTRIBUTES, NOTES
from graphflow.interop.node_inputs import Input
from graphflow.interop.op_defs import default_attributes, implied_kinds

_COLOCATION = b"loc:@"


@dataclass(frozen=True)
class Program:
    """What all nodes of one import share.

    Attributes:
      functions: the `FunctionDef`s by name.
      producer_defaults: for each op of the exporting program its attributes' default values.
    """

    functions: Mapping[str, Any]
    producer_defaults: Mapping[str, Mapping[str, Any]]


class Importer:
    """Adds nodes to a graph, each after its inputs.

    Args:
      graph: where the operations go.
      prefix: what their names begin with: a scope with a final "/", or nothing.
      nodes: the `NodeDef`s.
      program: what all nodes of the import share.

    Attributes:
      nodes: the `NodeDef`s by their names in the `GraphDef`.
      inputs: the parsed inputs of each node.
      replaced: what nodes take instead of outputs (or control inputs) of other nodes.
      used: the keys of `replaced` that some node asked for.
      made: the new operations by the names of their nodes.
      outputs: the tensors that nodes get as outputs of a node.
      effects: calls that have effects, whether or not somebody uses their results.
      keeps_names: whether operations have exactly the names of their nodes, below the prefix.
      parent: the importer of what is around a region.
      decided: predicates whose values are known, within branches.
      passing: the `Switch` nodes that therefore send a value one way only.
    """

    def __init__(self, graph: Graph, prefix: str, nodes: Iterable[Any], program: Program) -> None:
        self.graph = graph
        self.prefix = prefix
        self.program = program
        self.nodes = _by_name(nodes)
        self.inputs = {
            name: [Input.parse(text) for text in node.input] for name, node in self.nodes.items()
        }
        self.replaced: dict[Input, Any] = {}
        self.used: set[Input] = set()
        self.made: dict[str, Operation] = {}
        self.outputs: dict[str, list[Tensor]] = {}
        self.effects: list[Operation] = []
        self.keeps_names = False
        self.parent: Importer | None = None
        self.decided: frozenset[Input] = frozenset()
        self.passing: set[str] = set()

    def function(self, graph: Graph, prefix: str, function: Any, inputs: Sequence[Any]) -> Importer:
        """Return an importer of the nodes of a function.

        Args:
          graph: where its operations go.
          prefix: what their names begin with.
          function: the `FunctionDef`.
          inputs: tensors that stand for its arguments.
        """
        inner = Importer(graph, prefix, function.node_def, self.program)
        names = [Input(arg.name, 0) for arg in function.signature.input_arg]
        inner.replaced = dict(zip(names, inputs, strict=True))
        return inner

    def region(
        self,
        graph: Graph,
        names: Iterable[str],
        replaced: Mapping[Input, Tensor],
        decided: Iterable[Input] = (),
    ) -> Importer:
        """Return an importer of some of the nodes, to be added to another graph.

        Args:
          graph: where their operations go.
          names: the names of the nodes.
          replaced: what they take instead of outputs of other nodes.
          decided: predicates whose values are known there.
        """
        inner = Importer(graph, "", [self.nodes[name] for name in names], self.program)
        inner.replaced = {**self.replaced, **replaced}
        inner.used = self.used
        inner.parent = self
        inner.decided = self.decided | {self.source(item) for item in decided}
        return inner

    def source(self, item: Input) -> Input:
        """Return the value behind nodes that pass it on."""
        root = self
        while root.parent is not None:
            root = root.parent
        return source_of(item, root.nodes, root.inputs)

    def add_all(self) -> None:
        """Add all nodes to the graph, each after its inputs.

        Raises:
          ValueError: a node has inputs that do not exist or do not fit, or nodes wait for each
            other.
        """
        found = find_regions(
            self.nodes, self.inputs, self.replaced.keys(), self.decided, self.source
        )
        self.passing = found.passing
        owners = {name: region.name for region in found.regions for name in region.names}
        needs: dict[str, list[Input]] = {}
        for name in self.nodes:
            if name not in owners and name not in found.inside:
                needs[name] = [item for item in self.inputs[name]
                               if not (item.is_control and item.node in found.inside
                                       and item.node not in owners)]  # fmt: skip
        regions = {region.name: region for region in found.regions}
        for region in found.regions:
            needs[region.name] = region.inputs
        for unit in self._in_order(needs, owners):
            if unit in regions:
                add_region(self, regions[unit])
            else:
                self._add(self.nodes[unit])
        self._place_with_colocated()

    # -- order ----------------------------------------------------------------------------------

    def _in_order(
        self, needs: Mapping[str, Sequence[Input]], owners: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield the names of nodes and regions, each after its inputs, else in the given order."""
        position = {name: index for index, name in enumerate(needs)}
        names = list(needs)
        waiting: dict[str, int] = {}
        consumers: dict[str, list[str]] = {}
        for name, inputs in needs.items():
            needed = {
                owners.get(item.node, item.node) for item in inputs if not self._is_outside(item)
            }
            waiting[name] = len(needed)
            for other in needed:
                if other not in position:
                    raise ValueError(
                        f"node {name!r} has the input {other!r}, which is not in graph_def"
                    )
                consumers.setdefault(other, []).append(name)
        ready = [position[name] for name, count in waiting.items() if count == 0]
        while ready:
            name = names[heapq.heappop(ready)]
            del waiting[name]
            yield name
            for consumer in consumers.get(name, ()):
                waiting[consumer] -= 1
                if waiting[consumer] == 0:
                    heapq.heappush(ready, position[consumer])
        if waiting:
            some = ", ".join(map(repr, list(waiting)[:5]))
            raise ValueError(f"the nodes {some} wait for each other in a circle")

    def _is_outside(self, item: Input) -> bool:
        """Whether an input is there from the start: replaced, or made around this region."""
        if item in self.replaced:
            return True
        if item.node in self.nodes:
            return False
        # What nodes of a region wait for, the operation that holds the region waits for.
        return self.parent is not None and (item.is_control or self.parent.has(item.node))

    def has(self, name: str) -> bool:
        """Whether a node has been added, here or around."""
        return name in self.made or (self.parent is not None and self.parent.has(name))

    # -- one node -------------------------------------------------------------------------------

    def _add(self, node: Any) -> None:
        if node.name in self.passing:
            tensor = self.tensor(self.inputs[node.name][0])
            self.outputs[node.name] = [tensor, tensor]
            return
        try:
            operation, extra = self._made(node)
        except NotImplementedError as error:
            raise NotImplementedError(f"node {node.name!r} ({node.op}): {error}") from error
        except (TypeError, ValueError) as error:
            raise ValueError(f"cannot import node {node.name!r} ({node.op}): {error}") from error
        operation._add_control_inputs(self.control_inputs(self.inputs[node.name]))
        if "_class" in extra:
            groups = {*operation.extra_attrs.get("_class", ()), *extra["_class"]}
            extra["_class"] = sorted(groups)
        operation.extra_attrs.update(extra)
        self.enter(node.name, operation)

    def _made(self, node: Any) -> tuple[Operation, dict[str, Any]]:
        """Add the operation of a node; return it with the attributes that no op declares."""
        tensors = [self.tensor(item) for item in self.inputs[node.name] if not item.is_control]
        if is_functional(node, self.program.functions):
            return add_functional(self, node, tensors), {}
        cls = op_class(node.op)
        attributes = self._attributes(cls, node)
        shapes = attributes.pop("_output_shapes", None)
        attributes.update(bodies_for(self, cls, attributes, tensors))
        op = _make_op(cls, attributes)
        _check_inputs(op, tensors, attributes)
        operation = self._apply(op, tensors, node, "_class" in attributes)
        refine_shapes(operation, shapes)
        return operation, {key: item for key, item in attributes.items() if key.startswith("_")}

    def enter(
        self, name: str, operation: Operation, outputs: Sequence[Tensor] | None = None
    ) -> None:
        """Remember the operation of a node, and its outputs if they are not the operation's."""
        self.made[name] = operation
        self.outputs[name] = list(operation.outputs if outputs is None else outputs)

    def _apply(self, op: Op, tensors: list[Tensor], node: Any, is_colocated: bool) -> Operation:
        with self._device(node, is_colocated):
            operation = apply_op(op, *op.group_inputs(tensors), name=self.name_for(node.name))
        self.reserve(node.name)
        return operation

    def name_for(self, name: str) -> str:
        """Return the name to give the operation of a node: a final "/" makes it exact."""
        return f"{self.prefix}{name}/" if self.keeps_names else name

    def scope_for(self, name: str) -> str:
        """Return the name scope for the operations that a node is made of."""
        return f"{self.prefix}{name}/" if self.keeps_names else name

    def reserve(self, name: str) -> None:
        """Keep others from taking a name that was given with "/"."""
        if self.keeps_names:
            self.graph._names_in_use.setdefault((self.prefix + name).lower(), 1)

    def _device(self, node: Any, is_colocated: bool) -> Any:
        """Let the node's device refine those of `with tf.device` blocks around the import."""
        if is_colocated:
            return _own_device_only(self.graph, node.device)
        return self.graph.device(node.device) if node.device else nullcontext()

    def tensor(self, item: Input) -> Tensor:
        """Return the tensor that stands for an output of a node.

        Raises:
          ValueError: there is none.
        """
        if item in self.replaced:
            self.used.add(item)
            replacement: Tensor = self.replaced[item]
            return replacement
        if item.node not in self.outputs:
            if self.parent is not None:
                return self.parent.tensor(item)
            raise ValueError(
                f"{item} is inside of a branch or loop and cannot be used from outside"
            )
        outputs = self.outputs[item.node]
        operation = self.made.get(item.node)
        position = item.output if operation is None else item.position_in(operation)
        if position >= len(outputs):
            raise ValueError(
                f"its input {item} does not exist: the node has {len(outputs)} outputs"
            )
        return outputs[position]

    def control_inputs(self, inputs: Iterable[Input]) -> list[Operation]:
        """Return the operations behind those of some inputs that are control inputs."""
        found = [self._control_input(item) for item in inputs if item.is_control]
        return [operation for operation in found if operation is not None]

    def _control_input(self, item: Input) -> Operation | None:
        if item in self.replaced:
            self.used.add(item)
            replacement = self.replaced[item]
            return replacement if isinstance(replacement, Operation) else replacement.op
        return self.made.get(item.node)

    def _attributes(self, cls: type[Op], node: Any) -> dict[str, Any]:
        """Return the node's attributes as Python values, checked, names in them prefixed."""
        known = attribute_kinds(cls).keys() | implied_kinds(cls).keys()
        later = LATER_ATTRIBUTES.get(node.op, {})
        ignorable = {name: attr_value(default) for name, default in later.items()}
        ignorable |= self.program.producer_defaults.get(node.op, {})
        kept = {}
        for key, value in node.attr.items():
            if key in known or key.startswith("_"):
                kept[key] = value
            elif key in NOTES.get(node.op, ()):
                continue
            elif key not in ignorable or value != ignorable[key]:
                raise ValueError(f"the op has no attribute {key!r} here")
        attributes = op_attributes(cls, kept)
        if not self.keeps_names:
            # The operations have other names than the colocation says.
            attributes.pop("_class", None)
        if "_class" in attributes:
            attributes["_class"] = [self._prefixed_group(group) for group in attributes["_class"]]
        return attributes

    def _prefixed_group(self, group: bytes) -> bytes:
        if not group.startswith(_COLOCATION):
            return group
        return _COLOCATION + self.prefix.encode() + group.removeprefix(_COLOCATION)

    def _place_with_colocated(self) -> None:
        """Give each colocated operation the device of the first one of its groups that has one."""
        gone = {self._prefixed_group(_COLOCATION + name.encode())
                for name in self.nodes if name not in self.outputs}  # fmt: skip
        for operation in self.made.values():
            groups = [
                group for group in operation.extra_attrs.get("_class", ()) if group not in gone
            ]
            if groups:
                operation.extra_attrs["_class"] = groups
            else:
                operation.extra_attrs.pop("_class", None)
            others = [self._named_in(group, operation) for group in groups
                      if group.startswith(_COLOCATION)]  # fmt: skip
            device = next((other.device for other in others if other.device), "")
            if device:
                operation._set_device(device)

    def _named_in(self, group: bytes, operation: Operation) -> Operation:
        name = group.removeprefix(_COLOCATION).decode()
        found = self.graph._by_name.get(name)
        if found is None:
            raise ValueError(f"{operation.name!r} is colocated with {name!r}, which does not exist")
        return found


def _by_name(nodes: Iterable[Any]) -> dict[str, Any]:
    by_name: dict[str, Any] = {}
    for node in nodes:
        if node.name in by_name:
            raise ValueError(f"graph_def has two nodes called {node.name!r}")
        by_name[node.name] = node
    return by_name


def _make_op(cls: type[Op], attributes: Mapping[str, Any]) -> Op:
    fields = {
        key: attributes[key] for key in attribute_kinds(cls) if attributes.get(key) is not None
    }
    try:
        return cls.from_attributes(fields)
    except TypeError:
        missing = attribute_kinds(cls).keys() - fields.keys() - default_attributes(cls).keys()
        raise ValueError(f"it lacks the attribute {' and '.join(sorted(missing))}") from None


def _check_inputs(op: Op, tensors: Sequence[Tensor], attributes: Mapping[str, Any]) -> None:
    """Compare number and dtypes of the inputs with what the node's attributes say of them."""
    expected = 0
    for arg in op.input_args():
        count: Any = 1
        if arg.is_mixed_list:
            count = len(attributes.get(arg.type_attr or "", ()))
        elif arg.number_attr is not None:
            count = attributes.get(arg.number_attr, 0)
        expected += count
    if len(tensors) != expected:
        raise ValueError(f"it has {len(tensors)} inputs, but its attributes ask for {expected}")
    for key, value in op.inferred_attributes([tensor.dtype for tensor in tensors]).items():
        said = attributes.get(key, value)
        if said != value and not (isinstance(said, tuple) and list(said) == value):
            given = ", ".join(f"{tensor.name}: {tensor.spec}" for tensor in tensors)
            raise ValueError(f"its attribute {key} is {attributes[key]}, its inputs are {given}")


def refine_shapes(operation: Operation, shapes: Sequence[Any] | None) -> None:
    """Add what the exporting program knew of the shapes of an operation's outputs.

    Args:
      operation: the operation.
      shapes: a shape for each of its outputs.

    Raises:
      ValueError: a shape contradicts what is known.
    """
    for tensor, shape in zip(operation.outputs, shapes or (), strict=False):
        if tensor.dtype.name in ("resource", "variant"):  # the shape of whatever they stand for
            continue
        if not tensor.shape.is_compatible_with(shape):
            raise ValueError(
                f"_output_shapes says {shape} of output {tensor.value_index}, but it is "
                f"{tensor.shape}"
            )
        tensor.set_shape(shape)


@contextmanager
def _own_device_only(graph: Graph, device: str) -> Iterator[None]:
    with graph.device(None), graph.device(device) if device else nullcontext():
        yield
