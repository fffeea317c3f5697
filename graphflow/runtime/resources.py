"""What a session keeps between runs: variables, and the resources behind handles."""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Callable
from typing import Any

from graphflow.core.graph import Operation
from graphflow.core.handles import ResourceHandle
from graphflow.runtime.variables import VariableCell

# What identifies a variable in a session: its container, and its shared name or that of its node.
CellKey = tuple[str, str]


class ResourceManager:
    """The named resources of a session, in containers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[ResourceHandle, Any] = {}
        self._cells: dict[CellKey, VariableCell] = {}
        self._states: dict[str, Any] = {}
        self._is_of_dataset = False
        self._order = itertools.count()

    def lookup_or_create(self, handle: ResourceHandle, factory: Callable[[], Any]) -> Any:
        """Return the resource behind a handle, made by `factory` at first use."""
        found = self._items.get(handle)
        if found is not None:
            return found
        with self._lock:
            found = self._items.get(handle)
            if found is None:
                found = self._items[handle] = factory()
            return found

    def state(self, node_name: str, factory: Callable[[], Any]) -> Any:
        """Return the state that a node keeps, made by `factory` at first use."""
        found = self._states.get(node_name)
        if found is not None:
            return found
        with self._lock:
            found = self._states.get(node_name)
            if found is None:
                found = self._states[node_name] = factory()
            return found

    def for_dataset(self) -> ResourceManager:
        """Return the same resources for the functions of a dataset: with new states of nodes.

        A dataset within another one, as `flat_map` makes them, goes on with the outer one's.
        """
        if self._is_of_dataset:
            return self
        same = copy.copy(self)
        same._states = {}
        same._is_of_dataset = True
        return same

    def lookup(self, handle: ResourceHandle) -> Any:
        """Return the resource behind a handle, None if there is none."""
        return self._items.get(handle)

    def remove(self, handle: ResourceHandle) -> None:
        """Forget a resource."""
        with self._lock:
            self._items.pop(handle, None)

    def cell(self, variable: Operation) -> VariableCell:
        """Return the storage of a variable: by container and shared name, else by node name."""
        op = variable.op
        key = (getattr(op, "container", ""), getattr(op, "shared_name", "") or variable.name)
        return self._cells.get(key) or self.cell_of(key)

    def cell_of(self, key: CellKey) -> VariableCell:
        """Return the storage of a variable by its container and name."""
        with self._lock:
            return self._cells.setdefault(key, VariableCell(next(self._order)))

    def cells(self) -> dict[CellKey, VariableCell]:
        """Return the storage of all variables so far, by container and name."""
        with self._lock:
            return self._cells.copy()

    def states(self) -> dict[str, Any]:
        """Return the states of all nodes so far, by their names."""
        with self._lock:
            return self._states.copy()

    def set_state(self, node_name: str, state: Any) -> None:
        """Give a node another state, None to let it begin anew."""
        with self._lock:
            if state is None:
                self._states.pop(node_name, None)
            else:
                self._states[node_name] = state

    def end_background_work(self) -> None:
        """Tell the resources that have threads at work, such as iterators, to end that."""
        with self._lock:
            items = [*self._items.values(), *self._states.values()]
        for item in items:
            end = getattr(item, "end_background_work", None)
            if end is not None:
                end()

    def clear(self, containers: list[str] | None = None) -> None:
        """Forget everything, or what is in some containers; the cells stay, without values."""
        with self._lock:
            for (container, _), cell in list(self._cells.items()):
                if containers is None or container in containers:
                    cell.clear()
            if containers is None:
                self._items.clear()
                self._states.clear()
                return
            if "" in containers:
                self._states.clear()
            for handle in list(self._items):
                if handle.container in containers:
                    del self._items[handle]


class SharedResources(ResourceManager):
    """What a session of a server keeps: the server's resources, and things of its own.

    Its own are the states of operations, such as those of random numbers, and kept tensors.

    Args:
      served: the server's resources.
    """

    def __init__(self, served: ResourceManager) -> None:
        super().__init__()
        self._served = served

    def lookup_or_create(self, handle: ResourceHandle, factory: Callable[[], Any]) -> Any:
        """Return the resource behind a handle, made by `factory` at first use."""
        if _is_own(handle):
            return super().lookup_or_create(handle, factory)
        return self._served.lookup_or_create(handle, factory)

    def lookup(self, handle: ResourceHandle) -> Any:
        """Return the resource behind a handle, None if there is none."""
        return super().lookup(handle) if _is_own(handle) else self._served.lookup(handle)

    def remove(self, handle: ResourceHandle) -> None:
        """Forget a resource."""
        if _is_own(handle):
            super().remove(handle)
        else:
            self._served.remove(handle)

    def cell(self, variable: Operation) -> VariableCell:
        """Return the storage of a variable."""
        return self._served.cell(variable)

    def cell_of(self, key: CellKey) -> VariableCell:
        """Return the storage of a variable by its container and name."""
        return self._served.cell_of(key)

    def cells(self) -> dict[CellKey, VariableCell]:
        """Return the storage of all variables so far, by container and name."""
        return self._served.cells()


def _is_own(handle: ResourceHandle) -> bool:
    return handle.kind in ("op_state", "tensor") or handle.name.startswith("_own/")
