"""The interactive page of a graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphflow.core.graph import Graph, Operation, get_default_graph
from graphflow.interop.run_metadata import executed_operations, read_label
from graphflow.viz.graph_model import GraphModel, Node, kind_name, models_of, with_costs
from graphflow.viz.graphdef_model import models_of_graph_def
from graphflow.viz.page import Page
from graphflow.viz.picture import Kind
from graphflow.viz.style import LOOKS

_SCRIPTS = ("tree", "links", "layout", "colours", "draw", "panel", "input", "view", "start")
# Kinds that only this page has: label, fill and outline.
_OTHER_KINDS = {
    "save": ("saves and restores", "#DDE3EA", "#5B6B80"),
    "summary": ("summary", "#F3E3CF", "#8A6A3B"),
    "output": ("result of the function", "#D5F0D0", "#3B7D2C"),
}


def show(
    what: Any = None, *, trace: Any = None, title: str | None = None, height: int = 640
) -> Page:
    """Show a graph on an interactive page.

    Scopes open and close, a click on an operation tells all about it and what a fetch of it needs,
    and a search finds names and types. The page is one file, which needs neither a server nor a
    network; in a notebook it shows itself.

    Args:
      what: a `Graph` or a `GraphDef`, whose operations need not be known to graphflow; or a
        `Tensor`, `Operation` or variable, which is selected in its graph. By default the default
        graph.
      trace: the `RunMetadata` of a traced run of it; the page can then colour by time and memory.
      title: what stands above it.
      height: int, how high it is in a notebook, in pixels.

    Returns:
      The page: `page.save("graph.html")`, `page.html()`.

    Raises:
      TypeError: `what` is none of these, or `trace` is no `RunMetadata`.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> page = show(tf.reduce_sum(tf.square(x)), title="squares")
    >>> page.html().startswith("<!DOCTYPE html>")
    True
    """
    models = _models(what)
    if trace is not None:
        models = with_costs(models, costs_of(trace))
    return Page(
        title or "Graph",
        body="graph.html",
        styles=["graph.css"],
        libraries=["dagre.min.js"],
        scripts=[f"graph_{name}.js" for name in _SCRIPTS],
        data=page_data(models, title or "Graph", _name_of(what)),
        height=height,
    )


def _models(what: Any) -> list[GraphModel]:
    if what is None:
        return models_of(get_default_graph())
    if isinstance(what, Graph):
        return models_of(what)
    if hasattr(what, "node") and hasattr(what, "library"):
        return models_of_graph_def(what)
    graph = getattr(what, "graph", None)
    if not isinstance(graph, Graph):
        raise TypeError(
            f"cannot show {type(what).__name__}: give a Graph, something of a graph, or a GraphDef"
        )
    return models_of(graph)


def costs_of(trace: Any) -> dict[str, tuple[float, int]]:
    """Return what a traced run took, by name of the operation: seconds, and bytes of results.

    The time of operations that were executed at once is divided by what each takes alone.

    Args:
      trace: a `RunMetadata`.

    Raises:
      TypeError: it is none.
    """
    if not hasattr(trace, "step_stats"):
        raise TypeError(f"trace must be the RunMetadata of a run, not {type(trace).__name__}")
    found: dict[str, tuple[float, int]] = {}
    for device in trace.step_stats.dev_stats:
        for node in device.node_stats:
            if read_label(node.timeline_label).remarks.within:
                continue  # a step of a body lies within the time of the loop or branch
            seconds = node.all_end_rel_nanos / 1e9 or node.all_end_rel_micros / 1e6
            size = sum(memory.total_bytes for memory in node.memory)
            for name, share in executed_operations(node):
                before = found.get(name, (0.0, 0))
                own_size = size if name == node.node_name else 0
                found[name] = before[0] + seconds * share, before[1] + own_size
    return found


def _name_of(what: Any) -> str:
    """Return the name of the operation that makes a tensor or variable, '' for graphs."""
    operation = what if isinstance(what, Operation) else getattr(what, "op", None)
    return operation.name if isinstance(operation, Operation) else ""


def page_data(models: Sequence[GraphModel], title: str, selected: str = "") -> dict[str, Any]:
    """Return what the page's scripts get.

    Args:
      models: the graph, and the functions in it.
      title: what stands above it.
      selected: name of the operation that is selected at first, '' for none.
    """
    graphs = [_graph_data(model) for model in models]
    return {"title": title, "kinds": _kinds(), "graphs": graphs, "selected": selected}


def _kinds() -> dict[str, dict[str, str]]:
    looks = {kind_name(kind): (kind.value, look.fill, look.line) for kind, look in LOOKS.items()}
    names = [kind_name(kind) for kind in Kind]
    everything = {**{name: looks[name] for name in names}, **_OTHER_KINDS}
    return {
        name: {"label": label, "fill": fill, "line": line}
        for name, (label, fill, line) in everything.items()
    }


def _graph_data(model: GraphModel) -> dict[str, Any]:
    numbers = {node.name: number for number, node in enumerate(model.nodes)}
    return {"name": model.name, "nodes": [_node_data(node, numbers) for node in model.nodes]}


def _node_data(node: Node, numbers: Mapping[str, int]) -> dict[str, Any]:
    costs = {} if node.seconds is None else {"seconds": node.seconds, "bytes": node.bytes}
    return {
        "name": node.name,
        "type": node.type,
        "kind": node.kind,
        "inputs": [[numbers[name], slot] for name, slot in node.inputs if name in numbers],
        "controls": [numbers[name] for name in node.controls if name in numbers],
        "outputs": [[output.dtype, output.shape, output.size] for output in node.outputs],
        "attributes": dict(node.attributes),
        "device": node.device,
        "line": node.line,
        "bodies": list(node.bodies),
        **costs,
    }
