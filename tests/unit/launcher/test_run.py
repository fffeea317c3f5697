"""`graphflow run`: programs run as with `python`, with graphflow in TensorFlow's place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from graphflow.launcher.internal import MODULES
from graphflow.launcher.internal_modules import NAMESPACES


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "graphflow", "run", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )


def write(folder: Path, text: str, name: str = "program.py") -> str:
    (folder / name).write_text(text)
    return name


def test_what_a_program_sees(tmp_path: Path):
    write(tmp_path, "VALUE = 7\n", "beside.py")
    text = """
import sys
import beside
import tensorflow as tf
import tensorflow.compat.v1 as tf1
from tensorflow.compat.v1 import nn
from tensorflow.contrib import rnn
from tensorflow.contrib.framework.python.ops import variables
from tensorflow.contrib.layers.python.layers import layers as layers_lib
from tensorflow.contrib.layers.python.layers import regularizers
from tensorflow.contrib import learn
from tensorflow.contrib.learn.python import learn as inner_learn
from tensorflow.contrib.learn.python.learn.datasets import base, mnist
from tensorflow.contrib.learn.python.learn.datasets.mnist import DataSet, dense_to_one_hot
from tensorflow.contrib.learn.python.learn.preprocessing.text import VocabularyProcessor
from tensorflow.contrib.slim.python.slim.nets import resnet_v1
from tensorflow.contrib.tensorboard.plugins import projector
from tensorflow.contrib.training.python.training import hparam, hparam_pb2
from tensorflow.core.framework import graph_pb2
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.python.client import device_lib, timeline
from tensorflow.python.framework import ops
from tensorflow.python.ops import array_ops, gen_nn_ops, rnn_cell_impl
import tensorflow.python.ops.control_flow_ops
assert tf1 is tf and nn is tf.nn and rnn is tf.contrib.rnn
assert tf.__version__.startswith("1.")
assert ops.get_default_graph is tf.get_default_graph and array_ops.concat is tf.concat
assert gen_nn_ops._max_pool_grad and rnn_cell_impl.LSTMStateTuple is tf.nn.rnn_cell.LSTMStateTuple
assert device_lib.list_local_devices()[0].device_type == "CPU"
assert graph_pb2.GraphDef is tf.GraphDef
assert base.Dataset is learn.datasets.base.Dataset and inner_learn.datasets.load_iris
assert mnist.read_data_sets is input_data.read_data_sets and mnist.DataSet is DataSet
assert VocabularyProcessor is learn.preprocessing.VocabularyProcessor
assert hparam.HParams is tf.contrib.training.HParams and hparam_pb2.HParamDef
assert projector.ProjectorConfig().embeddings.add().tensor_name == ""
assert regularizers.l2_regularizer is tf.contrib.layers.l2_regularizer
assert layers_lib.conv2d is tf.contrib.layers.conv2d
assert variables.model_variable is tf.contrib.slim.model_variable
assert resnet_v1.resnet_v1_50 is tf.contrib.slim.nets.resnet_v1.resnet_v1_50
print(sys.argv, __name__, __file__, beside.VALUE, tf.Session().run(tf.constant(3) * 2))
"""
    result = run(tmp_path, write(tmp_path, text), "--rate", "0.5")
    assert result.stdout == "['program.py', '--rate', '0.5'] __main__ program.py 7 6\n"
    assert (result.returncode, result.stderr) == (0, "")


def test_flags(tmp_path: Path):
    text = """
import tensorflow as tf
flags = tf.app.flags
flags.DEFINE_float("rate", 0.5, "the learning rate")
flags.DEFINE_string(flag_name="name", default_value="a", docstring="a name")
flags.DEFINE_boolean("fast", False, "whether to hurry")
def main(argv):
    print(tf.flags.FLAGS.rate, flags.FLAGS.name, flags.FLAGS.fast, argv[1:])
if __name__ == "__main__":
    tf.app.run()
"""
    name = write(tmp_path, text)
    assert run(tmp_path, name).stdout == "0.5 a False []\n"
    assert run(tmp_path, name, "--rate=2", "--fast", "x").stdout == "2.0 a True ['x']\n"
    wrong = run(tmp_path, name, "--rate=fast")
    assert wrong.returncode == 1
    assert "could not convert string to float" in wrong.stderr
    assert "the learning rate" in run(tmp_path, name, "--help").stdout


def test_flags_are_read_when_first_asked_for(tmp_path: Path):
    text = """
import tensorflow as tf
tf.flags.DEFINE_integer("steps", 3, "")
print(tf.flags.FLAGS.steps)
"""
    assert run(tmp_path, write(tmp_path, text), "--steps=5", "--unknown").stdout == "5\n"


def test_flags_of_a_program_of_tests(tmp_path: Path):
    text = """
import tensorflow as tf
tf.flags.DEFINE_integer("size", 2, "")
class Tests(tf.test.TestCase):
    def test_size(self):
        self.assertEqual(tf.flags.FLAGS.size, 7)
    def test_other(self):
        self.fail()
tf.test.main()
"""
    program = write(tmp_path, text)
    assert run(tmp_path, program, "--size=7", "Tests.test_size").returncode == 0
    assert "FAILED (failures=1)" in run(tmp_path, program, "--size=7").stderr


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("raise KeyError('gone')", 1, "KeyError: 'gone'"),
        ("import tensorflow.python.nothing", 1, "No module named 'tensorflow.python.nothing'"),
        ("import tensorflow.python.ops.array_ops as a; a.nothing", 1, "no attribute 'nothing'"),
        ("import tensorflow as tf; tf.nothing", 1, "AttributeError: there is no tf.nothing"),
        ("print 'x'", 1, "this seems to be Python 2"),
        ("import cPickle", 1, "this seems to be Python 2"),
        ("\nfor i in xrange(3): print(i)", 1, "this seems to be Python 2"),
        ("{3: 4}.iteritems()", 1, "this seems to be Python 2"),
        ("raise TypeError('only 0-dimensional arrays can be converted')", 1, "'numpy<2.4'"),
    ],
)
def test_ends(tmp_path: Path, text: str, status: int, message: str):
    result = run(tmp_path, write(tmp_path, text))
    assert result.returncode == status
    assert message in result.stderr
    assert "launcher" not in result.stderr.partition('File "program.py"')[0]


@pytest.mark.parametrize(
    "text", ["import cPickles", "xranges", "class A: pass\nA().iteritems", "raise NameError('x')"]
)
def test_not_every_missing_name_is_of_python_2(tmp_path: Path, text: str):
    result = run(tmp_path, write(tmp_path, text))
    assert result.returncode == 1
    assert "Error" in result.stderr
    assert "Python 2" not in result.stderr


def test_tracebacks_begin_in_the_program(tmp_path: Path):
    result = run(tmp_path, write(tmp_path, "\n\nraise ValueError('here')\n"))
    first, second = result.stderr.splitlines()[:2]
    assert first == "Traceback (most recent call last):"
    assert second.strip() == 'File "program.py", line 3, in <module>'


def test_module_and_notebook(tmp_path: Path):
    package = tmp_path / "package"
    package.mkdir()
    write(package, "")
    write(package, "import sys, tensorflow as tf; print(tf.__name__, sys.argv[1:])", "__main__.py")
    assert run(tmp_path, "-m", "package", "-a", "b").stdout == "graphflow ['-a', 'b']\n"
    assert run(tmp_path, "package", "b").stdout == "graphflow ['b']\n"
    cells = [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "import tensorflow as tf\n"]},
        {"cell_type": "code", "source": ["!ls\n", "print(tf.constant(1).dtype)"]},
    ]
    name = write(tmp_path, json.dumps({"cells": cells}), "notes.ipynb")
    assert run(tmp_path, name).stdout == "<dtype: 'int32'>\n"


def test_nothing_to_run(tmp_path: Path):
    for arguments in ((), ("gone.py",), ("-m", "gone")):
        result = run(tmp_path, *arguments)
        assert result.returncode == 2
        assert result.stderr.startswith("graphflow run: ")


def test_modules_with_names_of_their_own_are_known():
    assert set(MODULES) <= NAMESPACES.keys()
