from __future__ import annotations

import pathlib

import numpy as np
import pytest

import graphflow as tf


@pytest.mark.parametrize("value", ["é", "é".encode(), bytearray("é".encode())])
def test_as_bytes(value):
    assert tf.compat.as_bytes(value) == b"\xc3\xa9"


def test_as_text():
    assert tf.compat.as_text(b"\xe9", "latin-1") == "é"
    assert tf.compat.as_str(np.bytes_(b"a")) == "a"


@pytest.mark.parametrize("convert", [tf.compat.as_bytes, tf.compat.as_text])
def test_other_types_are_refused(convert):
    with pytest.raises(TypeError, match="expected bytes or str, got 3"):
        convert(3)


def test_as_str_any():
    assert [tf.compat.as_str_any(value) for value in (b"x", "y", 2.5)] == ["x", "y", "2.5"]


def test_path_to_str():
    assert tf.compat.path_to_str(pathlib.PurePosixPath("a/b")) == "a/b"
    assert tf.compat.path_to_str("a/b") == "a/b"


def test_number_types():
    assert isinstance(np.int16(3), tf.compat.integral_types)
    assert isinstance(np.float16(3), tf.compat.real_types)
    assert not isinstance(3j, tf.compat.real_types)
    assert isinstance(3j, tf.compat.complex_types)


def test_the_horizon_of_features_moves_for_a_block():
    with tf.compat.forward_compatibility_horizon(2020, 2, 1):
        assert tf.compat.forward_compatible(2020, 1, 31)
        assert not tf.compat.forward_compatible(2020, 2, 1)
    assert not tf.compat.forward_compatible(2020, 1, 31)


def test_the_first_version_is_the_package_itself():
    assert tf.compat.v1.Session is tf.Session
    assert tf.compat.v1.compat.as_text(b"a") == "a"
