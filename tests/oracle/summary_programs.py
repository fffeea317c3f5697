"""Programs whose runs write summaries themselves, for graphflow and TensorFlow."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any


def written(tf: Any) -> Any:
    """The events of a few steps with summaries of all kinds."""
    summary = summary_of(tf)
    folder = Path(tempfile.mkdtemp())
    step = tf.train.get_or_create_global_step()
    writer = summary.create_file_writer(str(folder), max_queue=2, flush_millis=1000)
    outside = summary.scalar("nothing", tf.constant(1.0))
    text = tf.placeholder(tf.string)
    with writer.as_default():
        never = summary.scalar("never", tf.constant(1.0))
        with summary.always_record_summaries():
            writes = [*all_kinds(tf, summary), graph_of(summary)(text)]
        with summary.record_summaries_every_n_global_steps(2):
            writes.append(summary.scalar("even", step))
        flush = summary.flush()
        event = tf.Event(step=99, file_version="x").SerializeToString()
        imported = summary.import_event(tf.constant(event))
    increase = tf.assign_add(step, 1)
    results = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(summary.summary_writer_initializer_op())
        for _ in range(3):
            for write in [outside, never, *writes]:
                result = session.run(write, {text: tf.GraphDef().SerializeToString()})
                results.append(None if result is None else bool(result))
            session.run(increase)
        session.run(imported)
        session.run(summary.summary_writer_initializer_op())  # the writer goes on
        session.run(flush)
        session.run(writer.close())
    types = [[op.name, op.type] for op in tf.get_default_graph().get_operations()]
    # The last one is in a branch, which is a graph of its own in graphflow.
    kept = [item for item in types if item[1].startswith("Write") and item[0] != "even"]
    [path] = folder.iterdir()
    events = [event_facts(event) for event in tf.train.summary_iterator(str(path))]
    return [results, kept, path.suffix, events]


def all_kinds(tf: Any, summary: Any) -> list[Any]:
    pixels = tf.reshape(tf.range(24), [2, 2, 2, 3])
    sounds = tf.constant([[0.5, -0.25, 1.0], [0.0, -1.0, 0.125]])
    with tf.name_scope("outer"):
        writes = [
            summary.scalar("loss", tf.constant(1.5)),
            summary.scalar("loss", tf.constant(2), family="family"),
        ]
    return [
        *writes,
        summary.histogram("weights", tf.constant([1.0, 2.0, 2.0, -3.0]), step=5),
        summary.image("picture", tf.cast(pixels, tf.uint8), max_images=1),
        summary.audio("sound", sounds, 8000, 2),
        summary.generic("table", tf.constant([[1, 2]])),
    ]


def summary_of(tf: Any) -> Any:
    """TensorFlow 2 keeps the functions of `tf.contrib.summary` in an internal module only."""
    if hasattr(tf, "contrib"):
        return tf.contrib.summary
    from tensorflow.python.ops import summary_ops_v2

    return summary_ops_v2


def graph_of(summary: Any) -> Any:
    return getattr(summary, "graph_v1", summary.graph)


def event_facts(event: Any) -> list[Any]:
    values = [
        [
            value.tag,
            value.simple_value,
            list(value.histo.bucket),
            value.image.height,
            value.audio.length_frames,
            value.tensor.SerializeToString().hex(),
            value.metadata.SerializeToString().hex(),
        ]
        for value in event.summary.value
    ]
    return [event.step, event.WhichOneof("what"), event.file_version, values]


def errors(tf: Any) -> Any:
    summary = summary_of(tf)
    folder = tempfile.mkdtemp()
    writer = summary.create_file_writer(folder)
    found = []
    with writer.as_default(), summary.always_record_summaries(), tf.Session() as session:
        for run in (
            lambda: session.run(summary.scalar("a", tf.constant(1.5), step=1)),
            lambda: graph_of(summary)("graph"),
        ):
            try:
                run()
                found.append("fine")
            except Exception as error:
                found.append(type(error).__name__)
    return found


PROGRAMS = {"written": written, "errors": errors}
