"""Constants, shapes and selections with TensorFlow 2's signatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphflow import ops
from graphflow.core import convert, dtypes
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape


def constant(
    value: Any, dtype: Any = None, shape: Any = None, name: str | None = "Const"
) -> Tensor:
    """Make a constant tensor.

    Args:
      value: numbers, strings or an array.
      dtype: its dtype; by default that of `value`.
      shape: its shape; one element is repeated. By default that of `value`.
      name: a name for the operation.

    Raises:
      TypeError: `value` has another number of elements than `shape`, and not one.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.constant([1, 2, 4, 8, 16, 32], shape=[2, 3])))
    [[ 1  2  4]
     [ 8 16 32]]
    """
    if shape is None:
        return ops.constant(value, dtype=dtype, name=name)
    sizes = [int(size) for size in TensorShape(shape)]
    given = np.size(np.asarray(value))
    wanted = math.prod(sizes)
    if given not in (1, wanted):
        raise TypeError(
            f"constant(shape={sizes}): the value has {given} elements, "
            f"the shape {wanted}; give as many, or one to be repeated"
        )
    return ops.constant(value, dtype=dtype, shape=shape, name=name)


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: str | None = None
) -> Tensor:
    """Convert a value to a tensor, as `tf.convert_to_tensor`.

    Args:
      value: numbers, an array, a tensor, a variable, or anything with a conversion of its own.
      dtype: the dtype that it must have.
      dtype_hint: the dtype to have if that is possible and `dtype` is None.
      name: a name for an operation that this adds.

    >>> import graphflow as tf
    >>> tf.compat.v2.convert_to_tensor([1, 2, 4], dtype_hint=tf.float64).dtype
    tf.float64
    """
    return convert.convert_to_tensor(value, dtype=dtype, dtype_hint=dtype_hint, name=name)


def zeros_like(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Make zeros of the shape of another tensor.

    Args:
      input: the tensor whose shape, and dtype, to take.
      dtype: another dtype for the zeros.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.zeros_like(input=[[1, 2, 4]])))
    [[0 0 0]]
    """
    return ops.zeros_like(input, dtype=dtype, name=name)


def ones_like(input: Any, dtype: Any = None, name: str | None = None) -> Tensor:
    """Make ones of the shape of another tensor.

    Args:
      input: the tensor whose shape, and dtype, to take.
      dtype: another dtype for the ones.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.ones_like(input=[[3, 2, 4]])))
    [[1 1 1]]
    """
    return ops.ones_like(input, dtype=dtype, name=name)


def shape(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """Return the shape of a tensor.

    Args:
      input: any tensor.
      out_type: int32 or int64.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.shape([[1, 2, 4]], tf.int64)))
    [1 3]
    """
    return ops.shape(input, name=name, out_type=out_type)


def size(input: Any, out_type: Any = dtypes.int32, name: str | None = None) -> Tensor:
    """Return the number of elements of a tensor.

    Args:
      input: any tensor.
      out_type: int32 or int64.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.size([[1, 2, 4]], tf.int64)))
    3
    """
    return ops.size(input, name=name, out_type=out_type)


def transpose(
    a: Any, perm: Any = None, conjugate: bool = False, name: str | None = "transpose"
) -> Tensor:
    """Permute the axes of a tensor.

    Args:
      a: any tensor.
      perm: which axis comes first, second and so on; by default all are reversed.
      conjugate: whether to conjugate complex numbers as well.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.transpose([[1 + 2j, 4]], conjugate=True)))
    [[1.-2.j]
     [4.-0.j]]
    """
    return ops.transpose(a, perm=perm, name=name, conjugate=conjugate)


def expand_dims(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """Insert an axis of length 1.

    Args:
      input: any tensor.
      axis: where, counted from the end if negative.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> tf.compat.v2.expand_dims([1, 2, 4], -1).shape.as_list()
    [3, 1]
    """
    return ops.expand_dims(input, axis=axis, name=name)


def pad(
    tensor: Any,
    paddings: Any,
    mode: str = "CONSTANT",
    constant_values: Any = 0,
    name: str | None = None,
) -> Tensor:
    """Add elements before and after a tensor along its axes.

    Args:
      tensor: any tensor.
      paddings: int [axes, 2]: how many before and after.
      mode: "CONSTANT", "REFLECT" or "SYMMETRIC".
      constant_values: the element to add in the first mode.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.pad([1, 2], [[1, 2]], "CONSTANT", 9)))
    [9 1 2 9 9]
    """
    return ops.pad(tensor, paddings, mode=mode, constant_values=constant_values, name=name)


def gather(
    params: Any,
    indices: Any,
    validate_indices: bool | None = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """Take slices along an axis by their indices.

    Args:
      params: the tensor to take from.
      indices: int32 or int64 tensor.
      validate_indices: without effect: they are always checked.
      axis: along which axis; by default the first after the batch.
      batch_dims: how many leading axes `params` and `indices` share.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.gather([[1, 2, 4], [8, 16, 32]], [2, 0], axis=1)))
    [[ 4  1]
     [32  8]]
    """
    return ops.gather(params, indices, validate_indices, name, axis, batch_dims)


def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Tensor:
    """Take elements or slices by their coordinates.

    Args:
      params: the tensor to take from.
      indices: int [..., coordinates].
      batch_dims: how many leading axes `params` and `indices` share.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.gather_nd([[1, 2], [4, 8]], [[1], [0]], 1)))
    [2 4]
    """
    return ops.gather_nd(params, indices, name=name, batch_dims=batch_dims)


def boolean_mask(
    tensor: Any, mask: Any, axis: int | None = None, name: str | None = "boolean_mask"
) -> Tensor:
    """Keep the elements where a mask is True.

    Args:
      tensor: any tensor.
      mask: bool tensor of a known rank, of the shape of some consecutive axes of `tensor`.
      axis: the first of these axes; 0 by default.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.boolean_mask([[1, 2, 4]], [True, False, True], 1)))
    [[1 4]]
    """
    return ops.boolean_mask(tensor, mask, name=name, axis=axis)


def argmax(
    input: Any, axis: Any = None, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """Return the index of the largest element along an axis.

    Args:
      input: tensor of numbers.
      axis: the axis, 0 by default.
      output_type: int32 or int64.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.argmax([[1, 8, 4], [3, 2, 1]], 1, tf.int32)))
    [1 0]
    """
    return ops.argmax(input, axis=axis, name=name, output_type=output_type)


def argmin(
    input: Any, axis: Any = None, output_type: Any = dtypes.int64, name: str | None = None
) -> Tensor:
    """Return the index of the smallest element along an axis.

    Args:
      input: tensor of numbers.
      axis: the axis, 0 by default.
      output_type: int32 or int64.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.argmin([[1, 8, 4], [3, 2, 1]], 1, tf.int32)))
    [0 2]
    """
    return ops.argmin(input, axis=axis, name=name, output_type=output_type)


def count_nonzero(
    input: Any,
    axis: Any = None,
    keepdims: bool | None = None,
    dtype: Any = dtypes.int64,
    name: str | None = None,
) -> Tensor:
    """Count the elements that are not zero.

    Args:
      input: tensor of numbers, bools or strings.
      axis: along which axes; all by default.
      keepdims: whether these axes stay, with length 1.
      dtype: the dtype of the counts.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.math.count_nonzero([[1, 0, 4], [0, 0, 1]], axis=1)))
    [2 1]
    """
    return ops.count_nonzero(input, axis=axis, keepdims=keepdims, dtype=dtype, name=name)


def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    weights: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
) -> Tensor:
    """Count how often each class was taken for each.

    Args:
      labels: int [n], the true classes, which are rows of the result.
      predictions: int [n], the predicted ones, its columns.
      num_classes: how many there are; by default as many as occur.
      weights: [n], what each example counts.
      dtype: the dtype of the counts.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.math.confusion_matrix([1, 0, 1], [1, 1, 1])))
    [[0 1]
     [0 2]]
    """
    return ops.confusion_matrix(labels, predictions, num_classes, dtype, name, weights)


def in_top_k(targets: Any, predictions: Any, k: Any, name: str | None = None) -> Tensor:
    """Say whether the true class is among the k best predictions.

    Args:
      targets: int [n], the true classes.
      predictions: float32 [n, classes].
      k: how many of the best count.
      name: a name for the operation.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(session.run(tf.compat.v2.math.in_top_k([2, 0], [[1.0, 8, 4], [1.0, 8, 4]], 2)))
    [ True False]
    """
    return ops.in_top_k(predictions, targets, k, name=name)


def poisson(
    shape: Any,
    lam: Any,
    dtype: Any = dtypes.float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from Poisson distributions.

    Args:
      shape: int32 vector: how many for each rate.
      lam: the rates.
      dtype: the dtype of the result.
      seed: with the graph's seed, what makes the numbers repeatable.
      name: a name for the operation.

    Returns:
      A tensor of the shape `shape + lam.shape`.

    >>> import graphflow as tf
    >>> tf.compat.v2.random.poisson([4], [1.5, 2.5, 8.0]).shape.as_list()
    [4, 3]
    """
    return ops.random_poisson(lam, shape, dtype=dtype, seed=seed, name=name)


def tuple(
    tensors: Sequence[Any], control_inputs: Sequence[Any] | None = None, name: str | None = None
) -> list[Any]:
    """Group tensors: none can be used before all are computed.

    Args:
      tensors: tensors or None.
      control_inputs: operations or tensors to wait for as well.
      name: a name for the operations.

    >>> import graphflow as tf
    >>> with tf.Session() as session:
    ...     print(*session.run(tf.compat.v2.tuple([tf.constant(1), tf.constant(4)])))
    1 4
    """
    return ops.tuple(tensors, name=name, control_inputs=control_inputs)
