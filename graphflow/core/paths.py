"""Ways through a graph: from what is computed back to what it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from graphflow.core.graph import Operation, Tensor

# Operations whose values come from outside.
PLACEHOLDERS = frozenset({"Placeholder", "PlaceholderV2"})
# Operations that need no more of a tensor than its shape.
SHAPE_READERS = frozenset({"Rank", "Shape", "ShapeN", "Size"})


def needed_by(operation: Operation, fed: Collection[Tensor] = ()) -> list[Operation]:
    """Return the operations that an operation takes values from or waits for, each once.

    Args:
      operation: the operation.
      fed: tensors whose values come from outside.
    """
    sources = [tensor.op for tensor in operation.inputs if tensor not in fed]
    if operation.op.is_argument:  # of a body: what it captures from the graph around
        captured = getattr(operation.op, "source", None)
        sources += [captured.op] if captured is not None else []
    return list(dict.fromkeys([*sources, *operation.control_inputs]))


def ways_back(
    roots: Iterable[Operation], fed: Collection[Tensor] = (), through_shapes: bool = True
) -> Ways:
    """Find the shortest way from some operations back to all that they need.

    Args:
      roots: where the ways begin.
      fed: tensors whose values come from outside: no way goes on behind them.
      through_shapes: whether ways go on behind operations that need no more than a shape.
    """

    def before(operation: Operation) -> list[Operation]:
        if operation.type in SHAPE_READERS and not through_shapes:
            return []
        return needed_by(operation, fed)

    return Ways(roots, before)


def ways_forward(roots: Iterable[Operation]) -> Ways:
    """Find the shortest way from some operations on to all that use them, along tensors.

    Args:
      roots: where the ways begin.
    """
    return Ways(
        roots,
        lambda operation: [user for tensor in operation.outputs for user in tensor.consumers()],
    )


class Ways:
    """The shortest ways from some operations to others.

    Args:
      roots: where the ways begin.
      following: returns the operations that are one step further.
    """

    def __init__(
        self, roots: Iterable[Operation], following: Callable[[Operation], Iterable[Operation]]
    ) -> None:
        self._before: dict[Operation, Operation | None] = dict.fromkeys(roots)
        queue = list(self._before)
        for operation in queue:
            for other in following(operation):
                if other not in self._before:
                    self._before[other] = operation
                    queue.append(other)

    def __contains__(self, operation: Operation) -> bool:
        return operation in self._before

    def __len__(self) -> int:
        return len(self._before)

    def operations(self) -> list[Operation]:
        """Return all that is reached, the nearest first."""
        return list(self._before)

    def to(self, operation: Operation) -> list[Operation]:
        """Return the shortest way to an operation, from a root on; [] if there is none."""
        way: list[Operation] = []
        step: Operation | None = operation if operation in self._before else None
        while step is not None:
            way.append(step)
            step = self._before[step]
        return way[::-1]


def way_text(way: Iterable[Operation], most: int = 8) -> str:
    """Return a way in one line, the middle of a long one left out.

    Args:
      way: from what is computed to what it needs.
      most: how many operations are named.
    """
    names = [operation.name for operation in way]
    if len(names) > most:
        half = most // 2
        names = [*names[:half], f"({len(names) - 2 * half} more)", *names[-half:]]
    return " <- ".join(names)
