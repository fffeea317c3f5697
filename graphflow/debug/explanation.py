"""`graphflow.explain`: what a tensor needs and why, where it was made, and what depends on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphflow.compiler.plan import declared_shape
from graphflow.core.graph import Graph, Operation, Tensor, get_default_graph
from graphflow.core.paths import (
    PLACEHOLDERS,
    SHAPE_READERS,
    Ways,
    way_text,
    ways_back,
    ways_forward,
)
from graphflow.core.spec import TensorSpec
from graphflow.debug.remedies import forward_name
from graphflow.debug.report import html_report, text_report
from graphflow.debug.sources import by_line, source_code
from graphflow.fetches import Fetches, expand_feeds
from graphflow.viz.diagram import Diagram, diagram
from graphflow.viz.picture import shape_label, spec_label

_MAX_LINES = 24
_MAX_NAMES = 4
_MAX_USERS = 8
_MAX_DRAWN = 2000


class Explanation:
    """What `explain` found; `print` shows it, a notebook with the graph.

    Attributes:
      operations: what was asked about.
      placeholders: for each placeholder that must be fed the shortest way to it, as operations.
      optional: placeholders with defaults that are used.
      variables: the variables that are read or written.
      state: further operations with state: random numbers, queues, iterators, tables, functions.
      lines: for each of the user's lines the needed operations that it made.
      users: the operations that take its values or wait for it.
      dependents: how many operations depend on it, directly or not.
      needs: what `needs=` asked for, else None.
      way: the shortest way to that, [] if there is none.
      reason: in words why it is needed, or not.
    """

    def __init__(
        self, graph: Graph, flat: Fetches, fed: Sequence[Tensor], needs: Operation | None
    ) -> None:
        self._tensors = list(flat.tensors)
        self._fed = fed
        self.operations = list(
            dict.fromkeys([*(tensor.op for tensor in flat.tensors), *flat.operations])
        )
        roots = [op for op in self.operations if not op.outputs or op.outputs[0] not in fed]
        self._back = ways_back(roots, fed)
        self._values = ways_back(roots, fed, through_shapes=False)
        reached = sorted(self._back.operations(), key=lambda operation: operation.id)
        self.placeholders = {
            op: self._way_to(op)
            for op in reached
            if op.type in PLACEHOLDERS and op.outputs[0] not in fed
        }
        self.optional = [op for op in reached if op.type == "PlaceholderWithDefault"]
        self.variables = [op for op in reached if op.op.is_variable]
        self.state = [op for op in reached if op.op.stateful and not _is_told_elsewhere(op)]
        self.lines = by_line(reached)
        self._forward = ways_forward(self.operations)
        direct = [user for op in self.operations for t in op.outputs for user in t.consumers()]
        waiting = [
            other
            for other in graph.get_operations()
            if any(op in other.control_inputs for op in self.operations)
        ]
        self.users = list(dict.fromkeys([*direct, *waiting]))
        self.dependents = len(self._forward) - len(self.operations)
        self.needs = needs
        self.way: list[Operation] = []
        self.reason = ""
        if needs is not None:
            self.way = self._way_to(needs)
            self.reason = self._why() if self.way else self._why_not()

    def _way_to(self, operation: Operation) -> list[Operation]:
        """Return the shortest way, if there is one then one that needs more than a shape."""
        return self._values.to(operation) or self._back.to(operation)

    # -- why something is needed, or not --------------------------------------------------------

    def _why(self) -> str:
        assert self.needs is not None
        text = f"it needs {self.needs.name}: {way_text(self.way)}"
        reader = next((op for op in self.way if op.type in SHAPE_READERS), None)
        if reader is not None and self.needs not in self._values:
            return f"{text}; {reader.name} ({reader.type}) uses no more than the shape"
        cut = _cut(self.way) if self._is_value() else None
        return text if cut is None else f"{text}; no gradient flows along this way: {cut}"

    def _is_value(self) -> bool:
        """Whether gradients may be asked for of what is explained."""
        return bool(self._tensors) and all(
            tensor.dtype.is_floating and forward_name(tensor.op) is None for tensor in self._tensors
        )

    def _why_not(self) -> str:
        assert self.needs is not None
        needs, names = self.needs, ", ".join(op.name for op in self.operations)
        if any(tensor in self._fed for tensor in needs.outputs):
            return f"{needs.name} is fed itself"
        if self._fed:
            way = ways_back(self.operations).to(needs)
            if way:
                cut = next(t.name for op in way for t in op.outputs if t in self._fed)
                return f"it does not need {needs.name}, for {cut} is fed: {way_text(way)}"
        if needs in self._forward:
            way = self._forward.to(needs)[::-1]
            return f"it is the other way round: {needs.name} needs {names}: {way_text(way)}"
        after = ways_forward([needs])
        gradient = self._forward_value(after)
        if gradient is not None:
            return gradient
        users = [user for tensor in needs.outputs for user in tensor.consumers()]
        if not users:
            text = f"it does not need {needs.name}: no operation takes its value"
            if needs.type in PLACEHOLDERS:
                text += " (a static shape, as x.shape, is read while the graph is built)"
            return text
        ends = [op for op in after.operations() if not any(t.consumers() for t in op.outputs)]
        listed = _names(ends or users)
        return f"it does not need {needs.name}: all that follows from that ends in {listed}"

    def _forward_value(self, after: Ways) -> str | None:
        """Why a gradient does not need what the value does that it is the gradient of."""
        assert self.needs is not None
        graph = self.needs.graph
        for operation in self._back.operations():
            name = forward_name(operation)
            try:
                forward = None if name is None else graph.get_operation_by_name(name)
            except KeyError:
                continue
            if forward is None or forward not in after:
                continue
            way = after.to(forward)[::-1]
            why = _cut(way) or "the derivative does not depend on it, as that of a sum or product"
            return (
                f"it does not need {self.needs.name}, although {forward.name}, which it belongs to "
                f"the gradient of, does ({way_text(way)}): {why}"
            )
        return self._cut_before(after)

    def _cut_before(self, after: Ways) -> str | None:
        """Where a gradient ends that would have gone on to what is asked for."""
        if not any("gradients" in op.name for op in self.operations):
            return None
        assert self.needs is not None
        for operation in after.operations():
            if operation.type in ("StopGradient", "PreventGradient"):
                return f"it does not need {self.needs.name}: {_cut([operation])}"
        return None

    # -- shape ----------------------------------------------------------------------------------

    def _shape_lines(self) -> list[str]:
        lines = []
        for tensor in self._tensors:
            op = tensor.op
            given = [spec_label(item.spec) for item in op.inputs]
            text = f"{spec_label(tensor.spec)}: {op.type}"
            lines.append(f"{text} of {', '.join(given)}" if given else f"{text} says so")
            open_ends = _open_shapes(tensor)
            if open_ends == [tensor]:
                lines.append(f"what is not known of it {op.type} tells when it runs")
            elif open_ends:
                listed = [f"{each.name} ({shape_label(_dims(each))})" for each in open_ends]
                lines.append(f"what is not known of it comes from {', '.join(listed)}")
        return lines

    # -- text -----------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        """What was asked about, in one line."""
        named = [f"{tensor.name} ({tensor.op.type})" for tensor in self._tensors]
        made = {tensor.op for tensor in self._tensors}
        named += [f"{op.name} ({op.type})" for op in self.operations if op not in made]
        return ", ".join(named[:_MAX_NAMES]) + (", ..." if len(named) > _MAX_NAMES else "")

    def _sections(self) -> list[tuple[str, list[str]]]:
        sections: list[tuple[str, list[str]]] = []
        if self.needs is not None:
            sections.append((f"needs {self.needs.name}?", [self.reason]))
        texts = [
            f"{op.name}: {spec_label(op.outputs[0].spec)}, {way_text(way)}"
            for op, way in self.placeholders.items()
        ]
        sections.append(("placeholders to feed", texts or ["none"]))
        if self.optional:
            sections.append(("placeholders with defaults", [op.name for op in self.optional]))
        if self.variables:
            texts = [f"{op.name}: {spec_label(_value_spec(op))}" for op in self.variables]
            sections.append(("variables", texts))
        if self.state:
            sections.append(("other state", [f"{op.name} ({op.type})" for op in self.state]))
        if self._tensors:
            sections.append(("shape", self._shape_lines()))
        sections.append(("used by", self._user_lines()))
        sections.append(("made by these lines", self._line_texts()))
        return sections

    def _user_lines(self) -> list[str]:
        lines = [f"{user.name} ({user.type})" for user in self.users[:_MAX_USERS]]
        if len(self.users) > _MAX_USERS:
            lines.append(f"and {len(self.users) - _MAX_USERS} more")
        if self.dependents > len(self.users):
            lines.append(f"{self.dependents} operations depend on it in all")
        return lines or ["nothing"]

    def _line_texts(self) -> list[str]:
        texts = []
        for place, operations in list(self.lines.items())[-_MAX_LINES:]:
            short = place.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(" in <module>")
            short = short or "no line of a program"
            code = source_code(operations[0]) if place else ""
            texts.append(f"{short}: {code}" if code else short)
            texts.append(f"    made {_names(operations)}")
        left = len(self.lines) - _MAX_LINES
        return [f"({left} earlier lines)", *texts] if left > 0 else texts

    def __str__(self) -> str:
        return text_report(self.title, self._sections())

    def __repr__(self) -> str:
        return f"<Explanation of {self.title}>"

    @property
    def diagram(self) -> Diagram:
        """What it needs, drawn."""
        what = [*self._tensors, *self.operations]
        return diagram(what, feeds=list(self._fed) or None)

    def _repr_html_(self) -> str:
        is_drawn = len(self._back) <= _MAX_DRAWN
        draw = (lambda: self.diagram) if is_drawn else None
        return html_report(self.title, self._sections(), draw)


def explain(what: Any, *, needs: Any = None, feeds: Any = None) -> Explanation:
    """Explain what a tensor needs and why, where that was made, and what depends on it.

    Args:
      what: a tensor, operation, variable or name, or a structure of them, as for `session.run`.
      needs: a placeholder or another tensor, operation, variable or name: the explanation then says
        whether it is needed, along which way, or why not.
      feeds: tensors that are fed (a list, or a dict such as `feed_dict`): what only they need is
        left out.

    Returns:
      An `Explanation`, which prints and shows itself.

    Raises:
      TypeError: something is no tensor, operation, variable or name.
      ValueError: it is not in the graph.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> y = tf.placeholder(tf.float32, [None], name="y")
    >>> loss = tf.reduce_mean(tf.square(tf.reduce_sum(x, axis=1, name="sum")), name="loss")
    >>> tf.explain(loss, needs=x).reason
    'it needs x: loss <- Square <- sum <- x'
    >>> [placeholder.name for placeholder in tf.explain(loss).placeholders]
    ['x']
    >>> tf.explain(loss, needs=y).way
    []
    """
    graph = _graph(what, needs)
    flat = Fetches(graph, what)
    if not flat.tensors and not flat.operations:
        raise ValueError("there is nothing to explain: give a tensor, an operation or a name")
    fed = _fed(graph, feeds)
    wanted = None
    if needs is not None:
        found = Fetches(_graph(needs, what), needs)  # of a body or of the graph around it
        targets = [*(tensor.op for tensor in found.tensors), *found.operations]
        if len(targets) != 1:
            raise TypeError(f"needs must be one tensor, operation, variable or name, not {needs!r}")
        wanted = targets[0]
    return Explanation(graph, flat, fed, wanted)


def _graph(what: Any, otherwise: Any) -> Graph:
    """Return the graph of something; names are those of the other thing, or the default graph."""
    items = [otherwise, what]
    while items:
        item = items.pop()
        if isinstance(item, Mapping):
            items += item.values()
        elif isinstance(item, (list, tuple)):
            items += item
        elif isinstance(getattr(item, "graph", None), Graph):
            graph: Graph = item.graph
            return graph
    return get_default_graph()


def _fed(graph: Graph, feeds: Any) -> tuple[Tensor, ...]:
    if feeds is None:
        return ()
    listed = [feeds] if isinstance(feeds, (Tensor, str)) else feeds
    pairs = listed if isinstance(listed, Mapping) else dict.fromkeys(listed)
    return tuple(expand_feeds(graph, pairs))


def _is_told_elsewhere(operation: Operation) -> bool:
    """Whether an operation is a placeholder, or is, reads or writes a variable."""
    if operation.type in PLACEHOLDERS:
        return True
    dtypes = {tensor.dtype.base_dtype.name for tensor in operation.inputs}
    is_read = operation.type in ("ReadVariableOp", "VarIsInitializedOp") and "resource" in dtypes
    return operation.op.is_variable or bool(operation.op.writes) or is_read


def _cut(way: Iterable[Operation]) -> str | None:
    """Return where a gradient ends on a way, None if it passes."""
    for operation in way:
        if operation.type in ("StopGradient", "PreventGradient"):
            return f"tf.stop_gradient cuts it at {operation.name}"
        if operation.inputs and not operation.op.differentiable:
            return f"{operation.name} ({operation.type}) has no gradient"
        if operation.outputs and not any(
            tensor.dtype.is_floating or tensor.dtype.is_complex or tensor.dtype.name == "variant"
            for tensor in operation.outputs
        ):
            return f"{operation.name} ({operation.type}) gives no floating numbers"
    return None


def _open_shapes(tensor: Tensor) -> list[Tensor]:
    """Return the tensors that an unknown size in a tensor's shape comes from."""
    found: dict[Tensor, None] = {}
    seen = {tensor}
    stack = [] if tensor.shape.is_fully_defined() else [tensor]
    while stack:
        item = stack.pop()
        before = [each for each in item.op.inputs if not each.shape.is_fully_defined()]
        if not before:
            found[item] = None
        for each in before:
            if each not in seen:
                seen.add(each)
                stack.append(each)
    return sorted(found, key=lambda each: each.op.id)[:_MAX_NAMES]


def _dims(tensor: Tensor) -> tuple[int | None, ...] | None:
    return tensor.shape.as_tuple()


def _value_spec(variable: Operation) -> Any:
    """Return dtype and shape of a variable's value."""
    handle = variable.outputs[0]
    dtype = handle.dtype if handle.dtype._is_ref_dtype else variable.get_attr("dtype")
    return TensorSpec(declared_shape(handle), dtype)


def _names(operations: Sequence[Operation]) -> str:
    names = [operation.name for operation in operations[:_MAX_NAMES]]
    left = len(operations) - len(names)
    return ", ".join(names) + (f" and {left} more" if left else "")
