"""What programs for tensor processing units import.

There are none here: what needs one says so when it is used, and not before, so that programs that
run on other devices as well can be imported and do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import graphflow.ops as ops
from graphflow.core.dtypes import bfloat16, float32
from graphflow.core.graph import Tensor
from graphflow.losses.weighted import Reduction
from graphflow.train.optimizer import Optimizer
from graphflow.variables.scope import VariableScope, variable_scope


def _refuse(name: str) -> NoReturn:
    raise NotImplementedError(
        f"tf.contrib.tpu.{name} needs a tensor processing unit: graphflow runs on processors; "
        "call what it wraps, for example the optimizer itself"
    )


class _NeedsUnit:
    """A class that only makes sense on a tensor processing unit."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs
        _refuse(type(self).__name__)


class TPUDistributionStrategy(_NeedsUnit):
    """A strategy that trains a Keras model on units."""


class DeviceAssignment(_NeedsUnit):
    """Which core of which unit does what."""


class CrossShardOptimizer(Optimizer):
    """An optimizer that averages gradients over TPUs; here over the only device.

    Args:
      opt: the optimizer that applies them.
      reduction: `tf.losses.Reduction.MEAN` or `SUM`, which are the same for one device.
      name: its name.
      group_assignment: must be None.

    Raises:
      ValueError: there is no such reduction.
      NotImplementedError: `group_assignment` is given.
    """

    def __init__(
        self,
        opt: Optimizer,
        reduction: str = Reduction.MEAN,
        name: str = "CrossShardOptimizer",
        group_assignment: Any = None,
    ) -> None:
        if reduction not in (Reduction.SUM, Reduction.MEAN):
            raise ValueError(f"reduction is SUM or MEAN, not {reduction!r}")
        if group_assignment is not None:
            raise NotImplementedError("CrossShardOptimizer: group_assignment")
        super().__init__(False, name)
        self._opt = opt

    def compute_gradients(self, loss: Any, var_list: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Return the gradients of the optimizer; see `Optimizer.compute_gradients`.

        Args:
          loss: the loss.
          var_list: the variables, by default all that are trained.
          **kwargs: as there.
        """
        return self._opt.compute_gradients(loss, var_list=var_list, **kwargs)

    def apply_gradients(
        self, grads_and_vars: Any, global_step: Any = None, name: str | None = None
    ) -> Any:
        """Let the optimizer apply gradients; see `Optimizer.apply_gradients`.

        Args:
          grads_and_vars: pairs of a gradient and a variable.
          global_step: a variable that counts steps.
          name: the name of the operation.
        """
        return self._opt.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """Return a slot of the optimizer; see `Optimizer.get_slot`.

        Args:
          *args: as there.
          **kwargs: as there.
        """
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """Return the names of the slots of the optimizer.

        Args:
          *args: as there.
          **kwargs: as there.
        """
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> list[Any]:
        """Return the variables of the optimizer."""
        return self._opt.variables()


def cross_replica_sum(x: Any, group_assignment: Any = None, name: str | None = None) -> Tensor:
    """Return the sum over all devices, which is that of the only one.

    Args:
      x: a tensor.
      group_assignment: must be None.
      name: the operation's name.

    Raises:
      NotImplementedError: `group_assignment` is given.
    """
    if group_assignment is not None:
        raise NotImplementedError("cross_replica_sum: group_assignment")
    total: Tensor = ops.identity(x, name=name)
    return total


def initialize_system(embedding_config: Any = None, job: Any = None) -> Any:
    """Refuse to start units.

    Args:
      embedding_config: their tables.
      job: their job.

    Raises:
      NotImplementedError: always.
    """
    del embedding_config, job
    _refuse("initialize_system")


def shutdown_system(job: Any = None) -> Any:
    """Refuse to stop units.

    Args:
      job: their job.

    Raises:
      NotImplementedError: always.
    """
    del job
    _refuse("shutdown_system")


def rewrite(computation: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse to compile a function for a unit.

    Args:
      computation: the function.
      args: its inputs and how.
      kwargs: its inputs and how.

    Raises:
      NotImplementedError: always.
    """
    del computation, args, kwargs
    _refuse("rewrite")


def replicate(computation: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse to compile a function for several units.

    Args:
      computation: the function.
      args: its inputs and how.
      kwargs: its inputs and how.

    Raises:
      NotImplementedError: always.
    """
    del computation, args, kwargs
    _refuse("replicate")


def shard(computation: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse to spread a function's inputs over units.

    Args:
      computation: the function.
      args: its inputs and how.
      kwargs: its inputs and how.

    Raises:
      NotImplementedError: always.
    """
    del computation, args, kwargs
    _refuse("shard")


def batch_parallel(computation: Any, *args: Any, **kwargs: Any) -> Any:
    """Refuse to spread a function's batch over units.

    Args:
      computation: the function.
      args: its inputs and how.
      kwargs: its inputs and how.

    Raises:
      NotImplementedError: always.
    """
    del computation, args, kwargs
    _refuse("batch_parallel")


def outside_compilation(computation: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function; what a unit would leave to the processor is there already.

    Args:
      computation: the function.
      args: its arguments.
      kwargs: its named arguments.

    >>> outside_compilation(max, 2, 5)
    5
    """
    return computation(*args, **kwargs)


def core(num: int) -> str:
    """Return the device string of a unit's core.

    Args:
      num: the core.

    >>> core(3)
    'device:TPU_REPLICATED_CORE:3'
    """
    return f"device:TPU_REPLICATED_CORE:{num}"


@contextmanager
def bfloat16_scope() -> Iterator[VariableScope]:
    """Keep variables in float32 where the code in the `with` block asks for bfloat16.

    Yields:
      The variable scope.

    >>> import graphflow as tf
    >>> with bfloat16_scope():
    ...     w = tf.get_variable("w", [2], tf.bfloat16)
    >>> w.dtype, tf.global_variables()[0].dtype
    (tf.bfloat16, tf.float32_ref)
    """

    def getter(getter: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dtype") != bfloat16:
            return getter(*args, **kwargs)
        kwargs["dtype"] = float32
        return ops.cast(getter(*args, **kwargs), bfloat16)

    with variable_scope("", custom_getter=getter) as scope:
        yield scope


class TpuContext:
    """Over how many units the code being traced is spread.

    Attributes:
      number_of_shards: None, for it is not spread.
    """

    number_of_shards: int | None = None


def get_tpu_context() -> TpuContext:
    """Return what is known of the units that code is traced for: nothing, there are none."""
    return TpuContext()
