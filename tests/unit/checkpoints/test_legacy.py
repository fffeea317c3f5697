"""Checkpoints of format V1, built here by hand; those of TensorFlow are in tests/oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow.checkpoints.slices import Slice, key_of
from graphflow.checkpoints.table import write_table
from graphflow.interop import protos

ROWS = np.asarray([[1, 2], [3, 5], [8, 13]], np.float32)


def write(path: Path, name: str, rows: slice) -> None:
    """Write some of the rows of a tensor."""
    part = Slice((rows.start, 0), (rows.stop - rows.start, -1))
    message = protos.SavedTensorSlices()
    meta = message.meta.tensor.add(name=name, type=1)
    for size in ROWS.shape:
        meta.shape.dim.add(size=size)
    meta.slice.add().CopyFrom(part.to_proto())
    data = protos.SavedTensorSlices()
    data.data.name = name
    data.data.slice.CopyFrom(part.to_proto())
    data.data.data.float_val.extend(ROWS[rows].ravel().tolist())
    entries = [(b"", message), (key_of(name, part), data)]
    path.write_bytes(write_table((key, item.SerializeToString()) for key, item in entries))


@pytest.fixture
def path(tmp_path: Path) -> str:
    """The pattern of a checkpoint of two files, with the tensor w."""
    write(tmp_path / "model-00000-of-00002", "w", slice(0, 2))
    write(tmp_path / "model-00001-of-00002", "w", slice(2, 3))
    return str(tmp_path / "model-?????-of-00002")


def test_parts_in_several_files(path: str):
    w = tf.get_variable("w", [3, 2])
    with tf.Session() as session:
        tf.train.Saver().restore(session, path)
        np.testing.assert_array_equal(session.run(w), ROWS)
    assert tf.train.list_variables(path) == [("w", [3, 2])]
    assert tf.train.NewCheckpointReader(path).get_variable_to_dtype_map() == {"w": tf.float32}
    assert len(tf.train.get_checkpoint_mtimes([path])) == 1


def test_a_file_is_missing(path: str, tmp_path: Path):
    (tmp_path / "model-00001-of-00002").unlink()
    with pytest.raises(tf.errors.DataLossError, match=r"'w'.*lacks parts"):
        tf.train.load_variable(path, "w")


def test_name_that_is_not_there(path: str):
    with pytest.raises(tf.errors.NotFoundError, match="Key v not found"):
        tf.train.load_variable(path, "v")


def test_damage(path: str, tmp_path: Path):
    file = tmp_path / "model-00000-of-00002"
    data = bytearray(file.read_bytes())
    data[20] ^= 1
    file.write_bytes(data)
    with pytest.raises(tf.errors.DataLossError, match="model-00000-of-00002 is damaged"):
        tf.train.load_variable(path, "w")


def written(folder: Path, sharded: bool, count: int) -> list[str]:
    """Save a variable several times; return the paths."""
    w = tf.get_variable("w", initializer=ROWS)
    with tf.device("/cpu:1"):
        words = tf.get_variable("words", initializer=[b"a", b"\xff"])
    saver = tf.train.Saver(sharded=sharded, max_to_keep=2, write_version=tf.train.SaverDef.V1)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        paths = [saver.save(session, str(folder / "model"), step) for step in range(count)]
        session.run([w.assign(0 * w), words.assign([b"", b""])])
        saver.restore(session, paths[-1])
        np.testing.assert_array_equal(session.run(w), ROWS)
        assert session.run(words).tolist() == [b"a", b"\xff"]
    return paths


def test_writing_one_file(tmp_path: Path):
    paths = written(tmp_path, False, 3)
    assert tf.train.latest_checkpoint(str(tmp_path)) == paths[-1] == str(tmp_path / "model-2")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["checkpoint", "model-1", "model-1.meta", "model-2", "model-2.meta"]


def test_writing_several_files(tmp_path: Path):
    paths = written(tmp_path, True, 3)
    assert tf.train.latest_checkpoint(str(tmp_path)) == paths[-1]
    assert paths[-1] == str(tmp_path / "model-2-?????-of-00002")
    names = {path.name for path in tmp_path.iterdir() if "-of-" in path.name}
    assert names == {f"model-{step}-0000{shard}-of-00002" for step in (1, 2) for shard in (0, 1)}


def test_names_that_come_twice(tmp_path: Path):
    data = tf.constant(["w", "w"]), tf.constant(["", ""]), [tf.constant(1), tf.constant(2)]
    save = tf.raw_ops.SaveSlices(
        filename=str(tmp_path / "m"), tensor_names=data[0], shapes_and_slices=data[1], data=data[2]
    )
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="'w'"):
        session.run(save)
    assert list(tmp_path.iterdir()) == []


def test_formats_that_do_not_exist():
    tf.get_variable("w", initializer=ROWS)
    with pytest.raises(RuntimeError, match="write_version=3"):
        tf.train.Saver(write_version=3)
