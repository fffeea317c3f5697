"""Hooks: what is done before and after the runs of a monitored session."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphflow.queues.coordinator import Coordinator


class SessionRunArgs(NamedTuple):
    """What a hook adds to a run.

    Attributes:
      fetches: what it fetches, a structure as for `session.run`.
      feed_dict: what it feeds.
      options: its `RunOptions`.
    """

    fetches: Any = None
    feed_dict: Any = None
    options: Any = None


class SessionRunValues(NamedTuple):
    """What a run gave a hook.

    Attributes:
      results: the values of what the hook fetched.
      options: the `RunOptions` of the run.
      run_metadata: the `RunMetadata` of the run.
    """

    results: Any
    options: Any
    run_metadata: Any


class SessionRunContext:
    """What a hook learns of a run, and by which it can ask for an end.

    Args:
      original_args: what the program asked for.
      session: the session.
    """

    def __init__(self, original_args: SessionRunArgs, session: Any) -> None:
        self._original_args = original_args
        self._session = session
        self._stop_requested = False

    @property
    def original_args(self) -> SessionRunArgs:
        """What the program asked for."""
        return self._original_args

    @property
    def session(self) -> Any:
        """The session."""
        return self._session

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked for an end."""
        return self._stop_requested

    def request_stop(self) -> None:
        """Ask for an end after this run."""
        self._stop_requested = True


class SessionRunHook:
    """Base class of hooks; each method does nothing by default."""

    def begin(self) -> None:
        """Add operations, before the graph is finalized."""

    def after_create_session(self, session: Any, coord: Coordinator) -> None:
        """Act on a new session, also on one that replaces another after a failure.

        Args:
          session: the session.
          coord: the coordinator of its threads.
        """

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Return what to add to a run.

        Args:
          run_context: what is known of the run.
        """

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Act on what a run has given.

        Args:
          run_context: what is known of the run.
          run_values: what it gave.
        """

    def end(self, session: Any) -> None:
        """Act at the end, unless the session ends by an error.

        Args:
          session: the session, still open.
        """
