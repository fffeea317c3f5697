"""`tensorflow.python.ops.distributions.special_math`."""

from __future__ import annotations

from graphflow.distributions.special import (
    erfinv as erfinv,
    log_cdf_laplace as log_cdf_laplace,
    log_ndtr as log_ndtr,
    ndtr as ndtr,
    ndtri as ndtri,
)
