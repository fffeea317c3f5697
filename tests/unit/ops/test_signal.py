"""Frames, spectra over time and features of sound, beside numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft

import graphflow as tf

SIGNAL = np.arange(24.0).reshape(2, 3, 4)


def framed(signal: np.ndarray, length: int, step: int) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(signal, length, axis=-1)
    return windows[..., ::step, :]


class TestFrame:
    @pytest.mark.parametrize(("length", "step"), [(2, 1), (3, 2), (4, 1), (1, 3)])
    def test_frames_are_windows_of_the_signal(self, length: int, step: int):
        frames = tf.signal.frame(SIGNAL, length, step)
        expected = framed(SIGNAL, length, step)
        assert frames.shape == expected.shape
        np.testing.assert_array_equal(tf.Session().run(frames), expected)

    def test_any_axis_is_cut(self):
        frames = tf.Session().run(tf.signal.frame(SIGNAL, 2, 1, axis=1))
        assert frames.shape == (2, 2, 2, 4)
        np.testing.assert_array_equal(frames[:, 1], SIGNAL[:, 1:3])

    def test_frames_begin_at_each_step_when_the_end_is_padded(self):
        frames = tf.Session().run(
            tf.signal.frame([1.0, 2.0, 3.0, 4.0], 3, 2, pad_end=True, pad_value=-1.0)
        )
        assert frames.tolist() == [[1, 2, 3], [3, 4, -1]]

    def test_strings_are_cut_too(self):
        frames = tf.Session().run(tf.signal.frame(["a", "b", "c"], 2, 2, True, "z"))
        assert frames.tolist() == [[b"a", b"b"], [b"c", b"z"]]

    @pytest.mark.parametrize("shape", [None, [None, None, None]])
    @pytest.mark.parametrize("pad_end", [True, False])
    def test_shapes_may_be_known_in_the_run_only(self, shape: list[None] | None, pad_end: bool):
        signal = tf.placeholder(tf.float64, shape)
        frames = tf.signal.frame(signal, 3, 2, pad_end=pad_end)
        expected = tf.Session().run(tf.signal.frame(SIGNAL, 3, 2, pad_end=pad_end))
        np.testing.assert_array_equal(tf.Session().run(frames, {signal: SIGNAL}), expected)

    @pytest.mark.parametrize("pad_end", [True, False])
    def test_static_shape_keeps_the_other_axes(self, pad_end: bool):
        signal = tf.placeholder(tf.float32, [None, 3, None])
        frames = tf.signal.frame(signal, 5, 2, pad_end=pad_end)
        assert frames.shape.as_list() == [None, 3, None, 5]

    def test_a_short_signal_has_no_frame(self):
        assert tf.Session().run(tf.signal.frame([1.0], 2, 1)).shape == (0, 2)

    def test_gradient_counts_the_frames_of_each_sample(self):
        signal = tf.constant([1.0, 2.0, 3.0, 4.0, 5.0])
        frames = tf.signal.frame(signal, 3, 1)
        assert tf.Session().run(tf.gradients(frames, signal)[0]).tolist() == [1, 2, 3, 2, 1]

    def test_errors(self):
        with pytest.raises(ValueError, match="signal must have 1 axis or more"):
            tf.signal.frame(1.0, 2, 1)
        with pytest.raises(ValueError, match="frame_step must be an integer, not float32"):
            tf.signal.frame([1.0, 2.0], 2, 1.0)
        with pytest.raises(ValueError, match="rank"):
            tf.signal.frame([1.0, 2.0], [2], 1)
        with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
            tf.Session().run(tf.signal.frame([1.0, 2.0], 2, 0))


class TestOverlapAndAdd:
    @pytest.mark.parametrize("step", [1, 2, 3, 4, 7])
    def test_frames_are_added_where_they_overlap(self, step: int):
        expected = np.zeros((2, 2 * step + 4))
        for index in range(3):
            expected[:, index * step : index * step + 4] += SIGNAL[:, index]
        total = tf.signal.overlap_and_add(SIGNAL, step)
        assert total.shape == expected.shape
        np.testing.assert_array_equal(tf.Session().run(total), expected)

    @pytest.mark.parametrize("shape", [None, [None, None, None], [2, None, 4]])
    def test_shapes_may_be_known_in_the_run_only(self, shape: list[int | None] | None):
        signal = tf.placeholder(tf.float64, shape)
        expected = tf.Session().run(tf.signal.overlap_and_add(SIGNAL, 3))
        total = tf.signal.overlap_and_add(signal, 3)
        np.testing.assert_array_equal(tf.Session().run(total, {signal: SIGNAL}), expected)

    @pytest.mark.parametrize("shape", [(0, 3, 4), (2, 3, 0), (2, 0, 4)])
    def test_nothing_added_up_is_zero(self, shape: tuple[int, ...]):
        total = tf.Session().run(tf.signal.overlap_and_add(np.zeros(shape), 3))
        assert total.shape == (shape[0], max(0, (shape[1] - 1) * 3 + shape[2]))
        assert not total.any()

    def test_gradient_is_the_frames_of_the_gradient(self):
        signal = tf.constant(SIGNAL)
        total = tf.signal.overlap_and_add(signal, 3)
        weights = np.arange(20.0).reshape(2, 10)
        grad = tf.gradients(total, signal, weights)[0]
        np.testing.assert_array_equal(tf.Session().run(grad), framed(weights, 4, 3))

    def test_errors(self):
        with pytest.raises(ValueError, match="signal must have 2 axes or more"):
            tf.signal.overlap_and_add([1.0, 2.0], 1)
        with pytest.raises(ValueError, match="frame_step must be an integer"):
            tf.signal.overlap_and_add([[1.0, 2.0]], 1.5)


class TestInverseWindow:
    @pytest.mark.parametrize(("length", "step"), [(8, 2), (8, 3), (6, 6)])
    def test_windows_add_up_to_one(self, length: int, step: int):
        window = tf.signal.hamming_window(length, dtype=tf.float64)
        inverse_fn = tf.signal.inverse_stft_window_fn(step, tf.signal.hamming_window)
        products = tf.tile([window * inverse_fn(length, dtype=tf.float64)], [9, 1])
        inner = tf.Session().run(tf.signal.overlap_and_add(products, step))[length:-length]
        np.testing.assert_allclose(inner, 1.0, rtol=1e-6)

    def test_a_sample_of_no_weight_stays_zero(self):
        window = tf.signal.inverse_stft_window_fn(9)(8, dtype=tf.float32)
        assert tf.Session().run(window)[0] == 0.0


class TestMel:
    def test_bands_are_triangles_between_edges_on_the_mel_scale(self):
        weights = tf.Session().run(
            tf.signal.linear_to_mel_weight_matrix(5, 65, 8000, 200.0, 3000.0)
        )
        assert weights.shape == (65, 5)
        mel = 1127.0 * np.log1p(np.linspace(0.0, 4000.0, 65) / 700.0)
        edges = np.linspace(*(1127.0 * np.log1p(np.asarray([200.0, 3000.0]) / 700.0)), 7)
        expected = np.stack(
            [np.interp(mel, edges[band : band + 3], [0.0, 1.0, 0.0]) for band in range(5)], axis=1
        )
        np.testing.assert_allclose(weights, expected, atol=1e-4)

    def test_the_sample_rate_may_be_a_tensor(self):
        rate = tf.placeholder(tf.int32, [])
        weights = tf.signal.linear_to_mel_weight_matrix(3, 9, rate, dtype=tf.float64)
        expected = tf.signal.linear_to_mel_weight_matrix(3, 9, 8000, dtype=tf.float64)
        assert weights.shape == (9, 3)
        np.testing.assert_array_equal(*tf.Session().run([weights, expected], {rate: 8000}))

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"num_mel_bins": 0}, "num_mel_bins must be positive, not 0"),
            ({"lower_edge_hertz": -1.0}, "lower_edge_hertz must not be negative"),
            ({"lower_edge_hertz": 3800.0}, "must be below upper_edge_hertz 3800.0"),
            ({"upper_edge_hertz": 5000.0}, "above 4000.0, half the sample_rate"),
            ({"sample_rate": -1}, "sample_rate must be positive"),
            ({"dtype": tf.int32}, "dtype must be floating, not int32"),
        ],
    )
    def test_errors(self, arguments: dict[str, float], message: str):
        with pytest.raises(ValueError, match=message):
            tf.signal.linear_to_mel_weight_matrix(**arguments)


class TestSpectraOverTime:
    SOUND = np.random.RandomState(5).randn(2, 40)

    @pytest.mark.parametrize("dtype", [tf.float32, tf.float64])
    def test_frames_are_weighted_and_transformed(self, dtype: tf.DType):
        spectra = tf.signal.stft(tf.constant(self.SOUND, dtype), 8, 3, fft_length=16)
        assert spectra.dtype.real_dtype is dtype
        assert spectra.shape.as_list() == [2, 11, 9]
        weights = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8)
        expected = np.fft.rfft(framed(self.SOUND, 8, 3) * weights, 16)
        np.testing.assert_allclose(tf.Session().run(spectra), expected, rtol=1e-4, atol=1e-5)

    @pytest.mark.parametrize(("length", "wanted"), [(1, 1), (2, 2), (5, 8), (8, 8), (9, 16)])
    def test_transforms_have_the_next_power_of_two(self, length: int, wanted: int):
        fed = tf.placeholder(tf.int32, [])
        known = tf.signal.stft(self.SOUND, length, 3)
        assert known.shape[-1] == wanted // 2 + 1
        unknown = tf.Session().run(tf.signal.stft(self.SOUND, fed, 3), {fed: length})
        np.testing.assert_array_equal(unknown, tf.Session().run(known))

    @pytest.mark.parametrize(("length", "step"), [(8, 2), (8, 4), (10, 3)])
    def test_the_inverse_gives_the_signal_back(self, length: int, step: int):
        spectra = tf.signal.stft(self.SOUND, length, step)
        window_fn = tf.signal.inverse_stft_window_fn(step)
        sound = tf.Session().run(tf.signal.inverse_stft(spectra, length, step, window_fn=window_fn))
        inner = slice(length, sound.shape[1] - length)
        np.testing.assert_allclose(sound[:, inner], self.SOUND[:, inner], atol=1e-6)

    @pytest.mark.parametrize("frame_length", [4, 16, 20])
    def test_frames_are_cut_or_continued_by_zeros(self, frame_length: int):
        spectra = np.fft.rfft(framed(self.SOUND, 16, 4))
        sound = tf.signal.inverse_stft(spectra, frame_length, 4, fft_length=16, window_fn=None)
        assert sound.shape.as_list() == [2, 6 * 4 + frame_length]
        frames = np.zeros((2, 7, frame_length))
        frames[..., :16] = framed(self.SOUND, 16, 4)[..., :frame_length]
        expected = tf.Session().run(tf.signal.overlap_and_add(frames, 4))
        np.testing.assert_allclose(tf.Session().run(sound), expected, atol=1e-12)

    def test_errors(self):
        with pytest.raises(ValueError, match="signal must have 1 axis or more"):
            tf.signal.stft(1.0, 2, 1)
        with pytest.raises(ValueError, match="stfts must have 2 axes or more"):
            tf.signal.inverse_stft([1 + 0j], 2, 1)
        with pytest.raises(ValueError, match="fft_length must be an integer"):
            tf.signal.stft([1.0, 2.0], 2, 1, 2.0)


def test_cepstral_coefficients_are_scaled_cosine_transforms():
    spectra = np.random.RandomState(1).randn(3, 6)
    ours = tf.signal.mfccs_from_log_mel_spectrograms(spectra)
    expected = scipy.fft.dct(spectra) / np.sqrt(12)
    np.testing.assert_allclose(tf.Session().run(ours), expected, atol=1e-12)
    with pytest.raises(ValueError, match="one band or more"):
        tf.signal.mfccs_from_log_mel_spectrograms(tf.zeros([2, 0]))


class TestShifts:
    @pytest.mark.parametrize("shape", [(5,), (4,), (2, 3, 4), (0, 3)])
    @pytest.mark.parametrize("axes", [None, 0, -1, [0], [-1, 0]])
    def test_halves_are_swapped_as_in_numpy(self, shape: tuple[int, ...], axes):
        if len(shape) == 1 and axes == [-1, 0]:
            axes = None
        x = np.arange(np.prod(shape)).reshape(shape)
        expected = [np.fft.fftshift(x, axes), np.fft.ifftshift(x, axes)]
        for fed in (tf.constant(x), tf.placeholder_with_default(x, None)):
            ours = tf.Session().run([tf.signal.fftshift(fed, axes), tf.signal.ifftshift(fed, axes)])
            np.testing.assert_array_equal(ours[0], expected[0])
            np.testing.assert_array_equal(ours[1], expected[1])

    def test_there_must_be_such_an_axis(self):
        with pytest.raises(ValueError, match="axes: 2 is out of range for rank 1"):
            tf.signal.fftshift([1.0, 2.0], 2)

    def test_gradient_is_shifted_back(self):
        x = tf.constant([1.0, 2.0, 3.0])
        grad = tf.gradients(tf.signal.fftshift(x), x, tf.constant([10.0, 20.0, 30.0]))[0]
        assert tf.Session().run(grad).tolist() == [20.0, 30.0, 10.0]
