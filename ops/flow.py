"""Passing tensors on: identities, groups of operations, gradients stopped or replaced."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import (
    IndexedSlices,
    convert_to_tensor,
    convert_to_tensor_or_indexed_slices,
)
from graphflow.core.extensions import provide
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.ops._static import Ints, f32, i32, invalid, known_int, known_ints

__all__ = [
    "ControlTrigger",
    "EnsureShape",
    "GuaranteeConst",
    "Identity",
    "IdentityN",
    "NoOp",
    "PreventGradient",
    "StopGradient",
    "ensure_shape",
    "grad_pass_through",
    "group",
    "guarantee_const",
    "identity",
    "identity_n",
    "no_op",
    "prevent_gradient",
    "stop_gradient",
    "tuple",
    "with_dependencies",
]


# -- identities ------------------------------------------------------------------------------------


class _Passing(Op):
    """What the ops share whose output is their input."""

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(input.shape, input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        return input

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), f32([[1.5, 2, -3]]))
        yield Sample.of(cls(), np.asarray(b"text", object))
        yield Sample.of(cls(), np.zeros((0, 2), np.int32))


@register
class Identity(_Passing):
    """The input itself."""

    inputs = "input: T"
    cheap = True
    is_identity = True

    def partial(self, *specs: TensorSpec) -> Ints | int | None:
        if not specs[0].dtype.is_integer or specs[0].shape.rank not in (0, 1):
            return None
        return known_int(specs[0]) if specs[0].shape.rank == 0 else known_ints(specs[0])

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [grad]


@overload
def identity(input: SparseTensor, name: str | None = None) -> SparseTensor: ...


@overload
def identity(input: IndexedSlices, name: str | None = None) -> IndexedSlices: ...


@overload
def identity(input: Any, name: str | None = None) -> Tensor: ...


def identity(input: Any, name: str | None = None) -> Any:
    """Return a tensor with the same shape and content.

    Args:
      input: a tensor of any dtype; a variable gives its value. A `SparseTensor` or `IndexedSlices`
        is taken part by part.
      name: the operation's name; without effect if there are several.

    Returns:
      A tensor, or what `input` is.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.identity([1, 2, 3]))
    array([1, 2, 3], dtype=int32)
    """
    if isinstance(input, SparseTensor):
        parts = (input.indices, input.values, input.dense_shape)
        result = SparseTensor(*[apply(Identity(), part) for part in parts])
        result.set_shape(input.shape)
        return result
    if isinstance(input, IndexedSlices):
        values, indices = (apply(Identity(), part) for part in (input.values, input.indices))
        size = input.dense_shape
        return IndexedSlices(values, indices, None if size is None else apply(Identity(), size))
    return apply(Identity(), input, name=name)


@register
class IdentityN(Op):
    """Several tensors, unchanged."""

    inputs = "input: [T]"
    cheap = True

    def infer(self, *input: TensorSpec) -> list[TensorSpec]:
        return [TensorSpec(spec.shape, spec.dtype.base_dtype) for spec in input]

    def kernel(self, *input: Array) -> Sequence[Array]:
        return input

    def gradient(self, op: Operation, *grads: Tensor) -> Sequence[Tensor | None]:
        return grads

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), [f32([[1.5, 2]]), i32([3])])


def identity_n(input: Sequence[Any], name: str | None = None) -> list[Tensor]:
    """Return tensors with the same shapes and contents.

    Args:
      input: a list of tensors of any dtypes.
      name: the operation's name.

    Returns:
      A list of tensors.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.identity_n([[1, 2], [3.5]]))
    [array([1, 2], dtype=int32), array([3.5], dtype=float32)]
    """
    return apply_multi(IdentityN(), list(input), name=name)


@register
class StopGradient(_Passing):
    """The input, a constant for gradients."""

    inputs = "input: T"
    cheap = True
    is_identity = True
    differentiable = False


def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor that gradients take for a constant.

    Args:
      input: a tensor of any dtype.
      name: the operation's name.

    Returns:
      A tensor of the same value.

    >>> import graphflow as tf
    >>> x = tf.constant(3.0)
    >>> print(tf.Session().run(tf.gradients(x * tf.stop_gradient(x), x)[0]))
    3.0
    """
    return apply(StopGradient(), input, name=name)


@register
class PreventGradient(_Passing):
    """The input, of which no gradient may be asked."""

    message: str = ""

    inputs = "input: T"
    cheap = True
    is_identity = True

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        raise LookupError(f"{op!r} must not be differentiated: {self.message}")

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls("why"), f32([1.5, 2]), gradient=(), note="its gradient is an error")


def prevent_gradient(input: Any, message: str = "", name: str | None = None) -> Tensor:
    """Return a tensor through which differentiating is an error.

    Args:
      input: a tensor of any dtype.
      message: why it must not be differentiated.
      name: the operation's name.

    Returns:
      A tensor of the same value.

    >>> import graphflow as tf
    >>> from graphflow.ops import prevent_gradient
    >>> tf.Session().run(prevent_gradient([1, 2, 3], "it has none"))
    array([1, 2, 3], dtype=int32)
    """
    return apply(PreventGradient(message), input, name=name)


@register
class GuaranteeConst(_Passing):
    """The input, which the caller promises not to change."""

    inputs = "input: T"
    cheap = True
    stateful = True

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [grad]


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """Return a tensor with the promise that its value never changes.

    Args:
      input: a tensor of any dtype.
      name: the operation's name.

    Returns:
      A tensor of the same value.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.guarantee_const([1, 2, 3]))
    array([1, 2, 3], dtype=int32)
    """
    return apply(GuaranteeConst(), input, name=name)


@register
class EnsureShape(Op):
    """The input, which must have a shape."""

    shape: TensorShape

    inputs = "input: T"
    cheap = True
    is_check = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        if not input.shape.is_compatible_with(self.shape):
            raise ValueError(f"expected shape {self.shape}, got {input.shape}")
        return TensorSpec(input.shape.merge_with(self.shape), input.dtype.base_dtype)

    def kernel(self, input: Array) -> Array:
        if not self.shape.is_compatible_with(np.shape(input)):
            raise invalid(f"expected shape {self.shape}, got {TensorShape(np.shape(input))}")
        return input

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor | None]:
        return [grad]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(TensorShape([None, 3])), f32([[1.5, 2, -3]]))
        note = "TensorFlow refuses what it says it takes: a shape of unknown rank"
        yield Sample.of(cls(TensorShape(None)), i32([1]), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(TensorShape([2])), (f32([1, 2, 3]),), r"expected shape \(2,\)")


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> Tensor:
    """Return a tensor, checked to have a shape when the graph runs.

    Args:
      x: a tensor of any dtype.
      shape: the shape, possibly partly unknown.
      name: the operation's name.

    Returns:
      A tensor of the same value and of that static shape.

    Raises:
      ValueError: the static shape of `x` does not fit.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.int32)
    >>> tf.ensure_shape(x, [None, 3])
    <tf.Tensor 'EnsureShape:0' shape=(?, 3) dtype=int32>
    """
    return apply(EnsureShape(as_shape(shape)), x, name=name)


# -- operations that run together ------------------------------------------------------------------


@register
class NoOp(Op):
    """Nothing but its control inputs."""

    outputs = ""
    cheap = True

    def infer(self) -> list[TensorSpec]:
        return []

    def kernel(self) -> Sequence[Array]:
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls())


@register
class ControlTrigger(Op):
    """Nothing but its control inputs; TensorFlow lets it run in either branch."""

    outputs = ""
    cheap = True

    def infer(self) -> list[TensorSpec]:
        return []

    def kernel(self) -> Sequence[Array]:
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls())


def no_op(name: str | None = None) -> Operation:
    """Create an operation that does nothing; it is there for its control inputs.

    Args:
      name: the operation's name.

    Returns:
      An `Operation`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.no_op())
    """
    return apply_op(NoOp(), name=name)


def group(*inputs: Any, name: str | None = None) -> Operation:
    """Create an operation that is done when all `inputs` are.

    Args:
      *inputs: operations, tensors, variables, or nested lists of those.
      name: the operation's name.

    Returns:
      An `Operation` without outputs.

    Raises:
      TypeError: an input is something else.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.group(tf.constant(1), tf.constant(2)))
    """
    members = list(_flat(inputs))
    for member in members:
        if not hasattr(member, "device"):
            raise TypeError(
                f"group takes operations and tensors, got {member!r} of type "
                f"{type(member).__name__!r}"
            )
    with name_scope(name, "group_deps", members) as scope:
        if not members:
            return no_op(name=scope)
        with get_default_graph().control_dependencies(members):
            return no_op(name=scope)


def _flat(structure: Any) -> Iterator[Any]:
    """The leaves of nested lists, tuples and dictionaries."""
    if isinstance(structure, dict):
        for key in sorted(structure):
            yield from _flat(structure[key])
    elif isinstance(structure, (list, builtins.tuple)):
        for item in structure:
            yield from _flat(item)
    else:
        yield structure


def tuple(
    tensors: Sequence[Any], name: str | None = None, control_inputs: Sequence[Any] | None = None
) -> list[Any]:
    """Return tensors none of which is available before all are computed.

    Args:
      tensors: a list of tensors, indexed slices and None.
      name: the name scope.
      control_inputs: further operations and tensors to wait for.

    Returns:
      A list with the same values, None where None was given.

    Raises:
      TypeError: `control_inputs` contains something else.
      ValueError: there is nothing to wait for.

    >>> import graphflow as tf
    >>> a, none, b = tf.tuple([tf.constant([1]), None, tf.constant([2, 3])])
    >>> tf.Session().run([a, b]), none
    ([array([1], dtype=int32), array([2, 3], dtype=int32)], None)
    """
    with name_scope(name, "tuple", tensors):
        items = [
            item
            if item is None or isinstance(item, Operation) or hasattr(item, "op")
            else convert_to_tensor(item)
            for item in tensors
        ]
        gating = {_operation(item) for item in items if item is not None}
        gating |= {_operation(item) for item in control_inputs or ()}
        if not gating:
            raise ValueError(f"tuple needs a tensor or operation to wait for, got {tensors!r}")
        gate = group(*sorted(gating, key=lambda operation: operation.id))
        graph = get_default_graph()
        if all(type(item) is Tensor and item.graph is graph for item in items if item is not None):
            return _gated_tensors(items, gate)
        return [_gated(item, gate) for item in items]


def _operation(item: Any) -> Operation:
    operation = item if isinstance(item, Operation) else getattr(item, "op", None)
    if not isinstance(operation, Operation):
        raise TypeError(f"expected a tensor or operation, got {item!r}")
    return operation


def _gated_tensors(tensors: Sequence[Tensor | None], gate: Operation) -> list[Tensor | None]:
    """Do for tensors of the default graph what `_gated` does for anything."""
    graph = gate.graph
    results: list[Tensor | None] = []
    with graph.control_dependencies([gate]):
        for tensor in tensors:
            if tensor is None:
                results.append(None)
                continue
            with graph.name_scope("control_dependency") as scope, graph.colocate_with(tensor):
                results.append(apply(Identity(), tensor, name=scope))
    return results


def _gated(item: Any, gate: Operation) -> Any:
    if item is None:
        return None
    if isinstance(item, Operation):
        with item.graph.control_dependencies([gate]):
            return group(item)
    return with_dependencies([gate], item)


@provide("tuple")
def _tuple(tensors: Sequence[Any]) -> list[Any]:
    return tuple(tensors)


def with_dependencies(
    dependencies: Sequence[Any], output_tensor: Any, name: str | None = None
) -> Any:
    """Return a tensor with the value of another, available once `dependencies` have run.

    Args:
      dependencies: operations and tensors.
      output_tensor: a tensor, variable or `IndexedSlices`.
      name: the operation's name.

    Returns:
      A tensor, or an `IndexedSlices`.

    >>> import graphflow as tf
    >>> from graphflow.ops import with_dependencies
    >>> tf.Session().run(with_dependencies([tf.no_op()], tf.constant([4, 5])))
    array([4, 5], dtype=int32)
    """
    with name_scope(name, "control_dependency", [*dependencies, output_tensor]) as scope:
        graph = get_default_graph()
        with graph.colocate_with(output_tensor), graph.control_dependencies(dependencies):
            output = convert_to_tensor_or_indexed_slices(output_tensor)
            if isinstance(output, IndexedSlices):
                values = identity(output.values, name=scope)
                return IndexedSlices(values, output.indices, output.dense_shape)
            return identity(output, name=scope)


# -- gradients written by hand ---------------------------------------------------------------------


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function of one tensor whose gradient shall be that of the identity.

    Args:
      f: `f(x)` that returns a tensor of the shape of `x`.

    Returns:
      A function of the same argument.

    >>> import graphflow as tf
    >>> x = tf.constant(2.0)
    >>> y = tf.grad_pass_through(tf.square)(x)
    >>> tf.Session().run(tf.stack([y, tf.gradients(y, x)[0]]))
    array([4., 1.], dtype=float32)
    """

    @ops.custom_gradient
    def through(*args: Any) -> Any:
        def grad(*grads: Any, **keywords: Any) -> Any:
            variables = keywords.get("variables")
            return grads if variables is None else (grads, [None] * len(variables))

        return f(*args), grad

    return functools.wraps(f)(through)
