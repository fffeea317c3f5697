"""Initializers: functions of shape and dtype that make the initial value of a variable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import graphflow.ops as ops
from graphflow.core.dtypes import DType, as_dtype, float32
from graphflow.core.graph import Tensor
from graphflow.core.spec import TensorShape, as_shape

# The standard deviation of a standard normal distribution cut at two deviations.
_TRUNCATED_STDDEV = 0.87962566103423978


class Initializer:
    """Base class of initializers."""

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Make an initial value.

        Args:
          shape: its shape.
          dtype: its dtype; the initializer's own by default.
          partition_info: if the variable is a part of a larger one: `full_shape`, `var_offset`.

        Returns:
          A tensor.
        """
        raise NotImplementedError(f"{type(self).__name__}.__call__")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Return the initializer with the arguments that `get_config` returned.

        >>> RandomUniform.from_config({"minval": -2, "maxval": 3}).maxval
        3
        """
        return cls(**config)


class _WithDtype(Initializer):
    """Base of initializers that have a default dtype."""

    dtype: DType

    def _wanted(self, dtype: Any) -> DType:
        return self.dtype if dtype is None else as_dtype(dtype)


def _checked_floating(dtype: Any) -> DType:
    checked = as_dtype(dtype)
    if not checked.is_floating:
        raise TypeError(f"this initializer needs a floating dtype, not {checked.name}")
    return checked


class Zeros(_WithDtype):
    """Zeros.

    Args:
      dtype: the default dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.zeros_initializer()([2, 3]))
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """

    def __init__(self, dtype: Any = float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Make zeros."""
        return ops.zeros(shape, self._wanted(dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"dtype": self.dtype.name}


class Ones(_WithDtype):
    """Ones.

    Args:
      dtype: the default dtype.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.ones_initializer()([3]))
    array([1., 1., 1.], dtype=float32)
    """

    def __init__(self, dtype: Any = float32) -> None:
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Make ones."""
        return ops.ones(shape, self._wanted(dtype))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"dtype": self.dtype.name}


class Constant(_WithDtype):
    """A constant; the last of fewer values is repeated.

    Args:
      value: a number, list or array.
      dtype: the default dtype.
      verify_shape: whether the value must have exactly the shape asked for.

    Raises:
      TypeError: `value` is none of these.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.constant_initializer([5, 7])([2, 2]))
    array([[5., 7.],
           [7., 7.]], dtype=float32)
    """

    def __init__(self, value: Any = 0, dtype: Any = float32, verify_shape: bool = False) -> None:
        if not (_is_scalar(value) or isinstance(value, (list, tuple)) or hasattr(value, "shape")):
            raise TypeError(f"the value of a constant is a number, list or array, not {value!r}")
        self.value = value
        self.dtype = as_dtype(dtype)
        self._verify_shape = verify_shape

    def __call__(
        self,
        shape: Any,
        dtype: Any = None,
        partition_info: Any = None,
        verify_shape: bool | None = None,
    ) -> Tensor:
        """Make the constant."""
        verify = self._verify_shape if verify_shape is None else verify_shape
        return ops.constant(self.value, self._wanted(dtype), shape=shape, verify_shape=verify)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"value": self.value, "dtype": self.dtype.name}


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (bool, int, float, complex, str, bytes))


class RandomUniform(_WithDtype):
    """Uniformly distributed numbers.

    Args:
      minval: the lower bound.
      maxval: the upper bound; 1 by default for floating dtypes.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype.
    """

    def __init__(
        self, minval: Any = 0, maxval: Any = None, seed: int | None = None, dtype: Any = float32
    ) -> None:
        self.minval = minval
        self.maxval = maxval
        self.seed = seed
        self.dtype = as_dtype(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Draw the numbers."""
        dtype = self._wanted(dtype)
        return ops.random_uniform(shape, self.minval, self.maxval, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {
            "minval": self.minval,
            "maxval": self.maxval,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class RandomNormal(_WithDtype):
    """Normally distributed numbers.

    Args:
      mean: the mean.
      stddev: the standard deviation.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.
    """

    def __init__(
        self,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        seed: int | None = None,
        dtype: Any = float32,
    ) -> None:
        self.mean = mean
        self.stddev = stddev
        self.seed = seed
        self.dtype = _checked_floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Draw the numbers."""
        dtype = self._wanted(dtype)
        return ops.random_normal(shape, self.mean, self.stddev, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {
            "mean": self.mean,
            "stddev": self.stddev,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


class TruncatedNormal(RandomNormal):
    """Normally distributed numbers, those beyond two deviations drawn again.

    Args:
      mean: the mean.
      stddev: the standard deviation before the cut.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Draw the numbers."""
        dtype = self._wanted(dtype)
        return ops.truncated_normal(shape, self.mean, self.stddev, dtype, seed=self.seed)


class UniformUnitScaling(_WithDtype):
    """Uniformly distributed numbers that keep the scale of a layer's input; deprecated.

    They are of absolute value below `factor * sqrt(3 / number of inputs)`.

    Args:
      factor: the factor.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.
    """

    def __init__(self, factor: float = 1.0, seed: int | None = None, dtype: Any = float32) -> None:
        self.factor = factor
        self.seed = seed
        self.dtype = _checked_floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Draw the numbers."""
        inputs = math.prod(_whole_shape(shape, partition_info)[:-1])
        limit = math.sqrt(3 / max(inputs, 1)) * self.factor
        return ops.random_uniform(shape, -limit, limit, self._wanted(dtype), seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"factor": self.factor, "seed": self.seed, "dtype": self.dtype.name}


class VarianceScaling(_WithDtype):
    """Random numbers whose variance is `scale` divided by the number of units that they join.

    Args:
      scale: the variance for one unit, positive.
      mode: the number to divide by: "fan_in" (inputs), "fan_out" (outputs) or "fan_avg" (mean).
      distribution: "normal" or "truncated_normal", "untruncated_normal" or "uniform".
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.

    Raises:
      ValueError: an argument is none of these.
    """

    _MODES: ClassVar[tuple[str, ...]] = ("fan_in", "fan_out", "fan_avg")
    _DISTRIBUTIONS: ClassVar[tuple[str, ...]] = (
        "normal",
        "uniform",
        "truncated_normal",
        "untruncated_normal",
    )

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        dtype: Any = float32,
    ) -> None:
        if scale <= 0:
            raise ValueError(f"scale must be positive, not {scale}")
        if mode not in self._MODES:
            raise ValueError(f"mode is one of {', '.join(self._MODES)}, not {mode!r}")
        if distribution.lower() not in self._DISTRIBUTIONS:
            names = ", ".join(self._DISTRIBUTIONS)
            raise ValueError(f"distribution is one of {names}, not {distribution!r}")
        self.scale = scale
        self.mode = mode
        self.distribution = distribution.lower()
        self.seed = seed
        self.dtype = _checked_floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Draw the numbers."""
        dtype = self._wanted(dtype)
        fan_in, fan_out = _fans(_whole_shape(shape, partition_info))
        units = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, units[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return ops.random_uniform(shape, -limit, limit, dtype, seed=self.seed)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return ops.random_normal(shape, 0.0, stddev, dtype, seed=self.seed)
        stddev /= _TRUNCATED_STDDEV
        return ops.truncated_normal(shape, 0.0, stddev, dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "seed": self.seed,
            "dtype": self.dtype.name,
        }


def _whole_shape(shape: Any, partition_info: Any) -> list[int]:
    """The shape of the whole variable, of which a part may be asked for."""
    whole: TensorShape = as_shape(shape if partition_info is None else partition_info.full_shape)
    return [int(size) for size in whole]


def _fans(shape: Sequence[int]) -> tuple[float, float]:
    """The number of inputs and outputs that weights of a shape join."""
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


class GlorotUniform(VarianceScaling):
    """Uniformly distributed weights (Glorot and Bengio, 2010), also called Xavier's.

    Args:
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.

    >>> import graphflow as tf
    >>> w = tf.Session().run(tf.glorot_uniform_initializer(seed=1)([2, 4]))
    >>> bool(abs(w).max() <= 1)
    True
    """

    def __init__(self, seed: int | None = None, dtype: Any = float32) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"seed": self.seed, "dtype": self.dtype.name}


class GlorotNormal(VarianceScaling):
    """Normally distributed weights (Glorot and Bengio, 2010), also called Xavier's.

    Args:
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.
    """

    def __init__(self, seed: int | None = None, dtype: Any = float32) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"seed": self.seed, "dtype": self.dtype.name}


class Orthogonal(_WithDtype):
    """An orthogonal matrix (Saxe, McClelland and Ganguli, 2013).

    More than two axes are flattened to a matrix with the last axis as its columns.

    Args:
      gain: a factor.
      seed: the random seed, see `tf.set_random_seed`.
      dtype: the default dtype, a floating one.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: Any = float32) -> None:
        self.gain = gain
        self.seed = seed
        self.dtype = _checked_floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Make the matrix."""
        sizes = [int(size) for size in as_shape(shape)]
        if len(sizes) < 2:
            raise ValueError(f"an orthogonal matrix has at least two axes, not shape {sizes}")
        rows, columns = math.prod(sizes[:-1]), sizes[-1]
        flat = (max(rows, columns), min(rows, columns))
        normal = ops.random_normal(flat, dtype=self._wanted(dtype), seed=self.seed)
        q, r = ops.qr(normal, full_matrices=False)
        q = q * ops.sign(ops.diag_part(r))  # makes the distribution uniform
        if rows < columns:
            q = ops.matrix_transpose(q)
        result: Any = ops.reshape(q, sizes)
        return self.gain * result  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


class Identity(_WithDtype):
    """The identity matrix.

    Args:
      gain: a factor.
      dtype: the default dtype, a floating one.
    """

    def __init__(self, gain: float = 1.0, dtype: Any = float32) -> None:
        self.gain = gain
        self.dtype = _checked_floating(dtype)

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Make the matrix."""
        whole = _whole_shape(shape, partition_info)
        if len(whole) != 2:
            raise ValueError(f"an identity matrix has two axes, not shape {whole}")
        matrix: Any = ops.eye(whole[0], whole[1], dtype=self._wanted(dtype))
        if partition_info is not None:
            matrix = ops.slice(matrix, partition_info.var_offset, shape)
        return self.gain * matrix  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal initializer."""
        return {"gain": self.gain, "dtype": self.dtype.name}


def lecun_normal(seed: int | None = None) -> VarianceScaling:
    """Return LeCun's normal initializer: variance 1 / inputs."""
    return VarianceScaling(1.0, "fan_in", "truncated_normal", seed)


def lecun_uniform(seed: int | None = None) -> VarianceScaling:
    """Return LeCun's uniform initializer: variance 1 / inputs."""
    return VarianceScaling(1.0, "fan_in", "uniform", seed)


def he_normal(seed: int | None = None) -> VarianceScaling:
    """Return the normal initializer of He et al. (2015): variance 2 / inputs."""
    return VarianceScaling(2.0, "fan_in", "truncated_normal", seed)


def he_uniform(seed: int | None = None) -> VarianceScaling:
    """Return the uniform initializer of He et al. (2015): variance 2 / inputs."""
    return VarianceScaling(2.0, "fan_in", "uniform", seed)


zeros_initializer = Zeros
ones_initializer = Ones
constant_initializer = Constant
random_uniform_initializer = RandomUniform
random_normal_initializer = RandomNormal
truncated_normal_initializer = TruncatedNormal
uniform_unit_scaling_initializer = UniformUnitScaling
variance_scaling_initializer = VarianceScaling
glorot_uniform_initializer = GlorotUniform
glorot_normal_initializer = GlorotNormal
orthogonal_initializer = Orthogonal
identity_initializer = Identity
