"""Readers: records of files whose names come from a queue."""

from __future__ import annotations

from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi, apply_op
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.files.records import TFRecordOptions
from graphflow.queues.base import QueueBase


class ReaderRead(NamedTuple):
    """A record.

    Attributes:
      key: string scalar, the file's name with the place in it.
      value: string scalar, the record.
    """

    key: Tensor
    value: Tensor


class ReaderReadUpTo(NamedTuple):
    """Several records.

    Attributes:
      keys: string [n], the file's name with the place in it.
      values: string [n], the records.
    """

    keys: Tensor
    values: Tensor


class ReaderBase:
    """A reader of a session: it turns names of files, from a queue, into records.

    Programs make one of its subclasses.  A reader works on one file at a time; when that is
    finished it takes the next name from the queue, and waits if there is none.  Once the queue is
    closed and empty, reading fails with `OutOfRangeError`.

    Args:
      reader_ref: the handle of the reader, a resource scalar.
      supports_serialize: whether the reader's state can be saved.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The handle of the reader."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether the reader's state can be saved."""
        return self._supports_serialize

    def read(self, queue: Any, name: str | None = None) -> ReaderRead:
        """Read the next record.

        Args:
          queue: a queue of names of files, or its handle.
          name: the operation's name.

        Returns:
          A tuple `(key, value)` of string scalars.

        Raises:
          TypeError: `queue` is no queue.
          OutOfRangeError: (in the run) there are no more records, and the queue is closed.
          NotFoundError: (in the run) there is no file of that name.
          DataLossError: (in the run) the file is damaged.
        """
        found = apply_multi(ops.ReaderReadV2(), self._reader_ref, _handle_of(queue), name=name)
        return ReaderRead(*found)

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> ReaderReadUpTo:
        """Read several records: as many as wanted, or those left in the present file.

        Args:
          queue: a queue of names of files, or its handle.
          num_records: int64 scalar, how many.
          name: the operation's name.

        Returns:
          A tuple `(keys, values)` of string vectors.

        Raises:
          TypeError: `queue` is no queue.
          OpError: (in the run) as `read`.
        """
        handle = _handle_of(queue)
        op = ops.ReaderReadUpToV2()
        return ReaderReadUpTo(*apply_multi(op, self._reader_ref, handle, num_records, name=name))

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """Return an int64 scalar: how many records were read.

        Args:
          name: the operation's name.
        """
        return apply(ops.ReaderNumRecordsProducedV2(), self._reader_ref, name=name)

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """Return an int64 scalar: how many files were finished.

        Args:
          name: the operation's name.
        """
        return apply(ops.ReaderNumWorkUnitsCompletedV2(), self._reader_ref, name=name)

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Return a string scalar from which `restore_state` goes on.

        Args:
          name: the operation's name.

        Raises:
          UnimplementedError: (in the run) the reader does not support it.
        """
        return apply(ops.ReaderSerializeStateV2(), self._reader_ref, name=name)

    def restore_state(self, state: Any, name: str | None = None) -> Operation:
        """Bring the reader back to a state.

        Args:
          state: string scalar from `serialize_state`.
          name: the operation's name.

        Returns:
          An `Operation`.

        Raises:
          UnimplementedError: (in the run) the reader does not support it.
          InvalidArgumentError: (in the run) it is no state.
        """
        return apply_op(ops.ReaderRestoreStateV2(), self._reader_ref, state, name=name)

    def reset(self, name: str | None = None) -> Operation:
        """Let the reader forget its file and counts.

        Args:
          name: the operation's name.

        Returns:
          An `Operation`.
        """
        return apply_op(ops.ReaderResetV2(), self._reader_ref, name=name)


def _handle_of(queue: Any) -> Tensor:
    if isinstance(queue, QueueBase):
        return queue.queue_ref
    if isinstance(queue, Tensor):
        return queue
    raise TypeError(f"a reader reads from a queue of names of files, not from {queue!r}")


def _container() -> str:
    return get_default_graph().current_container


class WholeFileReader(ReaderBase):
    """Reads whole files: the key is the name, the value the content.

    Args:
      name: the operation's name.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "greeting.txt")
    >>> _ = path.write_text("hello")
    >>> names = tf.FIFOQueue(8, [tf.string], shapes=[[]])
    >>> key, value = tf.WholeFileReader().read(names)
    >>> with tf.Session() as session:
    ...     session.run(names.enqueue(str(path)))
    ...     session.run(value)
    b'hello'
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(apply(ops.WholeFileReaderV2(_container()), name=name), True)


class IdentityReader(ReaderBase):
    """Reads no files: the names themselves are keys and values.

    Args:
      name: the operation's name.

    >>> import graphflow as tf
    >>> names = tf.FIFOQueue(8, [tf.string], shapes=[[]])
    >>> key, value = tf.IdentityReader().read(names)
    >>> with tf.Session() as session:
    ...     session.run(names.enqueue("a task"))
    ...     session.run([key, value])
    [b'a task', b'a task']
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(apply(ops.IdentityReaderV2(_container()), name=name), True)


class TextLineReader(ReaderBase):
    r"""Reads the lines of text files, without their ends; keys are `name:line`, counted from 1.

    Args:
      skip_header_lines: how many lines at the beginning of each file to leave out.
      name: the operation's name.

    Raises:
      ValueError: `skip_header_lines` is negative.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "table.csv")
    >>> _ = path.write_text("width,height\n3,4\n5,6\n")
    >>> names = tf.FIFOQueue(8, [tf.string], shapes=[[]])
    >>> key, value = tf.TextLineReader(skip_header_lines=1).read(names)
    >>> with tf.Session() as session:
    ...     session.run(names.enqueue(str(path)))
    ...     session.run(value), session.run(value)
    (b'3,4', b'5,6')
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        op = ops.TextLineReaderV2(_container(), skip_header_lines=skip_header_lines or 0)
        super().__init__(apply(op, name=name))


class FixedLengthRecordReader(ReaderBase):
    """Reads records of one length from binary files; keys are `name:number`, counted from 0.

    Args:
      record_bytes: the length of a record.
      header_bytes: how many bytes at the beginning of a file to leave out.
      footer_bytes: how many at its end.
      hop_bytes: how far it is from one record to the next, `record_bytes` by default.
      name: the operation's name.
      encoding: how files are compressed: "GZIP", "ZLIB", or "" or None for not at all.

    Raises:
      ValueError: `record_bytes` is not positive, another number is negative, or there is no such
        `encoding`.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "data.bin")
    >>> _ = path.write_bytes(b"header" + b"abc" + b"def")
    >>> names = tf.FIFOQueue(8, [tf.string], shapes=[[]])
    >>> key, value = tf.FixedLengthRecordReader(3, header_bytes=6).read(names)
    >>> with tf.Session() as session:
    ...     session.run(names.enqueue(str(path)))
    ...     session.run(value), session.run(value)
    (b'abc', b'def')
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        op = ops.FixedLengthRecordReaderV2(
            _container(),
            header_bytes=header_bytes or 0,
            record_bytes=record_bytes,
            footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0,
            encoding=encoding or "",
        )
        super().__init__(apply(op, name=name))


class TFRecordReader(ReaderBase):
    """Reads the records of record files; keys are `name:place`, in bytes without compression.

    Args:
      name: the operation's name.
      options: `TFRecordOptions`, or the name of the compression.

    Raises:
      ValueError: there is no such kind of compression.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = str(pathlib.Path(tempfile.mkdtemp(), "words"))
    >>> with tf.python_io.TFRecordWriter(path) as writer:
    ...     writer.write(b"one")
    ...     writer.write(b"three")
    >>> names = tf.FIFOQueue(8, [tf.string], shapes=[[]])
    >>> key, value = tf.TFRecordReader().read(names)
    >>> with tf.Session() as session:
    ...     session.run(names.enqueue(path))
    ...     session.run(value), session.run(value)
    (b'one', b'three')
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        kind = TFRecordOptions.get_compression_type_string(options)
        op = ops.TFRecordReaderV2(_container(), compression_type=kind)
        super().__init__(apply(op, name=name))


class LMDBReader(ReaderBase):
    """Would read LMDB databases.

    Args:
      name: the operation's name.
      options: as for `TFRecordReader`.

    Raises:
      NotImplementedError: always.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        raise NotImplementedError(
            f"tf.LMDBReader(name={name!r}, options={options!r}): graphflow does not read LMDB; "
            "convert the database to record files and read those by tf.TFRecordReader"
        )
