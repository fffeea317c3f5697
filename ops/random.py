"""Random numbers, the same as TensorFlow's for the same seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply
from graphflow.core.convert import convert_to_tensor, is_tensor_like
from graphflow.core.dtypes import (
    FLOATING,
    INDEX,
    DType,
    as_dtype,
    float32 as _float32,
    float64 as _float64,
    int32 as _int32,
    int64 as _int64,
)
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.scopes import name_scope
from graphflow.core.spec import Dimension, TensorShape, TensorSpec
from graphflow.ops._static import as_tuple, check_rank, i32, i64, invalid, known_int
from graphflow.ops.kernels import philox

__all__ = [
    "Multinomial",
    "RandomShuffle",
    "RandomStandardNormal",
    "RandomUniform",
    "RandomUniformInt",
    "TruncatedNormal",
    "categorical",
    "get_seed",
    "multinomial",
    "random_crop",
    "random_normal",
    "random_shuffle",
    "random_uniform",
    "set_random_seed",
    "truncated_normal",
]

# What stands for the graph's seed when only the operation's is given.
DEFAULT_GRAPH_SEED = 87654321
_MAX_SEED = 2**31 - 1


# -- seeds -----------------------------------------------------------------------------------------


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """Return the two seeds of a random operation made now.

    Args:
      op_seed: the operation's own seed, or None.

    Returns:
      The graph's seed and the operation's.  Where only one of them is given, the other one has a
      fixed value: 87654321 for the graph, the number of operations in the graph for the operation.
      Both are None if neither is given: then each session draws other numbers.

    >>> import graphflow as tf
    >>> tf.get_seed(5), tf.get_seed(None)
    ((87654321, 5), (None, None))
    >>> tf.set_random_seed(7)
    >>> tf.get_seed(5), tf.get_seed(None)
    ((7, 5), (7, 0))
    """
    graph = get_default_graph()
    if graph.seed is None:
        return (None, None) if op_seed is None else (DEFAULT_GRAPH_SEED, int(op_seed) % _MAX_SEED)
    if op_seed is None:
        op_seed = graph._last_id
    seeds = int(graph.seed) % _MAX_SEED, int(op_seed) % _MAX_SEED
    return (0, _MAX_SEED) if seeds == (0, 0) else seeds  # 0, 0 would mean: choose some


def set_random_seed(seed: int | None) -> None:
    """Set the random seed of the default graph.

    Args:
      seed: the seed, None for other numbers in each session.

    >>> import graphflow as tf
    >>> tf.set_random_seed(1234)
    >>> x = tf.random_uniform([2])
    >>> first, second = tf.Session().run(x), tf.Session().run(x)
    >>> bool((first == second).all())
    True
    """
    get_default_graph().seed = seed


def op_seeds(op_seed: int | None) -> tuple[int, int]:
    """The seed attributes of a random operation: 0 stands for none."""
    seed, seed2 = get_seed(op_seed)
    return seed or 0, seed2 or 0


def shape_tensor(shape: Any) -> Tensor:
    """A shape as an integer vector called `shape`."""
    dtype = None
    if isinstance(shape, (list, tuple)) and all(isinstance(n, (int, Dimension)) for n in shape):
        dtype = _int32
    elif not is_tensor_like(shape) and isinstance(shape, (int, np.integer)):
        shape, dtype = [shape], _int32
    return convert_to_tensor(shape, dtype=dtype, name="shape")


# -- ops that fill a shape -------------------------------------------------------------------------


class _Draw(Op):
    """Base of the ops that draw each element of a tensor independently."""

    inputs = "shape: T"
    types = {"T": INDEX}
    stateful = True
    differentiable = False
    needs_context = True

    dtype: DType
    seed: int
    seed2: int

    def infer(self, shape: TensorSpec) -> TensorSpec:
        if self.dtype not in FLOATING:
            raise TypeError(f"random numbers are of a floating dtype, not {self.dtype.name}")
        return TensorSpec(checked_shape(shape), self.dtype)

    def _state(self, ctx: Context) -> philox.Philox:
        state = ctx.state(lambda: philox.Philox(self.seed, self.seed2))
        assert isinstance(state, philox.Philox)
        return state

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        yield Sample.of(make(_float32, 3, 5), i32([2, 3]))
        yield Sample.of(make(_float64, 7, 2), i64([5]))
        yield Sample.of(make(_float32, 7, 2), i32([0, 3]))
        yield Sample.of(make(_float32, 7, 2), i32([]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        make: Any = cls
        yield ErrorSample(make(_float32, 1, 1), (i32([[2]]),), "shape must be a vector")
        yield ErrorSample(make(_float32, 1, 1), (i32([-2]),), "must not be negative")


def checked_shape(shape: TensorSpec) -> TensorShape:
    """The shape that an integer vector stands for; raises ValueError if it is no shape."""
    check_rank("shape", shape, 1)
    known = shape.value
    if known is not None and (known < 0).any():
        raise ValueError(f"sizes must not be negative: {known.tolist()}")
    return shape.as_shape()


def check_range(minval: Array, maxval: Array) -> tuple[int, int]:
    """The bounds of integers; raises InvalidArgumentError if there are none between them."""
    if minval >= maxval:
        raise invalid(f"minval must be below maxval: {minval} and {maxval}")
    return int(minval), int(maxval)


@register
class RandomUniform(_Draw):
    """Uniformly distributed numbers in [0, 1)."""

    dtype: DType
    seed: int = 0
    seed2: int = 0

    def kernel(self, ctx: Context, shape: Array) -> Array:
        return philox.uniform(self._state(ctx), as_tuple(shape), self.dtype.numpy)


@register
class RandomStandardNormal(_Draw):
    """Normally distributed numbers with mean 0 and deviation 1."""

    dtype: DType
    seed: int = 0
    seed2: int = 0

    def kernel(self, ctx: Context, shape: Array) -> Array:
        return philox.standard_normal(self._state(ctx), as_tuple(shape), self.dtype.numpy)


@register
class TruncatedNormal(_Draw):
    """Normally distributed numbers, those beyond two deviations drawn again."""

    dtype: DType
    seed: int = 0
    seed2: int = 0

    def kernel(self, ctx: Context, shape: Array) -> Array:
        return philox.truncated_normal(self._state(ctx), as_tuple(shape), self.dtype.numpy)


@register
class RandomUniformInt(Op):
    """Integers from a range."""

    seed: int = 0
    seed2: int = 0

    inputs = "shape: T, minval: Tout, maxval: Tout"
    types = {"T": INDEX, "Tout": INDEX}
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, shape: TensorSpec, minval: TensorSpec, maxval: TensorSpec) -> TensorSpec:
        check_rank("minval", minval, 0)
        check_rank("maxval", maxval, 0)
        return TensorSpec(checked_shape(shape), minval.dtype.base_dtype)

    def kernel(self, ctx: Context, shape: Array, minval: Array, maxval: Array) -> Array:
        low, high = check_range(minval, maxval)
        state = ctx.state(lambda: philox.Philox(self.seed, self.seed2))
        return philox.uniform_int(state, as_tuple(shape), low, high, minval.dtype)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(3, 5), i32([2, 3]), i32(-4), i32(9))
        yield Sample.of(cls(3, 5), i64([4]), i64(2), i64(2**40))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(1, 1), (i32([2]), i32([1]), i32(2)), "minval must be a scalar")
        yield ErrorSample(
            cls(1, 1), (i32([2]), i32(3), i32(3)), "minval must be below maxval", when="run"
        )


def check_floating(dtype: DType) -> None:
    """Raise TypeError for a dtype that is not floating."""
    if dtype not in FLOATING:
        raise TypeError(f"random numbers are of a floating dtype, not {dtype.name}")


def random_uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = _float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from the uniform distribution on [minval, maxval).

    Args:
      shape: the shape of the result, int32 or int64 vector.
      minval: the lower bound, of `dtype`.
      maxval: the upper bound, not included; 1 by default for floating dtypes.
      dtype: float16, bfloat16, float32, float64, int32 or int64.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    Raises:
      ValueError: the dtype is none of those, or an integer one without `maxval`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random_uniform([2, 3], maxval=10, dtype=tf.int32, seed=3)).shape
    (2, 3)
    """
    dtype = as_dtype(dtype).base_dtype
    if dtype not in FLOATING | INDEX:
        raise ValueError(f"random_uniform of dtype {dtype.name}: it is floating, int32 or int64")
    if maxval is None:
        if dtype.is_integer:
            raise ValueError(f"random_uniform of dtype {dtype.name} needs maxval")
        maxval = 1
    with name_scope(name, "random_uniform", [shape, minval, maxval]) as scope:
        size = shape_tensor(shape)
        low = convert_to_tensor(minval, dtype=dtype, name="min")
        high = convert_to_tensor(maxval, dtype=dtype, name="max")
        seeds = op_seeds(seed)
        if dtype.is_integer:
            return apply(RandomUniformInt(*seeds), size, low, high, name=scope)
        unit: Any = apply(RandomUniform(dtype, *seeds), size)
        return ops.add(unit * (high - low), low, name=scope)


def random_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = _float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from a normal distribution.

    Args:
      shape: the shape of the result, int32 or int64 vector.
      mean: the mean, of `dtype`.
      stddev: the standard deviation, of `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    Raises:
      TypeError: the dtype is not floating.

    >>> import graphflow as tf
    >>> x = tf.Session().run(tf.random_normal([1000], mean=5.0, stddev=0.5, seed=1))
    >>> bool(4.9 < x.mean() < 5.1)
    True
    """
    dtype = as_dtype(dtype).base_dtype
    check_floating(dtype)
    with name_scope(name, "random_normal", [shape, mean, stddev]) as scope:
        size = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        unit: Any = apply(RandomStandardNormal(dtype, *op_seeds(seed)), size)
        return ops.add(unit * stddev, mean, name=scope)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = _float32,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw from a normal distribution, values beyond two deviations from the mean again.

    Args:
      shape: the shape of the result, int32 or int64 vector.
      mean: the mean, of `dtype`.
      stddev: the standard deviation before the cut, of `dtype`.
      dtype: float16, bfloat16, float32 or float64.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      A tensor of that shape and dtype.

    Raises:
      TypeError: the dtype is not floating.

    >>> import graphflow as tf
    >>> x = tf.Session().run(tf.truncated_normal([1000], stddev=0.5, seed=1))
    >>> bool(abs(x).max() <= 1.0)
    True
    """
    dtype = as_dtype(dtype).base_dtype
    check_floating(dtype)
    with name_scope(name, "truncated_normal", [shape, mean, stddev]) as scope:
        size = shape_tensor(shape)
        mean = convert_to_tensor(mean, dtype=dtype, name="mean")
        stddev = convert_to_tensor(stddev, dtype=dtype, name="stddev")
        unit: Any = apply(TruncatedNormal(dtype, *op_seeds(seed)), size)
        return ops.add(unit * stddev, mean, name=scope)


# -- permutations and choices ----------------------------------------------------------------------


@register
class RandomShuffle(Op):
    """The slices along the first axis, in random order."""

    seed: int = 0
    seed2: int = 0

    inputs = "value: T"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, value: TensorSpec) -> TensorSpec:
        return TensorSpec(value.shape, value.dtype.base_dtype)

    def kernel(self, ctx: Context, value: Array) -> Array:
        if np.ndim(value) == 0 or len(value) <= 1:
            return value
        state = ctx.state(lambda: philox.Philox(self.seed, self.seed2))
        return value[philox.shuffle(state, len(value))]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(3, 5), np.asarray([2.5, 3, 7, 1], np.float32))
        yield Sample.of(cls(3, 5), np.arange(10).reshape(5, 2))
        yield Sample.of(cls(3, 5), np.float32(4))


def random_shuffle(value: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """Put the slices of a tensor along its first axis in random order.

    Args:
      value: a tensor of any dtype and shape.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      A tensor of the shape and dtype of `value`.

    >>> import graphflow as tf
    >>> sorted(tf.Session().run(tf.random_shuffle([5, 7, 9], seed=1)).tolist())
    [5, 7, 9]
    """
    return apply(RandomShuffle(*op_seeds(seed)), value, name=name)


@register
class Multinomial(Op):
    """Draws of classes by their log-probabilities."""

    seed: int = 0
    seed2: int = 0
    output_dtype: DType = _int64

    inputs = "logits: T, num_samples: int32"
    types = {"T": FLOATING}
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, logits: TensorSpec, num_samples: TensorSpec) -> TensorSpec:
        return categorical_spec(logits, num_samples, self.output_dtype)

    def kernel(self, ctx: Context, logits: Array, num_samples: Array) -> Array:
        check_choices(logits, num_samples)
        state = ctx.state(lambda: philox.Philox(self.seed, self.seed2))
        return philox.multinomial(state, logits, int(num_samples), self.output_dtype.numpy)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        logits = np.log(np.asarray([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]], np.float32))
        yield Sample.of(cls(3, 5), logits, i32(7))
        yield Sample.of(cls(3, 5, _int32), logits.astype(np.float64), i32(0))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(1, 1), (np.ones(2, np.float32), i32(3)), "logits must be a matrix")


def categorical_spec(logits: TensorSpec, num_samples: TensorSpec, dtype: DType) -> TensorSpec:
    """The spec of classes that are drawn for each row of logits."""
    check_rank("logits", logits, 2)
    check_rank("num_samples", num_samples, 0)
    if dtype not in INDEX:
        raise TypeError(f"drawn classes are int32 or int64, not {dtype.name}")
    rows = logits.shape[0].value if logits.shape.rank == 2 else None
    count = known_int(num_samples)
    if count is not None and count < 0:
        raise ValueError(f"num_samples must not be negative: {count}")
    return TensorSpec(TensorShape.of((rows, count)), dtype)


def check_choices(logits: Array, num_samples: Array) -> None:
    """Raise InvalidArgumentError unless classes can be drawn."""
    if num_samples < 0:
        raise invalid(f"num_samples must not be negative: {num_samples}")
    if logits.shape[1] == 0 and logits.shape[0]:
        raise invalid("there must be at least one class")


def multinomial(
    logits: Any,
    num_samples: Any,
    seed: int | None = None,
    name: str | None = None,
    output_dtype: Any = None,
) -> Tensor:
    """Draw classes; the old name of `tf.random.categorical`.

    Args:
      logits: log-probabilities up to a constant, floating tensor [batch, classes].
      num_samples: how many to draw for each row, int32 scalar.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: name scope of the operation.
      output_dtype: int32 or int64 (the default).

    Returns:
      The drawn classes, [batch, num_samples].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.multinomial([[-90.0, 0.0, -90.0]], 4))
    array([[1, 1, 1, 1]])
    """
    with name_scope(name, "multinomial", [logits]):
        return _categorical(logits, num_samples, output_dtype, seed)


def categorical(
    logits: Any,
    num_samples: Any,
    dtype: Any = None,
    seed: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Draw classes by their log-probabilities.

    Args:
      logits: log-probabilities up to a constant, floating tensor [batch, classes].
      num_samples: how many to draw for each row, int32 scalar.
      dtype: int32 or int64 (the default).
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: name scope of the operation.

    Returns:
      The drawn classes, [batch, num_samples].

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random.categorical([[-90.0, -90.0, 0.0]], 3))
    array([[2, 2, 2]])
    """
    with name_scope(name, "categorical", [logits]):
        return _categorical(logits, num_samples, dtype, seed)


def _categorical(logits: Any, num_samples: Any, dtype: Any, seed: int | None) -> Tensor:
    logits = convert_to_tensor(logits, name="logits")
    wanted = _int64 if dtype is None else as_dtype(dtype)
    return apply(Multinomial(*op_seeds(seed), wanted), logits, num_samples)


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> Tensor:
    """Cut a box of a given size out of a tensor, at a random place.

    Args:
      value: a tensor of any dtype.
      size: the shape of the box, int32 vector with one size for each axis of `value`.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: name scope of the operations.

    Returns:
      A tensor of shape `size`.

    Raises:
      tf.errors.InvalidArgumentError: while running: the box is larger than `value`.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random_crop([[1, 2, 3], [1, 2, 3]], [1, 3]))
    array([[1, 2, 3]], dtype=int32)
    """
    with name_scope(name, "random_crop", [value, size]) as scope:
        value = convert_to_tensor(value, name="value")
        size = convert_to_tensor(size, dtype=_int32, name="size")
        shape: Any = ops.shape(value)
        message: Sequence[Any] = ["value must be as large as size: ", shape, size]
        fits = ops.assert_(ops.reduce_all(shape >= size), message, summarize=1000)  # noqa: PT009
        shape = ops.with_dependencies([fits], shape)
        limit = shape - size + 1
        offset: Any = random_uniform(
            ops.shape(shape), dtype=size.dtype, maxval=size.dtype.max, seed=seed
        )
        return ops.slice(value, offset % limit, size, name=scope)
