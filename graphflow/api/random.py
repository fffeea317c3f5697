"""Random numbers."""

from __future__ import annotations

from graphflow.ops import (
    categorical as categorical,
    get_seed as get_seed,
    multinomial as multinomial,
    random_gamma as gamma,
    random_normal as normal,
    random_poisson as poisson,
    random_shuffle as shuffle,
    random_uniform as uniform,
    set_random_seed as set_random_seed,
    truncated_normal as truncated_normal,
)
