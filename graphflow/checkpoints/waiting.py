"""Waiting for the checkpoints that another program writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from graphflow.checkpoints.state import latest_checkpoint


def wait_for_new_checkpoint(
    checkpoint_dir: str,
    last_checkpoint: str | None = None,
    seconds_to_sleep: float = 1,
    timeout: float | None = None,
) -> str | None:
    """Wait until the newest checkpoint of a folder is another one.

    Args:
      checkpoint_dir: the folder.
      last_checkpoint: the path of the last one; None for none.
      seconds_to_sleep: how long to wait before the folder is looked at again.
      timeout: how many seconds to wait at most; None for no end.

    Returns:
      The path of the checkpoint; None if the time is over.
    """
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        found = latest_checkpoint(checkpoint_dir)
        if found is not None and found != last_checkpoint:
            return found
        if end is not None and time.monotonic() + seconds_to_sleep > end:
            return None
        time.sleep(seconds_to_sleep)


def checkpoints_iterator(
    checkpoint_dir: str,
    min_interval_secs: float = 0,
    timeout: float | None = None,
    timeout_fn: Callable[[], bool] | None = None,
) -> Iterator[str]:
    """Yield the newest checkpoint of a folder, each time that there is another one.

    Args:
      checkpoint_dir: the folder.
      min_interval_secs: how many seconds there are at least between two of them.
      timeout: how many seconds to wait for one; None for no end.
      timeout_fn: called when the time is over: whether to end, which is so by default.

    Yields:
      Paths of checkpoints.
    """
    last: str | None = None
    while True:
        found = wait_for_new_checkpoint(checkpoint_dir, last, timeout=timeout)
        if found is None:
            if timeout_fn is None or timeout_fn():
                return
            continue
        started = time.monotonic()
        last = found
        yield found
        time.sleep(max(0.0, started + min_interval_secs - time.monotonic()))
