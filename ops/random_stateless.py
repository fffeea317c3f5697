"""Random numbers that depend on nothing but a seed given as a tensor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    FLOATING,
    INDEX,
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
    uint64 as _uint64,
)
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorSpec
from graphflow.ops._static import as_tuple, check_rank, f32, i32, i64
from graphflow.ops.kernels import philox
from graphflow.ops.kernels.philox import Philox
from graphflow.ops.random import (
    categorical_spec,
    check_choices,
    check_floating,
    check_range,
    checked_shape,
    shape_tensor,
)

__all__ = [
    "StatelessMultinomial",
    "StatelessRandomNormal",
    "StatelessRandomUniform",
    "StatelessRandomUniformFullInt",
    "StatelessRandomUniformInt",
    "StatelessTruncatedNormal",
    "stateless_categorical",
    "stateless_multinomial",
    "stateless_random_normal",
    "stateless_random_uniform",
    "stateless_truncated_normal",
]

_WHOLE = INDEX | dtype_set("uint32 uint64")


def _check_seed(seed: TensorSpec) -> None:
    check_rank("seed", seed, 1)
    dims = seed.shape.as_tuple()
    if dims is not None and dims[0] not in (None, 2):
        raise ValueError(f"seed must have 2 elements, it has {dims[0]}")


def _state(seed: Array) -> Philox:
    return Philox.stateless(as_tuple(seed))


def _seed_errors(op: Op, *others: Any) -> Iterator[ErrorSample]:
    """Bad seeds, for an op that takes `shape, seed` and then others."""
    yield ErrorSample(op, (i32([2]), i32([1, 2, 3]), *others), "seed must have 2 elements")
    yield ErrorSample(op, (i32([2]), i32(5), *others), "seed must be a vector")
    yield ErrorSample(op, (i32([[2]]), i32([1, 2]), *others), "shape must be a vector")
    yield ErrorSample(op, (i32([-2]), i32([1, 2]), *others), "must not be negative")


# -- ops that fill a shape -------------------------------------------------------------------------


class _Draw(Op):
    """Base of the ops that draw each element of a tensor independently."""

    inputs = "shape: T, seed: Tseed"
    types = {"T": INDEX, "Tseed": INDEX}
    differentiable = False

    allowed: ClassVar[frozenset[DType]] = FLOATING
    draw: ClassVar[Callable[..., Array]]
    dtype: DType

    def infer(self, shape: TensorSpec, seed: TensorSpec) -> TensorSpec:
        if self.dtype not in self.allowed:
            names = ", ".join(sorted(dtype.name for dtype in self.allowed))
            raise TypeError(f"dtype must be one of {names}, not {self.dtype.name}")
        _check_seed(seed)
        return TensorSpec(checked_shape(shape), self.dtype)

    def kernel(self, shape: Array, seed: Array) -> Array:
        return type(self).draw(_state(seed), as_tuple(shape), self.dtype.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        for number, dtype in enumerate(sorted(cls.allowed, key=lambda dtype: dtype.name)):
            yield Sample.of(make(dtype), i32([2, 3]), i64([number, -(2**40)]), rtol=0, atol=0)
        yield Sample.of(cls(), i64([5]), i32([7, -1]), rtol=0, atol=0)
        yield Sample.of(cls(), i32([]), i32([0, 0]), rtol=0, atol=0)
        yield Sample.of(cls(), i32([2, 0]), i32([0, 0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _seed_errors(cls())
        make: Any = cls
        yield ErrorSample(make(as_dtype("bool")), (i32([2]), i32([1, 2])), "not bool", TypeError)


@register
class StatelessRandomUniform(_Draw):
    """Uniformly distributed numbers in [0, 1)."""

    dtype: DType = _float32

    draw = staticmethod(philox.uniform)


@register
class StatelessRandomNormal(_Draw):
    """Normally distributed numbers with mean 0 and deviation 1."""

    dtype: DType = _float32

    draw = staticmethod(philox.standard_normal)


@register
class StatelessTruncatedNormal(_Draw):
    """Normally distributed numbers, those beyond two deviations drawn again."""

    dtype: DType = _float32

    draw = staticmethod(philox.truncated_normal)


@register
class StatelessRandomUniformFullInt(_Draw):
    """Integers of all that a dtype has."""

    dtype: DType = _uint64

    allowed = _WHOLE
    draw = staticmethod(philox.uniform_full_int)


@register
class StatelessRandomUniformInt(Op):
    """Integers from a range."""

    inputs = "shape: T, seed: Tseed, minval: dtype, maxval: dtype"
    types = {"T": INDEX, "Tseed": INDEX, "dtype": INDEX}
    differentiable = False

    def infer(
        self, shape: TensorSpec, seed: TensorSpec, minval: TensorSpec, maxval: TensorSpec
    ) -> TensorSpec:
        check_rank("minval", minval, 0)
        check_rank("maxval", maxval, 0)
        _check_seed(seed)
        return TensorSpec(checked_shape(shape), minval.dtype.base_dtype)

    def kernel(self, shape: Array, seed: Array, minval: Array, maxval: Array) -> Array:
        low, high = check_range(minval, maxval)
        return philox.uniform_int(_state(seed), as_tuple(shape), low, high, minval.dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i32([2, 3]), i32([3, 4]), i32(-4), i32(9))
        yield Sample.of(cls(), i64([4]), i64([-3, 2**50]), i64(2), i64(2**40))
        yield Sample.of(cls(), i32([0]), i32([3, 4]), i32(0), i32(1))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _seed_errors(cls(), i32(1), i32(2))
        good = (i32([2]), i32([1, 2]))
        yield ErrorSample(cls(), (*good, i32([1]), i32(2)), "minval must be a scalar")
        yield ErrorSample(cls(), (*good, i32(1), i32([2])), "maxval must be a scalar")
        yield ErrorSample(cls(), (*good, i32(3), i32(3)), "minval must be below", when="run")


def stateless_random_uniform(
    shape: Any,
    seed: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = _float32,
    name: str | None = None,
) -> Tensor:
    """Draw from the uniform distribution on [minval, maxval), the same for the same seed.

    Args:
      shape: the shape of the result, int32 or int64 vector.
      seed: two int32 or int64 numbers.
      minval: the lower bound, of `dtype`; None with `maxval` None for all integers of a dtype.
      maxval: the upper bound, not included; 1 by default for floating dtypes.
      dtype: float16, bfloat16, float32, float64, int32 or int64; or uint32 or uint64 for all
        integers.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    Raises:
      ValueError: the dtype is none of those, or only one bound of integers is given.
      tf.errors.InvalidArgumentError: (in a run) `minval` is not below `maxval`.

    >>> import graphflow as tf
    >>> x = tf.random.stateless_uniform([4], seed=[3, 5], minval=10, maxval=20, dtype=tf.int32)
    >>> tf.Session().run(x)
    array([17, 15, 18, 19], dtype=int32)
    """
    dtype = as_dtype(dtype).base_dtype
    if dtype not in FLOATING | _WHOLE:
        raise ValueError(f"stateless_random_uniform has no dtype {dtype.name}")
    if dtype.is_integer:
        if (minval is None) != (maxval is None):
            raise ValueError(
                f"minval and maxval of {dtype.name} must both be given, or both be None for all"
                f" of its values; they are {minval!r} and {maxval!r}"
            )
        if minval is not None and dtype not in INDEX:
            raise ValueError(f"{dtype.name} has all of its values only: minval and maxval are None")
    elif maxval is None:
        maxval = 1
    with name_scope(name, "stateless_random_uniform", [shape, seed, minval, maxval]) as scope:
        size = shape_tensor(shape)
        if dtype.is_integer and minval is None:
            return apply(StatelessRandomUniformFullInt(dtype), size, seed, name=scope)
        low = convert_to_tensor(minval, dtype=dtype, name="min")
        high = convert_to_tensor(maxval, dtype=dtype, name="max")
        if dtype.is_integer:
            return apply(StatelessRandomUniformInt(), size, seed, low, high, name=scope)
        unit: Any = apply(StatelessRandomUniform(dtype), size, seed)
        return ops.add(unit * (high - low), low, name=scope)


def stateless_random_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = _float32,
    name: str | None = None,
) -> Tensor:
    """Draw from a normal distribution, the same for the same seed.

    Args:
      shape: the shape of the result, int32 or int64 vector.
      seed: two int32 or int64 numbers.
      mean: the mean, of `dtype`.
      stddev: the standard deviation, of `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    Raises:
      TypeError: the dtype is not floating.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random.stateless_normal([2], seed=[3, 5], mean=10.0))
    array([10.869551, 11.262878], dtype=float32)
    """
    make = StatelessRandomNormal
    return _scaled(make, "stateless_random_normal", shape, seed, mean, stddev, dtype, name)


def stateless_truncated_normal(
    shape: Any,
    seed: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = _float32,
    name: str | None = None,
) -> Tensor:
    """Draw from a normal distribution without values beyond two deviations from the mean.

    The numbers are the same for the same seed.

    Args:
      shape: the shape of the result, int32 or int64 vector.
      seed: two int32 or int64 numbers.
      mean: the mean, of `dtype`.
      stddev: the standard deviation before the cut, of `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    Raises:
      TypeError: the dtype is not floating.

    >>> import graphflow as tf
    >>> x = tf.random.stateless_truncated_normal([1000], seed=[3, 5], stddev=0.5)
    >>> bool(abs(tf.Session().run(x)).max() <= 1.0)
    True
    """
    make = StatelessTruncatedNormal
    return _scaled(make, "stateless_truncated_normal", shape, seed, mean, stddev, dtype, name)


def _scaled(
    make: Any, default_name: str, shape: Any, seed: Any, mean: Any, stddev: Any, dtype: Any,
    name: str | None,
) -> Tensor:  # fmt: skip
    dtype = as_dtype(dtype).base_dtype
    check_floating(dtype)
    with name_scope(name, default_name, [shape, seed, mean, stddev]) as scope:
        size = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        unit: Any = apply(make(dtype), size, seed)
        return ops.add(unit * stddev, mean, name=scope)


# -- choices ---------------------------------------------------------------------------------------


@register
class StatelessMultinomial(Op):
    """Draws of classes by their log-probabilities."""

    output_dtype: DType = _int64

    inputs = "logits: T, num_samples: int32, seed: Tseed"
    types = {"T": FLOATING, "Tseed": INDEX}
    differentiable = False

    def infer(self, logits: TensorSpec, num_samples: TensorSpec, seed: TensorSpec) -> TensorSpec:
        _check_seed(seed)
        return categorical_spec(logits, num_samples, self.output_dtype)

    def kernel(self, logits: Array, num_samples: Array, seed: Array) -> Array:
        check_choices(logits, num_samples)
        count, dtype = int(num_samples), self.output_dtype.numpy
        return philox.multinomial(_state(seed), logits, count, dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        logits = np.log(f32([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]]))
        for dtype in ("float16", "bfloat16", "float32", "float64"):
            yield Sample.of(cls(), logits.astype(as_dtype(dtype).numpy), i32(7), i32([3, 5]))
        yield Sample.of(cls(_int32), logits, i32(0), i64([-3, 2**40]))
        yield Sample.of(cls(_int32), logits[:0], i32(3), i64([3, 4]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        two, seed = f32([[1, 2]]), i32([1, 2])
        yield ErrorSample(cls(), (two[0], i32(3), seed), "logits must be a matrix")
        yield ErrorSample(cls(), (two, i32([3]), seed), "num_samples must be a scalar")
        yield ErrorSample(cls(), (two, i32(-3), seed), "must not be negative")
        yield ErrorSample(cls(), (two, i32(3), i32([1])), "seed must have 2 elements")
        yield ErrorSample(cls(), (two[:, :0], i32(3), seed), "at least one class", when="run")


def stateless_multinomial(
    logits: Any,
    num_samples: Any,
    seed: Any,
    output_dtype: Any = _int64,
    name: str | None = None,
) -> Tensor:
    """Draw classes by their log-probabilities; the old name of `tf.random.stateless_categorical`.

    Args:
      logits: log-probabilities up to a constant, floating tensor [batch, classes].
      num_samples: how many to draw for each row, int32 scalar.
      seed: two int32 or int64 numbers.
      output_dtype: int32 or int64.
      name: name scope of the operation.

    Returns:
      The drawn classes, [batch, num_samples], the same for the same seed.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random.stateless_multinomial([[-90.0, 0.0, -90.0]], 4, [3, 5]))
    array([[1, 1, 1, 1]])
    """
    with name_scope(name, "stateless_multinomial", [logits, seed]):
        logits = convert_to_tensor(logits, name="logits")
        return apply(StatelessMultinomial(as_dtype(output_dtype)), logits, num_samples, seed)


def stateless_categorical(
    logits: Any, num_samples: Any, seed: Any, dtype: Any = _int64, name: str | None = None
) -> Tensor:
    """Draw classes by their log-probabilities, the same for the same seed.

    Args:
      logits: log-probabilities up to a constant, floating tensor [batch, classes].
      num_samples: how many to draw for each row, int32 scalar.
      seed: two int32 or int64 numbers.
      dtype: int32 or int64.
      name: name scope of the operation.

    Returns:
      The drawn classes, [batch, num_samples].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random.stateless_categorical([[-90.0, -90.0, 0.0]], 3, seed=[3, 5]))
    array([[2, 2, 2]])
    """
    with name_scope(name, "stateless_categorical", [logits, seed]):
        logits = convert_to_tensor(logits, name="logits")
        return apply(StatelessMultinomial(as_dtype(dtype)), logits, num_samples, seed)
