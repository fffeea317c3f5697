"""`tf.contrib.bayesflow.monte_carlo`."""

from __future__ import annotations

from graphflow.contrib.bayesflow.monte_carlo import (
    expectation as expectation,
    expectation_importance_sampler as expectation_importance_sampler,
    expectation_importance_sampler_logspace as expectation_importance_sampler_logspace,
)
