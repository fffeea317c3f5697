"""Parts of a graph: operations with the tensors that go in and come out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from graphflow.contrib.graph_editor import (
    Filter,
    filter_ops,
    filter_ops_from_regex,
    filter_ts,
    filter_ts_from_regex,
)
from graphflow.core.graph import Graph, Operation, Tensor

_FOR_TENSORS = "(?#ts)"
_FOR_OPERATIONS = "(?#ops)"


class SubGraphView:
    """Some operations of a graph.

    Args:
      inside_ops: the operations, or what `select_ops` takes for them.
      passthrough_ts: tensors that are inputs and outputs alike.

    Attributes:
      ops: the operations.
      inputs: the tensors that they take from others.
      outputs: the tensors that they make for others, or that nothing takes.
      passthroughs: as given.

    Examples:
      >>> import graphflow as tf
      >>> a = tf.constant([2.0, 3.0], name="a")
      >>> b = tf.negative(tf.exp(a, name="e"), name="b")
      >>> SubGraphView([b.op, b.op.inputs[0].op])
      SubGraphView of b, e: takes a:0, makes b:0
    """

    def __init__(self, inside_ops: Any = (), passthrough_ts: Any = ()) -> None:
        self.ops = select_ops(inside_ops)
        self.passthroughs = select_ts(passthrough_ts)
        _one_graph([*self.ops, *self.passthroughs])
        inside = frozenset(self.ops)
        taken = [t for op in self.ops for t in op.inputs if t.op not in inside]
        made = [t for op in self.ops for t in op.outputs if _leaves(t, inside)]
        self.inputs = list(dict.fromkeys([*taken, *self.passthroughs]))
        self.outputs = list(dict.fromkeys([*made, *self.passthroughs]))

    @property
    def graph(self) -> Graph | None:
        """The graph, None if there is nothing in the view."""
        return _one_graph([*self.ops, *self.passthroughs])

    def find_op_by_name(self, op_name: str) -> Operation:
        """Return the operation of a name.

        Raises:
          ValueError: there is none among these.
        """
        for op in self.ops:
            if op.name == op_name:
                return op
        raise ValueError(f"{op_name!r} is not among the operations of {self!r}")

    def __bool__(self) -> bool:
        return bool(self.ops or self.passthroughs)

    def __repr__(self) -> str:
        ops = ", ".join(op.name for op in self.ops)
        inputs, outputs = (
            ", ".join(tensor.name for tensor in ts) or "nothing"
            for ts in (self.inputs, self.outputs)
        )
        return f"SubGraphView of {ops or 'nothing'}: takes {inputs}, makes {outputs}"


def _leaves(tensor: Tensor, inside: frozenset[Operation]) -> bool:
    consumers = tensor.consumers()
    return not consumers or any(op not in inside for op in consumers)


def _one_graph(items: Iterable[Operation | Tensor]) -> Graph | None:
    graph: Graph | None = None
    for item in items:
        if graph is not None and item.graph is not graph:
            raise ValueError(f"{item!r} belongs to another graph than what stands before it")
        graph = item.graph
    return graph


def sgv(*args: Any, graph: Graph | None = None) -> SubGraphView:
    """Return a view of operations.

    Args:
      args: what `select_ops_and_ts` takes: tensors are passed through; or one view.
      graph: where to look for regular expressions.

    >>> import graphflow as tf
    >>> y = tf.exp(tf.constant(2.0, name="a"), name="layer/y")
    >>> sgv("^layer/", graph=y.graph)
    SubGraphView of layer/y: takes a:0, makes layer/y:0
    """
    if len(args) == 1 and isinstance(args[0], SubGraphView):
        return args[0]
    return SubGraphView(*select_ops_and_ts(*args, graph=graph))


def sgv_scope(scope: str, graph: Graph) -> SubGraphView:
    """Return a view of the operations of a name scope.

    Args:
      scope: the scope.
      graph: where it is.
    """
    return SubGraphView(select_ops(f"^{re.escape(scope.rstrip('/'))}/", graph=graph))


# -- selections ------------------------------------------------------------------------------------


def select_ops(
    *args: Any,
    graph: Graph | None = None,
    positive_filter: Filter | None = None,
    restrict_ops_regex: bool = False,
) -> list[Operation]:
    """Return operations by themselves and by their names.

    Args:
      args: operations, lists of them, graphs, and regular expressions which are found in names.
      graph: where to look for regular expressions.
      positive_filter: says of those that are no regular expressions which to take.
      restrict_ops_regex: whether to leave out regular expressions without the mark `(?#ops)`.

    Raises:
      ValueError: there is a regular expression, and no graph.
      TypeError: an argument is something else.

    >>> import graphflow as tf
    >>> a, b = tf.constant(1.5, name="a"), tf.constant(2.5, name="layer/b")
    >>> [op.name for op in select_ops([a.op], "^layer", graph=a.graph)]
    ['a', 'layer/b']
    """
    found: list[Operation] = []
    for arg in args:
        pattern = _pattern(arg)
        if pattern is None:
            found += filter_ops(arg, True if positive_filter is None else positive_filter)
        elif not pattern.startswith(_FOR_TENSORS) and (
            not restrict_ops_regex or pattern.startswith(_FOR_OPERATIONS)
        ):
            found += filter_ops_from_regex(_needed(graph, pattern), arg)
    return list(dict.fromkeys(found))


def select_ts(
    *args: Any,
    graph: Graph | None = None,
    positive_filter: Filter | None = None,
    restrict_ts_regex: bool = False,
) -> list[Tensor]:
    """Return tensors by themselves and by the names of their operations.

    Args:
      args: tensors, lists of them, and regular expressions.
      graph: see `select_ops`.
      positive_filter: see `select_ops`.
      restrict_ts_regex: whether to leave out regular expressions without the mark `(?#ts)`.

    Raises:
      ValueError: there is a regular expression, and no graph.
      TypeError: an argument is something else.
    """
    found: list[Tensor] = []
    for arg in args:
        pattern = _pattern(arg)
        if pattern is None:
            found += _chosen(arg, positive_filter)
        elif not pattern.startswith(_FOR_OPERATIONS) and (
            not restrict_ts_regex or pattern.startswith(_FOR_TENSORS)
        ):
            found += filter_ts_from_regex(_needed(graph, pattern), arg)
    return list(dict.fromkeys(found))


def select_ops_and_ts(
    *args: Any,
    graph: Graph | None = None,
    positive_ops_filter: Filter | None = None,
    positive_ts_filter: Filter | None = None,
) -> tuple[list[Operation], list[Tensor]]:
    """Return operations and tensors by themselves and by their names.

    Args:
      args: operations, tensors, lists of either, and regular expressions, which are for tensors if
        they begin with `(?#ts)`.
      graph: see `select_ops`.
      positive_ops_filter: see `select_ops`.
      positive_ts_filter: see `select_ops`.

    Raises:
      ValueError: there is a regular expression, and no graph.
      TypeError: an argument is something else.
    """
    for_tensors = [arg for arg in args if _is_for_tensors(arg)]
    others = [arg for arg in args if not _is_for_tensors(arg)]
    ops = select_ops(*others, graph=graph, positive_filter=positive_ops_filter)
    return ops, select_ts(*for_tensors, graph=graph, positive_filter=positive_ts_filter)


def _is_for_tensors(arg: Any) -> bool:
    pattern = _pattern(arg)
    if pattern is not None:
        return pattern.startswith(_FOR_TENSORS)
    items = [arg] if isinstance(arg, (Operation, Tensor, Graph)) else list(arg)
    return bool(items) and isinstance(items[0], Tensor)


def _pattern(arg: Any) -> str | None:
    """The text of a regular expression, None for all else."""
    return arg if isinstance(arg, str) else getattr(arg, "pattern", None)


def _needed(graph: Graph | None, pattern: str) -> Graph:
    if graph is None:
        raise ValueError(f"to look for {pattern!r}, say in which graph: graph=...")
    return graph


def _chosen(arg: Any, positive_filter: Filter | None) -> list[Tensor]:
    if isinstance(arg, Graph):
        return filter_ts(arg, True if positive_filter is None else positive_filter)
    tensors = [arg] if isinstance(arg, Tensor) else list(arg)
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"expected tensors: this is {tensor!r}")
    keep: Callable[[Any], bool] = positive_filter if callable(positive_filter) else bool
    return tensors if positive_filter in (None, True) else [t for t in tensors if keep(t)]
