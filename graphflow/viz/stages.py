"""What becomes of a graph on its way to a run, side by side in one picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from graphflow.compiler.plan import Plan
from graphflow.compiler.prune import prune
from graphflow.core.graph import Tensor
from graphflow.fetches import Fetches
from graphflow.session import BaseSession
from graphflow.viz.diagram import Diagram, fed_tensors
from graphflow.viz.dot import Layout, dot_source
from graphflow.viz.folding import Folded, Scope, fold as fold_picture
from graphflow.viz.graph_picture import Choice, graph_picture
from graphflow.viz.line_picture import line_picture
from graphflow.viz.picture import Picture
from graphflow.viz.plan_picture import plan_picture
from graphflow.viz.stacking import stack, without_implied

_FOLD = 16


def stages(
    session: BaseSession,
    fetches: Any,
    feeds: Any = None,
    *,
    fold: int | None = _FOLD,
    expand: Iterable[str] = (),
    show_shapes: bool = False,
    legend: bool = True,
    title: str | None = None,
    direction: str = "TB",
) -> Diagram:
    """Draw side by side what was built, what some fetches need of it, and what is run for them.

    The third part shows what the compiler made of it for the shapes that were fed last, if it has
    done so by now: the first runs are measured step by step.  Before that it shows the steps of the
    plan, after pruning and rewriting.

    Args:
      session: a `Session`.
      fetches: what `session.run` would be given.
      feeds: the tensors that are fed (a list, or a dict such as `feed_dict`).
      fold: int, a scope that takes more boxes is drawn as one, and so are like updates of
        variables; None draws everything.
      expand: names of scopes that are drawn open in any case.
      show_shapes: whether links bear dtype and shape.
      legend: whether shapes and lines are explained.
      title: str, a line above the drawing.
      direction: "TB" from top to bottom, "LR" from left to right, "BT" or "RL".

    Returns:
      A `Diagram`.

    Raises:
      TypeError: `session` is no session.
      ValueError: a fetch or feed is not in the graph.
      ImportError: the package `graphviz` is missing.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [2, 3], name="x")
    >>> y = tf.reduce_sum(tf.identity(x) * 1.5, name="y")
    >>> z = tf.sqrt(y, name="not_needed")
    >>> with tf.Session() as sess:
    ...     source = tf.viz.stages(sess, y, [x]).source
    >>> "what you built (7 operations)" in source, "what y needs (5 operations)" in source
    (True, True)
    >>> "what is run (2 steps)" in source
    True
    """
    if not isinstance(session, BaseSession):
        raise TypeError(f"what is run is known by a session, not by {session!r}")
    graph = session.graph
    flat = Fetches(graph, fetches)
    fed = fed_tensors(graph, feeds)
    roots = [*(tensor.op for tensor in flat.tensors if tensor not in fed), *flat.operations]
    wanted = frozenset(roots)
    operations = graph.get_operations()
    needed = prune(roots, set(fed))
    plan = session._plan(flat.tensors, flat.operations, fed)
    run, picture = _run_picture(plan, flat)
    parts = [
        (
            f"1. what you built ({_count(len(operations), 'operation')})",
            graph_picture(Choice(operations, wanted)),
        ),
        (
            f"2. what {_fetched(flat)} needs ({_count(len(needed), 'operation')})",
            graph_picture(Choice(needed, wanted, frozenset(fed))),
        ),
        (f"3. what is run ({run})", picture),
    ]
    folded = [_folded(caption, part, fold, expand) for caption, part in parts]
    scopes = {name: scope for part in folded for name, scope in part.root.children.items()}
    merged = Folded(
        Scope((), children=scopes),
        [bundle for part in folded for bundle in part.bundles],
        {key: notes for part in folded for key, notes in part.notes.items()},
    )
    layout = Layout(title, legend, show_shapes, direction)
    return Diagram(dot_source(merged, layout), merged.root.size)


def _run_picture(plan: Plan, flat: Fetches) -> tuple[str, Picture]:
    """Return how much is run, and the picture of it."""
    lines = [variant.line for variant in plan.variants.values() if variant.line]
    if lines:
        text = _count(len(lines[-1].units), "call")
        return text, line_picture(plan, False, flat.operations)
    picture = plan_picture(plan, None, False, flat.operations)
    return _count(len(plan.steps), "step"), picture


def _folded(caption: str, picture: Picture, limit: int | None, expand: Iterable[str]) -> Folded:
    """Put a picture into a scope of its own, and fold what is large in it.

    The caption must have no colon, which would end the name of a node in DOT.
    """
    inside = Picture()
    for item in picture.items.values():
        inside.add(replace(item, key=f"{caption}|{item.key}", scope=(caption, *item.scope)))
    for link in picture.links:
        source, target = f"{caption}|{link.source}", f"{caption}|{link.target}"
        inside.link(replace(link, source=source, target=target))
    if limit is not None:
        inside = stack(inside)
        if any(item.number is not None for item in inside.items.values()):
            inside = without_implied(inside)
    is_open = [caption, *(f"{caption}/{name.strip('/')}" for name in expand)]
    return fold_picture(inside, limit, None, is_open)


def _fetched(flat: Fetches) -> str:
    """Name what is fetched, if it is one thing."""
    items: Sequence[Tensor | Any] = [*(t.op for t in flat.tensors), *flat.operations]
    return items[0].name.rpartition("/")[2] if len(items) == 1 else "this"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
