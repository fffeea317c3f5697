"""The project's notebooks: find them, run them in a Jupyter kernel, save them as pages."""

from __future__ import annotations

import base64
import importlib
import importlib.resources
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

Notebook: TypeAlias = dict[str, Any]

PACKAGES = ("ipykernel", "matplotlib", "nbclient", "nbconvert", "nbformat")
_CELL_TIMEOUT = 3600  # seconds


def missing_packages() -> list[str]:
    """Return those packages that notebooks need and that are not installed."""
    return [package for package in PACKAGES if importlib.util.find_spec(package) is None]


def names() -> list[str]:
    """Return the names of all notebooks, in the order in which they should be read."""
    files = importlib.resources.files("graphflow.notebooks").iterdir()
    return sorted(file.name[: -len(".ipynb")] for file in files if file.name.endswith(".ipynb"))


def read(name: str) -> Notebook:
    """Return the content of a notebook.

    Args:
      name: what `names` calls it.
    """
    source = importlib.resources.files("graphflow.notebooks").joinpath(f"{name}.ipynb")
    notebook: Notebook = json.loads(source.read_text(encoding="utf-8"))
    return notebook


def tags(cell: Notebook) -> set[str]:
    """Return the tags of a cell."""
    return set(cell["metadata"].get("tags", ()))


def heading(notebook: Notebook) -> tuple[str, str]:
    """Return the title of a notebook, and the paragraph below it as one line of Markdown."""
    title, _, text = "".join(notebook["cells"][0]["source"]).partition("\n")
    paragraph = text.strip().split("\n\n")[0]
    return title.lstrip("# "), " ".join(paragraph.split())


def run(notebook: Notebook, folder: Path | None = None, echo: bool = False) -> tuple[Any, str]:
    """Run a notebook in a kernel.

    Args:
      notebook: its content.
      folder: the kernel's working directory, by default the process's own.
      echo: whether what it prints, progress bars above all, is printed here at once.

    Returns:
      The notebook with its outputs, of class `nbformat.NotebookNode`, and what went wrong, an
      empty string if nothing did.
    """
    nbclient, nbformat = map(importlib.import_module, ("nbclient", "nbformat"))

    class Client(nbclient.NotebookClient):  # type: ignore[misc, name-defined]
        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if echo and msg["msg_type"] == "stream":
                sys.stdout.write(msg["content"]["text"])
                sys.stdout.flush()
            return super().process_message(msg, cell, cell_index)

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    client = Client(
        node,
        timeout=_CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}} if folder else {},
    )
    problem = ""
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as error:
        problem = f"{error.ename}: {error.evalue}"
    except nbclient.exceptions.DeadKernelError as error:
        problem = f"the notebook's kernel ended: {error}"
    return node, problem


def save_page(node: Any, page: Path) -> None:
    """Write a notebook with its outputs as HTML; its title is the file's name."""
    exporter = importlib.import_module("nbconvert").HTMLExporter()
    text, _ = exporter.from_notebook_node(node, {"metadata": {"name": page.stem}})
    page.write_text(text, encoding="utf-8")


def gallery_picture(node: Any) -> bytes | None:
    """Return the picture, a PNG file, that the cell with the tag `gallery` has made."""
    outputs = [out for cell in node["cells"] if "gallery" in tags(cell) for out in cell["outputs"]]
    pictures: Sequence[str] = [
        out["data"]["image/png"] for out in outputs if "image/png" in out.get("data", {})
    ]
    return base64.b64decode(pictures[-1]) if pictures else None
