"""How an estimator runs: seeds, checkpoints, summaries, sessions."""

from __future__ import annotations

import copy
import json
import os
from typing import Any

from graphflow.files.names import path_of
from graphflow.interop import protos

_USE_DEFAULT = object()
_SECONDS_BETWEEN_CHECKPOINTS = 600.0
# Of several processes and devices there is one here.
_OF_SEVERAL = ("train_distribute", "eval_distribute", "experimental_distribute")


class RunConfig:
    """How an estimator runs.

    Args:
      model_dir: the folder of the model; without it the estimator's, or a temporary one.
      tf_random_seed: the seed of the graphs, None for none.
      save_summary_steps: after how many steps summaries are written.
      save_checkpoints_steps: how far apart checkpoints are, in steps.
      save_checkpoints_secs: the same in seconds, 600 by default; one of the two.
      session_config: a `tf.ConfigProto`.
      keep_checkpoint_max: how many checkpoints are kept, None or 0 for all.
      keep_checkpoint_every_n_hours: how far apart checkpoints are that are kept for good.
      log_step_count_steps: after how many steps the speed is logged.
      train_distribute: a strategy of one replica, see `tf.distribute`, or None.
      device_fn: what operations are placed by, or None.
      protocol: accepted; one process needs none.
      eval_distribute: a strategy of one replica, or None.
      experimental_distribute: must be None.
      experimental_max_worker_delay_secs: accepted; there are no further workers.
      session_creation_timeout_secs: how long to wait for others, in seconds.

    Raises:
      ValueError: a setting is out of range, both kinds of distance between checkpoints are given,
        or there are two folders.
      NotImplementedError: `experimental_distribute`, a strategy of several replicas, or a
        TF_CONFIG in the environment with several processes.

    >>> config = RunConfig(save_checkpoints_steps=50)
    >>> config.save_checkpoints_secs, config.replace(tf_random_seed=7).save_checkpoints_steps
    (None, 50)
    """

    # The only process is the chief of itself.
    master = ""
    evaluation_master = ""
    is_chief = True
    task_type = "worker"
    task_id = 0
    num_ps_replicas = 0
    num_worker_replicas = 1
    global_id_in_cluster = 0

    def __init__(
        self,
        model_dir: Any = None,
        tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100,
        save_checkpoints_steps: Any = _USE_DEFAULT,
        save_checkpoints_secs: Any = _USE_DEFAULT,
        session_config: Any = None,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100,
        train_distribute: Any = None,
        device_fn: Any = None,
        protocol: str | None = None,
        eval_distribute: Any = None,
        experimental_distribute: Any = None,
        experimental_max_worker_delay_secs: int | None = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        _refuse_several_processes()
        steps, seconds = _distance(save_checkpoints_steps, save_checkpoints_secs)
        self._values: dict[str, Any] = {
            "model_dir": None if model_dir is None else path_of(model_dir),
            "tf_random_seed": tf_random_seed,
            "save_summary_steps": save_summary_steps,
            "save_checkpoints_steps": steps,
            "save_checkpoints_secs": seconds,
            "session_config": session_config,
            "keep_checkpoint_max": keep_checkpoint_max,
            "keep_checkpoint_every_n_hours": keep_checkpoint_every_n_hours,
            "log_step_count_steps": log_step_count_steps,
            "train_distribute": train_distribute,
            "device_fn": device_fn,
            "protocol": protocol,
            "eval_distribute": eval_distribute,
            "experimental_distribute": experimental_distribute,
            "experimental_max_worker_delay_secs": experimental_max_worker_delay_secs,
            "session_creation_timeout_secs": session_creation_timeout_secs,
        }
        _check(self._values)

    @property
    def model_dir(self) -> str | None:
        """The folder of the model."""
        folder: str | None = self._values["model_dir"]
        return folder

    @property
    def tf_random_seed(self) -> int | None:
        """The seed of the graphs."""
        seed: int | None = self._values["tf_random_seed"]
        return seed

    @property
    def save_summary_steps(self) -> Any:
        """After how many steps summaries are written."""
        return self._values["save_summary_steps"]

    @property
    def save_checkpoints_steps(self) -> Any:
        """How far apart checkpoints are, in steps."""
        return self._values["save_checkpoints_steps"]

    @property
    def save_checkpoints_secs(self) -> Any:
        """How far apart checkpoints are, in seconds."""
        return self._values["save_checkpoints_secs"]

    @property
    def session_config(self) -> Any:
        """The configuration of sessions."""
        return self._values["session_config"]

    @property
    def keep_checkpoint_max(self) -> Any:
        """How many checkpoints are kept."""
        return self._values["keep_checkpoint_max"]

    @property
    def keep_checkpoint_every_n_hours(self) -> Any:
        """How far apart checkpoints are that are kept for good."""
        return self._values["keep_checkpoint_every_n_hours"]

    @property
    def log_step_count_steps(self) -> Any:
        """After how many steps the speed is logged."""
        return self._values["log_step_count_steps"]

    @property
    def train_distribute(self) -> Any:
        """The strategy of training."""
        return self._values["train_distribute"]

    @property
    def eval_distribute(self) -> Any:
        """The strategy of evaluation."""
        return self._values["eval_distribute"]

    @property
    def device_fn(self) -> Any:
        """What operations are placed by."""
        return self._values["device_fn"]

    @property
    def protocol(self) -> Any:
        """What several processes would talk by."""
        return self._values["protocol"]

    @property
    def session_creation_timeout_secs(self) -> Any:
        """How long to wait for others, in seconds."""
        return self._values["session_creation_timeout_secs"]

    @property
    def service(self) -> None:
        """None: there are no settings of a platform."""
        return None

    @property
    def cluster_spec(self) -> Any:
        """A cluster without processes."""
        return protos.ClusterDef()

    def replace(self, **kwargs: Any) -> RunConfig:
        """Return a copy with other settings.

        Args:
          **kwargs: settings, by their names in the constructor; one distance between checkpoints
            takes the place of the other.

        Raises:
          ValueError: there is no such setting, or it is out of range.
        """
        unknown = sorted(set(kwargs) - set(self._values))
        if unknown:
            raise ValueError(f"RunConfig.replace: there is no setting {unknown[0]!r}")
        values = dict(self._values)
        for kind in ("save_checkpoints_steps", "save_checkpoints_secs"):
            if kind in kwargs:
                values["save_checkpoints_steps"] = values["save_checkpoints_secs"] = None
        values.update(kwargs)
        _distance(values["save_checkpoints_steps"], values["save_checkpoints_secs"])
        _check(values)
        # A subclass may have another constructor, and attributes of its own.
        found = copy.copy(self)
        found._values = values
        return found


def _distance(steps: Any, seconds: Any) -> tuple[Any, Any]:
    """How far apart checkpoints are, in steps or seconds, where one or none is given."""
    if steps is _USE_DEFAULT and seconds is _USE_DEFAULT:
        return None, _SECONDS_BETWEEN_CHECKPOINTS
    steps = None if steps is _USE_DEFAULT else steps
    seconds = None if seconds is _USE_DEFAULT else seconds
    if steps is not None and seconds is not None:
        raise ValueError("give save_checkpoints_steps or save_checkpoints_secs, not both")
    return steps, seconds


def _check(values: dict[str, Any]) -> None:
    for name in (
        "save_summary_steps", "save_checkpoints_steps", "save_checkpoints_secs",
        "keep_checkpoint_max",
    ):  # fmt: skip
        if values[name] is not None and values[name] < 0:
            raise ValueError(f"RunConfig: {name} must not be negative, it is {values[name]}")
    for name in ("keep_checkpoint_every_n_hours", "log_step_count_steps"):
        if values[name] is not None and values[name] <= 0:
            raise ValueError(f"RunConfig: {name} must be positive, it is {values[name]}")
    config = values["session_config"]
    if config is not None and not protos.is_message(config, "ConfigProto"):
        raise TypeError(f"RunConfig: session_config is a tf.ConfigProto, not {config!r}")
    for name in _OF_SEVERAL:
        strategy = values[name]
        if strategy is not None and getattr(strategy, "num_replicas_in_sync", 0) != 1:
            raise NotImplementedError(f"RunConfig: {name}={strategy!r}")


def _refuse_several_processes() -> None:
    text = os.environ.get("TF_CONFIG", "")
    cluster = json.loads(text).get("cluster", {}) if text else {}
    tasks = sum(len(addresses) for addresses in cluster.values())
    if tasks > 1:
        raise NotImplementedError(
            f"TF_CONFIG names {tasks} processes; graphflow trains in one: unset TF_CONFIG"
        )
