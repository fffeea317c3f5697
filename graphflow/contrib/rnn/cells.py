"""Further cells of recurrent nets."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape
from graphflow.layers.input_spec import InputSpec
from graphflow.recurrent.basic_cells import Activation, LSTMStateTuple, input_depth
from graphflow.recurrent.cell import LayerRNNCell, RNNCell
from graphflow.variables.initializers import constant_initializer, zeros_initializer
from graphflow.variables.scope import get_variable, variable_scope


class LayerNormBasicLSTMCell(RNNCell):
    """An LSTM cell with layer normalization and dropout of the candidate.

    Sources: J. Ba, J. Kiros, G. Hinton, "Layer normalization", 2016; S. Semeniuta, A. Severyn,
    E. Barth, "Recurrent dropout without memory loss", 2016.

    Args:
      num_units: the size of memory and output.
      forget_bias: added to the forget gate.
      input_size: deprecated in TensorFlow, without effect.
      activation: a function of tensors, by default tanh.
      layer_norm: whether gates and memory are normalized.
      norm_gain: the first factor of the normalized values.
      norm_shift: the first offset of the normalized values.
      dropout_keep_prob: the probability with which an element of the candidate is kept.
      dropout_prob_seed: an int, the seed of dropout.
      reuse: whether to share variables that are there.
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: Any = None,
        activation: Activation | None = None,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: bool | None = None,
    ) -> None:
        del input_size
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._activation = activation or ops.tanh
        self._layer_norm = layer_norm
        self._norm_gain = norm_gain
        self._norm_shift = norm_shift
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: an `LSTMStateTuple` of [batch, num_units] each.
          **kwargs: none.
        """
        c, h = state
        joined = ops.concat([inputs, h], 1)
        rows, units, dtype = joined.shape.as_list()[1], self._num_units, joined.dtype.base_dtype
        gates = ops.matmul(joined, get_variable("kernel", [rows, 4 * units], dtype=dtype))
        if not self._layer_norm:
            bias = get_variable("bias", [4 * units], dtype=dtype, initializer=zeros_initializer())
            gates = ops.bias_add(gates, bias)
        i, j, f, o = ops.split(gates, 4, axis=1)
        if self._layer_norm:
            i, j = self._normalized(i, "input"), self._normalized(j, "transform")
            f, o = self._normalized(f, "forget"), self._normalized(o, "output")
        candidate = self._activation(j)
        if not (isinstance(self._keep_prob, float) and self._keep_prob >= 1):
            candidate = ops.dropout(candidate, keep_prob=self._keep_prob, seed=self._seed)
        new_c = c * ops.sigmoid(f + self._forget_bias) + ops.sigmoid(i) * candidate
        if self._layer_norm:
            new_c = self._normalized(new_c, "state")
        new_h = self._activation(new_c) * ops.sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)

    def _normalized(self, values: Tensor, scope: str) -> Tensor:
        return normalized(values, scope, self._norm_gain, self._norm_shift)


def normalized(values: Tensor, scope: str, gain: float, shift: float) -> Tensor:
    """Normalize each example, with a factor and an offset for each number, which are variables.

    Args:
      values: [batch, n].
      scope: the variable scope of "gamma" and "beta".
      gain: the first factors.
      shift: the first offsets.
    """
    size, dtype = values.shape.as_list()[-1], values.dtype.base_dtype
    with variable_scope(scope):
        gamma = get_variable("gamma", [size], dtype=dtype, initializer=constant_initializer(gain))
        beta = get_variable("beta", [size], dtype=dtype, initializer=constant_initializer(shift))
    mean, variance = ops.moments(values, [1], keep_dims=True)
    return ops.batch_normalization(values, mean, variance, beta, gamma, 1e-12)


class UGRNNCell(RNNCell):
    """A recurrent cell with one update gate.

    Source: J. Collins, J. Sohl-Dickstein, D. Sussillo, "Capacity and trainability in recurrent
    neural networks", 2017.

    Args:
      num_units: the size of state and output.
      initializer: initializer of the weights.
      forget_bias: added to the gate.
      activation: a function of tensors, by default tanh.
      reuse: whether to share variables that are there.
    """

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Activation = ops.tanh,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation

    @property
    def state_size(self) -> int:
        """The size of the state."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: [batch, num_units].
          **kwargs: none.
        """
        joined = ops.concat([inputs, state], 1)
        rows, units, dtype = joined.shape.as_list()[1], self._num_units, joined.dtype.base_dtype
        kernel = get_variable(
            "kernel", [rows, 2 * units], dtype=dtype, initializer=self._initializer
        )
        bias = get_variable("bias", [2 * units], dtype=dtype, initializer=zeros_initializer())
        gate, candidate = ops.split(ops.bias_add(ops.matmul(joined, kernel), bias), 2, axis=1)
        kept = ops.sigmoid(gate + self._forget_bias)
        new_state = kept * state + (1 - kept) * self._activation(candidate)
        return new_state, new_state


class NASCell(LayerRNNCell):
    """A cell that was found by a search for architectures.

    Source: B. Zoph and Q. Le, "Neural architecture search with reinforcement learning", 2016.

    Args:
      num_units: the size of the memory.
      num_proj: the size of a projection of the output; None for none.
      use_bias: whether to add a bias.
      reuse: whether to share variables that are there.
      **kwargs: as for `Layer`.
    """

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(_reuse=reuse, **kwargs)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._num_proj = num_proj
        self._use_bias = use_bias
        self._kernel: Any = None
        self._recurrent_kernel: Any = None
        self._bias: Any = None
        self._projection: Any = None

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output."""
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_proj or self._num_units

    def build(self, input_shape: Any) -> None:
        """Make the weights, and what else was asked for.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        size, depth = 8 * self._num_units, input_depth(input_shape, self)
        self._recurrent_kernel = self.add_weight("recurrent_kernel", [self.output_size, size])
        self._kernel = self.add_weight("kernel", [depth, size])
        if self._use_bias:
            self._bias = self.add_weight("bias", [size], initializer=zeros_initializer())
        if self._num_proj is not None:
            self._projection = self.add_weight(
                "projection_weights", [self._num_units, self._num_proj]
            )
        self.built = True

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: an `LSTMStateTuple`.
          **kwargs: none.
        """
        c, m = state
        from_state = ops.matmul(m, self._recurrent_kernel)
        from_input = ops.matmul(inputs, self._kernel)
        if self._use_bias:
            from_state = ops.bias_add(from_state, self._bias)
        a, b = ops.split(from_state, 8, axis=1), ops.split(from_input, 8, axis=1)
        first = [
            ops.sigmoid(b[0] + a[0]), ops.relu(b[1] + a[1]), ops.sigmoid(b[2] + a[2]),
            ops.relu(b[3] * a[3]), ops.tanh(b[4] + a[4]), ops.sigmoid(b[5] + a[5]),
            ops.tanh(b[6] + a[6]), ops.sigmoid(b[7] + a[7]),
        ]  # fmt: skip
        second = [
            ops.tanh(first[0] * first[1]), ops.tanh(first[2] + first[3]),
            ops.tanh(first[4] * first[5]), ops.sigmoid(first[6] + first[7]),
        ]  # fmt: skip
        mixed = ops.tanh(second[0] + c)
        new_c = mixed * second[1]
        new_m = ops.tanh(new_c * ops.tanh(second[2] + second[3]))
        if self._num_proj is not None:
            new_m = ops.matmul(new_m, self._projection)
        return new_m, LSTMStateTuple(new_c, new_m)


class ConvLSTMCell(RNNCell):
    """An LSTM cell whose products are convolutions.

    Source: X. Shi et al., "Convolutional LSTM network", 2015.

    Args:
      conv_ndims: how many axes the convolution has: 1, 2 or 3.
      input_shape: the shape of an input without the batch, with the channels last.
      output_channels: the number of channels of the output.
      kernel_shape: the shape of the kernel.
      use_bias: whether to add a bias.
      skip_connection: whether the inputs are joined to the outputs.
      forget_bias: added to the forget gate.
      initializers: initializer of the weights.
      name: its name.

    Raises:
      ValueError: `conv_ndims` does not fit `input_shape`.
    """

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Any,
        output_channels: int,
        kernel_shape: Any,
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str = "conv_lstm_cell",
    ) -> None:
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(
                f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.{at_user_line()}"
            )
        self._input_shape = list(input_shape)
        self._channels = output_channels
        self._kernel_shape = list(kernel_shape)
        self._use_bias = use_bias
        self._skip_connection = skip_connection
        self._forget_bias = forget_bias
        self._initializers = initializers

    @property
    def state_size(self) -> Any:
        """The shapes of memory and output."""
        shape = TensorShape([*self._input_shape[:-1], self._channels])
        return LSTMStateTuple(shape, shape)

    @property
    def output_size(self) -> Any:
        """The shape of the output."""
        skipped = self._input_shape[-1] if self._skip_connection else 0
        return TensorShape([*self._input_shape[:-1], self._channels + skipped])

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, ..., channels].
          state: an `LSTMStateTuple`.
          **kwargs: none.
        """
        c, h = state
        i, j, f, o = ops.split(self._convolved(ops.concat([inputs, h], -1)), 4, axis=-1)
        new_c = ops.sigmoid(f + self._forget_bias) * c + ops.sigmoid(i) * ops.tanh(j)
        new_h = ops.tanh(new_c) * ops.sigmoid(o)
        output = ops.concat([new_h, inputs], -1) if self._skip_connection else new_h
        return output, LSTMStateTuple(new_c, new_h)

    def _convolved(self, joined: Tensor) -> Tensor:
        depth, size, dtype = joined.shape.as_list()[-1], 4 * self._channels, joined.dtype.base_dtype
        kernel = get_variable(
            "kernel", [*self._kernel_shape, depth, size], dtype=dtype,
            initializer=self._initializers,
        )  # fmt: skip
        result: Tensor = ops.convolution(joined, kernel, padding="SAME")
        if self._use_bias:
            biases = get_variable("biases", [size], dtype=dtype, initializer=zeros_initializer())
            result = result + biases
        return result


class Conv1DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over one axis.

    Args:
      name: its name.
      **kwargs: as for `ConvLSTMCell`.
    """

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over two axes.

    Args:
      name: its name.
      **kwargs: as for `ConvLSTMCell`.
    """

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """A `ConvLSTMCell` over three axes.

    Args:
      name: its name.
      **kwargs: as for `ConvLSTMCell`.
    """

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        super().__init__(conv_ndims=3, name=name, **kwargs)
