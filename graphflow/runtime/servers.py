"""The servers of this process, and what sessions that name one as their target share."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from graphflow.core.errors import UnknownError
from graphflow.runtime.resources import ResourceManager, SharedResources

Task: TypeAlias = tuple[str, int]


@dataclass
class _Cluster:
    """The tasks of a cluster that have to be in this process, those that are, and their state."""

    needed: frozenset[Task]
    served: set[Task] = field(default_factory=set)
    resources: ResourceManager = field(default_factory=ResourceManager)


_lock = threading.Lock()
_clusters: dict[object, _Cluster] = {}
_by_target: dict[str, _Cluster] = {}
_numbers = itertools.count(1)


def new_number() -> int:
    """Return a number that no other server has, for one that is to choose its own port."""
    return next(_numbers)


def start(target: str, cluster: object, needed: Iterable[Task], task: Task) -> None:
    """Begin to serve a task.

    Args:
      target: what sessions call the server.
      cluster: a key that all servers of the cluster give.
      needed: the tasks of the cluster that do the work.
      task: the task that this server is.

    Raises:
      UnknownError: there is a server of this name.
    """
    with _lock:
        if target in _by_target:
            raise UnknownError(None, None, f"a server at {target} is running in this process")
        found = _clusters.setdefault(cluster, _Cluster(frozenset(needed)))
        found.served.add(task)
        _by_target[target] = found


def resources_of(target: str) -> ResourceManager:
    """Return the resources for a new session of a server.

    Args:
      target: what the server is called.

    Raises:
      NotImplementedError: it is not in this process, or others that work with it are not.
    """
    found = _served(target)
    missing = sorted(found.needed - found.served)
    if missing:
        names = ", ".join(f"/job:{job}/task:{index}" for job, index in missing)
        raise NotImplementedError(
            f"target={target!r}: {names} of the cluster would run in other processes, and "
            "graphflow runs in one only; start all servers in this process, or use one worker"
        )
    return SharedResources(found.resources)


def reset(target: str, containers: list[str] | None) -> None:
    """Forget what a server keeps.

    Args:
      target: what the server is called.
      containers: the containers to clear; None for all.

    Raises:
      NotImplementedError: it is not in this process.
    """
    _served(target).resources.clear(containers)


def _served(target: str) -> _Cluster:
    with _lock:
        found = _by_target.get(target)
    if found is None:
        raise NotImplementedError(
            f"target={target!r}: no tf.train.Server of this process is called so, and a session "
            "runs in its own process only"
        )
    return found
