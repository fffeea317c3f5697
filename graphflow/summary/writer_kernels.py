"""What the ops in `ops/summary_writers.py` do with a writer."""

from __future__ import annotations

import time

from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provide
from graphflow.interop import protos
from graphflow.summary.writer import FileWriter


@provide("new_summary_writer")
def new_summary_writer(
    logdir: str, max_queue: int, flush_secs: float, filename_suffix: str
) -> FileWriter:
    """Return a writer of a new event file.

    Args:
      logdir: its folder.
      max_queue: how many events wait until they are written out.
      flush_secs: after how many seconds they are at the latest.
      filename_suffix: a text for the end of its name.
    """
    return FileWriter(
        logdir, max_queue=max_queue, flush_secs=flush_secs, filename_suffix=filename_suffix
    )


@provide("write_summary")
def write_summary(writer: FileWriter, step: int, message: bytes) -> None:
    """Write a serialized `Summary`."""
    summary = protos.Summary.FromString(message)
    writer.add_event(protos.Event(wall_time=time.time(), step=step, summary=summary))


@provide("write_graph")
def write_graph(writer: FileWriter, step: int, message: bytes) -> None:
    """Write a serialized `GraphDef`."""
    writer.add_event(protos.Event(wall_time=time.time(), step=step, graph_def=message))


@provide("write_event")
def write_event(writer: FileWriter, message: bytes) -> None:
    """Write a serialized `Event`.

    Raises:
      InvalidArgumentError: it is none.
    """
    from google.protobuf.message import DecodeError

    try:
        event = protos.Event.FromString(message)
    except DecodeError as error:
        raise InvalidArgumentError(None, None, "this is no serialized Event") from error
    writer.add_event(event)
