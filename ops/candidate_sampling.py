"""Samplers of candidate classes, for losses that do not look at every class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply_multi
from graphflow.core.dtypes import float32 as _float32, int32 as _int32, int64 as _int64
from graphflow.core.errors import InvalidArgumentError, NotFoundError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, Context, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_in_range, check_rank, i64, invalid
from graphflow.ops.kernels import candidate_sampling as sampling
from graphflow.ops.kernels.philox import Philox
from graphflow.ops.random import op_seeds

__all__ = [
    "AllCandidateSampler",
    "ComputeAccidentalHits",
    "FixedUnigramCandidateSampler",
    "LearnedUnigramCandidateSampler",
    "LogUniformCandidateSampler",
    "ThreadUnsafeUnigramCandidateSampler",
    "UniformCandidateSampler",
    "all_candidate_sampler",
    "compute_accidental_hits",
    "fixed_unigram_candidate_sampler",
    "learned_unigram_candidate_sampler",
    "log_uniform_candidate_sampler",
    "uniform_candidate_sampler",
]


class SampledCandidates(NamedTuple):
    """What the samplers return.

    Attributes:
      sampled_candidates: int64 [num_sampled].
      true_expected_count: float32 like `true_classes`: how often they are expected in a batch.
      sampled_expected_count: float32 [num_sampled], likewise.
    """

    sampled_candidates: Tensor
    true_expected_count: Tensor
    sampled_expected_count: Tensor


class AccidentalHits(NamedTuple):
    """What `compute_accidental_hits` returns.

    Attributes:
      indices: int32 [hits], rows of `true_classes`.
      ids: int64 [hits], positions in `sampled_candidates`.
      weights: float32 [hits], the least number.
    """

    indices: Tensor
    ids: Tensor
    weights: Tensor


# -- ops -------------------------------------------------------------------------------------------


class _CandidateSampler(Op):
    """What the samplers share; attributes are those of each class."""

    inputs = "true_classes: int64"
    outputs = "sampled_candidates, true_expected_count, sampled_expected_count"
    stateful = True
    needs_context = True

    num_true: int
    num_sampled: int
    unique: bool
    seed: int
    seed2: int

    def infer(self, true_classes: TensorSpec) -> Sequence[TensorSpec]:
        for name in ("num_true", "num_sampled"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be positive, it is {getattr(self, name)}")
        check_true_classes(true_classes, self.num_true)
        batch = true_classes.shape[0].value if true_classes.shape.rank else None
        sampled = TensorShape.of((self.num_sampled,))
        return (
            TensorSpec(sampled, _int64),
            TensorSpec(TensorShape.of((batch, self.num_true)), _float32),
            TensorSpec(sampled, _float32),
        )


def check_true_classes(true_classes: TensorSpec, num_true: int) -> None:
    """Raise ValueError unless the classes may be a matrix of `num_true` columns."""
    check_rank("true_classes", true_classes, 2)
    if true_classes.shape.rank == 2 and true_classes.shape[1].value not in (None, num_true):
        raise ValueError(
            f"true_classes must have num_true = {num_true} columns, its shape is"
            f" {true_classes.shape}"
        )


class _RangeSampler(_CandidateSampler):
    """A sampler of the classes below `range_max`."""

    range_max: int

    distribution: ClassVar[type]

    def infer(self, true_classes: TensorSpec) -> Sequence[TensorSpec]:
        if self.range_max < 1:
            raise ValueError(f"range_max must be positive, it is {self.range_max}")
        return super().infer(true_classes)

    def sampler(self) -> sampling.Sampler:
        """The distribution of the classes."""
        self.check_enough(self.range_max)
        return self.distribution(self.range_max)  # type: ignore[no-any-return]

    def check_enough(self, available: int) -> None:
        """Raise InvalidArgumentError unless there are as many classes as must be drawn."""
        if self.unique and self.num_sampled > available:
            raise invalid(
                f"num_sampled is {self.num_sampled}, but only {available} unique classes can be"
                f" drawn: range_max is {self.range_max}"
            )

    def kernel(self, ctx: Context, true_classes: Array) -> tuple[Array, Array, Array]:
        check_in_range("true_classes", true_classes, self.range_max)
        state, sampler = ctx.state(lambda: (Philox(self.seed, self.seed2), self.sampler()))
        count = self.num_sampled
        drawn, tries = sampling.sample_batch(state, sampler, count, self.unique)
        expected = [
            sampling.expected_count(sampler, classes, count, tries)
            for classes in (true_classes, drawn)
        ]
        self.learn(sampler, true_classes)
        return drawn, expected[0], expected[1]

    def learn(self, sampler: Any, true_classes: Array) -> None:
        """Change the distribution after a batch."""

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        make: Any = cls
        classes = i64([[0, 3], [9, 2], [5, 5]])
        for unique in (True, False):
            yield Sample.of(make(2, 6, unique, 10, 3, 5), classes)
        yield Sample.of(make(1, 4, True, 4, 7, -2), i64([[3]]))
        yield Sample.of(make(1, 3, False, 1000, 7, 2), np.zeros((0, 1), np.int64))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        make: Any = cls
        one = i64([[1]])
        yield ErrorSample(make(1, 3, True, 10), (i64([1]),), "true_classes must be a matrix")
        yield ErrorSample(make(2, 3, True, 10), (one,), "must have num_true = 2 columns")
        yield ErrorSample(make(1, 0, True, 10), (one,), "num_sampled must be positive")
        yield ErrorSample(make(1, 3, True, 0), (one,), "range_max must be positive")
        yield ErrorSample(
            make(1, 3, True, 2), (one,), "only 2 unique classes", InvalidArgumentError, "run"
        )
        for outside in (10, -1):
            message = rf"true_classes\[0,0\] = {outside} is not in \[0, 10\)"
            yield ErrorSample(
                make(1, 3, True, 10), (i64([[outside]]),), message,
                InvalidArgumentError, "run",
            )  # fmt: skip


@register
class UniformCandidateSampler(_RangeSampler):
    """Classes from a uniform distribution."""

    num_true: int
    num_sampled: int
    unique: bool
    range_max: int
    seed: int = 0
    seed2: int = 0

    distribution = sampling.Uniform


@register
class LogUniformCandidateSampler(_RangeSampler):
    """Classes from a log-uniform distribution."""

    num_true: int
    num_sampled: int
    unique: bool
    range_max: int
    seed: int = 0
    seed2: int = 0

    distribution = sampling.LogUniform


class _LearnedUnigram(_RangeSampler):
    """Classes from the distribution of the true classes of earlier batches."""

    distribution = sampling.LearnedWeights

    def learn(self, sampler: Any, true_classes: Array) -> None:
        sampler.update(true_classes)


@register
class LearnedUnigramCandidateSampler(_LearnedUnigram):
    """Classes from a distribution that follows the true classes."""

    num_true: int
    num_sampled: int
    unique: bool
    range_max: int
    seed: int = 0
    seed2: int = 0


@register
class ThreadUnsafeUnigramCandidateSampler(_LearnedUnigram):
    """As `LearnedUnigramCandidateSampler`; TensorFlow's is for one thread only."""

    num_true: int
    num_sampled: int
    unique: bool
    range_max: int
    seed: int = 0
    seed2: int = 0


@register
class FixedUnigramCandidateSampler(_RangeSampler):
    """Classes from a distribution given by weights."""

    num_true: int
    num_sampled: int
    unique: bool
    range_max: int
    vocab_file: str = ""
    distortion: float = 1.0
    num_reserved_ids: int = 0
    num_shards: int = 1
    shard: int = 0
    unigrams: tuple[float, ...] = ()
    seed: int = 0
    seed2: int = 0

    distribution = sampling.FixedWeights

    def infer(self, true_classes: TensorSpec) -> Sequence[TensorSpec]:
        if not 0 <= self.shard < self.num_shards:
            raise ValueError(
                f"shard must be at least 0 and below num_shards: {self.shard} of {self.num_shards}"
            )
        if bool(self.vocab_file) == bool(self.unigrams):
            raise ValueError("give one of vocab_file and unigrams: the weights of the classes")
        return super().infer(true_classes)

    def sampler(self) -> sampling.Sampler:
        weights = self._weights()
        if weights.size != self.range_max:
            raise invalid(f"range_max is {self.range_max}, but there are {weights.size} weights")
        if not ((weights >= 0).all() and weights.sum() > 0):
            raise invalid("weights must not be negative, and some of them must be positive")
        self.check_enough(int(np.count_nonzero(weights)))
        return sampling.FixedWeights(weights)

    def _weights(self) -> Array:
        reserved = range(self.shard, self.num_reserved_ids, self.num_shards)
        given = _file_weights(self.vocab_file) if self.vocab_file else self.unigrams
        weights = np.asarray(given, np.float32) ** np.float32(self.distortion)
        # As in TensorFlow, the given classes are numbered from the number of reserved ones here.
        first = (self.shard - len(reserved)) % self.num_shards
        return np.concatenate(
            [np.zeros(len(reserved), np.float32), weights[first :: self.num_shards]]
        )

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        classes = i64([[0, 3], [4, 2], [4, 1]])
        weights = (1.0, 0.25, 7.5, 3.0, 2.0)
        for unique in (True, False):
            op = cls(2, 4, unique, 5, unigrams=weights, seed=3, seed2=5)
            yield Sample.of(op, classes)
        op = cls(2, 4, True, 8, "", 0.75, 3, unigrams=weights, seed=3, seed2=5)
        yield Sample.of(op, classes)
        op = cls(2, 4, False, 3, "", 0.75, 1, 2, 0, weights, 3, 5)
        yield Sample.of(op, classes % 3)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        one = i64([[1]])
        yield ErrorSample(cls(1, 2, True, 3), (one,), "one of vocab_file and unigrams")
        both = cls(1, 2, True, 3, "file", unigrams=(1.0,))
        yield ErrorSample(both, (one,), "one of vocab_file and unigrams")
        shards = cls(1, 2, True, 3, num_shards=2, shard=2, unigrams=(1.0,))
        yield ErrorSample(shards, (one,), "below num_shards: 2 of 2")
        few = cls(1, 2, True, 3, unigrams=(1.0, 2.0))
        yield ErrorSample(few, (one,), "there are 2 weights", InvalidArgumentError, "run")
        negative = cls(1, 2, True, 2, unigrams=(1.0, -2.0))
        yield ErrorSample(negative, (one,), "must not be negative", InvalidArgumentError, "run")
        zeros = cls(1, 2, True, 3, unigrams=(0.0, 2.0, 0.0))
        yield ErrorSample(zeros, (one,), "only 1 unique classes", InvalidArgumentError, "run")
        missing = cls(1, 2, True, 2, "/no such file")
        yield ErrorSample(missing, (one,), "no such file", NotFoundError, "run")


def _file_weights(path: str) -> list[float]:
    """The last column of each line of a file with commas between columns."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except FileNotFoundError as error:
        raise NotFoundError(None, None, f"vocab_file {path!r} does not exist") from error
    weights = []
    for number, line in enumerate(lines, 1):
        try:
            weights.append(float(line.rpartition(",")[2]))
        except ValueError as error:
            raise invalid(
                f"line {number} of vocab_file {path!r} does not end in a number: {line!r}"
            ) from error
    return weights


@register
class AllCandidateSampler(_CandidateSampler):
    """All classes, for tests."""

    num_true: int
    num_sampled: int
    unique: bool
    seed: int = 0
    seed2: int = 0

    def kernel(self, ctx: Context, true_classes: Array) -> tuple[Array, Array, Array]:
        check_in_range("true_classes", true_classes, self.num_sampled)
        ones = np.ones(self.num_sampled, np.float32)
        return np.arange(self.num_sampled), np.ones(true_classes.shape, np.float32), ones

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for unique in (True, False):
            yield Sample.of(cls(2, 6, unique), i64([[0, 3], [4, 2], [5, 5]]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(1, 3, True), (i64([1]),), "true_classes must be a matrix")
        yield ErrorSample(cls(0, 3, True), (i64([[1]]),), "num_true must be positive")


@register
class ComputeAccidentalHits(Op):
    """Where sampled candidates are true classes."""

    num_true: int
    seed: int = 0
    seed2: int = 0

    inputs = "true_classes: int64, sampled_candidates: int64"
    outputs = "indices, ids, weights"

    def infer(self, true_classes: TensorSpec, sampled_candidates: TensorSpec) -> Any:
        check_true_classes(true_classes, self.num_true)
        check_rank("sampled_candidates", sampled_candidates, 1)
        hits = TensorShape.of((None,))
        return TensorSpec(hits, _int32), TensorSpec(hits, _int64), TensorSpec(hits, _float32)

    def kernel(self, true_classes: Array, sampled_candidates: Array) -> tuple[Array, Array, Array]:
        # Of a candidate that was sampled several times, the last position counts.
        backwards = sampled_candidates[::-1]
        candidates, first = np.unique(backwards, return_index=True)
        positions = len(backwards) - 1 - first
        places: Array = np.searchsorted(candidates, true_classes)
        found: Array = places < candidates.size
        found[found] = candidates[places[found]] == true_classes[found]
        rows = np.nonzero(found)[0].astype(np.int32)
        ids = positions[places[found]].astype(np.int64)
        return rows, ids, np.full(rows.size, np.finfo(np.float32).min, np.float32)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        classes = i64([[1, 2], [0, 5], [2, 2], [7, -1]])
        yield Sample.of(cls(2), classes, i64([5, 2, 8, 2, 1]))
        yield Sample.of(cls(2, 3, 5), classes, np.zeros(0, np.int64))
        yield Sample.of(cls(1), i64([[4], [5]]), i64([5, 4]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(1), (i64([1]), i64([1])), "true_classes must be a matrix")
        yield ErrorSample(cls(1), (i64([[1, 2]]), i64([1])), "must have num_true = 1 columns")
        yield ErrorSample(cls(1), (i64([[1]]), i64([[1]])), "sampled_candidates must be a vector")


# -- functions -------------------------------------------------------------------------------------


def uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Sample classes from the uniform distribution on [0, range_max).

    Args:
      true_classes: int64 [batch, num_true], the classes of each example.
      num_true: the number of classes of an example.
      num_sampled: how many to sample, for all examples together.
      unique: whether to sample a class at most once; expected counts allow for that.
      range_max: the number of possible classes.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      `sampled_candidates` int64 [num_sampled], and how often each class is expected in a sample:
      `true_expected_count` float32 [batch, num_true], `sampled_expected_count` [num_sampled].

    Raises:
      ValueError: a number is not positive, or `true_classes` is no such matrix.
      tf.errors.InvalidArgumentError: (in a run) there are not so many unique classes, or a true
        class is out of range.

    >>> import graphflow as tf
    >>> classes = tf.constant([[2]], tf.int64)
    >>> candidates, expected, _ = tf.nn.uniform_candidate_sampler(classes, 1, 4, False, 10, seed=1)
    >>> tf.Session().run([candidates, expected])
    [array([1, 5, 1, 4]), array([[0.4]], dtype=float32)]
    """
    op = UniformCandidateSampler(num_true, num_sampled, unique, range_max, *op_seeds(seed))
    return SampledCandidates(*apply_multi(op, true_classes, name=name))


def log_uniform_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Sample classes from an approximately log-uniform (Zipfian) distribution.

    Class k has the probability `(log(k + 2) - log(k + 1)) / log(range_max + 1)`: it suits words in
    order of descending frequency.

    Args:
      true_classes: int64 [batch, num_true], the classes of each example.
      num_true: the number of classes of an example.
      num_sampled: how many to sample, for all examples together.
      unique: whether to sample a class at most once; expected counts allow for that.
      range_max: the number of possible classes.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      `sampled_candidates` int64 [num_sampled], and how often each class is expected in a sample:
      `true_expected_count` float32 [batch, num_true], `sampled_expected_count` [num_sampled].

    Raises:
      ValueError: a number is not positive, or `true_classes` is no such matrix.
      tf.errors.InvalidArgumentError: (in a run) there are not so many unique classes, or a true
        class is out of range.

    >>> import graphflow as tf
    >>> classes = tf.constant([[0], [6]], tf.int64)
    >>> _, expected, _ = tf.nn.log_uniform_candidate_sampler(classes, 1, 3, False, 7)
    >>> tf.Session().run(expected)  # 3 log(2) / log(8), 3 log(8/7) / log(8)
    array([[1.        ],
           [0.1926...]], dtype=float32)
    """
    op = LogUniformCandidateSampler(num_true, num_sampled, unique, range_max, *op_seeds(seed))
    return SampledCandidates(*apply_multi(op, true_classes, name=name))


def learned_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Sample classes from a distribution learned from the true classes.

    A class has a weight of 1 more than how often it was a true class in earlier runs of the
    session.

    Args:
      true_classes: int64 [batch, num_true], the classes of each example.
      num_true: the number of classes of an example.
      num_sampled: how many to sample, for all examples together.
      unique: whether to sample a class at most once; expected counts allow for that.
      range_max: the number of possible classes.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      `sampled_candidates` int64 [num_sampled], and how often each class is expected in a sample:
      `true_expected_count` float32 [batch, num_true], `sampled_expected_count` [num_sampled].

    Raises:
      ValueError: a number is not positive, or `true_classes` is no such matrix.
      tf.errors.InvalidArgumentError: (in a run) there are not so many unique classes, or a true
        class is out of range.

    >>> import graphflow as tf
    >>> classes = tf.constant([[2], [2]], tf.int64)
    >>> _, expected, _ = tf.nn.learned_unigram_candidate_sampler(classes, 1, 3, False, 4)
    >>> with tf.Session() as session:
    ...     print(session.run(expected).ravel(), session.run(expected).ravel())
    [0.75 0.75] [1.5 1.5]
    """
    op = LearnedUnigramCandidateSampler(num_true, num_sampled, unique, range_max, *op_seeds(seed))
    return SampledCandidates(*apply_multi(op, true_classes, name=name))


def fixed_unigram_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    range_max: int,
    vocab_file: str = "",
    distortion: float = 1.0,
    num_reserved_ids: int = 0,
    num_shards: int = 1,
    shard: int = 0,
    unigrams: Sequence[float] = (),
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Sample classes from a distribution given by weights, in a file or a list.

    Args:
      true_classes: int64 [batch, num_true], the classes of each example.
      num_true: the number of classes of an example.
      num_sampled: how many to sample, for all examples together.
      unique: whether to sample a class at most once; expected counts allow for that.
      range_max: the number of possible classes.
      vocab_file: a file with a line for each class, which ends in the class's weight after a comma.
      distortion: the power to which weights are raised: 0 for a uniform distribution.
      num_reserved_ids: how many classes come before those with weights, and are never sampled.
      num_shards: into how many parts the classes are divided.
      shard: which part is sampled here: every `num_shards`-th class.
      unigrams: the weights, in place of a file.
      seed: the seed of the operation, see `tf.set_random_seed`.
      name: the operation's name.

    Returns:
      `sampled_candidates` int64 [num_sampled], and how often each class is expected in a sample:
      `true_expected_count` float32 [batch, num_true], `sampled_expected_count` [num_sampled].

    Raises:
      ValueError: not one of `vocab_file` and `unigrams` is given; a number is not positive;
        `true_classes` is no such matrix.
      tf.errors.InvalidArgumentError: (in a run) there are not so many unique classes, or not
        `range_max` weights.
      tf.errors.NotFoundError: (in a run) there is no such file.

    >>> import graphflow as tf
    >>> classes = tf.constant([[0, 1]], tf.int64)
    >>> _, expected, _ = tf.nn.fixed_unigram_candidate_sampler(
    ...     classes, 2, 8, False, 2, unigrams=[1.0, 3.0])
    >>> tf.Session().run(expected)
    array([[2., 6.]], dtype=float32)
    """
    op = FixedUnigramCandidateSampler(
        num_true, num_sampled, unique, range_max, vocab_file, distortion, num_reserved_ids,
        num_shards, shard, tuple(map(float, unigrams)), *op_seeds(seed),
    )  # fmt: skip
    return SampledCandidates(*apply_multi(op, true_classes, name=name))


def all_candidate_sampler(
    true_classes: Any,
    num_true: int,
    num_sampled: int,
    unique: bool,
    seed: int | None = None,
    name: str | None = None,
) -> SampledCandidates:
    """Return all classes, to compare a sampled loss with one of all classes.

    Args:
      true_classes: int64 [batch, num_true], the classes of each example.
      num_true: the number of classes of an example.
      num_sampled: the number of possible classes.
      unique: without effect.
      seed: without effect.
      name: the operation's name.

    Returns:
      `sampled_candidates` int64 [num_sampled] from 0 on, and counts of 1:
      `true_expected_count` float32 [batch, num_true], `sampled_expected_count` [num_sampled].

    Raises:
      ValueError: a number is not positive, or `true_classes` is no such matrix.

    >>> import graphflow as tf
    >>> candidates, _, _ = tf.nn.all_candidate_sampler(tf.constant([[2]], tf.int64), 1, 4, True)
    >>> tf.Session().run(candidates)
    array([0, 1, 2, 3])
    """
    op = AllCandidateSampler(num_true, num_sampled, unique, *op_seeds(seed))
    return SampledCandidates(*apply_multi(op, true_classes, name=name))


def compute_accidental_hits(
    true_classes: Any,
    sampled_candidates: Any,
    num_true: int,
    seed: int | None = None,
    name: str | None = None,
) -> AccidentalHits:
    """Find the sampled candidates that are a true class of an example.

    Args:
      true_classes: int64 [batch, num_true].
      sampled_candidates: int64 [num_sampled].
      num_true: the number of classes of an example.
      seed: without effect.
      name: the operation's name.

    Returns:
      For each hit the example, int32 [hits], the position of the candidate, int64 [hits], and the
      least float32 number, [hits]: added to the candidate's logit it takes the candidate out.

    Raises:
      ValueError: the inputs are no such matrix and vector.

    >>> import graphflow as tf
    >>> classes = tf.constant([[7, 2], [5, 4]], tf.int64)
    >>> indices, ids, _ = tf.nn.compute_accidental_hits(classes, tf.constant([4, 2], tf.int64), 2)
    >>> tf.Session().run([indices, ids])
    [array([0, 1], dtype=int32), array([1, 0])]
    """
    op = ComputeAccidentalHits(num_true, *op_seeds(seed))
    return AccidentalHits(*apply_multi(op, true_classes, sampled_candidates, name=name))
