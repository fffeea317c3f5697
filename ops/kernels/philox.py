"""Random numbers as TensorFlow draws them on a CPU: the same streams, bit for bit.

The generator is Philox 4x32-10 (Salmon, Moraes, Dror and Shaw: Parallel random numbers, as easy as
1, 2, 3; 2011): a keyed bijection of 128-bit counters. *Sample* n of a stream is the image of
counter + n and has four 32-bit words. As no sample depends on another one, the numbers do not
depend on the thread schedule; only the order in which the users of a `Philox` reserve their samples
counts.

What a user reserves, and how samples become values:

- Every call for n values moves the counter by 256 n, whatever it uses. A permutation moves it by
  the samples that it uses.
- Four values are made of one sample for types of up to 32 bits, two for those of 64 bits; the
  rest of the last sample of a call is dropped.
- Where a value may need several attempts, its counters are its own. For truncated normals, one
  group of four (two) values has 256 (128) samples; for gamma and Poisson deviates, one value has
  256.
"""

from __future__ import annotations

import functools
import operator
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from graphflow.core.parallel import parallel_for
from graphflow.ops.kernels.box_muller import normals32, normals64, unit_float32, unit_float64
from graphflow.ops.kernels.philox_loops import fill_samples

__all__ = [
    "Philox",
    "Stream",
    "multinomial",
    "permutation",
    "sequence",
    "shuffle",
    "standard_normal",
    "truncated_normal",
    "uniform",
    "uniform_full_int",
    "uniform_int",
]

Words: TypeAlias = NDArray[np.uint32]  # of shape (4, samples)
Make: TypeAlias = Callable[[Words], NDArray[Any]]  # to shape (values of a sample, samples)

RESERVED = 256  # samples for each value of a call, whether used or not
BLOCK = 8192  # samples that are worked on at once, so that the intermediate arrays stay in cache

_MASK32 = (1 << 32) - 1
_MASK64 = (1 << 64) - 1
_MASK128 = (1 << 128) - 1
_ROUNDS = 10
_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
_WEYL = (0x9E3779B9, 0xBB67AE85)  # added to the two words of the key after each round
_FEW_SAMPLES = 16  # of a row are compared with all classes
_TRUNCATION = 2  # truncated normals are less than this
_LOW = np.uint64(_MASK32)
_HALF = np.uint64(32)

_PLACES = np.arange(BLOCK, dtype=np.uint64)
_CHUNK = 32 * BLOCK  # values that a thread makes at once: some 150 microseconds

# The stateless ops turn their seed into key and counter by one sample with this key.
_SCRAMBLING_KEY = 0x02461E29_3EC8F720


@dataclass(frozen=True)
class Stream:
    """An infinite sequence of samples.

    Attributes:
      key: 64 bits.
      counter: 128 bits, the counter of the first sample.

    >>> Stream(key=0, counter=0).words(np.array([0])).T
    array([[1713891541, 3781805453, 3159862348, 2600524760]], dtype=uint32)
    """

    key: int
    counter: int

    def skip(self, samples: int) -> Stream:
        """Return the stream that starts some samples later."""
        return Stream(self.key, (self.counter + samples) & _MASK128)

    def words(self, places: NDArray[Any]) -> Words:
        """Return the samples at given places.

        Args:
          places: integers of shape (n,), counted from the start of the stream.

        Returns:
          uint32 array of shape (4, n).
        """
        places = places.astype(np.uint64)
        samples = np.empty((places.size, 4), np.uint32)
        low, high = np.uint64(self.counter & _MASK64), np.uint64(self.counter >> 64)
        fill_samples.run(
            None,
            lambda: (places, low, high, _keys_of_rounds(self.key), samples.reshape(-1), False),
            lambda: self._fill_samples(places, samples),
        )
        columns: NDArray[np.uint32] = samples.T
        return columns

    def write_unit32(self, start: int, values: NDArray[np.float32]) -> None:
        """Write uniform deviates by machine code, which must be there.

        Args:
          start: the number of the first one, a multiple of 4.
          values: contiguous, to write to.
        """
        code = fill_samples.code(None)
        assert code is not None
        keys = _keys_of_rounds(self.key)
        for begin in range(0, values.size, 4 * BLOCK):
            block = values[begin : begin + 4 * BLOCK]
            groups = -(-block.size // 4)
            is_whole = block.size == 4 * groups
            bits = block.view(np.uint32) if is_whole else np.empty(4 * groups, np.uint32)
            counter = (self.counter + (start + begin) // 4) & _MASK128
            low, high = np.uint64(counter & _MASK64), np.uint64(counter >> 64)
            code(_PLACES[:groups], low, high, keys, bits, True)
            if not is_whole:
                block[...] = bits.view(np.float32)[: block.size]

    def _fill_samples(self, places: NDArray[np.uint64], samples: NDArray[np.uint32]) -> None:
        """Do what `fill_samples` does, before that is compiled."""
        a, b, product = np.empty((3, 2, places.size), np.uint64)
        self._split_counters(places.copy(), a, b)
        multipliers = _MULTIPLIERS
        for key in _round_keys(self.key):
            # The rows of a and b, words 0 and 2 and words 1 and 3, change places in each round.
            np.multiply(a, multipliers, out=product)
            np.right_shift(product, _HALF, out=a)
            a ^= b[::-1]
            a ^= key
            np.bitwise_and(product, _LOW, out=b)
            multipliers = multipliers[::-1]
        samples.T[0::2] = a
        samples.T[1::2] = b

    def _split_counters(
        self, places: NDArray[np.uint64], a: NDArray[np.uint64], b: NDArray[np.uint64]
    ) -> None:
        """Write words 0 and 2 of the counters to a, words 1 and 3 to b."""
        low = np.uint64(self.counter & _MASK64)
        places += low
        np.bitwise_and(places, _LOW, out=a[0])
        np.right_shift(places, _HALF, out=b[0])
        high = self.counter >> 64
        a[1] = high & _MASK32
        b[1] = high >> 32
        carried = places < low
        if carried.any():
            a[1, carried] = (high + 1) & _MASK32
            b[1, carried] = ((high + 1) & _MASK64) >> 32


@functools.lru_cache(maxsize=1024)
def _keys_of_rounds(key: int) -> NDArray[np.uint32]:
    """Return the two words of the key of each round, [10, 2]."""
    low, high = key & _MASK32, key >> 32
    steps = np.arange(_ROUNDS, dtype=np.uint64)[:, None] * np.asarray(_WEYL, np.uint64)
    return (steps + np.asarray([low, high], np.uint64)).astype(np.uint32)


@functools.lru_cache(maxsize=1024)
def _round_keys(key: int) -> NDArray[np.uint64]:
    """Return the key of each round as a column, in the order of the rows in that round."""
    words = _keys_of_rounds(key).astype(np.uint64)
    words[0::2] = words[0::2, ::-1].copy()
    return words[..., None]


class Philox:
    """The state of a random op: a stream of which each call takes its part.

    It may be shared between threads. With both seeds 0 it starts at a place that the operating
    system chooses.

    Args:
      seed: 64-bit integer, signed or unsigned; the key.
      seed2: likewise; the upper half of the counter.

    >>> state = Philox(87654321, 7)
    >>> uniform(state, (2,), np.float32)
    array([0.48394096, 0.50620306], dtype=float32)
    >>> uniform(state, (2,), np.float32)
    array([0.2652017 , 0.63090456], dtype=float32)
    """

    def __init__(self, seed: int = 0, seed2: int = 0) -> None:
        key, counter = _bits64(seed), _bits64(seed2)
        if key == 0 and counter == 0:
            key, counter = (int.from_bytes(os.urandom(8), "big") for _ in range(2))
        self._start(Stream(key, counter << 64))

    def _start(self, stream: Stream) -> None:
        self._lock = threading.Lock()
        self._next = stream

    @classmethod
    def stateless(cls, seed: Sequence[int]) -> Philox:
        """Return the state from which TensorFlow's stateless ops draw.

        Args:
          seed: two integers of 32 or 64 bits.

        Raises:
          ValueError: if there are not two.

        >>> uniform(Philox.stateless((3, 4)), (2,), np.float32)
        array([0.24328744, 0.9835063 ], dtype=float32)
        """
        if len(seed) != 2:
            raise ValueError(f"a stateless seed has 2 elements, not {len(seed)}")
        counter = _bits64(seed[0]) | _bits64(seed[1]) << 64
        mixed = Stream(_SCRAMBLING_KEY, counter).words(np.zeros(1, np.uint64))[:, 0].tolist()
        return cls.at(Stream(mixed[0] | mixed[1] << 32, mixed[2] << 64 | mixed[3] << 96))

    @classmethod
    def at(cls, stream: Stream) -> Philox:
        """Return the state that starts with a stream."""
        state = cls.__new__(cls)
        state._start(stream)
        return state

    @property
    def next(self) -> Stream:
        """The stream from the present counter on."""
        return self._next

    def reserve(self, samples: int) -> Stream:
        """Return the stream from the present counter on, and move the counter.

        Args:
          samples: by how much.
        """
        with self._lock:
            reserved = self._next
            self._next = reserved.skip(samples)
        return reserved


def _bits64(seed: int) -> int:
    return operator.index(seed) & _MASK64


def uniform(
    state: Philox, shape: Sequence[int], dtype: DTypeLike, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw from the uniform distribution on [0, 1), as `RandomUniform`.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the result.
      dtype: float16, bfloat16, float32 or float64.
      out: C-contiguous array of that shape and dtype to write to.

    Returns:
      `out`, or a fresh array.

    Raises:
      TypeError: for another dtype.

    >>> uniform(Philox(5, 6), (2, 3), np.float64)
    array([[0.68125519, 0.47328679, 0.80830098],
           [0.81796774, 0.7523929 , 0.13435665]])
    """
    return _draw(state, shape, dtype, out, _UNIFORM)


def standard_normal(
    state: Philox, shape: Sequence[int], dtype: DTypeLike, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw from the normal distribution with mean 0 and deviation 1, as `RandomStandardNormal`.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the result.
      dtype: float16, bfloat16, float32 or float64.
      out: C-contiguous array of that shape and dtype to write to.

    Returns:
      `out`, or a fresh array.

    Raises:
      TypeError: for another dtype.

    >>> standard_normal(Philox(5, 6), (2, 3), np.float32)
    array([[ 0.7032734 , -0.4358273 , -0.82234734],
           [-0.28787032, -1.6220025 ,  1.397724  ]], dtype=float32)
    """
    return _draw(state, shape, dtype, out, _NORMAL)


def truncated_normal(
    state: Philox, shape: Sequence[int], dtype: DTypeLike, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw normal deviates of absolute value below 2, as `TruncatedNormal`.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the result.
      dtype: float16, bfloat16, float32 or float64.
      out: C-contiguous array of that shape and dtype to write to.

    Returns:
      `out`, or a fresh array.

    Raises:
      TypeError: for another dtype.

    >>> truncated_normal(Philox(5, 6), (2, 3), np.float32)
    array([[ 0.7032734 , -0.4358273 , -0.82234734],
           [-0.28787032, -0.81716835,  0.72680205]], dtype=float32)
    """
    result = _output(shape, dtype, out)
    make = _maker(_NORMAL, result.dtype)
    stream = state.reserve(RESERVED * result.size)
    spacing = RESERVED // 4 * _group(result.dtype)
    for groups, target in _blocks(result):
        _fill_truncated(stream.skip(spacing * int(groups[0])), make, target)
    return result


def uniform_int(
    state: Philox,
    shape: Sequence[int],
    minval: int,
    maxval: int,
    dtype: DTypeLike,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Draw integers from [minval, maxval), as `RandomUniformInt`.

    The remainder of a random word is taken; small values are therefore slightly more likely where
    the width of the range is no power of 2.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the result.
      minval: the least possible value.
      maxval: above the greatest possible value.
      dtype: int32, int64, uint32 or uint64.
      out: C-contiguous array of that shape and dtype to write to.

    Returns:
      `out`, or a fresh array.

    Raises:
      TypeError: for another dtype.
      ValueError: if the range is empty or beyond the dtype.

    >>> uniform_int(Philox(5, 6), (2, 3), -10, 90, np.int32)
    array([[73, -3, -9],
           [73, 51, -7]], dtype=int32)
    """
    result = _output(shape, dtype, out)
    unsigned = _maker(_INTEGER, result.dtype)
    limits = np.iinfo(result.dtype)
    minval, maxval = operator.index(minval), operator.index(maxval)
    if not limits.min <= minval < maxval <= limits.max:
        raise ValueError(
            f"uniform_int: minval {minval} must be less than maxval {maxval}, both within"
            f" {result.dtype.name}"
        )

    def make(words: Words) -> NDArray[Any]:
        values = unsigned(words)
        values %= values.dtype.type(maxval - minval)
        values += values.dtype.type(minval % (limits.max - limits.min + 1))
        return values.view(result.dtype)

    return _fill(state, result, make)


def uniform_full_int(
    state: Philox, shape: Sequence[int], dtype: DTypeLike, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw integers from all of a dtype's values, as `StatelessRandomUniformFullInt`.

    Args:
      state: advanced by 256 samples for each element.
      shape: of the result.
      dtype: int32, int64, uint32 or uint64.
      out: C-contiguous array of that shape and dtype to write to.

    Returns:
      `out`, or a fresh array.

    Raises:
      TypeError: for another dtype.

    >>> uniform_full_int(Philox(5, 6), (2, 3), np.int32)
    array([[  64677483, -659862189, -363359595],
           [ 727262183,  311226061,   57572703]], dtype=int32)
    """
    result = _output(shape, dtype, out)
    unsigned = _maker(_INTEGER, result.dtype)
    return _fill(state, result, lambda words: unsigned(words).view(result.dtype))


def shuffle(state: Philox, n: int) -> NDArray[np.int64]:
    """Draw a permutation, as `RandomShuffle` does: `value[shuffle(state, len(value))]`.

    Args:
      state: advanced by a sample for 4 of the n - 1 exchanges; not at all for n < 2.
      n: number of elements.

    Returns:
      int64 array of shape (n,).

    Raises:
      ValueError: if there are 2**32 elements or more, since an exchange draws 32 bits.

    >>> shuffle(Philox(5, 6), 5)
    array([3, 4, 0, 1, 2])
    """
    if n > _MASK32:
        raise ValueError(f"shuffle: n must be less than 2**32, it is {n}")
    if n < 2:
        return np.arange(n)
    return permutation(state.reserve(-(-(n - 1) // 4)), n)


def permutation(stream: Stream, n: int) -> NDArray[np.int64]:
    """Return the permutation that the first n - 1 words of a stream give.

    Args:
      stream: the stream.
      n: number of elements, less than 2**32.

    Returns:
      int64 array of shape (n,).

    >>> permutation(Stream(key=5, counter=6), 4)
    array([1, 0, 2, 3])
    """
    words = sequence(stream, n - 1)
    partners = np.arange(n - 1)
    partners += words % (n - partners)
    order = list(range(n))
    for place, partner in enumerate(partners.tolist()):
        order[place], order[partner] = order[partner], order[place]
    return np.array(order)


def multinomial(
    state: Philox, logits: NDArray[Any], num_samples: int, dtype: DTypeLike = np.int64
) -> NDArray[Any]:
    """Draw classes with probabilities proportional to `exp(logits)`, as `Multinomial`.

    Logits that are not finite have probability 0. The rows are drawn one after another;
    TensorFlow's own values agree as long as one of its threads does all rows.

    Args:
      state: advanced by 512 samples for each element, num_samples taken as multiple of 4.
      logits: array of shape (batch, classes) and of a floating-point dtype.
      num_samples: number of classes to draw for each row.
      dtype: int32 or int64.

    Returns:
      Array of shape (batch, num_samples) of numbers of classes.

    >>> multinomial(Philox(5, 6), np.log([[1.0, 2.0, 7.0], [2.0, 1.0, 1.0]]), 6)
    array([[2, 2, 2, 2, 2, 1],
           [2, 2, 2, 1, 0, 0]])
    """
    batch = logits.shape[0]
    stream = state.reserve(2 * RESERVED * batch * -(-num_samples // 4) * 4)
    words = sequence(stream, 2 * batch * num_samples)
    places = unit_float64(words[0::2], words[1::2]).reshape(batch, num_samples)
    cumulative = _cumulative(logits.astype(np.float64))
    places *= cumulative[:, -1:]
    result = np.empty((batch, num_samples), dtype)
    if num_samples < _FEW_SAMPLES:
        return np.sum(cumulative[:, None, :] <= places[..., None], axis=-1, out=result)
    # For many samples a search in each row is quicker.
    for row, place, values in zip(cumulative, places, result, strict=True):
        values[...] = np.searchsorted(row, place, side="right")
    return result


def _cumulative(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities of classes up to each one, not normalised, [batch, classes]."""
    finite = np.isfinite(logits)
    lowest = -np.finfo(np.float64).max
    largest = np.max(logits, axis=1, keepdims=True, where=finite, initial=lowest)
    weights = np.zeros_like(logits)
    np.exp(logits - largest, where=finite, out=weights)
    return weights.cumsum(axis=1, out=weights)


def _draw(
    state: Philox,
    shape: Sequence[int],
    dtype: DTypeLike,
    out: NDArray[Any] | None,
    makers: dict[str, Make],
) -> NDArray[Any]:
    result = _output(shape, dtype, out)
    if makers is _UNIFORM and result.dtype == np.float32 and fill_samples.code(None) is not None:
        return _fill_unit32(state, result)
    return _fill(state, result, _maker(makers, result.dtype))


def _fill_unit32(state: Philox, result: NDArray[np.float32]) -> NDArray[np.float32]:
    """Do what `_fill` does for uniform deviates, in one pass of machine code over the array."""
    stream = state.reserve(RESERVED * result.size)
    flat = result.reshape(-1)
    parallel_for(
        lambda chunk: stream.write_unit32(chunk * _CHUNK, flat[chunk * _CHUNK :][:_CHUNK]),
        -(-flat.size // _CHUNK),
    )
    return result


def _output(shape: Sequence[int], dtype: DTypeLike, out: NDArray[Any] | None) -> NDArray[Any]:
    if out is None:
        return np.empty(tuple(shape), dtype)
    if out.shape != tuple(shape) or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(
            f"out must be a C-contiguous array of shape {tuple(shape)} and dtype"
            f" {np.dtype(dtype)}, it has shape {out.shape}, strides {out.strides} and dtype"
            f" {out.dtype}"
        )
    return out


def _maker(makers: dict[str, Make], dtype: np.dtype[Any]) -> Make:
    make = makers.get(_name(dtype))
    if make is None:
        raise TypeError(f"dtype must be one of {', '.join(makers)}, not {dtype.name}")
    return make


@functools.cache
def _name(dtype: np.dtype[Any]) -> str:
    """The name of a dtype, which numpy makes anew whenever it is asked."""
    return str(dtype.name)


def _fill(state: Philox, result: NDArray[Any], make: Make) -> NDArray[Any]:
    """Write the values of consecutive samples to an array."""
    stream = state.reserve(RESERVED * result.size)
    for places, target in _blocks(result):
        target[...] = make(stream.words(places))
    return result


def _blocks(result: NDArray[Any]) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """Cut an array into blocks of groups; a group is what one sample gives.

    Yields:
      The numbers of the groups, shape (groups,), and where their values belong, shape
      (values of a group, groups).
    """
    group = _group(result.dtype)
    flat = result.reshape(-1)
    for start in range(0, result.size, BLOCK * group):
        values = flat[start : start + BLOCK * group]
        groups = -(-values.size // group)
        numbers = np.arange(start // group, start // group + groups)
        if groups * group == values.size:
            yield numbers, values.reshape(groups, group).T
            continue
        whole = np.empty((groups, group), result.dtype)
        yield numbers, whole.T
        values[...] = whole.reshape(-1)[: values.size]


def _group(dtype: np.dtype[Any]) -> int:
    return 2 if dtype.itemsize == 8 else 4


def sequence(stream: Stream, count: int) -> NDArray[np.uint32]:
    """Return the first words of a stream, one after another.

    Args:
      stream: the stream.
      count: the number of words.

    Returns:
      uint32 array of shape (count,).

    >>> sequence(Stream(key=0, counter=0), 2)
    array([1713891541, 3781805453], dtype=uint32)
    """
    words = np.empty(-(-count // 4) * 4, np.uint32)
    for places, target in _blocks(words):
        target[...] = stream.words(places)
    return words[:count]


def _fill_truncated(stream: Stream, make: Make, target: NDArray[Any]) -> None:
    """Write groups of values below 2 to the columns of an array.

    Args:
      stream: gives the samples of the first group; those of the others follow.
      make: makes a group of values of one sample.
      target: array of shape (values of a group, groups).
    """
    group = len(target)
    starts = np.arange(target.shape[1]) * (RESERVED // 4 * group)
    values = make(stream.words(starts))
    target[...] = values
    incomplete = np.flatnonzero((np.abs(values) >= _TRUNCATION).any(axis=0))
    candidates = values.T[incomplete]
    attempts = 1
    while incomplete.size:
        more = make(stream.words(starts[incomplete] + attempts)).T
        candidates = np.concatenate([candidates, more], axis=1)
        accepted = np.abs(candidates) < _TRUNCATION
        accepted &= accepted.cumsum(axis=1) <= group
        full = np.count_nonzero(accepted, axis=1) == group
        target.T[incomplete[full]] = candidates[full][accepted[full]].reshape(-1, group)
        incomplete, candidates = incomplete[~full], candidates[~full]
        attempts += 1


_UNIFORM: dict[str, Make] = {
    "float16": lambda words: (words & np.uint32(0x3FF)).astype(np.float32) * np.float32(2**-10),
    "bfloat16": lambda words: (words & np.uint32(0x7F)).astype(np.float32) * np.float32(2**-7),
    "float32": unit_float32,
    "float64": lambda words: unit_float64(words[0::2], words[1::2]),
}
_NORMAL: dict[str, Make] = {
    "float16": normals32,
    "bfloat16": normals32,
    "float32": normals32,
    "float64": normals64,
}


def _pairs(words: Words) -> NDArray[np.uint64]:
    result = words[1::2].astype(np.uint64)
    result <<= _HALF
    result |= words[0::2]
    return result


_INTEGER: dict[str, Make] = {
    "int32": np.copy,
    "uint32": np.copy,
    "int64": _pairs,
    "uint64": _pairs,
}
