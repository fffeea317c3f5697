"""A cell that attends to its own last outputs."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.contrib.rnn.wrappers import linear
from graphflow.core import nest
from graphflow.core.graph import Tensor, at_user_line
from graphflow.recurrent.cell import RNNCell, assert_like_rnncell
from graphflow.variables.scope import get_variable, variable_scope


class AttentionCellWrapper(RNNCell):
    """A cell that attends to the outputs of the last steps.

    Inputs are joined with what was attended to, and outputs too. The state is that of the cell,
    what was attended to, and the last outputs, one after the other.

    Source: D. Bahdanau, K. Cho and Y. Bengio, "Neural machine translation by jointly learning to
    align and translate", 2014.

    Args:
      cell: the cell.
      attn_length: how many outputs it attends to, an int.
      attn_size: the size of an output; the cell's by default.
      attn_vec_size: the size of the layer that compares states with outputs; `attn_size` by
        default.
      input_size: the size of what the cell gets; that of the inputs by default.
      state_is_tuple: whether the state is a tuple; otherwise all is joined along the last axis.
      reuse: whether to share variables that are there.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: `attn_length` is not positive, or the cell's state is a tuple and
        `state_is_tuple` is not set.

    >>> import graphflow as tf
    >>> cell = tf.contrib.rnn.AttentionCellWrapper(tf.nn.rnn_cell.GRUCell(3), attn_length=4)
    >>> cell.state_size, cell.output_size
    ((3, 3, 12), 3)
    >>> outputs, _ = tf.nn.dynamic_rnn(cell, tf.ones([2, 7, 5]), dtype=tf.float32)
    >>> outputs.shape.as_list()
    [2, 7, 3]
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        if nest.is_nested(cell.state_size) and not state_is_tuple:
            raise ValueError(
                f"the cell's state is a tuple of sizes {cell.state_size}, which needs "
                f"state_is_tuple=True{at_user_line()}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length must be positive, not {attn_length}{at_user_line()}")
        self._cell = cell
        self._length = attn_length
        self._size = cell.output_size if attn_size is None else attn_size
        self._hidden_size = self._size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state, of what was attended to, and of the last outputs."""
        sizes = (self._cell.state_size, self._size, self._size * self._length)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The size of an output."""
        return self._size

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step.

        Args:
          inputs: [batch, n].
          state: the state.
          **kwargs: none.

        Returns:
          The output and the new state.
        """
        if not self._state_is_tuple:
            sizes = [self._cell.state_size, self._size, self._size * self._length]
            state = ops.split(state, sizes, axis=1)
        cell_state, attended, memory = state
        memory = ops.reshape(memory, [-1, self._length, self._size])
        size = inputs.shape.as_list()[1] if self._input_size is None else self._input_size
        joined = linear(ops.concat([inputs, attended], 1), size)
        cell_output, cell_state = self._cell(joined, cell_state)
        attended = self._attend(ops.concat(nest.flatten(cell_state), 1), memory)
        with variable_scope("attn_output_projection"):
            output = linear(ops.concat([cell_output, attended], 1), self._size)
        memory = ops.concat([memory[:, 1:], ops.expand_dims(output, 1)], 1)
        memory = ops.reshape(memory, [-1, self._length * self._size])
        new_state = (cell_state, attended, memory)
        return output, new_state if self._state_is_tuple else ops.concat(new_state, 1)

    def _attend(self, query: Tensor, memory: Tensor) -> Tensor:
        """The mean of the last outputs, weighted by how well they fit to the query."""
        with variable_scope("attention"):
            kernel = get_variable(
                "attn_w", [1, 1, self._size, self._hidden_size], dtype=query.dtype
            )
            weights = get_variable("attn_v", [self._hidden_size], dtype=query.dtype)
            keys = ops.conv2d(ops.expand_dims(memory, 2), kernel, [1, 1, 1, 1], "SAME")
            question = linear(query, self._hidden_size)
            question = ops.reshape(question, [-1, 1, 1, self._hidden_size])
            scores = ops.reduce_sum(weights * ops.tanh(keys + question), [2, 3])
            shares = ops.expand_dims(ops.softmax(scores), 2)
            attended: Tensor = ops.reduce_sum(shares * memory, 1)
            return attended
