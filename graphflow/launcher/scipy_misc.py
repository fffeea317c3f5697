"""The functions of images that `scipy.misc` had until scipy 1.2, on top of Pillow."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
_FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")


def install() -> None:
    """Put the functions where programs look for them: into `scipy.misc` and `scipy.ndimage`."""
    sys.modules["scipy.misc"] = sys.modules[__name__]
    scipy = importlib.import_module("scipy")
    scipy.misc = sys.modules[__name__]  # type: ignore[attr-defined]
    ndimage = importlib.import_module("scipy.ndimage")
    if not hasattr(ndimage, "imread"):
        ndimage.imread = imread  # type: ignore[attr-defined]


def __getattr__(name: str) -> Any:
    """Functions that have moved to other parts of scipy."""
    if name in ("comb", "factorial", "factorial2", "factorialk", "logsumexp"):
        return getattr(importlib.import_module("scipy.special"), name)
    if name in ("face", "ascent", "electrocardiogram"):
        return getattr(importlib.import_module("scipy.datasets"), name)
    raise AttributeError(f"module 'scipy.misc' has no attribute {name!r}")


def bytescale(
    data: Any, cmin: Any = None, cmax: Any = None, high: int = 255, low: int = 0
) -> Array:
    """Scale an array to bytes.

    Args:
      data: any numbers; bytes are returned as they are.
      cmin: what becomes `low`, by default the minimum.
      cmax: what becomes `high`, by default the maximum.
      high: the largest result.
      low: the smallest result.

    >>> bytescale(np.asarray([-1.0, 0.0, 3.0]))
    array([  0,  64, 255], dtype=uint8)
    """
    numbers: Array = np.asarray(data)
    if numbers.dtype == np.uint8:
        return numbers
    least = numbers.min() if cmin is None else cmin
    greatest = numbers.max() if cmax is None else cmax
    scale = (high - low) / (float(greatest - least) or 1.0)
    scaled = np.clip((numbers - least) * scale + low, low, high)
    return np.asarray(np.floor(scaled + 0.5), np.uint8)


def toimage(
    arr: Any, high: int = 255, low: int = 0, cmin: Any = None, cmax: Any = None,
    pal: Any = None, mode: str | None = None, channel_axis: int | None = None,
) -> Any:  # fmt: skip
    """Convert an array to a Pillow image, scaled to its range.

    Args:
      arr: [height, width], or [height, width, 3 or 4], or with the channels first.
      high: see `bytescale`.
      low: see `bytescale`.
      cmin: see `bytescale`.
      cmax: see `bytescale`.
      pal: a palette, [256, 3] bytes.
      mode: "L", "P", "RGB" or "RGBA" for bytes, "F" for floats.
      channel_axis: where the channels are, by default the first axis of size 3, or 4.

    Raises:
      ValueError: the array has no such shape.
    """
    from PIL import Image

    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("a complex array is no image")
    if data.ndim == 2 and mode == "F":
        return Image.fromarray(data.astype(np.float32))
    if data.ndim == 3:
        axes = [axis for size in (3, 4) for axis in range(3) if data.shape[axis] == size]
        if channel_axis is None and not axes:
            raise ValueError(f"no axis of {data.shape} is one of channels")
        data = np.moveaxis(data, axes[0] if channel_axis is None else channel_axis, -1)
    elif data.ndim != 2:
        raise ValueError(f"an array of shape {data.shape} is no image")
    image = Image.fromarray(np.ascontiguousarray(bytescale(data, cmin, cmax, high, low)))
    if pal is not None and image.mode == "L":
        image.putpalette(np.asarray(pal, np.uint8).tobytes())
    return image if mode is None or pal is not None else image.convert(mode)


def fromimage(im: Any, flatten: bool = False, mode: str | None = None) -> Array:
    """Return the pixels of a Pillow image.

    Args:
      im: the image.
      flatten: whether to make it one channel of floats.
      mode: the mode to convert it to first.
    """
    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    elif im.mode == "P":
        im = im.convert("RGBA" if "transparency" in im.info else "RGB")
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def imread(name: Any, flatten: bool = False, mode: str | None = None) -> Array:
    """Read an image file.

    Args:
      name: path or file object.
      flatten: whether to make it one channel of floats.
      mode: the mode to convert it to first, such as "RGB" or "L".
    """
    from PIL import Image

    with Image.open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name: Any, arr: Any, format: str | None = None) -> None:
    """Write an array as an image file, scaled to its range.

    Args:
      name: path or file object.
      arr: see `toimage`.
      format: the format, by default that of the name's ending.
    """
    toimage(arr, channel_axis=2 if np.ndim(arr) == 3 else None).save(name, format)


def imresize(arr: Any, size: Any, interp: str = "bilinear", mode: str | None = None) -> Array:
    """Resize an image.

    Args:
      arr: see `toimage`.
      size: a percentage (int), a factor (float), or (height, width).
      interp: "nearest", "lanczos", "bilinear", "bicubic" or "cubic".
      mode: the mode to convert it to first.

    >>> imresize(np.arange(16, dtype=np.uint8).reshape(4, 4), 50, "nearest").tolist()
    [[5, 7], [13, 15]]
    """
    from PIL import Image

    image = toimage(arr, mode=mode)
    if isinstance(size, (int, np.integer)):
        wanted = tuple(int(n * (size / 100.0)) for n in image.size)
    elif isinstance(size, (float, np.floating)):
        wanted = tuple(int(n * size) for n in image.size)
    else:
        wanted = (int(size[1]), int(size[0]))
    name = {"cubic": "bicubic"}.get(interp, interp)
    if name not in _FILTERS:
        raise ValueError(f"interp is {interp!r}, not one of {', '.join(_FILTERS)}")
    return fromimage(image.resize(wanted, Image.Resampling[name.upper()]))


def imrotate(arr: Any, angle: float, interp: str = "bilinear") -> Array:
    """Rotate an image counter-clockwise.

    Args:
      arr: see `toimage`.
      angle: in degrees.
      interp: "nearest", "bilinear" or "bicubic" ("cubic").
    """
    from PIL import Image

    name = {"cubic": "bicubic"}.get(interp, interp)
    return fromimage(toimage(arr).rotate(angle, resample=Image.Resampling[name.upper()]))


def imshow(arr: Any) -> None:
    """Open an image in the system's viewer.

    Args:
      arr: see `toimage`.
    """
    toimage(arr).show()
