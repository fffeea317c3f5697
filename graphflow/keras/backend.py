"""`tf.keras.backend`: small functions of tensors under Keras's names."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.gradients import gradients as _gradients
from graphflow.core.graph import Tensor, at_user_line
from graphflow.keras import loss_functions
from graphflow.keras.settings import floatx
from graphflow.variables.base import Variable


def cast_to_floatx(x: Any) -> Any:
    """Return a tensor or array in the default floating dtype.

    Args:
      x: numbers.

    >>> cast_to_floatx([1, 2]).dtype.name
    'float32'
    """
    if isinstance(x, (Tensor, Variable)):
        return ops.cast(x, floatx())
    return np.asarray(x, dtype=floatx())


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """Return the shape of a tensor as a tuple, None for unknown sizes.

    Args:
      x: a tensor or variable.

    >>> import graphflow as tf
    >>> int_shape(tf.placeholder(tf.float32, [None, 3]))
    (None, 3)
    """
    return convert_to_tensor(x).shape.as_tuple()


def ndim(x: Any) -> int | None:
    """Return the rank of a tensor.

    Args:
      x: a tensor or variable.
    """
    return convert_to_tensor(x).shape.ndims


def dtype(x: Any) -> str:
    """Return the name of the dtype of a tensor.

    Args:
      x: a tensor or variable.
    """
    return str(convert_to_tensor(x).dtype.base_dtype.name)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Tensor:
    """Return a constant.

    Args:
      value: its value.
      dtype: its dtype, by default `floatx()`.
      shape: its shape.
      name: its name.
    """
    return ops.constant(value, dtype=dtype or floatx(), shape=shape, name=name or "Const")


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """Return a variable.

    Args:
      value: its initial value.
      dtype: its dtype, by default `floatx()`.
      name: its name.
      constraint: a function applied after an update of an optimizer.

    >>> variable([1, 2], name="w").dtype.base_dtype.name
    'float32'
    """
    wanted = as_dtype(dtype or floatx())
    return Variable(value, dtype=wanted, name=name, constraint=constraint)


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> Any:
    """Return a placeholder.

    Args:
      shape: its shape.
      ndim: its rank, if no shape is given.
      dtype: its dtype, by default `floatx()`.
      sparse: whether it is of sparse tensors.
      name: its name.
      ragged: must be False.

    Raises:
      NotImplementedError: `ragged` is set.
    """
    if ragged:
        raise NotImplementedError("placeholder(ragged=True)")
    if shape is None and ndim is not None:
        shape = [None] * ndim
    make = ops.sparse_placeholder if sparse else ops.placeholder
    return make(as_dtype(dtype or floatx()), shape, name)


def get_value(x: Any) -> Any:
    """Return the value of a variable in the default session.

    Args:
      x: the variable.
    """
    return x.eval()


def set_value(x: Any, value: Any) -> None:
    """Give a variable a value in the default session.

    Args:
      x: the variable.
      value: an array.
    """
    x.load(value)


def dot(x: Any, y: Any) -> Tensor:
    """Return the product of the last axis of `x` and the last but one of `y`.

    Args:
      x: [..., n].
      y: [..., n, m].

    >>> import graphflow as tf
    >>> tf.keras.backend.dot(tf.ones([2, 3, 4]), tf.ones([4, 5])).shape.as_list()
    [2, 3, 5]
    """
    x, y = convert_to_tensor(x), convert_to_tensor(y)
    if x.shape.ndims is None or y.shape.ndims is None:
        raise ValueError(f"dot needs tensors of known rank, not {x!r} and {y!r}{at_user_line()}")
    if x.shape.ndims <= 2 and y.shape.ndims == 2:
        return ops.matmul(x, y)
    return ops.tensordot(x, y, [[x.shape.ndims - 1], [max(y.shape.ndims - 2, 0)]])


def flatten(x: Any) -> Tensor:
    """Return the elements as a vector.

    Args:
      x: [...].
    """
    return ops.reshape(x, [-1])


def batch_flatten(x: Any) -> Tensor:
    """Make one axis of all but the first.

    Args:
      x: [batch, ...].
    """
    return ops.reshape(x, ops.stack([-1, ops.reduce_prod(ops.shape(x)[1:])]))


def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Join tensors along an axis.

    Args:
      tensors: a list of tensors.
      axis: the axis.
    """
    return ops.concat(tensors, axis)


def sqrt(x: Any) -> Tensor:
    """Return the square root, of negative numbers 0.

    Args:
      x: float.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.keras.backend.sqrt([-1.0, 9.0]))
    array([0., 3.], dtype=float32)
    """
    x = convert_to_tensor(x)
    return ops.sqrt(ops.maximum(x, ops.zeros([], x.dtype)))


def clip(x: Any, min_value: Any, max_value: Any) -> Tensor:
    """Return numbers, limited to a range.

    Args:
      x: numbers.
      min_value: the lower limit.
      max_value: the upper limit, None for none; at least the lower one.
    """
    limit = np.inf if max_value is None else max_value
    if isinstance(min_value, (int, float)) and isinstance(limit, (int, float)):
        limit = max(min_value, limit)
    return ops.clip_by_value(x, min_value, limit)  # type: ignore[no-any-return]


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the variance.

    Args:
      x: numbers.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.
    """
    x = convert_to_tensor(x)
    return ops.reduce_variance(x if x.dtype.is_floating else ops.cast(x, floatx()), axis, keepdims)


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the standard deviation.

    Args:
      x: numbers.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.
    """
    return ops.sqrt(var(x, axis, keepdims))


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the mean; that of bools is a number.

    Args:
      x: numbers or bools.
      axis: along which axis, or axes; None for all.
      keepdims: whether the axes stay, with size 1.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.keras.backend.mean([True, False, True, True])))
    0.75
    """
    x = convert_to_tensor(x)
    return ops.reduce_mean(ops.cast(x, floatx()) if x.dtype.is_bool else x, axis, keepdims)


def argmax(x: Any, axis: int = -1) -> Tensor:
    """Return where the greatest value along an axis is.

    Args:
      x: numbers.
      axis: the axis.
    """
    return ops.argmax(x, axis)


def argmin(x: Any, axis: int = -1) -> Tensor:
    """Return where the smallest value along an axis is.

    Args:
      x: numbers.
      axis: the axis.
    """
    return ops.argmin(x, axis)


def l2_normalize(x: Any, axis: Any = None) -> Tensor:
    """Scale vectors to length 1.

    Args:
      x: float.
      axis: the axis of the vectors; None for all as one.
    """
    return ops.l2_normalize(x, axis=axis)


def permute_dimensions(x: Any, pattern: Any) -> Tensor:
    """Return a tensor with its axes in another order.

    Args:
      x: [...].
      pattern: for each axis of the result, which one it was.
    """
    return ops.transpose(x, pattern)


def one_hot(indices: Any, num_classes: int) -> Tensor:
    """Return classes as vectors of zeros with a single one.

    Args:
      indices: integers [...].
      num_classes: the length of the vectors.
    """
    return ops.one_hot(indices, num_classes, axis=-1)


def gradients(loss: Any, variables: Any) -> list[Any]:
    """Return the gradients of a loss.

    Args:
      loss: a tensor.
      variables: variables or tensors.
    """
    return list(_gradients(loss, variables))


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Choose between two values by a condition, which may be one for each element.

    Args:
      condition: bool: a scalar, or a tensor with the first axes of the values.
      then_expression: a value, or a function that returns it.
      else_expression: the same.

    >>> import graphflow as tf
    >>> y = tf.keras.backend.switch([True, False], [[1.0, 2.0], [3.0, 4.0]], tf.zeros([2, 2]))
    >>> tf.Session().run(y)
    array([[1., 2.],
           [0., 0.]], dtype=float32)
    """

    def value(expression: Any) -> Any:
        return expression() if callable(expression) else ops.identity(expression)

    condition = ops.cast(convert_to_tensor(condition), "bool")
    rank = condition.shape.ndims
    if rank == 0:
        return ops.cond(condition, lambda: value(then_expression), lambda: value(else_expression))
    chosen, other = value(then_expression), value(else_expression)
    for _ in range((chosen.shape.ndims or 0) - (rank or 0)):
        condition = ops.expand_dims(condition, -1)
    return ops.where(ops.logical_and(condition, ops.ones_like(chosen, "bool")), chosen, other)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Return the cross entropy of each element.

    Args:
      target: numbers from 0 to 1, [...].
      output: probabilities [...].
      from_logits: whether these are logits instead.
    """
    return loss_functions.binary_crossentropy(
        ops.expand_dims(target, -1), ops.expand_dims(output, -1), from_logits
    )
