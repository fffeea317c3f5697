"""`tf.contrib.deprecated`: summaries as they were before TensorFlow 1.0."""

from __future__ import annotations

from graphflow.contrib.deprecated import (
    audio_summary as audio_summary,
    histogram_summary as histogram_summary,
    image_summary as image_summary,
    merge_all_summaries as merge_all_summaries,
    merge_summary as merge_summary,
    scalar_summary as scalar_summary,
)
