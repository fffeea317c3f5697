"""Operations of a graph that others depend on, or that depend on others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from graphflow.core.graph import Graph, Operation, Tensor

Filter: TypeAlias = Callable[[Any], bool] | bool


class ControlOutputs:
    """Which operations wait for each operation of a graph.

    Args:
      graph: the graph, or its operations.
    """

    def __init__(self, graph: Graph | Iterable[Operation]) -> None:
        self._waiting: dict[Operation, list[Operation]] = {}
        for op in graph.get_operations() if isinstance(graph, Graph) else graph:
            for before in op.control_inputs:
                self._waiting.setdefault(before, []).append(op)

    def get(self, op: Operation) -> tuple[Operation, ...]:
        """Return the operations that wait for one.

        Args:
          op: the operation.
        """
        return tuple(self._waiting.get(op, ()))

    def get_all(self) -> dict[Operation, list[Operation]]:
        """Return the operations that wait, by what they wait for."""
        return self._waiting


# -- walks -----------------------------------------------------------------------------------------


def get_backward_walk_ops(
    seed_ops: Any,
    inclusive: bool = True,
    within_ops: Iterable[Operation] | None = None,
    within_ops_fn: Callable[[Operation], bool] | None = None,
    stop_at_ts: Any = (),
    control_inputs: bool = False,
) -> list[Operation]:
    """Return the operations that some depend on.

    Args:
      seed_ops: the operations, or tensors, which stand for what makes them.
      inclusive: whether they are in the result.
      within_ops: operations that the walk does not leave.
      within_ops_fn: tells of an operation whether the walk may go to it.
      stop_at_ts: tensors that the walk does not go through.
      control_inputs: whether to walk along control inputs as well.

    Returns:
      Operations: the nearest first, and by the order of their creation.

    >>> import graphflow as tf
    >>> a, b = tf.constant(1.5, name="a"), tf.constant(2.5, name="b")
    >>> total = tf.add(a * 2.0, b, name="total")
    >>> [op.name for op in get_backward_walk_ops(total, stop_at_ts=[a])]
    ['total', 'b', 'mul', 'mul/y']
    """
    stops = frozenset(_tensors(stop_at_ts))

    def neighbors(op: Operation) -> Iterable[Operation]:
        yield from (tensor.op for tensor in op.inputs if tensor not in stops)
        if control_inputs:
            yield from op.control_inputs

    seeds = _operations(seed_ops, get_generating_ops)
    return _walk(seeds, neighbors, inclusive, within_ops, within_ops_fn)


def get_forward_walk_ops(
    seed_ops: Any,
    inclusive: bool = True,
    within_ops: Iterable[Operation] | None = None,
    within_ops_fn: Callable[[Operation], bool] | None = None,
    stop_at_ts: Any = (),
    control_outputs: ControlOutputs | None = None,
) -> list[Operation]:
    """Return the operations that depend on some.

    Args:
      seed_ops: the operations, or tensors, which stand for what takes them.
      inclusive: whether they are in the result.
      within_ops: operations that the walk does not leave.
      within_ops_fn: tells of an operation whether the walk may go to it.
      stop_at_ts: tensors that the walk does not go through.
      control_outputs: where to find what waits for an operation, to walk there as well.

    Returns:
      Operations: the nearest first, and by the order of their creation.

    >>> import graphflow as tf
    >>> a = tf.constant(1.5, name="a")
    >>> total = tf.add(a * 2.0, 1.0, name="total")
    >>> [op.name for op in get_forward_walk_ops(a.op)]
    ['a', 'mul', 'total']
    """
    stops = frozenset(_tensors(stop_at_ts))

    def neighbors(op: Operation) -> Iterable[Operation]:
        for tensor in op.outputs:
            if tensor not in stops:
                yield from tensor.consumers()
        if control_outputs is not None:
            yield from control_outputs.get(op)

    seeds = _operations(seed_ops, get_consuming_ops)
    return _walk(seeds, neighbors, inclusive, within_ops, within_ops_fn)


def get_walks_intersection_ops(
    forward_seed_ops: Any, backward_seed_ops: Any, **options: Any
) -> list[Operation]:
    """Return the operations between some and others.

    Args:
      forward_seed_ops: where they begin, see `get_forward_walk_ops`.
      backward_seed_ops: where they end, see `get_backward_walk_ops`.
      options: `within_ops` and `within_ops_fn` of both walks.

    >>> import graphflow as tf
    >>> a = tf.constant(1.5, name="a")
    >>> b = tf.negative(a, name="b")
    >>> [op.name for op in get_walks_intersection_ops(a.op, tf.exp(b, name="c").op)]
    ['a', 'b', 'c']
    """
    reached = set(get_backward_walk_ops(backward_seed_ops, **options))
    return [op for op in get_forward_walk_ops(forward_seed_ops, **options) if op in reached]


def _walk(
    seeds: Sequence[Operation],
    neighbors: Callable[[Operation], Iterable[Operation]],
    inclusive: bool,
    within_ops: Iterable[Operation] | None,
    within_ops_fn: Callable[[Operation], bool] | None,
) -> list[Operation]:
    allowed = None if within_ops is None else frozenset(within_ops)

    def is_within(op: Operation) -> bool:
        if allowed is not None and op not in allowed:
            return False
        return within_ops_fn is None or bool(within_ops_fn(op))

    found = dict.fromkeys(seeds)
    wave = list(found)
    while wave:
        reached = {near for op in wave for near in neighbors(op)}
        wave = sorted(
            (op for op in reached if op not in found and is_within(op)), key=lambda op: op.id
        )
        found.update(dict.fromkeys(wave))
    return [op for op in found if inclusive or op not in set(seeds)]


# -- operations and tensors ------------------------------------------------------------------------


def get_tensors(graph: Graph) -> list[Tensor]:
    """Return all tensors of a graph.

    Args:
      graph: the graph.
    """
    return [tensor for op in graph.get_operations() for tensor in op.outputs]


def get_generating_ops(ts: Any) -> list[Operation]:
    """Return the operations that make tensors.

    Args:
      ts: the tensors.
    """
    return list(dict.fromkeys(tensor.op for tensor in _tensors(ts)))


def get_consuming_ops(ts: Any) -> list[Operation]:
    """Return the operations that take tensors.

    Args:
      ts: the tensors.
    """
    return list(dict.fromkeys(op for tensor in _tensors(ts) for op in tensor.consumers()))


def filter_ops(ops: Any, positive_filter: Filter) -> list[Operation]:
    """Return those of some operations that a function says yes to.

    Args:
      ops: the operations, or a graph.
      positive_filter: the function, or True for all.
    """
    return [op for op in _operations(ops, get_generating_ops) if _passes(op, positive_filter)]


def filter_ops_from_regex(ops: Any, regex: Any) -> list[Operation]:
    """Return those of some operations in whose names a pattern is found.

    Args:
      ops: the operations, or a graph.
      regex: a regular expression.
    """
    pattern = re.compile(regex)
    return filter_ops(ops, lambda op: pattern.search(op.name) is not None)


def filter_ts(ops: Any, positive_filter: Filter) -> list[Tensor]:
    """Return those of the tensors that operations make that a function says yes to.

    Args:
      ops: the operations, or a graph.
      positive_filter: the function, or True for all.
    """
    made = [tensor for op in _operations(ops, get_generating_ops) for tensor in op.outputs]
    return [tensor for tensor in made if _passes(tensor, positive_filter)]


def filter_ts_from_regex(ops: Any, regex: Any) -> list[Tensor]:
    """Return those of the tensors that operations make in whose names a pattern is found.

    Args:
      ops: the operations, or a graph.
      regex: a regular expression.

    >>> import graphflow as tf
    >>> a, b = tf.constant(1.5, name="a"), tf.constant(2.5, name="layer/b")
    >>> [t.name for t in filter_ts_from_regex([a.op, b.op], "^layer/")]
    ['layer/b:0']
    """
    pattern = re.compile(regex)
    return filter_ts(ops, lambda tensor: pattern.search(tensor.op.name) is not None)


def _passes(item: Any, positive_filter: Filter) -> bool:
    return positive_filter is True or (callable(positive_filter) and bool(positive_filter(item)))


def _operations(value: Any, of_tensors: Callable[[Any], list[Operation]]) -> list[Operation]:
    """Operations as a list; tensors stand for those that a function tells."""
    if isinstance(value, Graph):
        return list(value.get_operations())
    items = _listed(value)
    if all(isinstance(item, Operation) for item in items):
        return items
    return of_tensors(items)


def _tensors(value: Any) -> list[Tensor]:
    items = _listed(value)
    for item in items:
        if not isinstance(item, Tensor):
            raise TypeError(f"expected operations alone, or tensors alone: this is {item!r}")
    return items


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, (Operation, Tensor)) else list(value)
