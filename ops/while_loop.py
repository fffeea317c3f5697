"""`while_loop`: run a body as long as a condition holds.

The op `While` carries *loop variables* from iteration to iteration.  Beside them it may *save*:
what the body returns after the loop variables is collected in one list for each, an item for each
iteration.  And it may *consume* such lists: in each iteration the body gets the last item of each,
which is removed.  That is what makes the gradient of a loop a loop again: the loop is extended to
save what its gradient needs of each iteration, and the loop of the gradient, which goes backwards,
consumes it.  The gradient of a consumed list is a saved one and the other way around.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.func_graph import FuncGraph, union_of_captures
from graphflow.core.gradients import depend, is_trainable, vjp
from graphflow.core.graph import Operation, Tensor, at_user_line
from graphflow.core.loops import CompiledLoop, LoopState
from graphflow.core.op import Array, Context, register
from graphflow.core.references import variable_of
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.core.tensor_lists import TensorList, list_in
from graphflow.ops._functional import (
    FunctionalOp,
    GradientBody,
    apply_functional,
    dense,
    gradient_zeros,
    is_true,
    value_of,
)

__all__ = ["While", "while_loop"]

_int32 = as_dtype("int32")
_variant = as_dtype("variant")
_LIST = TensorSpec(TensorShape([]), _variant)


@register
class While(FunctionalOp):
    """Run `body` as long as `cond` holds.

    Inputs are the loop variables, the captured tensors, then the consumed lists; outputs are the
    loop variables, the captured tensors unchanged, what is left of the consumed lists, then the
    saved ones.  The body gets what the inputs are, with an item in place of each consumed list, and
    returns the loop variables, then the items to save.  The condition gets neither items nor lists.
    """

    cond: FuncGraph
    body: FuncGraph
    parallel_iterations: int = 10
    consumed: int = 0

    inputs = "input: [T]"
    internal = frozenset({"consumed"})
    computed: ClassVar[Any] = {"output_shapes": "list(shape)"}

    def bodies(self) -> tuple[FuncGraph, ...]:
        return self.body, self.cond

    @property
    def captures(self) -> int:
        """How many captured tensors the bodies get."""
        return len(self.body.captured)

    @property
    def variables(self) -> int:
        """How many loop variables there are."""
        return len(self.body.inputs) - self.captures - self.consumed

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        carried = [tensor.spec for tensor in self.body.inputs[: self.variables]]
        passed = inputs[self.variables : self.variables + self.captures]
        saved = len(self.body.outputs) - self.variables
        values = [TensorSpec(spec.shape, spec.dtype.base_dtype) for spec in (*carried, *passed)]
        return values + [_LIST] * (self.consumed + saved)

    def kernel(self, ctx: Context, *inputs: Array) -> list[Array]:
        count, end = self.variables, self.variables + self.captures
        saved = [_empty_list(tensor) for tensor in self.body.outputs[count:]]
        consumed = [list_in(value) for value in inputs[end:]]
        state = LoopState(list(inputs[:count]), inputs[count:end], consumed, saved)
        loop = ctx.compiled_loop(self.cond, self.body, count)
        if not loop.run(state):
            self._interpret(ctx, loop, state)
        lists = [tensors.as_array() for tensors in (*state.consumed, *state.saved)]
        return [*state.values, *state.captured, *lists]

    def _interpret(self, ctx: Context, loop: CompiledLoop, state: LoopState) -> None:
        """Run iterations until the condition does not hold any more."""
        holds = ctx.function(self.cond, is_inside=True)
        step = ctx.function(self.body, is_inside=True)
        count, iterations, start = self.variables, 0, time.perf_counter_ns()
        before = replace(state)
        values, captured = state.values, state.captured
        # Taken apart once: each iteration takes an item from the end of each.
        lists = [tensors.items() for tensors in state.consumed]
        saved = [tensors.items() for tensors in state.saved]
        while is_true(holds([*values, *captured])[0]):
            ctx.cancellation.check()
            results = step([*values, *captured, *[items.pop() for items in lists]])
            values = results[:count]
            for collected, item in zip(saved, results[count:], strict=True):
                collected.append(item)
            iterations += 1
        state.values = values
        state.consumed = _with_items(state.consumed, lists)
        state.saved = _with_items(state.saved, saved)
        loop.enter_interpreted(before, time.perf_counter_ns() - start, iterations)

    def gradient(self, op: Operation, *grads: Any) -> list[Any]:
        return _Backward(op, dense(grads)).in_grads()


def _empty_list(tensor: Tensor) -> TensorList:
    """A list for the values of a tensor."""
    return TensorList([], tensor.dtype.base_dtype, tensor.shape)


def _with_items(lists: list[TensorList], items: list[list[Array]]) -> list[TensorList]:
    """Lists like some others, with other items."""
    pairs = zip(lists, items, strict=True)
    return [TensorList(values, like.dtype, like.shape) for like, values in pairs]


class LoopGradient(GradientBody):
    """The body of the loop that goes backwards.

    Attributes:
      lists: the lists that it consumes, in the order of its arguments for their items.
      items: these arguments.
    """

    def __init__(self, name: str, operation: Operation, forward: FuncGraph) -> None:
        super().__init__(name, operation, forward)
        self.lists: list[Tensor] = []
        self.items: list[Tensor] = []

    def consume(self, tensors: Tensor, spec: TensorSpec) -> Tensor:
        """Return the argument for the items of a list of the outer graph."""
        argument = self.add_input(TensorSpec(spec.shape, spec.dtype.base_dtype), "item")
        self.inputs.pop()  # it comes after the captured tensors, of which there may be more
        self.lists.append(tensors)
        self.items.append(argument)
        return argument

    def saved(self, tensor: Tensor) -> Tensor:
        """Let the loop save `tensor`, and consume that."""
        op = self.operation.op
        assert isinstance(op, While)
        outputs = self.forward.outputs
        start = op.variables
        index = next((i for i in range(start, len(outputs)) if outputs[i] is tensor), len(outputs))
        if index == len(outputs):
            outputs.append(tensor)
            self.forward._mutated()
            self.operation._append_outputs([_LIST])
        position = index + op.captures + op.consumed
        return self.consume(self.operation.outputs[position], tensor.spec)


class _Backward:
    """Builds the gradient of one loop.

    Attributes:
      op: the loop.
      grads: the gradient of each of its outputs, None where there is none.
      variables: indices of the loop variables that have a gradient in some iteration.
      captures: indices of the captured tensors that have one.
      consumed: indices of the consumed lists whose items have one.
      saved: indices of the saved lists that have one.
    """

    def __init__(self, op: Operation, grads: Sequence[Tensor | None]) -> None:
        self.op = op
        self.grads = grads
        loop = op.op
        assert isinstance(loop, While)
        self.loop = loop
        self.body = loop.body
        count, lists = loop.variables, loop.captures + loop.consumed
        first_saved = count + lists
        self.saved = [i for i, grad in enumerate(grads[first_saved:]) if grad is not None]
        self.variables = self._find_variables()
        arguments = self.body.inputs
        reached = depend(self._ys(), arguments)
        self.captures = [
            i
            for i in range(loop.captures)
            if reached[count + i] and is_trainable(arguments[count + i])
        ]
        self.consumed = [
            i
            for i in range(loop.consumed)
            if reached[count + loop.captures + i]
            and is_trainable(arguments[count + loop.captures + i])
        ]

    def _ys(self) -> list[Tensor]:
        outputs = self.body.outputs
        saved = [outputs[self.loop.variables + i] for i in self.saved]
        return [*(outputs[i] for i in self.variables), *saved]

    def _find_variables(self) -> list[int]:
        """The loop variables that have a gradient: those of the result, and what they come from."""
        count = self.loop.variables
        arguments = self.body.inputs[:count]
        self.variables = [i for i in range(count) if self.grads[i] is not None]
        while True:
            reached = depend(self._ys(), arguments)
            found = [
                i
                for i in range(count)
                if i in self.variables or (reached[i] and is_trainable(arguments[i]))
            ]
            if found == self.variables:
                return found
            self.variables = found

    def in_grads(self) -> list[Any]:
        """Add the loop of the gradient; return the gradient of each of the loop's inputs."""
        in_grads: list[Any] = [None] * len(self.op.inputs)
        if not self.variables and not self.saved:
            return in_grads
        count, captures = self.loop.variables, self.loop.captures
        body = self._body()
        cond = _counting(self.op, body)
        made = add_while(
            cond, body, self._initial(), body.lists, body.items, self.loop.parallel_iterations,
            "while_grad",
        )  # fmt: skip
        targets = [*self.variables, *(count + i for i in self.captures)]
        for position, index in enumerate(targets):
            in_grads[index] = made.outputs[1 + position]
        first_saved = len(made.outputs) - len(self.consumed)
        for position, index in enumerate(self.consumed):
            in_grads[count + captures + index] = made.outputs[first_saved + position]
        return in_grads

    def _initial(self) -> list[Tensor]:
        """What the backward loop begins with: an iteration number, gradients, and zeros."""
        initial = [ops.constant(0, _int32, name="grad_counter")]
        for index in self.variables:
            grad = self.grads[index]
            initial.append(gradient_zeros(self.op.outputs[index]) if grad is None else grad)
        for index in self.captures:
            initial.append(gradient_zeros(self.op.inputs[self.loop.variables + index]))
        return initial

    def _body(self) -> LoopGradient:
        """The body of the backward loop: gradients of one iteration."""
        loop, forward = self.loop, self.body
        count, captures = loop.variables, loop.captures
        body = LoopGradient(f"{forward.name}_grad", self.op, forward)
        captured = [forward.inputs[count + i] for i in self.captures]
        consumed = [forward.inputs[count + captures + i] for i in self.consumed]
        carried = [forward.inputs[i] for i in self.variables]
        with body.as_default():
            counter = body.add_input(TensorSpec(TensorShape([]), _int32), "counter")
            starts = [body.add_input(_gradient_spec(tensor), "grad") for tensor in carried]
            sums = [body.add_input(_gradient_spec(tensor), "sum") for tensor in captured]
            first_saved = count + captures + loop.consumed
            for index in self.saved:
                grad = self.grads[first_saved + index]
                assert grad is not None
                starts.append(body.consume(grad, forward.outputs[count + index].spec))
            xs = [*carried, *captured, *consumed]
            found = dense(vjp(self._ys(), xs, starts))
            full = [
                gradient_zeros(x) if grad is None else grad
                for x, grad in zip(xs, found, strict=True)
            ]
            own, shared = full[: len(carried)], full[len(carried) :]
            added = [ops.add_n([a, b]) for a, b in zip(sums, shared, strict=False)]
            results = [counter + 1, *own, *added, *shared[len(captured) :]]
            body.outputs = [convert_to_tensor(item) for item in results]
        return body


def _gradient_spec(tensor: Tensor) -> TensorSpec:
    """The spec of the gradient of an argument; that of a variable's handle is a dense tensor."""
    zeros_dtype = tensor.dtype.base_dtype
    if zeros_dtype.name != "resource":
        return TensorSpec(tensor.shape, zeros_dtype)
    variable = variable_of(tensor)
    assert variable is not None
    return TensorSpec(as_shape(variable.get_attr("shape")), variable.get_attr("dtype"))


def _counting(operation: Operation, backward: FuncGraph) -> FuncGraph:
    """The condition of the backward loop: as many iterations as the loop had.

    Args:
      operation: the loop.
      backward: the body of the backward loop.

    Raises:
      LookupError: the loop does not count its iterations.
    """
    loop = operation.op
    assert isinstance(loop, While)
    if not _counts(loop.body):
        raise LookupError(
            f"{operation!r} cannot be differentiated: its first variable does not count iterations"
        )
    cond = FuncGraph(f"{loop.cond.name}_grad")
    with cond.as_default():
        variables = backward.inputs[: len(backward.inputs) - len(backward.captured)]
        counter, *_ = [cond.add_input(tensor.spec, tensor.op.name) for tensor in variables]
        cond.outputs = [ops.less(counter, operation.outputs[0])]
    return cond


def _counts(body: FuncGraph) -> bool:
    """Whether the body's first result is its first argument plus 1."""
    made = body.outputs[0].op
    if made.type not in ("Add", "AddV2") or body.inputs[0] not in made.inputs:
        return False
    return any(
        tensor.constant_value() is not None and tensor.constant_value() == 1
        for tensor in made.inputs
    )


def add_while(
    cond: FuncGraph,
    body: FuncGraph,
    initial: Sequence[Tensor],
    lists: Sequence[Tensor],
    items: Sequence[Tensor],
    parallel_iterations: int,
    name: str,
) -> Operation:
    """Add a loop with complete bodies.

    Args:
      cond: the condition, with the loop variables as arguments.
      body: the body, with the loop variables as arguments.
      initial: what the loop variables begin with.
      lists: the lists that the loop consumes.
      items: the arguments of the body for their items.
      parallel_iterations: recorded in the graph.
      name: the operation's name.
    """
    captured = union_of_captures([cond, body])
    body.inputs = [*body.inputs, *items]
    cond.runs_with = body
    op = While(cond, body, parallel_iterations, len(items))
    return apply_functional(op, [*initial, *captured, *lists], name=name)


# -- the public function ---------------------------------------------------------------------------


class _Variables:
    """The loop variables of `while_loop`: their structure, values and static shapes.

    Args:
      structure: what the user gave.
      invariants: shapes in the same structure, or None.

    Attributes:
      structure: the values, converted to tensors.
      flat: all tensors, those of sparse tensors and others taken apart.
      specs: the shape and dtype that each has in all iterations.
    """

    def __init__(self, structure: Any, invariants: Any) -> None:
        atoms = nest.flatten(structure)
        values = [item if nest.is_composite(item) else value_of(item) for item in atoms]
        self.structure = nest.pack_sequence_as(structure, values)
        shapes = _invariant_shapes(structure, invariants, len(values))
        self.flat: list[Tensor] = []
        self.specs: list[TensorSpec] = []
        for index, (value, shape) in enumerate(zip(values, shapes, strict=True)):
            parts = [convert_to_tensor(item) for item in nest.flatten(value, True)]
            for part, known in zip(parts, _part_shapes(index, value, parts, shape), strict=True):
                self.flat.append(part)
                self.specs.append(TensorSpec(known, part.dtype.base_dtype))
        self.has_invariants = invariants is not None

    def pack(self, tensors: Sequence[Tensor]) -> Any:
        """Return tensors in the structure of the variables."""
        return nest.pack_sequence_as(self.structure, tensors, expand_composites=True)

    def as_sequence(self, result: Any) -> Any:
        """Return what the body returned as one value for each variable."""
        if not isinstance(result, (list, tuple)):
            return [result]
        if len(self.structure) != 1 or not nest.is_nested(self.structure[0]):
            return result
        try:
            nest.assert_same_structure(self.structure[0], result, expand_composites=True)
        except (TypeError, ValueError):
            return result
        return [result]

    def flatten_result(self, result: Any) -> list[Tensor]:
        """Return the tensors of what the body returned.

        Raises:
          ValueError: its structure is not that of the loop variables, or a shape has changed.
          TypeError: the types of the structures differ.
        """
        self._check_structure(result)
        atoms = nest.flatten(result, expand_composites=True)
        if len(atoms) != len(self.flat):
            raise ValueError(
                f"the body returned {len(atoms)} tensors where the loop variables have "
                f"{len(self.flat)}{at_user_line()}"
            )
        return [self._checked(index, item) for index, item in enumerate(atoms)]

    def _check_structure(self, result: Any) -> None:
        # The first level may be a list here and a tuple there.
        mine, theirs = list(self.structure), list(result)
        if len(mine) != len(theirs):
            raise ValueError(
                f"the body returned {len(theirs)} values for {len(mine)} loop variables: "
                f"it returned {theirs}, the loop variables are {mine}{at_user_line()}"
            )
        for index, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            try:
                nest.assert_same_structure(one, other, expand_composites=True)
            except (TypeError, ValueError) as error:
                raise type(error)(
                    f"what the body returned for loop variable {index} has another structure: "
                    f"{error}{at_user_line()}"
                ) from error

    def _checked(self, index: int, item: Any) -> Tensor:
        """A tensor that the body returned, with the dtype and shape of the loop variable."""
        spec, name = self.specs[index], self.flat[index].name
        tensor = value_of(item)
        if tensor.dtype.base_dtype != spec.dtype:
            raise InvalidArgumentError(
                None,
                tensor.op,
                f"loop variable {index} ({name}) is {spec.dtype.name}, but the body returned "
                f"{tensor!r} for it, which is {tensor.dtype.base_dtype.name}: convert it with "
                f"tf.cast{at_user_line()}",
            )
        if not _is_within(tensor.shape, spec.shape):
            advice = (
                "the shape invariant must cover the shapes of all iterations"
                if self.has_invariants
                else "give its general shape in `shape_invariants`, or use set_shape in the body"
            )
            raise ValueError(
                f"the shape of loop variable {index} ({name}) is not an invariant of the loop: it "
                f"enters with shape {spec.shape}, but has shape {tensor.shape} after one "
                f"iteration; {advice}{at_user_line()}"
            )
        return tensor


def _is_within(shape: TensorShape, invariant: TensorShape) -> bool:
    """Whether all shapes of one kind are of the other, more general one."""
    general, special = invariant.as_tuple(), shape.as_tuple()
    if general is None:
        return True
    if special is None or len(special) != len(general):
        return False
    return all(g is None or g == s for g, s in zip(general, special, strict=True))


def _invariant_shapes(structure: Any, invariants: Any, count: int) -> list[TensorShape | None]:
    """The shape invariant of each variable, None where the user gave none."""
    if invariants is None:
        return [None] * count
    atoms = _flatten_shapes(structure, invariants)
    return [None if item is None else as_shape(item) for item in atoms]


def _flatten_shapes(structure: Any, invariants: Any) -> list[Any]:
    if not nest.is_nested(structure):
        return [invariants]
    if isinstance(structure, Mapping):
        pairs = [(structure[key], invariants[key]) for key in sorted(structure)]
        return [shape for part, item in pairs for shape in _flatten_shapes(part, item)]
    parts, shapes = list(structure), list(invariants)
    if len(parts) != len(shapes):
        raise ValueError(
            f"shape_invariants must have the structure of loop_vars: it has {len(shapes)} "
            f"elements where there are {len(parts)}{at_user_line()}"
        )
    pairs = list(zip(parts, shapes, strict=True))
    return [shape for part, item in pairs for shape in _flatten_shapes(part, item)]


def _part_shapes(
    index: int, value: Any, parts: Sequence[Tensor], invariant: TensorShape | None
) -> list[TensorShape]:
    """The shapes that the tensors of one loop variable have in all iterations."""
    if isinstance(value, SparseTensor):
        rank = value.shape.ndims if invariant is None else invariant.ndims
        return [TensorShape([None, rank]), TensorShape([None]), TensorShape([rank])]
    if invariant is None or not isinstance(value, (Tensor, IndexedSlices)):
        return [part.shape for part in parts]
    if not _is_within(parts[0].shape, invariant):
        raise ValueError(
            f"loop variable {index} ({parts[0]!r}) enters with shape {parts[0].shape}, which its "
            f"shape invariant {invariant} does not cover{at_user_line()}"
        )
    if isinstance(value, Tensor):
        return [invariant]
    known = invariant.as_tuple()
    count = TensorShape([None] if known is None else known[:1])
    return [invariant, count, *(part.shape for part in parts[2:])]


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeat `body` as long as `cond` holds.

    Both functions are called once, while the graph is built, with tensors that stand for the loop
    variables of any iteration.  The loop can be differentiated; what the gradient needs of each
    iteration is kept until it is used.

    Args:
      cond: takes the loop variables, returns a bool scalar.
      body: takes the loop variables, returns their new values in the same structure.
      loop_vars: a list or tuple of tensors, sparse tensors, indexed slices, TensorArrays, or nested
        structures of those.
      shape_invariants: for each loop variable the shape that holds in all iterations, in the
        structure of `loop_vars`; by default the shape with which it enters.
      parallel_iterations: recorded in the graph; iterations follow one another here.
      back_prop: whether the result can be differentiated; if not, gradients stop at the loop.
      swap_memory: accepted as the hint that it is; there is no other memory to swap to.
      name: the name scope of the operations.
      maximum_iterations: int, a scalar: the most iterations to run.
      return_same_structure: whether a single loop variable is returned in a list.

    Returns:
      The final values in the structure of `loop_vars`; a single one as it is.

    Raises:
      TypeError: a function cannot be called, or `parallel_iterations` is no positive number.
      ValueError: there are no loop variables; the body returns other structures, dtypes or shapes
        (the error names the variable); the condition is not a bool scalar.

    >>> import graphflow as tf
    >>> i, total = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i * i), (0, 100))
    >>> print(*tf.Session().run([i, total]))
    5 130
    """
    del swap_memory
    for label, function in (("cond", cond), ("body", body)):
        if not callable(function):
            raise TypeError(f"{label} must be callable, not {function!r}{at_user_line()}")
    if parallel_iterations < 1:
        raise TypeError(f"parallel_iterations must be positive, not {parallel_iterations}")
    if not nest.is_nested(loop_vars) or isinstance(loop_vars, dict):
        raise ValueError(f"loop_vars must be a list or tuple, not {loop_vars!r}{at_user_line()}")
    if len(loop_vars) == 0:
        raise ValueError(f"there are no loop variables{at_user_line()}")
    with name_scope(name, "while", nest.flatten(loop_vars, True)) as scope:
        variables = _Variables(loop_vars, shape_invariants)
        limit = _limit(maximum_iterations)
        cond_graph = _trace_cond(f"{scope}cond", cond, variables, limit)
        body_graph, result = _trace_body(f"{scope}body", body, variables)
        counter = ops.constant(0, _int32, name="loop_counter")
        operation = add_while(
            cond_graph, body_graph, [counter, *variables.flat], [], [], parallel_iterations, "While"
        )
        leave = ops.identity if back_prop else ops.stop_gradient
        count = 1 + len(variables.flat)
        # Where iterations are limited their number is the first exit, as names of exits tell.
        first = 1 if limit is None else 0
        exits = [leave(output, name="Exit") for output in operation.outputs[first:count]]
        exits = exits[1 - first :]
        packed = nest.pack_sequence_as(result, exits, expand_composites=True)
        is_single = len(exits) == 1 or (limit is not None and len(variables.structure) == 1)
        return packed[0] if is_single and not return_same_structure else packed


def _limit(maximum_iterations: Any) -> Tensor | None:
    if maximum_iterations is None:
        return None
    limit = ops.cast(convert_to_tensor(maximum_iterations, name="maximum_iterations"), _int32)
    if limit.shape.ndims not in (None, 0):
        raise ValueError(
            f"maximum_iterations must be a scalar, it has shape {limit.shape}{at_user_line()}"
        )
    return limit


def _add_arguments(graph: FuncGraph, variables: _Variables) -> tuple[Tensor, Any]:
    counter = graph.add_input(TensorSpec(TensorShape([]), _int32), "loop_counter")
    arguments = [
        graph.add_input(spec, tensor.op.name.rpartition("/")[2])
        for spec, tensor in zip(variables.specs, variables.flat, strict=True)
    ]
    return counter, variables.pack(arguments)


def _trace_cond(
    name: str, cond: Callable[..., Any], variables: _Variables, limit: Tensor | None
) -> FuncGraph:
    graph = FuncGraph(name)
    with graph.as_default():
        counter, values = _add_arguments(graph, variables)
        result = value_of(cond(*values))
        if result.dtype.base_dtype.name != "bool" or result.shape.ndims not in (None, 0):
            raise InvalidArgumentError(
                None,
                result.op,
                f"cond must return a bool scalar, it returned {result!r}{at_user_line()}",
            )
        if limit is not None:
            result = ops.logical_and(counter < limit, result)
        graph.outputs = [result]
    return graph


def _trace_body(
    name: str, body: Callable[..., Any], variables: _Variables
) -> tuple[FuncGraph, Any]:
    """Build the body; return it, and what the user's function returned."""
    graph = FuncGraph(name)
    with graph.as_default():
        counter, values = _add_arguments(graph, variables)
        result = variables.as_sequence(body(*values))
        flat = variables.flatten_result(result)
        graph.outputs = [counter + 1, *flat]
    return graph, result
