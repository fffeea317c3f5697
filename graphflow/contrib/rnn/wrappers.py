"""Cells that embed or project what goes into other cells or comes out of them."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line
from graphflow.recurrent.basic_cells import Activation
from graphflow.recurrent.cell import RNNCell, assert_like_rnncell
from graphflow.variables.initializers import constant_initializer, random_uniform_initializer
from graphflow.variables.scope import get_variable, get_variable_scope


def linear(inputs: Any, size: int) -> Tensor:
    """Return `inputs · kernel + bias`, with variables of the present scope.

    Args:
      inputs: [batch, n].
      size: the size of the result.
    """
    rows = inputs.shape.as_list()[1]
    dtype = inputs.dtype.base_dtype
    kernel = get_variable("kernel", [rows, size], dtype=dtype)
    bias = get_variable(
        "bias", [size], dtype=dtype, initializer=constant_initializer(0.0, dtype=dtype)
    )
    return ops.bias_add(ops.matmul(inputs, kernel), bias)


class _Around(RNNCell):
    """A cell around another one, with the state of that.

    Args:
      cell: the other cell.
      reuse: whether to share variables that are there.
    """

    def __init__(self, cell: Any, reuse: bool | None = None) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """The size of the cell's output."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return a state of zeros, as the cell makes it.

        Args:
          batch_size: an int or an int32 scalar.
          dtype: the dtype.
        """
        return self._cell.zero_state(batch_size, dtype)


class EmbeddingWrapper(_Around):
    """A cell whose inputs are integers, each embedded as a vector.

    Args:
      cell: the cell.
      embedding_classes: how many integers there are.
      embedding_size: the size of the vectors.
      initializer: initializer of the embedding; by default that of the scope, or uniform.
      reuse: whether to share variables that are there.

    Raises:
      ValueError: a size is not positive.
    """

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}.{at_user_line()}"
            )
        self._embedding_classes = embedding_classes
        self._embedding_size = embedding_size
        self._initializer = initializer

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step on the embedded inputs.

        Args:
          inputs: int [batch].
          state: the state.
          **kwargs: none.
        """
        initializer = self._initializer or get_variable_scope().initializer
        if initializer is None:
            edge = 3.0**0.5  # numbers of variance 1
            initializer = random_uniform_initializer(-edge, edge)
        dtype = nest.flatten(state)[0].dtype.base_dtype
        table = get_variable(
            "embedding", [self._embedding_classes, self._embedding_size],
            initializer=initializer, dtype=dtype,
        )  # fmt: skip
        indices = ops.reshape(ops.cast(convert_to_tensor(inputs), as_dtype("int32")), [-1])
        return self._cell(ops.embedding_lookup(table, indices), state)


class InputProjectionWrapper(_Around):
    """A cell whose inputs are projected to another size.

    Args:
      cell: the cell.
      num_proj: the size of the projection.
      activation: a function of the projection, None for none.
      input_size: deprecated in TensorFlow, without effect.
      reuse: whether to share variables that are there.
    """

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Activation | None = None,
        input_size: Any = None,
        reuse: bool | None = None,
    ) -> None:
        del input_size
        super().__init__(cell, reuse)
        self._num_proj = num_proj
        self._activation = activation

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step on the projected inputs.

        Args:
          inputs: [batch, n].
          state: the state.
          **kwargs: none.
        """
        projected = linear(inputs, self._num_proj)
        if self._activation is not None:
            projected = self._activation(projected)
        return self._cell(projected, state)


class OutputProjectionWrapper(_Around):
    """A cell whose outputs are projected to another size.

    Args:
      cell: the cell.
      output_size: the size of the projection.
      activation: a function of the projection, None for none.
      reuse: whether to share variables that are there.

    Raises:
      ValueError: `output_size` is not positive.
    """

    def __init__(
        self,
        cell: Any,
        output_size: int,
        activation: Activation | None = None,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.{at_user_line()}")
        self._output_size = output_size
        self._activation = activation

    @property
    def output_size(self) -> int:
        """The size of the projection."""
        return self._output_size

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step and project its output.

        Args:
          inputs: [batch, n].
          state: the state.
          **kwargs: none.
        """
        output, new_state = self._cell(inputs, state)
        projected = linear(output, self._output_size)
        if self._activation is not None:
            projected = self._activation(projected)
        return projected, new_state


class HighwayWrapper(_Around):
    """A cell whose inputs bypass it as far as a gate says.

    Source: R. Srivastava, K. Greff, J. Schmidhuber, "Highway networks", 2015.

    Args:
      cell: the cell; its outputs have the size of its inputs.
      couple_carry_transform_gates: whether what bypasses is 1 minus what goes through.
      carry_bias_init: the first bias of the gates, by default in favour of bypassing.
    """

    def __init__(
        self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0
    ) -> None:
        super().__init__(cell)
        self._is_coupled = couple_carry_transform_gates
        self._carry_bias_init = carry_bias_init

    def __call__(self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step and mix its outputs with its inputs.

        Args:
          inputs: [batch, n].
          state: the state.
          scope: the variable scope to use.
          **kwargs: further arguments of the cell.

        Returns:
          The mixture and the new state.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope, **kwargs)
        inputs.get_shape().assert_is_compatible_with(outputs.get_shape())
        carry = self._gate("carry", inputs, self._carry_bias_init)
        through = 1 - carry
        if not self._is_coupled:
            through = self._gate("transform", inputs, -self._carry_bias_init)
        return inputs * carry + outputs * through, new_state

    def _gate(self, name: str, inputs: Any, bias_init: float) -> Tensor:
        size, dtype = inputs.shape.as_list()[-1], inputs.dtype.base_dtype
        weight = get_variable(f"{name}_w", [size, size], dtype=dtype)
        start = constant_initializer(bias_init, dtype=dtype)
        bias = get_variable(f"{name}_b", [size], dtype=dtype, initializer=start)
        return ops.sigmoid(ops.bias_add(ops.matmul(inputs, weight), bias))


class CompiledWrapper:
    """A cell compiled by XLA; not available, for kernels are compiled by numba here.

    Args:
      cell: the cell.
      compile_stateful: whether to compile operations with state.

    Raises:
      NotImplementedError: always.
    """

    def __init__(self, cell: Any, compile_stateful: bool = False) -> None:
        raise NotImplementedError(
            f"CompiledWrapper({cell!r}, compile_stateful={compile_stateful}): there is no XLA; use "
            "the cell itself"
        )
