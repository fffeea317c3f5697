"""Affine coupling layers (Dinh, Sohl-Dickstein and Bengio, 2016)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.graph import Tensor
from graphflow.layers.core import dense
from graphflow.variables.template import make_template


class RealNVP(Bijector):
    """The first numbers of a vector stay, and tell how the others are moved and stretched.

    Args:
      num_masked: how many numbers stay.
      shift_and_log_scale_fn: a function of the numbers that stay and of how many others there are,
        which returns shifts and logarithms of factors; None there is 1.
      is_constant_jacobian: whether the factors do not depend on the numbers.
      validate_args: not used.
      name: name of the bijector.

    Raises:
      ValueError: `num_masked` is negative, or is not less than the size of a vector.

    >>> import graphflow as tf
    >>> def doubled(x, size):
    ...     return tf.tile(x, [1, size]), tf.fill([1, size], tf.log(2.0))
    >>> flow = tf.contrib.distributions.bijectors.RealNVP(1, doubled)
    >>> tf.Session().run(flow.forward([[1.0, 3.0, 4.0]]))
    array([[1., 7., 9.]], dtype=float32)
    """

    def __init__(
        self,
        num_masked: int,
        shift_and_log_scale_fn: Callable[..., Any],
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        if num_masked < 0:
            raise ValueError(f"num_masked must not be negative, it is {num_masked}")
        self._num_masked = num_masked
        self._shift_and_log_scale_fn = shift_and_log_scale_fn
        super().__init__(
            None, is_constant_jacobian, validate_args, None, 1, name=name or "real_nvp"
        )

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Any, Any]:
        """Those that stay and those that move, with shifts and logarithms of factors."""
        size = x.shape.as_list()[-1] if x.shape.ndims else None
        if size is None:
            raise ValueError(f"{self.name}: the last axis of {x!r} must be known")
        if self._num_masked >= size:
            raise ValueError(
                f"{self.name}: of {size} numbers {self._num_masked} cannot stay, none is left"
            )
        stay, move = x[..., : self._num_masked], x[..., self._num_masked :]
        shift, log_scale = self._shift_and_log_scale_fn(stay, size - self._num_masked)
        return stay, move, shift, log_scale

    def _forward(self, x: Tensor) -> Tensor:
        stay, move, shift, log_scale = self._parts(x)
        if log_scale is not None:
            move = move * ops.exp(log_scale)
        if shift is not None:
            move = move + shift
        return ops.concat([stay, move], -1)

    def _inverse(self, y: Tensor) -> Tensor:
        stay, move, shift, log_scale = self._parts(y)
        if shift is not None:
            move = move - shift
        if log_scale is not None:
            move = move * ops.exp(-log_scale)
        return ops.concat([stay, move], -1)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return -self._forward_log_det_jacobian(y)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        # What stays tells the factors, so that they are the same before and after.
        *_, log_scale = self._parts(x)
        if log_scale is None:
            return ops.constant(0.0, x.dtype.base_dtype)
        return ops.reduce_sum(log_scale, -1)


def real_nvp_default_template(
    hidden_layers: Sequence[int],
    shift_only: bool = False,
    activation: Any = ops.relu,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Return a function for `RealNVP`: dense layers, whose variables all its calls share.

    Args:
      hidden_layers: the sizes of the hidden layers.
      shift_only: whether to leave factors at 1.
      activation: the activation of the hidden layers.
      name: name of the function, and scope of its variables.
      *args: further arguments of `tf.layers.dense`.
      **kwargs: further arguments of `tf.layers.dense`.

    >>> import graphflow as tf
    >>> network = real_nvp_default_template([8])
    >>> flow = tf.contrib.distributions.bijectors.RealNVP(1, network)
    >>> y = flow.forward([[1.0, 2.0, 3.0]])
    >>> [v.shape.as_list() for v in tf.trainable_variables()]
    [[1, 8], [8], [8, 4], [4]]
    """

    def network(x: Any, output_units: int) -> tuple[Tensor, Tensor | None]:
        is_single = x.shape.ndims == 1
        hidden = ops.expand_dims(x, 0) if is_single else x
        for units in hidden_layers:
            hidden = dense(hidden, units, activation, *args, **kwargs)
        width = output_units if shift_only else 2 * output_units
        result = dense(hidden, width, None, *args, **kwargs)
        if is_single:
            result = ops.squeeze(result, [0])
        if shift_only:
            return result, None
        shift, log_scale = ops.split(result, 2, axis=-1)
        return shift, log_scale

    return make_template(name or "real_nvp_default_template", network)
