"""Write a folded picture as DOT source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphflow.viz.folding import Bundle, Folded, Scope, common_kind
from graphflow.viz.picture import Item, Kind, LinkKind, html_text, shortened
from graphflow.viz.render import new_digraph
from graphflow.viz.style import (
    DERIVED_LINE,
    FAINT_INK,
    FOLDED_MARGIN,
    FOLDED_SHAPE,
    FONT,
    INK,
    LINK_LOOKS,
    LOOKS,
    MARK,
    cluster_fill,
    lane_fill,
)

_TITLE_SIZE = "12"
_SMALL = "9"
_LEGEND = "#legend"  # no operation's name contains a '#'
_MIN_LEGEND_ROWS = 4


@dataclass(frozen=True)
class Layout:
    """What is written beside the picture itself, and how.

    Attributes:
      title: a line above everything, None for none.
      legend: whether to explain shapes and lines.
      show_shapes: whether links bear the dtype and shape of their tensor.
      direction: Graphviz's `rankdir`: "TB", "LR", ...
      mark: what it means if a box is marked.
    """

    title: str | None = None
    legend: bool = True
    show_shapes: bool = True
    direction: str = "TB"
    mark: str = ""


@dataclass(frozen=True)
class _Sample:
    """A row of the legend: what it says, and the box or link that it explains."""

    text: str
    box: dict[str, str] | None = None
    link: LinkKind | None = None


def dot_source(folded: Folded, layout: Layout) -> str:
    """Return the DOT source of a folded picture.

    Raises:
      ImportError: the package `graphviz` is missing.
    """
    return _Writer(folded, layout).source()


class _Writer:
    """Writes one picture."""

    def __init__(self, folded: Folded, layout: Layout) -> None:
        self._folded = folded
        self._layout = layout
        self._kinds: set[Kind] = set()
        self._lanes = _lanes(folded.root.all_items())
        self._cluster_of: dict[str, tuple[str, ...]] = {}
        self._inner_targets: set[str] = set()
        self._has_folded = False
        self._has_wanted = False
        self._has_stacks = False

    def source(self) -> str:
        graph = new_digraph(
            "graph",
            graph_attr=self._graph_attributes(),
            node_attr={
                "fontname": FONT, "fontsize": _TITLE_SIZE, "fontcolor": INK,
                "height": "0.3", "width": "0.5", "penwidth": "1.2",
            },
            edge_attr={
                "fontname": FONT, "fontsize": _SMALL, "fontcolor": FAINT_INK,
                "arrowsize": "0.6", "penwidth": "1",
            },
        )  # fmt: skip
        self._write_scope(graph, self._folded.root, ())
        self._find_inner_targets()
        for bundle in self._folded.bundles:
            self._write_bundle(graph, bundle)
        if self._layout.legend and self._kinds:
            self._write_legend(graph)
        return str(graph.source)

    def _graph_attributes(self) -> dict[str, str]:
        attributes = {
            "rankdir": self._layout.direction,
            "fontname": FONT,
            "fontsize": "14",
            "fontcolor": INK,
            "nodesep": "0.25",
            "ranksep": "0.38",
            "bgcolor": "white",
            "pad": "0.15",
            "newrank": "true",
        }
        if self._layout.title:
            attributes |= {"label": _plain(self._layout.title), "labelloc": "t", "labeljust": "l"}
        return attributes

    # -- boxes ----------------------------------------------------------------------------------

    def _write_scope(
        self, graph: Any, scope: Scope, frame: tuple[str, ...], prefix: str = ""
    ) -> None:
        for item in scope.items:
            self._write_item(graph, item, frame, prefix)
        for child in scope.children.values():
            if child.is_folded:
                self._write_item(graph, child.box(), frame, prefix, is_scope=True)
            elif child.size == 1:  # a frame around a single box says no more than a line in the box
                self._write_scope(graph, child, frame, f"{prefix}{child.path[-1]}/")
            else:
                self._write_cluster(graph, child, frame, prefix)

    def _write_cluster(self, graph: Any, scope: Scope, frame: tuple[str, ...], prefix: str) -> None:
        kind = common_kind(scope.all_items())
        look = LOOKS[kind]
        with graph.subgraph(name="cluster_" + "/".join(scope.path)) as cluster:
            cluster.attr(
                label=_plain(shortened(prefix + scope.path[-1], 40)),
                labeljust="l",
                fontname=FONT,
                fontsize="11",
                fontcolor=FAINT_INK if kind is Kind.COMPUTE else look.line,
                style="filled,rounded",
                fillcolor=cluster_fill(kind, len(frame)),
                color="#C4CAD2" if kind is Kind.COMPUTE else look.line,
                penwidth="0.8",
                margin="10",
                tooltip=_plain("/".join(scope.path)),
            )
            self._write_scope(cluster, scope, (*frame, scope.path[-1]))

    def _write_item(
        self, graph: Any, item: Item, frame: tuple[str, ...], prefix: str, is_scope: bool = False
    ) -> None:
        self._cluster_of[item.key] = frame
        self._kinds.add(item.kind)
        self._has_folded |= is_scope
        self._has_wanted |= item.is_wanted
        self._has_stacks |= item.copies > 1
        look = LOOKS[item.kind]
        fill = lane_fill(self._lanes[item.lane]) if item.lane else look.fill
        graph.node(
            item.key,
            label=_label(item, prefix, self._folded.notes.get(item.key, ())),
            shape=FOLDED_SHAPE if is_scope else look.shape,
            margin=FOLDED_MARGIN if is_scope else look.margin,
            style="filled" if is_scope else look.style,
            tooltip=_plain(item.tooltip),
            **({"peripheries": "2"} if item.is_wanted and not is_scope else {}),
            **({"peripheries": "3"} if item.copies > 1 else {}),
            **{
                "fillcolor": fill,
                "color": look.line,
                **({"penwidth": "2.4"} if item.is_wanted else {}),
                **(MARK if item.is_marked else {}),
            },
        )

    # -- links ----------------------------------------------------------------------------------

    def _write_bundle(self, graph: Any, bundle: Bundle) -> None:
        look = LINK_LOOKS[bundle.kind]
        attributes = {"color": look.line, "style": look.style}
        if look.direction == "back":
            attributes |= {"dir": "back", "arrowtail": look.arrow}
        else:
            attributes |= {"arrowhead": look.arrow}
        if bundle.is_derived:  # it neither shapes the layout nor draws the eye
            attributes |= {"weight": "1", "penwidth": "0.8"}
        elif bundle.kind is LinkKind.DATA:
            attributes |= {"weight": "12"}
        if bundle.is_derived and bundle.kind is LinkKind.DATA:
            attributes["color"] = DERIVED_LINE
        elif self._layout.show_shapes and bundle.kind is LinkKind.DATA:
            attributes["label"] = f" {_plain(bundle.label)} "
        if self._enters_frame(bundle):
            attributes["minlen"] = "2"
        if len(bundle.labels) > 1:
            attributes["penwidth"] = "1.8"
        if bundle.labels:
            lines = [f"{name}: {label}" for name, label in bundle.labels.items()]
            attributes["tooltip"] = _plain("\n".join(lines))
        graph.edge(bundle.source, bundle.target, **attributes)

    def _find_inner_targets(self) -> None:
        """Find the boxes that have an input from inside their own frame, such as a variable."""
        self._inner_targets = {
            bundle.target
            for bundle in self._folded.bundles
            if self._cluster_of[bundle.source] == self._cluster_of[bundle.target]
        }

    def _enters_frame(self, bundle: Bundle) -> bool:
        """Whether it needs room for a box inside the frame above its target.

        With that room frames stand below one another, else they would overlap in height.
        """
        source, target = self._cluster_of[bundle.source], self._cluster_of[bundle.target]
        is_entering = source[: len(target)] != target
        return is_entering and not bundle.is_derived and bundle.target in self._inner_targets

    # -- legend ---------------------------------------------------------------------------------

    def _write_legend(self, graph: Any) -> None:
        """Draw a sample of each kind of box and link with its meaning beside it."""
        with graph.subgraph(name=f"cluster_{_LEGEND}") as legend:
            legend.attr(
                label="legend", labeljust="l", fontname=FONT, fontsize="10", fontcolor=FAINT_INK,
                style="rounded", color="#C4CAD2", margin="8", tooltip="legend",
            )  # fmt: skip
            rows = [*self._box_samples(), *self._link_samples()]
            height = max(_MIN_LEGEND_ROWS, _longest_path(self._folded.bundles))
            for start in range(0, len(rows), height):
                self._write_column(legend, rows[start : start + height], start)

    def _box_samples(self) -> list[_Sample]:
        samples = []
        for kind, look in LOOKS.items():
            if kind in self._kinds:
                fill = "white" if self._lanes else look.fill
                box = {
                    "shape": look.shape, "style": look.style, "fillcolor": fill, "color": look.line,
                    "margin": look.margin,
                }  # fmt: skip
                samples.append(_Sample(kind.value, box))
        if self._has_folded:
            samples.append(_Sample("folded scope", {"shape": FOLDED_SHAPE, "color": INK}))
        if self._has_wanted:
            box = {"shape": "box", "style": "rounded", "peripheries": "2", "penwidth": "2"}
            samples.append(_Sample("fetched", box))
        if self._has_stacks:
            samples.append(_Sample("several alike", {"shape": "octagon", "peripheries": "3"}))
        if self._layout.mark:
            box = {"shape": "box", "style": "filled,rounded", **MARK}
            samples.append(_Sample(self._layout.mark, box))
        for lane, number in self._lanes.items():
            box = {"shape": "box", "style": "filled", "fillcolor": lane_fill(number)}
            samples.append(_Sample(shortened(lane), box))
        return samples

    def _link_samples(self) -> list[_Sample]:
        kinds = {bundle.kind for bundle in self._folded.bundles}
        return [_Sample(kind.value, None, kind) for kind in LinkKind if kind in kinds]

    def _write_column(self, legend: Any, rows: Sequence[_Sample], first: int) -> None:
        above: str | None = None
        for index, sample in enumerate(rows):
            key = self._write_sample(legend, sample, f"{_LEGEND}{first + index}")
            if above is not None:
                legend.edge(above, key, style="invis", weight="20")
            above = key

    def _write_sample(self, legend: Any, sample: _Sample, key: str) -> str:
        """Draw a box with its meaning inside, or a line with its meaning beside; return its key."""
        if sample.link is None:
            legend.node(
                key, label=_plain(sample.text), fontsize=_SMALL, height="0.2", width="0.4",
                tooltip=_plain(sample.text), **(sample.box or {}),
            )  # fmt: skip
            return key
        look = LINK_LOOKS[sample.link]
        with legend.subgraph() as row:
            row.attr(rank="same")
            row.node(key, label="", shape="point", width="0.03", height="0.03", color=look.line,
                     tooltip=sample.text)  # fmt: skip
            row.node(f"{key}-text", label=_plain(sample.text), shape="plain", fontsize=_SMALL,
                     tooltip=sample.text)  # fmt: skip
            row.edge(
                key, f"{key}-text", color=look.line, style=look.style, dir=look.direction,
                arrowhead=look.arrow, arrowtail=look.arrow, minlen="2",
            )  # fmt: skip
        return key


def _longest_path(bundles: Iterable[Bundle]) -> int:
    """Return about how many rows the drawing takes: boxes on the longest way along the links."""
    after: dict[str, list[str]] = {}
    for bundle in bundles:
        after.setdefault(bundle.source, []).append(bundle.target)
    heights: dict[str, int] = {}
    for start in after:
        stack = [start]
        while stack:
            key = stack[-1]
            following = after.get(key, ())
            new = [other for other in following if other not in heights]
            if key not in heights:
                heights[key] = 1  # also what a way around, through folded scopes, meets again
                stack.extend(new)
                continue
            heights[key] = 1 + max((heights.get(other, 0) for other in following), default=0)
            stack.pop()
    return max(heights.values(), default=1)


def _lanes(items: Iterable[Item]) -> dict[str, int]:
    """Number the threads."""
    names = sorted({item.lane for item in items if item.lane})
    return {name: number for number, name in enumerate(names)}


def _label(item: Item, prefix: str, notes: Sequence[str]) -> str:
    number = "" if item.number is None else f"{item.number}. "
    lines = [f"<B>{number}{html_text(item.title)}</B>"]
    is_told = prefix.rstrip("/").endswith(item.title)  # its inner constants made a scope for it
    place = [f"in {prefix}"] if prefix and not is_told else []
    details = [*place, *item.details, *notes]
    lines += [
        f'<FONT POINT-SIZE="{_SMALL}" COLOR="{FAINT_INK}">{html_text(shortened(line, 34))}</FONT>'
        for line in details
    ]
    return "<" + "<BR/>".join(lines) + ">"


def _plain(text: str) -> str:
    r"""Return text for a quoted attribute, where a backslash would begin an escape."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")
