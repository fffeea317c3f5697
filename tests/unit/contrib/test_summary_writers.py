"""`tf.contrib.summary`: what a run writes to event files, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import graphflow as tf

summary = tf.contrib.summary


def events(folder: Path) -> list[Any]:
    [path] = folder.iterdir()
    return list(tf.train.summary_iterator(str(path)))


def test_scalars_of_every_second_step(tmp_path: Path):
    step = tf.train.get_or_create_global_step()
    writer = summary.create_file_writer(str(tmp_path), filename_suffix=".mine")
    with writer.as_default(), summary.record_summaries_every_n_global_steps(2):
        write = summary.scalar("double", step * 2)
    assert summary.all_summary_ops() == [write]
    increase = tf.assign_add(step, 1)
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), *summary.summary_writer_initializer_op()])
        recorded = [bool(session.run(write)) for _ in range(3) if session.run(increase)]
        session.run(writer.close())
    assert recorded == [False, True, False]
    found = [(e.step, v.tag, v.simple_value) for e in events(tmp_path) for v in e.summary.value]
    assert found == [(2, "double", 4.0)]
    assert next(tmp_path.iterdir()).suffix == ".mine"


def test_the_graph_is_written_at_initialization(tmp_path: Path):
    x = tf.constant(1.5, name="x")
    writer = summary.create_file_writer(str(tmp_path))
    with writer.as_default(), tf.Session() as session:
        summary.initialize(graph=x.graph)
        session.run(summary.flush())
        session.run(writer.flush())
    [graph] = [event.graph_def for event in events(tmp_path) if event.graph_def]
    assert "x" in [node.name for node in tf.GraphDef.FromString(graph).node]


def test_nothing_is_written_without_a_writer_or_recording(tmp_path: Path):
    nowhere = summary.create_file_writer(None)
    with nowhere.as_default(), summary.always_record_summaries():
        write = summary.scalar("a", tf.constant(1.0))
        others = [summary.flush(), summary.import_event(b""), nowhere.init(), nowhere.close()]
    assert {op.type for op in (write, *others)} == {"NoOp"}
    writer = summary.create_file_writer(str(tmp_path))
    with writer.as_default(), summary.always_record_summaries(), summary.never_record_summaries():
        write = summary.histogram("a", tf.constant([1.0]), step=1)
    with tf.Session() as session:
        assert not session.run(summary.should_record_summaries())
        session.run(writer.init())
        assert not session.run(write)
        session.run(writer.close())
    assert [event.step for event in events(tmp_path)] == [0]


def test_sessions_have_writers_of_their_own(tmp_path: Path):
    writer = summary.create_file_writer(str(tmp_path))
    with writer.as_default(), summary.always_record_summaries():
        write = summary.scalar("a", tf.constant(2.5), step=3)
        broken = summary.import_event(b"no event")
    with tf.Session() as first, tf.Session() as second:
        first.run(writer.init())
        assert first.run(write)
        with pytest.raises(tf.errors.NotFoundError, match="summary_writer_initializer_op"):
            second.run(write)
        with pytest.raises(tf.errors.InvalidArgumentError, match="no serialized Event"):
            first.run(broken)


def test_errors(tmp_path: Path):
    with pytest.raises(NotImplementedError, match="create_file_writer"):
        summary.create_db_writer("sqlite:x")
    with pytest.raises(RuntimeError, match="default writer"):
        summary.initialize()
    with summary.create_file_writer(str(tmp_path)).as_default():
        with pytest.raises(ValueError, match="session"):
            summary.initialize()
        with pytest.raises(TypeError, match="string tensor"):
            summary.graph("graph", step=1)
        with summary.always_record_summaries():
            with pytest.raises(ValueError, match="value must be a scalar"):
                summary.scalar("a", tf.constant([1.0]), step=1)
            with pytest.raises(ValueError, match="tensor must be"):
                summary.audio("a", tf.constant([1.0]), 8000, 2, step=1)
