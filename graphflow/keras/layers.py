"""`tf.keras.layers`: those of `tf.layers` with Keras's defaults, and small ones beside them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.spec import TensorShape, as_shape
from graphflow.keras import activations, constraints, initializers, regularizers
from graphflow.keras.settings import image_data_format
from graphflow.layers import pooling
from graphflow.layers.arguments import checked_channels
from graphflow.layers.base import Layer
from graphflow.layers.input_spec import InputSpec


class _WithDefaults(pooling.Pooling):
    """A pooling whose windows are 2 long and do not overlap by default."""

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(pool_size, strides, padding, data_format or image_data_format(), **kwargs)


class MaxPooling1D(_WithDefaults, pooling.MaxPooling1D):
    """The greatest value of each window of sequences, see `tf.layers.MaxPooling1D`."""


class MaxPooling2D(_WithDefaults, pooling.MaxPooling2D):
    """The greatest value of each window of images, see `tf.layers.MaxPooling2D`.

    >>> import graphflow as tf
    >>> tf.keras.layers.MaxPooling2D()(tf.ones([1, 8, 6, 3])).shape.as_list()
    [1, 4, 3, 3]
    """


class MaxPooling3D(_WithDefaults, pooling.MaxPooling3D):
    """The greatest value of each window of volumes, see `tf.layers.MaxPooling3D`."""


class AveragePooling1D(_WithDefaults, pooling.AveragePooling1D):
    """The mean of each window of sequences, see `tf.layers.AveragePooling1D`."""


class AveragePooling2D(_WithDefaults, pooling.AveragePooling2D):
    """The mean of each window of images, see `tf.layers.AveragePooling2D`."""


class AveragePooling3D(_WithDefaults, pooling.AveragePooling3D):
    """The mean of each window of volumes, see `tf.layers.AveragePooling3D`."""


class _GlobalPooling(Layer):
    """Base of layers that pool over all of space."""

    rank: int
    _pool: Any

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = checked_channels(data_format or image_data_format())
        self.input_spec = InputSpec(ndim=self.rank + 2)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Pool.

        Args:
          inputs: [batch, *sizes, channels], or with the channels first.
          *args: none.
          **kwargs: none.

        Returns:
          [batch, channels].
        """
        first = 1 if self.data_format == "channels_last" else 2
        axes = [*range(first, first + self.rank)]
        return type(self)._pool(inputs, axis=axes)  # type: ignore[no-any-return]


class GlobalMaxPooling1D(_GlobalPooling):
    """The greatest value over time."""

    rank = 1
    _pool = staticmethod(ops.reduce_max)


class GlobalMaxPooling2D(_GlobalPooling):
    """The greatest value of each channel of images.

    >>> import graphflow as tf
    >>> x = tf.reshape(tf.range(12.0), [1, 2, 3, 2])
    >>> tf.Session().run(tf.keras.layers.GlobalMaxPooling2D()(x))
    array([[10., 11.]], dtype=float32)
    """

    rank = 2
    _pool = staticmethod(ops.reduce_max)


class GlobalMaxPooling3D(_GlobalPooling):
    """The greatest value of each channel of volumes."""

    rank = 3
    _pool = staticmethod(ops.reduce_max)


class GlobalAveragePooling1D(_GlobalPooling):
    """The mean over time."""

    rank = 1
    _pool = staticmethod(ops.reduce_mean)


class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of each channel of images.

    >>> import graphflow as tf
    >>> x = tf.reshape(tf.range(12.0), [1, 2, 3, 2])
    >>> tf.Session().run(tf.keras.layers.GlobalAveragePooling2D()(x))
    array([[5., 6.]], dtype=float32)
    """

    rank = 2
    _pool = staticmethod(ops.reduce_mean)


class GlobalAveragePooling3D(_GlobalPooling):
    """The mean of each channel of volumes."""

    rank = 3
    _pool = staticmethod(ops.reduce_mean)


class Activation(Layer):
    """Applies an activation function.

    Args:
      activation: a function of tensors or the name of one.
      **kwargs: as for `tf.layers.Layer`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.layers.Activation("relu")([-1.0, 3.0]))
    array([0., 3.], dtype=float32)
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Apply the function.

        Args:
          inputs: [...].
          *args: none.
          **kwargs: none.
        """
        return self.activation(convert_to_tensor(inputs))  # type: ignore[no-any-return]


class Reshape(Layer):
    """Gives each item of a batch a shape.

    Args:
      target_shape: the shape, without the batch; one size may be -1.
      **kwargs: as for `tf.layers.Layer`.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None, 12])
    >>> tf.keras.layers.Reshape([3, -1])(x).shape.as_list()
    [None, 3, 4]
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Reshape.

        Args:
          inputs: [batch, ...].
          *args: none.
          **kwargs: none.

        Returns:
          [batch, *target_shape].
        """
        inputs = convert_to_tensor(inputs)
        result = ops.reshape(inputs, [ops.shape(inputs)[0], *self.target_shape])
        sizes = [None if size == -1 else size for size in self.target_shape]
        count = inputs.shape[1:].num_elements() if inputs.shape.ndims is not None else None
        if None in sizes and count is not None:
            known = as_shape([size for size in sizes if size is not None]).num_elements()
            sizes = [count // max(known or 1, 1) if size is None else size for size in sizes]
        result.set_shape([None if inputs.shape.ndims is None else inputs.shape[0], *sizes])
        return result


class Embedding(Layer):
    """Rows of a table, by their numbers.

    Args:
      input_dim: how many rows there are.
      output_dim: the length of the rows.
      embeddings_initializer: initializer of the table.
      embeddings_regularizer: a function of the table whose value is a loss.
      activity_regularizer: a function of the output whose value is a loss.
      embeddings_constraint: a function applied to the table after an update of an optimizer.
      mask_zero: not supported: must be False.
      input_length: the length of the sequences, a hint.
      **kwargs: as for `tf.layers.Layer`.

    Raises:
      NotImplementedError: `mask_zero` is set: masks are for models, which are out of scope.

    >>> import graphflow as tf
    >>> layer = tf.keras.layers.Embedding(10, 4)
    >>> layer([[3, 1, 2]]).shape.as_list(), layer.embeddings.name
    ([1, 3, 4], 'embedding/embeddings:0')
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        if mask_zero:
            raise NotImplementedError("mask_zero=True: masks are for Keras models only")
        kwargs.setdefault("dtype", "float32")
        super().__init__(activity_regularizer=regularizers.get(activity_regularizer), **kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.mask_zero = mask_zero
        self.input_length = input_length
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        self.embeddings: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the table.

        Args:
          input_shape: the shape of the inputs.
        """
        self.embeddings = self.add_weight(
            "embeddings", [self.input_dim, self.output_dim],
            initializer=self.embeddings_initializer, regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )  # fmt: skip
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Look up rows.

        Args:
          inputs: integers [...].
          *args: none.
          **kwargs: none.

        Returns:
          [..., output_dim].
        """
        ids = ops.cast(convert_to_tensor(inputs), int32)
        return ops.embedding_lookup(self.embeddings, ids)


class Concatenate(Layer):
    """Joins tensors along an axis.

    Args:
      axis: the axis.
      **kwargs: as for `tf.layers.Layer`.

    >>> import graphflow as tf
    >>> tf.keras.layers.Concatenate()([tf.ones([2, 3]), tf.ones([2, 4])]).shape.as_list()
    [2, 7]
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Join.

        Args:
          inputs: a list of tensors.
          *args: none.
          **kwargs: none.
        """
        return ops.concat(_several(self, inputs), self.axis)


class _Merge(Layer):
    """Base of layers that combine tensors element by element."""

    def _combined(self, tensors: list[Tensor]) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__}._combined")

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Tensor:
        """Combine.

        Args:
          inputs: a list of tensors.
          *args: none.
          **kwargs: none.
        """
        return self._combined(_several(self, inputs))


def _several(layer: Layer, inputs: Any) -> list[Tensor]:
    if not isinstance(inputs, (list, tuple)):
        inputs = [inputs]
    tensors = [convert_to_tensor(tensor) for tensor in inputs]
    if len(tensors) < 2:
        raise ValueError(f"layer {layer.name} needs a list of two or more inputs{at_user_line()}")
    return tensors


class Add(_Merge):
    """The sum of tensors.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.layers.Add()([[1.0, 2.0], [4.0, 8.0]]))
    array([ 5., 10.], dtype=float32)
    """

    def _combined(self, tensors: list[Tensor]) -> Tensor:
        total = tensors[0]
        for tensor in tensors[1:]:
            total = total + tensor
        return total


class Multiply(_Merge):
    """The product of tensors, element by element."""

    def _combined(self, tensors: list[Tensor]) -> Tensor:
        product = tensors[0]
        for tensor in tensors[1:]:
            product = product * tensor
        return product


class Average(_Merge):
    """The mean of tensors."""

    def _combined(self, tensors: list[Tensor]) -> Tensor:
        total = tensors[0]
        for tensor in tensors[1:]:
            total = total + tensor
        return total / len(tensors)


class Lambda(Layer):
    """Applies a function.

    Args:
      function: takes the inputs, and `training` if it has an argument of that name.
      output_shape: the shape of the outputs without the batch, or a function that makes the whole
        shape of that of the inputs; `compute_output_shape` asks for it.
      mask: must be None, masks are for Keras models only.
      arguments: further arguments of the function, by name.
      **kwargs: as for `tf.layers.Layer`.

    Raises:
      NotImplementedError: a mask is given.

    >>> import graphflow as tf
    >>> layer = tf.keras.layers.Lambda(lambda x, power: x ** power, arguments={"power": 3})
    >>> tf.Session().run(layer(tf.constant([1.0, 2.0])))
    array([1., 8.], dtype=float32)
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if mask is not None:
            raise NotImplementedError("Lambda: mask: masks are for Keras models only")
        super().__init__(**kwargs)
        self.function = function
        self.arguments = dict(arguments or {})
        self._output_shape = output_shape
        self._takes_training = "training" in inspect.signature(function).parameters

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Apply the function.

        Args:
          inputs: what the function takes.
          training: whether the layer is used in training, or None.

        Returns:
          What the function returns.
        """
        arguments = self.arguments
        if self._takes_training:
            arguments = {"training": training, **arguments}
        return self.function(inputs, **arguments)

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the outputs.

        Args:
          input_shape: the shape of the inputs.

        Raises:
          NotImplementedError: the constructor was given no `output_shape`.
        """
        if self._output_shape is None:
            raise NotImplementedError(f"layer {self.name} was given no output_shape")
        if callable(self._output_shape):
            return as_shape(self._output_shape(input_shape))
        return as_shape(input_shape)[:1].concatenate(as_shape(self._output_shape))
