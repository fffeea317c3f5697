"""The order in which the tasks of an iteration are written."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from graphflow.compiler.native.writer import Task

Shape = tuple[int, ...]


def in_units(
    tasks: Sequence[Task], element_shape: Callable[[Task], Shape | None]
) -> list[list[Task]]:
    """Order tasks so that those which become one loop follow one another.

    Args:
      tasks: without effects, in an order in which they may run.
      element_shape: the shape of the result of a task that computes each element of it from those
        of its inputs; None for all other tasks.

    Returns:
      The tasks that become one loop, or the single other task, of each unit in order.
    """
    return _Scheduler(tasks, element_shape).units()


class _Scheduler:
    def __init__(
        self, tasks: Sequence[Task], element_shape: Callable[[Task], Shape | None]
    ) -> None:
        self._tasks = tasks
        self._shapes = [element_shape(task) for task in tasks]
        writer = {slot: index for index, task in enumerate(tasks) for slot in task.outputs}
        before = [{writer[slot] for slot in task.inputs if slot in writer} for task in tasks]
        self._waiting = [len(earlier) for earlier in before]
        self._followers: list[list[int]] = [[] for _ in tasks]
        for index, earlier in enumerate(before):
            for item in earlier:
                self._followers[item].append(index)
        self._others: list[int] = []
        self._elements: dict[Shape, list[int]] = {}
        for index, count in enumerate(self._waiting):
            if not count:
                self._make_ready(index)

    def units(self) -> list[list[Task]]:
        units: list[list[Task]] = []
        while self._others or any(self._elements.values()):
            if self._others:
                index = heapq.heappop(self._others)
                units.append([self._tasks[index]])
                self._finish(index)
                continue
            shape = min(
                (shape for shape, ready in self._elements.items() if ready),
                key=lambda shape: self._elements[shape][0],
            )
            unit = []
            ready = self._elements[shape]
            while ready:
                index = heapq.heappop(ready)
                unit.append(self._tasks[index])
                self._finish(index)
            units.append(unit)
        return units

    def _make_ready(self, index: int) -> None:
        shape = self._shapes[index]
        queue = self._others if shape is None else self._elements.setdefault(shape, [])
        heapq.heappush(queue, index)

    def _finish(self, index: int) -> None:
        for follower in self._followers[index]:
            self._waiting[follower] -= 1
            if not self._waiting[follower]:
                self._make_ready(follower)
