"""What a session keeps between runs: variables, and the state of stateful ops, by name."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

from graphflow.core.graph import Operation
from graphflow.runtime.variables import VariableCell


class ResourceManager:
    """The named resources of a session, in containers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[tuple[str, str], Any] = {}
        self._cells: dict[tuple[str, str], VariableCell] = {}
        self._order = itertools.count()

    def lookup_or_create(self, kind: str, name: str, factory: Callable[[], Any]) -> Any:
        """Return the resource `name` of a kind, made by `factory` at first use."""
        found = self._items.get((kind, name))
        if found is not None:
            return found
        with self._lock:
            found = self._items.get((kind, name))
            if found is None:
                found = self._items[kind, name] = factory()
            return found

    def lookup(self, kind: str, name: str) -> Any:
        """Return the resource `name` of a kind, None if there is none."""
        return self._items.get((kind, name))

    def remove(self, kind: str, name: str) -> None:
        """Forget a resource."""
        with self._lock:
            self._items.pop((kind, name), None)

    def cell(self, variable: Operation) -> VariableCell:
        """Return the storage of a variable: by container and shared name, else by node name."""
        op = variable.op
        key = (getattr(op, "container", ""), getattr(op, "shared_name", "") or variable.name)
        cell = self._cells.get(key)
        if cell is None:
            with self._lock:
                cell = self._cells.setdefault(key, VariableCell(next(self._order)))
        return cell

    def clear(self, containers: list[str] | None = None) -> None:
        """Forget everything, or the variables of some containers."""
        with self._lock:
            for (container, _), cell in list(self._cells.items()):
                if containers is None or container in containers:
                    cell.clear()
            if containers is None:
                self._items.clear()
                self._cells.clear()
