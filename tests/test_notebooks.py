"""Every notebook runs from its first cell to its last, on little data with GRAPHFLOW_QUICK=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.notebook
def test_notebooks_are_found():
    assert NOTEBOOKS


@pytest.mark.notebook
@pytest.mark.filterwarnings("default")  # the libraries that drive the kernel have their own
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    search_path = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(search_path))

    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=1200, resources=folder).execute()

    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source]
    assert cells
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
