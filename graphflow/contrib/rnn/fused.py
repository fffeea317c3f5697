"""Cells that take all steps of a batch of sequences at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.rnn.block_cells import PEEPHOLES
from graphflow.core.build import apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int64
from graphflow.core.graph import Tensor
from graphflow.layers.base import Layer
from graphflow.linear_operators.shapes import size_of
from graphflow.recurrent.basic_cells import LSTMStateTuple, input_depth
from graphflow.recurrent.dynamic import dynamic_rnn
from graphflow.recurrent.static import static_rnn
from graphflow.variables.initializers import zeros_initializer


class FusedRNNCell(ABC):
    """The base of cells that take all steps at once."""

    @abstractmethod
    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """Run the cell.

        Args:
          inputs: [time, batch, n], or a list of the steps.
          initial_state: the state before, by default zeros.
          dtype: the dtype of the default.
          sequence_length: int [batch], how many steps each example has; by default all.
          scope: the variable scope to use.

        Returns:
          The outputs, like the inputs, and the state after the last step of each example.
        """


class FusedRNNCellAdaptor(FusedRNNCell):
    """Lets a cell of single steps take all of them.

    Args:
      cell: the cell.
      use_dynamic_rnn: whether to do so in a loop, else by operations for each step.

    >>> import graphflow as tf
    >>> rnn = tf.contrib.rnn
    >>> cell = rnn.FusedRNNCellAdaptor(tf.nn.rnn_cell.GRUCell(4), use_dynamic_rnn=True)
    >>> outputs, state = cell(tf.ones([5, 2, 3]), dtype=tf.float32)
    >>> outputs.shape.as_list(), state.shape.as_list()
    ([5, 2, 4], [2, 4])
    """

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        self._cell = cell
        self._use_dynamic_rnn = use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """Run the cell, see `FusedRNNCell`.

        Args:
          inputs: see there.
          initial_state: see there.
          dtype: see there.
          sequence_length: see there.
          scope: see there.
        """
        is_list = isinstance(inputs, list)
        options = {
            "sequence_length": sequence_length,
            "initial_state": initial_state,
            "dtype": dtype,
            "scope": scope,
        }
        if self._use_dynamic_rnn:
            steps = ops.stack(inputs) if is_list else inputs
            outputs, state = dynamic_rnn(self._cell, steps, time_major=True, **options)
            return (ops.unstack(outputs) if is_list else outputs), state
        steps = inputs if is_list else ops.unstack(inputs)
        outputs, state = static_rnn(self._cell, steps, **options)
        return (outputs if is_list else ops.stack(outputs)), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A cell that takes the steps backwards.

    Outputs stand where the inputs do that they belong to.

    Args:
      cell: the cell.

    >>> import graphflow as tf
    >>> rnn = tf.contrib.rnn
    >>> cell = rnn.TimeReversedFusedRNN(rnn.LSTMBlockFusedCell(4))
    >>> cell(tf.ones([5, 2, 3]), dtype=tf.float32)[0].shape.as_list()
    [5, 2, 4]
    """

    def __init__(self, cell: Any) -> None:
        self._cell = cell

    @staticmethod
    def _reversed(steps: Any, lengths: Any) -> Any:
        if isinstance(steps, list):
            if lengths is None:
                return steps[::-1]
            return ops.unstack(TimeReversedFusedRNN._reversed(ops.stack(steps), lengths))
        if lengths is None:
            return ops.reverse(steps, [0])
        return ops.reverse_sequence(steps, lengths, seq_axis=0, batch_axis=1)

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> tuple[Any, Any]:
        """Run the cell, see `FusedRNNCell`.

        Args:
          inputs: see there.
          initial_state: see there.
          dtype: see there.
          sequence_length: see there.
          scope: see there.
        """
        outputs, state = self._cell(
            self._reversed(inputs, sequence_length),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return self._reversed(outputs, sequence_length), state


class LSTMBlockWrapper(Layer):
    """The base of layers with long short-term memory that take all steps at once."""

    @property
    def num_units(self) -> int:
        """The size of memory and output."""
        raise NotImplementedError(f"{type(self).__name__} does not define num_units")

    def _call_cell(
        self,
        inputs: Any,
        initial_cell_state: Any,
        initial_output: Any,
        dtype: Any,
        sequence_length: Any,
    ) -> tuple[Tensor, Tensor]:
        """Return memory and output after each step, [time, batch, num_units] each."""
        raise NotImplementedError(f"{type(self).__name__} does not define _call_cell")

    def call(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
    ) -> tuple[Any, Any]:
        """Run all steps.

        Args:
          inputs: [time, batch, n], or a list of the steps.
          initial_state: a pair of memory and output before, by default zeros.
          dtype: the dtype of the default.
          sequence_length: int [batch], how many steps each example has; by default all.

        Returns:
          The outputs, which are 0 after the last step of an example, and an `LSTMStateTuple` of
          memory and output after it.

        Raises:
          ValueError: neither `initial_state` nor `dtype` is given, or the state is no pair.
        """
        is_list = isinstance(inputs, list)
        steps = convert_to_tensor(ops.stack(inputs) if is_list else inputs)
        if initial_state is None:
            if dtype is None:
                raise ValueError(f"{self.name}: give initial_state or dtype")
            zeros = ops.zeros(ops.stack([size_of(steps, 1), self.num_units]), dtype)
            initial_state = zeros, zeros
        if len(initial_state) != 2:
            raise ValueError(f"{self.name}: the state must be a pair, not {initial_state!r}")
        memory, output = initial_state
        dtype = memory.dtype if dtype is None else dtype
        lengths = None if sequence_length is None else convert_to_tensor(sequence_length)
        memories, outputs = self._call_cell(steps, memory, output, dtype, lengths)
        if lengths is None:
            state = LSTMStateTuple(memories[-1], outputs[-1])
        else:
            is_step = ops.sequence_mask(lengths, size_of(steps, 0), outputs.dtype)
            outputs = outputs * ops.expand_dims(ops.transpose(is_step), -1)
            state = LSTMStateTuple(
                _last(memory, memories, lengths), _last(output, outputs, lengths)
            )
        return (ops.unstack(outputs) if is_list else outputs), state


def _last(first: Any, later: Tensor, lengths: Tensor) -> Tensor:
    """What each example has after its last step; what it began with if it has no step."""
    all_of_time = ops.concat([ops.expand_dims(first, 0), later], 0)
    examples = ops.range(ops.shape(lengths)[0], dtype=lengths.dtype.base_dtype)
    return ops.gather_nd(all_of_time, ops.stack([lengths, examples], 1))


class LSTMBlockFusedCell(LSTMBlockWrapper):
    """A layer with long short-term memory, all steps of which are one op.

    Args:
      num_units: the size of memory and output.
      forget_bias: added to the forget gate, so that much is kept in the beginning.
      cell_clip: the greatest size of numbers in the memory; None for no bound.
      use_peephole: whether the gates see the memory.
      reuse: whether to share variables that are there.
      dtype: the dtype of its variables.
      name: its name.

    >>> import graphflow as tf
    >>> cell = tf.contrib.rnn.LSTMBlockFusedCell(4)
    >>> outputs, state = cell(tf.ones([5, 2, 3]), dtype=tf.float32, sequence_length=[5, 1])
    >>> outputs.shape.as_list(), [v.op.name for v in cell.weights]
    ([5, 2, 4], ['lstm_fused_cell/kernel', 'lstm_fused_cell/bias'])
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: bool | None = None,
        dtype: Any = None,
        name: str = "lstm_fused_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._cell_clip = -1.0 if cell_clip is None else cell_clip
        self._use_peephole = use_peephole
        self._kernel: Any = None
        self._bias: Any = None
        self._peepholes: list[Any] = []

    @property
    def num_units(self) -> int:
        """The size of memory and output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights, bias and peepholes.

        Args:
          input_shape: the shape [time, batch, n] of the inputs, or a list of those of the steps.

        Raises:
          ValueError: n is not known.
        """
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        units, rows = self._num_units, input_depth(shape, self) + self._num_units
        self._kernel = self.add_weight("kernel", [rows, 4 * units])
        self._bias = self.add_weight("bias", [4 * units], initializer=zeros_initializer())
        if self._use_peephole:
            self._peepholes = [self.add_weight(name, [units]) for name in PEEPHOLES]
        self.built = True

    def _call_cell(
        self,
        inputs: Any,
        initial_cell_state: Any,
        initial_output: Any,
        dtype: Any,
        sequence_length: Any,
    ) -> tuple[Tensor, Tensor]:
        steps = size_of(inputs, 0) if sequence_length is None else ops.reduce_max(sequence_length)
        peepholes = self._peepholes or [ops.zeros([self._num_units], dtype)] * 3
        _, memories, *_, outputs = apply_multi(
            ops.BlockLSTM(self._forget_bias, self._cell_clip, self._use_peephole),
            ops.cast(steps, int64),
            *(inputs, initial_cell_state, initial_output, self._kernel, *peepholes, self._bias),
        )
        return memories, outputs
