"""Names that matplotlib had in the time of TensorFlow 1, and lost since.

Drawing is what most old tutorials do beside training, and one lost name at the end of a script
costs the user the whole run. matplotlib takes long to import, so nothing happens before the program
itself imports `matplotlib.pyplot`.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from types import ModuleType
from typing import Any

_PYPLOT = "matplotlib.pyplot"


def install() -> None:
    """Give the names back: now if `matplotlib.pyplot` has been imported, else when it is."""
    if _PYPLOT in sys.modules:
        _restore(sys.modules[_PYPLOT])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    """Finds `matplotlib.pyplot` once, as the other finders do, and has it changed after loading."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != _PYPLOT:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            _call_afterwards(spec.loader, _restore)
        return spec


def _call_afterwards(loader: Any, change: Callable[[ModuleType], None]) -> None:
    load = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        load(module)
        change(module)

    loader.exec_module = exec_module


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
        setattr(place, name, _renamed(getattr(place, name), "normed", "density"))
    for place, name in (figure, "add_subplot"), (figure, "add_axes"), (pyplot, "subplot"):
        setattr(place, name, _renamed(getattr(place, name), "axisbg", "facecolor"))
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


def _renamed(function: Callable[..., Any], old: str, new: str) -> Callable[..., Any]:
    """The function with an argument that may have its old name as well."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if old in kwargs:
            kwargs[new] = kwargs.pop(old)
        return function(*args, **kwargs)

    return call


def _gca(current: Callable[..., Any]) -> Callable[..., Any]:
    """`gca` that makes axes of the wanted kind when it is called with arguments."""

    @wraps(current)
    def gca(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return current(*args)
        figure = args[0] if args else importlib.import_module(_PYPLOT).gcf()
        return figure.add_subplot(**kwargs)

    return gca
