"""Strings and numbers whatever the version of Python: `tf.compat`."""

from __future__ import annotations

import contextlib
import datetime
import numbers
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

bytes_or_text_types = (bytes, str)
complex_types = (numbers.Complex, np.number)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)


def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    r"""Return a string as bytes.

    Args:
      bytes_or_text: a `bytes`, `bytearray` or `str` object.
      encoding: how to encode a `str`.

    Raises:
      TypeError: it is something else.

    >>> as_bytes("café")
    b'caf\xc3\xa9'
    """
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"expected bytes or str, got {bytes_or_text!r}")


def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    r"""Return a string as `str`.

    Args:
      bytes_or_text: a `bytes` or `str` object.
      encoding: how to decode `bytes`.

    Raises:
      TypeError: it is something else.

    >>> as_text(b"caf\xc3\xa9")
    'café'
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"expected bytes or str, got {bytes_or_text!r}")


as_str = as_text


def as_str_any(value: Any) -> str:
    """Return a string as `str`, and anything else as `str(value)`.

    Args:
      value: any object.

    >>> as_str_any(b"three"), as_str_any(3)
    ('three', '3')
    """
    return as_text(value) if isinstance(value, bytes) else str(value)


def path_to_str(path: Any) -> Any:
    """Return a path object as text, and anything else unchanged.

    Args:
      path: a `str`, `bytes` or `os.PathLike` object.

    >>> import pathlib
    >>> path_to_str(pathlib.PurePosixPath("a") / "b")
    'a/b'
    """
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


# -- dates of features -----------------------------------------------------------------------------

_RELEASE = datetime.date(2019, 10, 14)  # of TensorFlow 1.15, whose interface this is
_horizon = _RELEASE


def forward_compatible(year: int, month: int, day: int) -> bool:
    """Tell whether what TensorFlow introduced at a date may be used.

    Args:
      year: the year of the date.
      month: its month, from 1 on.
      day: its day, from 1 on.

    Returns:
      True for dates before the release of TensorFlow 1.15, or before the horizon that
      `forward_compatibility_horizon` has set.

    >>> forward_compatible(2019, 1, 31), forward_compatible(2021, 1, 31)
    (True, False)
    """
    return _horizon > datetime.date(year, month, day)


@contextlib.contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """Set the date up to which `forward_compatible` returns True, for a block; meant for tests.

    Args:
      year: the year of the date.
      month: its month, from 1 on.
      day: its day, from 1 on.

    >>> with forward_compatibility_horizon(2018, 1, 1):
    ...     forward_compatible(2019, 1, 31)
    False
    """
    global _horizon
    before, _horizon = _horizon, datetime.date(year, month, day)
    try:
        yield
    finally:
        _horizon = before
