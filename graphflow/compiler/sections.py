"""Critical sections: what a run must hold, and the order of sections within one run.

A run that contains a critical section holds its mutex from its beginning to its end, before it
takes the value of any variable, so that no update of another run comes between.  Within a run,
sections of one mutex follow one another in their order of creation, and each sees the updates of
those before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graphflow.core.graph import Operation
from graphflow.core.handles import ResourceHandle


def section_order(operations: Sequence[Operation]) -> Mapping[Operation, Operation]:
    """For each operation that begins a section, the one that ends the section before it.

    Args:
      operations: in order of creation.  Those that begin a section have an output, those that end
        one have none.
    """
    last: dict[ResourceHandle, Operation] = {}
    waits: dict[Operation, Operation] = {}
    for operation in operations:
        mutex = operation.op.mutex(operation)
        if mutex is None:
            continue
        if not operation.outputs:
            last[mutex] = operation
        elif mutex in last:
            waits[operation] = last[mutex]
    return waits


def held_mutexes(operations: Iterable[Operation]) -> list[ResourceHandle]:
    """The mutexes that a run of these operations holds, in the one order in which all take them."""
    found = {operation.op.mutex(operation) for operation in operations}
    return sorted((mutex for mutex in found if mutex is not None), key=str)
