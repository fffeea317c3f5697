"""Which operations belong on parameter servers, and which on workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphflow import logging
from graphflow.core.device import DeviceSpec
from graphflow.train.cluster import ClusterSpec

STANDARD_PS_OPS = (
    "Variable", "VariableV2", "AutoReloadVariable", "MutableHashTable", "MutableHashTableV2",
    "MutableHashTableOfTensors", "MutableHashTableOfTensorsV2", "MutableDenseHashTable",
    "MutableDenseHashTableV2", "VarHandleOp", "BoostedTreesEnsembleResourceHandleOp",
    "BoostedTreesQuantileStreamResourceHandleOp", "ResourceConditionalAccumulator",
)  # fmt: skip


def replica_device_setter(
    ps_tasks: int = 0,
    ps_device: str = "/job:ps",
    worker_device: str = "/job:worker",
    merge_devices: bool = True,
    cluster: Any = None,
    ps_ops: Sequence[str] | None = None,
    ps_strategy: Callable[[Any], int] | None = None,
) -> Callable[[Any], str] | None:
    """Return a function for `tf.device` that spreads variables over parameter servers.

    Devices are recorded and exported; here everything runs in one process.

    Args:
      ps_tasks: the number of servers, unless `cluster` tells it.
      ps_device: the device of the servers; theirs get a task each in turn.
      worker_device: the device of everything else.
      merge_devices: whether a device that an operation has already only overrides parts; otherwise
        it is left as it is.
      cluster: a `ClusterSpec`, or what makes one.
      ps_ops: the types of the operations that go to servers; variables and tables by default.
      ps_strategy: gives the number of a server for an operation; they take turns by default.

    Returns:
      The function, or None if there are no servers.

    Raises:
      TypeError: `cluster` is no cluster, or `ps_strategy` cannot be called.

    >>> import graphflow as tf
    >>> with tf.device(replica_device_setter(ps_tasks=2)):
    ...     a, b = tf.Variable(1.5), tf.Variable(2.5)
    ...     c = a + b
    >>> a.device, b.device, c.device
    ('/job:ps/task:0', '/job:ps/task:1', '/job:worker')
    """
    if cluster is not None:
        jobs = ClusterSpec(cluster).as_dict()
        ps_tasks = len(jobs.get(DeviceSpec.from_string(ps_device).job or "", ()))
    if ps_tasks == 0:
        return None
    if not merge_devices:
        logging.warning("replica_device_setter: merge_devices=False is deprecated")
    if ps_strategy is None:
        turns = itertools.cycle(range(ps_tasks))

        def ps_strategy(_: Any) -> int:
            return next(turns)

    if not callable(ps_strategy):
        raise TypeError(f"ps_strategy must be a function of an operation, not {ps_strategy!r}")
    kinds = frozenset(STANDARD_PS_OPS if ps_ops is None else ps_ops)
    ps, worker = (
        DeviceSpec.from_string(ps_device or ""),
        DeviceSpec.from_string(worker_device or ""),
    )
    return _Chooser(ps, worker, merge_devices, kinds, ps_strategy).device_of


@dataclass(frozen=True)
class _Chooser:
    """Chooses the device of each operation."""

    ps: DeviceSpec
    worker: DeviceSpec
    merges: bool
    ps_ops: frozenset[str]
    strategy: Callable[[Any], int]

    def device_of(self, op: Any) -> str:
        """Return the device of an operation."""
        if not self.merges and op.device:
            return str(op.device)
        current = DeviceSpec.from_string(op.device or "")
        kind = getattr(op, "type", None) or op.op  # an operation or a NodeDef
        if self.ps == DeviceSpec() or kind not in self.ps_ops:
            return self.worker.make_merged_spec(current).to_string()
        chosen = self.ps
        if chosen.job and current.job in (None, chosen.job):
            chosen = chosen.replace(task=self.strategy(op))
        return chosen.make_merged_spec(current).to_string()
