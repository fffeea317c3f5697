"""Summaries and event files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def value(summary: tf.Tensor) -> Any:
    return tf.Summary.FromString(tf.Session().run(summary)).value[0]


class TestTags:
    def test_scopes_and_families(self):
        with tf.name_scope("train"):
            first = tf.summary.scalar("loss", 1.0)
            second = tf.summary.scalar("loss", 2.0)
            third = tf.summary.scalar("rate", 3.0, family="numbers")
        assert [value(item).tag for item in (first, second, third)] == [
            "train/loss", "train/loss_1", "numbers/train/numbers/rate",
        ]  # fmt: skip
        assert first.op.name == "train/loss"
        assert first.op.inputs[0].op.name == "train/loss/tags"

    def test_characters(self):
        assert tf.summary.scalar("a b:c", 1.0).op.name == "a_b_c"

    def test_collections(self):
        a = tf.summary.scalar("a", 1.0)
        b = tf.summary.scalar("b", 1.0, collections=["mine"])
        assert tf.get_collection("summaries") == [a]
        assert tf.get_collection("mine") == [b]
        merged = tf.summary.merge_all()
        assert merged.op.name == "Merge/MergeSummary"
        assert tf.summary.merge_all("nothing") is None


class TestHistograms:
    def test_numbers(self):
        histogram = value(tf.summary.histogram("h", [1.0, -2.0, 1.0])).histo
        assert (histogram.min, histogram.max, histogram.num) == (-2, 1, 3)
        assert (histogram.sum, histogram.sum_squares) == (0, 6)
        limits, counts = list(histogram.bucket_limit), list(histogram.bucket)
        filled = [(limits[i - 1], limits[i], c) for i, c in enumerate(counts) if c]
        assert [count for *_, count in filled] == [1, 2]
        for (low, high, _), number in zip(filled, (-2, 1), strict=True):
            assert low <= number < high
            assert high / low == pytest.approx(1.1 if number > 0 else 1 / 1.1)

    def test_not_finite(self):
        with pytest.raises(tf.errors.InvalidArgumentError, match="Nan in summary histogram for: h"):
            value(tf.summary.histogram("h", [1.0, np.nan]))


class TestImages:
    def test_floats_are_scaled(self):
        # The furthest value from 0 becomes 1 or 255; 0 is 128 where there are negative ones.
        pixels = np.asarray([-4, 0, 2, np.nan], np.float32).reshape(1, 2, 2, 1)
        image = value(tf.summary.image("i", pixels, max_outputs=1)).image
        found = tf.Session().run(tf.image.decode_png(image.encoded_image_string))
        assert found.ravel().tolist() == [1, 128, 191, 255]
        positive = np.asarray([0, 1, 2, 4], np.float32).reshape(1, 2, 2, 1)
        image = value(tf.summary.image("j", positive)).image
        found = tf.Session().run(tf.image.decode_png(image.encoded_image_string))
        assert found.ravel().tolist() == [0, 63, 127, 255]

    def test_channels(self):
        with pytest.raises(ValueError, match="1, 3 or 4"):
            tf.summary.image("i", np.zeros((1, 2, 2, 2), np.float32))


def test_two_summaries_with_one_tag():
    same = tf.summary.scalar("a", 1.0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="two summaries have the tag 'a'"):
        tf.Session().run(tf.summary.merge([same, same]))


def test_scalar_of_a_vector():
    with pytest.raises(ValueError, match="takes a scalar"):
        tf.summary.scalar("a", [1.0, 2.0])


def test_text_of_numbers():
    with pytest.raises(ValueError, match="must be a string tensor"):
        tf.summary.text("a", tf.constant(1))


class TestWriter:
    def test_events(self, tmp_path: Path):
        note = tf.summary.text("note", tf.constant("x"))
        graph = tf.get_default_graph()
        with tf.summary.FileWriter(tmp_path, graph, filename_suffix=".v2") as writer:
            data = tf.Session().run(note)
            writer.add_summary(data, 1)
            writer.add_summary(data, 2)
            writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 3)
            writer.add_run_metadata(tf.RunMetadata(), "run", 4)
            with pytest.raises(ValueError, match="'run' was used before"):
                writer.add_run_metadata(tf.RunMetadata(), "run", 5)
        (path,) = tmp_path.iterdir()
        assert path.name.startswith("events.out.tfevents.")
        assert path.name.endswith(".v2")
        events = list(tf.train.summary_iterator(path))
        assert [event.WhichOneof("what") for event in events] == [
            "file_version", "graph_def", "meta_graph_def", "summary", "summary", "session_log",
            "tagged_run_metadata",
        ]  # fmt: skip
        assert [event.step for event in events[3:]] == [1, 2, 3, 4]
        assert tf.GraphDef.FromString(events[1].graph_def).node[0].name == "Const"
        # A tag's metadata are written once.
        plugins = [event.summary.value[0].metadata.plugin_data.plugin_name for event in events[3:5]]
        assert plugins == ["text", ""]

    def test_flush(self, tmp_path: Path):
        writer = tf.summary.FileWriter(tmp_path, max_queue=3)
        (path,) = tmp_path.iterdir()
        sizes = []
        for step in range(3):
            writer.add_summary(tf.Summary(), step)
            sizes.append(len(list(tf.train.summary_iterator(path))) if path.stat().st_size else 0)
        assert sizes[-1] == 4
        assert sizes[0] < 2
        writer.close()

    def test_closed_and_open_again(self, tmp_path: Path):
        writer = tf.summary.FileWriter(str(tmp_path))
        writer.close()
        writer.add_summary(tf.Summary(), 1)  # lost
        writer.reopen()
        writer.add_summary(tf.Summary(), 2)
        writer.close()
        files = sorted(tmp_path.iterdir())
        assert len(files) == 2
        steps = [event.step for file in files for event in tf.train.summary_iterator(file)]
        assert sorted(steps) == [0, 0, 2]

    def test_cache(self, tmp_path: Path):
        tf.summary.FileWriterCache.clear()
        writer = tf.summary.FileWriterCache.get(str(tmp_path))
        assert tf.summary.FileWriterCache.get(str(tmp_path)) is writer
        tf.summary.FileWriterCache.clear()
        assert tf.summary.FileWriterCache.get(str(tmp_path)) is not writer
        tf.summary.FileWriterCache.clear()

    def test_what_is_no_graph(self, tmp_path: Path):
        with tf.summary.FileWriter(tmp_path) as writer, pytest.raises(TypeError, match="a Graph"):
            writer.add_graph("graph")
