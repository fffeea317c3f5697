"""Masked autoregressive flows (Papamakarios, Pavlakou and Murray, 2017)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.contrib.distributions.bijectors.base import Bijector
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.graph import Tensor
from graphflow.layers.core import Dense
from graphflow.linear_operators.shapes import size_of
from graphflow.variables.initializers import glorot_normal_initializer
from graphflow.variables.template import make_template


class MaskedAutoregressiveFlow(Bijector):
    """Each number of a vector is moved and stretched as the ones before it tell.

    `inverse` is one call of the function, `forward` as many as there are numbers.

    Args:
      shift_and_log_scale_fn: a function of vectors that returns shifts and logarithms of factors,
        each of which depends on numbers before its own only; None there is 1.
      is_constant_jacobian: whether the factors do not depend on the numbers.
      validate_args: not used.
      unroll_loop: whether `forward` is operations of its own for each number, else a loop.
      event_ndims: the rank of an event; its numbers are counted row by row.
      name: name of the bijector.

    >>> import graphflow as tf
    >>> def sums_before(x):
    ...     return tf.cumsum(x, axis=-1, exclusive=True), None
    >>> flow = tf.contrib.distributions.bijectors.MaskedAutoregressiveFlow(sums_before)
    >>> tf.Session().run(flow.forward([[1.0, 1.0, 1.0]]))
    array([[1., 2., 4.]], dtype=float32)
    """

    def __init__(
        self,
        shift_and_log_scale_fn: Callable[..., Any],
        is_constant_jacobian: bool = False,
        validate_args: bool = False,
        unroll_loop: bool = False,
        event_ndims: int = 1,
        name: str | None = None,
    ) -> None:
        self._shift_and_log_scale_fn = shift_and_log_scale_fn
        self._unroll_loop = unroll_loop
        self._event_ndims = event_ndims
        super().__init__(
            None,
            is_constant_jacobian,
            validate_args,
            None,
            event_ndims,
            name=name or "masked_autoregressive_flow",
        )

    def _moved(self, x: Tensor, y: Tensor) -> Tensor:
        shift, log_scale = self._shift_and_log_scale_fn(y)
        moved = x if log_scale is None else x * ops.exp(log_scale)
        return moved if shift is None else moved + shift

    def _forward(self, x: Tensor) -> Any:
        """Every call makes one more number right, from the first one on."""
        rank = x.shape.ndims
        event = x.shape[rank - self._event_ndims :] if rank is not None else None
        if event is not None and event.is_fully_defined():
            steps: Any = event.num_elements()
        else:
            steps = ops.reduce_prod(ops.shape(x)[-self._event_ndims :])
        y = ops.zeros_like(x, name="y0")
        if self._unroll_loop:
            if not isinstance(steps, int):
                raise ValueError(f"{self.name}: unroll_loop needs events of a known shape")
            for _ in range(steps):
                y = self._moved(x, y)
            return y
        # The variables must be made outside of the loop.
        y = self._moved(x, y)

        def step(index: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            return index + 1, self._moved(x, y)

        start = ops.constant(1, dtype=int32)
        _, y = ops.while_loop(
            lambda index, _: ops.less(index, steps),
            step,
            (start, y),
            shape_invariants=(start.shape, y.shape),
        )
        return y

    def _inverse(self, y: Tensor) -> Any:
        shift, log_scale = self._shift_and_log_scale_fn(y)
        x = y if shift is None else y - shift
        return x if log_scale is None else x * ops.exp(-log_scale)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        _, log_scale = self._shift_and_log_scale_fn(y)
        if log_scale is None:
            return ops.constant(0.0, y.dtype.base_dtype)
        return -ops.reduce_sum(log_scale, list(range(-self._event_ndims, 0)))


def _mask(num_blocks: int, n_in: int, n_out: int, exclusive: bool) -> Any:
    """Which weights [n_in, n_out] lead from a block of numbers to the same or later ones."""
    blocks_in = np.arange(n_in) // max(n_in // num_blocks, 1)
    blocks_out = np.arange(n_out) // max(n_out // num_blocks, 1)
    if exclusive:
        return (blocks_in[:, None] < blocks_out[None, :]).astype(np.float64)
    return (blocks_in[:, None] <= blocks_out[None, :]).astype(np.float64)


def masked_dense(
    inputs: Any,
    units: int,
    num_blocks: int | None = None,
    exclusive: bool = False,
    kernel_initializer: Any = None,
    reuse: Any = None,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Tensor:
    """Return a dense layer whose outputs depend on inputs of earlier blocks only.

    The other weights start as 0, and optimizers keep them so.

    Args:
      inputs: floating [..., n], the last axis known.
      units: how many outputs there are.
      num_blocks: into how many blocks inputs and outputs are divided.
      exclusive: whether outputs do not depend on their own block either.
      kernel_initializer: the initializer of the kernel; by default Glorot's normal one.
      reuse: whether to take variables that exist.
      name: name of the layer, and scope of its variables.
      *args: further arguments of `tf.layers.Dense`.
      **kwargs: further arguments of `tf.layers.Dense`.

    Raises:
      ValueError: the size of the inputs is not known.

    >>> import graphflow as tf
    >>> y = masked_dense(tf.ones([1, 3]), 3, num_blocks=3, exclusive=True)
    >>> x = tf.trainable_variables()[0]
    >>> with tf.Session() as sess:
    ...     sess.run(tf.global_variables_initializer())
    ...     (sess.run(x) != 0.0).astype(int)
    array([[0, 1, 1],
           [0, 0, 1],
           [0, 0, 0]])
    """
    inputs = convert_to_tensor(inputs, name="inputs")
    size = size_of(inputs, -1)
    if not isinstance(size, int):
        raise ValueError(f"the last axis of {inputs!r} must be known")
    blocks = size if num_blocks is None else num_blocks
    mask = _mask(blocks, size, units, exclusive)
    initializer = kernel_initializer or glorot_normal_initializer()

    def masked(shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        values = initializer(shape, dtype, partition_info)
        return ops.multiply(ops.constant(mask, values.dtype.base_dtype), values)

    def projected(kernel: Any) -> Tensor:
        return ops.multiply(ops.constant(mask, kernel.dtype.base_dtype), kernel)

    # These cannot be among the positional ones, which are few.
    layer = Dense(  # type: ignore[misc]
        units,
        *args,
        kernel_initializer=masked,
        kernel_constraint=projected,
        name=name,
        dtype=inputs.dtype.base_dtype,
        _scope=name,
        _reuse=reuse,
        **kwargs,
    )
    result: Tensor = layer.apply(inputs)
    return result


def masked_autoregressive_default_template(
    hidden_layers: Sequence[int],
    shift_only: bool = False,
    activation: Any = ops.relu,
    log_scale_min_clip: float = -5.0,
    log_scale_max_clip: float = 3.0,
    log_scale_clip_gradient: bool = False,
    name: str | None = None,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Return a function for `MaskedAutoregressiveFlow`: masked layers, with shared variables.

    Args:
      hidden_layers: the sizes of the hidden layers.
      shift_only: whether to leave factors at 1.
      activation: the activation of the hidden layers.
      log_scale_min_clip: the least logarithm of a factor.
      log_scale_max_clip: the greatest one.
      log_scale_clip_gradient: whether gradients are 0 beyond these ends, else they go through.
      name: name of the function, and scope of its variables.
      *args: further arguments of `masked_dense`.
      **kwargs: further arguments of `masked_dense`.

    >>> import graphflow as tf
    >>> network = masked_autoregressive_default_template([6])
    >>> shift, log_scale = network(tf.ones([2, 3]))
    >>> shift.shape.as_list(), [v.name for v in tf.trainable_variables()][0]
    ([2, 3], 'masked_autoregressive_default_template/dense/kernel:0')
    """
    name = name or "masked_autoregressive_default_template"

    def network(x: Any) -> tuple[Tensor, Tensor | None]:
        x = convert_to_tensor(x, name="x")
        size = size_of(x, -1)
        if not isinstance(size, int):
            raise ValueError(f"{name}: the last axis of {x!r} must be known")
        static = x.shape
        hidden = ops.expand_dims(x, 0) if x.shape.ndims == 1 else x
        for place, units in enumerate(hidden_layers):
            hidden = masked_dense(
                hidden, units, size, place == 0, *args, activation=activation, **kwargs
            )
        width = size if shift_only else 2 * size
        result = masked_dense(hidden, width, size, not hidden_layers, *args, **kwargs)
        if shift_only:
            return _shaped(result, x, static), None
        halves = ops.reshape(result, ops.concat([ops.shape(x), [2]], 0))
        shift, log_scale = ops.unstack(halves, num=2, axis=-1)
        clip = ops.clip_by_value if log_scale_clip_gradient else _clipped_forwards
        log_scale = clip(log_scale, log_scale_min_clip, log_scale_max_clip)
        return _shaped(shift, x, static), _shaped(log_scale, x, static)

    return make_template(name, network)


def _shaped(result: Tensor, x: Tensor, static: Any) -> Tensor:
    result = ops.reshape(result, ops.shape(x))
    result.set_shape(static)
    return result


def _clipped_forwards(x: Tensor, least: float, greatest: float) -> Tensor:
    """Clip, with the gradient of what was clipped."""
    return x + ops.stop_gradient(ops.clip_by_value(x, least, greatest) - x)
