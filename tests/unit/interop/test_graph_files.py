from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos
from graphflow.interop.graph_files import GraphFileError, read_graph_file


@pytest.fixture
def folder(tmp_path):
    """A folder with a small graph in each kind of file."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    weights = tf.Variable([[1.0], [3.0]], name="w")
    y = tf.matmul(x, weights, name="y")
    graph = tf.get_default_graph()
    tf.train.write_graph(graph, str(tmp_path), "graph.pb", as_text=False)
    tf.train.write_graph(graph, str(tmp_path), "graph.pbtxt")
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(tmp_path / "model"), global_step=7)
        tf.saved_model.simple_save(session, str(tmp_path / "saved"), {"x": x}, {"y": y})
    tf.train.export_meta_graph(str(tmp_path / "text.meta"), as_text=True)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "graph.pb",
        "graph.pbtxt",
        "model-7.meta",
        "model-7",
        "model-7.index",
        "model-7.data-00000-of-00001",
        "text.meta",
        "saved",
        "saved/saved_model.pb",
    ],
)
def test_every_kind_of_file_is_read(folder, name):
    types = {node.name: node.op for node in read_graph_file(folder / name).node}
    assert types["y"] == "MatMul"
    assert types["w"] == "VariableV2"


def test_content_counts_not_the_name(folder):
    (folder / "graph.pb").rename(folder / "photo.jpg")
    assert read_graph_file(folder / "photo.jpg").node[0].name == "x"


def test_a_folder_of_checkpoints_leads_to_the_latest(folder):
    (folder / "other").mkdir()
    for file in folder.glob("model-7*"):
        file.rename(folder / "other" / file.name)
    assert "y" in {node.name for node in read_graph_file(folder / "other").node}


def test_an_empty_graph_is_a_graph(tmp_path):
    tf.train.write_graph(tf.Graph(), str(tmp_path), "empty.pb", as_text=False)
    assert len(read_graph_file(tmp_path / "empty.pb").node) == 0


def text_of_unknown_field():
    return b'node { name: "x" op: "Const" no_such_field: 3 }'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "a picture"),
        (b"PK\x03\x04" + bytes(50), "zip archive"),
        (b'{"cells": []}', "JSON"),
        (b"<html></html>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (bytes(4) + b"TFL3" + bytes(40), "TensorFlow Lite"),
        (text_of_unknown_field(), "no_such_field"),
        (b"node {\n  name: \xff\xfe }", "UTF-8"),
        (b"\x00\x01\x02\x03 anything", "begins with 00 01 02 03"),
        (b"import numpy as np\nprint(3)\n", "no GraphDef"),
    ],
)
def test_other_content_is_described(tmp_path, content, message):
    path = tmp_path / "graph.pb"
    path.write_bytes(content)
    with pytest.raises(GraphFileError, match=r"graph\.pb") as raised:
        read_graph_file(path)
    assert message in str(raised.value)


def test_files_that_break_off_are_refused_wherever_they_do(folder):
    whole = (folder / "graph.pb").read_bytes()
    path = folder / "part.pb"
    complete = protos.GraphDef.FromString(whole)
    for end in np.linspace(1, len(whole) - 1, 40).astype(int):
        path.write_bytes(whole[:end])
        try:
            found = read_graph_file(path)
        except GraphFileError:
            continue
        # Cut between two nodes it is a smaller graph, as good as any.
        assert list(found.node) == list(complete.node[: len(found.node)])


def test_a_checkpoint_without_meta_file_has_no_graph(folder):
    (folder / "model-7.meta").unlink()
    with pytest.raises(GraphFileError, match=r"model-7.meta, which is not beside it"):
        read_graph_file(folder / "model-7")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(GraphFileError, match=r"without a saved_model.pb"):
        read_graph_file(tmp_path)


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_graph_file(tmp_path / "nothing.pb")
