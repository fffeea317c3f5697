"""Window functions have scipy's values."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

import graphflow as tf

WINDOWS = {"hann": tf.signal.hann_window, "hamming": tf.signal.hamming_window}


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("length", [1, 2, 6])
@pytest.mark.parametrize("periodic", [True, False])
def test_even_windows_are_those_of_scipy(name: str, length: int, periodic: bool):
    expected = scipy.signal.get_window(name, length, fftbins=periodic)
    ours = tf.Session().run(WINDOWS[name](length, periodic, dtype=tf.float64))
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize("periodic", [True, False])
def test_odd_windows_are_symmetric(periodic: bool):
    expected = scipy.signal.get_window("hann", 5, fftbins=False)
    ours = tf.Session().run(tf.signal.hann_window(5, periodic, dtype=tf.float64))
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_the_length_may_be_known_in_the_run_only():
    length = tf.placeholder(tf.int32, [])
    window = tf.signal.hann_window(length)
    assert window.shape.as_list() == [None]
    assert tf.Session().run(window, {length: 1}).tolist() == [1.0]
    assert tf.Session().run(window, {length: 2}).tolist() == [0.0, 1.0]
    assert tf.Session().run(window, {length: 0}).tolist() == []


def test_the_dtype_must_be_floating():
    with pytest.raises(ValueError, match="hann_window: dtype must be floating, not int32"):
        tf.signal.hann_window(4, dtype=tf.int32)


def test_the_length_must_be_a_scalar():
    with pytest.raises(ValueError, match="rank"):
        tf.signal.hamming_window([4, 2])
