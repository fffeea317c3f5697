"""The real TensorBoard shows what a program has written."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.interop import protos

pytest.importorskip("tensorboard")
Get = Callable[..., Any]


def _write(folder: Path) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [], name="x")
        with tf.name_scope("train"):
            tf.summary.scalar("loss", 2 * x)
            tf.summary.histogram("weights", x * tf.range(5.0))
            tf.summary.image("digit", tf.reshape(tf.range(12.0), [1, 2, 2, 3]))
            tf.summary.audio("beep", tf.zeros([1, 100]), 100.0)
            tf.summary.text("note", tf.constant("It *works*."))
        merged = tf.summary.merge_all()
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        with tf.summary.FileWriter(folder, session.graph) as writer:
            for step in range(3):
                metadata = tf.RunMetadata()
                writer.add_summary(session.run(merged, {x: step}, options, metadata), step)
                writer.add_run_metadata(metadata, f"step {step}", step)
            _write_embedding(folder, writer)


def _write_embedding(folder: Path, writer: Any) -> None:
    projector = tf.contrib.tensorboard.plugins.projector
    (folder / "words.tsv").write_text("cat\ndog\n")
    (folder / "vectors.tsv").write_text("0.5\t1\t2\n3\t4\t-5\n")
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name = "words"
    embedding.metadata_path = "words.tsv"
    embedding.tensor_path = "vectors.tsv"
    projector.visualize_embeddings(writer, config)


@pytest.fixture(scope="module")
def get(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Get]:
    """A function that asks TensorBoard."""
    folder = tmp_path_factory.mktemp("events")
    _write(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TensorBoard's own
        from tensorboard import program

        board = program.TensorBoard()
        arguments = ["--logdir", str(folder), "--port", "0", "--load_fast", "false"]
        board.configure(argv=[None, *arguments])
        url = board.launch()

    def ask(path: str, **query: str) -> Any:
        address = f"{url}data/plugin/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(address, timeout=60) as answer:
            data = answer.read()
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return json.loads(data) if is_json else data

    while not ask("scalars/tags"):
        time.sleep(0.1)
    yield ask
    board._server = None


def test_scalars(get: Get) -> None:
    assert list(get("scalars/tags")["."]) == ["train/loss"]
    points = get("scalars/scalars", run=".", tag="train/loss")
    assert [(step, number) for _, step, number in points] == [(0, 0), (1, 2), (2, 4)]


def test_distributions(get: Get) -> None:
    assert list(get("distributions/tags")["."]) == ["train/weights"]
    *_, (_, step, buckets) = get("histograms/histograms", run=".", tag="train/weights")
    assert step == 2
    assert sum(count for *_, count in buckets) == 5
    assert buckets[-1][1] == pytest.approx(8)


def test_images(get: Get) -> None:
    assert list(get("images/tags")["."]) == ["train/digit/image/0"]
    entries = get("images/images", run=".", tag="train/digit/image/0", sample="0")
    assert [entry["step"] for entry in entries] == [0, 1, 2]
    data = urllib.parse.parse_qs(entries[0]["query"])
    blob = get("images/individualImage", **{key: item[0] for key, item in data.items()})
    pixels = tf.Session().run(tf.image.decode_png(blob))
    np.testing.assert_array_equal(pixels.ravel(), (np.arange(12) * (255 / 11)).astype(np.uint8))


def test_audio_and_text(get: Get) -> None:
    assert list(get("audio/tags")["."]) == ["train/beep/audio/0"]
    (first, *_) = get("text/text", run=".", tag="train/note")
    assert first["text"] == "<p>It <em>works</em>.</p>"


def test_graph(get: Get) -> None:
    graph_def = tf.GraphDef()
    text = get("graphs/graph", run=".", conceptual="false").decode()
    protos.from_text(text, graph_def)
    assert {"x", "train/loss", "Merge/MergeSummary"} <= {node.name for node in graph_def.node}


def test_run_metadata(get: Get) -> None:
    assert set(get("graphs/info")["."]["tags"]) == {"step 0", "step 1", "step 2"}
    assert b'node_name: "train/loss"' in get("graphs/run_metadata", run=".", tag="step 1")


def test_projector(get: Get) -> None:
    assert get("projector/runs") == ["."]
    (embedding,) = get("projector/info", run=".")["embeddings"]
    assert embedding["tensorName"] == "words"
    assert get("projector/metadata", run=".", name="words").split() == [b"cat", b"dog"]
    vectors = np.frombuffer(get("projector/tensor", run=".", name="words"), np.float32)
    assert vectors.tolist() == [0.5, 1, 2, 3, 4, -5]
