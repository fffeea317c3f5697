"""The readers of a session: records of files, whose names come from a queue.

A reader works on one file at a time, and takes the next name when it is at the end.  Threads take
turns: one reads, or waits for a name, the others wait for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from graphflow.core.dtypes import string
from graphflow.core.errors import UnimplementedError
from graphflow.ops._file_system import file_error
from graphflow.ops._queues import Queue
from graphflow.ops._static import invalid
from graphflow.ops._text import item_of
from graphflow.ops.kernels.byte_streams import open_stream
from graphflow.ops.kernels.records import RecordReader

# What handles of readers are called, see `core/handles.py`.
KIND = "reader"

Record = tuple[bytes, bytes]  # key and value


class Source(Protocol):
    """The records of one file."""

    def read(self) -> Record | None:
        """Return the next one, None at the end."""

    def close(self) -> None:
        """Close the file."""


class Reader:
    """Reads records from one file after the other.

    Args:
      name: its name, for messages.
      open_source: begins to read the file of a name.
      is_single: a file is one record, so that its end is known without a further look.
    """

    def __init__(
        self, name: str, open_source: Callable[[bytes], Source], is_single: bool = False
    ) -> None:
        self._name = name
        self._open_source = open_source
        self._is_single = is_single
        self._source: Source | None = None
        self._progress = Progress()
        self._is_busy = False
        self._changed = threading.Condition()

    @property
    def records_produced(self) -> int:
        """How many records it has given out."""
        return self._progress.produced

    @property
    def work_units_completed(self) -> int:
        """How many files it has finished."""
        return self._progress.finished

    def read(self, queue: Queue, cancellation: Any) -> Record:
        """Read the next record, once there is one.

        Args:
          queue: from which the names of files come.
          cancellation: the run's token.

        Raises:
          OutOfRangeError: the queue is closed and empty.
          OpError: the file cannot be read, of the class that says why.
        """
        return self.read_up_to(queue, 1, cancellation)[0]

    def read_up_to(self, queue: Queue, count: int, cancellation: Any) -> list[Record]:
        """Read several records, or those left in the present file, but at least one.

        Args:
          queue: from which the names of files come.
          count: how many.
          cancellation: the run's token.

        Raises:
          InvalidArgumentError: `count` is negative.
          OpError: as `read`.
        """
        if count < 0:
            raise invalid(f"num_records must not be negative, it is {count}")
        _check_names(queue)
        records: list[Record] = []
        with self._turn(cancellation):
            while count and not records:
                source = self._source or self._next_source(queue, cancellation)
                while len(records) < count and (record := source.read()) is not None:
                    records.append(record)
                if len(records) < count or self._is_single:
                    self._finish(source)
            self._progress.produced += len(records)
        return records

    def _next_source(self, queue: Queue, cancellation: Any) -> Source:
        work = item_of(queue.dequeue(cancellation)[0])
        self._source = self._open_source(work)
        self._progress.work = work
        self._progress.started += 1
        return self._source

    def _finish(self, source: Source) -> None:
        source.close()
        self._source = None
        self._progress.finished += 1

    def reset(self, cancellation: Any) -> None:
        """Forget the present file and all counts.

        Args:
          cancellation: the run's token.
        """
        with self._turn(cancellation):
            self._start_again(Progress())

    def state(self, cancellation: Any) -> bytes:
        """Return what `restore` needs to go on from here.

        Args:
          cancellation: the run's token.

        Raises:
          UnimplementedError: the reader may stand in the middle of a file, and has no such state.
        """
        self._check_single()
        with self._turn(cancellation):
            return self._progress.as_bytes()

    def restore(self, state: bytes, cancellation: Any) -> None:
        """Go back to a state.

        Args:
          state: as `state` returned it.
          cancellation: the run's token.

        Raises:
          UnimplementedError: the reader has no such state.
          InvalidArgumentError: it is no state.
        """
        self._check_single()
        progress = Progress.of(state, self._name)
        with self._turn(cancellation):
            self._start_again(progress)

    def _start_again(self, progress: Progress) -> None:
        if self._source is not None:
            self._source.close()
            self._source = None
        self._progress = progress

    def _check_single(self) -> None:
        if not self._is_single:
            raise UnimplementedError(
                None, None, f"reader {self._name!r} has no state that could be saved"
            )

    @contextmanager
    def _turn(self, cancellation: Any) -> Iterator[None]:
        """Wait until no other thread reads, and keep others off."""
        with self._changed:
            cancellation.wait_for(self._changed, lambda: not self._is_busy)
            self._is_busy = True
        try:
            yield
        finally:
            with self._changed:
                self._is_busy = False
                self._changed.notify_all()


def _check_names(queue: Queue) -> None:
    if queue.dtypes != (string,):
        raise invalid(
            f"a reader needs a queue of names of files, {queue.type} {queue.name!r} has "
            f"components {[dtype.name for dtype in queue.dtypes]}, not ['string']"
        )


@dataclass
class Progress:
    """How far a reader has come.

    Attributes:
      started: how many files it has begun.
      finished: how many it has finished.
      produced: how many records it has given out.
      work: the name of the last file.
    """

    started: int = 0
    finished: int = 0
    produced: int = 0
    work: bytes = b""

    def as_bytes(self) -> bytes:
        """Return it as TensorFlow's message `ReaderBaseState`, which leaves out zeros."""
        numbers = [self.started, self.finished, self.produced]
        fields = [
            bytes([field << 3]) + _varint(number)
            for field, number in enumerate(numbers, 1)
            if number
        ]
        if self.work:
            fields.append(bytes([4 << 3 | 2]) + _varint(len(self.work)) + self.work)
        return b"".join(fields)

    @classmethod
    def of(cls, data: bytes, name: str) -> Progress:
        """Read it from the bytes of `as_bytes`.

        Args:
          data: the bytes.
          name: the reader's name, for the error.

        Raises:
          InvalidArgumentError: they are none.
        """
        progress = cls()
        try:
            progress._parse(data)
        except IndexError as error:
            raise invalid(f"could not parse state for reader {name!r}: {data!r}") from error
        if progress.started != progress.finished:
            raise invalid(f"the state for reader {name!r} is from the middle of a file: {data!r}")
        return progress

    def _parse(self, data: bytes) -> None:
        at = 0
        while at < len(data):
            tag, at = _read_varint(data, at)
            number, at = _read_varint(data, at)
            if tag == 4 << 3 | 2:
                if at + number > len(data):
                    raise IndexError
                self.work, at = data[at : at + number], at + number
            else:
                name = {1 << 3: "started", 2 << 3: "finished", 3 << 3: "produced"}.get(tag)
                if name is None:
                    raise IndexError
                setattr(self, name, number)


def _varint(number: int) -> bytes:
    parts = []
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and the place behind it; raises IndexError at the end of the data."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at += 1
        shift += 7
        if byte < 128:
            return number, at


# -- sources ---------------------------------------------------------------------------------------


class Name:
    """The name of the file itself, which need not exist.

    Args:
      work: the name.
    """

    def __init__(self, work: bytes) -> None:
        self._record: Record | None = (work, work)

    def read(self) -> Record | None:
        """Return the name, as key and value, once."""
        record, self._record = self._record, None
        return record

    def close(self) -> None:
        """Do nothing: no file is open."""


class WholeFile:
    """The content of a file as one record.

    Args:
      work: its name.
    """

    def __init__(self, work: bytes) -> None:
        self._work = work
        self._is_read = False

    def read(self) -> Record | None:
        """Return the content, with the name as key, once."""
        if self._is_read:
            return None
        path = os.fsdecode(self._work)
        try:
            content = Path(path).read_bytes()
        except OSError as error:
            raise file_error(error, path) from error
        self._is_read = True
        return self._work, content

    def close(self) -> None:
        """Do nothing: no file stays open."""


class Lines:
    """The lines of a file, without their ends, with the name and the line's number as key.

    Args:
      work: its name.
      skip: how many lines to leave out at its beginning.
    """

    def __init__(self, work: bytes, skip: int) -> None:
        self._work = work
        self._stream = open_stream(os.fsdecode(work))
        self._number = 0
        while self._number < skip and self._line():
            pass

    def _line(self) -> bytes:
        self._number += 1
        return self._stream.readline()

    def read(self) -> Record | None:
        """Return the next line."""
        line = self._line()
        if not line:
            return None
        text = line.removesuffix(b"\n").replace(b"\r", b"")
        return b"%b:%d" % (self._work, self._number), text

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


@dataclass(frozen=True)
class Layout:
    """Where records of one length are in a file.

    Attributes:
      record: the length of a record.
      header: how many bytes precede the first one.
      footer: how many bytes follow the last one at least.
      hop: how far the next record is.
      encoding: how the file is compressed: "", "GZIP" or "ZLIB".
    """

    record: int
    header: int
    footer: int
    hop: int
    encoding: str


class FixedLengthRecords:
    """Records of one length, with the name and the record's number as key.

    Args:
      work: the name of the file.
      layout: where they are in it.
    """

    def __init__(self, work: bytes, layout: Layout) -> None:
        self._work = work
        self._layout = layout
        self._stream = open_stream(os.fsdecode(work), layout.encoding)
        self._stream.read(layout.header)
        self._window = b""  # what was read from the beginning of the next record on
        self._number = 0

    def read(self) -> Record | None:
        """Return the next record."""
        layout = self._layout
        size = layout.record + layout.footer
        self._window += self._stream.read(max(size - len(self._window), 0))
        if len(self._window) < size:
            return None
        key = b"%b:%d" % (self._work, self._number)
        value = self._window[: layout.record]
        self._stream.read(max(layout.hop - len(self._window), 0))
        self._window = self._window[layout.hop :]
        self._number += 1
        return key, value

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class Records:
    """The records of a record file, with its name and the place as key.

    Args:
      work: the name of the file.
      compression_type: "", "GZIP" or "ZLIB".
    """

    def __init__(self, work: bytes, compression_type: str) -> None:
        self._work = work
        self._reader = RecordReader(os.fsdecode(work), compression_type)

    def read(self) -> Record | None:
        """Return the next record."""
        key = b"%b:%d" % (self._work, self._reader.offset)
        value = self._reader.read()
        return None if value is None else (key, value)

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
