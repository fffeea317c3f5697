"""`tf.contrib.stateless`: random numbers that a seed alone determines."""

from __future__ import annotations

from graphflow.ops import (
    stateless_multinomial as stateless_multinomial,
    stateless_random_normal as stateless_random_normal,
    stateless_random_uniform as stateless_random_uniform,
    stateless_truncated_normal as stateless_truncated_normal,
)
