"""Estimators for TPUs, which run here as programs run them on a processor: `use_tpu=False`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphflow.estimator.estimator import Estimator
from graphflow.estimator.run_config import RunConfig
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.monitored.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook

_BATCH_SIZE = "batch_size"


class InputPipelineConfig:
    """How input would be shared out; there is one device."""

    PER_SHARD_V1 = 1
    PER_HOST_V1 = 2
    PER_HOST_V2 = 3
    BROADCAST = 4
    SLICED = 5


class TPUConfig(NamedTuple):
    """How TPUs would be used; it is kept, and means nothing on a processor.

    Attributes:
      iterations_per_loop: how many steps are made in one go.
      num_shards: how many parts a batch is cut into.
      num_cores_per_replica: how many cores each part has.
      per_host_input_for_training: how input is shared out.
      tpu_job_name: the name of the job.
      initial_infeed_sleep_secs: how long to wait before the first batch, in seconds.
      input_partition_dims: how examples are cut.
      eval_training_input_configuration: how input of evaluation is shared out.
      experimental_host_call_every_n_steps: after how many steps `host_call` is run.
    """

    iterations_per_loop: int = 2
    num_shards: int | None = None
    num_cores_per_replica: int | None = None
    per_host_input_for_training: Any = True
    tpu_job_name: str | None = None
    initial_infeed_sleep_secs: int | None = None
    input_partition_dims: Any = None
    eval_training_input_configuration: int = InputPipelineConfig.PER_HOST_V1
    experimental_host_call_every_n_steps: int = 1


class TPURunConfig(RunConfig):
    """A `tf.estimator.RunConfig` with settings for TPUs.

    Args:
      tpu_config: a `TPUConfig`.
      evaluation_master: must be empty: there are no other processes.
      master: must be empty.
      cluster: must be None.
      **kwargs: as for `tf.estimator.RunConfig`.

    Raises:
      NotImplementedError: another process is named.
    """

    def __init__(
        self,
        tpu_config: TPUConfig | None = None,
        evaluation_master: str | None = None,
        master: str | None = None,
        cluster: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, value in (
            ("evaluation_master", evaluation_master), ("master", master), ("cluster", cluster),
        ):  # fmt: skip
            if value:
                raise NotImplementedError(f"tpu.RunConfig: {name}={value!r}")
        self.tpu_config = tpu_config or TPUConfig()

    def replace(self, **kwargs: Any) -> TPURunConfig:
        """Return a copy with other settings; see `tf.estimator.RunConfig.replace`.

        Args:
          **kwargs: settings.
        """
        tpu_config = kwargs.pop("tpu_config", self.tpu_config)
        plain = super().replace(**kwargs)
        return TPURunConfig(tpu_config, **plain._values)


class _TPUEstimatorSpec(NamedTuple):
    mode: str
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metrics: Any = None
    export_outputs: Any = None
    scaffold_fn: Callable[[], Any] | None = None
    host_call: Any = None
    training_hooks: Sequence[SessionRunHook] | None = None
    evaluation_hooks: Sequence[SessionRunHook] | None = None
    prediction_hooks: Sequence[SessionRunHook] | None = None


class TPUEstimatorSpec(_TPUEstimatorSpec):
    """What a model function returns.

    Args:
      mode: a `tf.estimator.ModeKeys`.
      predictions: tensors by name.
      loss: a scalar.
      train_op: what trains.
      eval_metrics: a pair of a function that returns `eval_metric_ops`, and its arguments: tensors,
        or tensors by name.
      export_outputs: see `tf.estimator.EstimatorSpec`.
      scaffold_fn: returns a `tf.train.Scaffold`.
      host_call: a pair of a function that returns operations, and its arguments; they are run in
        each step.
      training_hooks: hooks of training.
      evaluation_hooks: hooks of evaluation.
      prediction_hooks: hooks of prediction.
    """

    __slots__ = ()

    def as_estimator_spec(self) -> EstimatorSpec:
        """Return it as a `tf.estimator.EstimatorSpec`."""
        hooks: list[Any] = []
        if self.host_call is not None:
            hooks.append(_HostCallHook(_called(self.host_call)))
        metrics = None
        if self.mode == ModeKeys.EVAL and self.eval_metrics is not None:
            metrics = _called(self.eval_metrics)
        return EstimatorSpec(
            self.mode,
            self.predictions,
            self.loss,
            self.train_op,
            metrics,
            self.export_outputs,
            scaffold=self.scaffold_fn() if self.scaffold_fn else None,
            training_hooks=[*(self.training_hooks or ()), *hooks],
            evaluation_hooks=[*(self.evaluation_hooks or ()), *hooks],
            prediction_hooks=[*(self.prediction_hooks or ()), *hooks],
        )


def _called(pair: Any) -> Any:
    function, arguments = pair
    return function(**arguments) if isinstance(arguments, Mapping) else function(*arguments)


class _HostCallHook(SessionRunHook):
    """Runs operations in each step."""

    def __init__(self, operations: Any) -> None:
        self._operations = operations

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Ask for the operations."""
        return SessionRunArgs(self._operations)


class TPUEstimator(Estimator):
    """An `Estimator` whose functions are given a batch size, as on TPUs.

    Args:
      model_fn: see `Estimator`; may return a `TPUEstimatorSpec`, and must take `params`.
      model_dir: see `Estimator`.
      config: a `tf.estimator.tpu.RunConfig`.
      params: a dictionary, to which `batch_size` and `use_tpu` are added.
      use_tpu: must be False.
      train_batch_size: the size of batches for training.
      eval_batch_size: the same for evaluation.
      predict_batch_size: the same for prediction.
      batch_axis: accepted; batches are not cut.
      eval_on_tpu: accepted, as all settings for TPUs below.
      export_to_tpu: accepted.
      export_to_cpu: must be True.
      warm_start_from: see `Estimator`.
      embedding_config_spec: must be None.
      export_saved_model_api_version: accepted; models are exported in one way.

    Raises:
      NotImplementedError: `use_tpu` is true, or an argument is not as above.
      ValueError: `params` has a batch size.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any = None,
        config: TPURunConfig | None = None,
        params: Any = None,
        use_tpu: bool = True,
        train_batch_size: int | None = None,
        eval_batch_size: int | None = None,
        predict_batch_size: int | None = None,
        batch_axis: Any = None,
        eval_on_tpu: bool = True,
        export_to_tpu: bool = True,
        export_to_cpu: bool = True,
        warm_start_from: Any = None,
        embedding_config_spec: Any = None,
        export_saved_model_api_version: Any = 1,
    ) -> None:
        del batch_axis, eval_on_tpu, export_to_tpu, export_saved_model_api_version
        if use_tpu:
            raise NotImplementedError("TPUEstimator: use_tpu=True; there are processors only")
        if embedding_config_spec is not None or not export_to_cpu:
            raise NotImplementedError("TPUEstimator: embedding_config_spec and export_to_cpu=False")
        for name in (_BATCH_SIZE, "use_tpu"):
            if params is not None and name in params:
                raise ValueError(f"params must not have {name!r}, which TPUEstimator sets")
        self._batch_sizes = {
            ModeKeys.TRAIN: train_batch_size,
            ModeKeys.EVAL: eval_batch_size,
            ModeKeys.PREDICT: predict_batch_size,
        }
        super().__init__(model_fn, model_dir, config or TPURunConfig(), params, warm_start_from)

    def _params_for(self, mode: str) -> Any:
        params = self.params
        size = self._batch_sizes[mode]
        for name, value in ((_BATCH_SIZE, size), ("use_tpu", False)):
            if value is not None:
                _set(params, name, value)
        return params

    def _as_spec(self, spec: Any) -> Any:
        return spec.as_estimator_spec() if isinstance(spec, TPUEstimatorSpec) else spec


def _set(params: Any, name: str, value: Any) -> None:
    add = getattr(params, "add_hparam", None)
    if add is None:
        params[name] = value
    else:
        add(name, value)
