"""Where in the user's code operations were made, and what stands there."""

from __future__ import annotations

import linecache
from collections.abc import Iterable

from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation


def source_text(operation: Operation) -> list[str]:
    """Return the user's line as `file:line in function`, and below it what stands there.

    Args:
      operation: any.
    """
    place = operation.user_line
    if not place:
        return ["not known: no line of a program made it, such as in an imported graph"]
    code = source_code(operation)
    return [place, f"    {code}"] if code else [place]


def source_code(operation: Operation) -> str:
    """Return the text of the line that made an operation, '' if it cannot be read.

    Args:
      operation: any.
    """
    frames = operation.traceback
    return linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip() if frames else ""


def by_line(operations: Iterable[Operation]) -> dict[str, list[Operation]]:
    """Group operations by the user's line that made them, in order of creation.

    Args:
      operations: any.
    """
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.user_line, []).append(operation)
    return groups


def place_text(operation: Operation, body: FuncGraph, call: int) -> str:
    """Return in words which execution of a body something happens in.

    Args:
      operation: the operation that runs the body.
      body: the body.
      call: how often it ran before.
    """
    kind = operation.type
    name = repr(operation.name)
    if kind.endswith("While"):
        part = "the condition of " if body is getattr(operation.op, "cond", None) else ""
        backwards = ", which runs backwards for the gradient" if "_grad" in operation.name else ""
        return f"{part}iteration {call} of the loop {name}{backwards}"
    if kind.endswith("If"):
        which = "true" if body is getattr(operation.op, "then_branch", None) else "false"
        return f"the branch of {name} for {which}"
    if kind.endswith("Case"):
        branches = getattr(operation.op, "branches", ())
        return f"branch {next((i for i, b in enumerate(branches) if b is body), '?')} of {name}"
    return f"the function {body.name!r} that {name} calls"
