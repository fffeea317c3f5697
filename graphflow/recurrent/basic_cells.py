"""The cells of `tf.nn.rnn_cell`: plain, gated, and with long short-term memory."""

from __future__ import annotations

import logging
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import as_shape
from graphflow.layers.input_spec import InputSpec
from graphflow.recurrent.cell import LayerRNNCell
from graphflow.variables.initializers import constant_initializer, zeros_initializer
from graphflow.variables.partitioners import fixed_size_partitioner
from graphflow.variables.scope import get_variable_scope

_logger = logging.getLogger("graphflow")

Activation = Callable[[Any], Tensor]


def input_depth(input_shape: Any, cell: Any) -> int:
    """Return the size of the last axis of a cell's inputs.

    Args:
      input_shape: the shape of the inputs.
      cell: the cell, for the error.

    Raises:
      ValueError: it is not known.
    """
    dims = as_shape(input_shape).as_tuple()
    if not dims or dims[-1] is None:
        raise ValueError(
            f"Expected inputs.shape[-1] of {cell.name} to be known, saw shape: "
            f"{as_shape(input_shape)}{at_user_line()}"
        )
    return dims[-1]


class BasicRNNCell(LayerRNNCell):
    """`output = new state = activation([inputs, state] · W + b)`.

    Args:
      num_units: the size of state and output.
      activation: a function of tensors, by default tanh.
      reuse: whether to share variables that are there.
      name: its name.
      dtype: the dtype of its variables.
      **kwargs: as for `Layer`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | None = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or ops.tanh
        self._kernel: Any = None
        self._bias: Any = None

    @property
    def state_size(self) -> int:
        """The size of the state."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights and bias.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        rows = input_depth(input_shape, self) + self._num_units
        self._kernel = self.add_weight("kernel", [rows, self._num_units])
        self._bias = self.add_weight("bias", [self._num_units], initializer=zeros_initializer())
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: [batch, num_units].
          **kwargs: none.
        """
        gates = ops.bias_add(ops.matmul(ops.concat([inputs, state], 1), self._kernel), self._bias)
        output = self._activation(gates)
        return output, output


class GRUCell(LayerRNNCell):
    """A gated recurrent unit.

    A reset gate r and an update gate u decide how much of the state enters the candidate, and how
    much of it stays: `new state = u · state + (1 - u) · candidate`.

    Source: K. Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014.

    Args:
      num_units: the size of state and output.
      activation: a function of tensors, by default tanh.
      reuse: whether to share variables that are there.
      kernel_initializer: initializer of the weights.
      bias_initializer: initializer of the biases; by default 1 for the gates, 0 for the candidate.
      name: its name.
      dtype: the dtype of its variables.
      **kwargs: as for `Layer`.
    """

    def __init__(
        self,
        num_units: int,
        activation: Activation | None = None,
        reuse: bool | None = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._activation = activation or ops.tanh
        self._kernel_initializer = kernel_initializer
        self._bias_initializer = bias_initializer
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
        kernel, bias = self._kernel_initializer, self._bias_initializer
        self._gate_kernel = self.add_weight("gates/kernel", [rows, 2 * units], initializer=kernel)
        self._gate_bias = self.add_weight(
            "gates/bias", [2 * units], initializer=bias or constant_initializer(1.0)
        )
        self._candidate_kernel = self.add_weight(
            "candidate/kernel", [rows, units], initializer=kernel
        )
        self._candidate_bias = self.add_weight(
            "candidate/bias", [units], initializer=bias or zeros_initializer()
        )
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: [batch, num_units].
          **kwargs: none.
        """
        gates = ops.matmul(ops.concat([inputs, state], 1), self._gate_kernel)
        gates = ops.sigmoid(ops.bias_add(gates, self._gate_bias))
        reset, update = ops.split(gates, 2, axis=1)
        mixed = ops.matmul(ops.concat([inputs, reset * state], 1), self._candidate_kernel)
        candidate = self._activation(ops.bias_add(mixed, self._candidate_bias))
        new_state = update * state + (1 - update) * candidate
        return new_state, new_state


class LSTMStateTuple(namedtuple("LSTMStateTuple", ["c", "h"])):
    """The state of an LSTM cell: its memory `c` and its output `h`."""

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The dtype of both.

        Raises:
          TypeError: they differ.
        """
        if self.c.dtype != self.h.dtype:
            raise TypeError(f"Inconsistent internal state: {self.c.dtype} vs {self.h.dtype}")
        return self.c.dtype


def _warn_of_joined_state(cell: Any) -> None:
    _logger.warning(
        "%s: a state that is one tensor is slower; use state_is_tuple=True", type(cell).__name__
    )


class BasicLSTMCell(LayerRNNCell):
    """A cell with long short-term memory.

    An input gate i, a forget gate f and an output gate o decide what enters the memory c, what
    stays in it and what comes out: `c = f · c + i · activation(j)`, `h = o · activation(c)`.

    Source: W. Zaremba, I. Sutskever, O. Vinyals, "Recurrent neural network regularization", 2014.

    Args:
      num_units: the size of memory and output.
      forget_bias: added to the forget gate, so that much is kept in the beginning.
      state_is_tuple: whether the state is an `LSTMStateTuple`, not one tensor.
      activation: a function of tensors, by default tanh.
      reuse: whether to share variables that are there.
      name: its name.
      dtype: the dtype of its variables.
      **kwargs: as for `Layer`.

    >>> import graphflow as tf
    >>> cell = tf.nn.rnn_cell.BasicLSTMCell(4)
    >>> output, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> output.shape.as_list(), [v.name for v in cell.weights]
    ([2, 4], ['basic_lstm_cell/kernel:0', 'basic_lstm_cell/bias:0'])
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation | None = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        if not state_is_tuple:
            _warn_of_joined_state(self)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation or ops.tanh
        self._kernel: Any = None
        self._bias: Any = None

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output, or of both together."""
        units = self._num_units
        return LSTMStateTuple(units, units) if self._state_is_tuple else 2 * units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights and bias.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        units, rows = self._num_units, input_depth(input_shape, self) + self._num_units
        self._kernel = self.add_weight("kernel", [rows, 4 * units])
        self._bias = self.add_weight("bias", [4 * units], initializer=zeros_initializer())
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: an `LSTMStateTuple` of [batch, num_units] each, or both in one tensor.
          **kwargs: none.
        """
        one = ops.constant(1)
        c, h = state if self._state_is_tuple else ops.split(state, 2, axis=one)
        gates = ops.bias_add(ops.matmul(ops.concat([inputs, h], 1), self._kernel), self._bias)
        i, j, f, o = ops.split(gates, 4, axis=one)
        forget_bias = ops.constant(self._forget_bias, f.dtype)
        kept = ops.multiply(c, ops.sigmoid(ops.add(f, forget_bias)))
        new_c = ops.add(kept, ops.multiply(ops.sigmoid(i), self._activation(j)))
        new_h = ops.multiply(self._activation(new_c), ops.sigmoid(o))
        if self._state_is_tuple:
            return new_h, LSTMStateTuple(new_c, new_h)
        return new_h, ops.concat([new_c, new_h], 1)


class LSTMCell(LayerRNNCell):
    """A cell with long short-term memory, and on request peepholes, clipping and a projection.

    Sources: S. Hochreiter and J. Schmidhuber, "Long short-term memory", 1997; F. Gers and
    J. Schmidhuber (peepholes), 2000; H. Sak, A. Senior, F. Beaufays (projection), 2014.

    Args:
      num_units: the size of the memory.
      use_peepholes: whether the gates see the memory.
      cell_clip: the memory is clipped to -cell_clip ... cell_clip; None for not.
      initializer: initializer of weights and projection.
      num_proj: the size of a projection of the output; None for none.
      proj_clip: the projection is clipped to -proj_clip ... proj_clip; None for not.
      num_unit_shards: deprecated: into how many parts to split the weights.
      num_proj_shards: deprecated: into how many parts to split the projection.
      forget_bias: added to the forget gate.
      state_is_tuple: whether the state is an `LSTMStateTuple`, not one tensor.
      activation: a function of tensors, by default tanh.
      reuse: whether to share variables that are there.
      name: its name.
      dtype: the dtype of its variables.
      **kwargs: as for `Layer`.
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation | None = None,
        reuse: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, name=name, dtype=dtype, **kwargs)
        if not state_is_tuple:
            _warn_of_joined_state(self)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._cell_clip = cell_clip
        self._initializer = initializer
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation or ops.tanh
        self._kernel: Any = None
        self._bias: Any = None
        self._peepholes: list[Any] = []
        self._proj_kernel: Any = None

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output, or of both together."""
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_proj or self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights, bias, and what else was asked for.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        units, rows = self._num_units, input_depth(input_shape, self) + self.output_size
        self._kernel = self.add_weight(
            "kernel", [rows, 4 * units], initializer=self._initializer,
            partitioner=_shards(self._num_unit_shards),
        )  # fmt: skip
        self._bias = self.add_weight("bias", [4 * units], initializer=zeros_initializer())
        if self._use_peepholes:
            self._peepholes = [
                self.add_weight(f"w_{gate}_diag", [units], initializer=self._initializer)
                for gate in "fio"
            ]
        if self._num_proj is not None:
            self._proj_kernel = self.add_weight(
                "projection/kernel", [units, self._num_proj], initializer=self._initializer,
                partitioner=_shards(self._num_proj_shards),
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: an `LSTMStateTuple`, or memory and output in one tensor.
          **kwargs: none.
        """
        if self._state_is_tuple:
            c, m = state
        else:
            c = ops.slice(state, [0, 0], [-1, self._num_units])
            m = ops.slice(state, [0, self._num_units], [-1, self.output_size])
        gates = ops.bias_add(ops.matmul(ops.concat([inputs, m], 1), self._kernel), self._bias)
        i, j, f, o = ops.split(gates, 4, axis=1)
        f = f + self._forget_bias
        if self._use_peepholes:
            f = f + self._peepholes[0] * c
        kept = ops.sigmoid(f) * c
        if self._use_peepholes:
            i = i + self._peepholes[1] * c
        new_c = _clipped(kept + ops.sigmoid(i) * self._activation(j), self._cell_clip)
        if self._use_peepholes:
            o = o + self._peepholes[2] * new_c
        new_m = ops.sigmoid(o) * self._activation(new_c)
        if self._num_proj is not None:
            new_m = _clipped(ops.matmul(new_m, self._proj_kernel), self._proj_clip)
        if self._state_is_tuple:
            return new_m, LSTMStateTuple(new_c, new_m)
        return new_m, ops.concat([new_c, new_m], 1)


def _shards(count: int | None) -> Any:
    if count is None:
        return get_variable_scope().partitioner
    return fixed_size_partitioner(count)


def _clipped(tensor: Tensor, limit: float | None) -> Tensor:
    return tensor if limit is None else ops.clip_by_value(tensor, -limit, limit)
