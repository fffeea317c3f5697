"""Random numbers."""

from __future__ import annotations

from graphflow.ops import (
    all_candidate_sampler as all_candidate_sampler,
    categorical as categorical,
    fixed_unigram_candidate_sampler as fixed_unigram_candidate_sampler,
    learned_unigram_candidate_sampler as learned_unigram_candidate_sampler,
    log_uniform_candidate_sampler as log_uniform_candidate_sampler,
    random_gamma as gamma,
    random_normal as normal,
    random_shuffle as shuffle,
    random_uniform as uniform,
    set_random_seed as set_seed,
    stateless_categorical as stateless_categorical,
    stateless_random_normal as stateless_normal,
    stateless_random_uniform as stateless_uniform,
    stateless_truncated_normal as stateless_truncated_normal,
    truncated_normal as truncated_normal,
    uniform_candidate_sampler as uniform_candidate_sampler,
)
from graphflow.version2.arrays import (
    poisson as poisson,
)
