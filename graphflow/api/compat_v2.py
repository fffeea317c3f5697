"""`tf.compat.v2`: can be imported, by programs that use it only where TensorFlow 2 is there."""

from __future__ import annotations

from typing import NoReturn


def __getattr__(name: str) -> NoReturn:
    raise AttributeError(
        f"tf.compat.v2 has no {name!r}: graphflow has the interface of TensorFlow 1.15; look for "
        f"tf.{name}"
    )
