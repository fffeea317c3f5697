"""What programs may name, and is not available: an error tells what to do instead."""

from __future__ import annotations

from typing import Any


class VectorDiffeomixture:
    """Mixtures of two affine functions of vectors, by quadrature: not available."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "VectorDiffeomixture is not available; mix two TransformedDistribution with Mixture"
        )


def quadrature_scheme_softmaxnormal_gauss_hermite(*args: Any, **kwargs: Any) -> Any:
    """Return the points of `VectorDiffeomixture`: not available."""
    raise NotImplementedError(
        "quadrature_scheme_softmaxnormal_gauss_hermite belongs to VectorDiffeomixture, which is "
        "not available"
    )


def quadrature_scheme_softmaxnormal_quantiles(*args: Any, **kwargs: Any) -> Any:
    """Return the points of `VectorDiffeomixture`: not available."""
    raise NotImplementedError(
        "quadrature_scheme_softmaxnormal_quantiles belongs to VectorDiffeomixture, which is not "
        "available"
    )


def estimator_head_distribution_regression(*args: Any, **kwargs: Any) -> Any:
    """Return a head of an estimator of `tf.contrib.learn`: not available."""
    raise NotImplementedError(
        "estimator_head_distribution_regression makes a head of tf.contrib.learn, which has none "
        "here; write a model_fn whose loss is -distribution.log_prob(labels)"
    )
