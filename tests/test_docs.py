"""The code on the pages of docs/ runs, block after block, and prints what is written below it."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from graphflow.core import op

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def own_ops(monkeypatch):
    """Forget the ops that a test registers."""
    monkeypatch.setattr(op, "_REGISTRY", dict(op._REGISTRY))


def run_page(name: str) -> list[str]:
    """Run the Python blocks of a page; return what differs from the text blocks below them."""
    blocks = BLOCK.findall((DOCS / name).read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    wrong = []
    for index, (kind, text) in enumerate(blocks):
        if kind != "python":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(text, f"<{name}, block {index}>", "exec"), namespace)
        follows = blocks[index + 1] if index + 1 < len(blocks) else ("", "")
        expected = follows[1] if follows[0] == "text" else ""
        if printed.getvalue() != expected:
            wrong.append(printed.getvalue())
    return wrong


def test_adding_an_op(own_ops):
    assert run_page("adding_an_op.md") == []
    assert "FastLeakySum" in op.registered_ops()


def test_checkpoints():
    assert run_page("checkpoints.md") == []


def test_debugging():
    assert run_page("debugging.md") == []


def test_training():
    assert run_page("training.md") == []


def test_estimators():
    assert run_page("estimators.md") == []


def test_interactive_graph(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_page("interactive_graph.md") == []
    assert "A small model" in (tmp_path / "graph.html").read_text(encoding="utf-8")


def test_profiling(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_page("profiling.md") == []
    assert {path.name for path in tmp_path.iterdir()} == {"timeline.html", "trace.json"}
    page = (DOCS / "profiling.md").read_text(encoding="utf-8")
    assert all((DOCS / name).exists() for name in re.findall(r"\((images/[^)]+)\)", page))


def test_pictures_of_profiling_can_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)  # no browser
    runpy.run_path(str(DOCS / "make_timeline_images.py"))["main"](tmp_path, size=40, runs=3)
    names = {"timeline.png", "timeline_loop.png", "timeline_training.png"}
    assert {path.name for path in tmp_path.iterdir()} == names
