"""A cell with long short-term memory that forgets as much as it takes in."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.rnn.cells import normalized
from graphflow.core.graph import Tensor
from graphflow.recurrent.basic_cells import Activation, LSTMStateTuple, input_depth
from graphflow.recurrent.cell import RNNCell
from graphflow.variables.initializers import zeros_initializer
from graphflow.variables.scope import get_variable, get_variable_scope, variable_scope


class CoupledInputForgetGateLSTMCell(RNNCell):
    """A cell with long short-term memory whose input gate is 1 minus its forget gate.

    Source: K. Greff, R. Srivastava, J. Koutník, B. Steunebrink, J. Schmidhuber, "LSTM: a search
    space odyssey", 2015.

    Args:
      num_units: the size of the memory.
      use_peepholes: whether the gates see the memory.
      initializer: initializer of weights and peepholes.
      num_proj: the size of a projection of the output; None for none.
      proj_clip: the greatest size of projected numbers; None for no bound.
      num_unit_shards: into how many variables to split the weights.
      num_proj_shards: into how many variables to split the weights of the projection.
      forget_bias: added to the forget gate, so that much is kept in the beginning.
      state_is_tuple: whether the state is an `LSTMStateTuple`, not one tensor.
      activation: a function of tensors.
      reuse: whether to share variables that are there.
      layer_norm: whether gates and memory are normalized.
      norm_gain: the first factor of the normalized values.
      norm_shift: the first offset of the normalized values.

    >>> import graphflow as tf
    >>> cell = tf.contrib.rnn.CoupledInputForgetGateLSTMCell(4, use_peepholes=True)
    >>> output, state = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> [v.op.name.split("/")[1] for v in tf.trainable_variables()]
    ['W_0', 'B', 'W_F_diag', 'W_O_diag']
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Activation = ops.tanh,
        reuse: bool | None = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._use_peepholes = use_peepholes
        self._initializer = initializer
        self._num_proj = num_proj
        self._proj_clip = proj_clip
        self._num_unit_shards = num_unit_shards
        self._num_proj_shards = num_proj_shards
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output, or of both together."""
        sizes = LSTMStateTuple(self._num_units, self.output_size)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units if self._num_proj is None else self._num_proj

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: an `LSTMStateTuple` of memory and output, or both in one tensor.
          **kwargs: none.
        """
        if self._state_is_tuple:
            memory, output = state
        else:
            memory, output = ops.split(state, [self._num_units, self.output_size], axis=1)
        with variable_scope(get_variable_scope(), initializer=self._initializer):
            memory, output = self._step(inputs, memory, output)
        if self._state_is_tuple:
            return output, LSTMStateTuple(memory, output)
        return output, ops.concat([memory, output], 1)

    def _step(self, inputs: Any, memory: Tensor, output: Tensor) -> tuple[Tensor, Tensor]:
        candidate, forget, out = self._gates(inputs, output)
        forget = forget + self._forget_bias
        if self._use_peepholes:
            forget = forget + self._peephole("W_F_diag", memory.dtype.base_dtype) * memory
        kept = ops.sigmoid(forget)
        memory = kept * memory + (1 - kept) * self._activation(candidate)
        if self._layer_norm:
            memory = self._normalized(memory, "state")
        if self._use_peepholes:
            out = out + self._peephole("W_O_diag", memory.dtype.base_dtype) * memory
        output = ops.sigmoid(out) * self._activation(memory)
        return memory, output if self._num_proj is None else self._projected(output, self._num_proj)

    def _gates(self, inputs: Any, output: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What goes into the candidate, the forget gate and the output gate."""
        units, dtype = self._num_units, inputs.dtype.base_dtype
        rows = input_depth(inputs.shape, self) + self.output_size
        weights = _in_shards("W", [rows, 3 * units], dtype, self._num_unit_shards)
        bias = get_variable("B", [3 * units], dtype=dtype, initializer=zeros_initializer())
        gates = ops.matmul(ops.concat([inputs, output], 1), weights)
        if not self._layer_norm:
            gates = ops.bias_add(gates, bias)
        candidate, forget, out = ops.split(gates, 3, axis=1)
        if self._layer_norm:
            candidate = self._normalized(candidate, "transform")
            forget = self._normalized(forget, "forget")
            out = self._normalized(out, "output")
        return candidate, forget, out

    def _peephole(self, name: str, dtype: Any) -> Any:
        return get_variable(name, [self._num_units], dtype=dtype)

    def _normalized(self, values: Tensor, scope: str) -> Tensor:
        return normalized(values, scope, self._norm_gain, self._norm_shift)

    def _projected(self, output: Tensor, size: int) -> Any:
        shape, dtype = [self._num_units, size], output.dtype.base_dtype
        output = ops.matmul(output, _in_shards("W_P", shape, dtype, self._num_proj_shards))
        if self._proj_clip is None:
            return output
        return ops.clip_by_value(output, -self._proj_clip, self._proj_clip)


def _in_shards(name: str, shape: list[int], dtype: Any, count: int) -> Any:
    """A matrix whose rows are in several variables; the first ones have one row more if need be."""
    if count > shape[0]:
        raise ValueError(f"{name}: {shape[0]} rows cannot be split into {count} parts")
    least, more = divmod(shape[0], count)
    parts = [
        get_variable(f"{name}_{place}", [least + (place < more), *shape[1:]], dtype=dtype)
        for place in range(count)
    ]
    return parts[0] if count == 1 else ops.concat(parts, 0, name=name)
