"""Record what each step of a run did: when, on which thread, with what results."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphflow.compiler.plan import NO_SLOT, Step


@dataclass(frozen=True)
class StepRecord:
    """One executed step.

    Attributes:
      step: the step.
      start: when it started, in microseconds since the epoch.
      end: when it ended.
      thread: name of the thread.
      outputs: shape and size in bytes of each output that somebody uses, None for others.
    """

    step: Step
    start: float
    end: float
    thread: str
    outputs: tuple[tuple[tuple[int, ...], int] | None, ...]


def _size(value: Any) -> tuple[tuple[int, ...], int]:
    array = np.asarray(value)
    return array.shape, int(array.nbytes)


class Trace:
    """The records of a run, in the order in which the steps ended."""

    def __init__(self) -> None:
        self.records: list[StepRecord] = []
        # Steps are timed by the monotonic clock and dated by the wall clock at the beginning.
        self._offset = time.time() * 1e6 - time.perf_counter() * 1e6

    @contextmanager
    def step(self, step: Step, slots: Sequence[Any]) -> Iterator[None]:
        """Record the step that runs within the `with` block.

        Args:
          step: the step.
          slots: the run's slots, from which the outputs are taken afterwards.
        """
        start = time.perf_counter() * 1e6
        yield
        end = time.perf_counter() * 1e6
        outputs = tuple(None if slot == NO_SLOT else _size(slots[slot]) for slot in step.outputs)
        name = threading.current_thread().name
        self.records.append(
            StepRecord(step, start + self._offset, end + self._offset, name, outputs)
        )
