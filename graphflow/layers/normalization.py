"""Batch normalization: Ioffe and Szegedy (2015), with renormalization (Ioffe, 2017)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.defaults import colocate_with, control_dependencies
from graphflow.core.dtypes import as_dtype, bfloat16, float16, float32, float64
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.keras import constraints, initializers, regularizers
from graphflow.layers.base import Layer
from graphflow.layers.conditions import smart_cond, static_condition
from graphflow.layers.input_spec import InputSpec
from graphflow.variables.initializers import Ones, Zeros


class BatchNormalization(Layer):
    """Normalizes a batch to mean 0 and variance 1, then scales by `gamma` and shifts by `beta`.

    While training, the moments are those of the batch, and operations in the collection
    `UPDATE_OPS` let `moving_mean` and `moving_variance` follow them; these are the moments
    otherwise. Run the updates in each training step.

    Args:
      axis: the axis, or axes, whose places are normalized each by itself; the channels' usually.
      momentum: how much of the moving moments an update keeps.
      epsilon: added to the variance.
      center: whether to shift.
      scale: whether to scale.
      beta_initializer: initializer of the shift.
      gamma_initializer: initializer of the scale.
      moving_mean_initializer: initializer of the moving mean.
      moving_variance_initializer: initializer of the moving variance.
      beta_regularizer: a function of the shift whose value is a loss.
      gamma_regularizer: the same for the scale.
      beta_constraint: a function applied to the shift after an update of an optimizer.
      gamma_constraint: the same for the scale.
      renorm: whether to correct the batch's moments towards the moving ones while training.
      renorm_clipping: limits of the corrections: `rmin`, `rmax`, `dmax`.
      renorm_momentum: `momentum` of the moments used for that.
      fused: None or True: use the fused op where it fits, for images; False: never.
      trainable: whether its variables are trained.
      virtual_batch_size: normalize parts of this size, each by itself.
      adjustment: a function of the inputs' shape that returns a random scale and shift for
        training.
      name: its name.
      **kwargs: as for `Layer`.

    Raises:
      ValueError: an argument is malformed, or arguments exclude each other.

    >>> import graphflow as tf
    >>> layer = tf.layers.BatchNormalization()
    >>> y = layer(tf.constant([[1.0], [5.0]]), training=True)
    >>> sess = tf.Session()
    >>> sess.run(tf.global_variables_initializer())
    >>> print(sess.run(y).round(3).tolist(), [v.name for v in layer.weights])
    [[-1.0], [1.0]] ['batch_normalization/gamma:0', 'batch_normalization/beta:0', \
'batch_normalization/moving_mean:0', 'batch_normalization/moving_variance:0']
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = None,
        gamma_initializer: Any = None,
        moving_mean_initializer: Any = None,
        moving_variance_initializer: Any = None,
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Mapping[str, Any] | None = None,
        renorm_momentum: float = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Callable[[Tensor], tuple[Any, Any]] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer) or Zeros()
        self.gamma_initializer = initializers.get(gamma_initializer) or Ones()
        self.moving_mean_initializer = initializers.get(moving_mean_initializer) or Zeros()
        self.moving_variance_initializer = initializers.get(moving_variance_initializer) or Ones()
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.renorm = renorm
        self.renorm_clipping = dict(renorm_clipping or {})
        self.renorm_momentum = renorm_momentum
        self.fused = fused
        self.virtual_batch_size = virtual_batch_size
        self.adjustment = adjustment
        self.gamma: Any = None
        self.beta: Any = None
        self._check_arguments()

    def _check_arguments(self) -> None:
        unknown = set(self.renorm_clipping) - {"rmin", "rmax", "dmax"}
        if unknown:
            raise ValueError(f"renorm_clipping has unknown keys: {sorted(unknown)}")
        size = self.virtual_batch_size
        if size is not None and size <= 0:
            raise ValueError(f"virtual_batch_size must be positive, not {size}")
        if size is not None and self.adjustment is not None:
            raise ValueError("virtual_batch_size and adjustment exclude each other")
        if self.fused and not self._could_be_fused():
            raise ValueError(
                "fused=True does not go with several axes, renorm, virtual_batch_size or adjustment"
            )

    def _could_be_fused(self) -> bool:
        plain = self.virtual_batch_size is None and self.adjustment is None and not self.renorm
        return plain and (isinstance(self.axis, int) or len(self.axis) == 1)

    # -- building ---------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make the variables.

        Args:
          input_shape: the shape of the inputs.

        Raises:
          ValueError: an axis does not exist, or its size is not known.
        """
        shape = as_shape(input_shape)
        if shape.ndims is None:
            raise ValueError(f"layer {self.name} needs inputs of known rank{at_user_line()}")
        rank = shape.ndims
        self.axis = self._checked_axes(rank)
        self._use_fused = self._can_fuse(rank)
        dtype = as_dtype(self.dtype or float32)
        self._param_dtype = float32 if dtype in (float16, bfloat16) else dtype
        dims = dict(enumerate(shape.as_list()))
        sizes = {axis: dims[axis] or 0 for axis in self.axis if dims[axis] is not None}
        if len(sizes) < len(self.axis):
            raise ValueError(
                f"layer {self.name}: the axes {self.axis} of the inputs must have known sizes, "
                f"their shape is {shape}{at_user_line()}"
            )
        self.input_spec = InputSpec(ndim=rank, axes=sizes)
        self._make_variables(self._shape_of_moments(rank, sizes))
        self.built = True

    def _checked_axes(self, rank: int) -> list[int]:
        given = [self.axis] if isinstance(self.axis, int) else self.axis
        axes = [axis + rank if axis < 0 else axis for axis in given]
        if any(not 0 <= axis < rank for axis in axes) or len(set(axes)) != len(axes):
            raise ValueError(
                f"layer {self.name}: {given} are not different axes of inputs of rank {rank}"
                f"{at_user_line()}"
            )
        if self.virtual_batch_size is not None and 0 in axes:
            raise ValueError(f"layer {self.name}: virtual batches need axis 0 as the batch's")
        return axes

    def _can_fuse(self, rank: int) -> bool:
        if self.fused is False or rank != 4 or not self._could_be_fused():
            return False
        if self.axis not in ([1], [3]):
            if self.fused:
                raise ValueError(
                    f"layer {self.name}: the fused op normalizes along axis 1 or 3, not {self.axis}"
                )
            return False
        return bool(self.dtype != float64.name)

    def _shape_of_moments(self, rank: int, sizes: Mapping[int, int]) -> list[int]:
        if len(sizes) == 1 and self.virtual_batch_size is None:
            return list(sizes.values())
        shape = [sizes.get(axis, 1) for axis in range(rank)]
        if self.virtual_batch_size is not None:
            # The virtual batches become axis 1.
            shape.insert(1, 1)
            self.axis = [axis + 1 for axis in self.axis]
        return shape if len(sizes) > 1 or self.virtual_batch_size else list(sizes.values())

    def _make_variables(self, shape: list[int]) -> None:
        dtype = self._param_dtype
        if self.scale:
            self.gamma = self.add_weight(
                "gamma", shape, dtype, self.gamma_initializer, self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )  # fmt: skip
        elif self._use_fused:
            self._gamma_const = ops.constant(1.0, dtype=dtype, shape=shape)
        if self.center:
            self.beta = self.add_weight(
                "beta", shape, dtype, self.beta_initializer, self.beta_regularizer,
                constraint=self.beta_constraint,
            )  # fmt: skip
        elif self._use_fused:
            self._beta_const = ops.constant(0.0, dtype=dtype, shape=shape)
        assert self._scope is not None
        partitioner = self._scope.partitioner
        self._scope.set_partitioner(None)
        try:
            self._make_moving_moments(shape)
        finally:
            self._scope.set_partitioner(partitioner)

    def _make_moving_moments(self, shape: list[int]) -> None:
        def moving(name: str, initializer: Any) -> Any:
            return self.add_weight(name, shape, self._param_dtype, initializer, trainable=False)

        def stddev_initializer(*args: Any, **kwargs: Any) -> Tensor:
            return ops.sqrt(self.moving_variance_initializer(*args, **kwargs))

        self.moving_mean = moving("moving_mean", self.moving_mean_initializer)
        self.moving_variance = moving("moving_variance", self.moving_variance_initializer)
        if self.renorm:
            self.moving_stddev = moving("moving_stddev", stddev_initializer)
            self.renorm_mean = moving("renorm_mean", self.moving_mean_initializer)
            self.renorm_stddev = moving("renorm_stddev", stddev_initializer)

    # -- calling ----------------------------------------------------------------------------------

    def call(self, inputs: Any, training: Any = False, *args: Any, **kwargs: Any) -> Tensor:
        """Normalize, scale and shift.

        Args:
          inputs: float [...].
          training: whether the moments are those of the batch; a bool, or a scalar bool tensor.
          *args: none.
          **kwargs: none.

        Returns:
          A tensor like `inputs`.
        """
        inputs = convert_to_tensor(inputs)
        if self._use_fused:
            return self._fused(inputs, training)
        if self.virtual_batch_size is None:
            return self._composed(inputs, training)
        shape = [-1, *inputs.shape.as_list()[1:]]
        parts = ops.reshape(inputs, [self.virtual_batch_size, -1, *shape[1:]])
        return ops.reshape(self._composed(parts, training), shape)

    def _fused(self, inputs: Tensor, training: Any) -> Tensor:
        gamma = self.gamma if self.scale else self._gamma_const
        beta = self.beta if self.center else self._beta_const
        form = "NCHW" if self.axis == [1] else "NHWC"

        def of_the_batch() -> list[Tensor]:
            return list(
                ops.fused_batch_norm(inputs, gamma, beta, epsilon=self.epsilon, data_format=form)
            )

        def of_the_moving_moments() -> list[Tensor]:
            return list(
                ops.fused_batch_norm(
                    inputs, gamma, beta, self.moving_mean, self.moving_variance, self.epsilon,
                    form, is_training=False,
                )
            )  # fmt: skip

        output, mean, variance = smart_cond(training, of_the_batch, of_the_moving_moments)
        known = static_condition(training)
        if known is False:
            return output  # type: ignore[no-any-return]
        # A momentum of 1 leaves the moments as they are.
        momentum = (
            convert_to_tensor(self.momentum)
            if known
            else smart_cond(
                training, lambda: ops.constant(self.momentum), lambda: ops.constant(1.0)
            )
        )
        self.add_update(self._follow(self.moving_mean, mean, momentum), inputs=True)
        self.add_update(self._follow(self.moving_variance, variance, momentum), inputs=True)
        return output  # type: ignore[no-any-return]

    def _follow(self, variable: Any, value: Any, momentum: Any) -> Tensor:
        """Move a moving average towards a value."""
        with (
            name_scope(None, "AssignMovingAvg", [variable, value, momentum]) as scope,
            colocate_with(variable),
        ):
            decay = convert_to_tensor(1.0 - momentum, name="decay")
            decay = ops.cast(decay, variable.dtype.base_dtype)
            difference = (variable - ops.cast(value, variable.dtype.base_dtype)) * decay
            return ops.assign_sub(variable, difference, name=scope)  # type: ignore[no-any-return]

    def _composed(self, inputs: Tensor, training: Any) -> Tensor:
        """Normalize with several operations."""
        scale, offset = self._spread(self.gamma, inputs), self._spread(self.beta, inputs)
        if static_condition(training) is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            if self.adjustment is not None:
                scale, offset = self._adjusted(inputs, training, scale, offset)
            mean, variance = self._moments(inputs, training)
            new_mean, new_variance = mean, variance
            if self.virtual_batch_size is not None:
                new_mean = ops.reduce_mean(mean, axis=1, keepdims=True)
                new_variance = ops.reduce_mean(variance, axis=1, keepdims=True)
            if self.renorm:
                r, d, new_mean, new_variance = self._renormalized(new_mean, new_variance, training)
                r = self._spread(ops.stop_gradient(r, name="renorm_r"), inputs)
                d = self._spread(ops.stop_gradient(d, name="renorm_d"), inputs)
                scale, offset = _composition(r, d, scale, offset)
            self._update_moments(new_mean, new_variance, training)
        dtype = inputs.dtype
        if dtype in (float16, bfloat16):
            scale, offset = (None if v is None else ops.cast(v, dtype) for v in (scale, offset))
            mean, variance = ops.cast(mean, dtype), ops.cast(variance, dtype)
        mean, variance = self._spread(mean, inputs), self._spread(variance, inputs)
        outputs = ops.batch_normalization(inputs, mean, variance, offset, scale, self.epsilon)
        outputs.set_shape(inputs.shape)
        return outputs

    def _reduced_axes(self, inputs: Tensor) -> list[int]:
        assert inputs.shape.ndims is not None
        axes = [axis for axis in range(inputs.shape.ndims) if axis not in self.axis]
        if self.virtual_batch_size is not None:
            del axes[1]
        return axes

    def _spread(self, value: Any, inputs: Tensor) -> Any:
        """Bring moments, scale or shift into a shape that broadcasts with the inputs."""
        rank = inputs.shape.ndims
        assert rank is not None
        if value is None or value.shape.ndims == rank:
            return value
        if self._reduced_axes(inputs) == [*range(rank - 1)]:
            return value
        shape = [1] * rank
        shape[self.axis[0]] = inputs.shape.as_list()[self.axis[0]]
        return ops.reshape(value, shape)

    def _moments(self, inputs: Tensor, training: Any) -> tuple[Tensor, Tensor]:
        """The moments of the batch while training, else the moving ones."""
        keep = self.virtual_batch_size is not None or len(self.axis) > 1
        numbers = ops.cast(inputs, self._param_dtype)
        mean, variance = ops.moments(numbers, self._reduced_axes(inputs), keepdims=keep)
        return (
            smart_cond(training, lambda: mean, lambda: convert_to_tensor(self.moving_mean)),
            smart_cond(training, lambda: variance, lambda: convert_to_tensor(self.moving_variance)),
        )

    def _adjusted(self, inputs: Tensor, training: Any, scale: Any, offset: Any) -> tuple[Any, Any]:
        assert self.adjustment is not None
        factor, shift = self.adjustment(ops.shape(inputs))
        now_factor = smart_cond(training, lambda: factor, lambda: ops.ones_like(factor))
        now_shift = smart_cond(training, lambda: shift, lambda: ops.zeros_like(shift))
        return _composition(now_factor, now_shift, scale, offset)

    def _update_moments(self, mean: Tensor, variance: Tensor, training: Any) -> None:
        def mean_update() -> Tensor:
            return self._follow(self.moving_mean, mean, self.momentum)

        def variance_update() -> Tensor:
            if not self.renorm:
                return self._follow(self.moving_variance, variance, self.momentum)
            root = ops.sqrt(variance + self.epsilon)
            stddev = self._follow(self.moving_stddev, root, self.momentum)
            wanted = ops.relu(stddev * stddev - self.epsilon)
            return ops.assign(  # type: ignore[no-any-return]
                self.moving_variance, wanted, name="AssignNewValue"
            )

        def unchanged(variable: Any) -> Callable[[], Tensor]:
            return lambda: convert_to_tensor(variable)

        for update, variable in (
            (mean_update, self.moving_mean),
            (variance_update, self.moving_variance),
        ):
            self.add_update(smart_cond(training, update, unchanged(variable)), inputs=True)

    def _renormalized(
        self, mean: Tensor, variance: Tensor, training: Any
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Corrections of scale and shift, and the moments that the moving ones follow."""
        stddev = ops.sqrt(variance + self.epsilon)
        # Early in training the moving deviation may be zero.
        reference = ops.maximum(self.renorm_stddev, ops.sqrt(float(self.epsilon)))
        r = stddev / reference
        d = (mean - self.renorm_mean) / reference
        with control_dependencies([r, d]):
            mean = ops.identity(mean)
            stddev = ops.identity(stddev)
        ratio, shift = self._clipped(r, d)
        r = smart_cond(training, lambda: ratio, lambda: ops.ones_like(ratio))
        d = smart_cond(training, lambda: shift, lambda: ops.zeros_like(shift))

        def update(variable: Any, value: Tensor) -> Tensor:
            value = ops.identity(value)
            return smart_cond(  # type: ignore[no-any-return]
                training,
                lambda: self._follow(variable, value, self.renorm_momentum),
                lambda: ops.identity(variable),
            )

        updates = [update(self.renorm_mean, mean), update(self.renorm_stddev, stddev)]
        with control_dependencies(updates):
            return r, d, ops.identity(mean), ops.identity(variance)

    def _clipped(self, r: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
        rmin, rmax, dmax = (self.renorm_clipping.get(key) for key in ("rmin", "rmax", "dmax"))
        if rmin is not None:
            r = ops.maximum(r, rmin)
        if rmax is not None:
            r = ops.minimum(r, rmax)
        if dmax is not None:
            d = ops.minimum(ops.maximum(d, -dmax), dmax)
        return r, d

    def compute_output_shape(self, input_shape: Any) -> TensorShape:
        """Return the shape of the output for an input.

        Args:
          input_shape: the shape of the input.
        """
        return as_shape(input_shape)


def _composition(scale: Any, offset: Any, then_scale: Any, then_offset: Any) -> tuple[Any, Any]:
    """The scale and shift of two of each, one after the other; None for none."""
    if then_scale is not None:
        scale, offset = scale * then_scale, offset * then_scale
    if then_offset is not None:
        offset = offset + then_offset
    return scale, offset
