"""What namespaces say of names that are not there."""

from __future__ import annotations

import subprocess
import sys

import pytest

import graphflow as tf
from graphflow.interop import missing_names, name_advice


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        ("tf.rellu", r"^there is no tf\.rellu, nor has TensorFlow 1\.15 one"),
        ("tf.nn.rellu", r"no tf\.nn\.rellu, .* did you mean tf\.nn\.relu, "),
        ("tf.nn.Relu", r"did you mean tf\.nn\.relu, "),
        ("tf.contrib.matmul", r"did you mean tf\.matmul, "),
        ("tf.contrib.rnn.BasicLstmCell", r"did you mean tf\.contrib\.rnn\.BasicLSTMCell, "),
        ("tf.compat.v1.rellu", r"no tf\.rellu, "),
        ("tf.errors.Foo", r"no tf\.errors\.Foo, "),
        ("tf.test.Foo", r"no tf\.test\.Foo, "),
        ("tf.raw_ops.Matmul", r"did you mean tf\.raw_ops\.MatMul, "),
        (
            "tf.contrib.timeseries",
            r"does not have tf\.contrib\.timeseries yet, TensorFlow 1\.15 do",
        ),
        ("tf.compat.v2.function", r"does not have tf\.compat\.v2\.function yet, "),
        ("tf.keras.Model", r"no tf\.keras\.Model: models .* out of scope"),
        ("tf.keras.layers.GRU", r"no tf\.keras\.layers\.GRU: .* tf\.nn\.rnn_cell"),
    ],
)
def test_text(symbol, text):
    *namespaces, name = symbol.split(".")[1:]
    found = tf
    for namespace in namespaces:
        found = getattr(found, namespace)
    with pytest.raises(AttributeError, match=text) as error:
        getattr(found, name)
    assert error.value.name == name


def test_asking_costs_no_text(monkeypatch):
    monkeypatch.setattr(name_advice, "explain", None)
    assert not hasattr(tf, "rellu")
    assert getattr(tf.nn, "rellu", 5) == 5
    assert not hasattr(tf.nn, "__wrapped__")


def test_shared_namespaces_have_their_shortest_name():
    assert tf.train
    assert tf.contrib.layers
    assert missing_names.symbol_of("graphflow.api.train") == "tf.train"
    assert missing_names.symbol_of("graphflow.api.contrib.layers") == "tf.contrib.layers"
    assert missing_names.symbol_of("graphflow.core.errors") == "tf.errors"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("from tensorflow import rellu", "there is no tf.rellu, nor has TensorFlow 1.15"),
        ("from tensorflow.contrib import timeseries", "does not have tf.contrib.timeseries yet"),
        ("import tensorflow.contrib.timeseries", "does not have tf.contrib.timeseries yet"),
        ("from tensorflow.contrib.layers import conv2", "did you mean tf.contrib.layers.conv2d"),
        ("import tensorflow.python.nothing", "named 'tensorflow.python.nothing': graphflow does"),
        ("from tensorflow.nn import relu; from graphflow import __nothing__", "__nothing__"),
    ],
)
def test_imports(line, text):
    program = f"import graphflow\ngraphflow.install_as_tensorflow()\ntry:\n    {line}\n"
    program += "except ImportError as error:\n    print(type(error).__name__, error)\n"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert text in result.stdout
