"""Batches of similar examples: each example goes into a bucket, and each batch comes from one."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int32
from graphflow.core.errors import CancelledError, OutOfRangeError
from graphflow.core.graph import at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.queues.base import QueueBase
from graphflow.queues.kinds import FIFOQueue, PaddingFIFOQueue
from graphflow.queues.runner import QueueRunner, add_queue_runner

_END_OF_DATA = (OutOfRangeError, CancelledError)


def bucket(
    tensors: Any,
    which_bucket: Any,
    batch_size: Any,
    num_buckets: int,
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Put examples into buckets, and return batches each of which comes from one bucket.

    Queue runners do this: see `tf.train.start_queue_runners`.

    Args:
      tensors: one example, a list or dictionary of tensors.
      which_bucket: the number of its bucket, an int32 scalar.
      batch_size: the size of batches, or a list of those, one for each bucket.
      num_buckets: the number of buckets.
      num_threads: how many threads put examples into buckets.
      capacity: how many batches are kept.
      bucket_capacities: how many examples each bucket holds, `capacity` by default.
      shapes: the shapes of an example's tensors, by default what is known of them.
      dynamic_pad: whether sizes that are not known may differ within a batch, which is then padded.
      allow_smaller_final_batch: whether what is left in a bucket at the end is a batch too.
      keep_input: a bool scalar, whether the example is used at all.
      shared_name: the name under which sessions share the queues.
      name: name scope of the operations, "bucket" by default.

    Returns:
      The number of the bucket, and a batch of the form of `tensors`.

    Raises:
      ValueError: numbers of buckets, sizes or capacities do not fit, or shapes are not known.
    """
    names = sorted(tensors) if isinstance(tensors, Mapping) else None
    values = [tensors[key] for key in names] if names is not None else list(tensors)
    with name_scope(name, "bucket", values):
        values = [convert_to_tensor(value) for value in values]
        sizes = _for_each("batch_size", batch_size, num_buckets)
        room = _for_each("bucket_capacities", bucket_capacities or capacity, num_buckets)
        known = [value.shape for value in values] if shapes is None else list(map(as_shape, shapes))
        dtypes = [value.dtype.base_dtype for value in values]
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        buckets: list[QueueBase] = [
            kind(size, dtypes, known, shared_name=_part(shared_name, index), name=f"bucket_{index}")
            for index, size in enumerate(room)
        ]
        is_fixed = not allow_smaller_final_batch and len(set(map(str, sizes))) == 1
        of_batch = sizes[0] if is_fixed and isinstance(sizes[0], int) else None
        top = PaddingFIFOQueue(
            capacity,
            [int32, *dtypes],
            [TensorShape([]), *[TensorShape([of_batch]).concatenate(shape) for shape in known]],
            shared_name=_part(shared_name, "top"),
            name="top_queue",
        )
        _fill_buckets(buckets, which_bucket, values, keep_input, num_threads)
        _fill_top(top, buckets, sizes, allow_smaller_final_batch)
        number, *batch = top.dequeue(name="dequeue_top")
    return number, dict(zip(names, batch, strict=True)) if names is not None else batch


def _for_each(argument: str, value: Any, num_buckets: int) -> list[Any]:
    """A value for each bucket, given as a list or as one for all."""
    if num_buckets < 2:
        raise ValueError(f"there must be two or more buckets, not {num_buckets}")
    if not isinstance(value, (list, tuple)):
        return [value] * num_buckets
    if len(value) != num_buckets:
        raise ValueError(f"{argument} has {len(value)} items for {num_buckets} buckets")
    return list(value)


def _part(shared_name: str | None, part: Any) -> str | None:
    return None if shared_name is None else f"{shared_name}_{part}"


def _fill_buckets(
    buckets: list[QueueBase], which: Any, values: list[Any], keep_input: Any, num_threads: int
) -> None:
    def into_its_bucket() -> Any:
        enqueues = [
            ops.cond(ops.equal(which, index), functools.partial(queue.enqueue, values), ops.no_op)
            for index, queue in enumerate(buckets)
        ]
        return ops.group(*enqueues, name="group_enqueues")

    keep: Any = convert_to_tensor(keep_input)
    fill = (
        into_its_bucket()
        if keep.constant_value() is not None and keep.constant_value()
        else ops.cond(keep, into_its_bucket, ops.no_op)
    )
    add_queue_runner(
        QueueRunner(
            buckets[0],
            [fill] * num_threads,
            close_op=ops.group(*[queue.close() for queue in buckets]),
            cancel_op=ops.group(*[queue.close(cancel_pending_enqueues=True) for queue in buckets]),
            queue_closed_exception_types=_END_OF_DATA,
        )
    )


def _fill_top(
    top: QueueBase, buckets: list[QueueBase], sizes: list[Any], allows_smaller: bool
) -> None:
    moves = []
    for index, (queue, size) in enumerate(zip(buckets, sizes, strict=True)):
        take = queue.dequeue_up_to if allows_smaller else queue.dequeue_many
        taken = take(size, name=f"read_bucket_{index}")
        batch = taken if isinstance(taken, list) else [taken]
        number = ops.constant(index, int32)
        moves.append(top.enqueue([number, *batch], name=f"enqueue_from_bucket_{index}"))
    add_queue_runner(QueueRunner(top, moves, queue_closed_exception_types=_END_OF_DATA))


def bucket_by_sequence_length(
    input_length: Any,
    tensors: Any,
    batch_size: Any,
    bucket_boundaries: Sequence[int],
    num_threads: int = 1,
    capacity: int = 32,
    bucket_capacities: Sequence[int] | None = None,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    keep_input: Any = True,
    shared_name: str | None = None,
    name: str | None = None,
) -> tuple[Any, Any]:
    """Return batches of sequences of similar length.

    Args:
      input_length: the length of the sequence, an int32 scalar.
      tensors: one example, a list or dictionary of tensors.
      batch_size: the size of batches, or a list of those, one for each bucket.
      bucket_boundaries: increasing lengths: sequences shorter than the first one are in the first
        bucket, and so on; there is one bucket more.
      num_threads: see `bucket`.
      capacity: see `bucket`.
      bucket_capacities: see `bucket`.
      shapes: see `bucket`.
      dynamic_pad: whether shorter sequences of a batch are padded.
      allow_smaller_final_batch: see `bucket`.
      keep_input: see `bucket`.
      shared_name: see `bucket`.
      name: name scope of the operations, "bucket_by_sequence_length" by default.

    Returns:
      The lengths of the sequences of a batch, and the batch of the form of `tensors`.

    Raises:
      TypeError: boundaries are no list of integers.
      ValueError: they are missing or do not increase; or as for `bucket`.
    """
    _check_boundaries(bucket_boundaries)
    names = sorted(tensors) if isinstance(tensors, Mapping) else None
    values = [tensors[key] for key in names] if names is not None else list(tensors)
    with name_scope(name, "bucket_by_sequence_length", [input_length, *values]):
        length: Any = ops.cast(input_length, "int32")
        is_beyond = ops.less_equal(list(bucket_boundaries), length)
        which = ops.reduce_sum(ops.cast(is_beyond, "int32"))
        _, (lengths, *batch) = bucket(
            [length, *values],
            which,
            batch_size,
            len(bucket_boundaries) + 1,
            num_threads,
            capacity,
            bucket_capacities,
            None if shapes is None else [TensorShape([]), *shapes],
            dynamic_pad,
            allow_smaller_final_batch,
            keep_input,
            shared_name,
        )
    return lengths, dict(zip(names, batch, strict=True)) if names is not None else batch


def _check_boundaries(boundaries: Any) -> None:
    if not isinstance(boundaries, (list, tuple)):
        raise TypeError(f"bucket_boundaries is a list of integers, not {boundaries!r}")
    if not boundaries:
        raise ValueError(f"bucket_boundaries is empty{at_user_line()}")
    if not all(isinstance(item, int) for item in boundaries):
        raise TypeError(f"bucket_boundaries is a list of integers, not {list(boundaries)}")
    if any(one >= other for one, other in itertools.pairwise(boundaries)):
        raise ValueError(f"bucket_boundaries must increase: {list(boundaries)}{at_user_line()}")
