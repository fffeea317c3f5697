"""Graphs and tensors show themselves in notebooks; where nothing can be drawn, as text."""

from __future__ import annotations

import html
import logging

from graphflow.core.extensions import provide
from graphflow.core.graph import Graph, Tensor
from graphflow.viz.diagram import diagram

_LOGGER = logging.getLogger("graphflow")
_MAX_OPERATIONS = 5000
_MAX_BOXES = 250  # layout takes long beyond


@provide("graph_html")
def graph_html(graph: Graph) -> str | None:
    """Return a graph's diagram as HTML, None where it cannot be drawn.

    Args:
      graph: the graph.
    """
    operations = graph.version
    noun = "operation" if operations == 1 else "operations"
    return _html(graph, operations, f"Graph with {operations} {noun}")


@provide("tensor_html")
def tensor_html(tensor: Tensor) -> str | None:
    """Return a tensor's text and the diagram of what it needs as HTML, None where that fails.

    Args:
      tensor: the tensor.
    """
    return _html(tensor, tensor.op.id + 1, repr(tensor))


def _html(what: Graph | Tensor, operations: int, text: str) -> str | None:
    if operations == 0 or operations > _MAX_OPERATIONS:
        return None
    try:
        drawing = diagram(what)
        if drawing.boxes > _MAX_BOXES:
            return None
        return f"<div><code>{html.escape(text)}</code></div>{drawing.html()}"
    except Exception as error:  # a notebook then shows the text
        _LOGGER.debug("cannot draw %s: %s", text, error)
        return None
