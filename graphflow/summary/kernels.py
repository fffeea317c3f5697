"""The messages that the ops in `ops/summaries.py` make."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provide
from graphflow.interop import protos
from graphflow.interop.tensor_proto import make_tensor_proto
from graphflow.ops._wav import encoded as encoded_wav
from graphflow.ops.kernels.image_files import encode_png

Array = np.ndarray[Any, Any]
_LARGEST = float(np.finfo(np.float64).max)
# An image whose values are all smaller is black.
_SMALLEST_PIXEL = 1e-6


@provide("scalar_summary")
def scalar_summary(tags: Sequence[str], values: Sequence[float]) -> bytes:
    """Return numbers with their tags as a serialized `Summary`."""
    pairs = zip(tags, values, strict=True)
    found = [protos.Summary.Value(tag=tag, simple_value=value) for tag, value in pairs]
    return bytes(protos.Summary(value=found).SerializeToString())


@provide("tensor_summary")
def tensor_summary(tag: str, tensor: Any, metadata: bytes | None, node_name: str = "") -> bytes:
    """Return a tensor as a serialized `Summary`."""
    value = protos.Summary.Value(tag=tag, tensor=make_tensor_proto(tensor), node_name=node_name)
    if metadata is not None:
        value.metadata.SetInParent()
        value.metadata.MergeFromString(metadata)
    return bytes(protos.Summary(value=[value]).SerializeToString())


@provide("merge_summary")
def merge_summary(summaries: Sequence[bytes]) -> bytes:
    """Return serialized summaries as one.

    Raises:
      InvalidArgumentError: two have the same tag.
    """
    merged = protos.Summary()
    for item in summaries:
        merged.MergeFromString(item)
    seen: set[str] = set()
    for value in merged.value:
        if value.tag in seen and value.tag:
            raise InvalidArgumentError(None, None, f"two summaries have the tag {value.tag!r}")
        seen.add(value.tag)
    return bytes(merged.SerializeToString())


# -- histograms -----------------------------------------------------------------------------------


@cache
def _limits() -> Array:
    """The upper ends of the intervals: each is 1.1 times as far from 0 as the one before."""
    positive = [1e-12]
    while positive[-1] * 1.1 < 1e20:
        positive.append(positive[-1] * 1.1)
    positive.append(_LARGEST)
    return np.asarray([*(-x for x in reversed(positive)), 0.0, *positive])


@provide("histogram_summary")
def histogram_summary(tag: str, values: Any) -> bytes:
    """Return how many values are in each interval, as a serialized `Summary`.

    Raises:
      InvalidArgumentError: a value is infinite or no number.
    """
    numbers = np.ravel(np.asarray(values)).astype(np.float64)
    if not np.isfinite(numbers).all():
        kind = "Nan" if np.isnan(numbers).any() else "Infinity"
        raise InvalidArgumentError(None, None, f"{kind} in summary histogram for: {tag}")
    value = protos.Summary.Value(tag=tag, histo=histogram_of(numbers))
    return bytes(protos.Summary(value=[value]).SerializeToString())


def histogram_of(numbers: Array) -> Any:
    """Return a `HistogramProto` of finite numbers."""
    limits = _limits()
    counts = np.bincount(np.searchsorted(limits, numbers, side="right"), minlength=len(limits))
    histogram = protos.HistogramProto(
        min=numbers.min() if numbers.size else _LARGEST,
        max=numbers.max() if numbers.size else -_LARGEST,
        num=numbers.size,
        sum=numbers.sum(),
        sum_squares=np.square(numbers).sum(),
    )
    # Of neighbours that are empty one stays, which reaches as far as all.
    is_last_of_empty = np.append(counts[1:] > 0, True)
    kept = np.flatnonzero((counts > 0) | is_last_of_empty)
    histogram.bucket_limit.extend(limits[kept].tolist())
    histogram.bucket.extend(counts[kept].tolist())
    return histogram


# -- images and sounds ----------------------------------------------------------------------------


def _tags(tag: str, kind: str, count: int, most: int) -> list[str]:
    if most == 1:
        return [f"{tag}/{kind}"][:count]
    return [f"{tag}/{kind}/{index}" for index in range(min(count, most))]


@provide("image_summary")
def image_summary(tag: str, images: Any, max_images: int, bad_color: Any) -> bytes:
    """Return the first images of a batch as a serialized `Summary`.

    Args:
      tag: the tag.
      images: [batch, height, width, 1, 3 or 4]; of floats each image is scaled to its range.
      max_images: how many at most.
      bad_color: the color of pixels that are not finite.
    """
    summary = protos.Summary()
    for name, pixels in zip(_tags(tag, "image", len(images), max_images), images, strict=False):
        image = pixels if pixels.dtype == np.uint8 else _scaled(pixels, bad_color)
        height, width, depth = image.shape
        found = protos.Summary.Image(height=height, width=width, colorspace=depth)
        found.encoded_image_string = encode_png(image, -1)
        summary.value.add(tag=name).image.CopyFrom(found)
    return bytes(summary.SerializeToString())


def _scaled(pixels: Array, bad_color: Any) -> Array:
    """Floats as bytes: 0 is black, or grey in images with negative values."""
    values = pixels.astype(np.float32)
    is_bad = ~np.isfinite(values).all(axis=-1)
    good = values[~is_bad]
    low, high = (good.min(), good.max()) if good.size else (0.0, 0.0)
    furthest = max(abs(low), abs(high)) if low < 0 else high
    span, offset = (127.0, 128.0) if low < 0 else (255.0, 0.0)
    scale = np.float32(0 if furthest < _SMALLEST_PIXEL else span / furthest)
    values[is_bad] = 0
    image: Array = (values * scale + np.float32(offset)).astype(np.uint8)
    image[is_bad] = bad_color[: image.shape[-1]]
    return image


@provide("audio_summary")
def audio_summary(tag: str, sounds: Any, sample_rate: float, max_outputs: int) -> bytes:
    """Return the first sounds of a batch as a serialized `Summary`.

    Args:
      tag: the tag.
      sounds: float [batch, frames, channels], from -1 to 1.
      sample_rate: in Hz.
      max_outputs: how many at most.
    """
    if sample_rate <= 0:
        raise InvalidArgumentError(None, None, f"sample_rate must be positive: {sample_rate}")
    summary = protos.Summary()
    for name, sound in zip(_tags(tag, "audio", len(sounds), max_outputs), sounds, strict=False):
        frames, channels = sound.shape
        summary.value.add(tag=name).audio.CopyFrom(
            protos.Summary.Audio(
                sample_rate=sample_rate,
                num_channels=channels,
                length_frames=frames,
                encoded_audio_string=encoded_wav(sound, round(sample_rate)),
                content_type="audio/wav",
            )
        )
    return bytes(summary.SerializeToString())
