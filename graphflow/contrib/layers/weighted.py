"""What layers with weights share: their variables, and what follows the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.contrib.framework.variables import model_variable
from graphflow.contrib.layers.utils import collect_named_outputs, get_variable_collections
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.core.scopes import name_scope
from graphflow.variables.partitioned import PartitionedVariable


class Weighted(NamedTuple):
    """The arguments of a layer's function that concern all its variables, and its end."""

    dtype: Any
    trainable: bool
    biases_initializer: Any
    biases_regularizer: Any
    activation_fn: Callable[..., Any] | None
    normalizer_fn: Callable[..., Any] | None
    normalizer_params: dict[str, Any] | None
    variables_collections: Any
    outputs_collections: Any

    def variable(
        self, name: str, role: str, shape: Sequence[int], initializer: Any, regularizer: Any
    ) -> Any:
        """Return a variable of the layer, made or shared.

        Args:
          name: its name, such as "weights".
          role: its name in `tf.layers`, such as "kernel", which the penalty is named after.
          shape: its shape.
          initializer: its initializer.
          regularizer: a function of it whose value is a loss; None for none.
        """
        known = _global_variables()
        variable = model_variable(
            name,
            shape=list(shape),
            dtype=self.dtype,
            initializer=initializer,
            trainable=self.trainable,
            collections=get_variable_collections(self.variables_collections, name),
        )
        if regularizer is not None:
            for part in variable if isinstance(variable, PartitionedVariable) else [variable]:
                if id(part) not in known:
                    _regularize(part, role, regularizer)
        return variable

    def finish(
        self, outputs: Any, channels: int, alias: str, data_format: str | None = None
    ) -> Tensor:
        """Add biases or normalize, apply the activation, and collect the output.

        Args:
          outputs: what comes of the weights.
          channels: the number of its channels.
          alias: the name of the layer.
          data_format: such as "NHWC" or "NCHW".
        """
        if self.normalizer_fn is not None:
            outputs = self.normalizer_fn(outputs, **(self.normalizer_params or {}))
        elif self.biases_initializer is not None:
            biases = self.variable(
                "biases", "bias", [channels], self.biases_initializer, self.biases_regularizer
            )
            outputs = ops.bias_add(outputs, biases, data_format=data_format)
        if self.activation_fn is not None:
            outputs = self.activation_fn(outputs)
        named: Tensor = collect_named_outputs(self.outputs_collections, alias, outputs)
        return named


def _global_variables() -> set[int]:
    return set(map(id, get_default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES)))


def _regularize(variable: Any, role: str, regularizer: Callable[..., Any]) -> None:
    with name_scope(f"{role}/Regularizer"):
        loss = regularizer(variable)
    if loss is not None:
        get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
