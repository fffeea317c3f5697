"""Graphviz: the one module that imports the `graphviz` package and finds a program to run.

Where no `dot` is on the PATH, the program of the `graphviz-pure` wheel does the layout; it needs no
installation of Graphviz.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import sysconfig
import threading
from pathlib import Path
from typing import Any

_HOW_TO_INSTALL = (
    "install Graphviz (apt install graphviz, brew install graphviz, conda install graphviz) "
    "or run `pip install graphviz-pure`"
)
_PURE = "graphviz-pure"
_lock = threading.Lock()


def new_digraph(name: str, **attributes: Any) -> Any:
    """Return an empty `graphviz.Digraph`.

    Args:
      name: its name; one that begins with `cluster` makes a framed subgraph.
      **attributes: `graph_attr`, `node_attr`, `edge_attr`: dictionaries from names to strings.

    Raises:
      ImportError: the package `graphviz` is missing.
    """
    return _graphviz().Digraph(name, **attributes)


def render(source: str, format: str, dpi: int | None = None) -> bytes:
    """Lay out a DOT source.

    Args:
      source: the text.
      format: such as "svg" or "png".
      dpi: resolution of a raster image; None for Graphviz's own.

    Returns:
      The content of the picture's file.

    Raises:
      ImportError: the package `graphviz` is missing.
      RuntimeError: there is no layout program, or it fails.
    """
    graphviz = _graphviz()
    use_available_program()
    if dpi is not None:
        source = source.replace("{", f"{{ graph [dpi={dpi}];", 1)
    try:
        picture: bytes = graphviz.Source(source).pipe(format=format, quiet=True)
    except graphviz.CalledProcessError as error:
        message = (error.stderr or b"").decode("utf-8", "replace").strip()
        raise RuntimeError(f"Graphviz cannot draw this diagram as {format}: {message}") from error
    return picture


def use_available_program() -> None:
    """Point the `graphviz` package at the wheel's program where `dot` is not on the PATH.

    Raises:
      RuntimeError: neither is there.
    """
    from graphviz.backend import dot_command

    with _lock:
        if shutil.which(str(dot_command.DOT_BINARY)):
            return
        program = _pure_program()
        if program is None:
            raise RuntimeError(
                "diagrams need Graphviz's layout program, but there is neither `dot` on the PATH "
                f"nor the wheel {_PURE}: {_HOW_TO_INSTALL}"
            )
        dot_command.DOT_BINARY = program


def _graphviz() -> Any:
    try:
        import graphviz
    except ImportError as error:
        raise ImportError(
            "diagrams need the package graphviz: run `pip install graphviz graphviz-pure`"
        ) from error
    return graphviz


def _pure_program() -> Path | None:
    """Find the program in the wheel's list of files, beside the interpreter, or on the PATH."""
    candidates = [*_files_of_wheel(), Path(sysconfig.get_path("scripts")) / _PURE]
    for path in candidates:
        found = shutil.which(str(path))
        if found:
            return Path(found)
    found = shutil.which(_PURE)
    return Path(found) if found else None


def _files_of_wheel() -> list[Path]:
    try:
        files = importlib.metadata.files(_PURE) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [Path(str(file.locate())).resolve() for file in files if file.stem == _PURE]
