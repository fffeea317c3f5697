"""Run cells over sequences written out step by step: `static_rnn` and its relatives."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import control_dependencies
from graphflow.core.graph import Tensor, at_user_line
from graphflow.recurrent.cell import assert_like_rnncell, zeros_of_size
from graphflow.recurrent.steps import (
    best_batch_size,
    checked_lengths,
    state_dtype,
    step_with_ends,
)
from graphflow.variables.scope import variable_scope


def static_rnn(
    cell: Any,
    inputs: Sequence[Any],
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run a cell over sequences, with operations of their own for each step.

    Args:
      cell: an `RNNCell`.
      inputs: a list of [batch, n], one for each step, or of structures of such.
      initial_state: the first state; by default the cell's zero state.
      dtype: the dtype of the state; needed if there is no initial state.
      sequence_length: int [batch]: how long each sequence is.  Beyond its end outputs are zeros,
        and the state stays as it was.
      scope: the variable scope, "rnn" by default.

    Returns:
      A list of outputs, one for each step, and the final state.

    Raises:
      TypeError: `cell` is no cell, or `inputs` no list.
      ValueError: `inputs` is empty, or something needed is missing.

    >>> import graphflow as tf
    >>> cell = tf.nn.rnn_cell.BasicRNNCell(4)
    >>> outputs, state = tf.nn.static_rnn(cell, [tf.ones([2, 5])] * 3, dtype=tf.float32)
    >>> len(outputs), outputs[0].shape.as_list()
    (3, [2, 4])
    """
    assert_like_rnncell("cell", cell)
    if not nest.is_nested(inputs) or isinstance(inputs, dict):
        raise TypeError(f"inputs must be a sequence, not {inputs!r}{at_user_line()}")
    if not inputs:
        raise ValueError(f"inputs must not be empty{at_user_line()}")
    with variable_scope(scope or "rnn") as opened:
        steps = [nest.map_structure(convert_to_tensor, item) for item in inputs]
        _check_sizes(steps)
        batch_size = best_batch_size(nest.flatten(steps[0]), 0)
        state = initial_state
        if state is None:
            if dtype is None:
                raise ValueError(
                    f"If no initial_state is provided, dtype must be specified{at_user_line()}"
                )
            state = cell.zero_state(batch_size, dtype)
        lengths = checked_lengths(sequence_length, batch_size)
        zeros = None
        if lengths is not None:
            zeros = zeros_of_size(cell.output_size, batch_size, state_dtype(dtype, state))
        outputs = []
        for time, step in enumerate(steps):
            if time > 0:
                opened.reuse_variables()
            if lengths is None:
                output, state = cell(step, state)
            else:
                run = partial(cell, step, state)
                output, state = step_with_ends(time, lengths, zeros, state, run)
            outputs.append(output)
        return outputs, state


def _check_sizes(steps: Sequence[Any]) -> None:
    """Check that all inputs of the first step have a known size beside the batch."""
    for tensor in nest.flatten(steps[0]):
        shape = tensor.shape
        if shape.ndims in (None, 0):
            continue
        for index, size in enumerate(shape.as_list()[1:], 1):
            if size is None:
                raise ValueError(
                    f"Input size (dimension {index} of inputs) must be accessible via shape "
                    f"inference, but saw value None.{at_user_line()}"
                )


def static_state_saving_rnn(
    cell: Any,
    inputs: Sequence[Any],
    state_saver: Any,
    state_name: Any,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Run a cell over parts of sequences, with a state that is kept between runs.

    Args:
      cell: an `RNNCell`.
      inputs: a list of [batch, n], one for each step.
      state_saver: an object with `state(name)` and `save_state(name, value)`.
      state_name: the name of the state, or a tuple of names in the structure of the state.
      sequence_length: as for `static_rnn`.
      scope: the variable scope, "rnn" by default.

    Returns:
      A list of outputs, one for each step, and the final state; computing the last output saves the
      state.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: the names do not fit the state.
    """
    state_size = cell.state_size
    is_tuple = nest.is_nested(state_size)
    if is_tuple != isinstance(state_name, tuple):
        raise ValueError(
            "state_name should be the same type as cell.state_size.  state_name: "
            f"{state_name}, cell.state_size: {state_size}{at_user_line()}"
        )
    names = nest.flatten(state_name)
    if len(names) != len(nest.flatten(state_size)):
        raise ValueError(
            f"#elems(state_name) != #elems(state_size): {len(names)} vs. "
            f"{len(nest.flatten(state_size))}{at_user_line()}"
        )
    parts = [state_saver.state(name) for name in names]
    initial = nest.pack_sequence_as(state_size, parts) if is_tuple else parts[0]
    outputs, state = static_rnn(
        cell, inputs, initial_state=initial, sequence_length=sequence_length, scope=scope
    )
    finals = nest.flatten(state)
    saves = [state_saver.save_state(name, part) for name, part in zip(names, finals, strict=True)]
    with control_dependencies(saves):
        outputs[-1] = nest.map_structure(ops.identity, outputs[-1])
        finals = [ops.identity(part) for part in finals]
    return outputs, nest.pack_sequence_as(state, finals) if is_tuple else finals[0]


def _reversed(steps: Sequence[Any], lengths: Tensor | None) -> list[Any]:
    """The steps from the last to the first, of each sequence from its own end."""
    if lengths is None:
        return list(reversed(steps))
    columns = []
    for parts in zip(*[nest.flatten(step) for step in steps], strict=True):
        joined = ops.stack(list(parts))
        turned = ops.reverse_sequence(joined, lengths, seq_axis=0, batch_axis=1)
        pieces = ops.unstack(turned, num=len(parts))
        for piece, part in zip(pieces, parts, strict=True):
            piece.set_shape(part.shape)
        columns.append(pieces)
    return [
        nest.pack_sequence_as(step, [column[index] for column in columns])
        for index, step in enumerate(steps)
    ]


def static_bidirectional_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Sequence[Any],
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Run one cell over sequences forwards and another one backwards, step by step.

    Args:
      cell_fw: the cell that goes forwards.
      cell_bw: the cell that goes backwards.
      inputs: a list of [batch, n], one for each step.
      initial_state_fw: the first state of `cell_fw`.
      initial_state_bw: the first state of `cell_bw`.
      dtype: the dtype of the states; needed if there are no initial states.
      sequence_length: as for `static_rnn`.
      scope: the variable scope, "bidirectional_rnn" by default.

    Returns:
      A list of outputs, those of both cells joined along the last axis, and the two final states.

    Raises:
      TypeError: a cell is no cell, or `inputs` no list.
      ValueError: `inputs` is empty, or something needed is missing.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    if not nest.is_nested(inputs):
        raise TypeError(f"inputs must be a sequence, not {inputs!r}{at_user_line()}")
    if not inputs:
        raise ValueError(f"inputs must not be empty{at_user_line()}")
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw_scope:
            forwards, state_fw = static_rnn(
                cell_fw, inputs, initial_state_fw, dtype, sequence_length, fw_scope
            )
        with variable_scope("bw") as bw_scope:
            steps = [nest.map_structure(convert_to_tensor, item) for item in inputs]
            turned = _reversed(steps, sequence_length)
            backwards, state_bw = static_rnn(
                cell_bw, turned, initial_state_bw, dtype, sequence_length, bw_scope
            )
    backwards = _reversed(backwards, sequence_length)
    outputs = []
    for one, other in zip(forwards, backwards, strict=True):
        pairs = zip(nest.flatten(one), nest.flatten(other), strict=True)
        joined = [ops.concat([a, b], 1) for a, b in pairs]
        outputs.append(nest.pack_sequence_as(one, joined))
    return outputs, state_fw, state_bw
