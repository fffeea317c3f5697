"""Layers that give their inputs mean 0 and variance 1, example by example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.contrib.framework.arg_scope import add_arg_scope
from graphflow.contrib.framework.variables import model_variable
from graphflow.contrib.layers.utils import collect_named_outputs, get_variable_collections
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.variables.initializers import Ones, Zeros
from graphflow.variables.scope import variable_scope


def shift_and_scale(
    center: bool,
    scale: bool,
    size: Any,
    dtype: Any,
    param_initializers: dict[str, Any] | None = None,
    variables_collections: Any = None,
    trainable: bool = True,
    param_regularizers: dict[str, Any] | None = None,
) -> tuple[Any, Any]:
    """Make what a normalized value is shifted and scaled by.

    Args:
      center: whether to make `beta`, at first 0.
      scale: whether to make `gamma`, at first 1.
      size: the shape of both.
      dtype: the dtype of both.
      param_initializers: other initializers, by the names "beta" and "gamma".
      variables_collections: collections for the variables, or a dictionary of those by name.
      trainable: whether the variables are trained.
      param_regularizers: regularizers, by the names "beta" and "gamma".

    Returns:
      `beta` and `gamma`, None for what is not made.
    """
    initializers = param_initializers or {}
    regularizers = param_regularizers or {}

    def parameter(name: str, default: Any) -> Any:
        return model_variable(
            name,
            shape=size,
            dtype=dtype,
            initializer=initializers.get(name, default),
            regularizer=regularizers.get(name),
            collections=get_variable_collections(variables_collections, name),
            trainable=trainable,
        )

    beta = parameter("beta", Zeros()) if center else None
    gamma = parameter("gamma", Ones()) if scale else None
    return beta, gamma


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Callable[..., Any] | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Tensor:
    """Normalize each example over its units (Ba, Kiros and Hinton, 2016).

    Args:
      inputs: floating [batch, ...].
      center: whether to add a trained `beta`.
      scale: whether to multiply by a trained `gamma`.
      activation_fn: a function of tensors, None for none.
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      begin_norm_axis: the first of the axes over which moments are taken.
      begin_params_axis: the first of the axes of `beta` and `gamma`.
      scope: the variable scope, "LayerNorm" by default.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: rank or sizes are not known, or the inputs have no such axes.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.layer_norm(tf.constant([[1.0, 3.0], [8.0, 4.0]]))
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> sess.run(y).round(3)
    array([[-1.,  1.],
           [ 1., -1.]], dtype=float32)
    """
    with variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as opened:
        inputs = convert_to_tensor(inputs)
        rank = _known_rank(inputs)
        first = begin_norm_axis + rank if begin_norm_axis < 0 else begin_norm_axis
        if first >= rank or begin_params_axis >= rank:
            raise ValueError(
                f"begin_norm_axis {begin_norm_axis} and begin_params_axis {begin_params_axis} must "
                f"be less than the rank {rank} of the inputs{at_user_line()}"
            )
        size = inputs.shape[begin_params_axis:]
        if not size.is_fully_defined():
            raise ValueError(
                f"the axes of beta and gamma must have known sizes, the shape of the inputs is "
                f"{inputs.shape}{at_user_line()}"
            )
        dtype = inputs.dtype.base_dtype
        beta, gamma = shift_and_scale(
            center, scale, size, dtype, None, variables_collections, trainable
        )
        mean, variance = ops.moments(inputs, list(range(first, rank)), keepdims=True)
        epsilon = 1e-3 if dtype.name == "float16" else 1e-12
        outputs = ops.batch_normalization(inputs, mean, variance, beta, gamma, epsilon)
        outputs.set_shape(inputs.shape)
        return _finished(outputs, activation_fn, outputs_collections, opened.name)


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Callable[..., Any] | None = None,
    param_initializers: dict[str, Any] | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Tensor:
    """Normalize each channel of each example over its positions (Ulyanov et al., 2016).

    Args:
      inputs: floating [batch, ..., channels], or with "NCHW" [batch, channels, ...].
      center: whether to add a trained `beta`.
      scale: whether to multiply by a trained `gamma`.
      epsilon: added to the variance, so that it is never zero.
      activation_fn: a function of tensors, None for none.
      param_initializers: initializers by the names "beta" and "gamma".
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      data_format: "NHWC" or "NCHW".
      scope: the variable scope, "InstanceNorm" by default.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the rank or the number of channels is not known, or there is no such format.
    """
    inputs = convert_to_tensor(inputs)
    rank = _known_rank(inputs)
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError(f"data_format must be NHWC or NCHW, not {data_format!r}{at_user_line()}")
    with variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as opened:
        channels_axis = 1 if data_format == "NCHW" else rank - 1
        channels = _known_size(inputs, channels_axis)
        beta, gamma = shift_and_scale(
            center, scale, [channels], inputs.dtype.base_dtype, param_initializers,
            variables_collections, trainable,
        )  # fmt: skip
        if data_format == "NCHW":
            broadcast = [1, channels, *[1] * (rank - 2)]
            beta, gamma = _reshaped(beta, broadcast), _reshaped(gamma, broadcast)
        axes = [axis for axis in range(1, rank) if axis != channels_axis]
        mean, variance = ops.moments(inputs, axes, keepdims=True)
        outputs = ops.batch_normalization(
            inputs, mean, variance, beta, gamma, epsilon, name="instancenorm"
        )
        outputs.set_shape(inputs.shape)
        return _finished(outputs, activation_fn, outputs_collections, opened.name)


@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Sequence[int] = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Callable[..., Any] | None = None,
    param_initializers: dict[str, Any] | None = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Tensor:
    """Normalize groups of channels of each example (Wu and He, 2018).

    Args:
      inputs: floating [batch, ...].
      groups: the number of groups.
      channels_axis: the axis of channels.
      reduction_axes: the axes over which moments are taken, beside the channels of a group.
      center: whether to add a trained `beta`.
      scale: whether to multiply by a trained `gamma`.
      epsilon: added to the variance, so that it is never zero.
      activation_fn: a function of tensors, None for none.
      param_initializers: initializers by the names "beta" and "gamma".
      reuse: whether to share the variables of a former layer of that scope.
      variables_collections: collections for the variables, or a dictionary of those by name.
      outputs_collections: collections for the output.
      trainable: whether the variables are trained.
      scope: the variable scope, "GroupNorm" by default.
      mean_close_to_zero: whether the variance may be computed from the sum of squares, in one pass.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: axes or groups do not fit the inputs.
    """
    inputs = convert_to_tensor(inputs)
    rank = _known_rank(inputs)
    axis, reduced = _group_axes(inputs, rank, channels_axis, reduction_axes)
    channels = _known_size(inputs, axis)
    if groups > channels or channels % groups:
        raise ValueError(
            f"{channels} channels cannot be divided into {groups} groups{at_user_line()}"
        )
    parted = [groups, channels // groups]
    grouped = _with_sizes(inputs, [*range(axis)], parted, [*range(axis + 1, rank)])
    with variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as opened:
        beta, gamma = shift_and_scale(
            center, scale, [channels], inputs.dtype.base_dtype, param_initializers,
            variables_collections, trainable,
        )  # fmt: skip
        broadcast = [1] * axis + parted + [1] * (rank - axis - 1)
        beta, gamma = _reshaped(beta, broadcast), _reshaped(gamma, broadcast)
        # The axis of groups is a new one in front of the axis of channels.
        axes = [axis + 1, *(other + 1 if other > axis else other for other in reduced)]
        mean, variance = _moments(grouped, axes, mean_close_to_zero)
        normalized = ops.batch_normalization(grouped, mean, variance, beta, gamma, epsilon)
        outputs = ops.reshape(normalized, ops.shape(inputs))
        outputs.set_shape(inputs.shape)
        return _finished(outputs, activation_fn, outputs_collections, opened.name)


def _group_axes(
    inputs: Tensor, rank: int, channels_axis: int, reduction_axes: Sequence[int]
) -> tuple[int, list[int]]:
    """The axis of channels and the axes to reduce, counted from the front."""
    for axis in (channels_axis, *reduction_axes):
        if not -rank <= axis < rank:
            raise ValueError(f"the inputs of rank {rank} have no axis {axis}{at_user_line()}")
    channels = channels_axis % rank
    reduced = [axis % rank for axis in reduction_axes]
    if channels in reduced:
        raise ValueError(
            f"reduction_axes {list(reduction_axes)} contain the axis of channels {channels_axis}"
            f"{at_user_line()}"
        )
    for axis in reduced:
        _known_size(inputs, axis)
    return channels, reduced


def _with_sizes(inputs: Tensor, before: list[int], parted: list[int], after: list[int]) -> Tensor:
    """The inputs with one axis parted; other axes keep their size, known or not."""
    dims = inputs.shape.as_list()
    sizes = [*(dims[axis] for axis in before), *parted, *(dims[axis] for axis in after)]
    if sizes.count(None) <= 1:
        return ops.reshape(inputs, [-1 if size is None else size for size in sizes])
    found = ops.shape(inputs)
    known = [found[axis] if dims[axis] is None else dims[axis] for axis in before]
    rest = [found[axis] if dims[axis] is None else dims[axis] for axis in after]
    outputs = ops.reshape(inputs, [*known, *parted, *rest])
    outputs.set_shape(sizes)
    return outputs


def _moments(inputs: Tensor, axes: list[int], in_one_pass: bool) -> tuple[Tensor, Tensor]:
    if not in_one_pass:
        return ops.moments(inputs, axes, keepdims=True)
    count, total, squares, _ = ops.sufficient_statistics(inputs, axes, keep_dims=True)
    return ops.normalize_moments(count, total, squares, shift=None)


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: str | None = None) -> Tensor:
    """Divide by the Euclidean length along an axis.

    Args:
      inputs: a floating tensor.
      dim: the axis.
      epsilon: added to the squared length, so that it is never zero.
      scope: name scope of the operations, "UnitNorm" by default.

    Returns:
      A tensor like `inputs`.

    Raises:
      ValueError: the inputs have no such axis, or their rank is not known.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.contrib.layers.unit_norm([[3.0, 4.0], [0.0, 2.0]], 1)).round(3)
    array([[0.6, 0.8],
           [0. , 1. ]], dtype=float32)
    """
    with name_scope(scope, "UnitNorm", [inputs]):
        inputs = convert_to_tensor(inputs)
        rank = _known_rank(inputs)
        if not 0 <= dim < rank:
            raise ValueError(f"dim must be from 0 to {rank - 1}, not {dim}{at_user_line()}")
        squares = ops.reduce_sum(ops.square(inputs), dim, keepdims=True)
        return ops.truediv(inputs, ops.sqrt(squares + epsilon), name="div")


def poincare_normalize(
    x: Any, axis: Any = 1, epsilon: float = 1e-5, name: str | None = None
) -> Tensor:
    """Scale vectors that are too long down into the unit ball (Nickel and Kiela, 2017).

    Args:
      x: a floating tensor.
      axis: the axis of the vectors, or several.
      epsilon: how far from the surface of the ball they stay.
      name: name scope of the operations.

    Returns:
      A tensor like `x`.

    >>> import graphflow as tf
    >>> y = tf.contrib.layers.poincare_normalize([[3.0, 4.0], [0.3, 0.4]], epsilon=0.5)
    >>> tf.Session().run(y).round(2)
    array([[0.3, 0.4],
           [0.3, 0.4]], dtype=float32)
    """
    with name_scope(name, "poincare_normalize", [x]) as scope:
        x = convert_to_tensor(x)
        squares = ops.reduce_sum(ops.square(x), axis, keepdims=True)
        factor = ops.minimum((1.0 - epsilon) * ops.rsqrt(squares), 1.0)
        return ops.multiply(x, factor, name=scope)


def _known_rank(inputs: Tensor) -> int:
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"the rank of the inputs {inputs.name} must be known{at_user_line()}")
    return int(rank)


def _known_size(inputs: Tensor, axis: int) -> int:
    size = inputs.shape.as_list()[axis]
    if size is None:
        raise ValueError(
            f"axis {axis} of the inputs {inputs.name} must have a known size, their shape is "
            f"{inputs.shape}{at_user_line()}"
        )
    return int(size)


def _reshaped(parameter: Any, sizes: list[int]) -> Any:
    return None if parameter is None else ops.reshape(parameter, sizes)


def _finished(
    outputs: Tensor, activation_fn: Callable[..., Any] | None, collections: Any, alias: str
) -> Tensor:
    if activation_fn is not None:
        outputs = activation_fn(outputs)
    return collect_named_outputs(collections, alias, outputs)  # type: ignore[no-any-return]
