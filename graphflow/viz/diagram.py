"""Diagrams of graphs, of what fetches need, and of plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from graphflow.compiler.compile import compile_plan
from graphflow.compiler.passes import passes_named
from graphflow.compiler.plan import Plan
from graphflow.compiler.prune import prune
from graphflow.compiler.switches import checked
from graphflow.core.graph import Graph, Tensor, get_default_graph, graph_of
from graphflow.fetches import Fetches, expand_feeds
from graphflow.session import BaseSession
from graphflow.viz.dot import Layout, dot_source
from graphflow.viz.folding import fold as fold_picture
from graphflow.viz.graph_picture import Choice, graph_picture
from graphflow.viz.line_picture import line_picture
from graphflow.viz.picture import Picture
from graphflow.viz.plan_picture import Timing, measured, plan_picture, traced
from graphflow.viz.render import render
from graphflow.viz.stacking import stack, without_implied

_FOLD = 20
_FORMATS = (".svg", ".png", ".gv", ".dot")


class Diagram:
    """A drawing, laid out when it is looked at.

    In a notebook it shows itself.

    Args:
      source: the DOT source.
      boxes: how many boxes it draws, the legend's not counted.
    """

    def __init__(self, source: str, boxes: int) -> None:
        self._source = source
        self.boxes = boxes
        self._svg: str | None = None

    @property
    def source(self) -> str:
        """The DOT source."""
        return self._source

    def svg(self) -> str:
        """Return the drawing as the text of an SVG file.

        Raises:
          RuntimeError: there is no layout program.
        """
        if self._svg is None:
            self._svg = render(self._source, "svg").decode()
        return self._svg

    def png(self, dpi: int = 120) -> bytes:
        """Return the drawing as the content of a PNG file.

        Args:
          dpi: int, pixels for each inch.

        Raises:
          RuntimeError: there is no layout program.
        """
        return render(self._source, "png", dpi)

    def save(self, path: str | Path) -> Path:
        """Write the drawing to a file.

        Args:
          path: where to; the ending says what: `.svg`, `.png`, or `.gv` and `.dot` for the source.

        Returns:
          The path.

        Raises:
          ValueError: another ending.
          RuntimeError: there is no layout program.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in _FORMATS:
            raise ValueError(f"cannot save {path.name!r}: use one of {', '.join(_FORMATS)}")
        if ending == ".svg":
            path.write_text(self.svg(), encoding="utf-8")
        elif ending == ".png":
            path.write_bytes(self.png())
        else:
            path.write_text(self._source, encoding="utf-8")
        return path

    def html(self) -> str:
        """Return the drawing as a piece of HTML that fits the width of the page.

        Raises:
          RuntimeError: there is no layout program.
        """
        svg = self.svg()
        svg = svg[svg.index("<svg") :].replace(
            "<svg ", '<svg style="max-width:100%;height:auto" ', 1
        )
        return f'<div style="overflow-x:auto">{svg}</div>'

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_html_(self) -> str:
        return self.html()


def diagram(
    what: Any = None,
    *,
    fetches: Any = None,
    feeds: Any = None,
    depth: int | None = None,
    fold: int | None = _FOLD,
    expand: Iterable[str] = (),
    show_shapes: bool = True,
    show_constants: bool = False,
    fold_variables: bool = True,
    legend: bool = True,
    title: str | None = None,
    direction: str = "TB",
) -> Diagram:
    """Draw a graph, or the part of it that some fetches need, or a plan.

    A variable, its read, its initializer and its optimizer slots are one box.  Constants that only
    set a parameter, such as an axis, are written into the box that they belong to.  The links
    between two boxes are bundled.

    Args:
      what: a `Graph` (by default the default graph); a tensor, operation, variable, or structure of
        those, for what it needs; or a `Plan`.
      fetches: with a graph: draw only what these need.
      feeds: tensors that are fed (a list, or a dict such as `feed_dict`): what only they need is
        left out.
      depth: int, scopes nested deeper are drawn as one box; 0 draws every outermost scope so.
      fold: int, a scope that takes more boxes is drawn as one, with its counts; inner scopes first.
        The whole drawing may have three times as many.  None draws everything.
      expand: names of scopes that are drawn open in any case.
      show_shapes: whether links bear dtype and shape.
      show_constants: whether all constants are drawn.
      fold_variables: whether a variable and what belongs to it are one box.
      legend: whether shapes and lines are explained.
      title: str, a line above the drawing.
      direction: "TB" from top to bottom, "LR" from left to right, "BT" or "RL".

    Returns:
      A `Diagram`.

    Raises:
      TypeError: `what` cannot be drawn.
      ValueError: a fetch or feed is not in the graph, a pass does not exist, or nothing is compiled
        yet, for the first runs are measured step by step.
      ImportError: the package `graphviz` is missing.

    >>> import graphflow as tf
    >>> from graphflow.viz import diagram
    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> y = tf.matmul(x, tf.ones([3, 2]), name="y")
    >>> drawing = diagram(y)
    >>> "float32 ?×3" in drawing.source
    True
    """
    layout = Layout(title, legend, show_shapes, direction)
    if isinstance(what, Plan):
        if fetches is not None or feeds is not None:
            raise TypeError("a plan has its fetches and feeds already: leave out fetches and feeds")
        return _drawn(plan_picture(what, None, show_constants), layout, fold, depth, expand)
    choice = _choice(what, fetches, feeds, show_constants, fold_variables)
    return _drawn(graph_picture(choice), layout, fold, depth, expand)


def plan_diagram(
    session: BaseSession,
    fetches: Any,
    feeds: Any = None,
    *,
    trace: Any = None,
    compiled: bool = False,
    passes: Iterable[str] | None = None,
    fold: int | None = _FOLD,
    depth: int | None = None,
    expand: Iterable[str] = (),
    show_shapes: bool = True,
    show_constants: bool = False,
    fold_variables: bool = True,
    legend: bool = True,
    title: str | None = None,
    direction: str = "TB",
) -> Diagram:
    """Draw what a session will run for some fetches: after pruning and all rewrites, in order.

    Steps bear their numbers in the plan's order.  Variables are drawn with the value that they have
    when the run begins; a step that writes one says so.  With a trace the steps show how long they
    took, and their colour is the thread that ran them; without one, the times are those that the
    session measured in its first runs, if there were any.

    Args:
      session: a `Session`.
      fetches: what `session.run` would be given.
      feeds: the tensors that are fed (a list, or a dict such as `feed_dict`).
      trace: a `RunMetadata` filled by `session.run`, or a `Trace`.
      compiled: whether to draw what the compiler has made of the plan for the shapes that were fed
        last: steps that others do along are gone, those that became one loop are one box.
      passes: names of the rewrites to apply to the program (`graphflow.compiler.switches.PASSES`
        has them), to see what each brings; by default those that are on.
      fold: int, a scope that takes more boxes is drawn as one, three or more like updates of
        variables are one box, and orders that follow from others are left out; None draws all.
      depth: int, scopes nested deeper are drawn as one box.
      expand: names of scopes that are drawn open in any case.
      show_shapes: whether links bear dtype and shape.
      show_constants: whether the plan's constants are drawn.
      fold_variables: whether a variable and its optimizer slots are one box.
      legend: whether shapes and lines are explained.
      title: str, a line above the drawing.
      direction: "TB" from top to bottom, "LR" from left to right, "BT" or "RL".

    Returns:
      A `Diagram`.

    Raises:
      TypeError: `session` is no session, or `trace` no trace.
      ValueError: a fetch or feed is not in the graph.
      ImportError: the package `graphviz` is missing.

    >>> import graphflow as tf
    >>> from graphflow.viz import plan_diagram
    >>> x = tf.placeholder(tf.float32, [2, 3], name="x")
    >>> y = tf.matmul(x, tf.ones([3, 2]), name="y")
    >>> with tf.Session() as sess:
    ...     "1. y" in plan_diagram(sess, y, [x]).source
    True
    """
    if not isinstance(session, BaseSession):
        raise TypeError(f"a plan is made by a session, not by {session!r}")
    flat = Fetches(session.graph, fetches)
    if compiled and (trace is not None or passes is not None):
        raise TypeError("what is compiled has no times of steps, and its passes are the session's")
    fed = fed_tensors(session.graph, feeds)
    if passes is None:
        plan = session._plan(flat.tensors, flat.operations, fed)
    else:
        plan = compile_plan(flat.tensors, flat.operations, fed, passes_named(checked(passes)))
    layout = Layout(title, legend, show_shapes, direction)
    if compiled:
        picture = line_picture(plan, show_constants, flat.operations, fold_variables)
    else:
        timing = timing_of(plan, trace)
        picture = plan_picture(plan, timing, show_constants, flat.operations, fold_variables)
    if fold is not None:
        picture = without_implied(picture)
    return _drawn(picture, layout, fold, depth, expand)


def _drawn(
    picture: Picture, layout: Layout, fold: int | None, depth: int | None, expand: Iterable[str]
) -> Diagram:
    if fold is not None:
        picture = stack(picture)
    folded = fold_picture(picture, fold, depth, expand)
    return Diagram(dot_source(folded, layout), folded.root.size)


def timing_of(plan: Plan, trace: Any) -> Timing | None:
    """Return the times of a trace, or without one those that the first runs measured, if any.

    Args:
      plan: the plan.
      trace: a `RunMetadata`, a `Trace` or None.
    """
    return measured(plan) if trace is None else traced(plan, trace)


def _choice(
    what: Any, fetches: Any, feeds: Any, show_constants: bool, fold_variables: bool
) -> Choice:
    if what is None:
        what = get_default_graph()
    if not isinstance(what, Graph):
        if fetches is not None:
            raise TypeError("fetches select from a graph: give them, or what needs drawing, alone")
        what, fetches = _graph_of(what), what
    fed = fed_tensors(what, feeds)
    if fetches is None:
        return Choice(
            what.get_operations(), frozenset(), frozenset(fed), show_constants, fold_variables
        )
    flat = Fetches(what, fetches)
    roots = [tensor.op for tensor in flat.tensors if tensor not in fed]
    operations = prune([*roots, *flat.operations], set(fed))
    wanted = frozenset([*roots, *flat.operations])
    return Choice(operations, wanted, frozenset(fed), show_constants, fold_variables)


def _graph_of(what: Any) -> Graph:
    """Return the graph of a tensor, operation, variable or structure of those."""
    items = list(_leaves(what))
    if not any(isinstance(getattr(item, "graph", None), Graph) for item in items):
        raise TypeError(
            f"cannot draw {what!r}: give a Graph, tensors, operations or a Plan "
            "(for a session use plan_diagram)"
        )
    return graph_of(items)


def _leaves(what: Any) -> Iterable[Any]:
    if isinstance(what, (list, tuple)):
        for item in what:
            yield from _leaves(item)
    elif isinstance(what, Mapping):
        for item in what.values():
            yield from _leaves(item)
    else:
        yield what


def fed_tensors(graph: Graph, feeds: Any) -> tuple[Tensor, ...]:
    """Return the tensors that a list, dict, tensor or name stands for.

    Args:
      graph: their graph.
      feeds: what is fed; None for nothing.
    """
    if feeds is None:
        return ()
    if isinstance(feeds, Mapping):
        return tuple(expand_feeds(graph, feeds))
    if isinstance(feeds, (Tensor, str)):
        feeds = [feeds]
    return tuple(expand_feeds(graph, dict.fromkeys(feeds)))
