"""`RNNCell`: the base of all cells, and what a state is made of."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.layers.base import Layer
from graphflow.variables.scope import get_variable_scope, variable_scope


def assert_like_rnncell(cell_name: str, cell: Any) -> None:
    """Check that an object has what is needed of a cell.

    Args:
      cell_name: what the caller's argument is called, for the error.
      cell: the object.

    Raises:
      TypeError: it lacks something.
    """
    missing = [name for name in ("output_size", "state_size") if not hasattr(cell, name)]
    if not hasattr(cell, "zero_state") and not hasattr(cell, "get_initial_state"):
        missing.append("zero_state")
    if not callable(cell):
        missing.append("a __call__ method")
    if missing:
        raise TypeError(
            f"The argument {cell_name!r} ({cell!r}) is not an RNNCell: it lacks "
            f"{', '.join(missing)}{at_user_line()}"
        )


def state_shape(batch_size: Any, size: Any) -> TensorShape:
    """Return the static shape [batch, *size] of a part of a state or output.

    Args:
      batch_size: an int, a tensor, or None.
      size: an int or a shape.
    """
    known = batch_size
    if isinstance(batch_size, Tensor):
        value = batch_size.constant_value()
        known = None if value is None else int(value)
    return TensorShape([known]).concatenate(as_shape([size] if isinstance(size, int) else size))


def zeros_of_size(size: Any, batch_size: Any, dtype: Any) -> Any:
    """Return zeros [batch, *size] for each size in a structure.

    Args:
      size: a structure of ints and shapes.
      batch_size: an int or an int32 scalar.
      dtype: the dtype, or a structure of those like `size`.
    """

    def zeros(part: Any, part_dtype: Any) -> Tensor:
        static = state_shape(batch_size, part)
        result: Tensor = ops.zeros(ops.concat(_sizes(batch_size, static), 0), part_dtype)
        # TensorFlow makes these nodes twice, and where only the graph has a seed, an operation's
        # own seed is the number of operations before it.
        _sizes(batch_size, static)
        result.set_shape(static)
        return result

    if nest.is_nested(dtype):
        return map_sizes(zeros, size, dtype)
    return map_sizes(lambda part: zeros(part, dtype), size)


def _sizes(batch_size: Any, static: TensorShape) -> list[Tensor]:
    """The batch size and the other sizes of a shape, as two vectors."""
    if isinstance(batch_size, Tensor):
        batch = ops.expand_dims(batch_size, 0)
    else:
        batch = ops.constant([batch_size], as_dtype("int32"))
    return [batch, ops.constant(static[1:].as_list(), as_dtype("int32"))]


def map_sizes(function: Any, size: Any, *others: Any) -> Any:
    """Apply a function to the sizes in a structure, of which a shape is one.

    Args:
      function: takes a size, and an atom of each other structure.
      size: a structure of ints and shapes.
      *others: structures of the same form.
    """
    if isinstance(size, (int, TensorShape)) or not nest.is_nested(size):
        return function(size, *others)
    return nest.map_structure(function, size, *others)


class RNNCell(Layer):
    """An object that makes an output and a new state of an input and a state.

    Subclasses define `state_size`, `output_size` and `call(inputs, state)` (or `__call__`).  A call
    takes inputs [batch, n] and a state whose parts are [batch, size], and returns the output and
    the new state.

    Args:
      trainable: whether its variables are trained.
      name: its name, by default that of the class in snake case.
      dtype: the dtype of its variables.
      **kwargs: as for `Layer`.

    >>> import graphflow as tf
    >>> class Sum(tf.nn.rnn_cell.RNNCell):
    ...     state_size = output_size = 2
    ...     def call(self, inputs, state):
    ...         return inputs + state, inputs + state
    >>> inputs = tf.constant([[[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]]])
    >>> outputs, _ = tf.nn.dynamic_rnn(Sum(), inputs, dtype=tf.float32)
    >>> tf.Session().run(outputs)[0].tolist()
    [[1.0, 5.0], [3.0, 11.0], [6.0, 18.0]]
    """

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._rnncell_scope: Any = None

    def __call__(self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step.

        Args:
          inputs: [batch, n], or a structure of such.
          state: the state, in the structure of `state_size`.
          scope: the variable scope to use.
          **kwargs: further arguments of `call`.

        Returns:
          The output and the new state.
        """
        if scope is not None:
            with variable_scope(scope, custom_getter=self._rnn_get_variable) as opened:
                return super().__call__(inputs, state, scope=opened, **kwargs)
        if getattr(self, "_rnncell_scope", None) is None:
            self._rnncell_scope = get_variable_scope()
        with variable_scope(self._rnncell_scope, custom_getter=self._rnn_get_variable):
            return super().__call__(inputs, state, **kwargs)

    def _rnn_get_variable(self, getter: Any, *args: Any, **kwargs: Any) -> Any:
        """Get a variable, and note that it is the cell's."""
        variable = getter(*args, **kwargs)
        is_trainable = bool(getattr(variable, "trainable", True))
        kept = self._trainable_weights if is_trainable else self._non_trainable_weights
        if not any(item is variable for item in kept):
            kept.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The sizes of the parts of its state: an int or shape, or a structure of those."""
        raise NotImplementedError(f"{type(self).__name__}.state_size")

    @property
    def output_size(self) -> Any:
        """The size of its output: an int or shape, or a structure of those."""
        raise NotImplementedError(f"{type(self).__name__}.output_size")

    def build(self, input_shape: Any) -> None:
        """Do nothing: cells may make their variables in `call`.

        Args:
          input_shape: the shape of the inputs.
        """

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        """Return a state of zeros.

        Args:
          inputs: inputs that tell batch size and dtype, in place of the next two.
          batch_size: an int or an int32 scalar.
          dtype: the dtype.

        Raises:
          ValueError: batch size or dtype are missing, or contradict the inputs.
        """
        if inputs is not None:
            tensor = convert_to_tensor(nest.flatten(inputs)[0], name="inputs")
            if dtype is not None and as_dtype(dtype).base_dtype != tensor.dtype.base_dtype:
                raise ValueError(
                    f"dtype from inputs is different from the value of the dtype argument: "
                    f"{tensor.dtype.base_dtype.name} and {as_dtype(dtype).name}{at_user_line()}"
                )
            static = tensor.shape.as_list()[0] if tensor.shape.ndims else None
            batch_size = static if static is not None else ops.shape(tensor)[0]
            dtype = tensor.dtype.base_dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                "batch_size and dtype cannot be None while constructing initial state: "
                f"batch_size={batch_size}, dtype={dtype}{at_user_line()}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Return a state of zeros.

        Args:
          batch_size: an int or an int32 scalar.
          dtype: the dtype.

        Returns:
          [batch, size] for each size in `state_size`.
        """
        with name_scope(f"{type(self).__name__}ZeroState", None, [batch_size]):
            return zeros_of_size(self.state_size, batch_size, dtype)


class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`, with `add_weight`."""

    def __call__(self, inputs: Any, state: Any = None, scope: Any = None, **kwargs: Any) -> Any:
        """Run the cell for one step.

        Args:
          inputs: [batch, n].
          state: the state.
          scope: the variable scope to use.
          **kwargs: further arguments of `call`.

        Returns:
          The output and the new state.
        """
        return Layer.__call__(self, inputs, state, scope=scope, **kwargs)
