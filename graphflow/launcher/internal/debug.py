"""`tensorflow.python.debug`: the parts of TensorFlow's debugger that need nobody at a terminal.

Its command line stops at each run and waits for commands. Here a wrapped session runs on until the
filter `has_inf_or_nan` passes, as after the command `run -f has_inf_or_nan`, and then ends with the
report of `graphflow.debug.find_nan`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphflow.debug.guard import NanFoundError
from graphflow.debug.nan import find_nan, raw_session
from graphflow.monitored.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook

Filter = Callable[[Any, Any], bool]


def has_inf_or_nan(datum: Any, tensor: Any) -> bool:
    """Tell whether a tensor has elements that are not finite.

    Args:
      datum: how the debugger calls the tensor; not needed.
      tensor: its value.

    >>> has_inf_or_nan(None, [1.5, float("inf")]), has_inf_or_nan(None, [b"text"])
    (True, False)
    """
    del datum
    array = np.asarray(tensor)
    return array.dtype.kind in "fc" and not bool(np.isfinite(array).all())


class _Filtering:
    """What session and hook share: filters, and the look at each run before it happens."""

    def __init__(self) -> None:
        self._is_watching = False
        self._runs = 0

    def add_tensor_filter(self, filter_name: str, tensor_filter: Filter) -> None:
        """Let runs end once a tensor passes a filter.

        Args:
          filter_name: its name.
          tensor_filter: `has_inf_or_nan`; others need TensorFlow's debugger.

        Raises:
          NotImplementedError: another filter.
        """
        if tensor_filter is not has_inf_or_nan:
            raise NotImplementedError(
                f"the filter {filter_name!r}: of tensor filters there is tf_debug.has_inf_or_nan "
                "alone; fetch the tensors to look at others"
            )
        self._is_watching = True

    def _look(self, session: Any, fetches: Any, feed_dict: Mapping[Any, Any] | None) -> None:
        self._runs += 1
        if not self._is_watching:
            return
        found = find_nan(session, fetches, feed_dict)
        if found is not None:
            raise NanFoundError(found, self._runs, True)


class LocalCLIDebugWrapperSession(_Filtering):
    """A session that ends with a report when a tensor of a run is NaN or infinite.

    Each run happens twice once the filter `has_inf_or_nan` was added: on a copy of the state, where
    every tensor is looked at, and then in the session.

    Args:
      sess: the session.
      dump_root: not used: nothing is written to files.
      log_usage: not used.
      ui_type: not used: there is no user interface.
      thread_name_filter: not used: all threads count.
      config_file_path: not used.

    Raises:
      TypeError: `sess` is no session.
    """

    def __init__(
        self,
        sess: Any,
        dump_root: str | None = None,
        log_usage: bool = True,
        ui_type: str = "curses",
        thread_name_filter: str | None = None,
        config_file_path: str | None = None,
    ) -> None:
        del dump_root, log_usage, ui_type, thread_name_filter, config_file_path
        super().__init__()
        raw_session(sess)
        self._session = sess

    @property
    def session(self) -> Any:
        """The wrapped session."""
        return self._session

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """Run as `Session.run`.

        Raises:
          NanFoundError: a tensor of the run passes the filter; the variables are as before the run.
        """
        self._look(self._session, fetches, feed_dict)
        return self._session.run(fetches, feed_dict, options, run_metadata)

    def __enter__(self) -> LocalCLIDebugWrapperSession:
        self._session.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._session.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


class LocalCLIDebugHook(_Filtering, SessionRunHook):
    """A hook that ends a monitored session when a tensor of a run is NaN or infinite.

    Args:
      ui_type: not used: there is no user interface.
      dump_root: not used: nothing is written to files.
      thread_name_filter: not used: all threads count.
      config_file_path: not used.
    """

    def __init__(
        self,
        ui_type: str = "curses",
        dump_root: str | None = None,
        thread_name_filter: str | None = None,
        config_file_path: str | None = None,
    ) -> None:
        del ui_type, dump_root, thread_name_filter, config_file_path
        super().__init__()

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        """Look at what the run will compute.

        Raises:
          NanFoundError: a tensor of the run passes the filter.
        """
        asked = run_context.original_args
        self._look(run_context.session, asked.fetches, asked.feed_dict)
        return None


class _Missing:
    """A part of TensorFlow's debugger that is not here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        raise NotImplementedError(
            f"tf_debug.{type(self).__name__}: this part of TensorFlow's debugger is not here; use "
            "tf_debug.LocalCLIDebugWrapperSession with the filter has_inf_or_nan, or "
            "graphflow.debug.find_nan and graphflow.debug.NanGuard, or fetch the tensors to look at"
        )


class DumpingDebugWrapperSession(_Missing):
    """A session that writes all tensors of each run to files."""


class TensorBoardDebugWrapperSession(_Missing):
    """A session that TensorBoard steers."""


class DumpingDebugHook(_Missing):
    """A hook that writes all tensors of each run to files."""


class TensorBoardDebugHook(_Missing):
    """A hook by which TensorBoard steers."""
