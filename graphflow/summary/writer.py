"""`FileWriter`: writes summaries and graphs to event files, which TensorBoard reads."""

from __future__ import annotations

import os
import socket
import threading
import time
from types import TracebackType
from typing import Any, ClassVar

from graphflow.core.graph import Graph, get_default_graph
from graphflow.files.names import path_of
from graphflow.interop import protos
from graphflow.interop.graphdef import graph_def_of
from graphflow.interop.meta_graph import export_meta_graph
from graphflow.ops.kernels.records import RecordReader, RecordWriter

_VERSION = "brain.Event:2"
_lock = threading.Lock()
_count = 0


def _new_path(logdir: str, suffix: str) -> str:
    """The name of a new event file; TensorBoard reads those of a folder in their order."""
    global _count
    host = socket.gethostname()
    with _lock:
        while True:
            number = f".{_count}" if _count else ""
            path = f"{logdir}/events.out.tfevents.{int(time.time()):010d}.{host}{number}{suffix}"
            if not os.path.exists(path):
                return path
            _count += 1


class EventsWriter:
    """Writes `Event` messages to one file.

    Args:
      path: its name.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file = RecordWriter(path)
        self.write(protos.Event(wall_time=time.time(), file_version=_VERSION))

    def write(self, event: Any) -> None:
        """Append an event."""
        self._file.write(event.SerializeToString())

    def flush(self) -> None:
        """Let others see what was written."""
        self._file.flush()

    def close(self) -> None:
        """End the file."""
        self._file.close()


class FileWriter:
    """Writes summaries and graphs to an event file.

    Args:
      logdir: the folder; it is made if it does not exist.
      graph: a graph to write at once.
      max_queue: after how many events without a flush there is one.
      flush_secs: how long, in seconds, events may wait for a flush.
      graph_def: deprecated: a `GraphDef` in place of `graph`.
      filename_suffix: what the name of the file ends with.
      session: not supported.

    Raises:
      NotImplementedError: `session` is given: the file would be written by operations.

    >>> import tempfile
    >>> import graphflow as tf
    >>> folder = tempfile.mkdtemp()
    >>> with tf.summary.FileWriter(folder) as writer:
    ...     writer.add_summary(tf.Summary(value=[{"tag": "loss", "simple_value": 1.5}]), 7)
    >>> (path,) = tf.gfile.Glob(folder + "/*")
    >>> events = list(tf.train.summary_iterator(path))
    >>> events[1].step, events[1].summary.value[0].simple_value
    (7, 1.5)
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: Any = None,
    ) -> None:
        if session is not None:
            raise NotImplementedError("session: files are written by this process, not by a graph")
        self._logdir = path_of(logdir)
        self._suffix = filename_suffix or ""
        self._max_queue = max_queue
        self._flush_secs = flush_secs
        self._lock = threading.Lock()
        self._seen_tags: set[str] = set()
        self._waiting = 0
        self._last_flush = time.monotonic()
        os.makedirs(self._logdir, exist_ok=True)
        self._events: EventsWriter | None = EventsWriter(_new_path(self._logdir, self._suffix))
        if graph is not None or graph_def is not None:
            self.add_graph(graph=graph, graph_def=graph_def)
        if isinstance(graph, Graph):
            self.add_meta_graph(export_meta_graph(graph=graph))

    def get_logdir(self) -> str:
        """Return the folder."""
        return self._logdir

    def add_summary(self, summary: Any, global_step: Any = None) -> None:
        """Write a summary.

        Args:
          summary: a `Summary`, or a serialized one, as `session.run` returns it.
          global_step: the step that it belongs to.
        """
        if isinstance(summary, bytes):
            summary = protos.Summary.FromString(summary)
        else:
            summary = protos.Summary.FromString(
                protos.adopted(summary, "Summary").SerializeToString()
            )
        for value in summary.value:
            # TensorBoard needs the metadata of a tag once.
            if value.HasField("metadata") and value.tag in self._seen_tags:
                value.ClearField("metadata")
            self._seen_tags.add(value.tag)
        self._add(protos.Event(summary=summary), global_step)

    def add_session_log(self, session_log: Any, global_step: Any = None) -> None:
        """Write a `SessionLog`: whether a run begins, ends or has made a checkpoint.

        Args:
          session_log: the message.
          global_step: the step that it belongs to.
        """
        log = protos.adopted(session_log, "SessionLog")
        self._add(protos.Event(session_log=log), global_step)

    def add_graph(self, graph: Any, global_step: Any = None, graph_def: Any = None) -> None:
        """Write a graph, which TensorBoard draws.

        Args:
          graph: a `Graph`.
          global_step: the step that it belongs to.
          graph_def: deprecated: a `GraphDef` in place of `graph`.

        Raises:
          TypeError: neither is what it should be.
          ValueError: both are given.
        """
        if graph is not None and graph_def is not None:
            raise ValueError("give a graph or a graph_def, not both")
        if isinstance(graph, Graph):
            data = graph_def_of(graph, add_shapes=True)
        elif graph is not None and not protos.is_message(graph, "GraphDef"):
            raise TypeError(f"add_graph takes a Graph, not {graph!r}")
        else:
            data = protos.adopted(graph_def if graph is None else graph, "GraphDef")
        self._add(protos.Event(graph_def=data.SerializeToString()), global_step)

    def add_meta_graph(self, meta_graph_def: Any, global_step: Any = None) -> None:
        """Write a `MetaGraphDef`.

        Args:
          meta_graph_def: the message.
          global_step: the step that it belongs to.

        Raises:
          TypeError: it is something else.
        """
        meta = protos.adopted(meta_graph_def, "MetaGraphDef")
        self._add(protos.Event(meta_graph_def=meta.SerializeToString()), global_step)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: Any = None) -> None:
        """Write what a traced run did, which TensorBoard shows in the graph.

        Args:
          run_metadata: a `RunMetadata`.
          tag: what the run is called.
          global_step: the step that it belongs to.

        Raises:
          ValueError: the tag was used before.
        """
        if tag in self._seen_tags:
            raise ValueError(f"the tag {tag!r} was used before")
        self._seen_tags.add(tag)
        data = protos.adopted(run_metadata, "RunMetadata").SerializeToString()
        tagged = protos.TaggedRunMetadata(tag=tag, run_metadata=data)
        self._add(protos.Event(tagged_run_metadata=tagged), global_step)

    def _add(self, event: Any, global_step: Any) -> None:
        event.wall_time = time.time()
        if global_step is not None:
            event.step = int(global_step)
        self.add_event(event)

    def add_event(self, event: Any) -> None:
        """Write an `Event`; without effect once the writer is closed.

        Args:
          event: the message.
        """
        with self._lock:
            if self._events is None:
                return
            self._events.write(protos.adopted(event, "Event"))
            self._waiting += 1
            is_late = time.monotonic() - self._last_flush >= self._flush_secs
            if self._waiting >= self._max_queue or is_late:
                self._flush()

    def flush(self) -> None:
        """Let others see all events."""
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        if self._events is not None:
            self._events.flush()
        self._waiting = 0
        self._last_flush = time.monotonic()

    def close(self) -> None:
        """End the file."""
        with self._lock:
            if self._events is not None:
                self._events.close()
                self._events = None

    def reopen(self) -> None:
        """Go on in a new file after `close`; without effect on a writer that is open."""
        with self._lock:
            if self._events is None:
                self._events = EventsWriter(_new_path(self._logdir, self._suffix))

    def __enter__(self) -> FileWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class FileWriterCache:
    """Keeps one writer for each folder."""

    _cache: ClassVar[dict[str, FileWriter]] = {}
    _lock = threading.RLock()

    @staticmethod
    def clear() -> None:
        """Close all writers and forget them."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache = {}

    @staticmethod
    def get(logdir: Any) -> FileWriter:
        """Return the writer of a folder, a new one the first time.

        Args:
          logdir: the folder.
        """
        folder = path_of(logdir)
        with FileWriterCache._lock:
            if folder not in FileWriterCache._cache:
                FileWriterCache._cache[folder] = FileWriter(folder, graph=get_default_graph())
            return FileWriterCache._cache[folder]


def summary_iterator(path: Any) -> Any:
    """Yield the events of an event file.

    Args:
      path: its name.

    Yields:
      `Event` messages.

    Raises:
      DataLossError: the file is damaged.
    """
    for record in RecordReader(path_of(path), ""):
        yield protos.Event.FromString(record)
