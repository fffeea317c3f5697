"""How far sequences are from one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import NUMERIC, dtype_set, float32 as _float32
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec, unknown_shape
from graphflow.ops._sparse import (
    check_parts,
    is_increasing,
    known_sizes,
    parts_of,
    row_major,
    to_sparse,
)
from graphflow.ops._static import f32, i32, i64, invalid
from graphflow.ops.kernels.edit_distance import edit_distances
from graphflow.ops.kernels.sequences import padded

__all__ = ["EditDistance", "edit_distance"]


@register
class EditDistance(Op):
    """Levenshtein distances along the last axis of two sparse tensors."""

    normalize: bool = True

    inputs = (
        "hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, "
        "truth_indices: int64, truth_values: T, truth_shape: int64"
    )
    types = {"T": NUMERIC | dtype_set("bool string")}
    differentiable = False

    def infer(self, *specs: TensorSpec) -> TensorSpec:
        _, first = check_parts(specs[:3], "hypothesis_")
        _, second = check_parts(specs[3:], "truth_")
        if first is not None and second is not None and first != second:
            raise ValueError(f"hypothesis and truth must have one rank, not {first} and {second}")
        rank = second if first is None else first
        if rank is None:
            return TensorSpec(TensorShape.of(None), _float32)
        if rank < 2:
            raise ValueError(f"hypothesis and truth must have at least 2 axes, they have {rank}")
        sizes, others = known_sizes(specs[2]), known_sizes(specs[5])
        if sizes is None or others is None:
            return TensorSpec(unknown_shape(rank - 1), _float32)
        known = tuple(
            None if size is None or other is None else max(size, other)
            for size, other in zip(sizes[:-1], others[:-1], strict=True)
        )
        return TensorSpec(TensorShape.of(known), _float32)

    def kernel(self, *parts: Array) -> Array:
        sizes = np.maximum(parts[2], parts[5])[:-1]
        count = int(np.prod(sizes))
        first, first_lengths = self._sequences("hypothesis", parts[:3], sizes, count)
        second, second_lengths = self._sequences("truth", parts[3:], sizes, count)
        distance: Array = edit_distances(first, first_lengths, second, second_lengths)
        distance = distance.astype(np.float32)
        if self.normalize:
            with np.errstate(divide="ignore", invalid="ignore"):
                distance = distance / second_lengths.astype(np.float32)
            distance[(first_lengths == 0) & (second_lengths == 0)] = 0
        return distance.reshape(tuple(sizes.tolist()))

    @staticmethod
    def _sequences(
        name: str, parts: tuple[Array, ...], sizes: Array, count: int
    ) -> tuple[Array, Array]:
        indices, values, _ = parts
        rows = row_major(indices[:, :-1], sizes)
        if not is_increasing(rows):
            raise invalid(f"{name} is out of order: sort it with tf.sparse.reorder")
        return padded(rows, np.asarray(values), count)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        first = i64([[0, 0], [0, 1], [0, 2], [1, 0], [3, 0]])
        second = i64([[0, 0], [0, 1], [1, 0], [1, 1], [1, 2], [2, 0]])
        numbers = i32([5, 6, 7, 5, 6, 5, 7])
        kinds = (np.int64, np.float32, np.float64, np.uint8, np.complex64)
        words = np.asarray([b"5", b"6", b"7", b"5", b"6", b"5", b"7"], object)
        for values in (numbers, words, numbers > 5, *map(numbers.astype, kinds)):
            inputs = (first, values[:5], i64([4, 3]), second, values[1:], i64([4, 4]))
            yield Sample.of(cls(values is not words), *inputs)
        yield Sample.of(cls(), *inputs[:2], i64([4, 3]), *inputs[3:5], i64([6, 3]))
        cube = i64([[0, 0, 0], [1, 0, 0], [1, 1, 1]])
        nan = f32([1, np.nan, 2])
        yield Sample.of(cls(), cube, nan, i64([2, 2, 2]), cube[:2], nan[:2], i64([2, 3, 1]))
        none, nothing = np.zeros((0, 2), np.int64), np.zeros(0, np.int32)
        yield Sample.of(cls(), none, nothing, i64([2, 1]), none, nothing, i64([2, 0]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        at, values, shape = i64([[0, 0], [1, 0]]), i32([1, 2]), i64([2, 1])
        good = (at, values, shape)
        yield ErrorSample(cls(), (at[:, 0], values, shape, *good), "hypothesis_indices must be")
        cube = (np.zeros((2, 3), np.int64), values, i64([1, 1, 1]))
        yield ErrorSample(cls(), (*good, *cube), "must have one rank, not 2 and 3")
        line = (at[:, :1], values, i64([2]))
        yield ErrorSample(cls(), (*line, *line), "at least 2 axes")
        for broken, message in (
            ((at[::-1], values), "out of order"),
            ((at + 2, values), "outside"),
        ):
            yield ErrorSample(cls(), (*good, *broken, shape), message, InvalidArgumentError, "run")


def edit_distance(
    hypothesis: Any, truth: Any, normalize: bool = True, name: str = "edit_distance"
) -> Tensor:
    """Return the Levenshtein distances between sequences.

    It is the number of elements to insert, delete or replace to make the truth of the hypothesis.

    Args:
      hypothesis: `SparseTensor` [d_0, ..., d_n, longest] with a sequence along the last axis; empty
        places in it do not count.
      truth: `SparseTensor` of the same dtype and rank.
      normalize: whether to divide by the length of the true sequence: the distance from an empty
        one is then infinite, or 0 if the hypothesis is empty too.
      name: the operation's name.

    Returns:
      float32 [d_0, ..., d_n], where each size is the larger one of the two tensors.

    Raises:
      TypeError: they are no `SparseTensor`s of one dtype.
      ValueError: their ranks differ.
      tf.errors.InvalidArgumentError: (in a run) one is out of order.

    >>> import graphflow as tf
    >>> hypothesis = tf.SparseTensor([[0, 0], [1, 0]], ["a", "b"], [2, 1])
    >>> truth = tf.SparseTensor([[0, 0], [0, 1], [1, 0], [1, 1]], ["a", "c", "d", "e"], [2, 2])
    >>> tf.Session().run(tf.edit_distance(hypothesis, truth, normalize=False))
    array([1., 2.], dtype=float32)
    """
    sparse = (to_sparse(hypothesis, "hypothesis"), to_sparse(truth, "truth"))
    parts = [part for tensor in sparse for part in parts_of(tensor)]
    return apply(EditDistance(normalize), *parts, name=name)
