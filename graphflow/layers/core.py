"""Layers that connect everything with everything, drop elements, and flatten."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape, as_shape
from graphflow.keras import activations, constraints, initializers, regularizers
from graphflow.layers.arguments import checked_channels
from graphflow.layers.base import Layer
from graphflow.layers.conditions import smart_cond
from graphflow.layers.input_spec import InputSpec
from graphflow.variables.initializers import Zeros


class Dense(Layer):
    """`activation(inputs · kernel + bias)`.

    Args:
      units: the size of the last axis of the output.
      activation: a function of tensors or the name of one, None for none.
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
        activation: Any = None,
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
        super().__init__(
            trainable=trainable, name=name,
            activity_regularizer=regularizers.get(activity_regularizer), **kwargs,
        )  # fmt: skip
        self.units = int(units)
        self.activation = None if activation is None else activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer) or Zeros()
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
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
        return outputs if self.activation is None else self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        return as_shape(input_shape)[:-1].concatenate(self.units)


def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
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


class Dropout(Layer):
    """Sets random elements to zero while training, and scales the others up.

    Args:
      rate: the probability with which an element is dropped.
      noise_shape: shape of the random choices, broadcast to that of the inputs; by default one for
        each element; None in it stands for the size of the inputs.
      seed: the random seed, see `tf.set_random_seed`.
      name: its name.
      **kwargs: as for `Layer`.

    >>> import graphflow as tf
    >>> layer = tf.layers.Dropout(0.5, seed=3)
    >>> y = layer(tf.ones([1000]), training=True)
    >>> sorted(set(tf.Session().run(y).tolist()))
    [0.0, 2.0]
    """

    def __init__(
        self,
        rate: Any = 0.5,
        noise_shape: Any = None,
        seed: int | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False, *args: Any, **kwargs: Any) -> Tensor:
        """Drop elements.

        Args:
          inputs: float [...].
          training: whether to; a bool, or a scalar bool tensor.
          *args: none.
          **kwargs: none.

        Returns:
          A tensor like `inputs`.
        """
        inputs = convert_to_tensor(inputs)
        return smart_cond(  # type: ignore[no-any-return]
            training,
            lambda: ops.dropout(
                inputs, noise_shape=self.noise_shape, seed=self.seed, rate=self.rate
            ),
            lambda: ops.identity(inputs),
        )

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        return as_shape(input_shape)


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """Set random elements to zero while training, and scale the others up.

    Args:
      inputs: float [...].
      rate: the probability with which an element is dropped.
      noise_shape: as for `Dropout`.
      seed: the random seed, see `tf.set_random_seed`.
      training: whether to drop; a bool, or a scalar bool tensor.
      name: the name.

    Returns:
      A tensor like `inputs`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.layers.dropout([1.0, 3.0]))
    array([1., 3.], dtype=float32)
    """
    layer = Dropout(rate, noise_shape, seed, name)
    return layer(inputs, training=training)  # type: ignore[no-any-return]


class Flatten(Layer):
    """Makes one axis of all but the first.

    Args:
      data_format: `channels_last` or `channels_first`; channels that come first are moved last.
      **kwargs: as for `Layer`.

    >>> import graphflow as tf
    >>> tf.layers.Flatten()(tf.placeholder(tf.float32, [None, 4, 3])).shape.as_list()
    [None, 12]
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_channels(data_format or "channels_last")
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Flatten.

        Args:
          inputs: [batch, ...].
          *args: none.
          **kwargs: none.

        Returns:
          [batch, n].
        """
        inputs = convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if self.data_format == "channels_first" and rank is not None and rank > 1:
            inputs = ops.transpose(inputs, [0, *range(2, rank), 1])
        batch = None if rank is None else inputs.shape.as_list()[0]
        outputs = ops.reshape(inputs, [ops.shape(inputs)[0] if batch is None else batch, -1])
        if rank is not None:
            outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        shape = as_shape(input_shape)
        return TensorShape([shape.as_list()[0], shape[1:].num_elements()])


def flatten(inputs: Any, name: str | None = None, data_format: str = "channels_last") -> Tensor:
    """Make one axis of all but the first.

    Args:
      inputs: [batch, ...].
      name: the name.
      data_format: `channels_last` or `channels_first`; channels that come first are moved last.

    Returns:
      [batch, n].

    >>> import graphflow as tf
    >>> tf.layers.flatten(tf.ones([5, 4, 3])).shape.as_list()
    [5, 12]
    """
    return Flatten(data_format=data_format, name=name)(inputs)  # type: ignore[no-any-return]
