from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import graphflow as tf
from graphflow.cli.command_line import main

PROGRAM = """
import sys
import tensorflow as tf

with tf.Graph().as_default():
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.square(x, name=sys.argv[1] if len(sys.argv) > 1 else "y")
    with tf.Session() as session:
        print(session.run(y, {x: [3.0]}))
    del session
sys.exit(4)
"""


def data_of(page):
    text = page.read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return json.loads(data)


def names_in(page):
    return [node["name"] for node in data_of(page)["graphs"][0]["nodes"]]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_graph_in_a_file(here, capsys):
    tf.placeholder(tf.float32, name="größe".replace("ö", "oe").replace("ß", "ss"))
    tf.train.write_graph(tf.get_default_graph(), ".", "größe.pb", as_text=False)
    assert main(["view", "größe.pb"]) == 0
    assert names_in(here / "größe.html") == ["groesse"]
    assert data_of(here / "größe.html")["title"] == "größe.pb"
    assert "1 operations" in capsys.readouterr().out


def test_output_and_title_may_stand_behind_the_file(here):
    tf.train.write_graph(tf.Graph(), ".", "model.pbtxt")
    assert main(["view", "model.pbtxt", "-o", "page.html", "--title", "Mine"]) == 0
    assert data_of(here / "page.html")["title"] == "Mine"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.pb"], "there is no nothing.pb"),
        (["empty.pb"], "empty.pb is empty"),
        (["empty.pb", "-o", "page.svg"], "an .html file"),
        (["empty.pb", "--", "--steps"], "neither arguments"),
        (["empty.pb", "--trace"], "neither arguments nor runs"),
        (["."], "without a saved_model.pb"),
    ],
)
def test_what_cannot_be_shown(here, capsys, arguments, message):
    (here / "empty.pb").touch()
    assert main(["view", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not list(here.glob("*.html"))


def view(folder, *arguments):
    """Run the command in a process of its own, as programs that import tensorflow need it."""
    (folder / "program.py").write_text(PROGRAM)
    return subprocess.run(
        [sys.executable, "-m", "graphflow", "view", "program.py", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_graph_of_a_program(tmp_path):
    result = view(tmp_path, "-o", "page.html", "--", "squared")
    assert result.returncode == 4, result.stderr
    assert "[9.]" in result.stdout
    assert names_in(tmp_path / "page.html") == ["x", "squared"]


def test_a_traced_program(tmp_path):
    result = view(tmp_path, "--trace")
    assert result.returncode == 4, result.stderr
    (graph,) = data_of(tmp_path / "program.html")["graphs"]
    nodes = {node["name"]: node for node in graph["nodes"]}
    assert nodes["y"]["seconds"] > 0
    assert "program.py:7" in nodes["y"]["line"]
