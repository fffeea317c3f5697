"""Sums of lists of tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import (
    IndexedSlices,
    convert_to_tensor,
    convert_to_tensor_or_indexed_slices,
)
from graphflow.core.dtypes import NUMERIC, as_dtype, dtype_set
from graphflow.core.extensions import provide
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, as_shape
from graphflow.core.tensor_lists import is_list, sum_of

__all__ = ["AccumulateNV2", "AddN", "accumulate_n", "add_n"]


class _Total(Op):
    """The sum of N tensors of one shape."""

    inputs = "inputs: N*T"
    outputs = "sum"
    types: ClassVar[Any] = {"T": NUMERIC}
    commutative = True
    has_out = True

    def infer(self, *terms: TensorSpec) -> TensorSpec:
        if not terms:
            raise ValueError("there is nothing to add: give at least one tensor")
        shape = terms[0].shape
        for term in terms[1:]:
            shape = shape.merge_with(term.shape)
        return TensorSpec(shape, terms[0].dtype.base_dtype)

    def kernel(self, *terms: Array, out: Array | None = None) -> Array:
        if len(terms) == 1:
            return np.positive(terms[0], out=out)
        total = np.asarray(np.add(terms[0], terms[1], out=out))
        for term in terms[2:]:
            np.add(total, term, out=total)
        return total

    def gradient(self, op: Operation, grad: Tensor) -> Sequence[Tensor]:
        return [grad] * len(op.inputs)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.asarray([[1.5, -2.25, 0.75], [3.5, 0.5, -1.25]])
        for dtype in (np.float32, np.float64, np.float16):
            kept = x.astype(dtype)
            yield Sample.of(cls(), [kept, kept * 2, kept - 1])
        yield Sample.of(cls(), [x, x[::-1]])
        yield Sample.of(cls(), [np.asarray([3, -1], np.int32)])
        yield Sample.of(cls(), [np.float32(3), np.float32(0.5), np.float32(-1)])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((2, 3), np.float32)
        yield ErrorSample(cls(), ([x, x.T],), "not compatible")
        yield ErrorSample(cls(), ([],), "nothing to add")


@register
class AddN(_Total):
    """The sum of N tensors, or of N lists of tensors, which are added item by item."""

    types: ClassVar[Any] = {"T": NUMERIC | dtype_set("variant")}

    def scalar_expression(self, names: Sequence[str], specs: Sequence[TensorSpec]) -> str | None:
        return " + ".join(names)

    def kernel(self, *terms: Array, out: Array | None = None) -> Array:
        if is_list(terms[0]):
            return reduce(sum_of, terms)
        return super().kernel(*terms, out=out)


@register
class AccumulateNV2(_Total):
    """The sum of N tensors whose shape is known."""

    shape: TensorShape = TensorShape(None)

    def infer(self, *terms: TensorSpec) -> TensorSpec:
        spec = super().infer(*terms)
        return TensorSpec(spec.shape.merge_with(self.shape), spec.dtype)


@provide("add_n")
def _add_n(terms: Sequence[Tensor]) -> Tensor:
    return apply(AddN(), list(terms))


def _terms(inputs: Any) -> list[Any]:
    if not isinstance(inputs, (list, tuple)) or not inputs:
        raise ValueError(
            f"inputs must be a list of at least one tensor of one dtype and shape, got {inputs!r}"
        )
    return [convert_to_tensor_or_indexed_slices(item) for item in inputs]


def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """Add the tensors of a list.

    Args:
      inputs: tensors of one dtype and shape, or `IndexedSlices`, which are made dense.
      name: the operation's name.

    Returns:
      Their sum; the tensor itself if there is only one and no name is given.

    Raises:
      ValueError: there is no tensor, or their shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.add_n([tf.constant([1, 2]), tf.constant([30, 40])]))
    array([31, 42], dtype=int32)
    """
    terms = _terms(inputs)
    if len(terms) > 1:
        return apply(AddN(), [_dense(term) for term in terms], name=name)
    only = _dense(terms[0])
    return ops.identity(only, name=name) if name else only


def _dense(term: Any) -> Tensor:
    return convert_to_tensor(term)


def accumulate_n(
    inputs: Any, shape: Any = None, tensor_dtype: Any = None, name: str | None = None
) -> Tensor:
    """Add the tensors of a list whose shape is known.

    Args:
      inputs: tensors of one dtype and shape.
      shape: their shape, by default what is known of them.
      tensor_dtype: their dtype, to be checked.
      name: the operation's name.

    Returns:
      Their sum; the tensor itself if there is only one and no name is given.

    Raises:
      TypeError: `tensor_dtype` is not the tensors' dtype.
      ValueError: there is no tensor, or dtypes or shapes differ.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.accumulate_n([tf.constant([1, 2]), tf.constant([30, 40])]))
    array([31, 42], dtype=int32)
    """
    terms = _terms(inputs)
    dtype = terms[0].dtype.base_dtype
    if any(isinstance(term, IndexedSlices) or term.dtype.base_dtype != dtype for term in terms):
        raise ValueError("inputs must be a list of at least one tensor of one dtype and shape")
    if tensor_dtype is not None and as_dtype(tensor_dtype) is not dtype:
        raise TypeError(f"tensor_dtype is {as_dtype(tensor_dtype).name}, the inputs' {dtype.name}")
    merged = as_shape(shape)
    for term in terms:
        merged = merged.merge_with(term.shape)
    if len(terms) > 1:
        return apply(AccumulateNV2(merged), terms, name=name)
    only: Tensor = terms[0]
    return ops.identity(only, name=name) if name else only
