"""Make notebooks/README.md, docs/notebooks.md and pictures: `python docs/make_gallery.py FOLDER`.

FOLDER is where `graphflow notebooks --output FOLDER` has left pages and pictures of all notebooks.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from graphflow.cli import notebook_runner

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "notebooks" / "README.md"
SITE_PAGE = ROOT / "docs" / "notebooks.md"
PICTURES = ROOT / "docs" / "images" / "notebooks"
SIZE = (480, 300)  # pixels, at most
COLOURS = 128

HEAD = """\
# Notebooks

The course in pictures: each notebook tells one story, runs in a few minutes at most on two cores,
and checks at its end the numbers that its text claims.

```
pip install '.[notebook]'      # in a copy of this repository
graphflow notebooks            # run them all; pages with a gallery come out in ./notebook-gallery
graphflow notebooks --quick 09 # one of them, with fewer steps
```

They open in Jupyter as well (`pip install jupyterlab`), and are kept here without their outputs.
`GRAPHFLOW_QUICK=1` makes them short there too. Formulas on the saved pages are set by MathJax,
which the browser loads from the network; without one they are shown as they are written.

| | |
|---|---|
"""


def row(name: str, images: str, is_linked: bool) -> str:
    """Return the line of the table that shows a notebook."""
    title, summary = notebook_runner.heading(notebook_runner.read(name))
    picture, headline = f"![{title}]({images}/{name}.png)", title
    if is_linked:
        picture, headline = f"[{picture}]({name}.ipynb)", f"[{title}]({name}.ipynb)"
    summary = summary.replace("|", r"\|")
    return f"| {picture} | **{headline}**<br>{summary} |\n"


def page() -> str:
    """Return the content of notebooks/README.md."""
    rows = [row(name, "../docs/images/notebooks", True) for name in notebook_runner.names()]
    return HEAD + "".join(rows)


def site_page() -> str:
    """Return the content of docs/notebooks.md: the site has no notebooks to lead to."""
    rows = [row(name, "images/notebooks", False) for name in notebook_runner.names()]
    return HEAD + "".join(rows)


def shrink(source: Path, target: Path) -> None:
    """Write a small copy of a picture, in few colours."""
    with Image.open(source) as picture:
        white = Image.new("RGBA", picture.size, "white")
        white.alpha_composite(picture.convert("RGBA"))
    small = white.convert("RGB")
    small.thumbnail(SIZE, Image.Resampling.LANCZOS)
    small.quantize(COLOURS).save(target, optimize=True)


def main(folder: Path) -> None:
    """Write the page and its pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in notebook_runner.names():
        shrink(folder / "pictures" / f"{name}.png", PICTURES / f"{name}.png")
    PAGE.write_text(page(), encoding="utf-8")
    SITE_PAGE.write_text(site_page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
