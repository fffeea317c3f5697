"""How things look: every kind has both a shape and a colour, so that either alone tells it.

The colours come from Paul Tol's sets for colour-blind readers: light fills, dark outlines.
"""

from __future__ import annotations

from dataclasses import dataclass

from graphflow.viz.picture import Kind, LinkKind

FONT = "Helvetica"
INK = "#222222"
FAINT_INK = "#666666"


@dataclass(frozen=True)
class Look:
    """Shape and colours of a box.

    Attributes:
      shape: Graphviz's name of the shape.
      fill: the colour inside.
      line: the colour of the outline.
      style: Graphviz's styles.
      margin: the space around the text in inches, across and above; pointed shapes have some.
    """

    shape: str
    fill: str
    line: str
    style: str = "filled"
    margin: str = "0.12,0.05"


@dataclass(frozen=True)
class LinkLook:
    """How a link is drawn.

    Attributes:
      line: its colour.
      style: Graphviz's style of the line.
      arrow: the arrowhead.
      direction: `back` puts the arrowhead at the source, for what is written.
    """

    line: str
    style: str = "solid"
    arrow: str = "normal"
    direction: str = "forward"


LOOKS: dict[Kind, Look] = {
    Kind.PLACEHOLDER: Look("invhouse", "#CBE4F9", "#1F6FB2", margin="0.1,0.02"),
    Kind.VARIABLE: Look("cylinder", "#FBE9B0", "#A87400", margin="0.12,0.08"),
    Kind.CONSTANT: Look("note", "#EFEFEF", "#777777"),
    Kind.COMPUTE: Look("box", "#FFFFFF", "#444444", "filled,rounded"),
    Kind.GRADIENT: Look("hexagon", "#E6DAF2", "#6F3FA0", margin="0,0.02"),
    Kind.TRAINING: Look("octagon", "#F9D3C5", "#B03A14", margin="0,0.02"),
    Kind.INITIALISATION: Look("box", "#D9F0E8", "#1B7F63", "filled,dashed"),
    Kind.GROUP: Look("oval", "#FFFFFF", "#777777", "filled,dashed"),
}

LINK_LOOKS: dict[LinkKind, LinkLook] = {
    LinkKind.DATA: LinkLook("#555555"),
    LinkKind.CONTROL: LinkLook("#8A8A8A", style="dashed", arrow="vee"),
    LinkKind.UPDATE: LinkLook("#B03A14", arrow="diamond", direction="back"),
}

# Links from the model to its gradients and updates, which there are many of.
DERIVED_LINE = "#A9A0B5"

# What stands out: attributes that replace those of the kind.
MARK = {"color": "#C00020", "fillcolor": "#FFD6DB", "penwidth": "3"}

FOLDED_SHAPE = "box3d"
FOLDED_MARGIN = "0.16,0.1"

# Fills for threads; each is told by its number as well.
LANES = ("#BBCCEE", "#FFCCCC", "#CCEEFF", "#EEEEBB", "#CCDDAA", "#DDDDDD", "#EECCEE", "#FFDDBB")

_CLUSTER_FILLS = ("#F6F7F9", "#ECEFF3")
_KIND_CLUSTERS = {Kind.GRADIENT: ("#F7F2FB", "#F0E7F7"), Kind.TRAINING: ("#FDF3EF", "#FAEAE3")}


def cluster_fill(kind: Kind, level: int) -> str:
    """Return the background of an open scope: neighbouring levels differ."""
    fills = _KIND_CLUSTERS.get(kind, _CLUSTER_FILLS)
    return fills[level % len(fills)]


def lane_fill(number: int) -> str:
    """Return the fill for steps of a thread."""
    return LANES[number % len(LANES)]
