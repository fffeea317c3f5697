"""`tensorflow.python.util.tf_export`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def tf_export(*args: str, **kwargs: Any) -> Callable[[Any], Any]:
    """Return a decorator for what TensorFlow makes public; it changes nothing.

    Args:
      *args: the public names.
      **kwargs: more of them, for some versions.
    """
    del args, kwargs
    return lambda symbol: symbol


keras_export = estimator_export = tf_export
