"""`tf.print`. The texts are those of TensorFlow."""

from __future__ import annotations

import collections
import logging
import sys

import pytest

import graphflow as tf

Pair = collections.namedtuple("Pair", "x y")


def printed(capsys, *inputs, **options):
    tf.Session().run(tf.print(*inputs, **options))
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: ["hello", tf.range(9), 3, 2.5, None], "hello [0 1 2 ... 6 7 8] 3 2.5 None\n"),
        (lambda: [tf.constant("he'llo")], "he'llo\n"),
        (lambda: [tf.constant(["he", "llo"])], '["he" "llo"]\n'),
        (lambda: [{"b": tf.constant(2), "a": [1, "q", (tf.constant(2.5),)]}],
         "{'a': [1, 'q', (2.5,)], 'b': 2}\n"),
        (lambda: [[tf.SparseTensor([[0, 1]], [1.5], [3, 4]), 4]],
         "['SparseTensor(indices=[[0 1]], values=[1.5], shape=[3 4])', 4]\n"),
        (lambda: [Pair(tf.constant(1), [tf.constant([2.0, 3.0])])], "Pair(x=1, y=[[2 3]])\n"),
        (lambda: ["{} {{}}", tf.constant(1)], "{} {{}} 1\n"),
        (list, "\n"),
    ],
)  # fmt: skip
def test_texts(capsys, build, text):
    assert printed(capsys, *build()) == text


def test_separators_and_lengths(capsys):
    assert printed(capsys, "a", tf.constant(1), sep="|", end="!\n") == "a|1!\n"
    assert printed(capsys, tf.range(5), summarize=1) == "[0 ... 4]\n"
    assert printed(capsys, tf.range(8), summarize=-1) == "[0 1 2 3 4 5 6 7]\n"


def test_standard_output(capsys):
    printed_op = tf.print("out", output_stream=sys.stdout)
    tf.Session().run(printed_op)
    assert capsys.readouterr().out == "out\n"


def test_files_are_appended_to(tmp_path):
    path = tmp_path / "log.txt"
    show = tf.print("line", tf.constant(3), output_stream=f"file://{path}")
    with tf.Session() as sess:
        sess.run(show)
        sess.run(show)
    assert path.read_text() == "line 3\nline 3\n"


def test_logs(caplog):
    with caplog.at_level(logging.INFO, "graphflow"):
        tf.Session().run(tf.print("noted", tf.constant(3), output_stream=logging.info))
    assert caplog.messages == ["noted 3"]


def test_it_runs_where_others_depend_on_it(capsys):
    show = tf.print("seen")
    with tf.control_dependencies([show]):
        x = tf.constant(1) + 1
    tf.Session().run(x)
    assert capsys.readouterr().err == "seen\n"


@pytest.mark.parametrize("stream", [3, "stdout", "nowhere://x"])
def test_unknown_streams_are_refused(stream):
    with pytest.raises(ValueError, match=r"output_stream is sys\.stdout"):
        tf.print("x", output_stream=stream)
