"""Checks of a sample's gradients, and of its results against those in double precision."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.op import Array, Sample
from graphflow.testing.cases import (
    Case,
    Input,
    StaticShape,
    full_shape,
    inputs_of,
    is_random,
    unknown_dims,
    unknown_rank,
)
from graphflow.testing.compare import as_array, assert_close, default_rtol, largest
from graphflow.testing.differences import Derivative, Point

_DOUBLE = {
    "bfloat16": as_dtype("float64"),
    "float16": as_dtype("float64"),
    "float32": as_dtype("float64"),
    "complex64": as_dtype("complex128"),
}


def _where_defined(check: Callable[[Sample], None]) -> Callable[[Sample], str | None]:
    """Let a check pass, and return why, where an operation declares that it has no gradient."""

    @wraps(check)
    def checked(sample: Sample) -> str | None:
        try:
            check(sample)
        except LookupError as error:
            if type(error) is not LookupError:  # a KeyError, say, is a mistake
                raise
            return str(error)
        return None

    return checked


@_where_defined
def _gradients(sample: Sample) -> None:
    """Gradients agree with finite differences, with and without static shapes."""
    wide = in_double(sample)
    with _derivative(wide, full_shape) as derivative:
        if not derivative.ys or not derivative.xs:
            return
        derivative.check(sample.rtol, sample.atol)
        values = derivative.values()
    for static in (unknown_dims, unknown_rank):
        with _derivative(wide, static) as loose:
            found = loose.values()
        for index, (one, other) in enumerate(zip(found, values, strict=True)):
            assert_close(one, other, f"gradient {index} with {static.__name__}")


@_where_defined
def _gradients_of_single_outputs(sample: Sample) -> None:
    """Where an op has several outputs, each may be the only one that is used."""
    wide = in_double(sample)
    outputs = sample.gradient_outputs
    if outputs is None:
        outputs = tuple(range(len(Case(wide.op, wide.inputs).outputs)))
    if len(outputs) < 2:
        return  # the check of all together is the same
    for index in outputs:
        with _derivative(wide, full_shape, [index]) as derivative:
            derivative.check(sample.rtol, sample.atol)


@_where_defined
def _second_gradients(sample: Sample) -> None:
    """Gradients of gradients agree with finite differences, where the op has them."""
    with _derivative(in_double(sample), full_shape) as derivative:
        if any(grad is not None for grad in derivative.grads):
            derivative.next().check(sample.rtol, sample.atol)


class _Derivative(Derivative):
    """A derivative that owns its session."""

    def __enter__(self) -> _Derivative:
        return self

    def __exit__(self, *unused: object) -> None:
        self.point.session.close()


def _derivative(
    sample: Sample, static: StaticShape, outputs: Sequence[int] | None = None
) -> _Derivative:
    case = Case(sample.op, sample.inputs, static)
    values = {t: item.array for t, item in zip(case.tensors, case.inputs, strict=True)}
    xs = []
    if sample.op.differentiable and not sample.op.writes:
        chosen = range(len(case.inputs)) if sample.gradient is None else sample.gradient
        xs = [case.tensors[index] for index in chosen if _is_continuous(case.inputs[index])]
    outputs = sample.gradient_outputs if outputs is None else outputs
    ys = case.outputs if outputs is None else [case.outputs[index] for index in outputs]
    return _Derivative(Point(case.session(), values), xs, ys)


def _is_continuous(item: Input) -> bool:
    return not item.arg.is_ref and (item.dtype.is_floating or item.dtype.is_complex)


def in_double(sample: Sample) -> Sample:
    """Return a sample in double precision, as far as the op's types allow that.

    Args:
      sample: any sample.

    Returns:
      The sample with floating and complex inputs, and dtypes among the attributes, made float64
      and complex128; the same sample if the op does not take these, or takes strings alone.
    """
    op = sample.op
    if all(item.dtype.name == "string" for item in inputs_of(op, sample.inputs)):
        return sample  # bytes may stand for other numbers in another dtype
    values = []
    for arg, value in zip(op.input_args(), sample.inputs, strict=True):
        allowed = op.types.get(arg.type_attr or "")
        fixed = arg.dtype is not None and arg.dtype.name != "resource"
        items = value if isinstance(value, list) else [value]
        wide = items if fixed else [_doubled(item, allowed) for item in items]
        values.append(wide if isinstance(value, list) else wide[0])
    wide_attributes = {name: _doubled_dtypes(value) for name, value in op.attributes().items()}
    wide_sample = dataclasses.replace(
        sample,
        op=type(op).from_attributes(wide_attributes),
        inputs=tuple(values),
    )
    try:
        Case(wide_sample.op, wide_sample.inputs)
    except (TypeError, ValueError):
        return sample
    return wide_sample


def _doubled_dtypes(value: Any) -> Any:
    if isinstance(value, DType):
        return _DOUBLE.get(value.name, value)
    return tuple(map(_doubled_dtypes, value)) if isinstance(value, tuple) else value


def _doubled(array: Array, allowed: frozenset[DType] | None) -> Array:
    array = as_array(array)
    wide = None if array.dtype == object else _DOUBLE.get(as_dtype(array.dtype).name)
    if wide is None or (allowed is not None and wide not in allowed):
        return array
    return array.astype(wide.numpy)


def _precision(sample: Sample) -> None:
    """Results agree with those in double precision as well as their dtype allows."""
    if sample.op.needs_context or is_random(sample):
        return  # random numbers of another dtype are other numbers
    wide = in_double(sample)
    if all(one is other for one, other in zip(sample.flat(), wide.flat(), strict=True)):
        return  # only the dtype of results changes: random numbers of another dtype are others
    results, exact_results = Case(sample.op, sample.inputs).run(), Case(wide.op, wide.inputs).run()
    for index, (result, exact) in enumerate(zip(results, exact_results, strict=True)):
        if result.dtype == exact.dtype:
            continue
        dtype = as_dtype(result.dtype)
        rtol = default_rtol(dtype) if sample.rtol is None else sample.rtol
        atol = 4 * rtol * largest(exact) if sample.atol is None else sample.atol
        with np.errstate(over="ignore"):
            rounded = exact.astype(result.dtype)
        assert_close(result, rounded, f"result {index} in {dtype.name}", rtol, atol)


GRADIENT_CHECKS: dict[str, Callable[[Sample], str | None]] = {
    "gradients": _gradients,
    "gradients of single outputs": _gradients_of_single_outputs,
    "second gradients": _second_gradients,
    "precision": _precision,
}
