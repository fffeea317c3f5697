"""Estimators made from others: with more metrics, with features among the predictions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import graphflow.ops as ops
from graphflow.core.graph import Tensor
from graphflow.core.sparse import SparseTensor
from graphflow.estimator.estimator import Estimator
from graphflow.estimator.outputs import PredictOutput
from graphflow.estimator.specs import EstimatorSpec, ModeKeys
from graphflow.train.delegating import DelegatingOptimizer

_METRIC_ARGUMENTS = ("features", "labels", "predictions", "config")


def _like(estimator: Estimator, model_fn: Callable[..., EstimatorSpec]) -> Estimator:
    """An estimator in the same folder with another model."""
    return Estimator(
        model_fn,
        estimator.model_dir,
        estimator.config,
        warm_start_from=estimator._warm_start,
    )


def add_metrics(estimator: Estimator, metric_fn: Callable[..., Any]) -> Estimator:
    """Return an estimator with further metrics.

    Args:
      estimator: the estimator; it shares its folder with the new one.
      metric_fn: called with those of `features`, `labels`, `predictions` and `config` that it
        takes; returns metrics by name, which replace those of the same name.

    Raises:
      ValueError: the function takes something else.

    >>> import numpy as np
    >>> import graphflow as tf
    >>> def error(labels, predictions):
    ...     return {"mae": tf.metrics.mean_absolute_error(labels, predictions["predictions"])}
    >>> x = tf.feature_column.numeric_column("x")
    >>> regressor = add_metrics(tf.estimator.LinearRegressor([x]), error)
    >>> data = {"x": np.asarray([[1.0]])}, np.asarray([[-4.5]], np.float32)
    >>> input_fn = tf.estimator.inputs.numpy_input_fn(*data, shuffle=False)
    >>> print(regressor.evaluate(input_fn)["mae"])
    4.5
    """
    takes = set(inspect.signature(metric_fn).parameters)
    unknown = sorted(takes.difference(_METRIC_ARGUMENTS))
    if unknown:
        raise ValueError(f"metric_fn may take {_METRIC_ARGUMENTS}, but takes {unknown} too")

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> EstimatorSpec:
        spec = estimator.model_fn(features, labels, mode, config)
        if mode != ModeKeys.EVAL:
            return spec
        given = {
            "features": features, "labels": labels, "predictions": spec.predictions,
            "config": config,
        }  # fmt: skip
        added = metric_fn(**{name: given[name] for name in given if name in takes})
        return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **added})

    return _like(estimator, model_fn)


def forward_features(
    estimator: Estimator,
    keys: Any = None,
    sparse_default_values: dict[str, Any] | None = None,
) -> Estimator:
    """Return an estimator that gives features beside its predictions.

    Args:
      estimator: the estimator; it shares its folder with the new one.
      keys: the names of the features, by default all.
      sparse_default_values: for each sparse feature among them what stands where it has no
        element: it becomes dense.

    Raises:
      TypeError: `keys` are no names.

    A feature that is missing, or called as a prediction is, is a `ValueError` when the model is
    built.
    """
    names = [keys] if isinstance(keys, str) else keys
    if names is not None and (
        not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names)
    ):
        raise TypeError(f"keys is the name of a feature or a list of names, not {keys!r}")
    fillings = dict(sparse_default_values or {})

    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> EstimatorSpec:
        spec = estimator.model_fn(features, labels, mode, config)
        if not isinstance(spec.predictions, dict):
            raise ValueError("forward_features needs predictions with names")
        chosen = sorted(features) if names is None else names
        added: dict[str, Tensor] = {}
        for name in chosen:
            if name not in features:
                raise ValueError(f"there is no feature {name!r} among {sorted(features)}")
            if name in spec.predictions:
                raise ValueError(f"there is a prediction {name!r}: the feature cannot join it")
            added[name] = _dense(name, features[name], fillings)
        predictions = {**spec.predictions, **added}
        return spec._replace(
            predictions=predictions, export_outputs=_with_features(spec.export_outputs, added)
        )

    return _like(estimator, model_fn)


def _dense(name: str, feature: Any, fillings: dict[str, Any]) -> Tensor:
    is_sparse = isinstance(feature, SparseTensor)
    if is_sparse != (name in fillings):
        raise ValueError(
            f"the feature {name!r} is {'sparse' if is_sparse else 'not sparse'}: those and only "
            f"those that are sparse need an element in sparse_default_values"
        )
    return ops.sparse_tensor_to_dense(feature, fillings[name]) if is_sparse else feature


def _with_features(outputs: Any, added: dict[str, Tensor]) -> Any:
    """The outputs for export; those of any tensors get the features too."""
    if outputs is None:
        return None
    return {
        name: PredictOutput({**output.outputs, **added})
        if isinstance(output, PredictOutput)
        else output
        for name, output in outputs.items()
    }


class _ClippingOptimizer(DelegatingOptimizer):
    """Limits the norm of all gradients together."""

    def __init__(self, optimizer: Any, clip_norm: float) -> None:
        super().__init__(optimizer, False, f"ClipByNorm{optimizer.get_name()}")
        self._clip_norm = clip_norm

    def apply_gradients(
        self, grads_and_vars: Sequence[tuple[Any, Any]], global_step: Any = None, name: Any = None
    ) -> Any:
        """Apply the gradients after they have been clipped; see `Optimizer.apply_gradients`."""
        gradients, variables = zip(*grads_and_vars, strict=True)
        clipped, _ = ops.clip_by_global_norm(gradients, self._clip_norm)
        pairs = list(zip(clipped, variables, strict=True))
        return self._opt.apply_gradients(pairs, global_step, name)


def clip_gradients_by_norm(optimizer: Any, clip_norm: float) -> Any:
    """Return an optimizer that limits the norm of all gradients together.

    Args:
      optimizer: the optimizer that applies them.
      clip_norm: the greatest norm.
    """
    return _ClippingOptimizer(optimizer, clip_norm)
