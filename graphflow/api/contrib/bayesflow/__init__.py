"""`tf.contrib.bayesflow`: expectations by drawing samples."""

from __future__ import annotations

from graphflow.api.contrib.bayesflow import monte_carlo as monte_carlo
