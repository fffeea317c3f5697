"""`tf.contrib.sparsemax`: probabilities many of which are 0."""

from __future__ import annotations

from graphflow.contrib.sparsemax import sparsemax as sparsemax, sparsemax_loss as sparsemax_loss
