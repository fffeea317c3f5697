"""`tensorflow.python.tf2`: whether programs of TensorFlow 2 run, which they do not here."""

from __future__ import annotations


def enabled() -> bool:
    """Return False: everything behaves as in TensorFlow 1."""
    return False
