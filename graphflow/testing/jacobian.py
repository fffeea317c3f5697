"""Jacobians, symbolic and numeric: `tf.test.compute_gradient`.

A Jacobian is a matrix: a row for each element of the input, a column for each of the output; of
complex tensors, real and imaginary parts count as elements of their own, side by side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.gradients import gradients
from graphflow.core.graph import Tensor
from graphflow.core.op import Array
from graphflow.session import BaseSession, get_default_session


def compute_gradient(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Sequence[int],
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> Any:
    """Compute the Jacobian of a tensor by its gradient and by finite differences.

    Args:
      x: a floating or complex tensor, or a list of them.
      x_shape: the shape of `x`, a sequence of integers; a list of shapes for a list.
      y: a floating or complex tensor that depends on `x`.
      y_shape: the shape of `y`.
      x_init_value: an array with the point at which to differentiate (a list for a list); random
        numbers by default.
      delta: the step of the differences, in each direction.
      init_targets: an operation, or several, to run first.
      extra_feed_dict: further feeds.

    Returns:
      The symbolic and the numeric Jacobian, arrays [size of x, size of y]; a list of such pairs
      for a list.

    Raises:
      ValueError: there is no default session, or `x_init_value` has another shape.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float64, [2])
    >>> with tf.Session():
    ...     symbolic, _ = tf.test.compute_gradient(x, [2], x * x, [2], np.array([3.0, 5.0]))
    >>> symbolic
    array([[ 6.,  0.],
           [ 0., 10.]])
    """
    session = get_default_session()
    if session is None:
        raise ValueError("compute_gradient needs a default session: with tf.Session():")
    if init_targets is not None:
        session.run(init_targets)
    is_list = isinstance(x, (list, tuple))
    xs = list(x) if is_list else [x]
    shapes = list(x_shape) if is_list else [x_shape]
    given = x_init_value if is_list else [x_init_value]
    values = [None] * len(xs) if given is None else list(given)
    points = [
        _point(tensor, tuple(shape), value)
        for tensor, shape, value in zip(xs, shapes, values, strict=True)
    ]
    feeds = {**(extra_feed_dict or {}), **dict(zip(xs, points, strict=True))}
    found = [
        (
            _symbolic(session, tensor, y, tuple(y_shape), feeds),
            _numeric(session, tensor, y, feeds, delta),
        )
        for tensor in xs
    ]
    return found if is_list else found[0]


def compute_gradient_error(
    x: Any,
    x_shape: Any,
    y: Tensor,
    y_shape: Sequence[int],
    x_init_value: Any = None,
    delta: float = 1e-3,
    init_targets: Any = None,
    extra_feed_dict: Mapping[Any, Any] | None = None,
) -> float:
    """Compute the largest difference between symbolic and numeric Jacobians.

    Args:
      x: as for `compute_gradient`, as all others.
      x_shape: the shape of `x`.
      y: the tensor to differentiate.
      y_shape: the shape of `y`.
      x_init_value: the point at which to differentiate.
      delta: the step of the differences.
      init_targets: what to run first.
      extra_feed_dict: further feeds.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float64, [3])
    >>> with tf.Session():
    ...     error = tf.test.compute_gradient_error(x, [3], tf.exp(x), [3])
    >>> error < 1e-5
    True
    """
    found = compute_gradient(
        x, x_shape, y, y_shape, x_init_value, delta, init_targets, extra_feed_dict
    )
    pairs = found if isinstance(found, list) else [found]
    return max((float(np.abs(a - b).max()) for a, b in pairs if a.size), default=0.0)


def _point(x: Tensor, shape: tuple[int, ...], value: Any) -> Array:
    dtype = x.dtype.base_dtype
    if not (dtype.is_floating or dtype.is_complex):
        raise ValueError(f"{x!r} must be floating or complex to be differentiated")
    if value is None:
        value = np.random.random_sample(shape)
        if dtype.is_complex:
            value = value + 1j * np.random.random_sample(shape)
    value = np.array(value, dtype.as_numpy_dtype)
    if value.shape != shape:
        raise ValueError(f"x_init_value has shape {value.shape}, x_shape is {shape}")
    return value


def _parts(array: Array) -> Array:
    """The elements in a row; of complex ones the real and imaginary parts."""
    array = np.asarray(array)
    flat = np.ascontiguousarray(array).reshape(-1)
    if np.iscomplexobj(flat):
        return flat.view(flat.real.dtype)
    return flat.astype(np.float64) if flat.dtype.itemsize < 4 else flat


def _symbolic(
    session: BaseSession, x: Tensor, y: Tensor, y_shape: tuple[int, ...], feeds: Mapping[Any, Any]
) -> Array:
    """Each column is the gradient that starts from one element of y."""
    start = ops.placeholder(y.dtype.base_dtype, y_shape)
    (grad,) = gradients([y], [x], [start])
    rows = _parts(feeds[x]).size
    units = _units(y_shape, y.dtype.base_dtype.as_numpy_dtype)
    if grad is None:
        return np.zeros((rows, len(units)))
    dense = convert_to_tensor(grad)
    columns = [_parts(session.run(dense, {**feeds, start: unit})) for unit in units]
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0))


def _units(shape: tuple[int, ...], dtype: Any) -> list[Array]:
    """An array for each part of each element, that has 1 (or i) there and 0 elsewhere."""
    zeros = np.zeros(shape, dtype)
    units = []
    for index in np.ndindex(shape):
        for one in (1, 1j) if np.iscomplexobj(zeros) else (1,):
            unit = zeros.copy()
            unit[index] = one
            units.append(unit)
    return units


def _numeric(
    session: BaseSession, x: Tensor, y: Tensor, feeds: Mapping[Any, Any], delta: float
) -> Array:
    """Each row is the change of y by one part of one element of x."""
    rows = []
    for unit in _units(feeds[x].shape, feeds[x].dtype):
        step = unit * feeds[x].dtype.type(delta)
        above = _parts(session.run(y, {**feeds, x: feeds[x] + step}))
        below = _parts(session.run(y, {**feeds, x: feeds[x] - step}))
        rows.append((above - below) / (2 * delta))
    columns = _parts(session.run(y, feeds)).size
    return np.stack(rows) if rows else np.zeros((0, columns))
