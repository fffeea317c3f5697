"""Slots: variables that an optimizer keeps beside a variable, under its name."""

from __future__ import annotations

from typing import Any

from graphflow.variables.initializers import Zeros
from graphflow.variables.scope import get_variable, get_variable_scope, variable_scope
from graphflow.variables.variable import SaveSliceInfo, Variable


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
    scope = get_variable_scope()
    partitioner = scope.partitioner
    scope.set_partitioner(None)  # a part of a variable has a whole slot
    try:
        with primary.graph.colocate_with(primary):
            slot = get_variable(
                "",
                initializer=initial,
                trainable=False,
                shape=shape,
                dtype=dtype,
                use_resource=primary.op.outputs[0].dtype.name == "resource",
            )
    finally:
        scope.set_partitioner(partitioner)
    _set_part(slot, primary)
    return slot


def _set_part(slot: Any, primary: Any) -> None:
    """Let checkpoints hold the slots of the parts of a variable as one tensor, as the variable."""
    part = primary._get_save_slice_info() if isinstance(primary, Variable) else None
    if part is None or slot.shape.rank == 0:
        return
    # TensorFlow takes off as many letters, also where the slot's name has a scope in front of it.
    name = slot.op.name[len(primary.op.name) + 1 :]
    full_shape, var_offset, var_shape = (
        None if values is None else values[: slot.shape.rank]
        for values in (part.full_shape, part.var_offset, part.var_shape)
    )
    full_name = f"{part.full_name}/{name}"
    slot._set_save_slice_info(SaveSliceInfo(full_name, full_shape, var_offset, var_shape))
