"""Accumulators of gradients, which several workers fill and one takes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.convert import IndexedSlices, convert_to_tensor
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    dtype_set,
    int32 as _int32,
    int64 as _int64,
    resource as _resource,
    string as _string,
)
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.ops._accumulators import Accumulator, DenseAccumulator, SparseAccumulator
from graphflow.ops._static import check_rank, invalid

__all__ = [
    "AccumulatorApplyGradient",
    "AccumulatorNumAccumulated",
    "AccumulatorSetGlobalStep",
    "AccumulatorTakeGradient",
    "ConditionalAccumulator",
    "ConditionalAccumulatorBase",
    "ConditionalAccumulatorOp",
    "ResourceAccumulatorApplyGradient",
    "ResourceAccumulatorNumAccumulated",
    "ResourceAccumulatorSetGlobalStep",
    "ResourceAccumulatorTakeGradient",
    "ResourceConditionalAccumulator",
    "SparseAccumulatorApplyGradient",
    "SparseAccumulatorTakeGradient",
    "SparseConditionalAccumulator",
    "SparseConditionalAccumulatorOp",
]

_KIND = "accumulator"
_FLOATS = dtype_set("float16 float32 float64")


# -- the ops that make one -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
class _Making(Op):
    """Base of the ops that make an accumulator and return its handle."""

    dtype: DType
    shape: TensorShape
    container: str = ""
    shared_name: str = ""
    reduction_type: str = "MEAN"

    outputs = "handle"
    stateful = True
    differentiable = False
    needs_context = True

    handle_dtype: ClassVar[DType] = _string._as_ref
    made: ClassVar[type[Accumulator]] = DenseAccumulator

    def infer(self) -> TensorSpec:
        if self.reduction_type not in ("MEAN", "SUM"):
            raise ValueError(f"reduction_type is MEAN or SUM, not {self.reduction_type!r}")
        if self.dtype not in _FLOATS:
            raise TypeError(f"gradients are float16, float32 or float64, not {self.dtype.name}")
        shape = TensorShape.of(() if self.handle_dtype is _resource else (2,))
        return TensorSpec(shape, self.handle_dtype)

    def kernel(self, ctx: Context) -> Array:
        def make() -> Accumulator:
            return self.made(self.dtype, self.shape, self.reduction_type == "MEAN")

        handle, found = ctx.make_handle(_KIND, make, self.container, self.shared_name)
        expected = make().describe()
        if type(found) is not self.made or found.describe() != expected:
            raise invalid(
                f"the accumulator {self.shared_name!r} keeps {found.describe()}, not {expected}: "
                "give one of them another shared_name"
            )
        return handle


@register
class ConditionalAccumulatorOp(_Making):
    """An accumulator of dense gradients."""

    type = "ConditionalAccumulator"


@register
class ResourceConditionalAccumulator(_Making):
    """An accumulator of dense gradients, behind a resource handle."""

    handle_dtype = _resource


@register
class SparseConditionalAccumulatorOp(_Making):
    """An accumulator of gradients that are rows with indices."""

    type = "SparseConditionalAccumulator"
    made = SparseAccumulator


# -- the ops that use one --------------------------------------------------------------------------


class _Using(Op):
    """Base of the ops that take the handle of an accumulator."""

    stateful = True
    differentiable = False
    needs_context = True

    @staticmethod
    def _accumulator(ctx: Context, handle: Array, values: Array | None = None) -> Accumulator:
        """The accumulator behind a handle, which must take values of the dtype of those given."""
        found = ctx.resource(_KIND, handle)
        assert isinstance(found, Accumulator)
        if values is not None and np.asarray(values).dtype != found.dtype.numpy:
            raise invalid(f"the gradient is {np.asarray(values).dtype}, not {found.dtype.name}")
        return found


class _Applying(_Using):
    """Add a gradient to an accumulator."""

    outputs = ""

    def infer(self, handle: TensorSpec, local_step: TensorSpec, gradient: TensorSpec) -> tuple[()]:
        check_rank("local_step", local_step, 0)
        return ()

    def kernel(self, ctx: Context, handle: Array, local_step: Array, gradient: Array) -> tuple[()]:
        self._accumulator(ctx, handle, gradient).apply(int(local_step), gradient)
        return ()


@register
class AccumulatorApplyGradient(_Applying):
    """Add a gradient to an accumulator."""

    inputs = "handle: &string, local_step: int64, gradient: dtype"


@register
class ResourceAccumulatorApplyGradient(_Applying):
    """Add a gradient to an accumulator."""

    inputs = "handle: resource, local_step: int64, gradient: dtype"


@dataclass(frozen=True, eq=False, repr=False)
class _Taking(_Using):
    """Wait for enough gradients and take them out of an accumulator."""

    dtype: DType

    outputs = "average"
    blocking = True

    def infer(self, handle: TensorSpec, num_required: TensorSpec) -> TensorSpec:
        check_rank("num_required", num_required, 0)
        return TensorSpec(TensorShape.of(None), self.dtype)

    def kernel(self, ctx: Context, handle: Array, num_required: Array) -> Array:
        return self._accumulator(ctx, handle).take(int(num_required), ctx.cancellation)


@register
class AccumulatorTakeGradient(_Taking):
    """Wait for enough gradients and take them out of an accumulator."""

    inputs = "handle: &string, num_required: int32"


@register
class ResourceAccumulatorTakeGradient(_Taking):
    """Wait for enough gradients and take them out of an accumulator."""

    inputs = "handle: resource, num_required: int32"


@register
class SparseAccumulatorApplyGradient(_Using):
    """Add the rows of a gradient to an accumulator."""

    has_known_shape: bool

    inputs = (
        "handle: &string, local_step: int64, gradient_indices: int64, gradient_values: dtype, "
        "gradient_shape: int64"
    )
    outputs = ""

    def infer(
        self,
        handle: TensorSpec,
        local_step: TensorSpec,
        gradient_indices: TensorSpec,
        gradient_values: TensorSpec,
        gradient_shape: TensorSpec,
    ) -> tuple[()]:
        check_rank("local_step", local_step, 0)
        if self.has_known_shape:
            check_rank("gradient_shape", gradient_shape, 1)
        return ()

    def kernel(
        self,
        ctx: Context,
        handle: Array,
        local_step: Array,
        gradient_indices: Array,
        gradient_values: Array,
        gradient_shape: Array,
    ) -> tuple[()]:
        sizes = gradient_shape if self.has_known_shape else np.zeros(0, np.int64)
        gradient = gradient_indices, gradient_values, sizes
        self._accumulator(ctx, handle, gradient_values).apply(int(local_step), gradient)
        return ()


@register
class SparseAccumulatorTakeGradient(_Using):
    """Wait for enough gradients and take their rows out of an accumulator."""

    dtype: DType

    inputs = "handle: &string, num_required: int32"
    outputs = "indices, values, shape"
    blocking = True

    def infer(self, handle: TensorSpec, num_required: TensorSpec) -> list[TensorSpec]:
        check_rank("num_required", num_required, 0)
        unknown = TensorShape.of(None)
        return [TensorSpec(unknown, dtype) for dtype in (_int64, self.dtype, _int64)]

    def kernel(self, ctx: Context, handle: Array, num_required: Array) -> tuple[Array, ...]:
        found = self._accumulator(ctx, handle).take(int(num_required), ctx.cancellation)
        return tuple(found)


class _SettingStep(_Using):
    """Set the step of gradients that an accumulator takes for recent enough."""

    outputs = ""

    def infer(self, handle: TensorSpec, new_global_step: TensorSpec) -> tuple[()]:
        check_rank("new_global_step", new_global_step, 0)
        return ()

    def kernel(self, ctx: Context, handle: Array, new_global_step: Array) -> tuple[()]:
        self._accumulator(ctx, handle).set_step(int(new_global_step))
        return ()


@register
class AccumulatorSetGlobalStep(_SettingStep):
    """Set the step of gradients that an accumulator takes for recent enough."""

    inputs = "handle: &string, new_global_step: int64"


@register
class ResourceAccumulatorSetGlobalStep(_SettingStep):
    """Set the step of gradients that an accumulator takes for recent enough."""

    inputs = "handle: resource, new_global_step: int64"


class _Counting(_Using):
    """How many gradients an accumulator has."""

    outputs = "num_accumulated"

    def infer(self, handle: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _int32)

    def kernel(self, ctx: Context, handle: Array) -> Array:
        return np.int32(self._accumulator(ctx, handle).count)


@register
class AccumulatorNumAccumulated(_Counting):
    """How many gradients an accumulator has."""

    inputs = "handle: &string"


@register
class ResourceAccumulatorNumAccumulated(_Counting):
    """How many gradients an accumulator has."""

    inputs = "handle: resource"


# -- classes for programs --------------------------------------------------------------------------


class ConditionalAccumulatorBase:
    """What accumulators of dense and sparse gradients have in common.

    Args:
      dtype: the dtype of the gradients.
      shape: their shape, maybe partly unknown.
      accumulator_ref: the handle of the accumulator.
    """

    def __init__(self, dtype: Any, shape: Any, accumulator_ref: Tensor) -> None:
        self._dtype = as_dtype(dtype)
        self._shape = as_shape(shape)
        self._accumulator_ref = accumulator_ref
        self._name = accumulator_ref.op.name.split("/")[-1]

    @property
    def accumulator_ref(self) -> Tensor:
        """The handle of the accumulator."""
        return self._accumulator_ref

    @property
    def name(self) -> str:
        """The name of its operation, without scopes."""
        return self._name

    @property
    def dtype(self) -> DType:
        """The dtype of the gradients."""
        return self._dtype

    @property
    def _is_resource(self) -> bool:
        return self._accumulator_ref.dtype is _resource

    def num_accumulated(self, name: str | None = None) -> Tensor:
        """Return an int32 scalar: how many gradients are there.

        Args:
          name: the operation's name.
        """
        op: Op = (
            ResourceAccumulatorNumAccumulated()
            if self._is_resource
            else AccumulatorNumAccumulated()
        )
        return apply(op, self._accumulator_ref, name=name or f"{self._name}_NumAccumulated")

    def set_global_step(self, new_global_step: Any, name: str | None = None) -> Operation:
        """Set the step of gradients that are recent enough; earlier ones will be dropped.

        Args:
          new_global_step: int64 scalar.
          name: the operation's name.

        Returns:
          An `Operation`.
        """
        step = ops.cast(convert_to_tensor(new_global_step), _int64)
        op: Op = (
            ResourceAccumulatorSetGlobalStep() if self._is_resource else AccumulatorSetGlobalStep()
        )
        return apply_op(op, self._accumulator_ref, step, name=name)


class ConditionalAccumulator(ConditionalAccumulatorBase):
    """Gradients added up until enough are there; those of an earlier step are dropped.

    Args:
      dtype: the dtype of the gradients: float16, float32 or float64.
      shape: their shape, maybe partly unknown.
      shared_name: accumulators of one shared name in a session are the same.
      name: the operation's name.
      reduction_type: "MEAN" or "SUM": how gradients are combined.

    >>> import graphflow as tf
    >>> accumulator = tf.ConditionalAccumulator(tf.float32, shape=[2])
    >>> mean = accumulator.take_grad(num_required=2)
    >>> with tf.Session() as sess:
    ...     sess.run(accumulator.apply_grad([1.0, 5.0]))
    ...     sess.run(accumulator.apply_grad([3.0, 6.0]))
    ...     sess.run(mean)
    array([2. , 5.5], dtype=float32)
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        op = ResourceConditionalAccumulator(*_attributes(dtype, shape, shared_name, reduction_type))
        super().__init__(dtype, shape, apply(op, name=name))

    def apply_grad(self, grad: Any, local_step: Any = 0, name: str | None = None) -> Operation:
        """Add a gradient, unless `local_step` is below the accumulator's step.

        Args:
          grad: a tensor of the accumulator's dtype and shape.
          local_step: int64 scalar, the step at which the gradient was computed.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          ValueError: the shape does not fit.
        """
        grad = convert_to_tensor(grad, self._dtype)
        grad.shape.assert_is_compatible_with(self._shape)
        step = ops.cast(convert_to_tensor(local_step), _int64)
        op = ResourceAccumulatorApplyGradient()
        return apply_op(op, self._accumulator_ref, step, grad, name=name)

    def take_grad(self, num_required: Any, name: str | None = None) -> Tensor:
        """Wait for gradients, return them combined, and begin the next step.

        Args:
          num_required: int32 scalar, how many must be there; all that are there are combined.
          name: the operation's name.

        Returns:
          A tensor of the accumulator's dtype and shape.

        Raises:
          InvalidArgumentError: (in the run) `num_required` is not positive.
        """
        op = ResourceAccumulatorTakeGradient(self._dtype)
        found = apply(op, self._accumulator_ref, num_required, name=name)
        found.set_shape(self._shape)
        return found


class SparseGradient(NamedTuple):
    """What `SparseConditionalAccumulator.take_grad` returns.

    Attributes:
      indices: int64 [n], the rows that there are, in order.
      values: [n, ...], the rows.
      shape: int64, the shape of the dense gradient, -1 where it is unknown.
    """

    indices: Tensor
    values: Tensor
    shape: Tensor


class SparseConditionalAccumulator(ConditionalAccumulatorBase):
    """Gradients that are rows with indices, added up until enough are there.

    The mean of a row is over the gradients that have it.

    Args:
      dtype: the dtype of the gradients: float16, float32 or float64.
      shape: the shape of the dense gradient, maybe partly unknown.
      shared_name: accumulators of one shared name in a session are the same.
      name: the operation's name.
      reduction_type: "MEAN" or "SUM": how gradients are combined.

    >>> import graphflow as tf
    >>> accumulator = tf.SparseConditionalAccumulator(tf.float32, shape=[4, 1])
    >>> gradient = accumulator.take_indexed_slices_grad(num_required=2)
    >>> with tf.Session() as sess:
    ...     sess.run(accumulator.apply_grad([0, 2], [[1.0], [5.0]]))
    ...     sess.run(accumulator.apply_grad([2, 3], [[6.0], [7.0]]))
    ...     found = sess.run(gradient)
    >>> found.indices, found.values.ravel()
    (array([0, 2, 3]), array([1. , 5.5, 7. ], dtype=float32))
    """

    def __init__(
        self,
        dtype: Any,
        shape: Any = None,
        shared_name: str | None = None,
        name: str = "sparse_conditional_accumulator",
        reduction_type: str = "MEAN",
    ) -> None:
        op = SparseConditionalAccumulatorOp(*_attributes(dtype, shape, shared_name, reduction_type))
        super().__init__(dtype, shape, apply(op, name=name))

    def apply_indexed_slices_grad(
        self, grad: IndexedSlices, local_step: Any = 0, name: str | None = None
    ) -> Operation:
        """Add the rows of an `IndexedSlices`, see `apply_grad`.

        Args:
          grad: the gradient.
          local_step: int64 scalar, the step at which it was computed.
          name: the operation's name.
        """
        return self.apply_grad(grad.indices, grad.values, grad.dense_shape, local_step, name)

    def apply_grad(
        self,
        grad_indices: Any,
        grad_values: Any,
        grad_shape: Any = None,
        local_step: Any = 0,
        name: str | None = None,
    ) -> Operation:
        """Add the rows of a gradient, unless `local_step` is below the accumulator's step.

        Args:
          grad_indices: int64 [n], the index of each row.
          grad_values: [n, ...], the rows; those of one index add up.
          grad_shape: the shape of the dense gradient, if it is known.
          local_step: int64 scalar, the step at which the gradient was computed.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          InvalidArgumentError: (in the run) the rows do not fit the accumulator's shape.
        """
        op = SparseAccumulatorApplyGradient(has_known_shape=grad_shape is not None)
        sizes = ops.constant([], _int64) if grad_shape is None else grad_shape
        return apply_op(
            op,
            self._accumulator_ref,
            ops.cast(convert_to_tensor(local_step), _int64),
            ops.cast(convert_to_tensor(grad_indices), _int64),
            convert_to_tensor(grad_values, self._dtype),
            ops.cast(convert_to_tensor(sizes), _int64),
            name=name,
        )

    def take_grad(self, num_required: Any, name: str | None = None) -> SparseGradient:
        """Wait for gradients, return them combined, and begin the next step.

        Args:
          num_required: int32 scalar, how many must be there; all that are there are combined.
          name: the operation's name.

        Returns:
          A named tuple of `indices`, `values` and `shape`.
        """
        op = SparseAccumulatorTakeGradient(self._dtype)
        found = apply_multi(op, self._accumulator_ref, num_required, name=name)
        return SparseGradient(*found)

    def take_indexed_slices_grad(self, num_required: Any, name: str | None = None) -> IndexedSlices:
        """Wait for gradients and return them as an `IndexedSlices`, see `take_grad`.

        Args:
          num_required: int32 scalar, how many must be there.
          name: the operation's name.
        """
        found = self.take_grad(num_required, name)
        return IndexedSlices(found.values, found.indices, found.shape)


def _attributes(
    dtype: Any, shape: Any, shared_name: str | None, reduction_type: str
) -> tuple[DType, TensorShape, str, str, str]:
    container = get_default_graph().current_container
    return as_dtype(dtype), as_shape(shape), container, shared_name or "", reduction_type
