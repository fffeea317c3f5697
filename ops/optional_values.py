"""Optionals: values that hold an element, or none."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphflow.core.dtypes import DType, bool as _bool, variant as _variant
from graphflow.core.errors import OutOfRangeError
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._dataset import Element
from graphflow.ops._static import as_array, invalid
from graphflow.ops.iterators import IteratorGetNext

__all__ = [
    "IteratorGetNextAsOptional",
    "OptionalFromValue",
    "OptionalGetValue",
    "OptionalHasValue",
    "OptionalNone",
]

_SCALAR = TensorSpec(TensorShape.of(()), _variant)


class _Held:
    """What an optional holds.

    Attributes:
      element: the components, None if there is no element.
    """

    def __init__(self, element: Element | None) -> None:
        self.element = element

    def as_array(self) -> Array:
        """Return the optional as the value of a scalar tensor."""
        array = np.empty((), object)
        array[()] = self
        return array


def _held(value: Array) -> _Held:
    item = as_array(value).item()
    if not isinstance(item, _Held):
        raise invalid(f"an optional is needed, this tensor holds {item!r}")
    return item


@register
class OptionalFromValue(Op):
    """An optional that holds an element."""

    inputs = "components: [Toutput_types]"
    outputs = "optional"
    differentiable = False

    def infer(self, *components: TensorSpec) -> TensorSpec:
        return _SCALAR

    def kernel(self, *components: Array) -> Array:
        return _Held(components).as_array()


@register
class OptionalNone(Op):
    """An optional that holds nothing."""

    outputs = "optional"
    differentiable = False

    def infer(self) -> TensorSpec:
        return _SCALAR

    def kernel(self) -> Array:
        return _Held(None).as_array()


@register
class OptionalHasValue(Op):
    """Whether an optional holds an element."""

    inputs = "optional: variant"
    outputs = "has_value"
    differentiable = False

    def infer(self, optional: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _bool)

    def kernel(self, optional: Array) -> Array:
        return np.bool_(_held(optional).element is not None)


@register
class OptionalGetValue(Op):
    """The element that an optional holds."""

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    inputs = "optional: variant"
    outputs = "components"
    differentiable = False

    def infer(self, optional: TensorSpec) -> list[TensorSpec]:
        pairs = zip(self.output_shapes, self.output_types, strict=True)
        return [TensorSpec(shape, dtype) for shape, dtype in pairs]

    def kernel(self, optional: Array) -> Element:
        element = _held(optional).element
        if element is None:
            raise invalid("the optional holds no element: ask has_value() first")
        return element


@register
class IteratorGetNextAsOptional(IteratorGetNext):
    """The next element as an optional, which holds nothing after the last one."""

    outputs = "optional"

    def infer(self, iterator: TensorSpec) -> Any:
        return _SCALAR

    def kernel(self, ctx: Context, iterator: Array) -> Any:
        try:
            element = super().kernel(ctx, iterator)
        except OutOfRangeError:
            return _Held(None).as_array()
        return _Held(element).as_array()
