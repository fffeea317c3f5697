"""Every notebook runs from its first cell to its last: quickly, on little data, and in full."""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path

import PIL.Image
import pytest

from graphflow.cli import mnist, notebook_runner
from graphflow.cli.command_line import main

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EACH = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_notebooks_are_found():
    assert NOTEBOOKS


@EACH
def test_notebook_is_kept_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert {cell["execution_count"] for cell in code} == {None}


@EACH
def test_notebook_has_one_picture_for_the_gallery(path):
    notebook = notebook_runner.read(path.stem)
    assert sum("gallery" in notebook_runner.tags(cell) for cell in notebook["cells"]) == 1


@pytest.mark.notebook
@pytest.mark.filterwarnings("default")  # the libraries that drive the kernel have their own
@EACH
def test_notebook_runs(path, tmp_path, monkeypatch):
    run_notebook(path.stem, "1", tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@EACH
def test_notebook_runs_in_full(path, tmp_path, monkeypatch):
    run_notebook(path.stem, "0", tmp_path, monkeypatch)


def run_notebook(name, quick, folder, monkeypatch):
    pytest.importorskip("nbclient")
    put_checkout_on_path(monkeypatch)
    monkeypatch.setenv("GRAPHFLOW_QUICK", quick)

    notebook, problem = notebook_runner.run(notebook_runner.read(name), folder)

    assert problem == ""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    assert cells
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert [text for cell in cells for text in printed_warnings(cell)] == []
    assert notebook_runner.gallery_picture(notebook)


def printed_warnings(cell):
    """The warnings that a cell has printed, among progress bars and the like."""
    texts = [out.text for out in cell.outputs if out.get("name") == "stderr"]
    return [text for text in texts if "Warning" in text or "Traceback" in text]


@pytest.mark.notebook
@pytest.mark.filterwarnings("default")
def test_mnist_command(tmp_path, monkeypatch, capsys):
    printed, output = run_mnist_command(["--only", "softmax"], tmp_path, monkeypatch, capsys)
    assert "300/300" in printed  # the progress bar
    page = (output / "mnist.html").read_text()
    assert "Reading handwritten digits" in page
    assert "data:image/png" in page  # the curves
    assert "<svg" in page  # the diagram
    assert "Convolutions" not in page  # of a model that was not asked for


@pytest.mark.notebook
@pytest.mark.parametrize("model", mnist.MODELS)
def test_mnist_command_without_notebook(model, tmp_path, monkeypatch, capsys):
    arguments = ["--no-notebook", "--only", model]
    printed, output = run_mnist_command(arguments, tmp_path, monkeypatch, capsys)
    assert "100%" in printed
    assert "<svg" in (output / f"{model}.svg").read_text()
    assert [*json.loads((output / "results.json").read_text())] == [model]
    assert not (output / "mnist.html").exists()


def run_mnist_command(arguments, tmp_path, monkeypatch, capsys):
    put_checkout_on_path(monkeypatch)
    for name in ("GRAPHFLOW_RESULTS", "GRAPHFLOW_QUICK"):
        monkeypatch.setenv(name, "")  # so that what the command sets is undone
    monkeypatch.chdir(tmp_path)

    assert main(["mnist", "--quick", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "reached" in printed
    return printed, tmp_path / "mnist-results"


def put_checkout_on_path(monkeypatch):
    search_path = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(search_path))


def test_gallery_shows_every_notebook():
    gallery = runpy.run_path(str(ROOT / "docs" / "make_gallery.py"))
    assert gallery["PAGE"].read_text(encoding="utf-8") == gallery["page"](), (
        "run graphflow notebooks, then python docs/make_gallery.py notebook-gallery"
    )
    assert gallery["SITE_PAGE"].read_text(encoding="utf-8") == gallery["site_page"]()
    pictures = {path.stem: path for path in gallery["PICTURES"].iterdir()}
    assert sorted(pictures) == [path.stem for path in NOTEBOOKS]
    for path in pictures.values():
        with PIL.Image.open(path) as picture:
            shares = [size / most for size, most in zip(picture.size, gallery["SIZE"], strict=True)]
            assert 0.95 < max(shares) <= 1
