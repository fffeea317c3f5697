from __future__ import annotations

import base64

import pytest

from graphflow.cli import notebook_runner
from graphflow.cli.command_line import main
from graphflow.cli.notebooks import Entry, chosen, gallery_page


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True)}


def drawing(picture, *tags):
    data = {"image/png": base64.b64encode(picture).decode()}
    output = {"output_type": "display_data", "data": data}
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "outputs": [output]}


def test_all_are_chosen_unless_some_are_named():
    names = ["01_graph", "02_regression", "12_boosts"]
    assert chosen(names, []) == names
    assert chosen(names, ["12", "01_graph"]) == ["01_graph", "12_boosts"]


def test_an_unknown_name_is_an_error(capsys):
    assert main(["notebooks", "13_nothing"]) == 2
    message = capsys.readouterr().err
    assert "'13_nothing'" in message
    assert "mnist" in message  # one that there is


def test_missing_packages_are_named(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(notebook_runner, "PACKAGES", ("json", "no_such_package"))
    assert main(["notebooks", "--output", str(tmp_path / "pages")]) == 2
    assert "no_such_package" in capsys.readouterr().err
    assert not (tmp_path / "pages").exists()


def test_list_shows_names_and_titles(capsys):
    assert main(["notebooks", "--list", "mnist"]) == 0
    assert capsys.readouterr().out.split() == ["mnist", "Reading", "handwritten", "digits"]


def test_heading_is_the_title_and_the_paragraph_below():
    cells = [markdown("# Two *small* graphs\n\nOne line,\nand another.\n\nMore.\n")]
    heading = notebook_runner.heading({"cells": cells})
    assert heading == ("Two *small* graphs", "One line, and another.")


def test_picture_is_the_one_of_the_tagged_cell():
    cells = [drawing(b"first"), drawing(b"second", "gallery"), drawing(b"third")]
    assert notebook_runner.gallery_picture({"cells": cells}) == b"second"
    assert notebook_runner.gallery_picture({"cells": cells[:1]}) is None


def test_gallery_page_links_pages_and_shows_pictures():
    pytest.importorskip("nbconvert")
    page = gallery_page([
        Entry("01_graph", "Graphs & <runs>", "With *emphasis*.", has_picture=True),
        Entry("02_loss", "Losses", "Plain.", has_picture=False),
    ])  # fmt: skip
    assert '<a href="01_graph.html"><img src="pictures/01_graph.png"' in page
    assert "Graphs &amp; &lt;runs&gt;" in page
    assert "<em>emphasis</em>" in page
    assert '<a href="02_loss.html"><h2>Losses' in page
    assert "02_loss.png" not in page
