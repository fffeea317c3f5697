"""`tensorflow.python.summary.writer.event_file_writer`."""

from __future__ import annotations

from typing import Any

from graphflow.summary.writer import FileWriter


class EventFileWriter:
    """Writes `Event` messages to a file of a folder, for TensorBoard.

    Args:
      logdir: the folder.
      max_queue: how many events wait until they are written out.
      flush_secs: after how many seconds they are at the latest.
      filename_suffix: a text for the end of the file's name.
    """

    def __init__(
        self,
        logdir: Any,
        max_queue: int = 10,
        flush_secs: int = 120,
        filename_suffix: str | None = None,
    ) -> None:
        self._writer = FileWriter(
            logdir,
            max_queue=max_queue,
            flush_secs=flush_secs,
            filename_suffix=filename_suffix,
        )

    def get_logdir(self) -> str:
        """Return the folder."""
        return self._writer.get_logdir()

    def add_event(self, event: Any) -> None:
        """Write an event; without effect once the writer is closed.

        Args:
          event: an `Event` message.
        """
        self._writer.add_event(event)

    def flush(self) -> None:
        """Let others see all events."""
        self._writer.flush()

    def close(self) -> None:
        """End the file."""
        self._writer.close()

    def reopen(self) -> None:
        """Go on in a new file after `close`; without effect on a writer that is open."""
        self._writer.reopen()
