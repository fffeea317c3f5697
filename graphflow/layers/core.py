"""Layers that connect everything with everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape, as_shape
from graphflow.layers.base import Layer
from graphflow.layers.input_spec import InputSpec
from graphflow.variables.initializers import zeros_initializer


class Dense(Layer):
    """`activation(inputs · kernel + bias)`.

    Args:
      units: the size of the last axis of the output.
      activation: a function of tensors, None for none.
      use_bias: whether to add a bias.
      kernel_initializer: initializer of the weights, None for that of the variable scope.
      bias_initializer: initializer of the bias.
      kernel_regularizer: a function of the weights whose value is a loss.
      bias_regularizer: the same for the bias.
      activity_regularizer: the same for the output.
      kernel_constraint: a function applied to the weights after an update of an optimizer.
      bias_constraint: the same for the bias.
      trainable: whether its variables are trained.
      name: its name.
      **kwargs: as for `Layer`.

    >>> import graphflow as tf
    >>> layer = tf.layers.Dense(2, kernel_initializer=tf.constant_initializer(0.5), use_bias=False)
    >>> y = layer(tf.constant([[1.0, 2.0, 4.0]]))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(y)
    array([[3.5, 3.5]], dtype=float32)
    """

    def __init__(
        self,
        units: int,
        activation: Callable[[Tensor], Tensor] | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        self.units = int(units)
        self.activation = activation
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = (
            zeros_initializer() if bias_initializer is None else bias_initializer
        )
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.activity_regularizer = activity_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.kernel: Any = None
        self.bias: Any = None
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Make weights and bias.

        Args:
          input_shape: the shape of the inputs.

        Raises:
          ValueError: the last dimension is not known.
        """
        dims = as_shape(input_shape).as_tuple()
        size = None if not dims else dims[-1]
        if size is None:
            raise ValueError(
                "The last dimension of the inputs to `Dense` should be defined. Found `None`."
                f"{at_user_line()}"
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self.kernel = self.add_weight(
            "kernel", [size, self.units], initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
        )  # fmt: skip
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", [self.units], initializer=self.bias_initializer,
                regularizer=self.bias_regularizer, constraint=self.bias_constraint,
            )  # fmt: skip
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Multiply, add the bias, apply the activation.

        Args:
          inputs: float [..., n].
          *args: none.
          **kwargs: none.

        Returns:
          float [..., units].
        """
        inputs = convert_to_tensor(inputs)
        if inputs.shape.ndims is not None and inputs.shape.ndims > 2:
            outputs = ops.tensordot(inputs, self.kernel, [[inputs.shape.ndims - 1], [0]])
            outputs.set_shape(inputs.shape[:-1].concatenate(self.units))
        else:
            outputs = ops.matmul(inputs, self.kernel)
        if self.use_bias:
            outputs = ops.bias_add(outputs, self.bias)
        if self.activation is not None:
            outputs = self.activation(outputs)
        if self.activity_regularizer is not None:
            self.add_loss(self.activity_regularizer(outputs), inputs=inputs)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        return as_shape(input_shape)[:-1].concatenate(self.units)


def dense(
    inputs: Any,
    units: int,
    activation: Callable[[Tensor], Tensor] | None = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = None,
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: bool | None = None,
) -> Any:
    """Return `activation(inputs · kernel + bias)`, with new variables or shared ones.

    Args:
      inputs: float [..., n].
      units: the size of the last axis of the output.
      activation: as for `Dense`.
      use_bias: as for `Dense`.
      kernel_initializer: as for `Dense`.
      bias_initializer: as for `Dense`.
      kernel_regularizer: as for `Dense`.
      bias_regularizer: as for `Dense`.
      activity_regularizer: as for `Dense`.
      kernel_constraint: as for `Dense`.
      bias_constraint: as for `Dense`.
      trainable: as for `Dense`.
      name: the variable scope.
      reuse: whether to share the variables of a former layer of that name.

    Returns:
      float [..., units].

    >>> import graphflow as tf
    >>> tf.layers.dense(tf.ones([3, 4]), 2, tf.nn.relu, name="hidden").name
    'hidden/Relu:0'
    """
    layer = Dense(
        units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
        bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable, name,
        _scope=name, _reuse=reuse,
    )  # fmt: skip
    return layer(inputs)
