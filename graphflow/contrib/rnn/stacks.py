"""Stacks of layers that go both ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import at_user_line
from graphflow.recurrent.dynamic import bidirectional_dynamic_rnn
from graphflow.recurrent.static import static_bidirectional_rnn
from graphflow.variables.scope import variable_scope


def _check(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> None:
    for label, cells in (("cells_fw", cells_fw), ("cells_bw", cells_bw)):
        if not isinstance(cells, list) or not cells:
            raise ValueError(f"{label} must be a list of RNNCells (one per layer).{at_user_line()}")
    if len(cells_fw) != len(cells_bw):
        raise ValueError(f"Forward and Backward cells must have the same depth.{at_user_line()}")
    for label, states in (("fw", states_fw), ("bw", states_bw)):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(
                f"initial_states_{label} must be a list of state tensors (one per layer)."
                f"{at_user_line()}"
            )


def stack_bidirectional_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Sequence[Any],
    initial_states_fw: list[Any] | None = None,
    initial_states_bw: list[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Run several layers, each both ways, step by step; the joined outputs go to the next one.

    Args:
      cells_fw: the cells that go forwards, one for each layer.
      cells_bw: the cells that go backwards.
      inputs: a list of [batch, n], one for each step.
      initial_states_fw: the first states of `cells_fw`.
      initial_states_bw: the first states of `cells_bw`.
      dtype: the dtype of the states; needed if there are no initial states.
      sequence_length: int [batch]: how long each sequence is.
      scope: the variable scope, "stack_bidirectional_rnn" by default.

    Returns:
      A list of outputs of the last layer, and the final states of both kinds of cells.

    Raises:
      ValueError: cells and states do not fit together.
    """
    _check(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    layer: Any = inputs
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for index, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{index}") as cell_scope:
                layer, state_fw, state_bw = static_bidirectional_rnn(
                    cell_fw, cell_bw, layer,
                    None if initial_states_fw is None else initial_states_fw[index],
                    None if initial_states_bw is None else initial_states_bw[index],
                    dtype, sequence_length, cell_scope,
                )  # fmt: skip
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return layer, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_dynamic_rnn(
    cells_fw: list[Any],
    cells_bw: list[Any],
    inputs: Any,
    initial_states_fw: list[Any] | None = None,
    initial_states_bw: list[Any] | None = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Run several layers, each both ways, in loops; the joined outputs go to the next one.

    Args:
      cells_fw: the cells that go forwards, one for each layer.
      cells_bw: the cells that go backwards.
      inputs: [batch, time, n], or with `time_major` [time, batch, n].
      initial_states_fw: the first states of `cells_fw`.
      initial_states_bw: the first states of `cells_bw`.
      dtype: the dtype of the states; needed if there are no initial states.
      sequence_length: int [batch]: how long each sequence is.
      parallel_iterations: recorded in the graph.
      time_major: whether time is the first axis.
      scope: the variable scope, "stack_bidirectional_rnn" by default.
      swap_memory: accepted as the hint that it is.

    Returns:
      The outputs of the last layer, and the final states of both kinds of cells.

    Raises:
      ValueError: cells and states do not fit together.
    """
    _check(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    layer = inputs
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for index, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{index}"):
                outputs, (state_fw, state_bw) = bidirectional_dynamic_rnn(
                    cell_fw, cell_bw, layer, sequence_length,
                    None if initial_states_fw is None else initial_states_fw[index],
                    None if initial_states_bw is None else initial_states_bw[index],
                    dtype, parallel_iterations, swap_memory, time_major,
                )  # fmt: skip
                layer = ops.concat(list(outputs), 2)
            states_fw.append(state_fw)
            states_bw.append(state_bw)
    return layer, tuple(states_fw), tuple(states_bw)
