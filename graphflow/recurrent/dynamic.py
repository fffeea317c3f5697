"""Run cells over sequences in a loop: `dynamic_rnn`, `bidirectional_dynamic_rnn`, `raw_rnn`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape
from graphflow.ops.tensor_array import TensorArray
from graphflow.recurrent.cell import assert_like_rnncell, map_sizes, state_shape, zeros_of_size
from graphflow.recurrent.steps import (
    best_batch_size,
    checked_lengths,
    state_dtype,
    step_with_ends,
)
from graphflow.variables.scope import variable_scope

_int32 = as_dtype("int32")


def transpose_batch_time(x: Any) -> Any:
    """Exchange the first two axes, of batch and time.

    Args:
      x: a tensor of rank 2 at least; others are returned as they are.
    """
    tensor = convert_to_tensor(x)
    dims = tensor.shape.as_tuple()
    if dims is not None and len(dims) < 2:
        raise ValueError(
            f"Expected input tensor {tensor.name} to have rank at least 2, but saw shape: "
            f"{tensor.shape}{at_user_line()}"
        )
    order: Any = [1, 0, *range(2, len(dims))] if dims is not None else None
    if order is None:
        order = ops.concat([[1, 0], ops.range(2, ops.rank(tensor))], 0)
    result = ops.transpose(tensor, order)
    if dims is not None:
        result.set_shape([dims[1], dims[0], *dims[2:]])
    return result


def dynamic_rnn(
    cell: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """Run a cell over sequences, in a loop of as many steps as they have.

    Args:
      cell: an `RNNCell`.
      inputs: [batch, time, ...], or with `time_major` [time, batch, ...]; or a structure of such.
      sequence_length: int [batch]: how long each sequence is.  Beyond its end outputs are zeros,
        and the state stays as it was.
      initial_state: the first state; by default the cell's zero state.
      dtype: the dtype of the state; needed if there is no initial state.
      parallel_iterations: recorded in the graph, 32 by default.
      swap_memory: accepted as the hint that it is.
      time_major: whether time is the first axis of inputs and outputs.
      scope: the variable scope, "rnn" by default.

    Returns:
      The outputs [batch, time, size] (or with time first) in the structure of the cell's output,
      and the final state.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: inputs do not fit together, or something needed is missing.

    >>> import graphflow as tf
    >>> cell = tf.nn.rnn_cell.GRUCell(4)
    >>> outputs, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 3, 5]), [3, 1], dtype=tf.float32)
    >>> outputs.shape.as_list(), state.shape.as_list()
    ([2, 3, 4], [2, 4])
    """
    assert_like_rnncell("cell", cell)
    with variable_scope(scope or "rnn"):
        flat = [convert_to_tensor(item) for item in nest.flatten(inputs)]
        if not time_major:
            flat = [transpose_batch_time(item) for item in flat]
        batch_size = best_batch_size(flat, 1)
        lengths = checked_lengths(sequence_length, batch_size)
        state = _initial_state(cell, initial_state, batch_size, dtype)
        loop = _Loop(cell, nest.pack_sequence_as(inputs, flat), flat, state, lengths, dtype)
        outputs, final_state = loop.run(parallel_iterations or 32, swap_memory)
        if not time_major:
            outputs = nest.map_structure(transpose_batch_time, outputs)
        return outputs, final_state


def _initial_state(cell: Any, initial_state: Any, batch_size: Any, dtype: Any) -> Any:
    if initial_state is not None:
        return nest.map_structure(
            lambda item: item if nest.is_composite(item) else convert_to_tensor(item), initial_state
        )
    if dtype is None:
        raise ValueError(f"If there is no initial_state, you must give a dtype.{at_user_line()}")
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


class _Loop:
    """The loop of `dynamic_rnn` over inputs with time as the first axis.

    Args:
      cell: the cell.
      inputs: the inputs in their structure.
      flat: the same as a list.
      state: the first state.
      lengths: how long the sequences are, or None.
      dtype: the dtype of outputs, or None for that of the state.
    """

    def __init__(
        self, cell: Any, inputs: Any, flat: list[Tensor], state: Any, lengths: Any, dtype: Any
    ) -> None:
        self.cell = cell
        self.inputs = inputs
        self.flat = flat
        self.state = state
        self.lengths = lengths
        self.dtype = state_dtype(dtype, state)
        self.steps, self.batch = self._static_sizes()

    def _static_sizes(self) -> tuple[int | None, int | None]:
        """The number of steps and the batch size, as far as the graph tells."""
        steps = batch = None
        for tensor in self.flat:
            shape = tensor.shape.with_rank_at_least(2)
            if shape.ndims is None or not shape[2:].is_fully_defined():
                raise ValueError(
                    "Input size (depth of inputs) must be accessible via shape inference, but saw "
                    f"value None: {tensor!r}{at_user_line()}"
                )
            dims = shape.as_list()
            if steps is not None and dims[0] not in (None, steps):
                raise ValueError(
                    "Time steps is not the same for all the elements in the input in a batch."
                    f"{at_user_line()}"
                )
            if batch is not None and dims[1] not in (None, batch):
                raise ValueError(
                    f"Batch_size is not the same for all the elements in the input.{at_user_line()}"
                )
            steps = dims[0] if steps is None else steps
            batch = dims[1] if batch is None else batch
        return steps, batch

    def run(self, parallel_iterations: int, swap_memory: bool) -> tuple[Any, Any]:
        """Add the loop; return the outputs with time first, and the final state."""
        shape = ops.shape(self.flat[0])
        steps = shape[0] if self.steps is None else self.steps
        batch = shape[1] if self.batch is None else self.batch
        sizes = self.cell.output_size
        with name_scope("dynamic_rnn"):
            arrays = map_sizes(lambda size: self._output_array(size, steps), sizes)
            sources = [
                TensorArray(tensor.dtype, size=steps, tensor_array_name="input").unstack(tensor)
                for tensor in self.flat
            ]
        zeros = zeros_of_size(sizes, batch, self.dtype)
        bound: Any = steps
        if self.lengths is not None:
            longest = ops.reduce_max(self.lengths)
            bound = ops.minimum(steps, ops.maximum(1, longest))

        def body(time: Tensor, arrays: Any, state: Any) -> Any:
            output, new_state = self._step(time, sources, zeros, state)
            pairs = zip(nest.flatten(arrays), nest.flatten(output), strict=True)
            written = [array.write(time, part) for array, part in pairs]
            return time + 1, nest.pack_sequence_as(arrays, written), new_state

        time = ops.constant(0, _int32, name="time")
        _, arrays, state = ops.while_loop(
            lambda time, *_: time < bound, body, (time, arrays, self.state),
            parallel_iterations=parallel_iterations, maximum_iterations=steps,
            swap_memory=swap_memory,
        )  # fmt: skip
        return nest.map_structure(self._stacked, arrays), state

    def _output_array(self, size: Any, steps: Any) -> TensorArray:
        shape = state_shape(self.batch, size)
        return TensorArray(self.dtype, size=steps, element_shape=shape, tensor_array_name="output")

    def _stacked(self, array: TensorArray) -> Tensor:
        result = array.stack()
        result.set_shape(TensorShape([self.steps]).concatenate(array.element_shape))
        return result

    def _step(self, time: Tensor, sources: Any, zeros: Any, state: Any) -> tuple[Any, Any]:
        parts = []
        for source, tensor in zip(sources, self.flat, strict=True):
            part = source.read(time)
            part.set_shape(tensor.shape[1:])
            parts.append(part)
        inputs = nest.pack_sequence_as(self.inputs, parts)
        if self.lengths is None:
            output, new_state = self.cell(inputs, state)
        else:
            output, new_state = step_with_ends(
                time, self.lengths, zeros, state, lambda: self.cell(inputs, state)
            )
        nest.assert_same_structure(zeros, output)
        return output, new_state


def bidirectional_dynamic_rnn(
    cell_fw: Any,
    cell_bw: Any,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Any, Any]:
    """Run one cell over sequences forwards and another one backwards.

    Args:
      cell_fw: the cell that goes forwards.
      cell_bw: the cell that goes backwards.
      inputs: as for `dynamic_rnn`.
      sequence_length: as for `dynamic_rnn`; going backwards begins at the end of each sequence.
      initial_state_fw: the first state of `cell_fw`.
      initial_state_bw: the first state of `cell_bw`.
      dtype: as for `dynamic_rnn`.
      parallel_iterations: as for `dynamic_rnn`.
      swap_memory: as for `dynamic_rnn`.
      time_major: as for `dynamic_rnn`.
      scope: the variable scope, "bidirectional_rnn" by default.

    Returns:
      A pair of outputs, each at the place of its input, and a pair of final states.

    Raises:
      TypeError: a cell is no cell.
      ValueError: as for `dynamic_rnn`.
    """
    assert_like_rnncell("cell_fw", cell_fw)
    assert_like_rnncell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def reversed_in_time(tensor: Any) -> Tensor:
        if sequence_length is None:
            return ops.reverse(tensor, axis=[time_axis])
        return ops.reverse_sequence(
            tensor, sequence_length, seq_axis=time_axis, batch_axis=batch_axis
        )

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as fw_scope:
            output_fw, state_fw = dynamic_rnn(
                cell_fw, inputs, sequence_length, initial_state_fw, dtype, parallel_iterations,
                swap_memory, time_major, fw_scope,
            )  # fmt: skip
        with variable_scope("bw") as bw_scope:
            backwards = nest.map_structure(reversed_in_time, inputs)
            output_bw, state_bw = dynamic_rnn(
                cell_bw, backwards, sequence_length, initial_state_bw, dtype, parallel_iterations,
                swap_memory, time_major, bw_scope,
            )  # fmt: skip
        output_bw = nest.map_structure(reversed_in_time, output_bw)
    return (output_fw, output_bw), (state_fw, state_bw)


def raw_rnn(
    cell: Any,
    loop_fn: Callable[[Any, Any, Any, Any], Any],
    parallel_iterations: int | None = None,
    swap_memory: bool = False,
    scope: Any = None,
) -> tuple[Any, Any, Any]:
    """Run a cell in a loop whose inputs, states and end a function decides.

    `loop_fn(time, cell_output, cell_state, loop_state)` is called before the first step with the
    time 0 and None for the rest, and after each step.  It returns whether each example is finished,
    the next input, the next state, what to emit, and the next loop state.  In the first call what
    it emits tells shapes and dtypes (None: as the cell's output).

    Args:
      cell: an `RNNCell`.
      loop_fn: the function.
      parallel_iterations: recorded in the graph, 32 by default.
      swap_memory: accepted as the hint that it is.
      scope: the variable scope, "rnn" by default.

    Returns:
      A TensorArray (or structure of such) of what was emitted, the final state, and the final loop
      state.

    Raises:
      TypeError: `cell` is no cell, or `loop_fn` no function.
      ValueError: the first call does not say what it should.
    """
    assert_like_rnncell("cell", cell)
    if not callable(loop_fn):
        raise TypeError(f"loop_fn must be a callable, not {loop_fn!r}{at_user_line()}")
    with variable_scope(scope or "rnn"):
        time = ops.constant(0, _int32)
        finished, first_input, state, emit_structure, loop_state = loop_fn(time, None, None, None)
        flat = [convert_to_tensor(item) for item in nest.flatten(first_input)]
        batch = best_batch_size(flat, 0)
        nest.assert_same_structure(cell.state_size, state)
        dtype = state_dtype(None, state)
        has_loop_state = loop_state is not None
        loop_state = ops.constant(0, _int32) if loop_state is None else loop_state
        sizes, dtypes = _emitted(cell, emit_structure, dtype)
        zeros = zeros_of_size(sizes, batch, dtypes)
        arrays = map_sizes(
            lambda size, kind: TensorArray(
                kind, size=0, dynamic_size=True, element_shape=state_shape(None, size)
            ),
            sizes,
            dtypes,
        )

        def body(
            time: Tensor, ended: Tensor, inputs: Any, arrays: Any, state: Any, extra: Any
        ) -> Any:
            output, cell_state = cell(inputs, state)
            next_time = time + 1
            now, next_input, next_state, emit, next_extra = loop_fn(
                next_time, output, cell_state, extra if has_loop_state else None
            )
            emit = output if emit_structure is None else emit
            nest.assert_same_structure(state, next_state)
            next_extra = extra if next_extra is None else next_extra
            emit = _unless(ended, zeros, emit)
            next_state = _unless(ended, state, next_state)
            written = [
                array.write(time, part)
                for array, part in zip(nest.flatten(arrays), nest.flatten(emit), strict=True)
            ]
            now = ops.logical_or(ended, now)
            arrays = nest.pack_sequence_as(arrays, written)
            return next_time, now, next_input, arrays, next_state, next_extra

        start = (time, ops.identity(finished), first_input, arrays, state, loop_state)
        _, _, _, arrays, state, loop_state = ops.while_loop(
            lambda time, ended, *_: ops.logical_not(ops.reduce_all(ended)), body, start,
            parallel_iterations=parallel_iterations or 32, swap_memory=swap_memory,
        )  # fmt: skip
        return arrays, state, loop_state if has_loop_state else None


def _emitted(cell: Any, structure: Any, dtype: Any) -> tuple[Any, Any]:
    """The sizes and dtypes of what is emitted."""
    if structure is None:
        sizes = cell.output_size
        return sizes, map_sizes(lambda _: dtype, sizes)
    tensors = nest.map_structure(convert_to_tensor, structure)
    return (
        nest.map_structure(lambda tensor: tensor.shape, tensors),
        nest.map_structure(lambda tensor: tensor.dtype.base_dtype, tensors),
    )


def _unless(ended: Tensor, old: Any, new: Any) -> Any:
    """For examples that have ended the old values, for the others the new ones."""

    def choose(one: Any, other: Any) -> Any:
        if hasattr(other, "_with_flow") or convert_to_tensor(other).shape.ndims == 0:
            return other
        result = ops.where(ended, one, other)
        result.set_shape(other.shape)
        return result

    parts = [choose(a, b) for a, b in zip(nest.flatten(old), nest.flatten(new), strict=True)]
    return nest.pack_sequence_as(new, parts)
