"""Cells whose step is one op: faster than those of many ops, with other names of variables."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.build import apply_multi
from graphflow.core.graph import Tensor
from graphflow.layers.input_spec import InputSpec
from graphflow.recurrent.basic_cells import LSTMStateTuple, input_depth
from graphflow.recurrent.cell import LayerRNNCell
from graphflow.variables.initializers import constant_initializer, zeros_initializer

PEEPHOLES = ("w_i_diag", "w_f_diag", "w_o_diag")


class LSTMBlockCell(LayerRNNCell):
    """A cell with long short-term memory, as one op.

    It computes what `BasicLSTMCell` does, and with peepholes also lets the gates see the memory.

    Args:
      num_units: the size of memory and output.
      forget_bias: added to the forget gate, so that much is kept in the beginning.
      cell_clip: the greatest size of numbers in the memory; None for no bound.
      use_peephole: whether the gates see the memory.
      dtype: the dtype of its variables.
      reuse: whether to share variables that are there.
      name: its name.

    >>> import graphflow as tf
    >>> cell = tf.contrib.rnn.LSTMBlockCell(4)
    >>> output, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> output.op.type, [v.name for v in cell.weights]
    ('LSTMBlockCell', ['lstm_cell/kernel:0', 'lstm_cell/bias:0'])
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: bool | None = None,
        name: str = "lstm_cell",
    ) -> None:
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._use_peephole = use_peephole
        self._cell_clip = -1.0 if cell_clip is None else cell_clip
        self.input_spec = InputSpec(ndim=2)
        self._kernel: Any = None
        self._bias: Any = None
        self._peepholes: list[Any] = []

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights, bias and peepholes.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        units, rows = self._num_units, input_depth(input_shape, self) + self._num_units
        self._kernel = self.add_weight("kernel", [rows, 4 * units])
        self._bias = self.add_weight("bias", [4 * units], initializer=zeros_initializer())
        if self._use_peephole:
            self._peepholes = [self.add_weight(name, [units]) for name in PEEPHOLES]
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: a pair of memory and output, [batch, num_units] each.
          **kwargs: none.

        Raises:
          ValueError: `state` is no pair.
        """
        if len(state) != 2:
            raise ValueError(f"{self.name}: the state must be a pair, not {state!r}")
        memory, output = state
        peepholes = self._peepholes or [ops.zeros([self._num_units], inputs.dtype.base_dtype)] * 3
        step = ops.LSTMBlockCell(self._forget_bias, self._cell_clip, self._use_peephole)
        found = apply_multi(step, inputs, memory, output, self._kernel, *peepholes, self._bias)
        _, memory, *_, output = found
        return output, LSTMStateTuple(memory, output)


class GRUBlockCell(LayerRNNCell):
    """A gated recurrent unit, as one op: it computes what `GRUCell` does.

    Args:
      num_units: the size of state and output.
      cell_size: an older name of `num_units`.
      reuse: whether to share variables that are there.
      name: its name.

    Raises:
      ValueError: the size is not given, or twice.

    >>> import graphflow as tf
    >>> cell = tf.contrib.rnn.GRUBlockCell(4)
    >>> output, _ = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> output.op.type, [v.op.name for v in cell.weights]
    ('GRUBlockCell', ['gru_cell/w_ru', 'gru_cell/b_ru', 'gru_cell/w_c', 'gru_cell/b_c'])
    """

    _names = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: bool | None = None,
        name: str = "gru_cell",
    ) -> None:
        super().__init__(_reuse=reuse, name=name)
        if (num_units is None) == (cell_size is None):
            raise ValueError(f"{self.name}: give num_units, or cell_size, which is its older name")
        self._num_units: int = num_units or cell_size or 0
        self.input_spec = InputSpec(ndim=2)
        self._gate_kernel: Any = None
        self._gate_bias: Any = None
        self._candidate_kernel: Any = None
        self._candidate_bias: Any = None

    @property
    def state_size(self) -> int:
        """The size of the state."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights and biases of gates and candidate.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        units, rows = self._num_units, input_depth(input_shape, self) + self._num_units
        gate_kernel, gate_bias, candidate_kernel, candidate_bias = self._names
        self._gate_kernel = self.add_weight(gate_kernel, [rows, 2 * units])
        self._gate_bias = self.add_weight(
            gate_bias, [2 * units], initializer=constant_initializer(1.0)
        )
        self._candidate_kernel = self.add_weight(candidate_kernel, [rows, units])
        self._candidate_bias = self.add_weight(
            candidate_bias, [units], initializer=constant_initializer(0.0)
        )
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: [batch, num_units].
          **kwargs: none.
        """
        kernels = self._gate_kernel, self._candidate_kernel
        biases = self._gate_bias, self._candidate_bias
        *_, new_state = apply_multi(ops.GRUBlockCell(), inputs, state, *kernels, *biases)
        return new_state, new_state


class GRUBlockCellV2(GRUBlockCell):
    """`GRUBlockCell` whose variables have the names of those of `GRUCell`.

    >>> import graphflow as tf
    >>> cell = tf.contrib.rnn.GRUBlockCellV2(4)
    >>> output, _ = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> [v.op.name for v in cell.weights][::2]
    ['gru_cell/gates/kernel', 'gru_cell/candidate/kernel']
    """

    _names = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")
