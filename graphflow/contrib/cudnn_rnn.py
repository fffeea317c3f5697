"""`tf.contrib.cudnn_rnn`: the cells that compute what a GPU's library does, on the processor.

The layers themselves need a GPU. Programs may name them, and learn what to use when they make one.
"""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.rnn.block_cells import LSTMBlockCell
from graphflow.core.graph import Tensor
from graphflow.layers.input_spec import InputSpec
from graphflow.recurrent.basic_cells import input_depth
from graphflow.recurrent.cell import LayerRNNCell
from graphflow.variables.initializers import constant_initializer, zeros_initializer


class CudnnCompatibleLSTMCell(LSTMBlockCell):
    """`LSTMBlockCell` as a GPU's library has it: nothing is added to the forget gate.

    Args:
      num_units: the size of memory and output.
      reuse: whether to share variables that are there.

    >>> import graphflow as tf
    >>> cell = tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell(4)
    >>> output, _ = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> [v.op.name for v in cell.weights]
    ['cudnn_compatible_lstm_cell/kernel', 'cudnn_compatible_lstm_cell/bias']
    """

    def __init__(self, num_units: int, reuse: bool | None = None) -> None:
        super().__init__(num_units, forget_bias=0.0, reuse=reuse, name="cudnn_compatible_lstm_cell")


class CudnnCompatibleGRUCell(LayerRNNCell):
    """A gated recurrent unit as a GPU's library has it.

    The reset gate acts on the projection of the state, not on the state before it:
    `candidate = tanh(W x + b + r · (U h + c))`.

    Args:
      num_units: the size of state and output.
      reuse: whether to share variables that are there.
      kernel_initializer: initializer of the weights.

    >>> import graphflow as tf
    >>> cell = tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell(4)
    >>> output, _ = cell(tf.ones([2, 3]), cell.zero_state(2, tf.float32))
    >>> [v.op.name for v in cell.weights][2]
    'cudnn_compatible_gru_cell/candidate/input_projection/kernel'
    """

    def __init__(
        self, num_units: int, reuse: bool | None = None, kernel_initializer: Any = None
    ) -> None:
        super().__init__(_reuse=reuse)
        self.input_spec = InputSpec(ndim=2)
        self._num_units = num_units
        self._kernel_initializer = kernel_initializer
        self._gates: Any = None
        self._of_inputs: Any = None
        self._of_state: Any = None

    @property
    def state_size(self) -> int:
        """The size of the state."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self._num_units

    def build(self, input_shape: Any) -> None:
        """Make weights and biases of gates and projections.

        Args:
          input_shape: the shape [batch, n] of the inputs.
        """
        units, depth = self._num_units, input_depth(input_shape, self)
        ones = constant_initializer(1.0)
        self._gates = self._weights("gates", depth + units, 2 * units, ones)
        zeros = zeros_initializer()
        self._of_inputs = self._weights("candidate/input_projection", depth, units, zeros)
        self._of_state = self._weights("candidate/hidden_projection", units, units, zeros)
        self.built = True

    def _weights(self, name: str, rows: int, columns: int, bias: Any) -> tuple[Any, Any]:
        """A kernel and a bias."""
        initializer = self._kernel_initializer
        kernel = self.add_weight(f"{name}/kernel", [rows, columns], initializer=initializer)
        return kernel, self.add_weight(f"{name}/bias", [columns], initializer=bias)

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Tensor, Any]:
        """Run one step.

        Args:
          inputs: [batch, n].
          state: [batch, num_units].
          **kwargs: none.
        """
        gates = ops.sigmoid(_projected(ops.concat([inputs, state], 1), *self._gates))
        reset, update = ops.split(gates, 2, axis=1)
        of_state = _projected(state, *self._of_state)
        candidate = ops.tanh(_projected(inputs, *self._of_inputs) + reset * of_state)
        new_state = (1 - update) * candidate + update * state
        return new_state, new_state


def _projected(inputs: Any, kernel: Any, bias: Any) -> Tensor:
    return ops.bias_add(ops.matmul(inputs, kernel), bias)


class _OnGPU:
    """Base of layers that only a GPU's library computes."""

    _instead: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} needs a GPU; {self._instead} compute the same"
        )


class CudnnLSTM(_OnGPU):
    """Layers with long short-term memory on a GPU: not available."""

    _instead = "tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell and tf.nn.dynamic_rnn"


class CudnnGRU(_OnGPU):
    """Layers of gated recurrent units on a GPU: not available."""

    _instead = "tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell and tf.nn.dynamic_rnn"


class CudnnRNNTanh(_OnGPU):
    """Layers of plain cells with tanh on a GPU: not available."""

    _instead = "tf.nn.rnn_cell.BasicRNNCell and tf.nn.dynamic_rnn"


class CudnnRNNRelu(_OnGPU):
    """Layers of plain cells with relu on a GPU: not available."""

    _instead = "tf.nn.rnn_cell.BasicRNNCell with activation=tf.nn.relu and tf.nn.dynamic_rnn"
