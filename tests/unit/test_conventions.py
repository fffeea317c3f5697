from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import graphflow.ops as ops

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


FAMILIES = sorted(path.stem for path in (ROOT / "ops").glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_package_of_ops_has_every_public_name(family):
    """No file is named like a function of another one: the module would take its place."""
    module = importlib.import_module(f"graphflow.ops.{family}")
    names = [] if family.startswith("_") else module.__all__
    hidden = [name for name in names if getattr(ops, name, None) is not getattr(module, name)]
    assert hidden == []
