"""What a diagram shows, before layout: items, the links between them, and the kinds of both.

Graphs and plans are both described as a `Picture`; folding and drawing know nothing else.
"""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

from graphflow.core.graph import Operation, Tensor
from graphflow.core.spec import TensorSpec

_MAX_NAME = 26
_MAX_DIMENSIONS = 6


class Kind(Enum):
    """What an item is; each kind has a shape and a colour of its own."""

    PLACEHOLDER = "placeholder (fed)"
    VARIABLE = "variable"
    CONSTANT = "constant"
    COMPUTE = "operation"
    GRADIENT = "gradient"
    TRAINING = "update of variables"
    INITIALISATION = "initialisation"
    GROUP = "group of operations"


class LinkKind(Enum):
    """What goes along a link."""

    DATA = "tensor"
    CONTROL = "runs before"
    UPDATE = "is updated by"


@dataclass(slots=True)
class Item:
    """One thing to draw.

    Attributes:
      key: identifies it within the picture.
      scope: the names of the scopes around it, outermost first.
      title: what is written in bold.
      kind: what it is.
      details: further lines, small.
      tooltip: what shows when the pointer rests on it.
      types: how many operations of which type it stands for.
      is_wanted: whether it was asked for (fetched).
      lane: the thread that ran it, '' if that is not known.
      number: its place in the order of a plan, None in a graph.
      is_marked: whether it is drawn so that it stands out.
      copies: how many like things it stands for.
      micros: how many microseconds it took, None if that is not known.
    """

    key: str
    scope: tuple[str, ...]
    title: str
    kind: Kind
    details: tuple[str, ...] = ()
    tooltip: str = ""
    types: Counter[str] = field(default_factory=Counter)
    is_wanted: bool = False
    lane: str = ""
    number: int | None = None
    is_marked: bool = False
    copies: int = 1
    micros: float | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between two items.

    Attributes:
      source: key of the item it comes from.
      target: key of the item it goes to.
      kind: what goes along it.
      tensor: name of the tensor, '' for control edges.
      label: the tensor's dtype and shape.
    """

    source: str
    target: str
    kind: LinkKind = LinkKind.DATA
    tensor: str = ""
    label: str = ""


@dataclass(slots=True)
class Picture:
    """Items by key, and links."""

    items: dict[str, Item] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)

    def add(self, item: Item) -> None:
        """Add an item."""
        self.items[item.key] = item

    def link(self, link: Link) -> None:
        """Add a link, unless it leads from an item to itself or to something not shown."""
        ends = (link.source, link.target)
        if link.source != link.target and all(end in self.items for end in ends):
            self.links.append(link)


def shortened(name: str, limit: int = _MAX_NAME) -> str:
    """Return a name with its middle left out if it is long.

    >>> shortened("a_rather_long_name_of_an_operation")
    'a_rather_lo...an_operation'
    """
    if len(name) <= limit:
        return name
    head = (limit - 3) // 2
    return f"{name[:head]}...{name[head + 3 - limit :]}"


def spec_label(spec: TensorSpec) -> str:
    """Return dtype and shape in a few characters.

    >>> from graphflow.core.dtypes import float32
    >>> from graphflow.core.spec import TensorShape
    >>> spec_label(TensorSpec(TensorShape([None, 784]), float32))
    'float32 ?×784'
    """
    return f"{spec.dtype.base_dtype.name} {shape_label(spec.shape.as_tuple())}"


def shape_label(dims: tuple[int | None, ...] | None) -> str:
    """Return a shape in a few characters.

    >>> shape_label((None, 28, 28)), shape_label(()), shape_label(None)
    ('?×28×28', 'scalar', 'of any shape')
    """
    if dims is None:
        return "of any shape"
    if not dims:
        return "scalar"
    shown = ["?" if dim is None else str(dim) for dim in dims[:_MAX_DIMENSIONS]]
    return "×".join(shown) + ("×..." if len(dims) > _MAX_DIMENSIONS else "")


def duration_text(micros: float) -> str:
    """Return a time in a few characters.

    >>> duration_text(41.25), duration_text(2345.6)
    ('41.2 µs', '2.35 ms')
    """
    return f"{micros:.3g} µs" if micros < 1000 else f"{micros / 1000:.3g} ms"


def operation_tooltip(operation: Operation) -> str:
    """Return name, type, inputs, outputs, device and the user's line, one below the other."""
    lines = [f"{operation.name} ({operation.type})"]
    lines += [f"in {tensor_text(tensor)}" for tensor in operation.inputs]
    lines += [f"out {tensor_text(tensor)}" for tensor in operation.outputs]
    if operation.device:
        lines.append(f"device {operation.device}")
    if operation.user_line:
        lines.append(f"made at {short_user_line(operation)}")
    return "\n".join(lines)


def tensor_text(tensor: Tensor) -> str:
    """Return a tensor's name, dtype and shape."""
    return f"{tensor.name}: {spec_label(tensor.spec)}"


def short_user_line(operation: Operation) -> str:
    """Return the user's line without the folders of the file."""
    return operation.user_line.replace("\\", "/").rsplit("/", 1)[-1]


def html_text(text: str) -> str:
    """Return text as it stands in an HTML-like label."""
    return html.escape(text, quote=False)
