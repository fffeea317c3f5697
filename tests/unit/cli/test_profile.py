"""`graphflow profile`: programs run as usual, and a report follows however they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphflow.cli.command_line import main
from tests.unit.viz.trace_format import check_trace


def profile(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "graphflow", "profile", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )


def write(folder: Path, text: str, name: str = "program.py") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return name


TRAINING = """
import sys
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 4], name="x")
w = tf.Variable(tf.zeros([4, 3]), name="w")
y = tf.matmul(x, w, name="product")
loss = tf.reduce_sum(tf.square(y - 1.0), name="loss")
step = tf.train.GradientDescentOptimizer(0.01).minimize(loss, name="train")
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(int(sys.argv[1])):
        sess.run([loss, step], {x: np.ones([5, 4])})
    print("loss", sess.run(loss, {x: np.ones([5, 4])}))
"""


def test_the_report_follows_what_the_program_prints(tmp_path):
    done = profile(tmp_path, "--every", "3", "--top", "50", write(tmp_path, TRAINING), "7")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("loss ")
    assert done.stdout.index("graphflow profile: program.py, ") > 0
    lines = done.stdout.splitlines()
    (train,) = [line for line in lines if line.endswith("loss, train") and "%" in line]
    assert train.split()[3] == "7"
    assert train.split()[-3] == "3"  # the first, the fourth and the seventh run
    assert "product (MatMul)" in done.stdout
    assert "program.py:7" in done.stdout
    assert 'y = tf.matmul(x, w, name="product")' in done.stdout
    assert "critical path: " in done.stdout


def test_files(tmp_path):
    program = write(tmp_path, TRAINING)
    files = ["-o", "timeline.html", "--chrome", "trace.json"]
    done = profile(tmp_path, *files, "--every=1", program, "5")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "timeline.html").read_text(encoding="utf-8")
    assert "A typical run of loss, train" in page
    events = check_trace((tmp_path / "trace.json").read_text(encoding="utf-8"))
    assert "product" in {event["args"]["name"] for event in events if event["ph"] == "X"}


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit('the end')", 1, "the end"),
        ("1 / 0", 1, "ZeroDivisionError"),
        ("raise KeyboardInterrupt", 130, "KeyboardInterrupt"),
        ("tf.app.run(lambda argv: 0)", 0, ""),
    ],
)
def test_however_a_program_ends(tmp_path, end, status, said):
    start = "import tensorflow as tf\ntf.Session().run(tf.exp(tf.random_normal([9]), name='y'))\n"
    done = profile(tmp_path, write(tmp_path, start + end))
    assert done.returncode == status
    assert "y (Exp)" in done.stdout
    assert said in done.stderr


def test_modules_and_notebooks(tmp_path):
    write(tmp_path, TRAINING, "module.py")
    done = profile(tmp_path, "-m", "module", "2")
    assert done.returncode == 0, done.stderr
    assert "graphflow profile: module, " in done.stdout
    cell = {"cell_type": "code", "source": TRAINING.replace("sys.argv[1]", "3").splitlines(True)}
    (tmp_path / "book.ipynb").write_text(json.dumps({"cells": [cell]}), encoding="utf-8")
    done = profile(tmp_path, "book.ipynb")
    assert done.returncode == 0, done.stderr
    assert "cell 1:7" in done.stdout
    assert 'y = tf.matmul(x, w, name="product")' in done.stdout


ESTIMATOR = """
import numpy as np
import tensorflow as tf

def model(features, labels, mode):
    y = tf.layers.dense(features["x"], 1, name="dense")
    loss = tf.losses.mean_squared_error(labels, y)
    step = tf.train.AdamOptimizer().minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, predictions=y, loss=loss, train_op=step)

data = tf.estimator.inputs.numpy_input_fn(
    {"x": np.ones([12, 3], np.float32)}, np.ones([12, 1], np.float32), 4, 2, shuffle=True)
estimator = tf.estimator.Estimator(model, "model")
estimator.train(data)
estimator.evaluate(data)
"""


def test_estimators_with_sessions_and_threads_of_their_own(tmp_path):
    done = profile(tmp_path, "--top", "200", write(tmp_path, ESTIMATOR))
    assert done.returncode == 0, done.stderr
    assert "dense/MatMul (MatMul)" in done.stdout
    assert "program.py:6" in done.stdout
    assert "program.py:8" in done.stdout


def test_what_cannot_be(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments, message in [
        ([], "name a script"),
        (["missing.py"], "missing.py"),
        (["-o", "a.pdf", "x.py"], "-o writes .svg, .png, .html: give 'a.pdf' such an ending"),
        (["--chrome", "nowhere/a.json", "x.py"], "there is no folder"),
    ]:
        assert main(["profile", *arguments]) == 2
        assert message in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["profile", "--every", "0", "x.py"])
    assert "'0' is not 1, 2, ..." in capsys.readouterr().err


def test_a_program_without_sessions(tmp_path):
    done = profile(tmp_path, "-o", "t.svg", write(tmp_path, "print('hello')"))
    assert done.returncode == 2
    assert "ran no session" in done.stdout
    assert "no step was traced" in done.stderr
