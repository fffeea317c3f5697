"""What the `with` blocks around an operation set, and the context managers that set it.

Each thread has blocks of its own.  The context managers are classes, not generators: a graph of
some size enters thousands of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ContextDecorator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from graphflow.core import traceback as tb
from graphflow.core.device import DeviceScope

if TYPE_CHECKING:
    from graphflow.core.graph import Operation


class ControlScope:
    """One `with control_dependencies(...)` block: its inputs and the operations made inside."""

    __slots__ = ("inputs", "made")

    def __init__(self, inputs: list[Operation]) -> None:
        self.inputs = inputs
        self.made: set[Operation] = set()


class Blocks:
    """What the `with` blocks around an operation set."""

    __slots__ = (
        "attributes",
        "colocations",
        "container",
        "control",
        "devices",
        "gradient_override",
        "name_stack",
        "stack",
    )

    def __init__(self) -> None:
        self.name_stack = ""
        self.control: list[ControlScope] = []
        self.devices: list[DeviceScope] = []
        self.colocations: list[Operation] = []
        self.container = ""
        self.gradient_override: dict[str, str] = {}
        self.attributes: dict[str, Any] = {}
        self.stack: tb.Captured | None = None

    def inherit(self, outer: Blocks) -> None:
        """Take over what the blocks around a function's body set, but control dependencies."""
        self.name_stack = outer.name_stack
        self.devices = outer.devices
        self.container = outer.container
        self.gradient_override = outer.gradient_override
        self.attributes = outer.attributes
        self.stack = outer.stack


class ThreadBlocks(threading.local):
    """The blocks that each thread is in."""

    def __init__(self) -> None:
        self.blocks = Blocks()


class Setting(ContextDecorator, AbstractContextManager[Any]):
    """A `with` block in which one attribute of `Blocks` is another, and then what it was before.

    Args:
      thread: the blocks of each thread.
      field: the attribute.
      change: called on entering; takes the blocks and returns the attribute's new value.
      result: what entering gives.
    """

    __slots__ = ("_change", "_field", "_old", "_result", "_thread")

    def __init__(
        self,
        thread: ThreadBlocks,
        field: str,
        change: Callable[[Blocks], Any],
        result: Any = None,
    ) -> None:
        self._thread = thread
        self._field = field
        self._change = change
        self._result = result
        self._old: list[Any] = []

    def _recreate_cm(self) -> Setting:
        """Return what a call of a decorated function enters: threads may call it at once."""
        return Setting(self._thread, self._field, self._change, self._result)

    def __enter__(self) -> Any:
        blocks = self._thread.blocks
        new = self._change(blocks)
        self._old.append(getattr(blocks, self._field))
        setattr(blocks, self._field, new)
        return self._result

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        setattr(self._thread.blocks, self._field, self._old.pop())


class Colocation(ContextDecorator, AbstractContextManager[None]):
    """A `with` block whose operations belong on the device of another one.

    Args:
      thread: the blocks of each thread.
      find: called on entering; returns that operation, or None for no further one.
      ignore_existing: whether to forget outer blocks.
    """

    __slots__ = ("_find", "_ignores_existing", "_old", "_thread")

    def __init__(
        self, thread: ThreadBlocks, find: Callable[[], Operation | None], ignore_existing: bool
    ) -> None:
        self._thread = thread
        self._find = find
        self._ignores_existing = ignore_existing
        self._old: list[tuple[list[Operation], list[DeviceScope]]] = []

    def _recreate_cm(self) -> Colocation:
        """Return what a call of a decorated function enters: threads may call it at once."""
        return Colocation(self._thread, self._find, self._ignores_existing)

    def __enter__(self) -> None:
        operation = self._find()
        blocks = self._thread.blocks
        self._old.append((blocks.colocations, blocks.devices))
        if self._ignores_existing:
            blocks.colocations = []
        if operation is not None:
            blocks.colocations = [*blocks.colocations, operation]
            blocks.devices = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        blocks = self._thread.blocks
        blocks.colocations, blocks.devices = self._old.pop()
