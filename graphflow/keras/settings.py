"""Settings of Keras: the default dtype and layout, and a small number."""

from __future__ import annotations

from graphflow.layers.arguments import checked_channels


class _Settings:
    """What `set_floatx` and its like change."""

    floatx = "float32"
    epsilon = 1e-7
    image_data_format = "channels_last"


def backend() -> str:
    """Return the name of the backend.

    >>> backend()
    'tensorflow'
    """
    return "tensorflow"


def epsilon() -> float:
    """Return a small number that keeps quotients finite.

    >>> epsilon()
    1e-07
    """
    return _Settings.epsilon


def set_epsilon(value: float) -> None:
    """Set what `epsilon` returns, which losses use too.

    Args:
      value: a small number.
    """
    _Settings.epsilon = value


def floatx() -> str:
    """Return the name of the default floating dtype.

    >>> floatx()
    'float32'
    """
    return _Settings.floatx


def set_floatx(value: str) -> None:
    """Set the default floating dtype of functions of `tf.keras.backend`.

    Args:
      value: `float16`, `float32` or `float64`.

    Raises:
      ValueError: it is none of these.
    """
    if value not in ("float16", "float32", "float64"):
        raise ValueError(f"unknown floatx {value!r}: give float16, float32 or float64")
    _Settings.floatx = value


def image_data_format() -> str:
    """Return the default layout of images.

    >>> image_data_format()
    'channels_last'
    """
    return _Settings.image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set the layout of layers of `tf.keras` that are told none.

    Args:
      data_format: `channels_last` or `channels_first`.

    Raises:
      ValueError: it is none of these.
    """
    _Settings.image_data_format = checked_channels(data_format)
