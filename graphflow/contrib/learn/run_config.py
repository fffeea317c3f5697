"""`tf.contrib.learn.RunConfig`: how an estimator runs."""

from __future__ import annotations

from typing import Any

from graphflow.estimator.run_config import RunConfig as CoreRunConfig
from graphflow.interop import protos

_SECONDS_BETWEEN_CHECKPOINTS = 600


class RunConfig(CoreRunConfig):
    """How an estimator runs: where it is kept, how often it is saved.

    Args:
      master: must be None or "": one process trains.
      num_cores: how many threads an operation may use; 0 for all.
      log_device_placement: accepted; there is one device.
      gpu_memory_fraction: accepted; there is no GPU.
      tf_random_seed: the seed of the graphs.
      save_summary_steps: after how many steps summaries are written.
      save_checkpoints_secs: how far apart checkpoints are, in seconds; 600 by default.
      save_checkpoints_steps: the same in steps, instead.
      keep_checkpoint_max: how many checkpoints are kept.
      keep_checkpoint_every_n_hours: how far apart checkpoints are that are kept for good.
      log_step_count_steps: after how many steps the speed is logged.
      protocol: accepted; there are no servers.
      evaluation_master: must be "".
      model_dir: the folder of the model.
      session_config: a `tf.ConfigProto`.

    Raises:
      NotImplementedError: a master is named.
      ValueError: both distances of checkpoints are given.

    >>> config = RunConfig(save_checkpoints_steps=50, model_dir="model")
    >>> config.save_checkpoints_steps, config.save_checkpoints_secs, config.model_dir
    (50, None, 'model')
    """

    def __init__(
        self,
        master: str | None = None,
        num_cores: int = 0,
        log_device_placement: bool = False,
        gpu_memory_fraction: float = 1,
        tf_random_seed: int | None = None,
        save_summary_steps: int | None = 100,
        save_checkpoints_secs: Any = None,
        save_checkpoints_steps: Any = None,
        keep_checkpoint_max: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100,
        protocol: str | None = None,
        evaluation_master: str = "",
        model_dir: Any = None,
        session_config: Any = None,
    ) -> None:
        if master or evaluation_master:
            raise NotImplementedError(f"RunConfig: {master=}, {evaluation_master=}")
        if save_checkpoints_secs is None and save_checkpoints_steps is None:
            save_checkpoints_secs = _SECONDS_BETWEEN_CHECKPOINTS
        super().__init__(
            model_dir,
            tf_random_seed,
            save_summary_steps,
            save_checkpoints_steps,
            save_checkpoints_secs,
            session_config or _session_config(num_cores),
            keep_checkpoint_max,
            keep_checkpoint_every_n_hours,
            log_step_count_steps,
            protocol=protocol,
        )
        self.tf_config = self.session_config
        self.log_device_placement = log_device_placement
        self.gpu_memory_fraction = gpu_memory_fraction
        self.environment = "local"

    def uid(self, whitelist: Any = None) -> str:
        """Return a text that tells this configuration from others.

        Args:
          whitelist: the names of settings that do not count.
        """
        ignored = set(whitelist or ())
        return ", ".join(
            f"{name}={value!r}" for name, value in self._values.items() if name not in ignored
        )


def _session_config(num_cores: int) -> Any:
    return protos.ConfigProto(
        inter_op_parallelism_threads=num_cores, intra_op_parallelism_threads=num_cores
    )
