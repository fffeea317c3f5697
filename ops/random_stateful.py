"""Random numbers of a generator whose state is a resource variable."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import (
    FLOATING,
    INDEX,
    DType,
    as_dtype,
    dtype_set,
    float32 as _float32,
    int64 as _int64,
    uint64 as _uint64,
)
from graphflow.core.errors import InvalidArgumentError, UnimplementedError
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, broadcast_shape
from graphflow.ops._static import as_tuple, check_rank, f32, i32, i64, invalid
from graphflow.ops.kernels import philox
from graphflow.ops.kernels.binomial import random_binomial
from graphflow.ops.kernels.philox import RESERVED, Philox, Stream
from graphflow.ops.random import check_range, checked_shape
from graphflow.ops.state import value_spec

__all__ = [
    "NonDeterministicInts",
    "RngSkip",
    "StatefulRandomBinomial",
    "StatefulStandardNormalV2",
    "StatefulTruncatedNormal",
    "StatefulUniform",
    "StatefulUniformFullInt",
    "StatefulUniformInt",
]

PHILOX = 1  # the number of the algorithm
PHILOX_STATE_SIZE = 3  # a counter of two numbers and a key
_WHOLE = INDEX | dtype_set("uint32 uint64")
_REAL = dtype_set("float16 float32 float64")
_MASK64 = (1 << 64) - 1


def _check_inputs(resource: TensorSpec, algorithm: TensorSpec) -> None:
    check_rank("algorithm", algorithm, 0)
    check_rank("the state", value_spec(resource, _int64), 1)


def _generator(state: Array, algorithm: Array) -> Philox:
    """The generator at a state: the counter's low half, its high half, the key."""
    if algorithm == 2:
        raise UnimplementedError(None, None, "the algorithm ThreeFry (2): use Philox (1)")
    if algorithm != PHILOX:
        raise invalid(f"there is no random number generator {algorithm}: Philox is 1")
    if state.ndim != 1 or state.size < PHILOX_STATE_SIZE or state.dtype != np.int64:
        raise invalid(
            f"the state of Philox is int64 [{PHILOX_STATE_SIZE}], it is {state.dtype} {state.shape}"
        )
    low, high, key = (int(number) & _MASK64 for number in state[:PHILOX_STATE_SIZE])
    return Philox.at(Stream(key, low | high << 64))


def _state_after(state: Array, generator: Philox) -> Array:
    counter = generator.next.counter
    result = state.copy()
    result[:2] = np.asarray([counter & _MASK64, counter >> 64], np.uint64).view(np.int64)
    return result


def _generator_errors(op: Op, *others: Any) -> Iterator[ErrorSample]:
    """Bad states, for an op that takes `resource, algorithm` and then others."""
    state = i64([1, 2, 3])
    yield ErrorSample(op, (state, i64([1]), *others), "algorithm must be a scalar")
    yield ErrorSample(op, (state[:, None], i64(1), *others), "the state must be a vector")
    for broken, number, message in (
        (state, 7, "no random number generator 7"),
        (state[:2], 1, "the state of Philox is"),
    ):
        inputs = (broken, i64(number), *others)
        yield ErrorSample(op, inputs, message, InvalidArgumentError, "run")
    yield ErrorSample(op, (state, i64(2), *others), "ThreeFry", UnimplementedError, "run")


class _Draw(Op):
    """Base of the ops that draw each element of a tensor independently."""

    inputs = "resource: resource, algorithm: int64, shape: shape_dtype"
    types = {"shape_dtype": INDEX}
    stateful = True
    differentiable = False
    writes = (0,)

    allowed: ClassVar[frozenset[DType]] = FLOATING
    draw: ClassVar[Callable[..., Array]]
    dtype: DType

    def infer(self, resource: TensorSpec, algorithm: TensorSpec, shape: TensorSpec) -> TensorSpec:
        _check_inputs(resource, algorithm)
        if self.dtype not in self.allowed:
            names = ", ".join(sorted(dtype.name for dtype in self.allowed))
            raise TypeError(f"dtype must be one of {names}, not {self.dtype.name}")
        return TensorSpec(checked_shape(shape), self.dtype)

    def kernel(self, resource: Array, algorithm: Array, shape: Array) -> tuple[Array, Array]:
        generator = _generator(resource, algorithm)
        drawn = type(self).draw(generator, as_tuple(shape), self.dtype.numpy)
        return _state_after(resource, generator), drawn

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        exact: dict[str, Any] = {"rtol": 0, "atol": 0}
        for number, dtype in enumerate(sorted(cls.allowed, key=lambda dtype: dtype.name)):
            state = i64([-5, number, -(2**40)])
            yield Sample.of(make(dtype), state, i64(1), i32([2, 3]), **exact)
        yield Sample.of(cls(), i64([3, 4, 5]), i64(1), i64([]), **exact)
        yield Sample.of(cls(), i64([3, 4, 5]), i64(1), i64([2, 0]), **exact)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _generator_errors(cls(), i32([2]))
        make: Any = cls
        inputs = (i64([1, 2, 3]), i64(1), i32([2]))
        yield ErrorSample(make(as_dtype("bool")), inputs, "not bool", TypeError)
        yield ErrorSample(cls(), (*inputs[:2], i32([-2])), "must not be negative")


@register
class StatefulUniform(_Draw):
    """Uniformly distributed numbers in [0, 1)."""

    dtype: DType = _float32

    draw = staticmethod(philox.uniform)


@register
class StatefulStandardNormalV2(_Draw):
    """Normally distributed numbers with mean 0 and deviation 1."""

    dtype: DType = _float32

    draw = staticmethod(philox.standard_normal)


@register
class StatefulTruncatedNormal(_Draw):
    """Normally distributed numbers, those beyond two deviations drawn again."""

    dtype: DType = _float32

    draw = staticmethod(philox.truncated_normal)


@register
class StatefulUniformFullInt(_Draw):
    """Integers of all that a dtype has."""

    dtype: DType = _uint64

    allowed = _WHOLE
    draw = staticmethod(philox.uniform_full_int)


@register
class StatefulUniformInt(Op):
    """Integers from a range."""

    inputs = (
        "resource: resource, algorithm: int64, shape: shape_dtype, minval: dtype, maxval: dtype"
    )
    types = {"shape_dtype": INDEX, "dtype": INDEX}
    stateful = True
    differentiable = False
    writes = (0,)

    def infer(
        self,
        resource: TensorSpec,
        algorithm: TensorSpec,
        shape: TensorSpec,
        minval: TensorSpec,
        maxval: TensorSpec,
    ) -> TensorSpec:
        _check_inputs(resource, algorithm)
        check_rank("minval", minval, 0)
        check_rank("maxval", maxval, 0)
        return TensorSpec(checked_shape(shape), minval.dtype.base_dtype)

    def kernel(
        self, resource: Array, algorithm: Array, shape: Array, minval: Array, maxval: Array
    ) -> tuple[Array, Array]:
        low, high = check_range(minval, maxval)
        generator = _generator(resource, algorithm)
        drawn = philox.uniform_int(generator, as_tuple(shape), low, high, minval.dtype)
        return _state_after(resource, generator), drawn

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        state = i64([-1, 4, 5])
        for dtype in (np.int32, np.int64):
            bounds = np.asarray(3, dtype), np.asarray(90, dtype)
            yield Sample.of(cls(), state, i64(1), i32([2, 3]), *bounds)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _generator_errors(cls(), i32([2]), i32(1), i32(2))
        start = (i64([1, 2, 3]), i64(1), i32([2]))
        yield ErrorSample(cls(), (*start, i32([1]), i32(2)), "minval must be a scalar")
        yield ErrorSample(cls(), (*start, i32(1), i32([2])), "maxval must be a scalar")
        yield ErrorSample(cls(), (*start, i32(3), i32(3)), "minval must be below", when="run")


@register
class StatefulRandomBinomial(Op):
    """How many of a number of trials succeed, each with a given probability."""

    dtype: DType = _int64

    inputs = "resource: resource, algorithm: int64, shape: S, counts: T, probs: T"
    types = {"S": INDEX, "T": _REAL}
    stateful = True
    differentiable = False
    writes = (0,)

    def infer(
        self,
        resource: TensorSpec,
        algorithm: TensorSpec,
        shape: TensorSpec,
        counts: TensorSpec,
        probs: TensorSpec,
    ) -> TensorSpec:
        _check_inputs(resource, algorithm)
        if self.dtype not in _REAL | INDEX:
            raise TypeError(f"there are no binomial numbers of dtype {self.dtype.name}")
        result = checked_shape(shape)
        inner = broadcast_shape(counts.shape, probs.shape)
        if not _ends_in(result, inner):
            raise ValueError(f"shape {result} must end in {inner}, that of counts and probs")
        return TensorSpec(result, self.dtype)

    def kernel(
        self, resource: Array, algorithm: Array, shape: Array, counts: Array, probs: Array
    ) -> tuple[Array, Array]:
        generator = _generator(resource, algorithm)
        counts, probs = np.asarray(counts), np.asarray(probs)
        try:
            drawn = random_binomial(generator, as_tuple(shape), counts, probs, self.dtype.numpy)
        except ValueError as error:
            raise invalid(str(error)) from error
        return _state_after(resource, generator), drawn

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        start = (i64([-1, 4, 5]), i64(1))
        other = "TensorFlow draws small means otherwise, and does not move the state on each time"
        ours: dict[str, Any] = {"oracle": False, "note": other}
        for dtype in sorted(_REAL | INDEX, key=lambda dtype: dtype.name):
            inputs = (*start, i32([3, 2]), f32([30, 400]), f32([0.5, 0.75]))
            yield Sample.of(cls(dtype), *inputs, **ours)
        for kind in (np.float16, np.float64):
            counts, chances = np.asarray([[5], [90]], kind), np.asarray([0.25, 0.75], kind)
            yield Sample.of(cls(), *start, i32([2, 2]), counts, chances, **ours)
        yield Sample.of(cls(), *start, i32([]), f32(0), f32(0.5), **ours)
        yield Sample.of(cls(), *start, i32([0, 2]), f32([40, 50]), f32(0.5), **ours)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _generator_errors(cls(), i32([2]), f32(3), f32(0.5))
        start = (i64([1, 2, 3]), i64(1), i32([2]))
        many = (*start, f32([1, 2, 3]), f32(0.5))
        yield ErrorSample(cls(), many, "must end in")
        yield ErrorSample(
            cls(as_dtype("bool")), (*start, f32(3), f32(0.5)), "dtype bool", TypeError
        )
        for counts, chance in ((-1, 0.5), (3, 1.5), (np.nan, 0.5)):
            inputs = (*start, f32(counts), f32(chance))
            yield ErrorSample(cls(), inputs, "must not be", InvalidArgumentError, "run")


def _ends_in(shape: TensorShape, inner: TensorShape) -> bool:
    sizes, end = shape.as_tuple(), inner.as_tuple()
    if sizes is None or end is None:
        return True
    return len(end) <= len(sizes) and TensorShape.of(
        sizes[len(sizes) - len(end) :]
    ).is_compatible_with(inner)


@register
class RngSkip(Op):
    """Moves a generator on, as drawing `delta` numbers does."""

    inputs = "resource: resource, algorithm: int64, delta: int64"
    outputs = ""
    stateful = True
    differentiable = False
    writes = (0,)

    def infer(self, resource: TensorSpec, algorithm: TensorSpec, delta: TensorSpec) -> tuple[()]:
        _check_inputs(resource, algorithm)
        check_rank("delta", delta, 0)
        return ()

    def kernel(self, resource: Array, algorithm: Array, delta: Array) -> Array:
        generator = _generator(resource, algorithm)
        generator.reserve(RESERVED * (int(delta) & _MASK64))
        return _state_after(resource, generator)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), i64([-1, 4, 5]), i64(1), i64(3))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from _generator_errors(cls(), i64(1))
        yield ErrorSample(cls(), (i64([1, 2, 3]), i64(1), i64([1])), "delta must be a scalar")


@register
class NonDeterministicInts(Op):
    """Integers that the operating system chooses."""

    dtype: DType = _int64

    inputs = "shape: shape_dtype"
    types = {"shape_dtype": INDEX}
    stateful = True
    differentiable = False

    def infer(self, shape: TensorSpec) -> TensorSpec:
        if self.dtype not in _WHOLE:
            raise TypeError(f"integers are int32, int64, uint32 or uint64, not {self.dtype.name}")
        return TensorSpec(checked_shape(shape), self.dtype)

    def kernel(self, shape: Array) -> Array:
        sizes = as_tuple(shape)
        dtype = np.dtype(self.dtype.numpy)
        data = os.urandom(int(np.prod(sizes)) * dtype.itemsize)
        return np.frombuffer(data, dtype).reshape(sizes).copy()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        chosen: dict[str, Any] = {"oracle": False, "note": "other numbers in each run"}
        for dtype in _WHOLE:
            yield Sample.of(cls(dtype), i32([2, 3]), **chosen)
        yield Sample.of(cls(), i64([]), **chosen)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (i32([[2]]),), "shape must be a vector")
        yield ErrorSample(cls(_float32), (i32([2]),), "not float32", TypeError)
