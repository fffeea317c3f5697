"""`tf.viz.timeline`: what each thread did during a traced run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from graphflow.core.graph import Graph, get_default_graph
from graphflow.interop import protos
from graphflow.interop.run_metadata import fill_run_metadata
from graphflow.runtime.trace import Trace
from graphflow.viz.activities import Activity, History, history_of
from graphflow.viz.chrome_trace import chrome_trace
from graphflow.viz.page import Page
from graphflow.viz.shapes import Drawing
from graphflow.viz.timeline_page import timeline_page
from graphflow.viz.timeline_picture import TimelinePicture, summary_of

_WIDTH = 1000


class Timeline:
    """The timeline of a run; notebooks show it.

    Args:
      run: the `RunMetadata` of a traced run, the `StepStats` in it, or its `Trace`.
      graph: the graph, for the user's lines; by default the one that the trace knows, or else the
        default graph.
      title: a heading.
      width: of the picture in pixels.

    Raises:
      TypeError: `run` is none of them.
      ValueError: nothing was recorded.

    Attributes:
      history: what the threads did.
      critical_path: the longest chain of steps that waited for one another.
    """

    def __init__(
        self, run: Any, graph: Graph | None = None, title: str = "", width: int = _WIDTH
    ) -> None:
        if graph is None and not isinstance(run, Trace):
            graph = get_default_graph()
        self.history: History = history_of(run, graph)
        self.critical_path: list[Activity] = self.history.critical_path()
        self._run = run
        self._title = title
        self._width = width

    @property
    def drawing(self) -> Drawing:
        """The picture, before it is written in some format."""
        return TimelinePicture(self.history, self._title, self._width).drawing()

    def svg(self) -> str:
        """Return the picture as the text of an SVG file."""
        return self.drawing.svg()

    def png(self, scale: float = 2.0) -> bytes:
        """Return the picture as the content of a PNG file.

        Args:
          scale: pixels of the file for each of the picture.
        """
        return self.drawing.png(scale)

    @property
    def page(self) -> Page:
        """The interactive page, which shows itself in a notebook too."""
        return timeline_page(self.history, self.critical_path, self._title)

    def html(self) -> str:
        """Return the interactive page, which needs no network."""
        return self.page.html()

    def chrome_trace(self, show_memory: bool = False) -> str:
        """Return the run as JSON for `chrome://tracing` and Perfetto.

        Args:
          show_memory: whether to show which tensors lived when, and their bytes.
        """
        trace = chrome_trace(_step_stats(self._run), show_memory=show_memory)
        return trace.format_to_string(pretty=True)

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the timeline to a file.

        Args:
          path: its ending says what is written: `.svg` or `.png` the picture, `.html` the
            interactive page, `.json` the trace for Chrome.

        Returns:
          The path.

        Raises:
          ValueError: the ending is another one.
        """
        file = Path(path)
        ending = file.suffix.lower()
        if ending == ".png":
            file.write_bytes(self.png())
            return str(file)
        texts = {".svg": self.svg, ".html": self.html, ".json": self.chrome_trace}
        if ending not in texts:
            raise ValueError(
                f"a timeline is saved as .svg, .png, .html or .json, not {ending or 'nothing'!r}:"
                f" {str(file)!r}"
            )
        file.write_text(texts[ending](), encoding="utf-8")
        return str(file)

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<timeline: {summary_of(self.history, self.critical_path)}>"


def _step_stats(run: Any) -> Any:
    if isinstance(run, Trace):
        metadata = protos.RunMetadata()
        fill_run_metadata(metadata, run)
        return metadata.step_stats
    return getattr(run, "step_stats", run)


def timeline(
    run: Any, graph: Graph | None = None, *, title: str = "", width: int = _WIDTH
) -> Timeline:
    """Draw what each thread did during a traced run.

    Args:
      run: the `RunMetadata` of a run with `tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)`,
        the `StepStats` in it, or a `Trace`.
      graph: the graph, for the user's lines; the default graph if it is None.
      title: a heading.
      width: of the picture in pixels.

    Returns:
      A `Timeline`, with `svg()`, `png()`, `html()` and `save(path)`; notebooks show it.

    Raises:
      TypeError: `run` is none of them.
      ValueError: nothing was recorded.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32, [2, 3], name="x")
    >>> y = tf.matmul(tf.exp(x, name="e"), tf.sin(x), transpose_b=True, name="y")
    >>> metadata = tf.RunMetadata()
    >>> options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    >>> with tf.Session() as session:
    ...     _ = session.run(y, {x: [[1, 2, 3], [4, 5, 6]]}, options, metadata)
    >>> picture = tf.viz.timeline(metadata)
    >>> len(picture.history.activities), picture.critical_path[-1].name
    (3, 'y')
    """
    return Timeline(run, graph, title, width)
