"""`tf.distributions`: random variables."""

from __future__ import annotations

from graphflow.distributions.base import Distribution as Distribution
from graphflow.distributions.bernoulli import Bernoulli as Bernoulli
from graphflow.distributions.beta import Beta as Beta
from graphflow.distributions.categorical import Categorical as Categorical
from graphflow.distributions.dirichlet import Dirichlet as Dirichlet
from graphflow.distributions.dirichlet_multinomial import (
    DirichletMultinomial as DirichletMultinomial,
)
from graphflow.distributions.exponential import Exponential as Exponential
from graphflow.distributions.gamma import Gamma as Gamma
from graphflow.distributions.kullback_leibler import (
    RegisterKL as RegisterKL,
    kl_divergence as kl_divergence,
)
from graphflow.distributions.laplace import Laplace as Laplace
from graphflow.distributions.multinomial import Multinomial as Multinomial
from graphflow.distributions.normal import Normal as Normal
from graphflow.distributions.reparameterization import (
    FULLY_REPARAMETERIZED as FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED as NOT_REPARAMETERIZED,
    ReparameterizationType as ReparameterizationType,
)
from graphflow.distributions.student_t import StudentT as StudentT
from graphflow.distributions.uniform import Uniform as Uniform
