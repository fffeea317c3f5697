"""Slots: variables that an optimizer keeps beside a variable, under its name."""

from __future__ import annotations

from typing import Any

from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable, variable_scope


def create_slot(primary: Any, val: Any, name: str) -> Any:
    """Create a variable named `<primary>/<name>` that begins with the value `val`.

    Args:
      primary: the variable it belongs to.
      val: the initial value, a tensor.
      name: the slot's name.
    """
    with variable_scope(None, f"{primary.op.name}/{name}"):
        return _make(primary, val, None, None)


def create_zeros_slot(primary: Any, name: str, dtype: Any = None) -> Any:
    """Create a slot of the primary's shape that begins with zeros.

    Args:
      primary: the variable it belongs to.
      name: the slot's name.
      dtype: the dtype; the primary's by default.
    """
    dtype = primary.dtype.base_dtype if dtype is None else dtype
    with variable_scope(None, f"{primary.op.name}/{name}"):
        return _make(primary, Zeros(), primary.shape, dtype)


def create_slot_with_initializer(
    primary: Any, initializer: Any, shape: Any, dtype: Any, name: str
) -> Any:
    """Create a slot whose values an initializer makes.

    Args:
      primary: the variable it belongs to.
      initializer: makes the values.
      shape: the slot's shape.
      dtype: its dtype.
      name: its name.
    """
    with variable_scope(None, f"{primary.op.name}/{name}"):
        return _make(primary, initializer, shape, dtype)


def _make(primary: Any, initial: Any, shape: Any, dtype: Any) -> Any:
    with primary.graph.colocate_with(primary):
        return get_variable(
            "",
            initializer=initial,
            trainable=False,
            shape=shape,
            dtype=dtype,
            use_resource=primary.op.outputs[0].dtype.name == "resource",
        )
