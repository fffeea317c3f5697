"""Names that matplotlib had in the time of TensorFlow 1, and lost since.

Drawing is what most old tutorials do beside training, and one lost name at the end of a script
costs the user the whole run.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from graphflow.launcher.after_import import after_import, renamed

_PYPLOT = "matplotlib.pyplot"


def install() -> None:
    """Give the names back: now if `matplotlib.pyplot` has been imported, else when it is."""
    after_import(_PYPLOT, _restore)


def _restore(pyplot: Any) -> None:
    """Restore names of figures, axes, legends and colour maps where they are missing."""
    figure = importlib.import_module("matplotlib.figure").Figure
    axes = importlib.import_module("matplotlib.axes").Axes
    artists = axes.ArtistList
    canvas = importlib.import_module("matplotlib.backend_bases").FigureCanvasBase
    legend = importlib.import_module("matplotlib.legend").Legend
    maps = importlib.import_module("matplotlib.cm")
    _add(canvas, "set_window_title", _set_window_title)
    _add(canvas, "get_window_title", lambda self: self.manager and self.manager.get_window_title())
    _add(
        legend, "draggable", lambda self, state=True, **kwargs: self.set_draggable(state, **kwargs)
    )
    _add(artists, "remove", lambda self, artist: artist.remove())
    _add(artists, "pop", _pop)
    _add(axes, "set_axis_bgcolor", axes.set_facecolor)
    _add(axes, "get_axis_bgcolor", axes.get_facecolor)
    _add(axes, "change_geometry", _change_geometry)
    for place, argument in (axes, 2), (pyplot, 1):
        _add(place, "hold", _hold(argument))
    _add(maps, "get_cmap", pyplot.get_cmap)
    for place, name in (axes, "hist"), (pyplot, "hist"):
        setattr(place, name, renamed(getattr(place, name), "normed", "density"))
    for place, name in (figure, "add_subplot"), (figure, "add_axes"), (pyplot, "subplot"):
        setattr(place, name, renamed(getattr(place, name), "axisbg", "facecolor"))
    figure.gca = _gca(figure.gca)
    pyplot.gca = _gca(pyplot.gca)


def _add(place: Any, name: str, value: Any) -> None:
    if not hasattr(place, name):
        setattr(place, name, value)


def _set_window_title(self: Any, title: str) -> None:
    if self.manager is not None:
        self.manager.set_window_title(title)


def _pop(self: Any, index: int = -1) -> Any:
    artist = self[index]
    artist.remove()
    return artist


def _change_geometry(self: Any, numrows: int, numcols: int, num: int) -> None:
    gridspec = importlib.import_module("matplotlib.gridspec")
    self.set_subplotspec(gridspec.GridSpec(numrows, numcols)[num - 1])


def _hold(arguments: int) -> Callable[..., None]:
    """`hold` of axes (called with themselves as well) or of pyplot; drawings add up since."""

    def hold(*args: Any) -> None:
        if len(args) == arguments and args[-1] in (False, "off"):
            raise NotImplementedError(
                "hold(False): matplotlib has no such mode any more; call cla() before each drawing"
            )

    return hold


def _gca(current: Callable[..., Any]) -> Callable[..., Any]:
    """`gca` that makes axes of the wanted kind when it is called with arguments."""

    @wraps(current)
    def gca(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return current(*args)
        figure = args[0] if args else importlib.import_module(_PYPLOT).gcf()
        return figure.add_subplot(**kwargs)

    return gca
