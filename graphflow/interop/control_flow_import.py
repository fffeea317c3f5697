"""Make functional operations of the branches and loops found among nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import graphflow.ops as ops
from graphflow.core.func_graph import FuncGraph, as_output
from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.interop.control_flow_recovery import Conditional, Loop, Region, closure
from graphflow.interop.function_import import settled_bodies
from graphflow.interop.node_inputs import Input
from graphflow.ops._functional import value_of
from graphflow.ops.cond import If, add_branches, fake_like
from graphflow.ops.while_loop import add_while

if TYPE_CHECKING:
    from graphflow.interop.node_import import Importer


def add_region(importer: Importer, region: Region) -> None:
    """Add the operation that a region becomes, and what stands for the values that it gives.

    Args:
      importer: adds the nodes around it.
      region: the branches or the loop.
    """
    with importer.graph.control_dependencies(importer.control_inputs(region.inputs)):
        if isinstance(region, Loop):
            _add_loop(importer, region)
        else:
            assert isinstance(region, Conditional)
            _add_conditional(importer, region)


def _sibling(name: str, last: str) -> str:
    """A name in the scope of another one."""
    scope, slash, _ = name.rpartition("/")
    return f"{scope}{slash}{last}"


def _enter(importer: Importer, name: str, tensor: Tensor, *others: Tensor) -> None:
    """Let an identity have the name of the node that gave a value."""
    operation = ops.identity(tensor, name=importer.name_for(name)).op
    importer.reserve(name)
    importer.enter(name, operation, [operation.outputs[0], *others])


# -- branches -----------------------------------------------------------------------------------


def _add_conditional(importer: Importer, region: Conditional) -> None:
    merges, exports = list(region.merges), list(region.exports)
    exported: dict[Input, Tensor] = {}
    bodies = [_branch(importer, region, way, exported) for way in (1, 0)]
    for value in exports:
        tensor = exported[value]
        for body in bodies:
            is_there = body is tensor.graph
            body.outputs.append(tensor if is_there else fake_like(body, tensor))
    predicate = importer.tensor(region.predicate)
    first = merges[0] if merges else region.name
    operation = add_branches(If(*bodies), predicate, _sibling(first, "If"))
    for name in region.names:
        importer.made[name] = operation
    outputs = operation.outputs
    for index, merge in enumerate(merges):
        _enter(importer, merge, outputs[index], outputs[len(merges) + index])
    for index, value in enumerate(exports):
        importer.replaced[value] = outputs[2 * len(merges) + index]


def _branch(
    importer: Importer, region: Conditional, way: int, exported: dict[Input, Tensor]
) -> FuncGraph:
    """The body for one way, which gives the values for merges and the index of each.

    Its exports are added to `exported`.
    """
    body = FuncGraph(_sibling(region.name, "true" if way else "false"), importer.graph)
    replaced = {
        Input(switch, way): importer.tensor(value) for switch, value in region.switches.items()
    }
    inner = importer.region(body, region.members[way], replaced, [region.predicate])
    with body.as_default():
        inner.add_all()
        results = [value_of(inner.tensor(pair[way])) for pair in region.merges.values()]
        positions = [
            ops.constant(int((way == 1) != (merge in region.swapped)), name="value_index")
            for merge in region.merges
        ]
        body.outputs = [as_output(tensor) for tensor in (*results, *positions)]
        for value, origin in region.exports.items():
            if origin == way:
                exported[value] = as_output(value_of(inner.tensor(value)))
    body.targets = inner.control_inputs(region.waited_for)
    return body


# -- loops --------------------------------------------------------------------------------------


def _add_loop(importer: Importer, loop: Loop) -> None:
    initial = [value_of(importer.tensor(variable.initial)) for variable in loop.variables]
    constants = {Input(enter, 0): importer.tensor(value) for enter, value in loop.constants.items()}
    builder = _LoopBuilder(importer, loop, initial, constants)
    cond, body = settled_bodies(
        builder.bodies, [tensor.shape for tensor in initial], importer.graph
    )
    builder.count_iterations(cond, body)
    first = next((exit for v in loop.variables for exit in v.exits), loop.name)
    counter = ops.constant(0, name=_sibling(first, "loop_counter"))
    operation = add_while(
        cond, body, [counter, *initial], [], [], loop.parallel_iterations, _sibling(first, "While")
    )
    for name in loop.names:
        importer.made[name] = operation
    for variable, output in zip(loop.variables, operation.outputs[1:], strict=False):
        for exit_name in variable.exits:
            _enter(importer, exit_name, output)


class _LoopBuilder:
    """Builds condition and body of a loop.

    Args:
      importer: adds the nodes around it.
      loop: the loop.
      initial: the first values of the loop variables.
      constants: what the nodes get that is the same in all iterations.
    """

    def __init__(
        self,
        importer: Importer,
        loop: Loop,
        initial: Sequence[Tensor],
        constants: Mapping[Input, Tensor],
    ) -> None:
        self.importer = importer
        self.loop = loop
        self.initial = initial
        self.constants = constants

    def bodies(self, shapes: Sequence[TensorShape]) -> tuple[FuncGraph, FuncGraph]:
        """Return condition and body for given shapes of the loop variables."""
        loop = self.loop
        cond, _ = self._built("cond", shapes, [loop.condition], [])
        waits = [item for variable in loop.variables for item in variable.waits]
        following = [variable.following for variable in loop.variables]
        body, targets = self._built("body", shapes, following, waits)
        body.targets = targets
        return cond, body

    def _built(
        self,
        name: str,
        shapes: Sequence[TensorShape],
        results: Sequence[Input],
        waits: Sequence[Input],
    ) -> tuple[FuncGraph, list[Operation]]:
        graph = FuncGraph(_sibling(self.loop.name, name), self.importer.graph)
        replaced = dict(self.constants)
        for variable, tensor, shape in zip(self.loop.variables, self.initial, shapes, strict=True):
            spec = TensorSpec(shape, tensor.dtype.base_dtype)
            argument = graph.add_input(spec, tensor.op.name.rpartition("/")[2])
            replaced[Input(variable.merge, 0)] = argument
            replaced.update({Input(switch, 1): argument for switch in variable.switches})
        needed = closure([*results, *waits], self.importer.inputs, self.loop.members)
        inner = self.importer.region(graph, needed, replaced)
        with graph.as_default():
            inner.add_all()
            graph.outputs = [value_of(inner.tensor(item)) for item in results]
        return graph, inner.control_inputs(waits)

    def count_iterations(self, cond: FuncGraph, body: FuncGraph) -> None:
        """Add a first loop variable that counts: gradients need the number of iterations."""
        spec = TensorSpec(TensorShape([]), "int32")
        for graph in (cond, body):
            counter = graph.add_input(spec, "loop_counter")
            graph.inputs.insert(0, graph.inputs.pop())
        with body.as_default():
            body.outputs.insert(0, counter + 1)
