from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    [*(ROOT / "graphflow").rglob("*.py"), *(ROOT / "ops").rglob("*.py")],
    key=lambda path: path.as_posix(),
)


def own_imports_in_functions(tree: ast.Module) -> Iterator[int]:
    """Yield the line of each import of our own packages that stands inside a function."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for function in (node for node in ast.walk(tree) if isinstance(node, functions)):
        for node in ast.walk(function):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] in ("", "graphflow", "ops") for name in names):
                yield node.lineno


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("import graphflow.ops", []),
        ("def f():\n    import scipy", []),
        ("def f():\n    import graphflow.ops as ops", [2]),
        ("class A:\n    def f(self):\n        from graphflow.core import graph", [3]),
        ("async def f():\n    from . import graph", [2]),
    ],
)
def test_the_search_finds_imports_in_functions(source, lines):
    assert list(own_imports_in_functions(ast.parse(source))) == lines


def test_own_packages_are_imported_at_the_top_of_a_file():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        for line in own_imports_in_functions(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []
