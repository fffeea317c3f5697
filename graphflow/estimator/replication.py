"""Models on several devices, of which there is one: `tf.contrib.estimator.replicate_model_fn`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphflow.losses.weighted import Reduction
from graphflow.train.delegating import DelegatingOptimizer
from graphflow.train.optimizer import Optimizer


def replicate_model_fn(
    model_fn: Callable[..., Any],
    loss_reduction: str = Reduction.SUM_BY_NONZERO_WEIGHTS,
    devices: Sequence[str] | None = None,
) -> Callable[..., Any]:
    """Return a model function that shares its batches out to devices.

    Args:
      model_fn: the model function, see `tf.estimator.Estimator`.
      loss_reduction: how its losses are reduced; with one device it does not matter.
      devices: the devices; by default there is one, which takes the whole batch.

    Returns:
      The model function itself.

    Raises:
      ValueError: the losses are not reduced.
      NotImplementedError: several devices are named.

    >>> def model_fn(features, labels, mode):
    ...     return None
    >>> replicate_model_fn(model_fn) is model_fn
    True
    """
    if loss_reduction == Reduction.NONE:
        raise ValueError("replicate_model_fn needs losses that are reduced, not Reduction.NONE")
    if devices is not None and len(devices) > 1:
        raise NotImplementedError(f"replicate_model_fn: {len(devices)} devices, there is one")
    return model_fn


class TowerOptimizer(DelegatingOptimizer):
    """An optimizer of a replicated model: with one device, the optimizer that it is given.

    Args:
      optimizer_or_optimizer_fn: the optimizer, or a function that makes it.

    Raises:
      TypeError: it is none.
    """

    def __init__(self, optimizer_or_optimizer_fn: Any) -> None:
        is_made = isinstance(optimizer_or_optimizer_fn, Optimizer)
        optimizer = optimizer_or_optimizer_fn if is_made else optimizer_or_optimizer_fn()
        super().__init__(optimizer, False, "TowerOptimizer")

    def get_name(self) -> str:
        """Return the name of the optimizer."""
        return self._opt.get_name()

    def apply_gradients(
        self, grads_and_vars: Sequence[tuple[Any, Any]], global_step: Any = None, name: Any = None
    ) -> Any:
        """Apply the gradients; see `Optimizer.apply_gradients`."""
        return self._opt.apply_gradients(grads_and_vars, global_step, name)
