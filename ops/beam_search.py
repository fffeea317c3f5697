"""Back through the steps of a beam search: which tokens make up each of the final beams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.dtypes import dtype_set
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, i32, invalid

__all__ = ["GatherTree", "gather_tree"]


@register
class GatherTree(Op):
    """Full beams from the tokens of single steps and the beams that these continue."""

    inputs = "step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T"
    outputs = "beams"
    types = {"T": dtype_set("int32")}

    def infer(
        self,
        step_ids: TensorSpec,
        parent_ids: TensorSpec,
        max_sequence_lengths: TensorSpec,
        end_token: TensorSpec,
    ) -> TensorSpec:
        check_rank("step_ids", step_ids, 3)
        check_rank("parent_ids", parent_ids, 3)
        check_rank("max_sequence_lengths", max_sequence_lengths, 1)
        check_rank("end_token", end_token, 0)
        try:
            shape = TensorShape([None] * 3).merge_with(step_ids.shape).merge_with(parent_ids.shape)
        except ValueError as error:
            raise ValueError(
                f"step_ids and parent_ids must have one shape, not {step_ids.shape} and "
                f"{parent_ids.shape}"
            ) from error
        steps, batch, beams = shape.as_list()
        try:
            lengths = TensorShape([batch]).merge_with(max_sequence_lengths.shape)
        except ValueError as error:
            raise ValueError(
                f"max_sequence_lengths must have one length for each of {batch} examples, it has "
                f"shape {max_sequence_lengths.shape}"
            ) from error
        return TensorSpec(TensorShape([steps, *lengths.as_list(), beams]), step_ids.dtype)

    def kernel(
        self, step_ids: Array, parent_ids: Array, max_sequence_lengths: Array, end_token: Array
    ) -> Array:
        steps, batch, width = step_ids.shape
        beams = np.full(step_ids.shape, end_token, step_ids.dtype)
        lengths = np.minimum(max_sequence_lengths, steps)
        rows = np.arange(batch)[:, None]
        # The beam of the last step that each final beam leads back to.
        at = np.broadcast_to(np.arange(width), (batch, width))
        for time in range(steps - 1, -1, -1):
            is_inside = (time < lengths)[:, None]
            beams[time] = np.where(is_inside, step_ids[time, rows, at], end_token)
            parents = parent_ids[time, rows, at]
            if time > 0:
                _check_parents(parents, is_inside, time)
            at = np.where(is_inside, parents, at) if time > 0 else at
        ended = np.logical_or.accumulate(beams == end_token, axis=0)
        beams[ended] = end_token
        return beams

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        note = "an op of TensorFlow's contrib"
        ids = i32([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]], [[-1, -1, -1]]])
        parents = i32([[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]], [[-1, -1, -1]]])
        yield Sample.of(cls(), ids, parents, i32([3]), np.int32(10), oracle=False, note=note)
        random = np.random.RandomState(7)
        ids = random.randint(0, 6, (5, 4, 2)).astype(np.int32)
        parents = random.randint(0, 2, (5, 4, 2)).astype(np.int32)
        lengths = i32([5, 0, 3, 9])
        yield Sample.of(cls(), ids, parents, lengths, np.int32(4), oracle=False, note=note)
        none = np.zeros((0, 2, 3), np.int32)
        yield Sample.of(cls(), none, none, i32([1, 2]), np.int32(4), oracle=False, note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        ids, lengths, end = np.zeros((2, 1, 3), np.int32), i32([2]), np.int32(7)
        yield ErrorSample(cls(), (ids[0], ids, lengths, end), "step_ids must be of rank 3")
        yield ErrorSample(cls(), (ids, ids[:1], lengths, end), "must have one shape")
        yield ErrorSample(cls(), (ids, ids, i32([2, 2]), end), "one length for each of 1 examples")
        yield ErrorSample(cls(), (ids, ids, lengths, lengths), "end_token must be a scalar")
        message = r"beam 1 .*time 1, example 0.* parent 3.* 0 to 2"
        wrong = i32([[[0, 0, 0]], [[0, 3, 0]]])
        yield ErrorSample(cls(), (ids, wrong, lengths, end), message, InvalidArgumentError, "run")


def _check_parents(parents: Array, is_inside: Array, time: int) -> None:
    width = parents.shape[1]
    is_wrong = is_inside & ((parents < 0) | (parents >= width))
    if is_wrong.any():
        example, beam = np.argwhere(is_wrong)[0].tolist()
        raise invalid(
            f"what final beam {beam} leads back to at time {time}, example {example} has parent "
            f"{parents[example, beam]}: parents must be beams, 0 to {width - 1}"
        )


def gather_tree(
    step_ids: Any,
    parent_ids: Any,
    max_sequence_lengths: Any,
    end_token: Any,
    name: str | None = None,
) -> Tensor:
    """Return full beams from the tokens of single steps.

    A beam search keeps, at each step, a token for each beam and the beam of the step before that
    the token continues.  From the last step of each example back, that gives the tokens of each
    final beam; after the first `end_token` of a beam and after the example's length all are
    `end_token`.

    Args:
      step_ids: int32 [max_time, batch, beams], the tokens.
      parent_ids: int32 of the same shape, the beams that they continue.
      max_sequence_lengths: int32 [batch], the number of steps of each example.
      end_token: int32, a scalar.
      name: the operation's name.

    Returns:
      int32 [max_time, batch, beams], the tokens of each beam.

    Raises:
      ValueError: shapes do not fit.
      tf.errors.InvalidArgumentError: (in a run) a parent is no beam.

    >>> import graphflow as tf
    >>> ids = [[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]]]
    >>> parents = [[[0, 0, 0]], [[0, 1, 1]], [[2, 1, 2]]]
    >>> beams = tf.contrib.seq2seq.gather_tree(ids, parents, [3], end_token=10)
    >>> tf.Session().run(beams)[:, 0, :]
    array([[2, 2, 2],
           [6, 5, 6],
           [7, 8, 9]], dtype=int32)
    """
    return apply(GatherTree(), step_ids, parent_ids, max_sequence_lengths, end_token, name=name)
