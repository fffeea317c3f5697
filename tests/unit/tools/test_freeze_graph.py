"""One file of a graph and a checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow.launcher.aliases import module_of
from graphflow.tools import freeze_graph


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a model in all forms: y = w x + 1."""
    with tf.Graph().as_default() as graph, tf.Session() as session:
        x = tf.placeholder(tf.float32, [None], name="x")
        w = tf.get_variable("w", initializer=2.5, use_resource=request.param)
        with tf.device("/cpu:0"):
            y = tf.add(w * x, 1.0, name="y")
        saver = tf.train.Saver()
        session.run(w.initializer)
        saver.save(session, tmp_path / "model")
        tf.train.write_graph(graph, tmp_path, "graph.pbtxt")
        (tmp_path / "saver.pbtxt").write_text(str(saver.as_saver_def()))
        tf.saved_model.simple_save(session, tmp_path / "served", {"x": x}, {"y": y})
    return tmp_path


def run(path: Path) -> list[float]:
    graph_def = tf.GraphDef.FromString(path.read_bytes())
    assert not {node.op for node in graph_def.node} & {"VariableV2", "VarHandleOp", "SaveV2"}
    assert not any(node.device for node in graph_def.node)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(graph_def, name="")
        return session.run("y:0", {"x:0": [2, 4]}).tolist()


@pytest.mark.parametrize(
    "source",
    [
        {"input_graph": "graph.pbtxt"},
        {"input_graph": "graph.pbtxt", "input_saver": "saver.pbtxt"},
        {"input_meta_graph": "model.meta"},
        {"input_saved_model_dir": "served"},
    ],
    ids=lambda source: "-".join(source),
)
def test_from(folder: Path, source: dict[str, str]):
    paths = {name: str(folder / path) for name, path in source.items()}
    if "input_saved_model_dir" not in source:
        paths["input_checkpoint"] = str(folder / "model")
    paths["output_graph"] = str(folder / "frozen.pb")
    arguments = [f"--{name}={path}" for name, path in paths.items()]
    assert freeze_graph.main([*arguments, "--output_node_names=y"]) == 0
    assert run(folder / "frozen.pb") == [6, 11]


def test_module_of_tensorflow(folder: Path):
    module = module_of("python.tools.freeze_graph")
    graph_def = module.freeze_graph(
        str(folder / "graph.pbtxt"), "", False, str(folder / "model"), "y", "save/restore_all",
        "save/Const:0", "", True, "",
    )  # fmt: skip
    w = next(node for node in graph_def.node if node.name == "w")
    np.testing.assert_array_equal(tf.make_ndarray(w.attr["value"].tensor), 2.5)


def test_errors(folder: Path):
    graph = str(folder / "graph.pbtxt")
    rest = (None, None, "", True, "")
    with pytest.raises(ValueError, match="there is no checkpoint"):
        freeze_graph.freeze_graph(graph, "", False, str(folder / "none"), "y", *rest)
    with pytest.raises(ValueError, match="output_node_names is empty"):
        freeze_graph.freeze_graph(graph, "", False, str(folder / "model"), "", *rest)
    with pytest.raises(ValueError, match="give input_graph"):
        freeze_graph.freeze_graph("", "", False, str(folder / "model"), "y", *rest)
    with pytest.raises(tf.errors.NotFoundError, match="does not exist"):
        freeze_graph.freeze_graph("none", "", False, str(folder / "model"), "y", *rest)
