"""Cells made of other cells: several in a row, with dropout, with a shortcut, on a device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line, get_default_graph
from graphflow.core.scopes import name_scope
from graphflow.recurrent.basic_cells import LSTMStateTuple
from graphflow.recurrent.cell import RNNCell, assert_like_rnncell, state_shape
from graphflow.variables.scope import variable_scope


class MultiRNNCell(RNNCell):
    """Several cells in a row: each takes the output of the one before.

    Args:
      cells: the cells.
      state_is_tuple: whether the state is a tuple of the cells' states, not all in one tensor.

    Raises:
      ValueError: there is no cell, or a cell's state is a tuple although `state_is_tuple` is False.
      TypeError: `cells` is no list.
    """

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError(f"Must specify at least one cell for MultiRNNCell.{at_user_line()}")
        if not isinstance(cells, (list, tuple)):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.{at_user_line()}")
        for index, cell in enumerate(cells):
            assert_like_rnncell(f"cells[{index}]", cell)
        if not state_is_tuple and any(nest.is_nested(cell.state_size) for cell in cells):
            raise ValueError(
                "Some cells return tuples of states, but the flag state_is_tuple is not set: "
                f"{[str(cell.state_size) for cell in cells]}{at_user_line()}"
            )
        self._cells = list(cells)
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        """The sizes of the states of all cells."""
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The size of the last cell's output."""
        return self._cells[-1].output_size

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of all cells that training changes."""
        if not self.trainable:
            return []
        return [w for cell in self._cells for w in getattr(cell, "trainable_weights", ())]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables of all cells that training does not change."""
        fixed = [w for cell in self._cells for w in getattr(cell, "non_trainable_weights", ())]
        if self.trainable:
            return fixed
        return [w for cell in self._cells for w in getattr(cell, "trainable_weights", ())] + fixed

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return a state of zeros, as the cells make it.

        Args:
          batch_size: an int or an int32 scalar.
          dtype: the dtype.
        """
        with name_scope(f"{type(self).__name__}ZeroState", None, [batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    def call(self, inputs: Any, state: Any = None, **kwargs: Any) -> tuple[Any, Any]:
        """Run one step of all cells.

        Args:
          inputs: [batch, n].
          state: the states of all cells.
          **kwargs: none.

        Raises:
          ValueError: the state does not fit the cells.
        """
        if self._state_is_tuple:
            self._check_state(state)
        new_states = []
        begin = 0
        for index, cell in enumerate(self._cells):
            with variable_scope(f"cell_{index}"):
                if self._state_is_tuple:
                    part = state[index]
                else:
                    part = ops.slice(state, [0, begin], [-1, cell.state_size])
                    begin += cell.state_size
                inputs, new_state = cell(inputs, part)
                new_states.append(new_state)
        return inputs, tuple(new_states) if self._state_is_tuple else ops.concat(new_states, 1)

    def _check_state(self, state: Any) -> None:
        if not nest.is_nested(state) or len(state) != len(self._cells):
            raise ValueError(
                f"Expected state to be a tuple of length {len(self._cells)}, but received: {state}"
                f"{at_user_line()}"
            )


class _Wrapper(RNNCell):
    """A cell that runs another one and changes what goes in or comes out.

    Args:
      cell: the other cell.
    """

    def __init__(self, cell: Any) -> None:
        super().__init__()
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def wrapped_cell(self) -> Any:
        """The cell that it runs."""
        return self._cell

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """The size of the cell's output."""
        return self._cell.output_size

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that training changes."""
        return list(getattr(self._cell, "trainable_weights", ()))

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that training does not change."""
        return list(getattr(self._cell, "non_trainable_weights", ()))

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return a state of zeros, as the cell makes it.

        Args:
          batch_size: an int or an int32 scalar.
          dtype: the dtype.
        """
        with name_scope(f"{type(self).__name__}ZeroState", None, [batch_size]):
            return self._cell.zero_state(batch_size, dtype)


def _is_for_dropout(substate: Any) -> Any:
    """Which parts of a state get dropout by default: all but the memory of LSTM cells."""
    if isinstance(substate, LSTMStateTuple):
        return LSTMStateTuple(c=False, h=True)
    return not hasattr(substate, "_with_flow")


class DropoutWrapper(_Wrapper):
    """A cell with dropout of its inputs, outputs and states.

    Source: Y. Gal and Z. Ghahramani, "A theoretically grounded application of dropout in recurrent
    neural networks", 2015 (for `variational_recurrent`).

    Args:
      cell: the cell.
      input_keep_prob: the probability with which an element of the inputs is kept; may be a tensor.
      output_keep_prob: the same for the outputs.
      state_keep_prob: the same for the states.
      variational_recurrent: whether the same elements are dropped in all steps of a run.
      input_size: the sizes of inputs, needed with `variational_recurrent` and dropout of inputs.
      dtype: the dtype of inputs, outputs and states, needed with `variational_recurrent`.
      seed: an int, from which the seeds of the random operations derive.
      dropout_state_filter_visitor: a function of a part of the state that says whether it gets
        dropout: True or False, or a structure of those.

    Raises:
      ValueError: a probability is not between 0 and 1, or something needed is missing.
      TypeError: `dropout_state_filter_visitor` is no function.
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(cell)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._state_filter = dropout_state_filter_visitor or _is_for_dropout
        with name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability("input_keep_prob", input_keep_prob)
            self._state_keep_prob = _probability("state_keep_prob", state_keep_prob)
            self._output_keep_prob = _probability("output_keep_prob", output_keep_prob)
        self._seed = seed
        self._variational_recurrent = variational_recurrent
        self._noise: dict[str, Any] = {}
        if variational_recurrent:
            self._make_noise(input_size, dtype)

    def _make_noise(self, input_size: Any, dtype: Any) -> None:
        """Make the random numbers that decide in all steps what is dropped."""
        if dtype is None:
            raise ValueError(
                f"When variational_recurrent=True, dtype must be provided{at_user_line()}"
            )
        sizes = {}
        if not _keeps_all(self._input_keep_prob):
            if input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    f"input_size must be provided{at_user_line()}"
                )
            sizes["input"] = input_size
        sizes |= {"state": self._cell.state_size, "output": self._cell.output_size}

        def noise(what: str, index: int, size: Any) -> Tensor:
            shape = state_shape(1, size)  # the same for all examples of a batch
            return ops.random_uniform(
                shape, seed=self._derived_seed(what, index), dtype=as_dtype(dtype)
            )

        for what, structure in sizes.items():
            flat = [structure] if not nest.is_nested(structure) else nest.flatten(structure)
            self._noise[what] = [noise(what, index, size) for index, size in enumerate(flat)]

    def _derived_seed(self, what: str, index: int) -> int | None:
        if self._seed is None:
            return None
        text = f"{self._seed}{what}_{index}"
        return int(hashlib.md5(text.encode()).hexdigest()[:8], 16) & 0x7FFFFFFF

    def __call__(self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step, with dropout.

        Args:
          inputs: [batch, n].
          state: the state.
          scope: the variable scope to use.
          **kwargs: further arguments of the cell.

        Returns:
          The output and the new state.
        """
        if not _keeps_all(self._input_keep_prob):
            inputs = self._dropped(inputs, "input", self._input_keep_prob)
        output, new_state = self._cell(inputs, state, scope=scope, **kwargs)
        if not _keeps_all(self._state_keep_prob):
            flags = self._flags(new_state)
            new_state = self._dropped(new_state, "state", self._state_keep_prob, flags)
        if not _keeps_all(self._output_keep_prob):
            output = self._dropped(output, "output", self._output_keep_prob)
        return output, new_state

    def _flags(self, state: Any) -> list[bool]:
        """For each tensor of a state whether it gets dropout."""
        answer = self._state_filter(state) if not nest.is_nested(state) else None
        if isinstance(state, LSTMStateTuple):
            answer = self._state_filter(state)
        if answer is None:
            parts = state.values() if isinstance(state, dict) else state
            return [flag for part in parts for flag in self._flags(part)]
        flags = nest.flatten(answer)
        count = len(nest.flatten(state))
        return list(map(bool, flags if len(flags) == count else flags * count))

    def _dropped(self, values: Any, what: str, keep: Any, flags: list[bool] | None = None) -> Any:
        flat = nest.flatten(values)
        chosen = [True] * len(flat) if flags is None else flags
        results = [
            self._dropout(convert_to_tensor(value), what, index, keep) if is_chosen else value
            for index, (value, is_chosen) in enumerate(zip(flat, chosen, strict=True))
        ]
        return nest.pack_sequence_as(values, results)

    def _dropout(self, value: Tensor, what: str, index: int, keep: Any) -> Tensor:
        if not self._variational_recurrent:
            return ops.dropout(value, keep_prob=keep, seed=self._derived_seed(what, index))
        noise = self._noise[what][index]
        kept = ops.floor(keep + noise)
        result: Tensor = ops.divide(value, keep) * kept
        result.set_shape(value.shape)
        return result


def _probability(name: str, value: Any) -> Any:
    tensor = convert_to_tensor(value)
    known = tensor.constant_value()
    if known is None:
        return tensor
    if not 0 <= float(known) <= 1:
        raise ValueError(
            f"Parameter {name} must be between 0 and 1: {float(known)}{at_user_line()}"
        )
    return float(known)


def _keeps_all(probability: Any) -> bool:
    return isinstance(probability, float) and probability >= 1.0


class ResidualWrapper(_Wrapper):
    """A cell whose inputs are added to its outputs.

    Args:
      cell: the cell.
      residual_fn: a function of inputs and outputs, in place of the sum.
    """

    def __init__(self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None) -> None:
        super().__init__(cell)
        self._residual_fn = residual_fn

    def __call__(self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step and add its inputs to its outputs.

        Args:
          inputs: [batch, n].
          state: the state.
          scope: the variable scope to use.
          **kwargs: further arguments of the cell.

        Returns:
          The sum and the new state.

        Raises:
          ValueError: inputs and outputs have different shapes.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope, **kwargs)
        if self._residual_fn is not None:
            return self._residual_fn(inputs, outputs), new_state
        nest.assert_same_structure(inputs, outputs)
        for one, other in zip(nest.flatten(inputs), nest.flatten(outputs), strict=True):
            one.get_shape().assert_is_compatible_with(other.get_shape())
        return nest.map_structure(lambda a, b: a + b, inputs, outputs), new_state


class DeviceWrapper(_Wrapper):
    """A cell whose operations are recorded for a device.

    Args:
      cell: the cell.
      device: the device.
    """

    def __init__(self, cell: Any, device: Any) -> None:
        super().__init__(cell)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return a state of zeros, recorded for the device.

        Args:
          batch_size: an int or an int32 scalar.
          dtype: the dtype.
        """
        with get_default_graph().device(self._device):
            return super().zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step.

        Args:
          inputs: [batch, n].
          state: the state.
          scope: the variable scope to use.
          **kwargs: further arguments of the cell.

        Returns:
          The output and the new state.
        """
        with get_default_graph().device(self._device):
            return self._cell(inputs, state, scope=scope, **kwargs)
