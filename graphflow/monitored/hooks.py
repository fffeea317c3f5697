"""The hooks that programs use most: they stop, report, save and summarize."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphflow import logging
from graphflow.checkpoints.saver import Saver
from graphflow.core.graph import Tensor, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.interop import protos
from graphflow.interop.meta_graph import export_meta_graph
from graphflow.monitored.scaffold import Scaffold
from graphflow.monitored.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from graphflow.monitored.timer import NeverTriggerTimer, SecondOrStepTimer
from graphflow.summary.writer import FileWriterCache
from graphflow.train.global_step import get_global_step, global_step_before_run
from graphflow.viz.chrome_trace import chrome_trace


def _need_step(hook: SessionRunHook) -> Any:
    step = global_step_before_run()
    if step is None:
        raise RuntimeError(
            f"{type(hook).__name__} needs a global step: make one with "
            "tf.train.get_or_create_global_step() and let the training operation increase it"
        )
    return step


def tensor_of(item: Any) -> Any:
    """Return what a hook was told to fetch, a tensor also by the name of its operation.

    Args:
      item: a tensor, a variable or its like, or a name, with or without the number of the output.

    Raises:
      KeyError: the default graph has nothing of this name.
      ValueError: the operation of this name has several outputs.
    """
    graph = get_default_graph()
    if not isinstance(item, str) or ":" in item:
        return graph.as_graph_element(item)
    operation = graph.get_operation_by_name(item)
    if len(operation.outputs) > 1:
        raise ValueError(f"{item!r} has several outputs: give one by its number, {item}:0")
    return graph.get_tensor_by_name(f"{item}:0")


class LoggingTensorHook(SessionRunHook):
    """Writes the values of tensors to the log.

    Args:
      tensors: a dictionary from what they are called to tensors or their names, or a list of them;
        the name of an operation stands for its output.
      every_n_iter: after how many runs.
      every_n_secs: after how many seconds; one of the two, unless `at_end`.
      at_end: whether to write them at the end.
      formatter: makes the text of a dictionary of values.

    Raises:
      ValueError: it is not told, or told twice, when to write.
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[str, Any]], str] | None = None,
    ) -> None:
        is_only_at_end = at_end and every_n_iter is None and every_n_secs is None
        if not is_only_at_end and (every_n_iter is None) == (every_n_secs is None):
            raise ValueError("give either every_n_iter or every_n_secs")
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if not isinstance(tensors, Mapping):
            self._order: list[str] | None = [_label(item) for item in tensors]
            tensors = dict(zip(self._order, tensors, strict=True))
        else:
            self._order = list(tensors)
        self._tensors = tensors
        self._formatter = formatter
        self._at_end = at_end
        self._timer: Any = (
            NeverTriggerTimer()
            if is_only_at_end
            else SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter)
        )
        self._iteration = 0
        self._is_due = False
        self._current: dict[str, Any] = {}

    def begin(self) -> None:
        self._timer.reset()
        self._iteration = 0
        self._current = {tag: tensor_of(item) for tag, item in self._tensors.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        self._is_due = self._timer.should_trigger_for_step(self._iteration)
        return SessionRunArgs(self._current) if self._is_due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._is_due:
            self._write(run_values.results)
        self._iteration += 1

    def end(self, session: Any) -> None:
        if self._at_end:
            self._write(session.run(self._current))

    def _write(self, values: dict[str, Any]) -> None:
        seconds, _ = self._timer.update_last_triggered_step(self._iteration)
        if self._formatter is not None:
            logging.info(self._formatter(values))
            return
        with np.printoptions(suppress=True):
            text = ", ".join(f"{tag} = {values[tag]}" for tag in self._order or values)
        logging.info("%s", text if seconds is None else f"{text} ({seconds:.3f} sec)")


def _label(item: Any) -> str:
    return str(item.name) if hasattr(item, "name") else str(item)


class StopAtStepHook(SessionRunHook):
    """Asks for an end at a step.

    Args:
      num_steps: after so many steps.
      last_step: at this step; one of the two.

    Raises:
      ValueError: neither or both are given.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if (num_steps is None) == (last_step is None):
            raise ValueError("give either num_steps or last_step")
        self._num_steps = num_steps
        self._last_step = last_step
        self._step: Any = None

    def begin(self) -> None:
        self._step = _need_step(self)

    def after_create_session(self, session: Any, coord: Any) -> None:
        if self._last_step is None:
            assert self._num_steps is not None
            self._last_step = int(session.run(self._step)) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        # The value that was fetched with the run is that from before it.
        assert self._last_step is not None
        if run_values.results + 1 >= self._last_step:
            step = run_context.session.run(self._step)
            if step >= self._last_step:
                run_context.request_stop()


class CheckpointSaverListener:
    """Base class of what is done beside the saving of a checkpoint."""

    def begin(self) -> None:
        """Add operations, before the graph is finalized."""

    def before_save(self, session: Any, global_step_value: int) -> None:
        """Act before a checkpoint is written."""

    def after_save(self, session: Any, global_step_value: int) -> Any:
        """Act after it; True asks for an end of training."""

    def end(self, session: Any, global_step_value: int) -> None:
        """Act at the end."""


class CheckpointSaverHook(SessionRunHook):
    """Saves checkpoints.

    Args:
      checkpoint_dir: the folder.
      save_secs: how far apart, in seconds.
      save_steps: how far apart, in steps; one of the two.
      saver: what saves.
      checkpoint_basename: what the names of checkpoints begin with.
      scaffold: the scaffold that has the saver, instead of `saver`.
      listeners: what is done beside.

    Raises:
      ValueError: both `saver` and `scaffold` are given.
    """

    def __init__(
        self,
        checkpoint_dir: Any,
        save_secs: float | None = None,
        save_steps: int | None = None,
        saver: Saver | None = None,
        checkpoint_basename: str = "model.ckpt",
        scaffold: Scaffold | None = None,
        listeners: Sequence[CheckpointSaverListener] | None = None,
    ) -> None:
        if saver is not None and scaffold is not None:
            raise ValueError("give a saver or a scaffold, not both")
        self._saver = saver
        self._checkpoint_dir = os.fspath(checkpoint_dir)
        self._save_path = os.path.join(self._checkpoint_dir, checkpoint_basename)
        self._scaffold = scaffold
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._listeners = list(listeners or ())
        self._writer: Any = None
        self._step: Any = None

    def begin(self) -> None:
        self._writer = FileWriterCache.get(self._checkpoint_dir)
        self._step = _need_step(self)
        for listener in self._listeners:
            listener.begin()

    def after_create_session(self, session: Any, coord: Any) -> None:
        step = int(session.run(self._step))
        with session.graph.as_default():
            definition = self._get_saver().saver_def
            meta = export_meta_graph(graph=session.graph, saver_def=definition)
            path = os.path.join(self._checkpoint_dir, "graph.pbtxt")
            with open(path, "w", encoding="utf-8") as file:
                file.write(protos.to_text(meta.graph_def))
        self._writer.add_graph(session.graph)
        self._writer.add_meta_graph(meta)
        self._save(session, step)
        self._timer.update_last_triggered_step(step)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = int(run_context.session.run(self._step))
        if self._timer.should_trigger_for_step(step):
            self._timer.update_last_triggered_step(step)
            if self._save(run_context.session, step):
                run_context.request_stop()

    def end(self, session: Any) -> None:
        step = int(session.run(self._step))
        if step != self._timer.last_triggered_step():
            self._save(session, step)
        for listener in self._listeners:
            listener.end(session, step)

    def _save(self, session: Any, step: int) -> bool:
        """Save a checkpoint; tell whether a listener asks for an end."""
        logging.info("Saving checkpoints for %d into %s.", step, self._save_path)
        for listener in self._listeners:
            listener.before_save(session, step)
        self._get_saver().save(session, self._save_path, global_step=step)
        log = protos.SessionLog(
            status=protos.SessionLog.CHECKPOINT, checkpoint_path=self._save_path
        )
        self._writer.add_session_log(log, step)
        answers = [listener.after_save(session, step) for listener in self._listeners]
        return any(answers)

    def _get_saver(self) -> Any:
        if self._saver is not None:
            return self._saver
        if self._scaffold is not None:
            return self._scaffold.saver
        savers = get_default_graph().get_collection(GraphKeys.SAVERS)
        if len(savers) != 1:
            raise RuntimeError(
                f"the collection {GraphKeys.SAVERS!r} has {len(savers)} savers: give "
                "CheckpointSaverHook a saver or a scaffold"
            )
        return savers[0]


class StepCounterHook(SessionRunHook):
    """Reports how many steps a second there are.

    Args:
      every_n_steps: after how many steps.
      every_n_secs: after how many seconds; one of the two.
      output_dir: the folder of a summary of it.
      summary_writer: what writes the summary.

    Raises:
      ValueError: neither or both are given.
    """

    def __init__(
        self,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
    ) -> None:
        if (every_n_steps is None) == (every_n_secs is None):
            raise ValueError("give either every_n_steps or every_n_secs")
        self._timer = SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_steps)
        self._output_dir = output_dir
        self._writer = summary_writer
        self._step: Any = None
        self._tag = ""

    def begin(self) -> None:
        if self._writer is None and self._output_dir:
            self._writer = FileWriterCache.get(self._output_dir)
        self._step = _need_step(self)
        self._tag = f"{get_global_step().op.name}/sec"

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if not self._timer.should_trigger_for_step(run_values.results + 1):
            return
        step = int(run_context.session.run(self._step))
        if not self._timer.should_trigger_for_step(step):
            return
        seconds, steps = self._timer.update_last_triggered_step(step)
        if seconds is not None:
            assert steps is not None
            self._log_and_record(steps, seconds, step)

    def _log_and_record(self, elapsed_steps: int, elapsed_time: float, global_step: int) -> None:
        rate = elapsed_steps / elapsed_time if elapsed_time > 0 else math.inf
        if self._writer is not None:
            value = protos.Summary.Value(tag=self._tag, simple_value=rate)
            self._writer.add_summary(protos.Summary(value=[value]), global_step)
        logging.info("%s: %g", self._tag, rate)


class NanLossDuringTrainingError(RuntimeError):
    """The loss is no number any more."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Ends training when the loss is no number.

    Args:
      loss_tensor: the loss.
      fail_on_nan_loss: whether to raise an error, or only to ask for an end.
    """

    def __init__(self, loss_tensor: Tensor, fail_on_nan_loss: bool = True) -> None:
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if not np.isnan(run_values.results):
            return
        if self._fail_on_nan_loss:
            logging.error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        logging.warning("Model diverged with loss = NaN.")
        run_context.request_stop()


class SummarySaverHook(SessionRunHook):
    """Writes summaries.

    Args:
      save_steps: how far apart, in steps.
      save_secs: how far apart, in seconds; one of the two.
      output_dir: the folder.
      summary_writer: what writes them.
      scaffold: the scaffold that has the summaries.
      summary_op: the summaries; one of the two.

    Raises:
      ValueError: neither or both of a pair are given.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: Any = None,
        summary_writer: Any = None,
        scaffold: Scaffold | None = None,
        summary_op: Any = None,
    ) -> None:
        if (scaffold is None) == (summary_op is None):
            raise ValueError("give either a scaffold or a summary_op")
        self._summary_op = summary_op
        self._scaffold = scaffold
        self._writer = summary_writer
        self._output_dir = output_dir
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._next_step: int | None = None
        self._is_due = False
        self._step: Any = None

    def begin(self) -> None:
        if self._writer is None and self._output_dir:
            self._writer = FileWriterCache.get(self._output_dir)
        self._next_step = None
        self._step = _need_step(self)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        step = self._next_step
        self._is_due = step is None or self._timer.should_trigger_for_step(step)
        wanted: dict[str, Any] = {"global_step": self._step}
        if self._is_due and self._summaries():
            wanted["summary"] = self._summaries()
        return SessionRunArgs(wanted)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._writer is None:
            return
        step = int(run_values.results["global_step"]) + 1
        if self._next_step is None or self._is_due:
            step = int(run_context.session.run(self._step))
        if self._next_step is None:
            log = protos.SessionLog(status=protos.SessionLog.START)
            self._writer.add_session_log(log, step)
        if self._is_due:
            self._timer.update_last_triggered_step(step)
            for summary in run_values.results.get("summary", ()):
                self._writer.add_summary(summary, step)
        self._next_step = step + 1

    def end(self, session: Any) -> None:
        if self._writer is not None:
            self._writer.flush()

    def _summaries(self) -> list[Any]:
        """The summaries, none if there are none."""
        found = self._summary_op
        if found is None:
            assert self._scaffold is not None
            found = self._scaffold.summary_op
        if found is None:
            return []
        return list(found) if isinstance(found, (list, tuple)) else [found]


class GlobalStepWaiterHook(SessionRunHook):
    """Waits before the first run until others have made so many steps.

    Args:
      wait_until_step: how many.
    """

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step
        self._is_over = False
        self._step: Any = None

    def begin(self) -> None:
        self._is_over = False
        self._step = _need_step(self)

    def before_run(self, run_context: SessionRunContext) -> None:
        while not self._is_over:
            step = run_context.session.run(self._step)
            self._is_over = self._wait_until_step <= 0 or step >= self._wait_until_step
            if not self._is_over:
                logging.log_first_n(
                    logging.INFO, "Waiting for global step %d before starting training.", 1,
                    self._wait_until_step,
                )  # fmt: skip
                time.sleep(0.5)


class FinalOpsHook(SessionRunHook):
    """Runs tensors at the end.

    Args:
      final_ops: a structure of tensors.
      final_ops_feed_dict: what is fed.

    Attributes:
      final_ops_values: their values.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: Any = None) -> None:
        self._final_ops = final_ops
        self._feed_dict = final_ops_feed_dict
        self.final_ops_values: Any = None

    def end(self, session: Any) -> None:
        if self._final_ops is not None:
            self.final_ops_values = session.run(self._final_ops, self._feed_dict)


class FeedFnHook(SessionRunHook):
    """Feeds each run what a function returns.

    Args:
      feed_fn: returns a dictionary of feeds.
    """

    def __init__(self, feed_fn: Callable[[], Any]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(feed_dict=self.feed_fn())


class ProfilerHook(SessionRunHook):
    """Writes what runs did and when as traces for Chrome (`chrome://tracing`).

    Args:
      save_steps: how far apart, in steps.
      save_secs: how far apart, in seconds; one of the two.
      output_dir: the folder, in which a trace is called `timeline-<step>.json`.
      show_dataflow: whether arrows lead from operations to those that use their results.
      show_memory: whether to show which tensors lived when, and the memory that they took.
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: Any = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        self._file = os.path.join(os.fspath(output_dir), "timeline-{}.json")
        self._timer = SecondOrStepTimer(every_secs=save_secs, every_steps=save_steps)
        self._show_dataflow = show_dataflow
        self._show_memory = show_memory
        self._next_step: int | None = None
        self._is_due = False
        self._step: Any = None

    def begin(self) -> None:
        self._next_step = None
        self._step = _need_step(self)

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        step = self._next_step
        self._is_due = step is not None and self._timer.should_trigger_for_step(step)
        options = protos.RunOptions(trace_level=protos.RunOptions.FULL_TRACE)
        return SessionRunArgs({"step": self._step}, options=options if self._is_due else None)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        before = int(run_values.results["step"])
        if self._next_step is None:
            self._timer.update_last_triggered_step(before)  # what comes first is not typical
        step = before + 1
        if self._is_due:
            step = int(run_context.session.run(self._step))
            self._timer.update_last_triggered_step(step)
            self._write(step, run_values.run_metadata)
        self._next_step = step + 1

    def _write(self, step: int, metadata: Any) -> None:
        trace = chrome_trace(metadata.step_stats, self._show_dataflow, self._show_memory)
        with open(self._file.format(step), "w", encoding="utf-8") as file:
            file.write(trace.format_to_string())
