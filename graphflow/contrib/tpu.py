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


class CrossShardOptimizer(_NeedsUnit):
    """An optimizer that adds up the gradients of all units."""


class TPUEstimator(_NeedsUnit):
    """An estimator that trains on units."""


class TPUEstimatorSpec(_NeedsUnit):
    """What a model's function returns to a `TPUEstimator`."""


class TPUDistributionStrategy(_NeedsUnit):
    """A strategy that trains a Keras model on units."""


class RunConfig(_NeedsUnit):
    """The configuration of a `TPUEstimator`."""


class TPUConfig(_NeedsUnit):
    """The part of a `RunConfig` that is about units."""


class InputPipelineConfig(_NeedsUnit):
    """How a `TPUEstimator` feeds its units."""


class DeviceAssignment(_NeedsUnit):
    """Which core of which unit does what."""


def cross_replica_sum(x: Any, group_assignment: Any = None, name: str | None = None) -> Any:
    """Refuse to add up tensors of all units.

    Args:
      x: a tensor.
      group_assignment: which units work together.
      name: the operation's name.

    Raises:
      NotImplementedError: always.
    """
    del x, group_assignment, name
    _refuse("cross_replica_sum")


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
