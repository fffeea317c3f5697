"""Random number generators whose state is a variable: it can be saved, set and read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import (
    DType,
    as_dtype,
    float32 as _float32,
    int32 as _int32,
    int64 as _int64,
    uint64 as _uint64,
)
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops.random_stateful import PHILOX, PHILOX_STATE_SIZE
from graphflow.variables.base import Variable, lifted

__all__ = ["Generator", "create_rng_state", "get_global_generator", "set_global_generator"]

_MASK64 = (1 << 64) - 1


def create_rng_state(seed: Any, algorithm: int) -> Tensor:
    """Make the state of a generator from a seed.

    Args:
      seed: an integer of any size, or an integer tensor or list of which the first 3 numbers count;
        a shorter one is padded with zeros in front.
      algorithm: 1 for Philox.

    Returns:
      int64 [3].

    Raises:
      ValueError: there is no such algorithm.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.random.experimental.create_rng_state([7, 8], 1))
    array([0, 7, 8])
    """
    size = _state_size(algorithm)
    if isinstance(seed, (int, np.integer)):
        seed = [int(seed) >> 64 * place & _MASK64 for place in range(size)]
    numbers: Any = ops.reshape(_as_state(seed), [-1])[:size]
    missing = ops.maximum(size - ops.shape(numbers)[0], 0)
    zeros = ops.zeros(ops.expand_dims(missing, 0), _int64)
    state = ops.concat([zeros, numbers], 0)
    state.set_shape([size])
    return state


def _state_size(algorithm: int) -> int:
    if algorithm != PHILOX:
        raise ValueError(f"there is no random number algorithm {algorithm!r}: use 1, Philox")
    return PHILOX_STATE_SIZE


def _as_state(numbers: Any) -> Tensor:
    """Numbers as an int64 tensor; those of 64 bits without a sign keep their bits."""
    if isinstance(numbers, (list, tuple)) and all(isinstance(n, int) for n in numbers):
        numbers = np.array([n & _MASK64 for n in numbers], np.uint64).view(np.int64)
    return ops.cast(convert_to_tensor(numbers), _int64)


class Generator:
    """A generator of random numbers, whose state is an int64 resource variable.

    Each operation that draws takes its numbers from the state and moves it on. Operations of one
    run draw in the order in which they were made.

    Args:
      copy_from: a generator with whose state this one starts.
      state: the state: int64 [3], two numbers for the counter and the key.
      alg: the algorithm: 1 for Philox.

    Raises:
      ValueError: neither or both of `copy_from` and `state` are given; there is no such algorithm;
        the state has another shape.

    >>> import graphflow as tf
    >>> generator = tf.random.experimental.Generator.from_seed(1234)
    >>> x = generator.normal([2])
    >>> with tf.Session() as session:
    ...     session.run(tf.global_variables_initializer())
    ...     print(session.run(x), session.run(x))
    [0.9356609 1.0854305] [-0.19012934  0.23680045]
    """

    def __init__(
        self, copy_from: Generator | None = None, state: Any = None, alg: int | None = None
    ) -> None:
        if copy_from is not None:
            if state is not None or alg is not None:
                raise ValueError("a generator to copy from has state and algorithm of its own")
            self._algorithm = copy_from.algorithm
            initial = copy_from.state.initialized_value()
        else:
            if state is None or alg is None:
                raise ValueError("give state and alg, or copy_from; or use Generator.from_seed")
            self._algorithm = alg
            initial = self._checked(state)
        self._state: Any = Variable(initial, trainable=False, dtype=_int64, use_resource=True)

    def _checked(self, state: Any) -> Tensor:
        size = _state_size(self._algorithm)
        tensor = _as_state(state)
        if not tensor.shape.is_compatible_with([size]):
            raise ValueError(f"the state must have shape ({size},), it has {tensor.shape}")
        return tensor

    @classmethod
    def from_state(cls, state: Any, alg: int) -> Generator:
        """Make a generator with a state; see `Generator`."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed: Any, alg: int | None = None) -> Generator:
        """Make a generator from a seed; see `tf.random.experimental.create_rng_state`."""
        alg = PHILOX if alg is None else alg
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg: int | None = None) -> Generator:
        """Make a generator whose state the operating system chooses, anew in each session."""
        alg = PHILOX if alg is None else alg
        size = ops.constant([_state_size(alg)], _int32)
        return cls(state=apply(ops.NonDeterministicInts(_int64), size), alg=alg)

    @classmethod
    def from_key_counter(cls, key: Any, counter: Any, alg: int) -> Generator:
        """Make a generator from its parts.

        Args:
          key: int64 scalar.
          counter: int64 [2], the lower half first.
          alg: 1 for Philox.
        """
        return cls(state=_joined(key, counter, alg), alg=alg)

    @property
    def state(self) -> Any:
        """The variable that holds the state, int64 [3]."""
        return self._state

    @property
    def algorithm(self) -> int:
        """The number of the algorithm."""
        return self._algorithm

    @property
    def key(self) -> Tensor:
        """The key, which is the last number of the state."""
        return self._state[-1]  # type: ignore[no-any-return]

    def reset(self, state: Any) -> Any:
        """Return the operation that sets the state, int64 [3]."""
        return self._state.assign(self._checked(state))

    def reset_from_seed(self, seed: Any) -> Any:
        """Return the operation that sets the state that `from_seed` starts with."""
        return self._state.assign(create_rng_state(seed, self._algorithm))

    def reset_from_key_counter(self, key: Any, counter: Any) -> Any:
        """Return the operation that sets the state from its parts; see `from_key_counter`."""
        return self._state.assign(_joined(key, counter, self._algorithm))

    def skip(self, delta: Any) -> Operation:
        """Return the operation that moves the state on, as drawing `delta` numbers does.

        Args:
          delta: int64 scalar.
        """
        return apply_op(ops.RngSkip(), *self._source(), ops.cast(delta, _int64))

    def _source(self) -> tuple[Any, Tensor]:
        return self._state.handle, ops.constant(self._algorithm, _int64, name="algorithm")

    def _draw(self, op: Any, shape: Any, *bounds: Any, name: str | None = None) -> Tensor:
        return apply(op, *self._source(), _shape_of(shape), *bounds, name=name)

    def normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = _float32,
        name: str | None = None,
    ) -> Tensor:
        """Draw from a normal distribution; the arguments are those of `tf.random.normal`."""
        op = ops.StatefulStandardNormalV2
        return self._scaled(op, "stateful_normal", shape, mean, stddev, dtype, name)

    def truncated_normal(
        self,
        shape: Any,
        mean: Any = 0.0,
        stddev: Any = 1.0,
        dtype: Any = _float32,
        name: str | None = None,
    ) -> Tensor:
        """Draw without values beyond two deviations; see `tf.random.truncated_normal`."""
        op = ops.StatefulTruncatedNormal
        return self._scaled(op, "truncated_normal", shape, mean, stddev, dtype, name)

    def _scaled(
        self, make: Any, default_name: str, shape: Any, mean: Any, stddev: Any, dtype: Any,
        name: str | None,
    ) -> Tensor:  # fmt: skip
        kind = as_dtype(dtype).base_dtype
        with name_scope(name, default_name, [shape, mean, stddev]) as scope:
            mean = convert_to_tensor(mean, dtype=kind, name="mean")
            stddev = convert_to_tensor(stddev, dtype=kind, name="stddev")
            unit: Any = self._draw(make(kind), shape)
            return ops.add(unit * stddev, mean, name=scope)

    def uniform(
        self,
        shape: Any,
        minval: Any = 0,
        maxval: Any = None,
        dtype: Any = _float32,
        name: str | None = None,
    ) -> Tensor:
        """Draw from [minval, maxval); the arguments are those of `tf.random.uniform`."""
        kind = as_dtype(dtype).base_dtype
        if maxval is None:
            if kind.is_integer:
                raise ValueError(f"uniform numbers of dtype {kind.name} need maxval")
            maxval = 1
        with name_scope(name, "stateful_uniform", [shape, minval, maxval]) as scope:
            low = convert_to_tensor(minval, dtype=kind, name="min")
            high: Any = convert_to_tensor(maxval, dtype=kind, name="max")
            if kind.is_integer:
                return self._draw(ops.StatefulUniformInt(), shape, low, high, name=scope)
            unit: Any = self._draw(ops.StatefulUniform(kind), shape)
            return ops.add(unit * (high - low), low, name=scope)

    def uniform_full_int(self, shape: Any, dtype: Any = _uint64, name: str | None = None) -> Tensor:
        """Draw from all integers of a dtype.

        Args:
          shape: the shape of the result, int32 or int64 vector.
          dtype: int32, int64, uint32 or uint64.
          name: the operation's name.
        """
        kind: DType = as_dtype(dtype).base_dtype
        with name_scope(name, "stateful_uniform_full_int", [shape]) as scope:
            return self._draw(ops.StatefulUniformFullInt(kind), shape, name=scope)

    def binomial(
        self, shape: Any, counts: Any, probs: Any, dtype: Any = _int32, name: str | None = None
    ) -> Tensor:
        """Draw how many of a number of trials succeed.

        Args:
          shape: the shape of the result, int32 or int64 vector; it ends in the shape that `counts`
            and `probs` broadcast to.
          counts: numbers of trials, float16, float32 or float64.
          probs: probabilities of success, of the dtype of `counts`.
          dtype: float16, float32, float64, int32 or int64.
          name: name scope of the operation.

        >>> import graphflow as tf
        >>> generator = tf.random.experimental.Generator.from_seed(3)
        >>> x = generator.binomial([1000, 2], [20.0, 80.0], 0.25)
        >>> with tf.Session() as session:
        ...     session.run(tf.global_variables_initializer())
        ...     session.run(x).mean(axis=0).round()
        array([ 5., 20.])
        """
        op = ops.StatefulRandomBinomial(as_dtype(dtype).base_dtype)
        with name_scope(name, "binomial", [shape, counts, probs]) as scope:
            counts = convert_to_tensor(counts, name="counts")
            probs = convert_to_tensor(probs, dtype=counts.dtype, name="probs")
            return self._draw(op, shape, counts, probs, name=scope)

    def make_seeds(self, count: int = 1) -> Tensor:
        """Draw seeds for `tf.random.stateless_uniform` and its like.

        Args:
          count: how many.

        Returns:
          int64 [2, count], a seed in each column.
        """
        keys = self.uniform_full_int([count], _int64)
        return ops.stack([keys, ops.zeros_like(keys)])

    def split(self, count: int = 1) -> list[Generator]:
        """Make generators that are independent of this one and of each other.

        Each initialisation of the new ones draws their keys from this one, which must be
        initialised before.

        Args:
          count: how many.
        """
        keys = ops.unstack(self.uniform_full_int([count], _int64), num=count)
        return [type(self)(state=ops.stack([0, 0, key]), alg=self._algorithm) for key in keys]


def _joined(key: Any, counter: Any, alg: int) -> Tensor:
    size = _state_size(alg)
    key, counter = _as_state(key), _as_state(counter)
    for name, part, shape in (("key", key, []), ("counter", counter, [size - 1])):
        if not part.shape.is_compatible_with(shape):
            raise ValueError(f"the {name} must have shape {tuple(shape)}, it has {part.shape}")
    return ops.concat([counter, ops.reshape(key, [1])], 0)


def _shape_of(shape: Any) -> Tensor:
    if isinstance(shape, Sequence) and not len(shape):
        return ops.constant([], _int32, name="shape")
    return convert_to_tensor(shape, name="shape", preferred_dtype=_int32)


_CURRENT: list[Generator] = []  # the global generator, or nothing


def get_global_generator() -> Generator:
    """Return the generator that the parts of a program share, made at first use.

    A generator belongs to a graph: in another graph than before there will be a new one.

    >>> import graphflow as tf
    >>> generator = tf.random.experimental.get_global_generator()
    >>> generator is tf.random.experimental.get_global_generator()
    True
    """
    with lifted() as graph:
        if not _CURRENT or _CURRENT[0].state.graph is not graph:
            _CURRENT[:] = [Generator.from_non_deterministic_state()]
    return _CURRENT[0]


def set_global_generator(generator: Generator) -> None:
    """Replace the generator that `get_global_generator` returns.

    Args:
      generator: the new one.

    >>> import graphflow as tf
    >>> generator = tf.random.experimental.Generator.from_seed(5)
    >>> tf.random.experimental.set_global_generator(generator)
    >>> tf.random.experimental.get_global_generator() is generator
    True
    """
    _CURRENT[:] = [generator]
