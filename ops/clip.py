"""Limits for values and norms, as for gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import (
    IndexedSlices,
    convert_to_tensor,
    convert_to_tensor_or_indexed_slices,
)
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = [
    "clip_by_average_norm",
    "clip_by_global_norm",
    "clip_by_norm",
    "clip_by_value",
    "global_norm",
]


def _values(t: Any, name: str | None = None) -> Tensor:
    return convert_to_tensor(t.values if isinstance(t, IndexedSlices) else t, name=name)


def _like(t: Any, values: Tensor) -> Any:
    """The new values as `IndexedSlices` if the tensor was given so."""
    if isinstance(t, IndexedSlices):
        return IndexedSlices(values, t.indices, t.dense_shape)
    return values


def _same_shape(t: Tensor, clipped: Tensor, function: str) -> None:
    """Limits may broadcast to the tensor, but not the tensor to the limits."""
    if not t.shape.is_compatible_with(clipped.shape):
        raise ValueError(
            f"{function}: the limits broadcast {t!r} of shape {t.shape} to {clipped.shape}; "
            "they must fit into its shape"
        )


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """Limit values to a range.

    Args:
      t: real numbers: a tensor or `IndexedSlices`.
      clip_value_min: the lower limit, a scalar or a tensor that broadcasts to the shape of `t`.
      clip_value_max: the upper limit.
      name: name scope of the operations.

    Returns:
      A tensor or `IndexedSlices` like `t`.

    Raises:
      ValueError: the limits have more dimensions than `t`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.clip_by_value([-3.0, 0.5, 8.0], -1.0, 2.0))
    array([-1. ,  0.5,  2. ], dtype=float32)
    """
    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = _values(t, "t")
        not_above = ops.minimum(values, clip_value_max)
        _same_shape(values, not_above, "clip_by_value")
        clipped = ops.maximum(not_above, clip_value_min, name=scope)
        _same_shape(values, clipped, "clip_by_value")
        return _like(t, clipped)


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """Scale a tensor down so that its Euclidean norm is at most `clip_norm`.

    Args:
      t: floating: a tensor or `IndexedSlices`.
      clip_norm: positive scalar.
      axes: the axes along which norms are taken; all by default.
      name: name scope of the operations.

    Returns:
      A tensor or `IndexedSlices` like `t`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.clip_by_norm([[3.0, 4.0]], 2.0))
    array([[1.2, 1.6]], dtype=float32)
    """
    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = _values(t, "t")
        squares = ops.reduce_sum(ops.multiply(values, values, name="mul"), axes, keepdims=True)
        # The root of 0 has no finite gradient: it is taken of 1 there, and not used.
        positive = ops.greater(squares, 0)
        roots = ops.sqrt(ops.where(positive, squares, ops.ones_like(squares)))
        norm = ops.where(positive, roots, squares)
        scaled = ops.multiply(values, clip_norm, name="mul")
        _same_shape(values, scaled, "clip_by_norm")
        divisor = ops.maximum(norm, clip_norm)
        clipped = ops.identity(ops.realdiv(scaled, divisor, name="truediv"), name=scope)
        return _like(t, clipped)


def _checked_list(t_list: Any) -> list[Any]:
    if isinstance(t_list, (str, bytes)) or not isinstance(t_list, Sequence):
        raise TypeError(f"t_list must be a list of tensors, not {t_list!r}")
    return list(t_list)


def _converted(t_list: list[Any]) -> list[Any]:
    return [
        None if t is None else convert_to_tensor_or_indexed_slices(t, name=f"t_{index}")
        for index, t in enumerate(t_list)
    ]


def _colocated(tensor: Tensor, make: Callable[[], Tensor]) -> Tensor:
    with tensor.graph.colocate_with(tensor.op):
        return make()


def global_norm(t_list: Any, name: str | None = None) -> Any:
    """Compute the Euclidean norm of all elements of several tensors.

    Args:
      t_list: floating tensors or `IndexedSlices`; None is left out.
      name: name scope of the operations.

    Returns:
      A scalar.

    Raises:
      TypeError: `t_list` is no list.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.global_norm([tf.constant([2.0, 3.0]), None, tf.constant(6.0)]))
    np.float32(7.0)
    """
    t_list = _checked_list(t_list)
    with name_scope(name, "global_norm", t_list):
        halves = []
        for t in _converted(t_list):
            if t is not None:
                halves.append(_half_square(_values(t)))
        half = ops.reduce_sum(ops.stack(halves))
        two = ops.constant(2.0, dtype=half.dtype)
        return ops.sqrt(ops.multiply(half, two, name="mul"), name="global_norm")


def _half_square(values: Tensor) -> Tensor:
    return _colocated(values, lambda: ops.l2_loss(values))


def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Scale several tensors down by one factor so that their global norm is at most `clip_norm`.

    Args:
      t_list: floating tensors or `IndexedSlices`; None stays None.
      clip_norm: positive scalar.
      use_norm: the global norm if it was computed already.
      name: name scope of the operations.

    Returns:
      The scaled tensors, all NaN if the norm is not finite, and the norm before scaling.

    Raises:
      TypeError: `t_list` is no list.

    >>> import graphflow as tf
    >>> clipped, norm = tf.clip_by_global_norm([tf.constant([3.0]), tf.constant([4.0])], 2.5)
    >>> tf.Session().run(clipped)
    [array([1.5], dtype=float32), array([2.], dtype=float32)]
    """
    t_list = _checked_list(t_list)
    norm = global_norm(t_list, name) if use_norm is None else use_norm
    with name_scope(name, "clip_by_global_norm", [*t_list, clip_norm]) as scope:
        norm = convert_to_tensor(norm, name="use_norm")
        inverse = 1.0 / norm
        one = ops.constant(1.0, dtype=norm.dtype)
        scale = clip_norm * ops.minimum(inverse, one / clip_norm)
        nan = ops.constant(float("nan"), dtype=norm.dtype)
        scale = ops.where(ops.is_finite(norm), scale, nan)
        clipped = [
            t if t is None else _scaled(t, scale, f"{scope}_{index}")
            for index, t in enumerate(_converted(t_list))
        ]
    return clipped, norm


def _scaled(t: Any, scale: Tensor, name: str) -> Any:
    values = _values(t)
    product = _colocated(
        values, lambda: ops.identity(ops.multiply(values, scale, name="mul"), name=name)
    )
    return _like(t, product)


def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """Scale a tensor down so that its norm per element is at most `clip_norm`.

    Args:
      t: float32.
      clip_norm: positive scalar.
      name: name scope of the operations.

    Returns:
      A tensor like `t`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.clip_by_average_norm([3.0, 4.0], 0.5))
    array([0.6, 0.8], dtype=float32)
    """
    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        limit = convert_to_tensor(clip_norm, dtype=t.dtype.base_dtype, name="clip_norm")
        count = ops.cast(ops.size(t), "float32")
        every_axis = ops.range(ops.rank(t))
        inverse = ops.rsqrt(ops.reduce_sum(ops.multiply(t, t), every_axis))
        one = ops.constant(1.0, dtype=t.dtype)
        factor = ops.minimum(ops.multiply(inverse, count), ops.realdiv(one, limit))
        return ops.identity(ops.multiply(ops.multiply(t, limit), factor), name=scope)
