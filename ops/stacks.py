"""Stacks: how TensorFlow 1.x keeps what the gradient of a loop needs of each iteration.

Programs never ask for them; they are in graphs that TensorFlow wrote.  A stack lives as long as the
run that made it.
"""

from __future__ import annotations

import numpy as np

from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.op import Array, Op, register
from graphflow.core.spec import TensorShape, TensorSpec

__all__ = ["StackCloseV2", "StackPopV2", "StackPushV2", "StackV2"]

_resource = as_dtype("resource")


class _Stack:
    """The values of one stack.

    Args:
      dtype: their dtype.
      max_size: how many there may be; no limit if negative.
    """

    def __init__(self, dtype: DType, max_size: int) -> None:
        self.dtype = dtype
        self.max_size = max_size
        self.values: list[Array] = []

    def push(self, value: Array) -> None:
        """Add a value.

        Raises:
          InvalidArgumentError: the stack is full.
        """
        if 0 <= self.max_size <= len(self.values):
            raise _invalid(f"the stack is full: it holds {self.max_size} values")
        self.values.append(value)

    def pop(self) -> Array:
        """Take the last value.

        Raises:
          InvalidArgumentError: the stack is empty.
        """
        if not self.values:
            raise _invalid("the stack is empty: there is nothing to pop")
        return self.values.pop()


def _invalid(problem: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, problem)


def _stack_in(handle: Array) -> _Stack:
    stack = handle.item()
    assert isinstance(stack, _Stack)
    return stack


@register
class StackV2(Op):
    """An empty stack."""

    elem_type: DType
    stack_name: str = ""

    inputs = "max_size: int32"
    outputs = "handle"
    stateful = True
    differentiable = False

    def infer(self, max_size: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape([]), _resource)

    def kernel(self, max_size: Array) -> Array:
        handle = np.empty((), object)
        handle[()] = _Stack(self.elem_type, int(max_size))
        return handle


@register
class StackPushV2(Op):
    """Add a value to a stack, and pass it on."""

    swap_memory: bool = False

    inputs = "handle: resource, elem: T"
    outputs = "output"
    stateful = True
    differentiable = False

    def infer(self, handle: TensorSpec, elem: TensorSpec) -> TensorSpec:
        return elem

    def kernel(self, handle: Array, elem: Array) -> Array:
        _stack_in(handle).push(elem)
        return elem


@register
class StackPopV2(Op):
    """Take the last value of a stack."""

    elem_type: DType

    inputs = "handle: resource"
    outputs = "elem"
    stateful = True
    differentiable = False

    def infer(self, handle: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape(None), self.elem_type)

    def kernel(self, handle: Array) -> Array:
        return _stack_in(handle).pop()


@register
class StackCloseV2(Op):
    """Forget the values of a stack."""

    inputs = "handle: resource"
    outputs = ""
    stateful = True
    differentiable = False

    def infer(self, handle: TensorSpec) -> tuple[()]:
        return ()

    def kernel(self, handle: Array) -> tuple[()]:
        _stack_in(handle).values.clear()
        return ()
