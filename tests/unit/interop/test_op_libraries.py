"""Compiled libraries of ops cannot be loaded, in a way that programs expect."""

from __future__ import annotations

from pathlib import Path

import pytest

import graphflow as tf


@pytest.mark.parametrize("load", [tf.load_op_library, tf.load_file_system_library, tf.load_library])
def test_a_library_of_tensorflow_is_refused(load, tmp_path: Path):
    library = tmp_path / "ops.so"
    library.write_bytes(b"\x7fELF")
    with pytest.raises(tf.errors.NotFoundError, match=r"ops\.so: .*custom_ops"):
        load(str(library))


@pytest.mark.parametrize("load", [tf.load_op_library, tf.load_file_system_library])
def test_no_file(load):
    with pytest.raises(tf.errors.NotFoundError, match="no such file"):
        load("missing.so")


def test_no_folder():
    with pytest.raises(FileNotFoundError, match="no such file"):
        tf.load_library("missing")
