"""`Saver`: what it writes, keeps, restores and refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from google.protobuf import any_pb2

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def initialized() -> tf.Session:
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_names_of_nodes(graph: tf.Graph):
    tf.Variable(1.0, name="v")
    tf.get_variable("r", initializer=2.0, use_resource=True)
    saver = tf.train.Saver()
    found = [op.name for op in graph.get_operations() if op.name.startswith("save")]
    assert found == [
        "save/filename/input", "save/filename", "save/Const",
        "save/SaveV2/tensor_names", "save/SaveV2/shape_and_slices",
        "save/Read/ReadVariableOp", "save/Identity", "save/SaveV2", "save/control_dependency",
        "save/RestoreV2/tensor_names", "save/RestoreV2/shape_and_slices", "save/RestoreV2",
        "save/AssignVariableOp", "save/Assign", "save/restore_all",
    ]  # fmt: skip
    definition = saver.as_saver_def()
    assert definition.filename_tensor_name == "save/Const:0"
    assert definition.save_tensor_name == "save/control_dependency:0"
    assert definition.restore_op_name == "save/restore_all"


@pytest.mark.parametrize("use_resource", [False, True])
@pytest.mark.parametrize("options", [{}, {"sharded": True}, {"restore_sequentially": True}])
def test_there_and_back(tmp_path: Path, use_resource: bool, options: dict[str, bool]):
    v = tf.get_variable("v", initializer=[1.5, 2.5], use_resource=use_resource)
    w = tf.get_variable("w", initializer=["a", "b"])
    whole = tf.get_variable(
        "p", [3, 2], partitioner=tf.fixed_size_partitioner(2), use_resource=use_resource,
        initializer=tf.random_normal_initializer(seed=3),
    )  # fmt: skip
    saver = tf.train.Saver(**options)
    with initialized() as session:
        path = saver.save(session, tmp_path / "model", global_step=12)
        before = session.run(whole.as_tensor())
    assert path == str(tmp_path / "model-12")
    with tf.Session() as session:
        saver.restore(session, path)
        assert session.run(v).tolist() == [1.5, 2.5]
        assert session.run(w).tolist() == [b"a", b"b"]
        np.testing.assert_array_equal(session.run(whole.as_tensor()), before)
    assert tf.train.list_variables(tmp_path) == [("p", [3, 2]), ("v", [2]), ("w", [2])]
    np.testing.assert_array_equal(tf.train.load_variable(path, "p"), before)


def test_other_names_in_the_checkpoint(tmp_path: Path):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    with initialized() as session:
        path = tf.train.Saver({"x": a, "y": b}).save(session, tmp_path / "m")
        tf.train.Saver({"y": a}).restore(session, path)
        assert session.run([a, b]) == [2, 2]


def test_another_shape(tmp_path: Path):
    v = tf.Variable([[1.0, 2.0, 3.0]], name="v")
    with initialized() as session:
        path = tf.train.Saver().save(session, tmp_path / "m")
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable([0.0, 0.0, 0.0], name="v")
        tf.train.Saver(reshape=True).restore(session, path)
        assert session.run(v).tolist() == [1, 2, 3]
        session.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"cannot restore .*\n?.*v"):
            tf.train.Saver().restore(session, path)
        assert session.run(v).tolist() == [0, 0, 0]


def test_checkpoints_that_are_kept(tmp_path: Path):
    tf.Variable(1.0)
    saver = tf.train.Saver(max_to_keep=2, pad_step_number=True)
    with initialized() as session:
        for step in (1, 2, 3):
            saver.save(session, tmp_path / "m", step, write_meta_graph=step != 2)
    assert names(tmp_path) == [
        "checkpoint",
        "m-00000002.data-00000-of-00001", "m-00000002.index",
        "m-00000003.data-00000-of-00001", "m-00000003.index", "m-00000003.meta",
    ]  # fmt: skip
    assert [Path(path).name for path in saver.last_checkpoints] == ["m-00000002", "m-00000003"]
    state = tf.train.get_checkpoint_state(tmp_path)
    assert list(state.all_model_checkpoint_paths) == saver.last_checkpoints
    assert tf.train.latest_checkpoint(tmp_path) == str(tmp_path / "m-00000003")
    other = tf.train.Saver(max_to_keep=2)
    other.recover_last_checkpoints(state.all_model_checkpoint_paths)
    assert other.last_checkpoints == saver.last_checkpoints


def test_checkpoints_that_are_kept_for_good(tmp_path: Path):
    tf.Variable(1.0)
    saver = tf.train.Saver(max_to_keep=1, keep_checkpoint_every_n_hours=0.0)
    with initialized() as session:
        for step in (1, 2, 3):
            saver.save(session, tmp_path / "m", step, write_meta_graph=False)
    assert [name for name in names(tmp_path) if name.endswith("index")] == [
        "m-1.index", "m-2.index", "m-3.index",
    ]  # fmt: skip
    assert tf.train.get_checkpoint_state(tmp_path).last_preserved_timestamp > 0


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tf.Variable(1.0)
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path)
    with initialized() as session:
        assert tf.train.Saver(save_relative_paths=True).save(session, "run/m") == "run/m"
    (tmp_path / "run").rename(tmp_path / "moved")
    assert tf.train.latest_checkpoint("moved") == "moved/m"
    assert 'model_checkpoint_path: "m"' in (tmp_path / "moved" / "checkpoint").read_text()


def test_meta_graph(tmp_path: Path):
    v = tf.get_variable("v", initializer=3.0)
    x = tf.placeholder(tf.float32, [2], name="x")
    tf.add_to_collection("outputs", tf.multiply(x, v, name="y"))
    tf.add_to_collection("numbers", 5)
    tf.add_to_collection("messages", any_pb2.Any(type_url="type/Mine", value=b"abc"))
    with initialized() as session:
        path = tf.train.Saver().save(session, tmp_path / "m")
    with tf.Graph().as_default(), tf.Session() as session:
        saver = tf.train.import_meta_graph(path + ".meta", import_scope="old")
        saver.restore(session, path)
        (y,) = tf.get_collection("outputs")
        assert y.name == "old/y:0"
        assert session.run(y, {"old/x:0": [1, 2]}).tolist() == [3, 6]
        assert [v.name for v in tf.trainable_variables()] == ["old/v:0"]
        assert tf.trainable_variables()[0] is tf.global_variables()[0]
        assert tf.get_collection("numbers") == [5]
        (message,) = tf.get_collection("messages")
        assert (message.type_url, message.value) == ("type/Mine", b"abc")


def test_export_of_a_scope():
    with tf.name_scope("part"), tf.device("/cpu:0"):
        a = tf.constant(2.0, name="a")
        tf.identity(a, name="b")
    tf.constant(1.0, name="other")
    meta = tf.train.export_meta_graph(export_scope="part", clear_devices=True)
    assert [(node.name, node.device) for node in meta.graph_def.node] == [("a", ""), ("b", "")]
    assert meta.graph_def.node[1].input == ["a"]


def test_nothing_to_save():
    with pytest.raises(ValueError, match="no variables to save"):
        tf.train.Saver()
    saver = tf.train.Saver(allow_empty=True)
    assert saver.save(tf.Session(), "nowhere", write_meta_graph=False) is None


def test_late_building(tmp_path: Path):
    saver = tf.train.Saver(defer_build=True)
    tf.Variable(1.0)
    with pytest.raises(RuntimeError, match=r"build\(\)"):
        saver.save(tf.Session(), tmp_path / "m")
    saver.build()
    with initialized() as session:
        saver.save(session, tmp_path / "m")


def test_one_missing_folder_is_made(tmp_path: Path, monkeypatch):
    v = tf.Variable(3.0, name="v")
    monkeypatch.chdir(tmp_path)
    with initialized() as session:
        path = tf.train.Saver().save(session, "model/m", global_step=4)
        assert path == "model/m-4"
        assert tf.train.latest_checkpoint("model") == path
        session.run(v.assign(5.0))
        tf.train.Saver().restore(session, path)
        assert session.run(v) == 3
        for options in {"sharded": True}, {"write_version": tf.train.SaverDef.V1}:
            with pytest.raises(ValueError, match="make it first"):
                tf.train.Saver(**options).save(session, "other/m")


def test_errors(tmp_path: Path):
    v = tf.Variable(1.0, name="v")
    saver = tf.train.Saver()
    with initialized() as session:
        path = saver.save(session, tmp_path / "m")
        with pytest.raises(ValueError, match="not a valid checkpoint"):
            saver.restore(session, tmp_path / "gone")
        with pytest.raises(ValueError, match="save_path is None"):
            saver.restore(session, None)
        with pytest.raises(ValueError, match="does not exist"):
            saver.save(session, tmp_path / "gone" / "too" / "m")
        with pytest.raises(ValueError, match="file that names the newest"):
            saver.save(session, tmp_path / "checkpoint")
        w = tf.Variable(2.0, name="w")
        session.run(w.initializer)
        with pytest.raises(tf.errors.NotFoundError, match="Key w not found in checkpoint"):
            tf.train.Saver().restore(session, path)
        assert session.run([v, w]) == [1, 2]
    with pytest.raises(TypeError, match="only variables can be saved"):
        tf.train.Saver([3])
    with pytest.raises(ValueError, match="saved twice"):
        tf.train.Saver({"a": v, "b": v})
    with pytest.raises(TypeError, match="must be a Session"):
        saver.save("no session", tmp_path / "m")


@pytest.mark.parametrize("kind", ["data-00000-of-00001", "index"])
def test_damage_leaves_the_variables_alone(tmp_path: Path, kind: str):
    v, w = tf.Variable([1.0, 2.0], name="v"), tf.Variable(["a", "bc"], name="w")
    saver = tf.train.Saver()
    with initialized() as session:
        path = saver.save(session, tmp_path / "m")
        file = Path(f"{path}.{kind}")
        intact = file.read_bytes()
        session.run([v.assign([5.0, 7.0]).op, w.assign(["d", "e"]).op])
        for position in (0, 9, len(intact) - 1):
            damaged = bytearray(intact)
            damaged[position] ^= 4
            file.write_bytes(damaged)
            with pytest.raises(tf.errors.DataLossError, match="is damaged"):
                saver.restore(session, path)
        assert [session.run(v).tolist(), session.run(w).tolist()] == [[5, 7], [b"d", b"e"]]


def test_uninitialized_variables(tmp_path: Path):
    tf.Variable(1.0, name="v")
    with tf.Session() as session, pytest.raises(tf.errors.FailedPreconditionError, match="v"):
        tf.train.Saver().save(session, tmp_path / "m")
    assert names(tmp_path) == []


def test_reader(tmp_path: Path):
    tf.Variable([1.0, 2.0], name="v")
    with initialized() as session:
        path = tf.train.Saver().save(session, tmp_path / "m")
    reader = tf.train.NewCheckpointReader(path)
    assert reader.get_variable_to_shape_map() == {"v": [2]}
    assert reader.get_variable_to_dtype_map() == {"v": tf.float32}
    assert reader.has_tensor("v")
    assert not reader.has_tensor("w")
    assert reader.get_tensor("v").tolist() == [1, 2]
    assert reader.debug_string() == b"v (DT_FLOAT) [2]\n"


@pytest.mark.parametrize("use_resource", [False, True])
def test_slots_of_parts_are_saved_as_one_tensor(tmp_path: Path, use_resource: bool):
    parts = tf.fixed_size_partitioner(2)
    # The scope's partitioner does not divide the slots once more.
    with tf.variable_scope("", partitioner=parts, use_resource=use_resource):
        table = tf.get_variable("net/table", [3, 2], initializer=tf.ones_initializer())
        rows = tf.nn.embedding_lookup(table, [0, 2])
        train = tf.train.AdamOptimizer(0.5).minimize(tf.reduce_sum(rows))
    with initialized() as session:
        session.run(train)
        path = tf.train.Saver().save(session, tmp_path / "model")
    shapes = dict(tf.train.list_variables(path))
    assert {name: shape for name, shape in shapes.items() if shape} == {
        "net/table": [3, 2], "net/table/Adam": [3, 2], "net/table/Adam_1": [3, 2],
    }  # fmt: skip
    first = tf.train.load_variable(path, "net/table/Adam")
    # Words 0 and 2 are the first part, word 1 is the other one.
    np.testing.assert_allclose(first, [[0.1, 0.1], [0.1, 0.1], [0, 0]], rtol=1e-6)
