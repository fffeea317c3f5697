"""WAV files that other programs read and write; spectra and features beside scipy's."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
import scipy.fft
import scipy.signal

import graphflow as tf
import graphflow.ops as ops

SOUND = np.sin(np.arange(60) * 0.3).reshape(30, 2).astype(np.float32)


def encoded(sound: np.ndarray = SOUND, rate: int = 22050) -> bytes:
    return tf.Session().run(tf.audio.encode_wav(sound, rate))


def decoded(contents: bytes) -> tuple[np.ndarray, int]:
    return tf.Session().run(tuple(tf.audio.decode_wav(contents)))


def test_the_standard_library_reads_our_files():
    with wave.open(io.BytesIO(encoded()), "rb") as file:
        assert file.getparams()[:4] == (2, 2, 22050, 30)
        samples = np.frombuffer(file.readframes(30), "<i2").reshape(30, 2)
    np.testing.assert_array_equal(samples, np.round(SOUND * 32768))


def test_we_read_files_of_the_standard_library():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 16000, 3, "NONE", ""))
        file.writeframes(struct.pack("<3h", 16384, -32768, 1))
    audio, rate = decoded(buffer.getvalue())
    assert audio.tolist() == [[0.5], [-1.0], [1 / 32768]]
    assert [rate, audio.dtype] == [16000, np.float32]


@pytest.mark.parametrize("extra", [b"LIST\4\0\0\0abcd", b"LIST\3\0\0\0abc\0", b"LIST\3\0\0\0abc"])
def test_other_parts_of_files_are_passed_over(extra: bytes):
    contents = encoded()
    audio, _ = decoded(contents[:36] + extra + contents[36:])
    np.testing.assert_array_equal(audio, decoded(contents)[0])


def test_names_of_the_results_and_static_shapes():
    result = tf.audio.decode_wav(tf.placeholder(tf.string), 2, 7)
    assert [result.audio.shape, result.sample_rate.shape] == [[7, 2], []]
    assert result.audio.op.name == "DecodeWav"


def test_spectra_are_those_of_scipy():
    ours = tf.Session().run(ops.audio_spectrogram(SOUND, 10, 4))
    window = scipy.signal.get_window("hann", 10)
    frames = np.stack([SOUND[start : start + 10] for start in range(0, 21, 4)])
    expected = np.abs(scipy.fft.rfft(frames * window[:, None], 16, axis=1))
    np.testing.assert_allclose(ours, expected.transpose(2, 0, 1), rtol=1e-5, atol=1e-6)


def test_coefficients_are_the_cosine_transform_of_loudness_in_bands():
    squares = np.random.RandomState(0).uniform(0.1, 2.0, (1, 4, 129)).astype(np.float32)
    ours = tf.Session().run(ops.mfcc(squares, 8000, 3900.0, 40.0, 12, 6))
    bands = tf.signal.linear_to_mel_weight_matrix(12, 129, 8000, 40.0, 3900.0, tf.float64)
    loudness = np.log(np.sqrt(squares) @ tf.Session().run(bands))
    expected = scipy.fft.dct(loudness, norm=None)[..., :6] / 2 * np.sqrt(2 / 12)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)
