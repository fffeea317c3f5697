"""Strategies to distribute training: there is one process with one device, so one replica.

Programs ask for the strategy that they run under, or open the scope of one; what they then build is
the same as without.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import graphflow.ops as ops
from graphflow.core.device import DeviceSpec
from graphflow.core.errors import InvalidArgumentError


class ReduceOp(enum.Enum):
    """How the values of replicas become one."""

    SUM = "SUM"
    MEAN = "MEAN"

    @staticmethod
    def from_variable_aggregation(aggregation: Any) -> ReduceOp:
        """Return the reduction for the aggregation of a variable.

        Args:
          aggregation: a `tf.VariableAggregation`, SUM or MEAN.

        Raises:
          ValueError: it is neither.
        """
        if aggregation.name not in ("SUM", "MEAN"):
            raise ValueError(f"no reduction belongs to {aggregation}: take SUM or MEAN")
        return ReduceOp[aggregation.name]


class ReplicaContext:
    """What code that runs once for each replica knows of the others: there are none."""

    replica_id_in_sync_group = 0

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy

    @property
    def num_replicas_in_sync(self) -> int:
        """1."""
        return self.strategy.num_replicas_in_sync

    @property
    def devices(self) -> tuple[str, ...]:
        """The device of the replica."""
        return self.strategy.extended.worker_devices

    def merge_call(
        self, merge_fn: Callable[..., Any], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Call a function once for all replicas.

        Args:
          merge_fn: called with the strategy and the arguments.
          args: arguments.
          kwargs: arguments by name.

        Returns:
          What the function returns.
        """
        with _entered(self.strategy, is_replica=False):
            return merge_fn(self.strategy, *args, **(kwargs or {}))

    def all_reduce(self, reduce_op: Any, value: Any) -> Any:
        """Return the sum or the mean over the replicas, which is the value.

        Args:
          reduce_op: a `ReduceOp`, or "sum" or "mean".
          value: the value of this replica.
        """
        _checked_reduction(reduce_op)
        return value


class StrategyExtended:
    """What libraries ask a strategy for."""

    def __init__(self, strategy: Strategy, device: str) -> None:
        self._strategy = strategy
        self.worker_devices = (device,)
        self.parameter_devices = (device,)

    def call_for_each_replica(
        self, fn: Callable[..., Any], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Call a function, once.

        Args:
          fn: the function.
          args: arguments.
          kwargs: arguments by name.
        """
        with _entered(self._strategy, is_replica=True):
            return fn(*args, **(kwargs or {}))

    def reduce_to(self, reduce_op: Any, value: Any, destinations: Any) -> Any:
        """Return the sum or the mean over the replicas, which is the value.

        Args:
          reduce_op: a `ReduceOp`, or "sum" or "mean".
          value: the value.
          destinations: accepted; there is one device.
        """
        del destinations
        _checked_reduction(reduce_op)
        return value

    def update(
        self,
        var: Any,
        fn: Callable[..., Any],
        args: Sequence[Any] = (),
        kwargs: Any = None,
        group: bool = True,
    ) -> Any:
        """Call a function that updates a variable.

        Args:
          var: the variable.
          fn: called with the variable and the arguments.
          args: arguments.
          kwargs: arguments by name.
          group: accepted; there is one result.
        """
        del group
        return fn(var, *args, **(kwargs or {}))

    def read_var(self, v: Any) -> Any:
        """Return the value of a variable.

        Args:
          v: the variable.
        """
        return ops.identity(v)

    def value_container(self, value: Any) -> Any:
        """Return what holds a value: itself.

        Args:
          value: a variable.
        """
        return value


class Strategy:
    """A way to distribute training: here over one replica.

    Args:
      device: the name of its device.

    >>> import graphflow as tf
    >>> strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    >>> with strategy.scope():
    ...     v = tf.Variable(3.0)
    >>> strategy.num_replicas_in_sync
    1
    """

    num_replicas_in_sync = 1

    def __init__(self, device: str) -> None:
        self.extended = StrategyExtended(self, _known_device(device))

    def scope(self) -> contextlib.AbstractContextManager[Strategy]:
        """Let `tf.distribute.get_strategy` return this strategy in a `with` block."""
        return _entered(self, is_replica=False)

    def experimental_run_v2(
        self, fn: Callable[..., Any], args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Call a function on the replica.

        Args:
          fn: the function.
          args: arguments.
          kwargs: arguments by name.
        """
        return self.extended.call_for_each_replica(fn, args, kwargs)

    def reduce(self, reduce_op: Any, value: Any, axis: Any = None) -> Any:
        """Return the sum or the mean over the replicas.

        Args:
          reduce_op: a `ReduceOp`, or "sum" or "mean".
          value: the value of the replica.
          axis: must be None.

        Raises:
          NotImplementedError: there is an axis.
        """
        if axis is not None:
            raise NotImplementedError("Strategy.reduce: axis")
        _checked_reduction(reduce_op)
        return value

    def experimental_local_results(self, value: Any) -> tuple[Any, ...]:
        """Return the values of the replicas.

        Args:
          value: the value of the replica.
        """
        return (value,)

    def unwrap(self, value: Any) -> tuple[Any, ...]:
        """Return the values of the replicas.

        Args:
          value: the value of the replica.
        """
        return (value,)

    def experimental_distribute_dataset(self, dataset: Any) -> Any:
        """Return the dataset for the replica: all of it.

        Args:
          dataset: a `tf.data.Dataset`.
        """
        return dataset

    def make_dataset_iterator(self, dataset: Any) -> Any:
        """Return an iterator over a dataset, which the program initializes.

        Args:
          dataset: a `tf.data.Dataset`.
        """
        return dataset.make_initializable_iterator()


class OneDeviceStrategy(Strategy):
    """The strategy that uses one device.

    Args:
      device: its name.
    """


class MirroredStrategy(Strategy):
    """The strategy with a copy of the variables on each device, of which there is one.

    Args:
      devices: names of devices, by default the one there is.
      cross_device_ops: must be None.

    Raises:
      NotImplementedError: there is more than one device, or `cross_device_ops`.
    """

    def __init__(self, devices: Sequence[str] | None = None, cross_device_ops: Any = None) -> None:
        if cross_device_ops is not None:
            raise NotImplementedError("MirroredStrategy: cross_device_ops")
        if devices is not None and len(devices) != 1:
            raise NotImplementedError(
                f"MirroredStrategy: devices={devices!r}; graphflow computes on one device"
            )
        super().__init__("/cpu:0" if devices is None else devices[0])


def _known_device(device: str) -> str:
    try:
        return DeviceSpec.from_string(device).to_string()
    except ValueError as error:
        raise InvalidArgumentError(None, None, str(error)) from error


def _checked_reduction(reduce_op: Any) -> ReduceOp:
    if isinstance(reduce_op, ReduceOp):
        return reduce_op
    return ReduceOp[str(reduce_op).upper()]


class _Place(NamedTuple):
    """Where a thread is: under a strategy, in the code of a replica or of all of them."""

    strategy: Strategy
    is_replica: bool


class _Places(threading.local):
    def __init__(self) -> None:
        self.stack = [_Place(_default, is_replica=True)]


_default = Strategy("/cpu:0")
_places = _Places()


@contextlib.contextmanager
def _entered(strategy: Strategy, is_replica: bool) -> Iterator[Strategy]:
    _places.stack.append(_Place(strategy, is_replica))
    try:
        yield strategy
    finally:
        _places.stack.pop()


def get_strategy() -> Strategy:
    """Return the strategy whose scope is open, the default one outside of all."""
    return _places.stack[-1].strategy


def has_strategy() -> bool:
    """Tell whether a strategy's scope is open."""
    return get_strategy() is not _default


def get_replica_context() -> ReplicaContext | None:
    """Return what code of a replica knows of the others.

    Returns:
      None in the scope of a strategy, where code runs for all replicas at once.

    >>> get_replica_context().merge_call(lambda strategy, x: x + 1, args=(2,))
    3
    """
    place = _places.stack[-1]
    return ReplicaContext(place.strategy) if place.is_replica else None


def in_cross_replica_context() -> bool:
    """Tell whether code runs for all replicas at once: in the scope of a strategy."""
    return not _places.stack[-1].is_replica


def get_loss_reduction() -> ReduceOp:
    """Return how the losses of replicas become one: by their sum."""
    return ReduceOp.SUM
