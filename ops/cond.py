"""`cond`: run one of two bodies, whichever a condition selects when the graph runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.deprecation import deprecated_argument_lookup
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.func_graph import FuncGraph, union_of_captures
from graphflow.core.gradients import vjp
from graphflow.core.graph import Operation, Tensor, at_user_line, get_default_graph
from graphflow.core.op import Array, Context, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.core.tensor_lists import TensorList
from graphflow.ops._functional import (
    FunctionalOp,
    GradientBody,
    apply_functional,
    dense,
    gradient_zeros,
    is_true,
    value_of,
)

__all__ = ["FakeParam", "If", "cond"]


class Branches(FunctionalOp):
    """Base class of the ops that run one of several bodies.

    The first input selects the body, the others are the bodies' arguments: all that any of them
    captures.
    """

    outputs = "output"
    computed: ClassVar[Any] = {"Tout": "list(type)", "output_shapes": "list(shape)"}

    def first_body_input(self) -> int:
        return 1

    def inferred_attributes(self, input_dtypes: Sequence[DType]) -> dict[str, Any]:
        outputs = self.bodies()[0].outputs
        return {
            **super().inferred_attributes(input_dtypes),
            "Tout": [tensor.dtype.base_dtype for tensor in outputs],
            "output_shapes": [spec.shape for spec in self._merged_outputs()],
        }

    def infer(self, selector: TensorSpec, *inputs: TensorSpec) -> list[TensorSpec]:
        return self._merged_outputs()

    def _merged_outputs(self) -> list[TensorSpec]:
        return [
            _merged([body.outputs[index].spec for body in self.bodies()])
            for index in range(len(self.bodies()[0].outputs))
        ]

    def gradient(self, op: Operation, *grads: Any) -> list[Any]:
        known = [index for index, grad in enumerate(grads) if grad is not None]
        starts = [convert_to_tensor(grads[index]) for index in known]
        forward, backward, results = self.bodies(), [], []
        for index, body in enumerate(forward):
            gradient_body = BranchGradient(f"{body.name}_grad", op, index)
            with gradient_body.as_default():
                ys = [body.outputs[item] for item in known]
                results.append(dense(vjp(ys, body.inputs, starts)))
            backward.append(gradient_body)
        wanted = [
            index
            for index in range(len(op.inputs) - 1)
            if any(grads_[index] is not None for grads_ in results)
        ]
        for gradient_body, body, found in zip(backward, forward, results, strict=True):
            with gradient_body.as_default():
                gradient_body.outputs = [
                    convert_to_tensor(_or_zeros(found[index], body.inputs[index]))
                    for index in wanted
                ]
        in_grads: list[Any] = [None] * len(op.inputs)
        if wanted:
            made = add_branches(self.with_bodies(backward), op.inputs[0], "cond_grad")
            for index, grad in zip(wanted, made.outputs, strict=True):
                in_grads[index + 1] = grad
        return in_grads

    def with_bodies(self, bodies: Sequence[FuncGraph]) -> Branches:
        """Return an op of this kind with other bodies."""
        raise NotImplementedError


def _merged(specs: Sequence[TensorSpec]) -> TensorSpec:
    """The most general spec of all."""
    shape = specs[0].shape
    for spec in specs[1:]:
        shape = shape.most_specific_compatible_shape(spec.shape)
    return TensorSpec(shape, specs[0].dtype.base_dtype)


def _or_zeros(grad: Tensor | None, tensor: Tensor) -> Tensor:
    return gradient_zeros(tensor) if grad is None else grad


@register
class If(Branches):
    """Run `then_branch` if the condition holds, else `else_branch`."""

    then_branch: FuncGraph
    else_branch: FuncGraph

    inputs = "cond: Tcond, input: [Tin]"

    def bodies(self) -> tuple[FuncGraph, ...]:
        return self.then_branch, self.else_branch

    def with_bodies(self, bodies: Sequence[FuncGraph]) -> Branches:
        return If(*bodies)

    def kernel(self, ctx: Context, cond: Array, *inputs: Array) -> list[Array]:
        branch = self.then_branch if is_true(cond) else self.else_branch
        return ctx.function(branch, is_inside=True)(inputs)


@register
class FakeParam(Op):
    """Stand for a value that nobody uses: what another branch would have computed."""

    dtype: DType
    shape: TensorShape

    differentiable = False

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape, self.dtype)

    def kernel(self) -> Array:
        dims = [dim or 0 for dim in self.shape.as_tuple() or ()]
        if self.dtype.name == "variant":
            return TensorList([], self.dtype, TensorShape(None)).as_array()
        return np.zeros(dims, self.dtype.as_numpy_dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "TensorFlow leaves the memory as it is"
        yield Sample(cls(as_dtype("float32"), TensorShape([2, 3])), (), oracle=False, note=note)


class BranchGradient(GradientBody):
    """The gradient of one branch.

    Args:
      name: what it is called.
      operation: the operation that is differentiated.
      index: which of its branches.
    """

    def __init__(self, name: str, operation: Operation, index: int) -> None:
        assert isinstance(operation.op, Branches)
        self._branches = operation.op.bodies()
        super().__init__(name, operation, self._branches[index])

    def saved(self, tensor: Tensor) -> Tensor:
        """Let the operation return `tensor` too, and capture that."""
        outputs = self.forward.outputs
        position = next((i for i, item in enumerate(outputs) if item is tensor), len(outputs))
        if position == len(outputs):
            for branch in self._branches:
                is_mine = branch is self.forward
                branch.outputs.append(tensor if is_mine else fake_like(branch, tensor))
                branch._mutated()
            self.operation._append_outputs([TensorSpec(tensor.shape, tensor.dtype.base_dtype)])
        return self.capture(self.operation.outputs[position])


def fake_like(branch: FuncGraph, tensor: Tensor) -> Tensor:
    """Return what stands in a branch for a tensor that only another branch computes."""
    with branch.as_default(), branch.control_dependencies(None):
        return apply(FakeParam(tensor.dtype.base_dtype, tensor.shape), name="FakeParam")


def add_branches(op: Branches, selector: Tensor, name: str) -> Operation:
    """Add the operation for complete bodies, which get what any of them captures.

    Args:
      op: holds the bodies.
      selector: selects the body.
      name: the operation's name.
    """
    captured = union_of_captures(op.bodies())
    # What the op declares follows from its bodies, which are complete only now.
    return apply_functional(op.with_bodies(op.bodies()), selector, captured, name=name)


class Branch:
    """A traced branch: its body, and the structure of what its function returned.

    Args:
      name: what the body is called.
      function: takes nothing, returns a structure of tensors, values and operations.
      done: what an operation without results stands for when it has run.
      label: what the branch is called in errors.
    """

    def __init__(self, name: str, function: Callable[[], Any], done: Any, label: str) -> None:
        self.label = label
        self.body = FuncGraph(name)
        with self.body.as_default():
            result = function()
            if result is None:
                raise ValueError(f"{label} must have a return value{at_user_line()}")
            self.result = nest.map_structure(lambda item: _as_value(item, done), result)
            self.body.outputs = [
                value_of(item) for item in nest.flatten(self.result, expand_composites=True)
            ]


def _as_value(item: Any, done: Any) -> Any:
    """A tensor for one result of a branch; an operation is run and gives a boolean."""
    if isinstance(item, Operation):
        with get_default_graph().control_dependencies([item]):
            return ops.identity(ops.constant(done))
    if nest.is_composite(item):
        return item
    return value_of(item)


def check_same_results(branches: Sequence[Branch]) -> None:
    """Check that all branches return values of one structure and the same dtypes.

    Raises:
      ValueError: structures or dtypes differ.
      TypeError: structures are of different types.
    """
    first = branches[0]
    for other in branches[1:]:
        try:
            nest.assert_same_structure(first.result, other.result, expand_composites=True)
        except (TypeError, ValueError) as error:
            raise type(error)(
                f"incompatible return types of {first.label} and {other.label}: {error}"
                f"{at_user_line()}"
            ) from error
        pairs = zip(first.body.outputs, other.body.outputs, strict=True)
        for index, (one, two) in enumerate(pairs):
            if one.dtype.base_dtype != two.dtype.base_dtype:
                raise ValueError(
                    f"result {index} of {first.label} is {one.dtype.base_dtype.name} ({one!r}), "
                    f"that of {other.label} is {two.dtype.base_dtype.name} ({two!r}): branches "
                    f"must return the same dtypes; convert one with tf.cast{at_user_line()}"
                )


def results_of(operation: Operation, branch: Branch, strict: bool) -> Any:
    """Pack the outputs of an operation as its branches returned them."""
    merged = [ops.identity(output, name="Merge") for output in operation.outputs]
    result = nest.pack_sequence_as(branch.result, merged, expand_composites=True)
    if not strict and isinstance(result, (list, tuple)) and len(result) == 1:
        return result[0]
    return result


def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """Return what `true_fn` or `false_fn` computes, whichever `pred` selects in a run.

    Both functions are called once, while the graph is built; in a run only the operations made by
    the selected one are executed.  What was made outside of them is executed in any case.

    Args:
      pred: bool, a scalar.
      true_fn: takes nothing, returns a structure of tensors.
      false_fn: the same for the other case, with the same structure and dtypes.
      strict: whether a list or tuple of one tensor is returned as such, not as the tensor.
      name: the name scope of the operations.
      fn1: deprecated name of `true_fn`.
      fn2: deprecated name of `false_fn`.

    Returns:
      A structure of tensors like that returned by the functions; a bool in place of an operation.

    Raises:
      TypeError: a function cannot be called, or `pred` is a Python bool or not of dtype bool.
      ValueError: a function returns None, or the two return different structures or dtypes.

    >>> import graphflow as tf
    >>> x, y = tf.constant(2), tf.constant(5)
    >>> z = tf.cond(x < y, lambda: x * 17, lambda: y + 23)
    >>> print(tf.Session().run(z))
    34
    """
    true_fn = deprecated_argument_lookup("true_fn", true_fn, "fn1", fn1)
    false_fn = deprecated_argument_lookup("false_fn", false_fn, "fn2", fn2)
    for label, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"{label} must be callable, not {function!r}{at_user_line()}")
    if isinstance(pred, (bool, np.bool_)):
        raise TypeError(
            f"pred must be a tensor, not the Python value {pred!r}: use Python's if{at_user_line()}"
        )
    assert true_fn is not None
    assert false_fn is not None
    with name_scope(name, "cond", [pred]) as scope:
        pred = _predicate(pred)
        branches = [
            Branch(f"{scope}true", true_fn, True, "true_fn"),
            Branch(f"{scope}false", false_fn, False, "false_fn"),
        ]
        check_same_results(branches)
        op = If(*(branch.body for branch in branches))
        operation = add_branches(op, pred, "If")
        return results_of(operation, branches[0], strict)


def _predicate(pred: Any) -> Tensor:
    try:
        tensor = convert_to_tensor(pred, as_dtype("bool"), name="pred")
    except ValueError as error:
        raise TypeError(f"pred must be a bool: {error}{at_user_line()}") from error
    if tensor.shape.ndims not in (None, 0):
        raise InvalidArgumentError(
            None,
            None,
            f"pred must be a scalar, {tensor!r} has shape {tensor.shape}{at_user_line()}",
        )
    return tensor
