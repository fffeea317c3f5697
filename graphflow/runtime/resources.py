"""What a session keeps between runs: variables, and the resources behind handles."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from graphflow.core.graph import Operation
from graphflow.core.handles import ResourceHandle
from graphflow.runtime.variables import VariableCell


class ResourceManager:
    """The named resources of a session, in containers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[ResourceHandle, Any] = {}
        self._cells: dict[tuple[str, str], VariableCell] = {}
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
        cell = self._cells.get(key)
        if cell is None:
            with self._lock:
                cell = self._cells.setdefault(key, VariableCell(next(self._order)))
        return cell

    def end_background_work(self) -> None:
        """Tell the resources that have threads at work, such as iterators, to end that."""
        with self._lock:
            items = list(self._items.values())
        for item in items:
            end = getattr(item, "end_background_work", None)
            if end is not None:
                end()

    def clear(self, containers: list[str] | None = None) -> None:
        """Forget everything, or what is in some containers."""
        with self._lock:
            for (container, _), cell in list(self._cells.items()):
                if containers is None or container in containers:
                    cell.clear()
            if containers is None:
                self._items.clear()
                self._cells.clear()
                return
            for handle in list(self._items):
                if handle.container in containers:
                    del self._items[handle]
