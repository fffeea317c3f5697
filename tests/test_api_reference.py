"""The reference has one entry for each public name, and whatever is called has a docstring."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import graphflow as tf

SITE = Path(__file__).resolve().parents[1] / "docs" / "site"


@pytest.fixture(scope="module")
def names():
    spec = importlib.util.spec_from_file_location("public_names", SITE / "public_names.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["public_names"] = module
    spec.loader.exec_module(module)
    yield {space.name: space for space in module.namespaces()}
    del sys.modules["public_names"]


def test_a_name_for_each_thing(names):
    matmul = names["tf"].members["matmul"]
    assert matmul.value is tf.matmul
    assert matmul.name == "tf.matmul"
    assert names["tf.linalg"].members["matmul"] is matmul
    assert "tf.linalg.matmul" in matmul.aliases


def test_namespaces(names):
    assert {"tf", "tf.nn", "tf.train", "tf.contrib.layers", "tf.data.experimental"} <= {*names}
    assert {"graphflow.viz", "graphflow.debug", "graphflow.testing"} <= {*names}
    assert not any(name.startswith("tf.ops") for name in names)
    assert "graphflow.custom_ops" in names
    assert names["graphflow.custom_ops"].members["Op"].name == "graphflow.custom_ops.Op"


def test_each_thing_has_one_name(names):
    entries = {id(entry): entry for space in names.values() for entry in space.members.values()}
    own = [entry.name for entry in entries.values()]
    assert len(own) == len(set(own))
    assert not {*own} & {alias for entry in entries.values() for alias in entry.aliases}


def test_everything_that_is_called_has_a_docstring(names):
    bare = [
        entry.name
        for space in names.values()
        for entry in space.members.values()
        if entry.kind != "data" and not entry.value.__doc__
        if not hasattr(entry.value, "DESCRIPTOR")  # messages of protobuf
    ]
    assert bare == []
