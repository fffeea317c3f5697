"""A decoder that takes its inputs from a helper."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphflow.contrib.seq2seq.decoder import Decoder
from graphflow.contrib.seq2seq.helpers import Helper
from graphflow.core import nest
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.layers.base import Layer
from graphflow.recurrent.cell import assert_like_rnncell


class BasicDecoderOutput(NamedTuple):
    """The outputs of a step, or of all steps.

    Attributes:
      rnn_output: the outputs of the cell, or of the output layer.
      sample_id: the samples of the helper.
    """

    rnn_output: Any
    sample_id: Any


class BasicDecoder(Decoder):
    """A decoder that runs a cell and asks a helper for samples and inputs.

    Args:
      cell: an `RNNCell`.
      helper: a `Helper`.
      initial_state: the state to begin with, in the cell's structure.
      output_layer: a layer to apply to the cell's outputs before they are sampled, such as
        `tf.layers.Dense`; none by default.

    Raises:
      TypeError: an argument is not what it should be.

    See `dynamic_decode` for an example.
    """

    def __init__(
        self, cell: Any, helper: Helper, initial_state: Any, output_layer: Layer | None = None
    ) -> None:
        assert_like_rnncell("cell", cell)
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, not {helper!r}{at_user_line()}")
        check_output_layer(output_layer)
        self._cell = cell
        self._helper = helper
        self._initial_state = initial_state
        self._output_layer = output_layer

    @property
    def batch_size(self) -> Any:
        """The number of examples, an int32 scalar."""
        return self._helper.batch_size

    @property
    def output_size(self) -> BasicDecoderOutput:
        """The shapes of one example's outputs."""
        size = output_size_of(self._cell, self._output_layer)
        return BasicDecoderOutput(size, self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> BasicDecoderOutput:
        """The dtypes of the outputs: the cell's is taken to be that of its state."""
        dtype = nest.flatten(self._initial_state)[0].dtype
        size = output_size_of(self._cell, self._output_layer)
        return BasicDecoderOutput(
            nest.map_structure(lambda _: dtype, size), self._helper.sample_ids_dtype
        )

    def initialize(self, name: str | None = None) -> tuple[Any, Any, Any]:
        """Return `(finished, inputs, state)` of the first step."""
        del name
        return (*self._helper.initialize(), self._initial_state)

    def step(
        self, time: Any, inputs: Any, state: Any, name: str | None = None
    ) -> tuple[BasicDecoderOutput, Any, Any, Any]:
        """Make one step.

        Args:
          time: int32, its number.
          inputs: a structure of tensors [batch, ...].
          state: the state of the cell.
          name: the name scope of the operations.

        Returns:
          `(outputs, state, inputs, finished)`, the last three for the next step.
        """
        values = [item for item in nest.flatten((time, inputs, state)) if isinstance(item, Tensor)]
        with name_scope(name, "BasicDecoderStep", values):
            outputs, state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            sample_ids = self._helper.sample(time=time, outputs=outputs, state=state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=state, sample_ids=sample_ids
            )
        return BasicDecoderOutput(outputs, sample_ids), next_state, next_inputs, finished


def check_output_layer(output_layer: Any) -> None:
    """Check that there is no output layer, or that it is one.

    Raises:
      TypeError: it is something else.
    """
    if output_layer is not None and not isinstance(output_layer, Layer):
        raise TypeError(f"output_layer must be a Layer, not {output_layer!r}{at_user_line()}")


def output_size_of(cell: Any, output_layer: Layer | None) -> Any:
    """Return the shapes of one example's outputs of a cell with an output layer."""
    size = cell.output_size
    if output_layer is None:
        return size
    return nest.map_structure(lambda item: _size_after(output_layer, item), size)


def _size_after(layer: Layer, size: Any) -> TensorShape:
    shape = as_shape([size] if isinstance(size, int) else size)
    shape_of_batch = TensorShape([None]).concatenate(shape)
    return as_shape(layer.compute_output_shape(shape_of_batch))[1:]
