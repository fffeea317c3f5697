"""List which of TensorFlow's symbols a program uses, and whether graphflow has them.

The program is parsed, not run: what it reaches through other objects than modules is not seen.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from graphflow.interop.coverage import coverage, symbols
from graphflow.launcher.aliases import install_as_tensorflow, module_of
from graphflow.launcher.notebook import code_cells

_ROOT = "tensorflow"
_MISSING = object()


@dataclass
class Use:
    """A symbol that a program uses.

    Attributes:
      symbol: its name, such as "tf.nn.relu" or "tensorflow.python.ops.array_ops.zeros".
      places: where: files and lines.
      status: "full", "partial" or "missing".
      notes: what is missing of a partial one.
    """

    symbol: str
    places: list[tuple[str, int]] = field(default_factory=list)
    status: str = ""
    notes: tuple[str, ...] = ()


def check(paths: Iterable[str], refused: list[SyntaxError] | None = None) -> list[Use]:
    """Return the symbols that programs use, in the order of their names.

    Args:
      paths: files, notebooks too, and folders whose Python files and notebooks are all looked at.
      refused: takes the errors of files that are not of Python 3; the others are looked at.

    Raises:
      OSError: a file cannot be read.
      SyntaxError: a file is not of Python 3, and `refused` is None.
    """
    install_as_tensorflow()
    uses: dict[str, Use] = {}
    for file in _files(paths):
        try:
            names = _Names(dict(_trees(file)))
        except SyntaxError as error:
            if refused is None:
                raise
            refused.append(error)
            continue
        for symbol, place, line in names.found():
            uses.setdefault(symbol, Use(symbol)).places.append((place, line))
    for use in uses.values():
        use.status, use.notes = _status(use.symbol)
    return [uses[symbol] for symbol in sorted(uses)]


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            files = [*path.rglob("*.py"), *path.rglob("*.ipynb")]
            yield from sorted(file for file in files if ".ipynb_checkpoints" not in file.parts)
        else:
            yield path


def _trees(file: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield names and contents of a file, or of the cells of a notebook."""
    if file.suffix != ".ipynb":
        yield str(file), ast.parse(file.read_bytes(), str(file))
        return
    for number, source in code_cells(file.read_text(encoding="utf-8")):
        name = f"{file}, cell {number}"
        yield name, ast.parse(source, name)


def report(uses: Iterable[Use]) -> Iterator[str]:
    """Yield a report: for each symbol its status, where it is used, and what is missing of it.

    Args:
      uses: what `check` returned.
    """
    counts = {"full": 0, "partial": 0, "missing": 0}
    for use in uses:
        counts[use.status] += 1
        file, line = use.places[0]
        more = f" and {len(use.places) - 1} more" if len(use.places) > 1 else ""
        yield f"{use.status:8s} {use.symbol}  ({file}:{line}{more})"
        yield from (f"         {note}" for note in use.notes)
    total = sum(counts.values())
    yield (
        f"{total} symbols of TensorFlow: {counts['full']} there in full, {counts['partial']} in "
        f"part, {counts['missing']} missing"
    )


def _status(symbol: str) -> tuple[str, tuple[str, ...]]:
    """Whether there is a symbol, and what is missing of it."""
    name = symbol
    while name.count(".") > 1 and name not in symbols():
        name = name.rpartition(".")[0]
    known = symbols().get(name)
    if known is not None and known.kind != "module":
        found = coverage(sys.modules["graphflow"], known)
        return found.status, found.notes
    return ("full" if _exists(symbol) else "missing"), ()


def _exists(symbol: str) -> bool:
    """Whether an import or attributes lead to a symbol."""
    parts = symbol.split(".")[1:]
    found: Any = sys.modules["graphflow"]
    for index, part in enumerate(parts):
        if not isinstance(found, (ModuleType, type)):
            return True  # what values have is up to them
        following = getattr(found, part, _MISSING)
        if following is _MISSING:
            try:
                following = module_of(".".join(parts[: index + 1]))
            except ModuleNotFoundError:
                return False
        found = following
    return True


class _Names(ast.NodeVisitor):
    """Finds what names of a program stand for.

    Args:
      trees: its file, or its cells, by their names.
    """

    def __init__(self, trees: Mapping[str, ast.AST]) -> None:
        self._names: dict[str, str] = {}
        self._found: list[tuple[str, str, int]] = []
        self._place = ""
        # Names are imported before they are used, but maybe further down in the file.
        for self._place, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    self._take_import(node)
                elif isinstance(node, ast.ImportFrom):
                    self._take_import_from(node)
            self._take_assignments(tree)
        for self._place, tree in trees.items():
            self.visit(tree)

    def found(self) -> list[tuple[str, str, int]]:
        """Return symbols, files or cells, and lines, in the order of the lines."""
        return sorted(set(self._found), key=lambda found: found[2])

    def _take(self, symbol: str, line: int) -> None:
        self._found.append((symbol, self._place, line))

    def _take_import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.split(".")[0] != _ROOT:
                continue
            if alias.asname:
                self._names[alias.asname] = _short(alias.name)
            else:
                self._names[_ROOT] = "tf"
            if "." in alias.name:
                self._take(_short(alias.name), node.lineno)

    def _take_import_from(self, node: ast.ImportFrom) -> None:
        if node.level or (node.module or "").split(".")[0] != _ROOT:
            return
        for alias in node.names:
            if alias.name == "*":
                continue
            symbol = _short(f"{node.module}.{alias.name}")
            self._names[alias.asname or alias.name] = symbol
            self._take(symbol, node.lineno)

    def _take_assignments(self, tree: ast.AST) -> None:
        """`slim = tf.contrib.slim` gives a name to a namespace."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target, value = node.targets[0], self._symbol(node.value)
                if isinstance(target, ast.Name) and value and target.id not in self._names:
                    self._names[target.id] = value

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Take a chain of attributes as a whole."""
        symbol = self._symbol(node)
        if symbol is None:
            self.generic_visit(node)
        else:
            self._take(symbol, node.lineno)

    def _symbol(self, node: ast.AST) -> str | None:
        """What an expression such as `tf.nn.relu` stands for, None for all others."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not parts or not isinstance(node, ast.Name) or node.id not in self._names:
            return None
        return ".".join([self._names[node.id], *reversed(parts)])


def _short(name: str) -> str:
    """`tensorflow.nn` is `tf.nn`, also where a program says `tensorflow.compat.v1.nn`."""
    short = "tf" + name.removeprefix(_ROOT)
    return "tf" + short.removeprefix("tf.compat.v1") if short.startswith("tf.compat.v1") else short
