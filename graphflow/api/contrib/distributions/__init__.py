"""`tf.contrib.distributions`: random variables, and bijectors between them."""

from __future__ import annotations

from graphflow.api.contrib.distributions import bijectors as bijectors
from graphflow.api.distributions import (
    FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED as NOT_REPARAMETERIZED,
    Bernoulli as Bernoulli,
    Beta as Beta,
    Categorical as Categorical,
    Dirichlet as Dirichlet,
    DirichletMultinomial as DirichletMultinomial,
    Distribution as Distribution,
    Exponential as Exponential,
    Gamma as Gamma,
    Laplace as Laplace,
    Multinomial as Multinomial,
    Normal as Normal,
    RegisterKL as RegisterKL,
    ReparameterizationType as ReparameterizationType,
    StudentT as StudentT,
    Uniform as Uniform,
    kl_divergence as kl_divergence,
)
from graphflow.contrib.distributions.autoregressive import Autoregressive as Autoregressive
from graphflow.contrib.distributions.batch_reshape import BatchReshape as BatchReshape
from graphflow.contrib.distributions.conditional import (
    ConditionalDistribution as ConditionalDistribution,
)
from graphflow.contrib.distributions.conjugates import (
    normal_conjugates_known_scale_posterior as normal_conjugates_known_scale_posterior,
    normal_conjugates_known_scale_predictive as normal_conjugates_known_scale_predictive,
)
from graphflow.contrib.distributions.counting import (
    Binomial as Binomial,
    Geometric as Geometric,
    NegativeBinomial as NegativeBinomial,
    Poisson as Poisson,
)
from graphflow.contrib.distributions.deterministic import (
    Deterministic as Deterministic,
    VectorDeterministic as VectorDeterministic,
)
from graphflow.contrib.distributions.independent import Independent as Independent
from graphflow.contrib.distributions.kumaraswamy import Kumaraswamy as Kumaraswamy
from graphflow.contrib.distributions.location_scale import (
    Cauchy as Cauchy,
    Gumbel as Gumbel,
    Logistic as Logistic,
)
from graphflow.contrib.distributions.mixture import (
    Mixture as Mixture,
    MixtureSameFamily as MixtureSameFamily,
)
from graphflow.contrib.distributions.moving_statistics import (
    assign_log_moving_mean_exp as assign_log_moving_mean_exp,
    assign_moving_mean_variance as assign_moving_mean_variance,
    moving_mean_variance as moving_mean_variance,
)
from graphflow.contrib.distributions.multivariate_normal import (
    MultivariateNormalDiag as MultivariateNormalDiag,
    MultivariateNormalDiagPlusLowRank as MultivariateNormalDiagPlusLowRank,
    MultivariateNormalDiagWithSoftplusScale as MultivariateNormalDiagWithSoftplusScale,
    MultivariateNormalFullCovariance as MultivariateNormalFullCovariance,
    MultivariateNormalLinearOperator as MultivariateNormalLinearOperator,
    MultivariateNormalTriL as MultivariateNormalTriL,
)
from graphflow.contrib.distributions.one_hot import (
    ExpRelaxedOneHotCategorical as ExpRelaxedOneHotCategorical,
    OneHotCategorical as OneHotCategorical,
    RelaxedOneHotCategorical as RelaxedOneHotCategorical,
)
from graphflow.contrib.distributions.poisson_lognormal import (
    PoissonLogNormalQuadratureCompound as PoissonLogNormalQuadratureCompound,
    quadrature_scheme_lognormal_gauss_hermite as quadrature_scheme_lognormal_gauss_hermite,
    quadrature_scheme_lognormal_quantiles as quadrature_scheme_lognormal_quantiles,
)
from graphflow.contrib.distributions.positive import (
    Chi2 as Chi2,
    Chi2WithAbsDf as Chi2WithAbsDf,
    HalfNormal as HalfNormal,
    InverseGamma as InverseGamma,
    InverseGammaWithSoftplusConcentrationRate as InverseGammaWithSoftplusConcentrationRate,
)
from graphflow.contrib.distributions.quantized import (
    QuantizedDistribution as QuantizedDistribution,
)
from graphflow.contrib.distributions.relaxed_bernoulli import RelaxedBernoulli as RelaxedBernoulli
from graphflow.contrib.distributions.sample_statistics import (
    auto_correlation as auto_correlation,
    percentile as percentile,
)
from graphflow.contrib.distributions.seed_stream import SeedStream as SeedStream
from graphflow.contrib.distributions.sinh_arcsinh import (
    SinhArcsinh as SinhArcsinh,
    VectorSinhArcsinhDiag as VectorSinhArcsinhDiag,
)
from graphflow.contrib.distributions.transformed import (
    ConditionalTransformedDistribution as ConditionalTransformedDistribution,
    TransformedDistribution as TransformedDistribution,
)
from graphflow.contrib.distributions.triangular import (
    fill_triangular as fill_triangular,
    fill_triangular_inverse as fill_triangular_inverse,
    matrix_diag_transform as matrix_diag_transform,
    reduce_weighted_logsumexp as reduce_weighted_logsumexp,
    tridiag as tridiag,
)
from graphflow.contrib.distributions.unavailable import (
    VectorDiffeomixture as VectorDiffeomixture,
    estimator_head_distribution_regression as estimator_head_distribution_regression,
    quadrature_scheme_softmaxnormal_gauss_hermite as quadrature_scheme_softmaxnormal_gauss_hermite,
    quadrature_scheme_softmaxnormal_quantiles as quadrature_scheme_softmaxnormal_quantiles,
)
from graphflow.contrib.distributions.vector_transformed import (
    VectorExponentialDiag as VectorExponentialDiag,
    VectorExponentialLinearOperator as VectorExponentialLinearOperator,
    VectorLaplaceDiag as VectorLaplaceDiag,
    VectorLaplaceLinearOperator as VectorLaplaceLinearOperator,
)
from graphflow.contrib.distributions.wishart import (
    WishartCholesky as WishartCholesky,
    WishartFull as WishartFull,
)
from graphflow.distributions.beta import (
    BetaWithSoftplusConcentration as BetaWithSoftplusConcentration,
)
from graphflow.distributions.exponential import (
    ExponentialWithSoftplusRate as ExponentialWithSoftplusRate,
)
from graphflow.distributions.gamma import (
    GammaWithSoftplusConcentrationRate as GammaWithSoftplusConcentrationRate,
)
from graphflow.distributions.laplace import LaplaceWithSoftplusScale as LaplaceWithSoftplusScale
from graphflow.distributions.normal import NormalWithSoftplusScale as NormalWithSoftplusScale
from graphflow.distributions.special import softplus_inverse as softplus_inverse
from graphflow.distributions.student_t import (
    StudentTWithAbsDfSoftplusScale as StudentTWithAbsDfSoftplusScale,
)
