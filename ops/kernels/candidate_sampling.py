"""Classes drawn from distributions over 0, 1, 2, ..., as TensorFlow draws them on a CPU.

A batch takes its random words one after another from one part of a generator's stream. Unlike other
random ops, an integer below n takes as many words as it needs to be exactly uniform.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from graphflow.ops.kernels.box_muller import unit_float32, unit_float64
from graphflow.ops.kernels.philox import Philox, Stream, sequence

__all__ = [
    "FixedWeights",
    "LearnedWeights",
    "LogUniform",
    "Sampler",
    "Uniform",
    "Words",
    "expected_count",
    "sample_batch",
]

Classes = NDArray[np.int64]
Floats = NDArray[np.float32]

_RESERVED_WORDS = 2048  # for each class that is drawn, whether used or not


class Words:
    """The words of a stream, taken one after another.

    >>> words = Words(Stream(key=0, counter=0))
    >>> words.take(3)
    array([1713891541, 3781805453, 3159862348], dtype=uint32)
    >>> words.take(1)
    array([2600524760], dtype=uint32)
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._kept = np.empty(0, np.uint32)

    def peek(self, count: int) -> NDArray[np.uint32]:
        """Return the next words without taking them."""
        missing = count - self._kept.size
        if missing > 0:
            samples = -(-missing // 4)
            self._kept = np.concatenate([self._kept, sequence(self._stream, 4 * samples)])
            self._stream = self._stream.skip(samples)
        return self._kept[:count]

    def take(self, count: int) -> NDArray[np.uint32]:
        """Return the next words."""
        taken = self.peek(count)
        self._kept = self._kept[count:]
        return taken

    def below(self, limit: int, count: int, bits: int = 32) -> NDArray[Any]:
        """Return uniform integers below a limit, of 32 or 64 bits each.

        Numbers that would make small results more likely are left out.
        """
        least = _least_fair(limit, bits)
        kept: list[NDArray[Any]] = []
        missing = count
        while missing > 0:
            numbers = self._numbers(missing, bits)
            fair = numbers[numbers >= least]
            kept.append(fair % numbers.dtype.type(limit))
            missing -= fair.size
        return np.concatenate(kept) if kept else np.empty(0, np.uint32)

    def _numbers(self, count: int, bits: int) -> NDArray[Any]:
        if bits == 32:
            return self.take(count)
        words = self.take(2 * count).astype(np.uint64)
        numbers: NDArray[np.uint64] = words[0::2] | words[1::2] << np.uint64(32)
        return numbers


def _least_fair(limit: int, bits: int) -> int:
    """The least number whose remainders, up to the largest number, are all equally frequent."""
    return (1 << bits) % limit


class Sampler(Protocol):
    """A distribution over classes."""

    def draw(self, words: Words, count: int) -> Classes:
        """Draw classes, which may be equal."""

    def probability(self, classes: Classes) -> Floats:
        """Return the probability of each class."""


class Uniform:
    """All classes below a limit are equally likely."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def draw(self, words: Words, count: int) -> Classes:
        """Draw classes, which may be equal."""
        return words.below(self._limit, count, bits=64).astype(np.int64)

    def probability(self, classes: Classes) -> Floats:
        """Return the probability of each class."""
        return np.full(classes.shape, 1 / self._limit, np.float32)


class LogUniform:
    """Class k has the probability `log((k + 2) / (k + 1)) / log(limit + 1)`."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._log = float(np.log1p(limit))

    def draw(self, words: Words, count: int) -> Classes:
        """Draw classes, which may be equal."""
        pairs = words.take(2 * count)
        places = unit_float64(pairs[0::2], pairs[1::2])
        # Rounding may give the limit itself.
        return (np.exp(places * self._log).astype(np.int64) - 1) % self._limit

    def probability(self, classes: Classes) -> Floats:
        """Return the probability of each class."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log((classes + 2.0) / (classes + 1.0))
        result: Floats = (ratio / self._log).astype(np.float32)
        return result


class FixedWeights:
    """Classes have given weights; drawn by the alias method (Walker 1977, Vose 1991).

    Each class has a column of height 1. The share of a class that is less likely than the average
    fills a part of its column, and another class, its alias, the rest.

    Args:
      weights: float32 [classes], not negative and not all 0.
    """

    def __init__(self, weights: Floats) -> None:
        self._weights = weights
        self._total = float(np.sum(weights, dtype=np.float64))
        self._share, self._alias = self._columns()

    def _columns(self) -> tuple[Floats, Classes]:
        count = self._weights.size
        # The product is one of single precision, as in TensorFlow.
        shares = ((self._weights * np.float32(count)).astype(np.float64) / self._total).tolist()
        alias = list(range(count))
        low = [number for number, share in enumerate(shares) if share < 1]
        high = [number for number, share in enumerate(shares) if share >= 1]
        final = [1.0] * count
        while low and high:
            small, large = low.pop(), high.pop()
            final[small], alias[small] = shares[small], large
            shares[large] -= 1 - shares[small]
            (low if shares[large] < 1 else high).append(large)
        return np.asarray(final, np.float32), np.asarray(alias)

    def draw(self, words: Words, count: int) -> Classes:
        """Draw classes, which may be equal."""
        classes = self._weights.size
        least = _least_fair(classes, 32)
        result = np.empty(count, np.int64)
        done = 0
        while done < count:
            pairs = words.peek(2 * (count - done)).reshape(-1, 2)
            unfair = np.flatnonzero(pairs[:, 1] < least)
            fair = int(unfair[0]) if unfair.size else len(pairs)
            heights, columns = unit_float32(pairs[:fair, 0]), pairs[:fair, 1] % np.uint32(classes)
            result[done : done + fair] = self._at(heights, columns)
            words.take(2 * fair)
            done += fair
            if unfair.size:
                height, column = unit_float32(words.take(1)), words.below(classes, 1)
                result[done : done + 1] = self._at(height, column)
                done += 1
        return result

    def _at(self, heights: Floats, columns: NDArray[np.uint32]) -> Classes:
        return np.where(heights < self._share[columns], columns, self._alias[columns])

    def probability(self, classes: Classes) -> Floats:
        """Return the probability of each class."""
        result: Floats = (self._weights[classes] / self._total).astype(np.float32)
        return result


class LearnedWeights:
    """Classes have the weight 1 at first, and more with each update."""

    def __init__(self, limit: int) -> None:
        self._lock = threading.Lock()
        self._weights = np.ones(limit, np.int32)  # replaced, never written: others may read it

    def draw(self, words: Words, count: int) -> Classes:
        """Draw classes, which may be equal."""
        cumulative = self._weights.cumsum(dtype=np.int64)
        places = words.below(int(cumulative[-1]), count)
        return np.searchsorted(cumulative, places, side="right")

    def probability(self, classes: Classes) -> Floats:
        """Return the probability of each class."""
        weights = self._weights
        total = np.float32(weights.sum(dtype=np.int64))
        result: Floats = weights[classes].astype(np.float32) / total
        return result

    def update(self, classes: Classes) -> None:
        """Make classes more likely: the weight of each grows by 1."""
        with self._lock:
            room = np.iinfo(np.int32).max - int(self._weights.sum(dtype=np.int64))
            weights = self._weights.copy()
            np.add.at(weights, classes.reshape(-1)[:room], 1)
            self._weights = weights


def sample_batch(
    state: Philox, sampler: Sampler, count: int, is_unique: bool
) -> tuple[Classes, int]:
    """Draw a batch of classes.

    Args:
      state: advanced by 512 samples for each class.
      sampler: the distribution.
      count: the number of classes.
      is_unique: whether to leave out classes that were drawn already.

    Returns:
      The classes, int64 [count], and how many were drawn, with those left out.

    >>> sample_batch(Philox(5, 6), Uniform(10), 4, is_unique=True)
    (array([5, 9, 3, 1]), 7)
    """
    words = Words(state.reserve(_RESERVED_WORDS // 4 * count))
    drawn = sampler.draw(words, count)
    if not is_unique:
        return drawn, count
    while True:
        _, first = np.unique(drawn, return_index=True)
        if first.size >= count:
            kept = np.sort(first)[:count]
            return drawn[kept], int(kept[-1]) + 1 if count else 0
        more = max(drawn.size, 16)
        drawn = np.concatenate([drawn, sampler.draw(words, more)])


def expected_count(sampler: Sampler, classes: Classes, count: int, tries: int) -> Floats:
    """Return how often classes are expected in a batch.

    Args:
      sampler: the distribution.
      classes: int64 array.
      count: the number of classes in the batch.
      tries: how many were drawn for it.

    Returns:
      float32 array of the same shape: if some were left out, the probability that a class occurs.
    """
    probability = sampler.probability(classes)
    if tries == count:
        mean: Floats = probability * np.float32(count)
        return mean
    log_absent: NDArray[np.float64] = tries * np.log1p(-probability.astype(np.float64))
    return (-np.expm1(log_absent)).astype(np.float32)
