"""What a workload is made of: a setting, a program, and the table that workloads are entered in.

A workload is a function of a `Setting`, which carries the module under test as `tf`; it builds a
program and returns it as a `Program`.  The initial values come from numpy, so that the same program
gives the same numbers on every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Setting:
    """What a workload is built from.

    Attributes:
      tf: the module under test.
      threads: how many threads a session may use.
      digits: MNIST's four arrays by name; empty if the workload needs none.
    """

    tf: ModuleType
    threads: int
    digits: Mapping[str, np.ndarray] = field(default_factory=dict)

    def session(self, graph: Any) -> Any:
        """Return a session for a graph, with its variables initialized."""
        tf = self.tf
        config = tf.ConfigProto(
            intra_op_parallelism_threads=self.threads, inter_op_parallelism_threads=self.threads
        )
        session = tf.Session(graph=graph, config=config)
        with graph.as_default():
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session


@dataclass(frozen=True)
class Program:
    """A program that is ready to be timed.

    Attributes:
      step: what is timed.
      outcome: a number that every implementation must give; called once, before the timing. None
        if there is none to compare.
      prepare: called before each step, outside of its time.
      close: releases what the program holds.
    """

    step: Callable[[], Any]
    outcome: Callable[[], float] | None = None
    prepare: Callable[[], Any] | None = None
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Workload:
    """An entry of `WORKLOADS`."""

    build: Callable[[Setting], Program]
    description: str


WORKLOADS: dict[str, Workload] = {}


def workload(
    description: str,
) -> Callable[[Callable[[Setting], Program]], Callable[[Setting], Program]]:
    """Enter a function in `WORKLOADS` under its name."""

    def enter(build: Callable[[Setting], Program]) -> Callable[[Setting], Program]:
        WORKLOADS[build.__name__] = Workload(build, description)
        return build

    return enter


def fetching(setting: Setting, graph: Any, fetches: Any, feeds: Mapping[Any, Any]) -> Program:
    """Return the program that runs the same fetches on the same feeds again and again.

    Args:
      setting: the setting.
      graph: the graph.
      fetches: a tensor, or a list of tensors.
      feeds: numbers for placeholders, taken as float32 unless they are integers.
    """
    arrays = {key: np.asarray(value) for key, value in feeds.items()}
    feeds = {
        key: array if array.dtype.kind == "i" else array.astype(np.float32)
        for key, array in arrays.items()
    }
    session = setting.session(graph)

    def step() -> Any:
        return session.run(fetches, feeds)

    def outcome() -> float:
        values = step()
        values = values if isinstance(values, list) else [values]
        return float(sum(np.abs(np.asarray(value, np.float64)).sum() for value in values))

    return Program(step, outcome, close=session.close)
