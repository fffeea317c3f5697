"""`tf.contrib.resampler`: images read at any places."""

from __future__ import annotations

from graphflow.contrib.image.warps import resampler as resampler
