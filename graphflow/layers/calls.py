"""What a layer was called with: inputs, outputs and their shapes."""

from __future__ import annotations

from typing import Any

from graphflow.core import nest
from graphflow.core.graph import at_user_line


class Called:
    """Base of objects that remember the inputs and outputs of their calls.

    >>> import graphflow as tf
    >>> layer = tf.layers.Dense(2)
    >>> y = layer(tf.ones([3, 4]))
    >>> layer.output is y, layer.input_shape, layer.output_shape
    (True, (3, 4), (3, 2))
    """

    _name: str
    _calls: list[tuple[Any, Any]]

    def _call_at(self, index: int) -> tuple[Any, Any]:
        if not 0 <= index < len(self._calls):
            raise AttributeError(
                f"layer {self._name} has no call {index}: it was called {len(self._calls)} times"
                f"{at_user_line()}"
            )
        return self._calls[index]

    def _only_call(self, what: str) -> tuple[Any, Any]:
        if len(self._calls) != 1:
            raise AttributeError(
                f"layer {self._name} was called {len(self._calls)} times, so that it has no single "
                f"{what}: use get_{what}_at(index){at_user_line()}"
            )
        return self._calls[0]

    def get_input_at(self, node_index: int) -> Any:
        """Return the inputs of one of its calls.

        Args:
          node_index: which call.

        Raises:
          AttributeError: it was not called so often.
        """
        return self._call_at(node_index)[0]

    def get_output_at(self, node_index: int) -> Any:
        """Return the outputs of one of its calls.

        Args:
          node_index: which call.

        Raises:
          AttributeError: it was not called so often.
        """
        return self._call_at(node_index)[1]

    def get_input_shape_at(self, node_index: int) -> Any:
        """Return the shapes of the inputs of one of its calls, as tuples.

        Args:
          node_index: which call.

        Raises:
          AttributeError: it was not called so often.
        """
        return _shapes(self.get_input_at(node_index))

    def get_output_shape_at(self, node_index: int) -> Any:
        """Return the shapes of the outputs of one of its calls, as tuples.

        Args:
          node_index: which call.

        Raises:
          AttributeError: it was not called so often.
        """
        return _shapes(self.get_output_at(node_index))

    @property
    def input(self) -> Any:
        """The inputs of its only call."""
        return self._only_call("input")[0]

    @property
    def output(self) -> Any:
        """The outputs of its only call."""
        return self._only_call("output")[1]

    @property
    def input_shape(self) -> Any:
        """The shapes that the inputs of all its calls have, as tuples."""
        return self._common_shape("input", 0)

    @property
    def output_shape(self) -> Any:
        """The shapes that the outputs of all its calls have, as tuples."""
        return self._common_shape("output", 1)

    def _common_shape(self, what: str, place: int) -> Any:
        shapes = [_shapes(call[place]) for call in self._calls]
        if not shapes:
            raise AttributeError(f"layer {self._name} was never called: it has no {what} shape")
        if any(shape != shapes[0] for shape in shapes):
            raise AttributeError(
                f"the {what}s of layer {self._name} have several shapes: use "
                f"get_{what}_shape_at(index){at_user_line()}"
            )
        return shapes[0]


def _shapes(structure: Any) -> Any:
    return nest.map_structure(
        lambda item: item.shape.as_tuple() if hasattr(item, "shape") else None, structure
    )
