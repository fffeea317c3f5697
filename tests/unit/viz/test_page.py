from __future__ import annotations

import html
import json
import re

import pytest

from graphflow.viz import page as page_module
from graphflow.viz.page import Page, script_json


@pytest.fixture
def small_page(monkeypatch):
    assets = {
        "body.html": "<main></main>",
        "a.css": "main { color: red }",
        "a.js": "const a = 2;",
        "b.js": "document.title = a;",
        "library.js": "var library = {};",
    }
    monkeypatch.setattr(page_module, "_asset", assets.__getitem__)
    return Page(
        "Graph <1>",
        body="body.html",
        styles=["a.css"],
        scripts=["a.js", "b.js"],
        libraries=["library.js"],
        data={"name": "</script><script>alert(1)</script>\u2028", "size": 3},
    )


def test_page_holds_all_assets(small_page):
    text = small_page.html()
    assert "<title>Graph &lt;1&gt;</title>" in text
    assert "<main></main>" in text
    assert "main { color: red }" in text
    assert text.index("var library") < text.index("const a = 2;\ndocument.title = a;")


def test_data_cannot_end_its_element(small_page):
    text = small_page.html()
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert json.loads(data) == small_page.data
    assert "alert(1)</script>" not in text


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ValueError, match="float values"):
        script_json({"seconds": float("nan")})


def test_page_is_saved(small_page, tmp_path):
    path = small_page.save(tmp_path / "ü graph.html")
    assert path.read_text(encoding="utf-8") == small_page.html()
    with pytest.raises(ValueError, match=r"'graph.svg': a page is saved as .html"):
        small_page.save(tmp_path / "graph.svg")
    assert not (tmp_path / "graph.svg").exists()


def test_notebooks_show_the_page_in_a_frame(small_page):
    frame = small_page._repr_html_()
    (content,) = re.findall(r'srcdoc="([^"]*)"', frame)
    assert html.unescape(content) == small_page.html()
