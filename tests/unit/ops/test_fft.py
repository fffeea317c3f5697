"""Fourier transforms of real numbers: lengths that differ from the input's, unknown shapes."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.testing import check_gradient

SIGNAL = np.float32([[3, 1, -2, 5], [0.5, 2, 7, -4]])
COEFFICIENTS = np.asarray([[3 + 1j, 1 - 2j, -2 + 0.5j], [4 - 1j, 2j, 1 - 3j]], np.complex64)


def _run(tensor, feeds=None):
    with tf.Session() as session:
        return session.run(tensor, feeds)


@pytest.mark.parametrize("shape", [(2, 4), (None, None), None])
@pytest.mark.parametrize("length", [3, 4, 7])
def test_rfft_crops_or_pads(shape, length: int):
    x = tf.placeholder(tf.float32, shape)
    result = _run(tf.signal.rfft(x, [length]), {x: SIGNAL})
    np.testing.assert_allclose(result, np.fft.rfft(SIGNAL, length), rtol=1e-5)


@pytest.mark.parametrize("shape", [(2, 4), (None, None), None])
def test_rfft2d_has_the_size_of_the_input_by_default(shape):
    x = tf.placeholder(tf.float32, shape)
    result = _run(tf.signal.rfft2d(x), {x: SIGNAL})
    np.testing.assert_allclose(result, np.fft.rfft2(SIGNAL), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 3), (2, None), None])
@pytest.mark.parametrize("length", [None, 3, 5, 9])
def test_irfft_crops_or_pads(shape, length: int | None):
    x = tf.placeholder(tf.complex64, shape)
    lengths = None if length is None else [length]
    result = _run(tf.signal.irfft(x, lengths), {x: COEFFICIENTS})
    expected = np.fft.irfft(COEFFICIENTS, length)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(2, 3), (None, None), None])
def test_irfft2d_crops_and_pads(shape):
    x = tf.placeholder(tf.complex64, shape)
    result = _run(tf.signal.irfft2d(x, tf.constant([3, 3])), {x: COEFFICIENTS})
    expected = np.fft.irfft2(COEFFICIENTS, (3, 3))
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_static_shapes():
    x = tf.placeholder(tf.float32, [None, 8])
    assert tf.signal.rfft(x).shape.as_list() == [None, 5]
    assert tf.signal.rfft(x, [5]).shape.as_list() == [None, 3]
    assert tf.signal.irfft(tf.signal.rfft(x)).shape.as_list() == [None, 8]
    assert tf.signal.rfft(x, tf.placeholder(tf.int32, [1])).shape.as_list() == [None, None]


def test_no_transform_has_length_zero():
    assert _run(tf.signal.rfft(SIGNAL, [0])).shape == (2, 0)


@pytest.mark.parametrize("length", [2, 3, 6])
def test_gradients_where_input_and_transform_differ_in_length(length: int):
    signal = np.float64([3, 1, -2, 5])
    check_gradient(lambda x: tf.signal.rfft(x, [length]), signal, order=2)
    check_gradient(lambda x: tf.signal.irfft(x, [length]), COEFFICIENTS[0].astype(complex), order=2)


def test_names_are_those_of_tensorflow():
    assert tf.signal.rfft(SIGNAL).name == "rfft:0"
    assert tf.signal.irfft3d(COEFFICIENTS[None], name="mine").name == "mine:0"
    assert tf.fft(COEFFICIENTS).name == "FFT:0"


@pytest.mark.parametrize("x", [[1, 2], np.float16([1, 2])])
def test_other_dtypes_are_refused(x):
    with pytest.raises(TypeError, match="RFFT"):
        tf.signal.rfft(tf.constant(x))
