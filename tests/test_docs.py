"""The code on the pages of docs/ runs, block after block, and prints and draws what they say."""

from __future__ import annotations

import importlib.util
import re
import runpy
import sys
from pathlib import Path

import pytest

from graphflow.core import op

DOCS = Path(__file__).resolve().parents[1] / "docs"
SCRIPT = DOCS / "site" / "run_pages.py"
_spec = importlib.util.spec_from_file_location("run_pages", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
pages = sys.modules["run_pages"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(pages)

EXECUTED = sorted(
    str(path.relative_to(DOCS))
    for path in [*DOCS.glob("*.md"), *DOCS.glob("tutorial/*.md"), *DOCS.glob("how_it_works/*.md")]
    if pages.is_executed(path)
    and path.name
    not in ("interactive_graph.md", "migrating.md", "profiling.md")  # have tests of their own
)


@pytest.fixture(autouse=True)
def own_ops(monkeypatch):
    """Forget the ops that a page registers."""
    monkeypatch.setattr(op, "_REGISTRY", dict(op._REGISTRY))


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Keep the files that a page writes."""
    monkeypatch.chdir(tmp_path)


def wrong_blocks(name):
    """Run a page; return the blocks that print or draw something else than it says."""
    blocks = pages.run_page(DOCS / name)
    return [(block.match["code"], block.printed) for block in blocks if not block.is_right]


@pytest.mark.parametrize("name", EXECUTED)
def test_page(name):
    assert wrong_blocks(name) == [], f"run python docs/site/run_pages.py --write docs/{name}"


def test_migrating(tmp_path):
    """It installs graphflow as TensorFlow, so it runs in a process of its own."""
    assert pages.run_apart(DOCS / "migrating.md", tmp_path) == ""


def test_interactive_graph(tmp_path):
    assert wrong_blocks("interactive_graph.md") == []
    assert "A small model" in (tmp_path / "graph.html").read_text(encoding="utf-8")


def test_profiling(tmp_path):
    assert wrong_blocks("profiling.md") == []
    assert {path.name for path in tmp_path.iterdir()} == {"timeline.html", "trace.json"}
    page = (DOCS / "profiling.md").read_text(encoding="utf-8")
    assert all((DOCS / name).exists() for name in re.findall(r"\((images/[^)]+)\)", page))


def test_pictures_of_profiling_can_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: None)  # no browser
    runpy.run_path(str(DOCS / "make_timeline_images.py"))["main"](tmp_path, size=40, runs=3)
    names = {"timeline.png", "timeline_loop.png", "timeline_training.png"}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_there_are_pages():
    assert {
        "adding_an_op.md",
        "checkpoints.md",
        "debugging.md",
        "training.md",
        "estimators.md",
    } <= {*EXECUTED}
    assert sum(name.startswith("tutorial/") for name in EXECUTED) == 8
    assert sum(name.startswith("how_it_works/") for name in EXECUTED) == 10


def test_every_drawing_is_committed_and_shown():
    shown = [
        match["picture"]
        for name in EXECUTED
        for match in pages._BLOCK.finditer((DOCS / name).read_text("utf-8"))
        if match["picture"]
    ]
    assert sorted(shown) == sorted(path.name for path in pages.IMAGES.iterdir())


def test_what_is_wrong_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\nprint(6 * 7)\n```\n\n```text\n43\n```\n")
    (block,) = pages.run_page(page)
    assert (block.is_right, block.printed) == (False, "42\n")
    assert "42\n" in pages.rewritten(page.read_text(), [block])


def test_a_drawing_that_is_not_shown_as_one(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```python\n1 + 1\n```\n\n![Two](../images/pages/two.svg)\n")
    (block,) = pages.run_page(page)
    assert not block.is_right
