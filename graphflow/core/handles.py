"""Handles: the values that stand for tables, queues and other state of a session in a graph.

A tensor of dtype resource holds a `ResourceHandle`: a key to what the session's `ResourceManager`
keeps.  The op that makes the handle is stateful and calls `Context.make_handle`; ops that take the
handle call `Context.resource`.  Variables are another matter: the compiler turns them into data
flow (`Op.is_variable`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

HandleArray: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.object_]]"


@dataclass(frozen=True)
class ResourceHandle:
    """The key of a resource of a session.

    Attributes:
      kind: what it is, such as "table"; resources of different kinds never share a name.
      container: the container that it is in, "" for the default one.
      name: its name in there.
    """

    kind: str
    container: str
    name: str

    def __str__(self) -> str:
        container = f" in container {self.container!r}" if self.container else ""
        return f"{self.kind} {self.name!r}{container}"

    def as_array(self) -> HandleArray:
        """Return the handle as the value of a scalar tensor."""
        array = np.empty((), object)
        array[()] = self
        return array


def handle_in(value: object) -> ResourceHandle | None:
    """Return the handle that a scalar tensor's value holds, None if it is no handle."""
    item = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return item if isinstance(item, ResourceHandle) else None


def kept_tensor(key: str) -> ResourceHandle:
    """Return the handle of a tensor that a session keeps by `tf.get_session_handle`."""
    return ResourceHandle("tensor", "", key)
