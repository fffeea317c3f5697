"""Costs as a tree: by name scopes, by inputs, by types of operations or by lines of code.

Which nodes a view shows, and what their totals are, is decided here for all of them: operations
that are not accounted for cost nothing, nodes that are not shown give their children to the next
one above that is, and totals are those of all below a node, or with `account_displayed_op_only` of
what is shown below it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphflow.core.graph import Operation
from graphflow.profiler.costs import DEFINITIONS, Costs

ROOT = "_TFProfRoot"
# What a view can be ordered by, and the cost of each.
ATTRIBUTES: Mapping[str, str] = {
    "micros": "exec_micros",
    "accelerator_micros": "accelerator_exec_micros",
    "cpu_micros": "cpu_exec_micros",
    "bytes": "requested_bytes",
    "peak_bytes": "peak_bytes",
    "residual_bytes": "residual_bytes",
    "output_bytes": "output_bytes",
    "params": "parameters",
    "float_ops": "float_ops",
    "occurrence": DEFINITIONS,
}
# These limits are for what a node costs itself, the others for its total.
_OWN_LIMITS = {"min_params": "parameters", "min_float_ops": "float_ops"}
_TOTAL_LIMITS = {
    "min_micros": "exec_micros",
    "min_accelerator_micros": "accelerator_exec_micros",
    "min_cpu_micros": "cpu_exec_micros",
    "min_bytes": "requested_bytes",
    "min_peak_bytes": "peak_bytes",
    "min_residual_bytes": "residual_bytes",
    "min_output_bytes": "output_bytes",
    "min_occurrence": DEFINITIONS,
}


@dataclass
class Node:
    """A node of a view.

    Attributes:
      name: its name.
      own: what it costs itself.
      members: the operations that it stands for.
      children: the nodes below it.
      total: what it costs with those below it.
    """

    name: str
    own: Counter[str] = field(default_factory=Counter)
    members: list[Costs] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    total: Counter[str] = field(default_factory=Counter)

    def take(self, costs: Costs) -> None:
        """Add an operation to those that it stands for."""
        self.members.append(costs)
        self.own.update(costs.numbers)


def accounted(found: Iterable[Costs], options: Mapping[str, Any]) -> list[Costs]:
    """Return the costs that options select by types.

    Args:
      found: costs.
      options: has "account_type_regexes".
    """
    patterns = [re.compile(text) for text in options["account_type_regexes"]]
    return [item for item in found if any(_matches(patterns, name) for name in item.types)]


def _matches(patterns: Iterable[re.Pattern[str]], name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in patterns)


# -- trees -----------------------------------------------------------------------------------------


def by_scope(found: Iterable[Costs]) -> Node:
    """Return a tree of operations and the name scopes that they stand in.

    Args:
      found: costs of operations.
    """
    return _by_paths(found, lambda costs: _prefixes(costs.operation.name))


def _prefixes(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def by_code(found: Iterable[Costs]) -> Node:
    """Return a tree of the program's lines that made operations, with the lines they called.

    Args:
      found: costs of operations.
    """

    def lines(costs: Costs) -> list[str]:
        frames = costs.operation.traceback
        return [f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames]

    return _by_paths(found, lines)


def _by_paths(found: Iterable[Costs], path_of: Callable[[Costs], list[str]]) -> Node:
    root = Node(ROOT)
    nodes: dict[tuple[str, ...], Node] = {(): root}
    for costs in found:
        path = tuple(path_of(costs))
        for depth in range(1, len(path) + 1):
            if path[:depth] not in nodes:
                node = nodes[path[:depth]] = Node(path[depth - 1])
                nodes[path[: depth - 1]].children.append(node)
        nodes[path].take(costs)
    for node in nodes.values():
        node.own[DEFINITIONS] = max(node.own[DEFINITIONS], int(node is not root))
    return root


def by_inputs(found: Iterable[Costs]) -> Node:
    """Return the operations that nothing uses, with their inputs below them, each once.

    Args:
      found: costs of operations.
    """
    costs = {item.operation: item for item in found}
    root = Node(ROOT)
    used = {tensor.op for operation in costs for tensor in operation.inputs}
    seen: set[Operation] = set()
    waiting = [(root, operation) for operation in costs if operation not in used][::-1]
    while waiting:
        above, operation = waiting.pop()
        if operation in seen or operation not in costs:
            continue
        seen.add(operation)
        node = Node(operation.name)
        node.take(costs[operation])
        above.children.append(node)
        waiting.extend((node, tensor.op) for tensor in reversed(operation.inputs))
    return root


def by_type(found: Iterable[Costs]) -> Node:
    """Return a node for each type of operations.

    Args:
      found: costs of operations.
    """
    return _by_paths(found, lambda costs: [costs.operation.type])


# -- what is shown ---------------------------------------------------------------------------------


def shown(root: Node, options: Mapping[str, Any]) -> Node:
    """Return the part of a tree that options show, with totals, in their order.

    Args:
      root: a tree.
      options: all options of a profile.

    Raises:
      ValueError: nodes cannot be ordered so.
    """
    order = options["order_by"]
    if order != "name" and order not in ATTRIBUTES:
        raise ValueError(f"order_by is 'name' or one of {sorted(ATTRIBUTES)}, not {order!r}")
    _sum_up(root)
    starts = [re.compile(text) for text in options["start_name_regexes"]]
    view = Node(ROOT, root.own, total=root.total)
    below = [part for node in _starting(root.children, starts) for part in _View(options).of(node)]
    _View(options).put_below(view, below)
    return view


def _sum_up(node: Node) -> None:
    node.total = Counter(node.own)
    for child in node.children:
        _sum_up(child)
        node.total.update(child.total)


def _starting(nodes: Iterable[Node], starts: list[re.Pattern[str]]) -> Iterator[Node]:
    for node in nodes:
        if _matches(starts, node.name):
            yield node
        else:
            yield from _starting(node.children, starts)


class _View:
    """Selects the nodes to show.

    Args:
      options: all options of a profile.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._patterns = {
            key: [re.compile(text) for text in options[key]]
            for key in ("show_name_regexes", "hide_name_regexes", "trim_name_regexes")
        }

    def of(self, node: Node, depth: int = 2) -> list[Node]:
        """The node with what is shown below it, or only the latter where it is not shown."""
        below: list[Node] = []
        if not self._is("trim", node):
            below = [part for child in node.children for part in self.of(child, depth + 1)]
        if not self._is_shown(node, depth):
            return below
        view = Node(node.name, node.own, node.members, total=node.total)
        self.put_below(view, below)
        return [view]

    def _is(self, what: str, node: Node) -> bool:
        return _matches(self._patterns[f"{what}_name_regexes"], node.name)

    def _is_shown(self, node: Node, depth: int) -> bool:
        options = self._options
        enough = all(
            node.own[cost] >= options.get(key, 0) for key, cost in _OWN_LIMITS.items()
        ) and all(node.total[cost] >= options.get(key, 0) for key, cost in _TOTAL_LIMITS.items())
        if not enough or depth > options["max_depth"]:
            return False
        return self._is("show", node) and not self._is("hide", node)

    def put_below(self, view: Node, below: list[Node]) -> None:
        """Put nodes below one, in order; its total is theirs if only what is shown counts."""
        view.children = self._ordered(below)
        if self._options["account_displayed_op_only"]:
            view.total = Counter(view.own)
            for child in view.children:
                view.total.update(child.total)

    def _ordered(self, nodes: list[Node]) -> list[Node]:
        by_name = sorted(nodes, key=lambda node: node.name)
        order = self._options["order_by"]
        if order == "name":
            return by_name
        return sorted(by_name, key=lambda node: -node.total[ATTRIBUTES[order]])
