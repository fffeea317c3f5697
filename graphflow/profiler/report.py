"""A view of costs as text and as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphflow.interop import protos
from graphflow.interop.tensor_proto import shape_proto
from graphflow.profiler.costs import DEFINITIONS
from graphflow.profiler.views import ATTRIBUTES, ROOT, Node


def _plain(count: float) -> str:
    return _scaled(count, 1000, ("", "k", "m", "b"))


def _bytes(count: float) -> str:
    return _scaled(count, 1000, ("B", "KB", "MB", "GB"))


def _time(count: float) -> str:
    return _scaled(count, 1000, ("us", "ms", "sec"))


def _scaled(count: float, step: int, units: Sequence[str]) -> str:
    index = 0
    while count >= step and index < len(units) - 1:
        count, index = count / step, index + 1
    return f"{count:.2f}{units[index]}" if index else f"{count:.0f}{units[0]}"


# What a column is called, how its numbers are written, and what follows them.
_COLUMNS: Mapping[str, tuple[str, Callable[[float], str], str]] = {
    "bytes": ("requested bytes", _bytes, ""),
    "peak_bytes": ("peak bytes", _bytes, ""),
    "residual_bytes": ("residual bytes", _bytes, ""),
    "output_bytes": ("output bytes", _bytes, ""),
    "micros": ("total execution time", _time, ""),
    "accelerator_micros": ("accelerator execution time", _time, ""),
    "cpu_micros": ("cpu execution time", _time, ""),
    "params": ("# parameters", _plain, " params"),
    "float_ops": ("# float_ops", _plain, " flops"),
    "occurrence": ("op occurrence", _plain, ""),
}
_WORDS = ("device", "op_types", "input_shapes")


def check_columns(select: Sequence[str]) -> None:
    """Refuse columns that do not exist.

    Args:
      select: names of columns.

    Raises:
      ValueError: there is no such column.
    """
    unknown = sorted(set(select) - set(_COLUMNS) - set(_WORDS))
    if unknown:
        known = ", ".join([*_COLUMNS, *_WORDS])
        raise ValueError(f"a profile cannot show {unknown}; there are {known}")


def text(view: Node, select: Sequence[str]) -> str:
    """Return a report: a line for each node, with what it costs itself / in total.

    Args:
      view: what is shown.
      select: names of columns.
    """
    titles = [_COLUMNS[key][0] if key in _COLUMNS else key for key in select]
    lines = [" | ".join(["node name", *titles]), *_lines(view, select, 0)]
    return "\n".join(["", "Profile:", *lines, ""]) + "\n"


def _lines(node: Node, select: Sequence[str], depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{node.name} ({', '.join(_facts(node, select))})"
    for child in node.children:
        yield from _lines(child, select, depth + 1)


def _facts(node: Node, select: Sequence[str]) -> Iterator[str]:
    shape = _shape(node)
    if shape and "params" in select:
        yield "x".join(map(str, shape)) if shape else "scalar"
    for key in select:
        if key in _COLUMNS:
            _, write, unit = _COLUMNS[key]
            cost = ATTRIBUTES[key]
            own = write(node.own[cost]) if node.members and cost != DEFINITIONS else "--"
            yield f"{own}/{write(node.total[cost])}{unit}"
        else:
            yield "|".join(_words(node, key)) or "--"


def _shape(node: Node) -> list[int]:
    if len(node.members) != 1 or not node.own["parameters"]:
        return []
    shape = node.members[0].operation.attributes()["shape"]
    return [size for size in shape.as_tuple() if size is not None]


def _words(node: Node, key: str) -> list[str]:
    if key == "device":
        return sorted({device for item in node.members for device in item.devices})
    if key == "op_types":
        return sorted({name for item in node.members for name in item.types})
    return [
        f"{index}:{tensor.shape}"
        for item in node.members
        for index, tensor in enumerate(item.operation.inputs)
    ]


def graph_node(view: Node) -> Any:
    """Return a view of name scopes or inputs as a `GraphNodeProto`.

    Args:
      view: what is shown.
    """
    message = protos.GraphNodeProto(name=view.name)
    _fill(message, view)
    for item in view.members:
        message.devices.extend(sorted(item.devices))
        for index, tensor in enumerate(item.operation.inputs):
            if tensor.shape.rank is not None:
                message.input_shapes[index].CopyFrom(shape_proto(tensor.shape))
    message.children.extend(graph_node(child) for child in view.children)
    return message


def multi_node(view: Node) -> Any:
    """Return a view of lines of code as a `MultiGraphNodeProto`.

    Args:
      view: what is shown.
    """
    message = protos.MultiGraphNodeProto(name=view.name)
    _fill(message, view)
    message.graph_nodes.extend(_members(view))
    message.children.extend(multi_node(child) for child in view.children)
    return message


def chain(view: Node) -> Any:
    """Return a view of types as a `MultiGraphNodeProto` whose children hang one below the other.

    So TensorFlow gives them: the total of each is its own and that of all after it.

    Args:
      view: what is shown.
    """
    message = protos.MultiGraphNodeProto(name=ROOT)
    rest, below = Node(ROOT), None
    for child in reversed(view.children):
        rest.total.update(child.own)
        link = protos.MultiGraphNodeProto(name=child.name, graph_nodes=_members(child))
        _fill(link, Node(child.name, child.own, total=rest.total))
        if below is not None:
            link.children.append(below)
        below = link
    _fill(message, Node(ROOT, total=rest.total))
    if below is not None:
        message.children.append(below)
    return message


def _members(view: Node) -> list[Any]:
    return [
        graph_node(Node(item.operation.name, item.numbers, [item], total=item.numbers))
        for item in view.members
    ]


def _fill(message: Any, node: Node) -> None:
    fields = message.DESCRIPTOR.fields_by_name
    for cost, number in node.own.items():
        if cost in fields:
            setattr(message, cost, number)
    for cost, number in node.total.items():
        if f"total_{cost}" in fields:
            setattr(message, f"total_{cost}", number)
