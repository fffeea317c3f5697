"""Discrete cosine transforms, computed by the Fourier transform of real numbers.

Source: Makhoul, "A fast cosine transform in one and two dimensions", 1980.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops.signal import with_last_size

__all__ = ["dct", "idct"]

_INVERSE_TYPES = {1: 1, 2: 3, 3: 2}


def dct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Compute the discrete cosine transform over the last axis.

    With N elements x, element k of the result is, before it is normalized,

    - type 1: x[0] + (-1)^k x[N-1] + 2 Σ x[i] cos(π k i / (N-1)), where i is neither 0 nor N-1;
    - type 2: 2 Σ x[i] cos(π k (2i + 1) / 2N);
    - type 3: x[0] + 2 Σ x[i] cos(π i (2k + 1) / 2N), where i is not 0.

    Args:
      input: float32 or float64 [..., samples].
      type: 1, 2 or 3.
      n: how many elements to transform: the first ones, with zeros after them where there are
        fewer; by default all.
      axis: -1, the last one.
      norm: "ortho" scales types 2 and 3 such that the transform is orthogonal; None does not.
      name: name scope of the operations.

    Returns:
      A tensor [..., n] of the same dtype.

    Raises:
      NotImplementedError: `axis` is not -1.
      ValueError: `type`, `n` or `norm` is not one of these, or there are too few elements.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.dct([1.0, 2.0, 6.0])).round(3)
    array([18.  , -8.66,  3.  ], dtype=float32)
    """
    _check_arguments(type, n, axis, norm)
    with name_scope(name, "dct", [input]):
        x = convert_to_tensor(input, name="input")
        x.shape.with_rank_at_least(1)
        if n is not None:
            x = with_last_size(x, n)
        _check_size(x, type)
        return _TRANSFORMS[type](x, norm)


def idct(
    input: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    name: str | None = None,
) -> Tensor:
    """Undo a discrete cosine transform over the last axis, up to a factor.

    It is the transform of type 1 for type 1, that of type 3 for type 2, that of type 2 for type 3.
    With norm "ortho" it is the inverse; otherwise the inverse is this divided by 2N, for type 1 by
    2(N - 1).

    Args:
      input: float32 or float64 [..., samples].
      type: 1, 2 or 3: the type of the transform that is undone.
      n: how many elements to transform: the first ones, with zeros after them where there are
        fewer; by default all.
      axis: -1, the last one.
      norm: the one of the transform that is undone.
      name: name scope of the operations.

    Returns:
      A tensor [..., n] of the same dtype.

    Raises:
      NotImplementedError: `axis` is not -1.
      ValueError: `type`, `n` or `norm` is not one of these, or there are too few elements.

    >>> import graphflow as tf
    >>> x = tf.signal.dct([1.0, 2.0, 6.0], norm="ortho")
    >>> tf.Session().run(tf.signal.idct(x, norm="ortho")).round(3)
    array([1., 2., 6.], dtype=float32)
    """
    _check_arguments(type, n, axis, norm)
    with name_scope(name, "idct", [input]):
        return dct(input, type=_INVERSE_TYPES[type], n=n, axis=axis, norm=norm)


def _check_arguments(type: int, n: int | None, axis: int, norm: str | None) -> None:
    if axis != -1:
        raise NotImplementedError(
            f"axis must be -1, not {axis}: move the axis to the end with tf.transpose"
        )
    if n is not None and n < 1:
        raise ValueError(f"n must be a positive integer or None, not {n}")
    if type not in _INVERSE_TYPES:
        raise ValueError(f"type must be 1, 2 or 3, not {type!r}")
    if norm not in (None, "ortho"):
        raise ValueError(f"norm must be None or 'ortho', not {norm!r}")
    if type == 1 and norm == "ortho":
        raise ValueError("the transform of type 1 cannot be normalized: norm must be None")


def _check_size(x: Tensor, type: int) -> None:
    size = x.shape.with_rank_at_least(1)[-1].value if x.shape.ndims is not None else None
    if type == 1 and size is not None and size < 2:
        raise ValueError(f"a transform of type 1 needs 2 elements or more, not {size}")


def _size(x: Tensor) -> Tensor:
    return ops.shape(x)[-1]


def _quarter_waves(size: Tensor, dtype: DType, sign: float) -> Tensor:
    """exp(±iπk / 2N) for k from 0 to N - 1."""
    angles = ops.cast(ops.range(size), dtype) * (sign * np.pi / 2) / ops.cast(size, dtype)
    return ops.complex(ops.cos(angles), ops.sin(angles))


def _first_and_others(size: Tensor, first: Tensor, others: Tensor) -> Tensor:
    """A vector of factors, one for element 0 and one for the rest."""
    return ops.where(ops.equal(ops.range(size), 0), _filled(size, first), _filled(size, others))


def _filled(size: Tensor, value: Tensor) -> Tensor:
    return ops.fill(ops.expand_dims(size, 0), value)


def _first(x: Tensor, norm: str | None) -> Tensor:
    """Type 1: the Fourier transform of the elements continued by their mirror image."""
    del norm
    mirrored = ops.concat([x, ops.reverse(x[..., 1:-1], [-1])], -1)
    return ops.real(ops.rfft(mirrored))


def _second(x: Tensor, norm: str | None) -> Tensor:
    """Type 2: the Fourier transform of the elements continued by zeros, half a step later."""
    size, dtype = _size(x), x.dtype.base_dtype
    spectrum = ops.rfft(x, ops.stack([2 * size]))[..., :size]
    y = 2.0 * ops.real(spectrum * _quarter_waves(size, dtype, -1.0))
    if norm is None:
        return y
    scale = ops.rsqrt(2 * ops.cast(size, dtype))
    return y * _first_and_others(size, scale * np.sqrt(0.5), scale)


def _third(x: Tensor, norm: str | None) -> Tensor:
    """Type 3: the real inverse Fourier transform of the elements, half a step later."""
    size, dtype = _size(x), x.dtype.base_dtype
    double = 2 * ops.cast(size, dtype)
    if norm is not None:
        scale = ops.rsqrt(double)
        x = x * _first_and_others(size, scale * np.sqrt(2.0), scale)
    waves = ops.complex(x, ops.zeros_like(x)) * _quarter_waves(size, dtype, 1.0)
    return double * ops.irfft(waves, ops.stack([2 * size]))[..., :size]


_TRANSFORMS: dict[int, Callable[[Tensor, str | None], Tensor]] = {1: _first, 2: _second, 3: _third}
