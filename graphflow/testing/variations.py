"""Samples of an op in the dtypes that its own samples leave out, and of an empty batch.

An op declares which dtypes it takes and gives samples whose numbers mean something; most are in one
dtype or two.  The others are made here, from the first sample that lends itself to it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphflow.core import dtypes
from graphflow.core.dtypes import DType
from graphflow.core.errors import OpError
from graphflow.core.op import Array, Op, Sample
from graphflow.testing.cases import Case, Input, inputs_of

# Quantized numbers and handles have no values of their own to convert to.
CONVERTIBLE = dtypes.NUMERIC | {dtypes.bool}
EMPTY_BATCH = "an empty batch"


def all_samples(op_class: type[Op]) -> list[Sample]:
    """Return an op's own samples, then those made of them: in other dtypes, without elements.

    Args:
      op_class: a registered op class.
    """
    own = list(op_class.samples())
    return [*own, *_variations(op_class, own), *_empty_batches(own)]


def missing_dtypes(op_class: type[Op], samples: Sequence[Sample]) -> dict[str, set[DType]]:
    """Return the dtypes that an op takes and that no sample has, by type attribute.

    Args:
      op_class: a registered op class.
      samples: samples of it.
    """
    wanted = CONVERTIBLE | {dtypes.string}
    found: dict[str, set[DType]] = {
        name: set(allowed & wanted)
        for name, allowed in op_class.types.items()
        if any(arg.type_attr == name for arg in op_class.input_args())
    }
    for sample in samples:
        for item in inputs_of(sample.op, sample.inputs):
            found.get(item.arg.type_attr or "", set()).discard(item.dtype.base_dtype)
    return {name: missing for name, missing in found.items() if missing}


def _variations(op_class: type[Op], own: Sequence[Sample]) -> Iterator[Sample]:
    for attr, missing in missing_dtypes(op_class, own).items():
        for dtype in sorted(missing & CONVERTIBLE, key=int):
            similar = sorted(own, key=lambda sample: _kind_differs(sample, attr, dtype))
            made = (_converted(sample, attr, dtype) for sample in similar)
            sample = next((sample for sample in made if sample is not None), None)
            if sample is not None:
                yield sample


def _kind_differs(sample: Sample, attr: str, dtype: DType) -> bool:
    """Whether the inputs of a type attribute are of another kind: floating, complex, integer."""
    kinds = {
        _kind(item.dtype)
        for item in inputs_of(sample.op, sample.inputs)
        if item.arg.type_attr == attr
    }
    return _kind(dtype) not in kinds


def _kind(dtype: DType) -> tuple[bool, bool, bool]:
    return dtype.is_floating, dtype.is_complex, dtype.is_integer


def _converted(sample: Sample, attr: str, dtype: DType) -> Sample | None:
    """The sample with the inputs of one type attribute in another dtype, if that makes sense.

    Variables behind handles, of whose dtype the declaration says nothing, go with them.
    """
    flat = inputs_of(sample.op, sample.inputs)
    items = [item for item in flat if item.arg.type_attr == attr]
    if not any(item.array.size for item in items):
        return None
    if not all(_is_convertible(item, dtype) for item in items):
        return None
    handles = {
        item.arg.name
        for item in flat
        if item.is_variable and not item.arg.is_ref and item.dtype is items[0].dtype
    }
    inputs = tuple(
        _each(value, dtype) if arg.type_attr == attr or arg.name in handles else value
        for arg, value in zip(sample.op.input_args(), sample.inputs, strict=True)
    )
    if dtype.size < items[0].dtype.size:  # tolerances were meant for the more precise dtype
        return dataclasses.replace(sample, inputs=inputs, rtol=None, atol=None)
    return dataclasses.replace(sample, inputs=inputs)


def _is_convertible(item: Input, dtype: DType) -> bool:
    """Whether the dtype has all numbers of an input."""
    if item.dtype.base_dtype not in CONVERTIBLE:
        return False
    if dtype is dtypes.bool:
        return True
    sizes = np.abs(item.array.astype(np.complex128))
    special = ~np.isfinite(sizes)
    if special.any() and dtype.is_integer:
        return False
    return bool(np.all(special | (sizes < float(dtype.real_dtype.max))))


def _each(value: Any, dtype: DType) -> Any:
    if isinstance(value, list):
        return [in_dtype(item, dtype) for item in value]
    return in_dtype(value, dtype)


def in_dtype(array: Array, dtype: DType) -> Array:
    """Return an array of similar numbers in another dtype; none becomes 0 that was not.

    Args:
      array: finite numbers or booleans.
      dtype: a numeric dtype or bool.

    >>> in_dtype(np.asarray([0.25, -1.5, 0]), dtypes.int32)
    array([ 1, -2,  0], dtype=int32)
    >>> in_dtype(np.asarray([0.25, -1.5, 0]), dtypes.uint8)
    array([1, 2, 0], dtype=uint8)
    """
    array = np.asarray(array)
    if np.iscomplexobj(array) and not dtype.is_complex:
        array = array.real
    if dtype is dtypes.bool:
        return array > 0
    if not dtype.is_integer:
        return array.astype(dtype.numpy)
    whole = np.sign(array) * np.ceil(np.abs(array)) if array.dtype.kind in "fV" else array
    if dtype.is_unsigned:
        whole = np.abs(whole)
    return whole.astype(dtype.numpy)


def _empty_batches(own: Sequence[Sample]) -> Iterator[Sample]:
    """Yield the first sample that can do without its batch, unless a sample is empty already."""
    inputs = [item for sample in own for item in inputs_of(sample.op, sample.inputs)]
    if any(item.array is None or not item.array.size for item in inputs):
        return
    made = (_without_batch(sample) for sample in own)
    yield from [sample for sample in made if sample is not None and _is_valid(sample)][:1]


def _without_batch(sample: Sample) -> Sample | None:
    """The sample with no elements along the first axis, where inputs are as long as the first."""
    flat = inputs_of(sample.op, sample.inputs)
    length = next((item.array.shape[0] for item in flat if item.array.ndim), None)
    if length is None:
        return None

    def cut(array: Any) -> Array:
        array = np.asarray(array)
        return array[:0] if array.shape[:1] == (length,) else array

    inputs = tuple(
        [cut(item) for item in value] if isinstance(value, list) else cut(value)
        for value in sample.inputs
    )
    return dataclasses.replace(sample, inputs=inputs, gradient=(), note=EMPTY_BATCH)


def _is_valid(sample: Sample) -> bool:
    """Whether neither inference nor the kernel refuses the inputs."""
    if not _infers(sample):
        return False
    try:
        Case(sample.op, sample.inputs).run_kernel()
    except OpError:
        return False
    except Exception:  # a kernel that fails of itself is to be found by the checks
        return True
    return True


def _infers(sample: Sample) -> bool:
    try:
        sample.op.infer(*[item.spec() for item in inputs_of(sample.op, sample.inputs)])
    except (ValueError, TypeError):
        return False
    return True
