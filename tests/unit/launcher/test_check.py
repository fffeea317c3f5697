"""`graphflow check`: which symbols a program uses, and whether they are there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import tensorflow as tf
import tensorflow.contrib.layers as layers, os
from tensorflow.python.ops import array_ops
from tensorflow.compat.v1 import nn as net

rnn = tf.contrib.rnn
x = tf.placeholder(tf.float32, [None, 3])
y = net.relu(layers.fully_connected(x, 4))
z = rnn.BasicLSTMCell(5).state_size
a = array_ops.zeros([2]).shape.as_list()
b = tf.nn.relu(y), tf.nothing.at_all(x), tf.float32.size
"""


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "graphflow", "check", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_report(tmp_path: Path):
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    result = check(tmp_path, str(tmp_path))
    found = dict(line.split("  (")[0].split()[::-1] for line in result.stdout.splitlines()
                 if "  (" in line)  # fmt: skip
    assert found["tf.placeholder"] == found["tf.float32"] == "full"
    assert found["tf.nn.relu"] == found["tf.contrib.layers.fully_connected"] == "full"
    assert found["tf.contrib.rnn.BasicLSTMCell"] == "full"
    assert found["tf.python.ops.array_ops.zeros"] == "full"
    assert found["tf.nothing.at_all"] == "missing"
    assert f"tf.nn.relu  ({file}:9 and 1 more)" in result.stdout
    assert result.stdout.splitlines()[-1].endswith("1 missing")
    assert result.returncode == 1


def test_all_there(tmp_path: Path):
    file = tmp_path / "program.py"
    file.write_text("import tensorflow as tf\ntf.constant(1)\n")
    assert check(tmp_path, str(file)).returncode == 0
    assert "tf.constant" not in check(tmp_path, "--missing", str(file)).stdout


def test_what_cannot_be_read(tmp_path: Path):
    file = tmp_path / "old.py"
    file.write_text("print 'x'\n")
    for path in (file, tmp_path / "gone.py"):
        result = check(tmp_path, str(path))
        assert result.returncode == 2
        assert result.stderr.startswith("graphflow check: ")


def test_notebooks_are_looked_at_cell_by_cell(tmp_path: Path):
    cells = [
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import tensorflow as tf"]},
        {"cell_type": "code", "source": ["tf.nn.relu(2)\n", "tf.nothing"]},
    ]
    file = tmp_path / "notes.ipynb"
    file.write_text(json.dumps({"cells": cells}))
    result = check(tmp_path, str(tmp_path))
    assert f"full     tf.nn.relu  ({file}, cell 2:1)" in result.stdout
    assert f"missing  tf.nothing  ({file}, cell 2:2)" in result.stdout


def test_a_file_of_python_2_does_not_hide_the_others(tmp_path: Path):
    (tmp_path / "a.py").write_text("import tensorflow as tf\nprint 'x'\n")
    (tmp_path / "b.py").write_text("import tensorflow as tf\ntf.zeros([3])\n")
    result = check(tmp_path, str(tmp_path))
    assert result.returncode == 2
    assert "full     tf.zeros" in result.stdout
    assert f"graphflow check: {tmp_path / 'a.py'}:2: Missing parentheses" in result.stderr
