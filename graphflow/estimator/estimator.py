"""`tf.estimator.Estimator`: a model that trains, evaluates, predicts and exports itself."""

from __future__ import annotations

import contextlib
import copy
import inspect
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow import logging
from graphflow.checkpoints.initialization import warm_start
from graphflow.checkpoints.reader import load_checkpoint
from graphflow.checkpoints.saver import Saver
from graphflow.checkpoints.state import latest_checkpoint
from graphflow.contrib.training.evaluation import StopAfterNEvalsHook, evaluate_once
from graphflow.core.defaults import add_to_collection, device, get_collection
from graphflow.core.graph import Graph, get_default_graph
from graphflow.core.keys import GraphKeys
from graphflow.data.dataset import Dataset, make_initializable_iterator
from graphflow.estimator.export import export_model
from graphflow.estimator.run_config import RunConfig
from graphflow.estimator.specs import (
    EstimatorSpec,
    ModeKeys,
    WarmStartSettings,
    checked_hooks,
)
from graphflow.files.names import path_of
from graphflow.interop import protos
from graphflow.metrics.means import mean
from graphflow.monitored.hooks import (
    CheckpointSaverHook,
    LoggingTensorHook,
    NanTensorHook,
    StopAtStepHook,
)
from graphflow.monitored.session_run_hook import SessionRunHook
from graphflow.monitored.sessions import (
    ChiefSessionCreator,
    MonitoredSession,
    MonitoredTrainingSession,
)
from graphflow.summary import functions as summary
from graphflow.summary.writer import FileWriterCache
from graphflow.train.global_step import create_global_step

_LOSS = "loss"
_STEP = "global_step"


class Estimator:
    """A model that trains, evaluates, predicts and exports itself, with checkpoints in a folder.

    Each of these builds a graph of its own from the model function.

    Args:
      model_fn: called with `features`, and those of `labels`, `mode`, `params` and `config` that it
        takes; returns an `EstimatorSpec`.
      model_dir: the folder; without it that of `config`, or a temporary one.
      config: a `RunConfig`.
      params: what the model function gets as `params`, a dictionary or `HParams`.
      warm_start_from: a checkpoint, or `WarmStartSettings`, for variables to start from.

    Raises:
      ValueError: the model function does not take `features`, or `params` that are given; or there
        are two folders.
      TypeError: something is of another kind.

    >>> import numpy as np
    >>> import graphflow as tf
    >>> def model_fn(features, labels, mode):
    ...     w = tf.get_variable("w", initializer=1.0)
    ...     loss = tf.losses.mean_squared_error(labels, w * features)
    ...     optimizer = tf.train.GradientDescentOptimizer(0.1)
    ...     train = optimizer.minimize(loss, tf.train.get_global_step())
    ...     return tf.estimator.EstimatorSpec(mode, w * features, loss, train)
    >>> x, y = np.asarray([1.0, 2.0], np.float32), np.asarray([3.0, 6.0], np.float32)
    >>> input_fn = tf.estimator.inputs.numpy_input_fn(x, y, num_epochs=None, shuffle=False)
    >>> estimator = Estimator(model_fn).train(input_fn, steps=50)
    >>> print(round(float(estimator.get_variable_value("w")), 3))
    3.0
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any = None,
        config: Any = None,
        params: Any = None,
        warm_start_from: Any = None,
    ) -> None:
        if model_fn is None:
            raise ValueError("an estimator needs its model_fn")
        self._takes = _arguments(model_fn)
        if "features" not in self._takes:
            raise ValueError(f"model_fn must take `features`; it takes {sorted(self._takes)}")
        if params is not None and "params" not in self._takes:
            raise ValueError(f"params are given, but model_fn takes {sorted(self._takes)}")
        self._model_fn = model_fn
        self._config = _config_with_folder(config, model_dir)
        self._params = copy.deepcopy({} if params is None else params)
        self._warm_start = _warm_start_settings(warm_start_from)

    @property
    def model_dir(self) -> str:
        """The folder of the checkpoints and summaries."""
        folder = self._config.model_dir
        assert folder is not None
        return folder

    @property
    def config(self) -> RunConfig:
        """How it runs."""
        return self._config

    @property
    def params(self) -> Any:
        """A copy of what the model function gets as `params`."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Callable[..., EstimatorSpec]:
        """The model function, with `config` and `params` given: of features, labels and mode."""

        def public_model_fn(
            features: Any, labels: Any, mode: str, config: Any = None
        ) -> EstimatorSpec:
            return self._call_model_fn(features, labels, mode, config or self._config)

        return public_model_fn

    # -- what is there ----------------------------------------------------------------------------

    def latest_checkpoint(self) -> str | None:
        """Return the newest checkpoint, None if there is none."""
        return latest_checkpoint(self.model_dir)

    def get_variable_names(self) -> list[str]:
        """Return the names of the variables in the newest checkpoint.

        Raises:
          ValueError: there is no checkpoint.
        """
        return [name for name, _ in self._reader().get_variable_to_shape_map().items()]

    def get_variable_value(self, name: str) -> Any:
        """Return the value of a variable in the newest checkpoint.

        Args:
          name: its name.

        Raises:
          ValueError: there is no checkpoint.
        """
        return self._reader().get_tensor(name)

    def _reader(self) -> Any:
        path = self.latest_checkpoint()
        if path is None:
            raise ValueError(f"there is no checkpoint in {self.model_dir}: train the model first")
        return load_checkpoint(path)

    def eval_dir(self, name: str | None = None) -> str:
        """Return the folder of the summaries of an evaluation.

        Args:
          name: the name of the evaluation.
        """
        return os.path.join(self.model_dir, f"eval_{name}" if name else "eval")

    # -- training ---------------------------------------------------------------------------------

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Sequence[SessionRunHook] | None = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Sequence[Any] | None = None,
    ) -> Estimator:
        """Train the model, from its newest checkpoint on.

        Args:
          input_fn: called with those of `mode`, `params` and `config` that it takes; returns a
            `tf.data.Dataset` of features, or of pairs of features and labels, or such tensors.
          hooks: hooks.
          steps: how many steps are made now; None to go on to the end of the data.
          max_steps: the step at which training ends; not beside `steps`.
          saving_listeners: `CheckpointSaverListener`s.

        Returns:
          The estimator.

        Raises:
          ValueError: both `steps` and `max_steps` are given, or one is not positive.
          TypeError: something is of another kind.
        """
        _check_counts(steps, max_steps)
        hooks = list(checked_hooks("hooks", hooks))
        if max_steps is not None and max_steps <= self._trained_steps():
            logging.info("The model is trained for %d steps already.", max_steps)
            return self
        if steps is not None or max_steps is not None:
            hooks.append(StopAtStepHook(steps, max_steps))
        loss = self._train(input_fn, hooks, list(saving_listeners or ()))
        logging.info("Loss for final step: %s.", loss)
        return self

    def _trained_steps(self) -> int:
        path = self.latest_checkpoint()
        return int(load_checkpoint(path).get_tensor(GraphKeys.GLOBAL_STEP)) if path else 0

    def _train(self, input_fn: Callable[..., Any], hooks: list[Any], listeners: list[Any]) -> Any:
        with self._new_graph():
            step = create_global_step()
            spec, input_hooks = self._built(input_fn, ModeKeys.TRAIN)
            self._start_warm()
            if not any(item.op.name == _LOSS for item in get_collection(GraphKeys.SUMMARIES)):
                summary.scalar(_LOSS, spec.loss)
            add_to_collection(GraphKeys.LOSSES, spec.loss)
            worker_hooks = [*input_hooks, *hooks, NanTensorHook(spec.loss)]
            every = self._config.log_step_count_steps
            if every is not None:
                tensors = {_LOSS: spec.loss, "step": step}
                worker_hooks.append(LoggingTensorHook(tensors, every_n_iter=every))
            worker_hooks += spec.training_hooks
            self._add_saver(spec)
            chief_hooks = self._saving_hooks(
                spec, [*worker_hooks, *spec.training_chief_hooks], listeners
            )
            session = MonitoredTrainingSession(
                checkpoint_dir=self.model_dir,
                scaffold=spec.scaffold,
                hooks=worker_hooks,
                chief_only_hooks=[*chief_hooks, *spec.training_chief_hooks],
                save_checkpoint_secs=0,
                save_summaries_steps=self._config.save_summary_steps,
                config=self._config.session_config,
                log_step_count_steps=every,
            )
            return _trained(session, spec)

    def _add_saver(self, spec: EstimatorSpec) -> None:
        if spec.scaffold.saver is not None or get_collection(GraphKeys.SAVERS):
            return
        saver = Saver(
            sharded=True,
            max_to_keep=self._config.keep_checkpoint_max,
            keep_checkpoint_every_n_hours=self._config.keep_checkpoint_every_n_hours,
            defer_build=True,
            save_relative_paths=True,
        )
        add_to_collection(GraphKeys.SAVERS, saver)

    def _saving_hooks(
        self, spec: EstimatorSpec, hooks: Sequence[Any], listeners: list[Any]
    ) -> list[Any]:
        """The hook that saves, unless there is one; it tells the listeners."""
        found = [hook for hook in hooks if isinstance(hook, CheckpointSaverHook)]
        seconds, steps = self._config.save_checkpoints_secs, self._config.save_checkpoints_steps
        added = []
        if not found and (seconds or steps):
            added = [CheckpointSaverHook(self.model_dir, seconds, steps, scaffold=spec.scaffold)]
        if listeners:
            if not (found or added):
                raise ValueError("saving_listeners need checkpoints: let the RunConfig save some")
            (found or added)[0]._listeners.extend(listeners)
        return added

    # -- evaluation -------------------------------------------------------------------------------

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: Any = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluate the model.

        Args:
          input_fn: returns the data, see `train`.
          steps: how many batches are evaluated; None for all.
          hooks: hooks.
          checkpoint_path: the checkpoint, by default the newest one; without any the variables are
            initialized.
          name: the name of the evaluation, for several of them.

        Returns:
          The values of the metrics by name, with the mean of `loss`, and `global_step`.

        Raises:
          ValueError: `steps` is not positive, or a metric is called "loss".
        """
        if steps is not None and steps <= 0:
            raise ValueError(f"steps must be positive, it is {steps}")
        all_hooks = list(checked_hooks("hooks", hooks))
        all_hooks.append(StopAfterNEvalsHook(steps))
        path = path_of(checkpoint_path) if checkpoint_path else self.latest_checkpoint()
        if path is None:
            logging.info("No checkpoint in %s: initial variables are evaluated.", self.model_dir)
        with self._new_graph():
            spec, updates, values, model_hooks = self._evaluation(input_fn, all_hooks)
            if path is None:
                self._start_warm()
            results: dict[str, Any] = evaluate_once(
                path,
                scaffold=spec.scaffold,
                eval_ops=updates,
                final_ops=values,
                hooks=model_hooks,
                config=self._config.session_config,
            )
        self._write_results(results, path, self.eval_dir(name))
        return results

    def _evaluation(
        self, input_fn: Callable[..., Any], hooks: Sequence[Any]
    ) -> tuple[EstimatorSpec, Any, dict[str, Any], list[Any]]:
        """Build the model to evaluate it.

        Returns:
          What the model function returned, what updates the metrics, their values by name, and the
          hooks together with those of data and model.
        """
        step = create_global_step()
        spec, input_hooks = self._built(input_fn, ModeKeys.EVAL)
        updates, values = _metrics(spec, step)
        return spec, updates, values, [*input_hooks, *hooks, *spec.evaluation_hooks]

    def _write_results(self, results: Mapping[str, Any], path: str | None, folder: str) -> None:
        """Write the values of the metrics as summaries."""
        step = int(results[_STEP])
        logging.info(
            "Saving dict for global step %d: %s",
            step,
            ", ".join(f"{name} = {results[name]}" for name in sorted(results)),
        )
        message = protos.Summary()
        for name in sorted(results):
            if name != _STEP:
                _add_value(message, name, results[name])
        writer = FileWriterCache.get(folder)
        writer.add_summary(message, step)
        if path:
            text = protos.Summary()
            value = text.value.add(tag=f"checkpoint_path/{path}")
            value.tensor.CopyFrom(protos.TensorProto(dtype=protos.DT_STRING))
            value.tensor.string_val.append(path.encode())
            value.metadata.plugin_data.plugin_name = "text"
            writer.add_summary(text, step)
        writer.flush()

    # -- prediction -------------------------------------------------------------------------------

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Any = None,
        hooks: Sequence[SessionRunHook] | None = None,
        checkpoint_path: Any = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Yield predictions.

        Args:
          input_fn: returns the data, see `train`; labels are left out.
          predict_keys: the names of the predictions to yield, by default all.
          hooks: hooks.
          checkpoint_path: the checkpoint, by default the newest one; without any the variables are
            initialized.
          yield_single_examples: whether to yield the prediction for each example, rather than for
            each batch.

        Yields:
          Values, by name if the predictions have names.

        Raises:
          ValueError: no prediction is of the names, or the numbers of predictions differ.
        """
        all_hooks = list(checked_hooks("hooks", hooks))
        path = path_of(checkpoint_path) if checkpoint_path else self.latest_checkpoint()
        if path is None:
            logging.info("No checkpoint in %s: initial variables predict.", self.model_dir)
        with self._new_graph():
            create_global_step()
            spec, input_hooks = self._built(input_fn, ModeKeys.PREDICT)
            if path is None:
                self._start_warm()
            predictions = _chosen(spec.predictions, predict_keys)
            creator = ChiefSessionCreator(
                spec.scaffold,
                config=self._config.session_config,
                checkpoint_filename_with_path=path,
            )
            session_hooks = [*input_hooks, *all_hooks, *spec.prediction_hooks]
            with MonitoredSession(creator, session_hooks) as session:
                while not session.should_stop():
                    values = session.run(predictions)
                    yield from singles(values) if yield_single_examples else [values]

    # -- export -----------------------------------------------------------------------------------

    def export_saved_model(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, Any] | None = None,
        as_text: bool = False,
        checkpoint_path: Any = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:
        """Export the model as a `SavedModel`.

        Args:
          export_dir_base: the folder that gets a folder named after the time.
          serving_input_receiver_fn: returns a `ServingInputReceiver`.
          assets_extra: further files: where they go below `assets.extra`, and where they are.
          as_text: whether the graph is written as text.
          checkpoint_path: the checkpoint, by default the newest one.
          experimental_mode: must be `ModeKeys.PREDICT`.

        Returns:
          The folder, as bytes.

        Raises:
          ValueError: there is no checkpoint.
          NotImplementedError: `experimental_mode` is another one.
        """
        if experimental_mode != ModeKeys.PREDICT:
            raise NotImplementedError(f"export_saved_model: {experimental_mode=}")
        path = path_of(checkpoint_path) if checkpoint_path else self.latest_checkpoint()
        if path is None:
            raise ValueError(f"there is no checkpoint in {self.model_dir}: train the model first")
        with self._new_graph():
            create_global_step()
            receiver = serving_input_receiver_fn()
            spec = self._call_model_fn(receiver.features, None, ModeKeys.PREDICT, self._config)
            return export_model(
                spec, receiver, path, export_dir_base, assets_extra, as_text,
                self._config.session_config,
            )  # fmt: skip

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Mapping[str, Any] | None = None,
        as_text: bool = False,
        checkpoint_path: Any = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """Export the model; the older name of `export_saved_model`.

        Args:
          export_dir_base: see there.
          serving_input_receiver_fn: see there.
          assets_extra: see there.
          as_text: see there.
          checkpoint_path: see there.
          strip_default_attrs: accepted; attributes with their default values are left out.
        """
        del strip_default_attrs
        return self.export_saved_model(
            export_dir_base, serving_input_receiver_fn, assets_extra, as_text, checkpoint_path
        )

    # -- graphs -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _new_graph(self) -> Iterator[Graph]:
        graph = Graph()
        with graph.as_default(), graph.device(self._config.device_fn):
            if self._config.tf_random_seed is not None:
                ops.set_random_seed(self._config.tf_random_seed)
            yield graph

    def _built(self, input_fn: Callable[..., Any], mode: str) -> tuple[EstimatorSpec, list[Any]]:
        """Build the data and the model; return it and hooks for the data."""
        with device("/cpu:0"):
            data = self._call_input_fn(input_fn, mode)
        hooks: list[Any] = []
        if isinstance(data, Dataset):
            iterator = make_initializable_iterator(data)
            hooks.append(_InitializerHook(iterator.initializer))
            data = iterator.get_next()
        features, labels = data, None
        if isinstance(data, (list, tuple)):
            if len(data) != 2:
                raise ValueError(
                    f"input_fn returns features, or features and labels, not {len(data)} things"
                )
            features, labels = data
        if mode == ModeKeys.PREDICT:
            labels = None
            if not hooks and not get_collection(GraphKeys.QUEUE_RUNNERS) and not _can_end():
                self._meet_endless_data()
        return self._call_model_fn(features, labels, mode, self._config), hooks

    def _call_input_fn(self, input_fn: Callable[..., Any], mode: str) -> Any:
        takes = _arguments(input_fn)
        given = {"mode": mode, "params": self._params_for(mode), "config": self._config}
        return input_fn(**{name: given[name] for name in given if name in takes})

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> EstimatorSpec:
        given: dict[str, Any] = {
            "mode": mode, "params": self._params_for(mode), "config": config,
        }  # fmt: skip
        if "labels" in self._takes:
            given["labels"] = labels
        elif labels is not None:
            raise ValueError("input_fn returns labels, model_fn does not take them")
        logging.info("Calling model_fn.")
        spec = self._as_spec(
            self._model_fn(
                features=features, **{name: given[name] for name in given if name in self._takes}
            )
        )
        logging.info("Done calling model_fn.")
        if not isinstance(spec, EstimatorSpec):
            raise ValueError(f"model_fn must return an EstimatorSpec, not {spec!r}")
        return spec

    def _meet_endless_data(self) -> None:
        """Act when data to predict for come from no queue or dataset that could end."""
        logging.warning("The data of input_fn may have no end: it has no queue or dataset.")

    def _params_for(self, mode: str) -> Any:
        """What functions get as `params` in a mode."""
        del mode
        return self.params

    def _as_spec(self, spec: Any) -> Any:
        """What the model function returned, as an `EstimatorSpec`."""
        return spec

    def _start_warm(self) -> None:
        if self._warm_start is not None and self.latest_checkpoint() is None:
            logging.info("Variables start from %s", self._warm_start.ckpt_to_initialize_from)
            warm_start(*self._warm_start)


def _can_end() -> bool:
    """Tell whether the graph reads a dataset, whose end ends predictions."""
    graph_ops = get_default_graph().get_operations()
    return any(op.type in ("IteratorGetNext", "OneShotIterator") for op in graph_ops)


class _InitializerHook(SessionRunHook):
    """Initializes the iterator of a dataset."""

    def __init__(self, initializer: Any) -> None:
        self._initializer = initializer

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Initialize the iterator."""
        session.run(self._initializer)


# -- what is given --------------------------------------------------------------------------------


def _arguments(function: Callable[..., Any]) -> set[str]:
    return set(inspect.signature(function).parameters)


def _config_with_folder(config: Any, model_dir: Any) -> RunConfig:
    if config is None:
        config = RunConfig()
    if not isinstance(config, RunConfig):
        raise ValueError(f"config is a RunConfig, not {config!r}")
    folder = None if model_dir is None else path_of(model_dir)
    if folder and config.model_dir and config.model_dir != folder:
        raise ValueError(
            f"model_dir is {folder!r}, but that of config is {config.model_dir!r}: give one of them"
        )
    folder = folder or config.model_dir
    if not folder:
        folder = tempfile.mkdtemp()
        logging.warning("Using temporary folder as model directory: %s", folder)
    return config.replace(model_dir=folder)


def _warm_start_settings(warm_start_from: Any) -> WarmStartSettings | None:
    if warm_start_from is None or isinstance(warm_start_from, WarmStartSettings):
        return warm_start_from
    if isinstance(warm_start_from, (str, bytes, os.PathLike)):
        return WarmStartSettings(path_of(warm_start_from))
    raise ValueError(f"warm_start_from is a path or WarmStartSettings, not {warm_start_from!r}")


def _check_counts(steps: int | None, max_steps: int | None) -> None:
    if steps is not None and max_steps is not None:
        raise ValueError("give steps or max_steps, not both")
    for name, count in (("steps", steps), ("max_steps", max_steps)):
        if count is not None and count <= 0:
            raise ValueError(f"{name} must be positive, it is {count}")


# -- what is run ----------------------------------------------------------------------------------


def _trained(session: MonitoredSession, spec: EstimatorSpec) -> Any:
    """Train to the end; return the last loss."""
    loss, has_trained = None, False
    with session:
        while not session.should_stop():
            _, loss = session.run([spec.train_op, spec.loss])
            has_trained = True
    if not has_trained:
        logging.warning("Training made no step: perhaps the data were at their end before it.")
    return loss


def _metrics(spec: EstimatorSpec, step: Any) -> tuple[Any, dict[str, Any]]:
    """What updates the metrics of a model, and their values by name."""
    for name in (_LOSS, _STEP):
        if name in spec.eval_metric_ops:
            raise ValueError(f"no metric may be called {name!r}: there is one of that name")
    pairs = {**spec.eval_metric_ops, _LOSS: mean(spec.loss)}
    updates = ops.group(*(update for _, update in pairs.values()))
    values = {name: value for name, (value, _) in pairs.items()}
    return updates, {**values, _STEP: step}


def _add_value(message: Any, name: str, value: Any) -> None:
    """Add a metric to a summary; what cannot be drawn is left out."""
    if isinstance(value, bytes):
        try:
            message.value.extend(protos.Summary.FromString(value).value)
        except Exception:  # protobuf's DecodeError
            logging.warning("The metric %r is no summary and is not written.", name)
        return
    if np.ndim(value) == 0 and np.asarray(value).dtype.kind in "fiub":
        message.value.add(tag=name, simple_value=float(value))
        return
    logging.warning("The metric %r of shape %s is not written.", name, np.shape(value))


def _chosen(predictions: Any, names: Any) -> Any:
    if not names:
        return predictions
    if not isinstance(predictions, Mapping):
        raise ValueError(f"predict_keys={names!r}, but the predictions have no names")
    names = [names] if isinstance(names, str) else list(names)
    found = {name: value for name, value in predictions.items() if name in names}
    if not found:
        raise ValueError(f"no prediction is called {names}; there are {sorted(predictions)}")
    return found


def singles(values: Any) -> Iterator[Any]:
    """Yield the predictions for each example.

    Args:
      values: those of a batch, an array or arrays by name.

    Raises:
      ValueError: the numbers of predictions differ.
    """
    if not isinstance(values, Mapping):
        yield from values
        return
    counts = {name: len(value) for name, value in values.items()}
    if len(set(counts.values())) > 1:
        raise ValueError(f"the predictions are for different numbers of examples: {counts}")
    for index in range(next(iter(counts.values()))):
        yield {name: value[index] for name, value in values.items()}
