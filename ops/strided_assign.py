"""Assignments to slices of variables: `v[1:3, ...].assign(x)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from graphflow.core.build import apply, apply_op
from graphflow.core.dtypes import INDEX
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, Specs, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import f32, i32, invalid
from graphflow.ops.state import value_spec
from graphflow.ops.state_scatter import writable
from graphflow.ops.strided import Strided, known_vectors, sliced_dims

__all__ = [
    "ResourceStridedSliceAssign",
    "StridedSliceAssign",
    "resource_strided_slice_assign",
    "strided_slice_assign",
]


class _StridedAssign(Strided):
    """What the assignments to slices of both kinds of variables share."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0

    types: ClassVar[Any] = {"Index": INDEX}
    stateful = True
    differentiable = False
    has_out = True
    writes = (0,)

    def infer(
        self,
        ref: TensorSpec,
        begin: TensorSpec,
        end: TensorSpec,
        strides: TensorSpec,
        value: TensorSpec,
    ) -> Specs:
        known = known_vectors(begin, end, strides)
        dims = self._variable_shape(ref, value).as_tuple()
        if known is not None and dims is not None:
            part = TensorShape.of(sliced_dims(self.items(*known), dims))
            if not part.is_compatible_with(value.shape):
                raise ValueError(f"the slice has shape {part}, the value {value.shape}")
        return [TensorSpec(ref.shape, ref.dtype._as_ref)] if self.output_names() else []

    def _variable_shape(self, ref: TensorSpec, value: TensorSpec) -> TensorShape:
        raise NotImplementedError

    def kernel(
        self,
        ref: Array,
        begin: Array,
        end: Array,
        strides: Array,
        value: Array,
        out: Array | None = None,
    ) -> Array:
        key = self.bounds_key(begin, end, strides)
        part = self.sliced(ref, key)
        if part.shape != np.shape(value):
            raise invalid(f"the slice has shape {part.shape}, the value {np.shape(value)}")
        result = writable(ref, out)
        result[key] = value
        return result


_SLICES: tuple[tuple[dict[str, int], list[int], list[int], list[int]], ...] = (
    ({}, [0, 1], [2, 3], [1, 1]),
    ({"begin_mask": 2, "end_mask": 2}, [1, 0], [2, 0], [1, -2]),
    ({"shrink_axis_mask": 1}, [-1], [0], [1]),
    ({"shrink_axis_mask": 3}, [1, 2], [2, 3], [1, 1]),
    ({"ellipsis_mask": 1, "new_axis_mask": 2}, [0, 0, 1], [0, 0, 2], [1, 1, 1]),
    ({}, [5], [9], [1]),
)


def _samples(make: Any, read: Any) -> Iterator[Sample]:
    for dtype in (np.float32, np.int64):
        a = np.arange(12).reshape(3, 4).astype(dtype)
        for attributes, begin, end, strides in _SLICES:
            vectors = i32(begin), i32(end), i32(strides)
            value = read(attributes, a, *vectors) * dtype(2) + dtype(100)
            yield Sample.of(make(attributes), a, *vectors, value)


def _part(attributes: dict[str, int], a: Array, *vectors: Array) -> Array:
    """The slice that is assigned to."""
    op = StridedSliceAssign(**attributes)
    return op.sliced(a, op.bounds_key(*vectors))


@register
class StridedSliceAssign(_StridedAssign):
    """Give a slice of a reference variable a value."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0

    inputs = "ref: &T, begin: Index, end: Index, strides: Index, value: T"
    outputs = "output_ref"

    def _variable_shape(self, ref: TensorSpec, value: TensorSpec) -> TensorShape:
        return ref.shape

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _samples(lambda attributes: cls(**attributes), _part)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        vectors = i32([0]), i32([1]), i32([1])
        ref = TensorSpec([2, 3], "float32_ref")
        yield ErrorSample(cls(), (ref, *vectors, f32([1])), r"the slice has shape \(1, 3\)")


@register
class ResourceStridedSliceAssign(_StridedAssign):
    """Give a slice of a resource variable a value."""

    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0

    inputs = "ref: resource, begin: Index, end: Index, strides: Index, value: T"
    outputs = ""

    def _variable_shape(self, ref: TensorSpec, value: TensorSpec) -> TensorShape:
        return value_spec(ref, value.dtype).shape

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield from _samples(lambda attributes: cls(**attributes), _part)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        vectors = i32([0]), i32([1]), i32([1])
        ref = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), (ref, *vectors, f32([1])), r"the slice has shape \(1, 3\)")


def strided_slice_assign(
    ref: Any, begin: Any, end: Any, strides: Any, value: Any, name: str | None = None, **masks: int
) -> Tensor:
    """Give a slice of a reference variable a value; `v[...].assign(value)` calls it.

    Args:
      ref: the variable or its reference.
      begin: int32 or int64 vector, see `tf.strided_slice`.
      end: vector of the same dtype.
      strides: vector of the same dtype.
      value: a tensor of the dtype of the variable and of the shape of the slice.
      name: the operation's name.
      **masks: as in `tf.strided_slice`.

    Returns:
      The variable's reference as it is after the assignment.

    Raises:
      ValueError: the shapes differ.

    >>> import graphflow as tf
    >>> v = tf.Variable([[1, 2, 3], [4, 5, 6]])
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(v[:, 1].assign([20, 50]))
    array([[ 1, 20,  3],
           [ 4, 50,  6]], dtype=int32)
    """
    return apply(StridedSliceAssign(**masks), ref, begin, end, strides, value, name=name)


def resource_strided_slice_assign(
    ref: Tensor,
    begin: Any,
    end: Any,
    strides: Any,
    value: Any,
    name: str | None = None,
    **masks: int,
) -> Operation:
    """Give a slice of a resource variable a value, see `strided_slice_assign`.

    >>> import graphflow as tf
    >>> v = tf.Variable([1, 2, 3], use_resource=True)
    >>> sess = tf.Session()
    >>> sess.run(v.initializer)
    >>> sess.run(v[1:].assign([20, 30]))
    array([ 1, 20, 30], dtype=int32)
    """
    op: Op = ResourceStridedSliceAssign(**masks)
    return apply_op(op, ref, begin, end, strides, value, name=name)
