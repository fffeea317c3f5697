"""Signals cut into frames, their spectra over time, and features of sound."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, float32 as _float32, int32 as _int32
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.ops._static import as_tuple, normalized_axis
from graphflow.ops.signal_windows import hann_window

__all__ = [
    "fftshift",
    "frame",
    "ifftshift",
    "inverse_stft",
    "inverse_stft_window_fn",
    "linear_to_mel_weight_matrix",
    "mfccs_from_log_mel_spectrograms",
    "overlap_and_add",
    "stft",
]

WindowFunction = Callable[..., Any]
_periodic_hann: WindowFunction = partial(hann_window, periodic=True)


# -- frames ----------------------------------------------------------------------------------------


def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: Any = -1,
    name: str | None = None,
) -> Tensor:
    """Cut an axis into frames of one length that may overlap.

    Args:
      signal: a tensor [..., samples, ...] of any dtype.
      frame_length: integer scalar, how many samples a frame has.
      frame_step: integer scalar, how many samples later the next frame starts.
      pad_end: whether frames start as long as there are samples, with `pad_value` after the end;
        else only frames that lie within the signal are returned.
      pad_value: scalar of the signal's dtype.
      axis: integer scalar, the axis that is cut.
      name: name scope of the operations.

    Returns:
      A tensor [..., frames, frame_length, ...] of the signal's dtype.

    Raises:
      ValueError: the signal is a scalar, or an argument is none.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.frame([1, 2, 3, 4, 5], 3, 2))
    array([[1, 2, 3],
           [3, 4, 5]], dtype=int32)
    >>> tf.Session().run(tf.signal.frame([1, 2, 3, 4, 5], 3, 2, pad_end=True, pad_value=9))
    array([[1, 2, 3],
           [3, 4, 5],
           [5, 9, 9]], dtype=int32)
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        signal = convert_to_tensor(signal, name="signal")
        _check_axes(signal, 1)
        frame_length = _integer_scalar(frame_length, "frame_length")
        frame_step = _integer_scalar(frame_step, "frame_step")
        axis = _integer_scalar(axis, "axis")
        samples = ops.gather(ops.shape(signal), ops.floormod(axis, ops.rank(signal)))
        if pad_end:
            frames = ops.maximum(-ops.floordiv(-samples, frame_step), 0)
            missing = ops.maximum((frames - 1) * frame_step + frame_length - samples, 0)
            signal = _pad_end(signal, axis, missing, pad_value)
        else:
            frames = ops.maximum(1 + ops.floordiv(samples - frame_length, frame_step), 0)
        return ops.gather(signal, _positions(frames, frame_length, frame_step), axis=axis)


def _check_axes(tensor: Tensor, count: int, name: str = "signal") -> None:
    rank = tensor.shape.ndims
    if rank is not None and rank < count:
        wanted = "1 axis" if count == 1 else f"{count} axes"
        raise ValueError(f"{name} must have {wanted} or more, the shape is {tensor.shape}")


def _integer_scalar(value: Any, name: str) -> Tensor:
    """An int32 scalar; int64 tensors are narrowed, for sizes are int32."""
    tensor = convert_to_tensor(value, name=name, preferred_dtype=_int32)
    tensor.shape.assert_has_rank(0)
    if not tensor.dtype.is_integer:
        raise ValueError(f"{name} must be an integer, not {tensor.dtype.name}: {value!r}")
    return ops.cast(tensor, _int32)


def _positions(frames: Tensor, frame_length: Tensor, frame_step: Tensor) -> Tensor:
    """Where in the signal each sample of each frame lies, [frames, frame_length]."""
    starts = ops.expand_dims(ops.range(frames) * frame_step, 1)
    return starts + ops.expand_dims(ops.range(frame_length), 0)


def _pad_end(signal: Tensor, axis: Tensor, count: Tensor, value: Any) -> Tensor:
    rank = ops.rank(signal)
    after = count * ops.one_hot(ops.floormod(axis, rank), rank, dtype=_int32)
    paddings = ops.stack([ops.zeros_like(after), after], axis=1)
    padded = ops.pad(signal, paddings, constant_values=value)
    position, dims = axis.constant_value(), signal.shape.as_tuple()
    if position is not None and dims is not None:
        sizes = list(dims)
        sizes[int(position)] = None
        padded.set_shape(sizes)
    return padded


def with_last_size(x: Tensor, size: Any) -> Tensor:
    """Cut the last axis to `size` elements, or put zeros at its end."""
    known = convert_to_tensor(size, dtype=_int32).constant_value()
    dims = x.shape.as_tuple()
    if dims is None or known is None or dims[-1] is None:
        missing = ops.maximum(size - ops.shape(x)[-1], 0)
        resized = _pad_end(x[..., :size], ops.constant(-1), missing, 0)
    elif known <= dims[-1]:
        resized = x[..., :known]
    else:
        resized = ops.pad(x, [[0, 0]] * (len(dims) - 1) + [[0, int(known) - dims[-1]]])
    if dims is not None and known is not None:
        resized.set_shape([*dims[:-1], int(known)])
    return resized


def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """Put frames one after the other, each `frame_step` later, and add up where they overlap.

    Args:
      signal: numeric [..., frames, frame_length].
      frame_step: integer scalar, how many samples later the next frame starts.
      name: name scope of the operations.

    Returns:
      A tensor [..., (frames - 1) * frame_step + frame_length] of the signal's dtype.

    Raises:
      ValueError: the signal has less than two axes, or the step is no integer scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.overlap_and_add([[1, 2, 3], [10, 20, 30]], 2))
    array([ 1,  2, 13, 20, 30], dtype=int32)
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        _check_axes(signal, 2)
        step = _integer_scalar(frame_step, "frame_step")
        shape = ops.shape(signal)
        outer, frames, length = shape[:-2], shape[-2], shape[-1]
        rows = ops.reduce_prod(outer)
        # A frame falls into pieces of `step` samples: piece p of frame f lies at place f + p.
        pieces = -ops.floordiv(-length, step)
        padded = ops.pad(
            ops.reshape(signal, ops.stack([rows, frames, length])),
            ops.stack([[0, 0], [0, pieces], [0, pieces * step - length]]),
        )
        wide = frames + pieces
        split = ops.reshape(padded, ops.stack([rows, wide, pieces, step]))
        by_piece = ops.reshape(
            ops.transpose(split, [0, 2, 1, 3]), ops.stack([rows, pieces * wide, step])
        )
        # Rows that are shorter by one shift piece p by p places.
        shifted = ops.reshape(
            by_piece[:, : pieces * (wide - 1)], ops.stack([rows, pieces, wide - 1, step])
        )
        places = ops.reshape(ops.reduce_sum(shifted, 1), ops.stack([rows, (wide - 1) * step]))
        size = ops.maximum((frames - 1) * step + length, 0)
        return ops.reshape(places[:, :size], ops.concat([outer, [size]], 0))


# -- spectra ---------------------------------------------------------------------------------------


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Move the element of frequency 0 from the front of the axes to their middle.

    Args:
      x: a tensor of any dtype.
      axes: one axis or a list of them; all by default.
      name: name scope of the operations.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.fftshift([0, 1, 2, -2, -1]))
    array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _shifted(x, axes, 1, name, "fftshift")


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Undo `fftshift`: move the middle element of the axes to their front.

    Args:
      x: a tensor of any dtype.
      axes: one axis or a list of them; all by default.
      name: name scope of the operations.

    Returns:
      A tensor of the same shape and dtype.

    Raises:
      ValueError: there is no such axis.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.ifftshift([-2, -1, 0, 1, 2]))
    array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    return _shifted(x, axes, -1, name, "ifftshift")


def _shifted(x: Any, axes: Any, sign: int, name: str | None, default_name: str) -> Tensor:
    """Roll axes by half their sizes."""
    with name_scope(name, default_name, [x]):
        x = convert_to_tensor(x, name="x")
        shape = ops.shape(x)
        if axes is None:
            axes = ops.range(ops.rank(x))
            sizes = shape
        else:
            axes = convert_to_tensor(axes, name="axes", dtype=_int32)
            known = axes.constant_value()
            if known is not None and x.shape.ndims is not None:
                for axis in as_tuple(known):
                    normalized_axis(axis, x.shape.ndims, "axes:")
            sizes = ops.gather(shape, ops.floormod(axes, ops.rank(x)))
        return ops.roll(x, sign * ops.floordiv(sizes, 2), axes)


# -- spectra over time -----------------------------------------------------------------------------


def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: WindowFunction | None = _periodic_hann,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """Compute the spectrum of each of the frames that a signal is cut into.

    Args:
      signals: float32 or float64 [..., samples].
      frame_length: integer scalar, how many samples a frame has.
      frame_step: integer scalar, how many samples later the next frame starts.
      fft_length: integer scalar, the length of the Fourier transform, for which frames are cut or
        continued by zeros; by default the power of two that is not less than `frame_length`.
      window_fn: makes the weights of the samples of a frame: a function of the length and `dtype=`.
        None weighs all the same.
      pad_end: whether frames start as long as there are samples, with zeros after the end.
      name: name scope of the operations.

    Returns:
      complex64 or complex128 [..., frames, fft_length // 2 + 1].

    Raises:
      ValueError: the signals are a scalar, or an argument is none.

    Source: Allen and Rabiner, "A unified approach to short-time Fourier analysis and synthesis",
    1977.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.stft([1.0, 2.0, 4.0, 7.0], 2, 1, window_fn=None))
    array([[ 3.+0.j, -1.+0.j],
           [ 6.+0.j, -2.+0.j],
           [11.+0.j, -3.+0.j]], dtype=complex64)
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = convert_to_tensor(signals, name="signals")
        _check_axes(signals, 1)
        length = _integer_scalar(frame_length, "frame_length")
        frames = frame(signals, length, frame_step, pad_end=pad_end)
        windowed = _weighted(frames, window_fn, length, frames.dtype.base_dtype)
        return ops.rfft(windowed, ops.stack([_transform_length(fft_length, length)]))


def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: WindowFunction | None = _periodic_hann,
    name: str | None = None,
) -> Tensor:
    """Make a signal from the spectra of its frames, by adding up the frames where they overlap.

    The signal is that of `stft` where the products of its window and this one add up to 1: take
    `inverse_stft_window_fn` for that.

    Args:
      stfts: complex64 or complex128 [..., frames, fft_length // 2 + 1].
      frame_length: integer scalar, how many samples a frame has.
      frame_step: integer scalar, how many samples later the next frame starts.
      fft_length: integer scalar, the length of the Fourier transform; by default the power of two
        that is not less than `frame_length`.
      window_fn: makes the weights of the samples of a frame: a function of the length and `dtype=`.
        None weighs all the same.
      name: name scope of the operations.

    Returns:
      float32 or float64 [..., (frames - 1) * frame_step + frame_length].

    Raises:
      ValueError: there are less than two axes, or an argument is no scalar.

    Source: Griffin and Lim, "Signal estimation from modified short-time Fourier transform", 1984.

    >>> import graphflow as tf
    >>> spectra = tf.signal.stft([1.0, 2.0, 4.0, 7.0, 5.0], 4, 1)
    >>> window_fn = tf.signal.inverse_stft_window_fn(1)
    >>> tf.Session().run(tf.signal.inverse_stft(spectra, 4, 1, window_fn=window_fn)).round(2)
    array([0.  , 0.33, 3.33, 5.83, 0.83], dtype=float32)
    """
    with name_scope(name, "inverse_stft", [stfts]):
        stfts = convert_to_tensor(stfts, name="stfts")
        _check_axes(stfts, 2, "stfts")
        length = _integer_scalar(frame_length, "frame_length")
        frames = ops.irfft(stfts, ops.stack([_transform_length(fft_length, length)]))
        frames = with_last_size(frames, length)
        windowed = _weighted(frames, window_fn, length, stfts.dtype.real_dtype)
        return overlap_and_add(windowed, frame_step)


def _weighted(
    frames: Tensor, window_fn: WindowFunction | None, length: Tensor, dtype: DType
) -> Tensor:
    return frames if window_fn is None else frames * window_fn(length, dtype=dtype)


def _transform_length(fft_length: Any, frame_length: Tensor) -> Tensor:
    if fft_length is not None:
        return _integer_scalar(fft_length, "fft_length")
    known = frame_length.constant_value()
    if known is not None:
        return ops.constant(1 << max(int(known) - 1, 0).bit_length(), name="fft_length")
    powers = ops.constant([1 << exponent for exponent in range(31)])
    smaller = ops.cast(ops.less(powers, frame_length), _int32)
    return ops.pow(2, ops.reduce_sum(smaller))


def inverse_stft_window_fn(
    frame_step: Any,
    forward_window_fn: WindowFunction = _periodic_hann,
    name: str | None = None,
) -> WindowFunction:
    """Make the window function with which `inverse_stft` undoes `stft`.

    Args:
      frame_step: integer scalar, how many samples later the next frame starts.
      forward_window_fn: the window function that `stft` was called with: it takes a length and
        `dtype=`.
      name: name scope of the operations.

    Returns:
      A function of a length and a dtype that returns the window.

    Source: Griffin and Lim, "Signal estimation from modified short-time Fourier transform", 1984.

    >>> import graphflow as tf
    >>> window_fn = tf.signal.inverse_stft_window_fn(2)
    >>> tf.Session().run(window_fn(4, dtype=tf.float32))
    array([0., 1., 1., 1.], dtype=float32)
    """

    def window_fn(frame_length: Any, dtype: Any) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn", [frame_length, frame_step]):
            length = _integer_scalar(frame_length, "frame_length")
            step = _integer_scalar(frame_step, "frame_step")
            window = convert_to_tensor(forward_window_fn(length, dtype=dtype))
            # Each sample lies in several frames, `step` apart: divide by the sum of its weights.
            overlaps = -ops.floordiv(-length, step)
            padding = ops.stack([0, overlaps * step - length])
            squares = ops.pad(ops.square(window), ops.expand_dims(padding, 0))
            by_frame = ops.reshape(squares, ops.stack([overlaps, step]))
            totals = ops.tile(ops.reduce_sum(by_frame, 0), ops.expand_dims(overlaps, 0))
            return ops.div_no_nan(window, totals[:length])

    return window_fn


# -- features of sound -----------------------------------------------------------------------------


def linear_to_mel_weight_matrix(
    num_mel_bins: int = 20,
    num_spectrogram_bins: Any = 129,
    sample_rate: Any = 8000,
    lower_edge_hertz: float = 125.0,
    upper_edge_hertz: float = 3800.0,
    dtype: Any = _float32,
    name: str | None = None,
) -> Tensor:
    """Make the matrix that takes a spectrum of equal steps to bands of equal steps as heard.

    Bands are triangles that overlap by half; their edges have equal distances on the mel scale,
    1127 ln(1 + hertz / 700). The lowest bin, the constant part of a signal, belongs to no band.

    Args:
      num_mel_bins: how many bands.
      num_spectrogram_bins: how many bins the spectrum has, from 0 to half the sample rate.
      sample_rate: number or scalar, samples a second of the signal.
      lower_edge_hertz: where the first band begins.
      upper_edge_hertz: where the last band ends, at most half the sample rate.
      dtype: a floating dtype.
      name: name scope of the operations.

    Returns:
      A tensor [num_spectrogram_bins, num_mel_bins] of that dtype.

    Raises:
      ValueError: there are no bands, the edges are not in order or not below half the sample rate,
        or the dtype is not floating.

    Source: Young et al., "The HTK Book", section 5.6.

    >>> import graphflow as tf
    >>> weights = tf.signal.linear_to_mel_weight_matrix(2, 5, 8000, 500.0, 3500.0)
    >>> tf.Session().run(weights).round(3)
    array([[0.   , 0.   ],
           [0.834, 0.   ],
           [0.058, 0.942],
           [0.   , 0.304],
           [0.   , 0.   ]], dtype=float32)
    """
    dtype = as_dtype(dtype)
    with name_scope(name, "linear_to_mel_weight_matrix", [sample_rate]) as scope:
        rate = ops.cast(convert_to_tensor(sample_rate, name="sample_rate"), dtype)
        _check_bands(num_mel_bins, rate, lower_edge_hertz, upper_edge_hertz, dtype)
        zero = ops.constant(0, dtype=dtype)
        hertz = ops.linspace(zero, rate / 2, num_spectrogram_bins)[1:]
        lower_edge = ops.constant(lower_edge_hertz, dtype=dtype)
        upper_edge = ops.constant(upper_edge_hertz, dtype=dtype)
        mel = ops.expand_dims(_mel(hertz), 1)
        edges = ops.linspace(_mel(lower_edge), _mel(upper_edge), num_mel_bins + 2)
        lower, center, upper = edges[:-2], edges[1:-1], edges[2:]
        rising = (mel - lower) / (center - lower)
        falling = (upper - mel) / (upper - center)
        weights = ops.maximum(zero, ops.minimum(rising, falling))
        return ops.pad(weights, [[1, 0], [0, 0]], name=scope)


def _mel(hertz: Tensor) -> Tensor:
    return 1127.0 * ops.log1p(hertz / 700.0)


def _check_bands(
    num_mel_bins: int, rate: Tensor, lower_edge_hertz: float, upper_edge_hertz: float, dtype: Any
) -> None:
    if not dtype.is_floating:
        raise ValueError(f"dtype must be floating, not {dtype.name}")
    if num_mel_bins <= 0:
        raise ValueError(f"num_mel_bins must be positive, not {num_mel_bins}")
    if lower_edge_hertz < 0.0:
        raise ValueError(f"lower_edge_hertz must not be negative, but is {lower_edge_hertz}")
    if lower_edge_hertz >= upper_edge_hertz:
        raise ValueError(
            f"lower_edge_hertz {lower_edge_hertz} must be below upper_edge_hertz {upper_edge_hertz}"
        )
    known = rate.constant_value()
    if known is None:
        return
    if known <= 0.0:
        raise ValueError(f"sample_rate must be positive, not {known}")
    if upper_edge_hertz > known / 2:
        raise ValueError(
            f"upper_edge_hertz {upper_edge_hertz} is above {known / 2}, half the sample_rate"
        )


def mfccs_from_log_mel_spectrograms(log_mel_spectrograms: Any, name: str | None = None) -> Tensor:
    """Compute the cepstral coefficients of spectra of logarithms of energies in mel bands.

    They are the cosine transform of type 2, scaled as in HTK: by 1 / sqrt(2 num_mel_bins).

    Args:
      log_mel_spectrograms: float32 or float64 [..., num_mel_bins].
      name: name scope of the operations.

    Returns:
      A tensor [..., num_mel_bins] of the same dtype; only the first dozen is of use as a rule.

    Raises:
      ValueError: there are no bands.

    Source: Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word
    recognition in continuously spoken sentences", 1980; Young et al., "The HTK Book", section 5.6.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.signal.mfccs_from_log_mel_spectrograms([1.0, 2.0, 4.0])).round(3)
    array([ 5.715, -2.121,  0.408], dtype=float32)
    """
    with name_scope(name, "mfccs_from_log_mel_spectrograms", [log_mel_spectrograms]):
        spectra = convert_to_tensor(log_mel_spectrograms, name="log_mel_spectrograms")
        _check_axes(spectra, 1, "log_mel_spectrograms")
        if spectra.shape.ndims is not None and spectra.shape[-1].value == 0:
            raise ValueError(
                f"log_mel_spectrograms must have one band or more, the shape is {spectra.shape}"
            )
        bands = ops.cast(ops.shape(spectra)[-1], spectra.dtype.base_dtype)
        return ops.dct(spectra, type=2) * ops.rsqrt(2 * bands)
