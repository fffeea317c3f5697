"""`tf.keras.layers`: layers around another layer."""

from __future__ import annotations

from typing import Any

from graphflow.core.graph import at_user_line
from graphflow.layers.base import Layer


class Wrapper(Layer):
    """Base of layers that change what another layer does.

    Args:
      layer: the other layer, whose weights are this one's too.
      **kwargs: as for `tf.layers.Layer`.

    Raises:
      TypeError: `layer` is no layer.

    >>> import graphflow as tf
    >>> class Doubled(tf.keras.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return 2.0 * self.layer(inputs)
    >>> doubled = Doubled(tf.keras.layers.Dense(3))
    >>> doubled(tf.ones([2, 4])).shape.as_list(), len(doubled.trainable_weights)
    ([2, 3], 2)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise TypeError(f"{type(self).__name__} takes a layer, not {layer!r}{at_user_line()}")
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of the other layer.

        Args:
          input_shape: the shape of the inputs.
        """
        if not self.layer.built:
            self.layer.build(input_shape)
            self.layer.built = True
        self.built = True
