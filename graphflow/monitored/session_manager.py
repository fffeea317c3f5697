"""`SessionManager`: sessions whose variables are initialized or restored."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from graphflow import logging
from graphflow.checkpoints.state import get_checkpoint_state
from graphflow.core.errors import DeadlineExceededError, FailedPreconditionError
from graphflow.core.graph import Graph, Operation, get_default_graph
from graphflow.session import Session


class SessionManager:
    """Makes sessions for training.

    Args:
      local_init_op: runs in each new session after the variables are there.
      ready_op: string, a vector: the names of variables that are not initialized.
      ready_for_local_init_op: the same, of those that `local_init_op` needs.
      graph: the graph, by default the default graph.
      recovery_wait_secs: how long, in seconds, to wait between looks for a session that is ready.
      local_init_run_options: the `RunOptions` of `local_init_op`.

    Raises:
      ValueError: there is a `ready_for_local_init_op` but no `local_init_op`.

    >>> import graphflow as tf
    >>> v = tf.Variable(3.0)
    >>> manager = tf.train.SessionManager(ready_op=tf.report_uninitialized_variables())
    >>> with manager.prepare_session("", v.initializer) as sess:
    ...     print(sess.run(v))
    3.0
    """

    def __init__(
        self,
        local_init_op: Any = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        graph: Graph | None = None,
        recovery_wait_secs: float = 30,
        local_init_run_options: Any = None,
    ) -> None:
        if ready_for_local_init_op is not None and local_init_op is None:
            raise ValueError("ready_for_local_init_op has no meaning without a local_init_op")
        self._local_init_op = local_init_op
        self._ready_op = ready_op
        self._ready_for_local_init_op = ready_for_local_init_op
        self._graph = get_default_graph() if graph is None else graph
        self._recovery_wait_secs = recovery_wait_secs
        self._local_init_run_options = local_init_run_options

    def prepare_session(
        self,
        master: str,
        init_op: Any = None,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
        init_feed_dict: Any = None,
        init_fn: Any = None,
    ) -> Session:
        """Return a session whose variables are restored from a checkpoint, or else initialized.

        Args:
          master: the target of the session.
          init_op: initializes the variables.
          saver: restores them.
          checkpoint_dir: the folder with checkpoints.
          checkpoint_filename_with_path: a checkpoint.
          wait_for_checkpoint: whether to wait until there is a checkpoint.
          max_wait_secs: how long, in seconds.
          config: a `ConfigProto`.
          init_feed_dict: what `init_op` is fed.
          init_fn: called with the session after `init_op`.

        Raises:
          RuntimeError: there is neither a checkpoint nor anything that initializes, or variables
            are not initialized afterwards.
          ValueError: both a folder and a checkpoint are given.
        """
        session, is_restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint,
            max_wait_secs, config,
        )  # fmt: skip
        if not is_restored:
            if init_op is None and init_fn is None and self._local_init_op is None:
                raise RuntimeError(
                    "there is no checkpoint, and neither init_op, init_fn nor local_init_op"
                )
            if init_op is not None:
                session.run(init_op, init_feed_dict)
            if init_fn is not None:
                init_fn(session)
        missing = self._run_local_init(session)
        if missing:
            raise RuntimeError(
                f"the local variables cannot be initialized: {missing} (init_op: "
                f"{_name(init_op)}, init_fn: {init_fn})"
            )
        missing = self._not_ready(session, self._ready_op)
        if missing:
            raise RuntimeError(
                f"these variables are not initialized: {missing} (init_op: {_name(init_op)}, "
                f"init_fn: {init_fn}, local_init_op: {_name(self._local_init_op)})"
            )
        return session

    def recover_session(
        self,
        master: str,
        saver: Any = None,
        checkpoint_dir: Any = None,
        checkpoint_filename_with_path: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        config: Any = None,
    ) -> tuple[Session, bool]:
        """Return a session, and whether its variables have been restored and are ready.

        Args:
          master: see `prepare_session`, like the others.
          saver: see above.
          checkpoint_dir: see above.
          checkpoint_filename_with_path: see above.
          wait_for_checkpoint: see above.
          max_wait_secs: see above.
          config: see above.
        """
        session, is_restored = self._restored(
            master, saver, checkpoint_dir, checkpoint_filename_with_path, wait_for_checkpoint,
            max_wait_secs, config,
        )  # fmt: skip
        missing = self._run_local_init(session) or self._not_ready(session, self._ready_op)
        if is_restored and missing:
            logging.info("Restoring model from a checkpoint did not make it ready: %s", missing)
        return session, is_restored and not missing

    def wait_for_session(
        self, master: str, config: Any = None, max_wait_secs: float = float("Inf")
    ) -> Session:
        """Return a session once its variables are initialized, which others have to do.

        Args:
          master: the target of the session.
          config: a `ConfigProto`.
          max_wait_secs: how long to wait, in seconds.

        Raises:
          DeadlineExceededError: it takes too long.
        """
        end = time.monotonic() + (1e9 if max_wait_secs is None else max_wait_secs)
        while True:
            session = Session(master, graph=self._graph, config=config)
            missing = self._run_local_init(session) or self._not_ready(session, self._ready_op)
            if not missing:
                return session
            session.close()
            left = end - time.monotonic()
            if left < self._recovery_wait_secs:
                raise DeadlineExceededError(
                    None, None, f"not ready after {max_wait_secs} seconds: {missing}"
                )
            time.sleep(self._recovery_wait_secs)

    def _restored(
        self,
        master: str,
        saver: Any,
        folder: Any,
        path: Any,
        wait: bool,
        max_wait_secs: float,
        config: Any,
    ) -> tuple[Session, bool]:
        session = Session(master, graph=self._graph, config=config)
        if folder and path:
            raise ValueError("give checkpoint_dir or checkpoint_filename_with_path, not both")
        if saver is None or not (folder or path):
            return session, False
        if path:
            saver.restore(session, path)
            return session, True
        end = time.monotonic() + max_wait_secs
        state = get_checkpoint_state(folder)
        while state is None:
            if not wait or time.monotonic() >= end:
                return session, False
            time.sleep(self._recovery_wait_secs)
            state = get_checkpoint_state(folder)
        saver.restore(session, state.model_checkpoint_path)
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths)
        return session, True

    def _run_local_init(self, session: Session) -> str | None:
        """Run `local_init_op` if what it needs is there; return what is missing."""
        if self._local_init_op is None:
            return None
        missing = self._not_ready(session, self._ready_for_local_init_op)
        if missing:
            return missing
        session.run(self._local_init_op, options=self._local_init_run_options)
        return None

    def _not_ready(self, session: Session, ready_op: Any) -> str | None:
        """The names of what is missing, None if nothing is."""
        if ready_op is None:
            return None
        try:
            found = session.run(ready_op)
        except FailedPreconditionError as error:
            return str(error.message)
        if found is None or (isinstance(found, np.ndarray) and found.size == 0) or len(found) == 0:
            return None
        return ", ".join(os.fsdecode(name) for name in found)


def _name(op: Any) -> str:
    return op.name if isinstance(op, Operation) else str(op)
