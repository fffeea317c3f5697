"""The variables of a layer, and their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow.layers.tracking import held_by, without_repeats
from graphflow.variables.base import Variable


class Weighted:
    """Base of objects that own variables, and others of this kind in their attributes.

    >>> import graphflow as tf
    >>> layer = tf.layers.Dense(2)
    >>> y = layer(tf.ones([3, 4]))
    >>> [variable.name for variable in layer.weights], layer.count_params()
    (['dense/kernel:0', 'dense/bias:0'], 10)
    """

    trainable: bool
    built: bool
    _name: str
    _trainable_weights: list[Any]
    _non_trainable_weights: list[Any]

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that training changes, also those of layers in its attributes."""
        if not self.trainable:
            return []
        own = self._own_weights()
        return self._with_nested("trainable_weights", [w for w in own if self._is_trained(w)])

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that training does not change, also those of layers in its attributes."""
        own = self._own_weights()
        if not self.trainable:
            return self._with_nested("weights", own)
        kept = [w for w in own if not self._is_trained(w)]
        return self._with_nested("non_trainable_weights", kept)

    def _own_weights(self) -> list[Any]:
        """What `add_weight` made, and variables in attributes."""
        made = [*self._trainable_weights, *self._non_trainable_weights]
        return without_repeats([*made, *held_by(self, Variable)])

    def _is_trained(self, variable: Any) -> bool:
        if any(variable is known for known in self._trainable_weights):
            return True
        is_made = any(variable is known for known in self._non_trainable_weights)
        return not is_made and bool(variable.trainable)

    def _with_nested(self, what: str, own: list[Any]) -> list[Any]:
        """Weights, losses or updates of its own, with those of layers in its attributes."""
        nested = [item for layer in held_by(self, Weighted) for item in getattr(layer, what)]
        return without_repeats([*own, *nested])

    @property
    def weights(self) -> list[Any]:
        """All its variables."""
        return [*self.trainable_weights, *self.non_trainable_weights]

    @property
    def trainable_variables(self) -> list[Any]:
        """The variables that training changes."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The variables that training does not change."""
        return self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """All its variables."""
        return self.weights

    def count_params(self) -> int:
        """Return how many numbers its variables hold.

        Raises:
          ValueError: it is not built yet.
        """
        if not self.built:
            raise ValueError(
                f"the layer {self._name!r} is not built yet: call it first, or `build(shape)`"
            )
        return sum(int(weight.shape.num_elements()) for weight in self.weights)

    def get_weights(self) -> list[Any]:
        """Return the values of its variables in the default session, as arrays."""
        return [variable.eval() for variable in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give its variables values in the default session.

        Args:
          weights: arrays, as `get_weights` returns them.

        Raises:
          ValueError: their number or a shape is wrong; nothing is changed.
        """
        variables = self.weights
        if len(weights) != len(variables):
            raise ValueError(
                f"layer {self._name!r} has {len(variables)} variables, not {len(weights)}"
            )
        for variable, value in zip(variables, weights, strict=True):
            if not variable.shape.is_compatible_with(np.shape(value)):
                raise ValueError(
                    f"variable {variable.name!r} of shape {variable.shape} cannot take a value of "
                    f"shape {np.shape(value)}"
                )
        for variable, value in zip(variables, weights, strict=True):
            variable.load(value)
