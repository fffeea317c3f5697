"""`tensorflow.python.ops.confusion_matrix`."""

from __future__ import annotations

from graphflow.losses.weights import remove_squeezable_dimensions as remove_squeezable_dimensions
