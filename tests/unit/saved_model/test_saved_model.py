"""SavedModels: written, read and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos


def model() -> tuple[tf.Tensor, tf.Tensor]:
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.multiply(x, tf.get_variable("w", initializer=2.5), name="y")
    return x, y


def initialized() -> tf.Session:
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


def with_table(folder: Path) -> Path:
    """Write a model that looks words up in a file; return the file."""
    words = folder / "words.txt"
    words.write_text("one\ntwo\n")
    path = tf.constant(str(words))
    tf.add_to_collection(tf.GraphKeys.ASSET_FILEPATHS, path)
    table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            path, tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        ),
        -1,
    )  # fmt: skip
    word = tf.placeholder(tf.string, [None], name="word")
    number = tf.identity(table.lookup(word), name="number")
    with tf.Session() as session:
        session.run(tf.tables_initializer())
        tf.saved_model.simple_save(
            session, folder / "model", {"word": word}, {"number": number},
            legacy_init_op=tf.tables_initializer(name="init_again"),
        )  # fmt: skip
    return words


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("import_scope", [None, "copy"])
def test_there_and_back(tmp_path: Path, as_text: bool, import_scope: str | None):
    x, y = model()
    folder = tmp_path / "model"
    builder = tf.saved_model.builder.SavedModelBuilder(folder)
    signature = tf.saved_model.signature_def_utils.predict_signature_def({"a": x}, {"b": y})
    with initialized() as session:
        builder.add_meta_graph_and_variables(session, ["serve", "gpu"], {"times": signature})
        builder.add_meta_graph(["train"])
    name = "saved_model.pbtxt" if as_text else "saved_model.pb"
    assert builder.save(as_text) == str(folder / name).encode()
    assert tf.saved_model.contains_saved_model(folder)
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == [
        name, "variables.data-00000-of-00001", "variables.index",
    ]  # fmt: skip
    with tf.Graph().as_default(), tf.Session() as session:
        meta = tf.saved_model.loader.load(session, ["gpu", "serve"], folder, import_scope)
        info = meta.signature_def["times"]
        a, b = (
            tf.saved_model.get_tensor_from_tensor_info(item, import_scope=import_scope)
            for item in (info.inputs["a"], info.outputs["b"])
        )
        np.testing.assert_array_equal(session.run(b, {a: [2, -4]}), [5, -10])


def test_files_come_with_the_model(tmp_path: Path):
    with_table(tmp_path).unlink()
    assert (tmp_path / "model" / "assets" / "words.txt").read_text() == "one\ntwo\n"
    moved = (tmp_path / "model").rename(tmp_path / "elsewhere")
    with tf.Graph().as_default(), tf.Session() as session:
        tf.saved_model.load(session, ["serve"], moved)
        numbers = session.run("number:0", {"word:0": ["two", "three"]})
    np.testing.assert_array_equal(numbers, [1, -1])


def test_files_of_one_name(tmp_path: Path):
    paths = []
    for folder in ("a", "b"):
        path = tmp_path / folder / "words"
        path.parent.mkdir()
        path.write_text(folder)
        paths.append(str(path))
    tensors = [tf.constant(path) for path in (*paths, paths[0])]
    builder = tf.saved_model.Builder(tmp_path / "model")
    with tf.Session() as session:
        builder.add_meta_graph_and_variables(session, ["t"], assets_collection=tensors)
    builder.save()
    assets = tmp_path / "model" / "assets"
    assert {path.name: path.read_text() for path in assets.iterdir()} == {
        "words": "a", "words_1": "b",
    }  # fmt: skip


def test_operation_to_run(tmp_path: Path):
    v = tf.get_variable("v", initializer=[1.0, 2.0], collections=[tf.GraphKeys.LOCAL_VARIABLES])
    builder = tf.saved_model.Builder(tmp_path)
    with tf.Session() as session:
        main_op = tf.saved_model.main_op.main_op()
        builder.add_meta_graph_and_variables(session, ["t"], main_op=main_op)
    builder.save()
    with tf.Graph().as_default(), tf.Session() as session:
        tf.saved_model.load(session, ["t"], tmp_path)
        np.testing.assert_array_equal(session.run(v.name), [1, 2])


def test_sparse_tensors_in_signatures():
    x = tf.sparse_placeholder(tf.float32, [2, 3])
    info = tf.saved_model.build_tensor_info(x)
    found = tf.saved_model.get_tensor_from_tensor_info(info)
    assert (found.indices, found.values, found.dense_shape) == (x.indices, x.values, x.dense_shape)
    with pytest.raises(TypeError, match="expected a Tensor"):
        tf.saved_model.build_tensor_info(3.0)
    with pytest.raises(ValueError, match="names no tensor"):
        tf.saved_model.get_tensor_from_tensor_info(protos.TensorInfo())


def test_kinds_of_signatures():
    examples = tf.placeholder(tf.string, [None])
    classes = tf.placeholder(tf.string, [None, 2])
    scores = tf.placeholder(tf.float32, [None, 2])
    utils = tf.saved_model.signature_def_utils
    valid = (
        utils.regression_signature_def(examples, scores),
        utils.classification_signature_def(examples, classes, scores),
        utils.classification_signature_def(examples, None, scores),
        utils.predict_signature_def({"x": scores}, {"y": classes}),
    )
    assert all(map(utils.is_valid_signature, valid))
    valid[0].inputs["more"].CopyFrom(valid[0].inputs["inputs"])
    assert not utils.is_valid_signature(valid[0])
    assert not utils.is_valid_signature(utils.build_signature_def(method_name="mine"))
    for wrong in (
        lambda: utils.regression_signature_def(scores, scores),
        lambda: utils.regression_signature_def(examples, None),
        lambda: utils.classification_signature_def(examples, scores, None),
        lambda: utils.classification_signature_def(examples, None, None),
        lambda: utils.classification_signature_def("x", classes, None),
        lambda: utils.predict_signature_def({}, {"y": classes}),
    ):
        with pytest.raises(ValueError, match=r"needs|must be|is a tensor"):
            wrong()


def test_errors_of_the_builder(tmp_path: Path):
    x, _ = model()
    builder = tf.saved_model.Builder(tmp_path / "model")
    with pytest.raises(AssertionError, match="no variables yet"):
        builder.add_meta_graph(["t"])
    nameless = tf.saved_model.build_signature_def({"x": protos.TensorInfo()})
    with initialized() as session:
        add = builder.add_meta_graph_and_variables
        with pytest.raises(AssertionError, match="'x' in the signature 's' lacks"):
            add(session, ["t"], {"s": nameless})
        add(session, ["t"])
        with pytest.raises(AssertionError, match="have been added"):
            add(session, ["t"])
    with pytest.raises(TypeError, match="main_op is an operation"):
        builder.add_meta_graph(["u"], main_op=x)
    with pytest.raises(ValueError, match="constant string"):
        builder.add_meta_graph(["u"], assets_collection=[x])
    with pytest.raises(AssertionError, match="is not empty"):
        tf.saved_model.Builder(tmp_path / "model")


def test_errors_of_the_loader(tmp_path: Path):
    x, y = model()
    with tf.Session() as session:
        with pytest.raises(OSError, match="does not exist"):
            tf.saved_model.load(session, ["serve"], tmp_path)
        (tmp_path / "saved_model.pb").write_bytes(b"\xff\xff")
        with pytest.raises(OSError, match="cannot be read"):
            tf.saved_model.load(session, ["serve"], tmp_path)
    with initialized() as session:
        tf.saved_model.simple_save(session, tmp_path / "model", {"x": x}, {"y": y})
        with pytest.raises(RuntimeError, match=r"tags \['gpu'\]; it has \['serve'\]"):
            tf.saved_model.load(session, ["gpu"], tmp_path / "model")
