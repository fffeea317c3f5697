from __future__ import annotations

import re
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "visualization.md"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The pictures, made anew."""
    folder = tmp_path_factory.mktemp("images")
    runpy.run_path(str(DOCS / "make_images.py"))["main"](folder)
    return folder


def test_all_pictures_can_be_made(made):
    for path in made.iterdir():
        ET.parse(path)
    assert {path.name for path in made.iterdir()} == {
        path.name for path in (DOCS / "images").glob("*.svg")
    }


def test_the_page_shows_pictures_that_are_there():
    shown = re.findall(r"\((images/[^)]+)\)", PAGE.read_text(encoding="utf-8"))
    assert shown
    assert all((DOCS / name).exists() for name in shown)


def test_no_picture_tells_folders_of_a_machine():
    for path in (DOCS / "images").glob("*.svg"):
        lines = re.findall(r"made at ([^&]+)", path.read_text(encoding="utf-8"))
        assert lines
        assert all(re.match(r"make_images\.py:\d+ in \w+", line) for line in lines)
