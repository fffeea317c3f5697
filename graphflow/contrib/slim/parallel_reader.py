"""Several readers that fill one queue with records."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.dtypes import string
from graphflow.core.graph import Operation, Tensor
from graphflow.core.scopes import name_scope
from graphflow.files.folders import glob
from graphflow.queues.base import QueueBase
from graphflow.queues.kinds import FIFOQueue, RandomShuffleQueue
from graphflow.queues.producers import string_input_producer
from graphflow.queues.readers import ReaderBase
from graphflow.queues.runner import QueueRunner, add_queue_runner


class ParallelReader(ReaderBase):
    """Readers of one kind, whose records enter one queue.

    Args:
      reader_class: makes a reader.
      common_queue: the queue, of keys and records.
      num_readers: how many readers there are.
      reader_kwargs: further arguments of `reader_class`.

    Raises:
      TypeError: `common_queue` is no queue.
    """

    def __init__(
        self,
        reader_class: Any,
        common_queue: Any,
        num_readers: int = 4,
        reader_kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not isinstance(common_queue, QueueBase):
            raise TypeError(f"common_queue must be a queue, not {common_queue!r}")
        self._readers = [reader_class(**(reader_kwargs or {})) for _ in range(num_readers)]
        super().__init__(self._readers[0].reader_ref)
        self._common_queue = common_queue

    @property
    def common_queue(self) -> QueueBase:
        """The queue of keys and records."""
        return self._common_queue

    def read(self, queue: Any, name: str | None = None) -> Any:
        """Return key and value of the next record in the common queue, and add its queue runner.

        Args:
          queue: a queue of names of files.
          name: name of the operation.
        """
        fill = [self._common_queue.enqueue(reader.read(queue)) for reader in self._readers]
        add_queue_runner(QueueRunner(self._common_queue, fill))
        return self._common_queue.dequeue(name=name)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> Any:
        """Return keys and values of several records, and add the queue runner.

        Args:
          queue: a queue of names of files.
          num_records: how many; at the end there may be fewer.
          name: name of the operation.
        """
        fill = [
            self._common_queue.enqueue_many(reader.read_up_to(queue, num_records))
            for reader in self._readers
        ]
        add_queue_runner(QueueRunner(self._common_queue, fill))
        return self._common_queue.dequeue_up_to(num_records, name=name)

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """Return how many records the readers have read, int64.

        Args:
          name: name of the operation.
        """
        counts = [reader.num_records_produced() for reader in self._readers]
        return ops.add_n(counts, name=name)

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """Return how many files the readers have finished, int64.

        Args:
          name: name of the operation.
        """
        counts = [reader.num_work_units_completed() for reader in self._readers]
        return ops.add_n(counts, name=name)

    def reset(self, name: str | None = None) -> Operation:
        """Return the operation that lets all readers begin anew.

        Args:
          name: name of the operation.
        """
        return ops.group(*[reader.reset() for reader in self._readers], name=name)


def parallel_read(
    data_sources: Any,
    reader_class: Any,
    num_epochs: int | None = None,
    num_readers: int = 4,
    reader_kwargs: dict[str, Any] | None = None,
    shuffle: bool = True,
    dtypes: Any = None,
    capacity: int = 256,
    min_after_dequeue: int = 128,
    seed: int | None = None,
    scope: str | None = None,
) -> Any:
    """Read the records of files with several readers, shuffled or not.

    Args:
      data_sources: names of files, or patterns.
      reader_class: makes a reader, such as `tf.TFRecordReader`.
      num_epochs: how often each file is read; None for no end.
      num_readers: how many readers run at the same time.
      reader_kwargs: further arguments of `reader_class`.
      shuffle: whether files and records are shuffled.
      dtypes: the dtypes of key and record, strings by default.
      capacity: how many records are kept.
      min_after_dequeue: how many must be left when one is taken, if they are shuffled.
      seed: the random seed.
      scope: name scope of the operations, "parallel_read" by default.

    Returns:
      Key and record, string scalars.

    Raises:
      ValueError: there are no such files.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "parallel_read"):
        names = string_input_producer(
            files, num_epochs=num_epochs, shuffle=shuffle, seed=seed, name="filenames"
        )
        kinds = dtypes or [string, string]
        queue: QueueBase
        if shuffle:
            queue = RandomShuffleQueue(
                capacity, min_after_dequeue, kinds, seed=seed, name="common_queue"
            )
        else:
            queue = FIFOQueue(capacity, kinds, name="common_queue")
        return ParallelReader(reader_class, queue, num_readers, reader_kwargs).read(names)


def single_pass_read(
    data_sources: Any,
    reader_class: Any,
    reader_kwargs: dict[str, Any] | None = None,
    scope: str | None = None,
) -> Any:
    """Read the records of files once, in order.

    Args:
      data_sources: names of files, or patterns.
      reader_class: makes a reader.
      reader_kwargs: further arguments of `reader_class`.
      scope: name scope of the operations, "single_pass_read" by default.

    Returns:
      Key and record, string scalars.

    Raises:
      ValueError: there are no such files.
    """
    files = get_data_files(data_sources)
    with name_scope(scope, "single_pass_read"):
        names = string_input_producer(
            files, num_epochs=1, shuffle=False, capacity=1, name="filenames"
        )
        return reader_class(**(reader_kwargs or {})).read(names)


def get_data_files(data_sources: Any) -> list[str]:
    """Return the names of files that names and patterns stand for.

    Args:
      data_sources: a name or pattern, or a list of those.

    Raises:
      ValueError: there are none.
    """
    if isinstance(data_sources, (list, tuple)):
        found = [name for source in data_sources for name in get_data_files(source)]
    elif any(mark in str(data_sources) for mark in "*?["):
        found = [str(name) for name in glob(data_sources)]
    else:
        found = [str(data_sources)]
    if not found:
        raise ValueError(f"there are no files {data_sources!r}")
    return found
