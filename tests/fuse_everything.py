"""A pytest plugin that lets all runs on one thread use fused groups of steps from the start.

Python itself executes the functions that are meant for numba: that takes no time to compile, and an
index that is out of range is an error and not a wrong number.

    pytest -p tests.fuse_everything tests/unit
    FUSE_IN_CHUNKS=1 pytest -p tests.fuse_everything tests/unit

The second way splits all loops into chunks and tiles as if the arrays were large.  Tests that look
at how runs are compiled, or compare the last digits of functions such as tanh, fail under it.
"""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from graphflow.compiler import nests, row_tiles
from graphflow.compiler.fusion import Group, find_groups
from graphflow.compiler.loops import write_loop
from graphflow.runtime import executor, fused
from graphflow.runtime.variant import Variant

# Python takes long for more elements.
_MAX_ELEMENTS = 3000

_modules: dict[str, SimpleNamespace] = {}
_numbers = {"groups": 0, "parts": 0}


def _names() -> dict[str, Any]:
    elementary = importlib.import_module("graphflow.compiler.elementary")
    functions = {name: value for name, value in vars(elementary).items() if name.endswith("32")}
    return {
        **functions,
        "np": np,
        "machine_code": lambda function: function,
        "add": lambda total, term: total + term,
        "larger": lambda best, value: best if best > value else value,
        "smaller": lambda best, value: best if best < value else value,
    }


def _load(source: str, _name: str) -> SimpleNamespace:
    """Like `code_cache.load`, for Python."""
    if source not in _modules:
        lines = [line for line in source.split("\n") if not line.startswith(("from ", "import "))]
        names = _names()
        exec("\n".join(lines), names)  # our own text
        _modules[source] = SimpleNamespace(**names)
    return _modules[source]


def _is_small(group: Group) -> bool:
    return max(math.prod(nest.shape) for nest in group.nests) <= _MAX_ELEMENTS


def _fused(variant: Variant, kept: frozenset[int]) -> list[Any]:
    found = find_groups(variant.line_steps, variant.specs, variant._is_plain, kept)
    groups = [group for group in found if _is_small(group)]
    _numbers["groups"] += len(groups)
    _numbers["parts"] += sum(len(group.parts()) for group in groups)
    return [fused._compile(group, write_loop(group)) for group in groups]


def _fusing(write_line: Callable[..., Any]) -> Callable[..., Any]:
    def write(variant: Variant, plan: Any, groups: Sequence[Any] = (), *others: Any) -> Any:
        chosen = groups or _fused(variant, frozenset(plan.fetches))
        return write_line(variant, plan, chosen, *others)

    return write


def pytest_configure() -> None:
    """Put Python in the place of numba, and fuse at once."""
    if os.environ.get("FUSE_IN_CHUNKS"):
        nests.CHUNK_NS = 1
        row_tiles._TILE = 6
    replaced: Any = fused
    replaced.load, replaced.compile_apart = _load, lambda *_: None
    executor._MEASURED_RUNS = 0
    line: Any = Variant
    line.write_line = _fusing(Variant.write_line)
    line.count_run = lambda *_: None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell how much was fused."""
    terminalreporter.write_line(f"fused: {_numbers['groups']} groups of {_numbers['parts']} parts")
