"""Sound: WAV files, spectra and features of recordings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from graphflow.core.build import apply, apply_multi
from graphflow.core.dtypes import float32 as _float32, int32 as _int32, string as _string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import check_rank, f32, i32, invalid
from graphflow.ops._text import item_of, texts
from graphflow.ops._wav import decoded, encoded

__all__ = [
    "AudioSpectrogram",
    "DecodeWav",
    "EncodeWav",
    "Mfcc",
    "audio_spectrogram",
    "decode_wav",
    "encode_wav",
    "mfcc",
]

_NO_GRADIENT = "TensorFlow defines no gradient"


class DecodedWav(NamedTuple):
    """What `decode_wav` returns.

    Attributes:
      audio: float32 [samples, channels], from -1 to 1.
      sample_rate: int32 scalar, samples a second.
    """

    audio: Tensor
    sample_rate: Tensor


@register
class DecodeWav(Op):
    """The samples and the sample rate of a WAV file."""

    desired_channels: int = -1
    desired_samples: int = -1

    inputs = "contents: string"
    outputs = "audio, sample_rate"

    def infer(self, contents: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        check_rank("contents", contents, 0)
        sizes = (self.desired_samples, self.desired_channels)
        if min(sizes) < -1:
            raise ValueError(f"desired sizes must be -1 or more, not {sizes}")
        shape = TensorShape.of(tuple([None if size == -1 else size for size in sizes]))
        return TensorSpec(shape, _float32), TensorSpec(TensorShape.of(()), _int32)

    def kernel(self, contents: Array) -> tuple[Array, Array]:
        audio, rate = decoded(item_of(contents))
        samples, channels = audio.shape
        if self.desired_channels != -1:
            picked = np.minimum(np.arange(self.desired_channels), channels - 1)
            audio = audio[:, picked]
        if self.desired_samples != -1:
            missing = max(self.desired_samples - samples, 0)
            audio = np.pad(audio[: self.desired_samples], ((0, missing), (0, 0)))
        return audio, np.int32(rate)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        stereo = encoded(f32([[0.5, 1.0], [-1.0, 0.25], [0.1, -0.2]]), 44100)
        mono = encoded(f32([[0.5], [-0.75]]), 8000)
        for contents in (stereo, mono):
            yield Sample.of(cls(), texts(contents))
        for channels, size in ((1, -1), (3, -1), (2, 2), (-1, 5), (2, 0)):
            yield Sample.of(cls(channels, size), texts(stereo))
        yield Sample.of(cls(2, -1), texts(mono))
        listed = stereo[:36] + b"LIST\4\0\0\0abcd" + stereo[36:]
        yield Sample.of(cls(), texts(listed), note="has a part that says nothing")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        contents = encoded(f32([[0.5], [-0.75]]), 8000)
        bad = {
            "do not begin with RIFF": b"RIFX" + contents[4:],
            "is cut off": contents[:-1],
            "the format of the WAV file is cut off": contents[:16] + b"\4\0\0\0abcd",
            "is compressed": contents[:20] + b"\3" + contents[21:],
            "have 8 bits": contents[:34] + b"\x08" + contents[35:],
            "contradicts itself": contents[:32] + b"\x08" + contents[33:],
            "has no data": contents[:36],
            "before their format": contents[:12] + contents[36:],
            "no samples of 1 channels": contents[:40] + b"\1\0\0\0" + contents[44:],
        }
        for message, text in bad.items():
            yield ErrorSample(cls(), (texts(text),), message, InvalidArgumentError, "run")
        yield ErrorSample(cls(), (texts([contents]),), "contents must be a scalar")
        yield ErrorSample(cls(-2), (texts(contents),), "must be -1 or more")


@register
class EncodeWav(Op):
    """A WAV file of samples from -1 to 1."""

    inputs = "audio: float32, sample_rate: int32"
    outputs = "contents"

    def infer(self, audio: TensorSpec, sample_rate: TensorSpec) -> TensorSpec:
        check_rank("audio", audio, 2)
        check_rank("sample_rate", sample_rate, 0)
        return TensorSpec(TensorShape.of(()), _string)

    def kernel(self, audio: Array, sample_rate: Array) -> Array:
        rate, channels = int(sample_rate), audio.shape[1]
        if rate <= 0:
            raise invalid(f"sample_rate must be positive, not {rate}")
        if not 0 < channels < 1 << 15:
            raise invalid(f"audio must have 1 to 32767 channels, not {channels}")
        return np.asarray(encoded(audio, rate), object)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        audio = f32([[0.5, 1.0], [-1.0, 0.25], [1.5, -1.5], [2.5 / 32768, -2.5 / 32768]])
        none: Any = {"gradient": (), "note": _NO_GRADIENT}
        yield Sample.of(cls(), audio, i32(44100), **none)
        yield Sample.of(cls(), audio[:, :1], i32(8000), **none)
        yield Sample.of(cls(), audio[:0], i32(8000), **none)
        yield Sample.of(cls(), f32([[np.nan], [np.inf], [-np.inf]]), i32(1), **none)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        audio, rate = f32([[0.5], [0.25]]), i32(8000)
        yield ErrorSample(cls(), (audio[0], rate), "audio must be a matrix")
        yield ErrorSample(cls(), (audio, i32([8000])), "sample_rate must be a scalar")
        run: Any = {"error": InvalidArgumentError, "when": "run"}
        yield ErrorSample(cls(), (audio, i32(0)), "sample_rate must be positive, not 0", **run)
        yield ErrorSample(cls(), (audio[:, :0], rate), "1 to 32767 channels, not 0", **run)


@register
class AudioSpectrogram(Op):
    """The magnitudes of the Fourier transforms of overlapping frames."""

    window_size: int
    stride: int
    magnitude_squared: bool = False

    inputs = "input: float32"
    outputs = "spectrogram"

    def infer(self, input: TensorSpec) -> TensorSpec:
        check_rank("input", input, 2)
        if self.window_size < 2:
            raise ValueError(f"window_size must be 2 or more, not {self.window_size}")
        if self.stride < 1:
            raise ValueError(f"stride must be positive, not {self.stride}")
        length, channels = input.shape.as_tuple() or (None, None)
        frames = None if length is None else max(0, 1 + (length - self.window_size) // self.stride)
        shape = TensorShape.of((channels, frames, self._transform_length() // 2 + 1))
        return TensorSpec(shape, _float32)

    def _transform_length(self) -> int:
        """The power of two that is not less than the window."""
        return 1 << (self.window_size - 1).bit_length()

    def kernel(self, input: Array) -> Array:
        length, channels = input.shape
        size, transform = self.window_size, self._transform_length()
        if length < size:
            return np.zeros((channels, 0, transform // 2 + 1), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(input.T, size, axis=1)
        window = 0.5 - 0.5 * np.cos(2 * np.pi / size * np.arange(size))
        spectra = np.fft.rfft(frames[:, :: self.stride] * window, transform)
        squares = spectra.real**2 + spectra.imag**2
        result = squares if self.magnitude_squared else np.sqrt(squares)
        return result.astype(np.float32)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        x = np.sin(np.arange(40, dtype=np.float32) * 0.7)[:, None]
        stereo = np.concatenate([x, 2 * x**2], axis=1)
        none: Any = {"gradient": (), "note": _NO_GRADIENT}
        for squared in (False, True):
            yield Sample.of(cls(5, 3, squared), x, **none)
        yield Sample.of(cls(16, 16), stereo, **none)
        yield Sample.of(cls(2, 1), x[:3], **none)
        yield Sample.of(cls(40, 7), stereo, **none)
        yield Sample.of(cls(50, 1), x[:3], **none)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x = np.ones((4, 1), np.float32)
        yield ErrorSample(cls(2, 1), (x[:, 0],), "input must be a matrix")
        yield ErrorSample(cls(1, 1), (x,), "window_size must be 2 or more, not 1")
        yield ErrorSample(cls(2, 0), (x,), "stride must be positive, not 0")


def _mel(hertz: Any) -> Any:
    """Where frequencies lie on the scale on which equal steps sound equal."""
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


@register
class Mfcc(Op):
    """The cepstral coefficients of squared spectra."""

    upper_frequency_limit: float = 4000.0
    lower_frequency_limit: float = 20.0
    filterbank_channel_count: int = 40
    dct_coefficient_count: int = 13

    inputs = "spectrogram: float32, sample_rate: int32"

    def infer(self, spectrogram: TensorSpec, sample_rate: TensorSpec) -> TensorSpec:
        check_rank("spectrogram", spectrogram, 3)
        check_rank("sample_rate", sample_rate, 0)
        dims = spectrogram.shape.as_tuple() or (None, None, None)
        shape = TensorShape.of((*dims[:2], self.dct_coefficient_count))
        return TensorSpec(shape, _float32)

    def kernel(self, spectrogram: Array, sample_rate: Array) -> Array:
        bins = spectrogram.shape[-1]
        self._check(int(sample_rate), bins)
        hertz = 0.5 * int(sample_rate) / (bins - 1)
        if int(self.upper_frequency_limit / hertz) >= bins:
            # TensorFlow gives zeros where the spectrum does not reach the upper limit.
            return np.zeros((*spectrogram.shape[:2], self.dct_coefficient_count), np.float32)
        energies = np.sqrt(spectrogram.astype(np.float64)) @ self._bands(hertz, bins)
        cepstrum = np.log(np.maximum(energies, 1e-12)) @ self._cosines()
        return cepstrum.astype(np.float32)

    def _check(self, rate: int, bins: int) -> None:
        channels, coefficients = self.filterbank_channel_count, self.dct_coefficient_count
        lower, upper = self.lower_frequency_limit, self.upper_frequency_limit
        if rate <= 0:
            raise invalid(f"sample_rate must be positive, not {rate}")
        if bins < 2:
            raise invalid(f"spectrogram must have 2 bins or more, not {bins}")
        if channels < 1:
            raise invalid(f"filterbank_channel_count must be positive, not {channels}")
        if not 1 <= coefficients <= channels:
            raise invalid(
                f"dct_coefficient_count must be from 1 to {channels}, the number of channels, "
                f"not {coefficients}"
            )
        if not 0 <= lower < upper:
            raise invalid(
                f"lower_frequency_limit {lower} must be from 0 to below upper_frequency_limit "
                f"{upper}"
            )

    def _bands(self, hertz: float, bins: int) -> Array:
        """Weights of bins that are `hertz` apart in triangular bands, [bins, channels]."""
        lower, upper = self.lower_frequency_limit, self.upper_frequency_limit
        edges = np.linspace(_mel(lower), _mel(upper), self.filterbank_channel_count + 2)
        mel = _mel(np.arange(bins) * hertz)[:, None]
        rising = (mel - edges[:-2]) / (edges[1:-1] - edges[:-2])
        falling = (edges[2:] - mel) / (edges[2:] - edges[1:-1])
        weights = np.maximum(np.minimum(rising, falling), 0.0)
        weights[: int(1.5 + lower / hertz)] = 0.0
        weights[int(upper / hertz) + 1 :] = 0.0
        return weights

    def _cosines(self) -> Array:
        """The cosine transform of type 2, [channels, coefficients]."""
        channels = self.filterbank_channel_count
        steps = np.pi / channels * (np.arange(channels) + 0.5)
        waves = np.cos(steps[:, None] * np.arange(self.dct_coefficient_count))
        return np.sqrt(2.0 / channels) * waves

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        spectrum = np.abs(np.sin(np.arange(2 * 3 * 129) ** 1.3)).reshape(2, 3, 129)
        spectrum = spectrum.astype(np.float32)
        none: Any = {"gradient": (), "note": _NO_GRADIENT}
        yield Sample.of(cls(), spectrum, i32(8000), **none)
        yield Sample.of(cls(3000.0, 100.0, 10, 4), spectrum[:1], i32(8000), **none)
        yield Sample.of(cls(7900.0, 0.0, 5, 5), spectrum, i32(16000), **none)
        yield Sample.of(cls(), spectrum, i32(4000), **none)
        yield Sample.of(cls(), np.zeros((1, 1, 129), np.float32), i32(8000), **none)
        yield Sample.of(cls(), spectrum[:, :0], i32(8000), **none)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        x, rate = np.ones((1, 2, 9), np.float32), i32(8000)
        yield ErrorSample(cls(), (x[0], rate), "spectrogram must be of rank 3")
        yield ErrorSample(cls(), (x, i32([8000])), "sample_rate must be a scalar")
        run: Any = {"error": InvalidArgumentError, "when": "run"}
        yield ErrorSample(cls(), (x, i32(0)), "sample_rate must be positive", **run)
        yield ErrorSample(cls(), (x[..., :1], rate), "2 bins or more, not 1", **run)
        yield ErrorSample(cls(4000.0, 20.0, 0), (x, rate), "channel_count must be positive", **run)
        yield ErrorSample(cls(4000.0, 20.0, 5, 6), (x, rate), "from 1 to 5", **run)
        yield ErrorSample(cls(10.0), (x, rate), "must be from 0 to below", **run)
        yield ErrorSample(cls(4000.0, -1.0), (x, rate), "must be from 0 to below", **run)


# -- public functions ------------------------------------------------------------------------------


def decode_wav(
    contents: Any, desired_channels: int = -1, desired_samples: int = -1, name: str | None = None
) -> DecodedWav:
    """Read a WAV file of uncompressed samples of 16 bits.

    Args:
      contents: string scalar, the file.
      desired_channels: how many channels to return: the first ones, or the last one repeatedly
        after the others; -1 for as many as there are.
      desired_samples: how many samples to return: the first ones, or zeros after the others; -1
        for as many as there are.
      name: the operation's name.

    Returns:
      `audio`, float32 [samples, channels] from -1 to 1, and `sample_rate`, int32 scalar.

    Raises:
      ValueError: `contents` is no scalar, or a wish is less than -1.

    >>> import graphflow as tf
    >>> file = tf.audio.encode_wav([[0.5, -0.25], [0.0, 0.75]], 8000)
    >>> audio, rate = tf.audio.decode_wav(file, desired_samples=3)
    >>> tf.Session().run([audio, rate])
    [array([[ 0.5 , -0.25],
           [ 0.  ,  0.75],
           [ 0.  ,  0.  ]], dtype=float32), np.int32(8000)]
    """
    op = DecodeWav(int(desired_channels), int(desired_samples))
    return DecodedWav(*apply_multi(op, contents, name=name))


def encode_wav(audio: Any, sample_rate: Any, name: str | None = None) -> Tensor:
    r"""Make a WAV file of samples of 16 bits.

    Args:
      audio: float32 [samples, channels]; values beyond -1 and 1 are clipped.
      sample_rate: int32 scalar, samples a second.
      name: the operation's name.

    Returns:
      A string scalar.

    Raises:
      ValueError: the shapes do not fit.

    >>> import graphflow as tf
    >>> file = tf.Session().run(tf.audio.encode_wav([[0.5], [-1.0]], 8000))
    >>> file[:4], file[-4:]
    (b'RIFF', b'\x00@\x00\x80')
    """
    return apply(EncodeWav(), audio, sample_rate, name=name)


def audio_spectrogram(
    input: Any,
    window_size: int,
    stride: int,
    magnitude_squared: bool = False,
    name: str | None = None,
) -> Tensor:
    """Compute how loud each frequency is over time.

    Frames are weighted by a Hann window and continued by zeros up to a power of two.

    Args:
      input: float32 [samples, channels].
      window_size: how many samples a frame has, 2 or more.
      stride: how many samples later the next frame starts.
      magnitude_squared: whether to return the squares of the magnitudes.
      name: the operation's name.

    Returns:
      float32 [channels, frames, bins].

    Raises:
      ValueError: the input is no matrix, or a size is too small.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> tf.Session().run(ops.audio_spectrogram([[1.0], [2.0], [4.0], [8.0]], 2, 2))
    array([[[2., 2.],
            [8., 8.]]], dtype=float32)
    """
    op = AudioSpectrogram(int(window_size), int(stride), bool(magnitude_squared))
    return apply(op, input, name=name)


def mfcc(
    spectrogram: Any,
    sample_rate: Any,
    upper_frequency_limit: float = 4000,
    lower_frequency_limit: float = 20,
    filterbank_channel_count: int = 40,
    dct_coefficient_count: int = 13,
    name: str | None = None,
) -> Tensor:
    """Compute the cepstral coefficients of sound over time, a compact description of its timbre.

    They are the cosine transform of the logarithms of the loudness in bands of equal widths as
    heard. Where the spectrum does not reach the upper limit they are all zero, as in TensorFlow.

    Args:
      spectrogram: float32 [channels, frames, bins], squared magnitudes.
      sample_rate: int32 scalar, samples a second.
      upper_frequency_limit: where the highest band ends, in hertz.
      lower_frequency_limit: where the lowest band begins.
      filterbank_channel_count: how many bands there are.
      dct_coefficient_count: how many coefficients to return, not more than bands.
      name: the operation's name.

    Returns:
      float32 [channels, frames, dct_coefficient_count].

    Raises:
      ValueError: the shapes do not fit.

    Source: Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word
    recognition in continuously spoken sentences", 1980.

    >>> import graphflow as tf
    >>> import graphflow.ops as ops
    >>> squares = [[[1.0, 4.0, 9.0, 1.0, 0.0]]]
    >>> tf.Session().run(ops.mfcc(squares, 8000, 3900.0, 20.0, 3, 2)).round(3)
    array([[[ 0.53 , -1.648]]], dtype=float32)
    """
    op = Mfcc(
        float(upper_frequency_limit),
        float(lower_frequency_limit),
        int(filterbank_channel_count),
        int(dct_coefficient_count),
    )
    return apply(op, spectrogram, sample_rate, name=name)
