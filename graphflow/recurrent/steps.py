"""What running a cell over a sequence needs step by step: batch sizes, and sequences that end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.dtypes import DType, as_dtype
from graphflow.core.graph import Tensor, at_user_line
from graphflow.ops.inspection import assert_

_int32 = as_dtype("int32")


def best_batch_size(tensors: Sequence[Tensor], axis: int) -> Any:
    """Return the batch size as an int if the graph tells, else as a tensor.

    Args:
      tensors: the inputs.
      axis: their axis of the batch.
    """
    for tensor in tensors:
        dims = tensor.shape.as_tuple()
        if dims is not None and len(dims) > axis and dims[axis] is not None:
            return dims[axis]
    return ops.shape(tensors[0])[axis]


def checked_lengths(sequence_length: Any, batch_size: Any) -> Tensor | None:
    """Return the lengths of sequences as an int32 vector, checked against the batch size.

    Args:
      sequence_length: int [batch], or None.
      batch_size: an int or an int32 scalar.

    Raises:
      ValueError: it is no vector.
    """
    if sequence_length is None:
        return None
    lengths = ops.cast(convert_to_tensor(sequence_length), _int32)
    if lengths.shape.ndims not in (None, 1):
        raise ValueError(
            "sequence_length must be a vector of length batch_size, but saw shape: "
            f"{lengths.shape}{at_user_line()}"
        )
    lengths = ops.identity(lengths, name="sequence_length")
    check = assert_(
        ops.reduce_all(ops.equal(ops.shape(lengths), ops.stack([batch_size]))),
        ["sequence_length must have one element for each example: its shape and the batch size are",
         ops.shape(lengths), batch_size],
    )  # fmt: skip
    with control_dependencies([check]):
        return ops.identity(lengths, name="CheckSeqLen")


def state_dtype(dtype: Any, state: Any) -> DType:
    """Return the dtype of outputs: the one asked for, or that of the state.

    Args:
      dtype: the dtype that was asked for, or None.
      state: the initial state.

    Raises:
      ValueError: the state has no tensor, or tensors of several dtypes.
    """
    if dtype is not None:
        return as_dtype(dtype).base_dtype
    found: set[DType] = {tensor.dtype.base_dtype for tensor in nest.flatten(state)}
    if not found:
        raise ValueError(f"Unable to infer dtype from empty state.{at_user_line()}")
    if len(found) > 1:
        raise ValueError(
            "State has tensors of different inferred_dtypes. Unable to infer a single "
            f"representative dtype.{at_user_line()}"
        )
    return found.pop()


def step_with_ends(
    time: Any,
    lengths: Tensor,
    zero_output: Any,
    state: Any,
    call_cell: Callable[[], tuple[Any, Any]],
) -> tuple[Any, Any]:
    """Run a cell for one step; where a sequence has ended, give zeros and keep the state.

    Args:
      time: int32, a scalar: which step.
      lengths: int32 [batch]: how long each sequence is.
      zero_output: zeros in the structure of the cell's output.
      state: the state.
      call_cell: runs the cell.

    Returns:
      The output and the new state.
    """
    output, new_state = call_cell()
    nest.assert_same_structure(state, new_state)
    has_ended = time >= lengths

    def chosen(old: Any, new: Any) -> Any:
        if hasattr(new, "_with_flow") or new.shape.ndims == 0:
            return new  # not one value for each example
        return ops.where(has_ended, old, new)

    outputs = [
        chosen(zero, part)
        for zero, part in zip(nest.flatten(zero_output), nest.flatten(output), strict=True)
    ]
    states = [
        chosen(old, part)
        for old, part in zip(nest.flatten(state), nest.flatten(new_state), strict=True)
    ]
    for result, part in zip(
        (*outputs, *states), (*nest.flatten(output), *nest.flatten(new_state)), strict=True
    ):
        if isinstance(result, Tensor):
            result.set_shape(part.shape)
    return nest.pack_sequence_as(output, outputs), nest.pack_sequence_as(new_state, states)
