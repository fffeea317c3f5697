"""A training loop with hooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.monitored.sessions import MonitoredTrainingSession


def train(
    train_op: Any,
    logdir: str | None,
    master: str = "",
    is_chief: bool = True,
    scaffold: Any = None,
    hooks: Sequence[Any] | None = None,
    chief_only_hooks: Sequence[Any] | None = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    config: Any = None,
    max_wait_secs: float = 7200,
    run_metadata: Any = None,
) -> Any:
    """Train until a hook or the end of the data ends it.

    Args:
      train_op: what takes a step, as `create_train_op` makes it; its value is the loss.
      logdir: the folder for checkpoints and summaries.
      master: the session's target, only "" for this process.
      is_chief: whether this process initializes and saves.
      scaffold: a `tf.train.Scaffold`.
      hooks: hooks, such as `tf.train.StopAtStepHook`.
      chief_only_hooks: hooks of the chief alone.
      save_checkpoint_secs: how far apart checkpoints are, in seconds.
      save_summaries_steps: how far apart summaries are, in steps.
      config: a `tf.ConfigProto`.
      max_wait_secs: how long others wait for the chief.
      run_metadata: a `tf.RunMetadata` that each run fills.

    Returns:
      The loss of the last step, None if there was none.

    Raises:
      ValueError: a chief has no `logdir`.
    """
    if logdir is None and is_chief:
        raise ValueError("a chief needs a logdir")
    loss = None
    with MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss
