"""Copies of parts of a graph, and tensors that take the places of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from graphflow.contrib.graph_editor import get_walks_intersection_ops
from graphflow.contrib.graph_views import SubGraphView, select_ops, select_ts, sgv
from graphflow.core import nest
from graphflow.core.graph import Graph, Operation, Tensor
from graphflow.ops.constant import placeholder


class TransformerInfo:
    """What became of the parts of a view that was copied.

    Args:
      view: what was copied.
      graph: where the copies are.
    """

    def __init__(self, view: SubGraphView, graph: Graph) -> None:
        self.sgv = view
        self.graph = view.graph
        self.graph_ = graph
        self._transformed_ops: dict[Operation, Operation] = {}
        self._transformed_ts: dict[Tensor, Tensor] = {}

    def transformed(self, original_top: Any, missing_fn: Callable[[Any], Any] | None = None) -> Any:
        """Return copies.

        Args:
          original_top: an operation, a tensor, or a structure of them.
          missing_fn: gets those that were not copied; by default they give None.
        """
        known: dict[Any, Any] = {**self._transformed_ops, **self._transformed_ts}
        return _looked_up(known, original_top, missing_fn)

    def original(self, transformed_top: Any, missing_fn: Callable[[Any], Any] | None = None) -> Any:
        """Return what copies were made of.

        Args:
          transformed_top: an operation, a tensor, or a structure of them.
          missing_fn: gets those that are no copies; by default they give None.
        """
        ops: dict[Any, Any] = {copy: op for op, copy in self._transformed_ops.items()}
        tensors = {copy: tensor for tensor, copy in self._transformed_ts.items()}
        return _looked_up({**ops, **tensors}, transformed_top, missing_fn)


def _looked_up(known: Mapping[Any, Any], asked: Any, missing_fn: Any) -> Any:
    def look_up(item: Any) -> Any:
        if item in known:
            return known[item]
        return None if missing_fn is None else missing_fn(item)

    return nest.map_structure(look_up, asked)


def copy(
    sgv: Any, dst_graph: Graph | None = None, dst_scope: str = "", src_scope: str = "",
    reuse_dst_scope: bool = False,
) -> tuple[SubGraphView, TransformerInfo]:  # fmt: skip
    """Copy operations; the copies take what these take.

    Args:
      sgv: the operations, or a view of them.
      dst_graph: where the copies go, by default into the same graph. Tensors that they take from
        elsewhere become placeholders in another graph.
      dst_scope: the scope of their names.
      src_scope: a scope that they are in, left out of their names.
      reuse_dst_scope: whether to use the scope as it is, else it is made unique.

    Returns:
      A view of the copies, and what became of what.

    Raises:
      ValueError: an operation is not in `src_scope`.
    """
    return copy_with_input_replacements(sgv, {}, dst_graph, dst_scope, src_scope, reuse_dst_scope)


def copy_with_input_replacements(
    sgv: Any, replacement_ts: Mapping[Tensor, Tensor], dst_graph: Graph | None = None,
    dst_scope: str = "", src_scope: str = "", reuse_dst_scope: bool = False,
) -> tuple[SubGraphView, TransformerInfo]:  # fmt: skip
    """Copy operations, with other tensors as inputs of the copies.

    A copy has the attributes, the device and the seed of its operation. Copies of variables are
    variables of their own.

    Args:
      sgv: the operations, or a view of them.
      replacement_ts: by tensors that they take from others, what the copies take instead.
      dst_graph: see `copy`.
      dst_scope: see `copy`.
      src_scope: see `copy`.
      reuse_dst_scope: see `copy`.

    Returns:
      A view of the copies, and what became of what.

    Raises:
      ValueError: an operation is not in `src_scope`.

    >>> import graphflow as tf
    >>> a, b = tf.constant([2.0, 3.0], name="a"), tf.constant([5.0, 7.0], name="b")
    >>> y = tf.negative(a, name="y")
    >>> _, info = copy_with_input_replacements([y.op], {a: b})
    >>> info.transformed(y).name, tf.Session().run(info.transformed(y)).tolist()
    ('y_1:0', [-5.0, -7.0])
    """
    view = _view(sgv)
    graph = dst_graph or view.graph
    if graph is None:
        raise ValueError("there is nothing to copy")
    target = _scope(graph, dst_scope, reuse_dst_scope)
    source = f"{src_scope.rstrip('/')}/" if src_scope else ""
    info = TransformerInfo(view, graph)
    for op in sorted(view.ops, key=lambda op: op.id):
        if not op.name.startswith(source):
            raise ValueError(f"{op.name!r} is not in the scope {src_scope!r}")
        with _bare(graph):
            _copy_operation(op, info, replacement_ts, target + op.name.removeprefix(source))
    passed = [replacement_ts.get(tensor, tensor) for tensor in view.passthroughs]
    return SubGraphView(list(info._transformed_ops.values()), passed), info


def _view(operations: Any) -> SubGraphView:
    return operations if isinstance(operations, SubGraphView) else sgv(operations)


def _scope(graph: Graph, scope: str, reuse: bool) -> str:
    if not scope:
        return ""
    name = scope.rstrip("/")
    with _bare(graph):
        return f"{name if reuse else graph.unique_name(name)}/"


@contextmanager
def _bare(graph: Graph) -> Iterator[None]:
    """A graph without the scopes that are open in it."""
    with (
        graph.as_default(),
        graph.name_scope(None),
        graph.device(None),
        graph.control_dependencies(None),
    ):
        yield


def _copy_operation(
    op: Operation, info: TransformerInfo, replacements: Mapping[Tensor, Tensor], name: str
) -> None:
    graph = info.graph_
    inputs = [_input(tensor, info, replacements) for tensor in op.inputs]
    new = graph.add_operation(op.op, inputs, name)
    new.extra_attrs.update(op.extra_attrs)
    if op.device:
        new._set_device(op.device)
    for before in op.control_inputs:
        before = info._transformed_ops.get(before, before)
        if before.graph is graph:
            new._add_control_input(before)
    info._transformed_ops[op] = new
    info._transformed_ts.update(zip(op.outputs, new.outputs, strict=True))


def _input(tensor: Tensor, info: TransformerInfo, replacements: Mapping[Tensor, Tensor]) -> Tensor:
    if tensor in info._transformed_ts:
        return info._transformed_ts[tensor]
    if tensor in replacements:
        return replacements[tensor]
    if tensor.graph is info.graph_:
        return tensor
    name = f"geph__{tensor.op.name.rpartition('/')[2]}_{tensor.value_index}"
    info._transformed_ts[tensor] = placeholder(tensor.dtype.base_dtype, tensor.shape, name)
    return info._transformed_ts[tensor]


def graph_replace(
    target_ts: Any, replacement_ts: Mapping[Tensor, Tensor], dst_scope: str = "",
    src_scope: str = "", reuse_dst_scope: bool = False,
) -> Any:  # fmt: skip
    """Return what tensors would be if others were different.

    The operations between are copied.

    Args:
      target_ts: the tensors, a structure of them.
      replacement_ts: by tensors that these depend on, what to take instead.
      dst_scope: see `copy`.
      src_scope: see `copy`.
      reuse_dst_scope: see `copy`.

    Returns:
      The same structure. Tensors that do not depend on what is replaced stay as they are.

    Raises:
      ValueError: none of the tensors depends on what is replaced.

    >>> import graphflow as tf
    >>> a, b = tf.constant(2.0), tf.constant(3.0)
    >>> square, product = a * a, 2.0 * b
    >>> [x.item() for x in tf.Session().run(graph_replace([square, product], {a: product}))]
    [36.0, 6.0]
    """
    targets = nest.flatten(target_ts)
    ops = get_walks_intersection_ops(list(replacement_ts), targets) if replacement_ts else []
    if not ops and not any(target in replacement_ts for target in targets):
        raise ValueError("none of the targets depends on a tensor that is replaced")
    if not ops:
        return nest.map_structure(lambda target: replacement_ts.get(target, target), target_ts)
    _, info = copy_with_input_replacements(
        ops, replacement_ts, None, dst_scope, src_scope, reuse_dst_scope
    )

    results = {**info._transformed_ts, **replacement_ts}
    return nest.map_structure(lambda target: results.get(target, target), target_ts)


# -- changes in place ------------------------------------------------------------------------------


def reroute_ts(ts0: Any, ts1: Any, can_modify: Any = None, cannot_modify: Any = None) -> int:
    """Let operations take some tensors instead of others.

    Args:
      ts0: the tensors to take.
      ts1: the tensors that were taken, as many.
      can_modify: the operations that may change, by default all.
      cannot_modify: operations that stay as they are.

    Returns:
      How many inputs have changed.

    Raises:
      ValueError: the numbers differ, shapes or dtypes do not fit, or an operation would have to
        take what was made after it.
      TypeError: something else than tensors is given.

    >>> import graphflow as tf
    >>> a, b = tf.constant(2.0), tf.constant(3.0)
    >>> y = a + a
    >>> reroute_ts(b, a), tf.Session().run(y).item()
    (2, 6.0)
    """
    new, old = _listed(ts0), _listed(ts1)
    if len(new) != len(old):
        raise ValueError(f"{len(new)} tensors cannot take the places of {len(old)}")
    allowed = None if can_modify is None else set(select_ops(can_modify))
    denied = set() if cannot_modify is None else set(select_ops(cannot_modify))
    changes = [
        (op, index, mine)
        for mine, other in zip(new, old, strict=True)
        for op in dict.fromkeys(other.consumers())
        if op not in denied and (allowed is None or op in allowed)
        for index, taken in enumerate(op.inputs)
        if taken is other
    ]
    return _apply(changes)


def swap_ts(ts0: Any, ts1: Any, can_modify: Any = None, cannot_modify: Any = None) -> int:
    """Let tensors change their places as inputs.

    Args:
      ts0: tensors.
      ts1: as many others.
      can_modify: see `reroute_ts`.
      cannot_modify: see `reroute_ts`.

    Returns:
      How many inputs have changed.

    Raises:
      ValueError: as `reroute_ts`.
    """
    first, second = _listed(ts0), _listed(ts1)
    return reroute_ts([*first, *second], [*second, *first], can_modify, cannot_modify)


def _listed(tensors: Any) -> list[Tensor]:
    listed = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    select_ts(listed)  # complains of all else
    return listed


def _apply(changes: list[tuple[Operation, int, Tensor]]) -> int:
    """Change inputs: all of them, or none if one cannot be."""
    done: list[tuple[Operation, int, Tensor]] = []
    try:
        for op, index, tensor in changes:
            before = op.inputs[index]
            op._update_input(index, tensor)
            done.append((op, index, before))
    except ValueError:
        for op, index, before in done:
            op._update_input(index, before)
        raise
    return len(changes)


def add_control_inputs(op: Operation, cops: Any) -> None:
    """Let an operation wait for others.

    Args:
      op: the operation.
      cops: the others, or one.

    Raises:
      TypeError: something is no operation.
      ValueError: it waits for one of them already, or one was made after it.
    """
    if not isinstance(op, Operation):
        raise TypeError(f"expected an operation: this is {op!r}")
    others = select_ops(cops)
    for other in others:
        if other in op.control_inputs:
            raise ValueError(f"{op.name!r} waits for {other.name!r} already")
    op._add_control_inputs(others)
