"""Variables: their nodes, reading them, and assigning to them as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_op
from graphflow.core.convert import IndexedSlices, to_reference
from graphflow.core.dtypes import (
    INDEX,
    NUMERIC,
    DType,
    bool as _bool,
    float32 as _float32,
    int32 as _int32,
    resource as _resource,
)
from graphflow.core.errors import InvalidArgumentError, OutOfRangeError
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.references import variable_of
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.ops._static import check_in_range

__all__ = [
    "Assign",
    "AssignAdd",
    "AssignAddVariableOp",
    "AssignSub",
    "AssignSubVariableOp",
    "AssignVariableOp",
    "CountUpTo",
    "IsVariableInitialized",
    "ReadVariableOp",
    "RequireInitialized",
    "ResourceCountUpTo",
    "ResourceGather",
    "VarHandleOp",
    "VarIsInitializedOp",
    "VariableShape",
    "VariableV2",
    "assign",
    "assign_add",
    "assign_add_variable_op",
    "assign_sub",
    "assign_sub_variable_op",
    "assign_variable_op",
    "count_up_to",
    "is_resource",
    "is_variable_initialized",
    "read_variable_op",
    "resource_gather",
    "var_handle_op",
    "var_is_initialized_op",
    "variable_op_v2",
]


# -- what infer and kernels of state ops share -----------------------------------------------------


def is_resource(value: Any) -> bool:
    """Whether a tensor or variable is (or stands behind) a resource handle, not a reference."""
    return to_reference(value).dtype is _resource


def value_spec(handle: TensorSpec, dtype: DType) -> TensorSpec:
    """The spec of the value of the variable behind a resource handle.

    While the graph is built, the handle's own node knows it; when a plan is specialised, the spec
    of the handle has the shape of the value itself.
    """
    tensor = handle.source
    if not isinstance(tensor, Tensor):
        return TensorSpec(handle.shape, dtype)
    variable = variable_of(tensor)
    op = None if variable is None else variable.op
    return TensorSpec(op.shape if isinstance(op, VarHandleOp) else TensorShape(None), dtype)


def _merged(ref: TensorSpec, value: TensorSpec, what: str) -> TensorShape:
    if not ref.shape.is_compatible_with(value.shape):
        raise ValueError(
            f"the variable has shape {ref.shape}, {what} has shape {value.shape}: they must agree"
        )
    return ref.shape.merge_with(value.shape)


def _as_array(value: Array) -> Array:
    """The value as an array; a string scalar may arrive as plain bytes."""
    if not isinstance(value, bytes):
        return value
    array = np.empty((), object)
    array[()] = value
    return array


def _check_same_shape(ref: Array, value: Array, what: str) -> None:
    if np.shape(ref) != np.shape(value):
        raise InvalidArgumentError(
            None,
            None,
            f"the variable has shape {np.shape(ref)}, {what} has shape {np.shape(value)}: "
            "they must agree",
        )


# -- reference variables ---------------------------------------------------------------------------


@register
class VariableV2(Op):
    """A reference to a variable of the session."""

    shape: TensorShape
    dtype: DType
    container: str = ""
    shared_name: str = ""

    outputs = "ref"
    stateful = True
    is_variable = True

    def infer(self) -> TensorSpec:
        return TensorSpec(self.shape, self.dtype._as_ref)

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        return []


def variable_op_v2(
    shape: Any, dtype: DType, name: str | None = "Variable", shared_name: str = ""
) -> Tensor:
    """Create the node of a reference variable.

    Args:
      shape: the shape of its value, maybe partly unknown.
      dtype: the dtype of its value.
      name: the operation's name.
      shared_name: the name under which the session keeps the value; the node's name if empty.

    Returns:
      The reference, of dtype `<dtype>_ref`.
    """
    container = get_default_graph().current_container
    op = VariableV2(as_shape(shape), dtype.base_dtype, container, shared_name)
    return apply(op, name=name)


@register
class Assign(Op):
    """Give a variable a value."""

    validate_shape: bool = True
    use_locking: bool = True

    inputs = "ref: &T, value: T"
    outputs = "output_ref"
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)
    reads_uninitialized = (0,)

    def infer(self, ref: TensorSpec, value: TensorSpec) -> TensorSpec:
        shape = _merged(ref, value, "the value") if self.validate_shape else value.shape
        return TensorSpec(shape, ref.dtype._as_ref)

    def kernel(self, ref: Array | None, value: Array, out: Array | None = None) -> Array:
        if self.validate_shape and ref is not None:
            _check_same_shape(ref, value, "the value")
        return _stored(value, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        ref = np.asarray([[1, 2, 3]], np.float32)
        yield Sample.of(cls(), ref, ref * 2)
        yield Sample.of(cls(validate_shape=False), ref, ref[0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ref = TensorSpec([2, 3], "float32_ref")
        yield ErrorSample(cls(), (ref, np.ones(2, np.float32)), "they must agree")


def _stored(value: Array, out: Array | None) -> Array:
    """The value, written to the buffer for it if there is a fitting one."""
    value = _as_array(value)
    if out is None or out.shape != np.shape(value):
        return value
    np.copyto(out, value)
    return out


class _Change(Op):
    """Base of the ops that add to a reference variable, or subtract."""

    inputs = "ref: &T, value: T"
    outputs = "output_ref"
    types = {"T": NUMERIC}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)

    def infer(self, ref: TensorSpec, value: TensorSpec) -> TensorSpec:
        return TensorSpec(_merged(ref, value, "the value"), ref.dtype._as_ref)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.int64, np.complex64):
            ref = np.asarray([[5, 2, 9]], dtype)
            yield Sample.of(cls(), ref, np.asarray([[1, 7, 4]], dtype))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ref = TensorSpec([2, 3], "float32_ref")
        yield ErrorSample(cls(), (ref, np.ones(2, np.float32)), "they must agree")


@register
class AssignAdd(_Change):
    """Add to a variable."""

    use_locking: bool = False

    def kernel(self, ref: Array, value: Array, out: Array | None = None) -> Array:
        _check_same_shape(ref, value, "the value")
        return np.add(ref, value, out=out)


@register
class AssignSub(_Change):
    """Subtract from a variable."""

    use_locking: bool = False

    def kernel(self, ref: Array, value: Array, out: Array | None = None) -> Array:
        _check_same_shape(ref, value, "the value")
        return np.subtract(ref, value, out=out)


@register
class IsVariableInitialized(Op):
    """Whether a variable has a value."""

    inputs = "ref: &dtype"
    outputs = "is_initialized"
    differentiable = False
    reads_uninitialized = (0,)

    def infer(self, ref: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _bool)

    def kernel(self, ref: Array | None) -> Array:
        return np.bool_(ref is not None)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([[1, 2, 3]], np.float32))


@register
class RequireInitialized(Op):
    """Fails if a variable has no value; the rank of its value."""

    inputs = "variable: Tvariable"
    stateful = True  # or its value would follow from the static shape
    differentiable = False

    def infer(self, variable: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _int32)

    def kernel(self, variable: Array) -> Array:
        return np.int32(np.ndim(variable))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.asarray([[1, 2, 3]], np.float32)
        yield Sample.of(cls(), value, oracle=False, note="TensorFlow uses Rank, without folding it")


@register
class CountUpTo(Op):
    """Return a counter and increment it, until it reaches a limit."""

    limit: int

    inputs = "ref: &T"
    types = {"T": INDEX}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)

    def infer(self, ref: TensorSpec) -> TensorSpec:
        _check_counter(ref.shape)
        return TensorSpec(TensorShape.of(()), ref.dtype.base_dtype)

    def kernel(self, ref: Array, out: Array | None = None) -> tuple[Array, Array]:
        return _count(ref, self.limit, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(7), np.asarray(4, np.int32))
        yield Sample.of(cls(7), np.asarray(-4, np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(
            cls(3), (np.asarray(3, np.int32),), "limit of 3", error=OutOfRangeError, when="run"
        )
        yield ErrorSample(cls(3), (np.asarray([1], np.int32),), "must be a scalar")


@register
class ResourceCountUpTo(Op):
    """Return a counter and increment it, until it reaches a limit."""

    limit: int
    T: DType

    inputs = "resource: resource"
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)

    def infer(self, resource: TensorSpec) -> TensorSpec:
        _check_counter(value_spec(resource, self.T).shape)
        return TensorSpec(TensorShape.of(()), self.T)

    def kernel(self, resource: Array, out: Array | None = None) -> tuple[Array, Array]:
        return _count(resource, self.limit, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(7, _int32), np.asarray(4, np.int32))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(3, _int32), (np.asarray([1], np.int32),), "must be a scalar")


def _check_counter(shape: TensorShape) -> None:
    if shape.rank not in (None, 0):
        raise ValueError(f"a counter must be a scalar, it has shape {shape}")


def _count(counter: Array, limit: int, out: Array | None) -> tuple[Array, Array]:
    if np.ndim(counter):  # a handle does not tell before
        raise InvalidArgumentError(
            None, None, f"a counter must be a scalar, it has shape {np.shape(counter)}"
        )
    before = np.array(counter)
    if before >= limit:
        raise OutOfRangeError(None, None, f"the counter has reached its limit of {limit}")
    return np.add(before, 1, out=out, dtype=before.dtype), before


# -- resource variables ----------------------------------------------------------------------------


@register
class VarHandleOp(Op):
    """A handle of a variable of the session."""

    dtype: DType
    shape: TensorShape
    container: str = ""
    shared_name: str = ""

    outputs = "resource"
    stateful = True
    is_variable = True

    def infer(self) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _resource)

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        return []


def var_handle_op(
    dtype: DType, shape: Any, shared_name: str = "", name: str | None = None
) -> Tensor:
    """Create the handle of a resource variable.

    Args:
      dtype: the dtype of the variable's value.
      shape: its shape, maybe partly unknown.
      shared_name: the name under which the session keeps the value; the node's name if empty.
      name: the operation's name.

    Returns:
      A scalar of dtype resource.
    """
    container = get_default_graph().current_container
    op = VarHandleOp(dtype.base_dtype, as_shape(shape), container, shared_name)
    return apply(op, name=name)


@register
class ReadVariableOp(Op):
    """The value of a resource variable."""

    dtype: DType

    inputs = "resource: resource"
    outputs = "value"
    is_identity = True

    def infer(self, resource: TensorSpec) -> TensorSpec:
        return value_spec(resource, self.dtype)

    def kernel(self, resource: Array) -> Array:
        return resource

    def gradient(self, op: Operation, grad: Tensor) -> list[Tensor | None]:
        return [grad]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(_float32), np.asarray([[1, 2, 3]], np.float32))
        yield Sample.of(cls(_int32), np.asarray(7, np.int32))


def read_variable_op(resource: Tensor, dtype: DType, name: str | None = None) -> Tensor:
    """Read a resource variable.

    Args:
      resource: its handle.
      dtype: the dtype of its value.
      name: the operation's name.

    Returns:
      The value.
    """
    return apply(ReadVariableOp(dtype.base_dtype), resource, name=name)


@register
class AssignVariableOp(Op):
    """Give a resource variable a value."""

    inputs = "resource: resource, value: dtype"
    outputs = ""
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)
    reads_uninitialized = (0,)

    def infer(self, resource: TensorSpec, value: TensorSpec) -> tuple[()]:
        _check_handle(resource, value)
        return ()

    def kernel(self, resource: Array | None, value: Array, out: Array | None = None) -> Array:
        return _stored(value, out)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.asarray([[1, 2, 3]], np.float32)
        yield Sample.of(cls(), value, value * 2)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _handle_errors(cls())


def _handle_errors(op: Op) -> Iterator[ErrorSample]:
    variable = TensorSpec([2, 3], "float32")
    yield ErrorSample(op, (variable, np.ones(2, np.float32)), "they must agree")
    yield ErrorSample(
        op, (variable, np.ones([2, 3])), "the variable is float32, the value float64",
        error=TypeError,
    )  # fmt: skip


def _check_handle(resource: TensorSpec, value: TensorSpec) -> None:
    """While the graph is built, compare a value with what the handle's node declares."""
    if not isinstance(resource.source, Tensor):
        return
    op = resource.source.op.op
    if not isinstance(op, VarHandleOp):
        return
    if value.dtype.base_dtype is not op.dtype:
        raise TypeError(f"the variable is {op.dtype.name}, the value {value.dtype.name}")
    _merged(TensorSpec(op.shape, op.dtype), value, "the value")


class _ResourceChange(Op):
    """Base of the ops that add to a resource variable, or subtract."""

    inputs = "resource: resource, value: dtype"
    outputs = ""
    types = {"dtype": NUMERIC}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)

    def infer(self, resource: TensorSpec, value: TensorSpec) -> tuple[()]:
        _check_handle(resource, value)
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for dtype in (np.float32, np.int64):
            value = np.asarray([[5, 2, 9]], dtype)
            yield Sample.of(cls(), value, np.asarray([[1, 7, 4]], dtype))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _handle_errors(cls())


@register
class AssignAddVariableOp(_ResourceChange):
    """Add to a resource variable."""

    def kernel(self, resource: Array, value: Array, out: Array | None = None) -> Array:
        _check_same_shape(resource, value, "the value")
        return np.add(resource, value, out=out)


@register
class AssignSubVariableOp(_ResourceChange):
    """Subtract from a resource variable."""

    def kernel(self, resource: Array, value: Array, out: Array | None = None) -> Array:
        _check_same_shape(resource, value, "the value")
        return np.subtract(resource, value, out=out)


@register
class VariableShape(Op):
    """The shape of a resource variable."""

    out_type: DType = _int32

    inputs = "input: resource"
    differentiable = False
    cheap = True

    def infer(self, input: TensorSpec) -> TensorSpec:
        return TensorSpec(
            TensorShape.of((value_spec(input, self.out_type).shape.rank,)), self.out_type
        )

    def kernel(self, input: Array) -> Array:
        return np.asarray(np.shape(input), self.out_type.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([[1, 2, 3]], np.float32))


@register
class ResourceGather(Op):
    """Slices of a resource variable along its first axis."""

    dtype: DType
    batch_dims: int = 0
    validate_indices: bool = True

    inputs = "resource: resource, indices: Tindices"
    types = {"Tindices": INDEX}

    def infer(self, resource: TensorSpec, indices: TensorSpec) -> TensorSpec:
        if self.batch_dims:
            raise NotImplementedError(f"ResourceGather with batch_dims={self.batch_dims}")
        shape = value_spec(resource, self.dtype).shape
        if shape.rank == 0:
            raise ValueError("the variable must have an axis to index, it is a scalar")
        rest = TensorShape(None) if shape.rank is None else shape[1:]
        return TensorSpec(indices.shape.concatenate(rest), self.dtype)

    def kernel(self, resource: Array, indices: Array) -> Array:
        rows = np.asarray(indices)
        check_in_range("indices", rows, len(resource))
        return np.take(resource, rows, axis=0)

    def gradient(self, op: Operation, grad: Tensor) -> list[Any]:
        handle, indices = op.inputs
        size = ops.expand_dims(ops.size(indices), 0)
        shape = _variable_shape(handle)
        values = ops.reshape(grad, ops.concat([size, shape[1:]], 0))
        return [IndexedSlices(values, ops.reshape(indices, size), shape), None]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        value = np.asarray([[1, 8], [3, 5], [9, 7]], np.float32)
        yield Sample.of(cls(_float32), value, np.asarray([2, 0], np.int32))
        yield Sample.of(cls(_float32), value[:, 0], np.asarray([[1], [2]], np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        place = np.asarray([1], np.int32)
        yield ErrorSample(cls(_float32), (TensorSpec([], "float32"), place), "must have an axis")
        yield ErrorSample(
            cls(_float32), (np.ones(2, np.float32), place + 1), r"is not in \[0, 2\)",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


def _variable_shape(handle: Tensor) -> Any:
    """The shape of a resource variable as a tensor: a constant if it is known."""
    shape = value_spec(handle.spec, _int32).shape
    if shape.is_fully_defined():
        return ops.constant(shape.as_list(), dtype=_int32)
    return apply(VariableShape(), handle)


def resource_gather(
    resource: Tensor, indices: Any, dtype: DType, name: str | None = None
) -> Tensor:
    """Gather slices of a resource variable along its first axis.

    Args:
      resource: its handle.
      indices: int32 or int64 tensor.
      dtype: the dtype of its value.
      name: the operation's name.

    Returns:
      A tensor of shape `indices.shape + shape[1:]`.
    """
    return apply(ResourceGather(dtype.base_dtype), resource, indices, name=name)


@register
class VarIsInitializedOp(Op):
    """Whether a resource variable has a value."""

    inputs = "resource: resource"
    outputs = "is_initialized"
    differentiable = False
    reads_uninitialized = (0,)

    def infer(self, resource: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _bool)

    def kernel(self, resource: Array | None) -> Array:
        return np.bool_(resource is not None)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), np.asarray([[1, 2, 3]], np.float32))


def assign_variable_op(resource: Tensor, value: Any, name: str | None = None) -> Operation:
    """Give a resource variable a value.

    Args:
      resource: its handle.
      value: the new value.
      name: the operation's name.

    Returns:
      The operation.
    """
    return apply_op(AssignVariableOp(), resource, value, name=name)


def assign_add_variable_op(resource: Tensor, value: Any, name: str | None = None) -> Operation:
    """Add to a resource variable.

    Args:
      resource: its handle.
      value: what to add.
      name: the operation's name.

    Returns:
      The operation.
    """
    return apply_op(AssignAddVariableOp(), resource, value, name=name)


def assign_sub_variable_op(resource: Tensor, value: Any, name: str | None = None) -> Operation:
    """Subtract from a resource variable.

    Args:
      resource: its handle.
      value: what to subtract.
      name: the operation's name.

    Returns:
      The operation.
    """
    return apply_op(AssignSubVariableOp(), resource, value, name=name)


def var_is_initialized_op(resource: Tensor, name: str | None = None) -> Tensor:
    """Tell whether a resource variable has a value.

    Args:
      resource: its handle.
      name: the operation's name.

    Returns:
      A bool scalar.
    """
    return apply(VarIsInitializedOp(), resource, name=name)


# -- public functions for both kinds ---------------------------------------------------------------


def assign(
    ref: Any,
    value: Any,
    validate_shape: bool | None = None,
    use_locking: bool | None = None,
    name: str | None = None,
) -> Any:
    """Give a variable a value.

    Args:
      ref: the variable, which may be uninitialized, or a slice of one, such as `v[1:]`.
      value: the new value, a tensor of its dtype.
      validate_shape: whether the value must have the variable's shape (True by default).
      use_locking: accepted for compatibility: assignments are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference as it is after the assignment.

    Raises:
      TypeError: the dtypes differ.
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> tf.Session().run(tf.assign(v, [4, 5, 6]))
    array([4, 5, 6], dtype=int32)
    """
    is_slice = isinstance(ref, Tensor) and hasattr(ref, "assign")
    if is_slice or is_resource(ref):
        return ref.assign(value, name=name)
    validate = True if validate_shape is None else validate_shape
    locking = True if use_locking is None else use_locking
    return apply(Assign(validate, locking), ref, value, name=name)


def assign_add(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Add to a variable.

    Args:
      ref: the variable, of a numeric dtype.
      value: what to add, of its dtype and shape.
      use_locking: accepted for compatibility: additions are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference as it is after the addition.

    Raises:
      TypeError: the dtypes differ.
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.assign_add(v, [10, 20, 40]))
    array([11, 22, 43], dtype=int32)
    """
    if is_resource(ref):
        return ref.assign_add(value)
    return apply(AssignAdd(bool(use_locking)), ref, value, name=name)


def assign_sub(
    ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Subtract from a variable.

    Args:
      ref: the variable, of a numeric dtype.
      value: what to subtract, of its dtype and shape.
      use_locking: accepted for compatibility: subtractions are always atomic.
      name: the operation's name.

    Returns:
      The variable's reference as it is after the subtraction.

    Raises:
      TypeError: the dtypes differ.
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(tf.assign_sub(v, [10, 20, 40]))
    array([ -9, -18, -37], dtype=int32)
    """
    if is_resource(ref):
        return ref.assign_sub(value)
    return apply(AssignSub(bool(use_locking)), ref, value, name=name)


def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Increment a counter until it reaches a limit.

    Args:
      ref: an int32 or int64 scalar variable.
      limit: once the counter has this value, running the operation is an error.
      name: the operation's name.

    Returns:
      The counter before the increment.

    Raises:
      tf.errors.OutOfRangeError: while running: the limit is reached.

    >>> import graphflow as tf
    >>> v = tf.Variable(3)
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> print(sess.run(tf.count_up_to(v, 5)), sess.run(v))
    3 4
    """
    if is_resource(ref):
        return apply(ResourceCountUpTo(limit, ref.dtype.base_dtype), ref.handle, name=name)
    return apply(CountUpTo(limit), ref, name=name)


def is_variable_initialized(variable: Any, name: str | None = None) -> Tensor:
    """Tell whether a variable has a value.

    Args:
      variable: the variable.
      name: the operation's name.

    Returns:
      A bool scalar.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3])
    >>> bool(tf.Session().run(tf.is_variable_initialized(v)))
    False
    """
    if is_resource(variable):
        return variable.is_initialized(name=name)  # type: ignore[no-any-return]
    return apply(IsVariableInitialized(), variable, name=name)
