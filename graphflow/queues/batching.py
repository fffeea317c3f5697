"""Batches of single examples, gathered by threads in a queue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape
from graphflow.queues.base import QueueBase
from graphflow.queues.fullness import summarize_size
from graphflow.queues.kinds import FIFOQueue, PaddingFIFOQueue, RandomShuffleQueue
from graphflow.queues.runner import QueueRunner, add_queue_runner


class _QueueKind(NamedTuple):
    """Makes a queue for some dtypes and shapes, and adds a summary of how full it is."""

    make: Callable[[list[DType], Any], QueueBase]
    summarize: Callable[[QueueBase], None]


class _SparseInfo(NamedTuple):
    """How to restore a sparse tensor that was stored as strings."""

    dtype: DType
    rank: int | None


class _Options(NamedTuple):
    """What all functions of this file have in common."""

    batch_size: Any
    enqueue_many: bool
    shapes: Any
    allow_smaller_final_batch: bool
    name: str | None


def _assembled(
    examples: Sequence[Any],
    keep_input: Any,
    num_threads: int,
    kind: _QueueKind,
    options: _Options,
    default_name: str,
) -> Any:
    """Return batches of examples.

    Args:
      examples: one or more examples, each a list or dictionary of tensors, all of one structure;
        each is put into the queue by an operation of its own.
      keep_input: a bool tensor: whether to put them in.
      num_threads: how many threads run each of these operations.
      kind: makes the queue.
      options: the rest.
      default_name: the name if none is given.
    """
    lists = [_as_list(example) for example in examples]
    many = options.enqueue_many
    with name_scope(options.name, default_name, [*chain(*lists), keep_input]) as scope:
        tensors = [[_converted(value) for value in values] for values in lists]
        keep = _checked_keep(keep_input, many)
        infos = [_sparse_info(value, many) for value in tensors[0]]
        stored = [[_stored(value, many) for value in values] for values in tensors]
        queue = kind.make(_dtypes(stored), _shapes(stored, options.shapes, many))
        fill = [_enqueue(queue, values, keep, many) for values in stored]
        add_queue_runner(QueueRunner(queue, fill * num_threads))
        kind.summarize(queue)
        take = queue.dequeue_up_to if options.allow_smaller_final_batch else queue.dequeue_many
        taken = take(options.batch_size, name=scope)
        parts = taken if isinstance(taken, list) else [taken]
        restored = [_restored(part, info) for part, info in zip(parts, infos, strict=True)]
    if isinstance(examples[0], Mapping):
        return dict(zip(sorted(examples[0]), restored, strict=True))
    return restored if isinstance(taken, list) else restored[0]


def _as_list(example: Any) -> list[Any]:
    """The tensors of an example, those of a dictionary in the order of its keys."""
    values: list[Any]
    if isinstance(example, Mapping):
        values = [example[key] for key in sorted(example)]
    elif isinstance(example, (Tensor, SparseTensor)) or not hasattr(example, "__iter__"):
        raise TypeError(f"an example must be a list or a dictionary of tensors, not {example!r}")
    else:
        values = list(example)
    if not values:
        raise ValueError("an example must have at least one tensor")
    return values


def _converted(value: Any) -> Any:
    return value if isinstance(value, SparseTensor) else convert_to_tensor(value)


def _checked_keep(keep_input: Any, enqueue_many: bool) -> Tensor:
    keep: Tensor = convert_to_tensor(keep_input)
    rank = keep.shape.rank
    if rank is None:
        raise ValueError("`keep_input` dimensions must be known at graph construction.")
    if rank > 1:
        raise ValueError(f"`keep_input` must be a scalar or a vector, it has shape {keep.shape}")
    if rank == 1 and not enqueue_many:
        raise ValueError("`keep_input` cannot be a vector when `enqueue_many=False`.")
    return keep


def _sparse_info(value: Any, enqueue_many: bool) -> _SparseInfo | None:
    if not isinstance(value, SparseTensor):
        return None
    rank = value.dense_shape.shape.with_rank(1)[0].value
    if rank is not None and not enqueue_many:
        rank += 1
    return _SparseInfo(value.dtype, rank)


def _stored(value: Any, enqueue_many: bool) -> Tensor:
    """A tensor as the queue keeps it: a sparse one as three strings."""
    if not isinstance(value, SparseTensor):
        return value  # type: ignore[no-any-return]
    return ops.serialize_many_sparse(value) if enqueue_many else ops.serialize_sparse(value)


def _restored(value: Tensor, info: _SparseInfo | None) -> Any:
    if info is None:
        return value
    return ops.deserialize_many_sparse(value, info.dtype, info.rank)


def _dtypes(lists: Sequence[Sequence[Tensor]]) -> list[DType]:
    first = [tensor.dtype.base_dtype for tensor in lists[0]]
    for values in lists[1:]:
        found = [tensor.dtype.base_dtype for tensor in values]
        if found != first:
            raise TypeError(
                f"all examples must have the same dtypes: {[t.name for t in first]} and "
                f"{[t.name for t in found]} differ"
            )
    return first


def _shapes(lists: Sequence[Sequence[Tensor]], shapes: Any, enqueue_many: bool) -> Any:
    """The shapes of the queue's components: those given, or what all examples have in common."""
    if shapes is not None:
        return shapes
    found = []
    for candidates in zip(*lists, strict=True):
        common = TensorShape(None)
        for tensor in candidates:
            if tensor.shape.rank is None:
                raise ValueError(f"the rank of {tensor!r} must be known: give shapes")
            shape = tensor.shape.with_rank_at_least(1)[1:] if enqueue_many else tensor.shape
            common = common.merge_with(shape)
        found.append(common)
    return found


def _enqueue(queue: QueueBase, tensors: list[Tensor], keep: Tensor, many: bool) -> Any:
    """The operation that puts an example in, if it is to be kept."""
    enqueue = queue.enqueue_many if many else queue.enqueue
    if keep.shape.rank == 1:
        kept = ops.where(keep)[:, 0]
        return enqueue([ops.gather(tensor, kept) for tensor in tensors])
    is_kept = keep.constant_value()
    if is_kept is None:
        return ops.cond(keep, lambda: enqueue(tensors), ops.no_op)
    return enqueue(tensors) if is_kept else ops.no_op()


def _in_order(capacity: int, dynamic_pad: bool, shared_name: str | None) -> _QueueKind:
    queue_class = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    name = f"fraction_of_{capacity}_full"
    return _QueueKind(
        lambda dtypes, shapes: queue_class(capacity, dtypes, shapes, shared_name=shared_name),
        lambda queue: summarize_size(name, queue.size(), capacity),
    )


def _shuffled(
    capacity: int, min_after_dequeue: int, seed: int | None, shared_name: str | None
) -> _QueueKind:
    if capacity <= min_after_dequeue:
        raise ValueError(
            f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}."
            f"{at_user_line()}"
        )
    span = capacity - min_after_dequeue
    name = f"fraction_over_{min_after_dequeue}_of_{span}_full"
    return _QueueKind(
        lambda dtypes, shapes: RandomShuffleQueue(
            capacity, min_after_dequeue, dtypes, shapes, seed=seed, shared_name=shared_name
        ),
        lambda queue: summarize_size(name, ops.maximum(0, queue.size() - min_after_dequeue), span),
    )


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather examples in batches, by a queue that threads fill; adds a `QueueRunner`.

    Args:
      tensors: an example: a list or dictionary of tensors, which differ from run to run.  Sparse
        tensors may be among them.
      batch_size: int32 scalar, how many examples a batch has.
      num_threads: how many threads evaluate `tensors`; with several the order is open.
      capacity: how many examples the queue holds.
      enqueue_many: whether `tensors` are many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      dynamic_pad: whether the tensors of a batch are padded to one size; else they must have one.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      A list or dictionary of tensors [batch_size, ...] like `tensors`; the tensor itself if a list
      has only one.

    Raises:
      ValueError: a shape is not known.

    >>> import graphflow as tf
    >>> number = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    >>> squares = tf.train.batch([number, number ** 2], 3, allow_smaller_final_batch=True)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     threads = tf.train.start_queue_runners()
    ...     for _ in range(2):
    ...         print(*sess.run(squares))
    [0 1 2] [0 1 4]
    [3 4] [ 9 16]
    """
    return maybe_batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather those examples in batches that are to be kept, see `batch`.

    Args:
      tensors: an example, or many.
      keep_input: bool scalar, whether to keep it; with `enqueue_many` maybe a vector.
      batch_size: int32 scalar, how many examples a batch has.
      num_threads: how many threads evaluate `tensors`.
      capacity: how many examples the queue holds.
      enqueue_many: whether `tensors` are many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      dynamic_pad: whether the tensors of a batch are padded to one size.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known, or `keep_input` is a vector without `enqueue_many`.

    >>> import graphflow as tf
    >>> number = tf.train.range_input_producer(100, shuffle=False).dequeue()
    >>> odd = tf.train.maybe_batch([number], tf.equal(number % 2, 1), 4)
    >>> with tf.Session() as sess:
    ...     threads = tf.train.start_queue_runners()
    ...     print(sess.run(odd))
    [1 3 5 7]
    """
    options = _Options(batch_size, enqueue_many, shapes, allow_smaller_final_batch, name)
    kind = _in_order(capacity, dynamic_pad, shared_name)
    return _assembled([tensors], keep_input, num_threads, kind, options, "batch")


def batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather examples of several sources in batches, with a thread for each; see `batch`.

    Args:
      tensors_list: a list of examples, each a list or dictionary of tensors.
      batch_size: int32 scalar, how many examples a batch has.
      capacity: how many examples the queue holds.
      enqueue_many: whether each is many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      dynamic_pad: whether the tensors of a batch are padded to one size.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known, or shapes differ.
      TypeError: dtypes differ.
    """
    return maybe_batch_join(
        tensors_list, True, batch_size, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_batch_join(
    tensors_list: Sequence[Any],
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather those examples of several sources in batches that are to be kept, see `batch_join`.

    Args:
      tensors_list: a list of examples, each a list or dictionary of tensors.
      keep_input: bool scalar, whether to keep them; with `enqueue_many` maybe a vector.
      batch_size: int32 scalar, how many examples a batch has.
      capacity: how many examples the queue holds.
      enqueue_many: whether each is many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      dynamic_pad: whether the tensors of a batch are padded to one size.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known, or shapes differ.
      TypeError: dtypes differ.
    """
    options = _Options(batch_size, enqueue_many, shapes, allow_smaller_final_batch, name)
    kind = _in_order(capacity, dynamic_pad, shared_name)
    return _assembled(tensors_list, keep_input, 1, kind, options, "batch_join")


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather examples in batches in random order, see `batch`; adds a `QueueRunner`.

    Args:
      tensors: an example: a list or dictionary of tensors, which differ from run to run.
      batch_size: int32 scalar, how many examples a batch has.
      capacity: how many examples the queue holds.
      min_after_dequeue: how many of them must stay, to choose from.
      num_threads: how many threads evaluate `tensors`.
      seed: the seed of the order.
      enqueue_many: whether `tensors` are many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known.

    >>> import graphflow as tf
    >>> number = tf.train.range_input_producer(6, num_epochs=1).dequeue()
    >>> six = tf.train.shuffle_batch({"number": number}, 6, capacity=10, min_after_dequeue=3)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     threads = tf.train.start_queue_runners()
    ...     print(sorted(sess.run(six)["number"].tolist()))
    [0, 1, 2, 3, 4, 5]
    """
    return maybe_shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many,
        shapes, allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather those examples in batches in random order that are to be kept, see `shuffle_batch`.

    Args:
      tensors: an example, or many.
      batch_size: int32 scalar, how many examples a batch has.
      capacity: how many examples the queue holds.
      min_after_dequeue: how many of them must stay, to choose from.
      keep_input: bool scalar, whether to keep it; with `enqueue_many` maybe a vector.
      num_threads: how many threads evaluate `tensors`.
      seed: the seed of the order.
      enqueue_many: whether `tensors` are many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known, or `keep_input` is a vector without `enqueue_many`.
    """
    options = _Options(batch_size, enqueue_many, shapes, allow_smaller_final_batch, name)
    kind = _shuffled(capacity, min_after_dequeue, seed, shared_name)
    return _assembled([tensors], keep_input, num_threads, kind, options, "shuffle_batch")


def shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather examples of several sources in batches in random order, with a thread for each.

    Args:
      tensors_list: a list of examples, each a list or dictionary of tensors.
      batch_size: int32 scalar, how many examples a batch has.
      capacity: how many examples the queue holds.
      min_after_dequeue: how many of them must stay, to choose from.
      seed: the seed of the order.
      enqueue_many: whether each is many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known, or shapes differ.
      TypeError: dtypes differ.
    """
    return maybe_shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Gather those examples of several sources in batches in random order that are to be kept.

    Args:
      tensors_list: a list of examples, each a list or dictionary of tensors.
      batch_size: int32 scalar, how many examples a batch has.
      capacity: how many examples the queue holds.
      min_after_dequeue: how many of them must stay, to choose from.
      keep_input: bool scalar, whether to keep them; with `enqueue_many` maybe a vector.
      seed: the seed of the order.
      enqueue_many: whether each is many examples, along the first axis.
      shapes: the shapes of an example's tensors, if the graph does not tell.
      allow_smaller_final_batch: whether the last batch may have fewer examples.
      shared_name: queues of one shared name in a session are the same.
      name: a name for the operations.

    Returns:
      What `batch` returns.

    Raises:
      ValueError: a shape is not known, or shapes differ.
      TypeError: dtypes differ.
    """
    options = _Options(batch_size, enqueue_many, shapes, allow_smaller_final_batch, name)
    kind = _shuffled(capacity, min_after_dequeue, seed, shared_name)
    return _assembled(tensors_list, keep_input, 1, kind, options, "shuffle_batch_join")
