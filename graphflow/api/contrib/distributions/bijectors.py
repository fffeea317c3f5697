"""`tf.contrib.distributions.bijectors`: invertible functions that know their Jacobians."""

from __future__ import annotations

from graphflow.contrib.distributions.bijectors.affine import (
    Affine as Affine,
    AffineLinearOperator as AffineLinearOperator,
    AffineScalar as AffineScalar,
)
from graphflow.contrib.distributions.bijectors.base import Bijector as Bijector
from graphflow.contrib.distributions.bijectors.batch_normalization import (
    BatchNormalization as BatchNormalization,
)
from graphflow.contrib.distributions.bijectors.combining import (
    Chain as Chain,
    Inline as Inline,
    Invert as Invert,
)
from graphflow.contrib.distributions.bijectors.conditional import (
    ConditionalBijector as ConditionalBijector,
)
from graphflow.contrib.distributions.bijectors.elementwise import (
    AbsoluteValue as AbsoluteValue,
    Exp as Exp,
    Identity as Identity,
    PowerTransform as PowerTransform,
    Sigmoid as Sigmoid,
    SinhArcsinh as SinhArcsinh,
    Softplus as Softplus,
    Softsign as Softsign,
    Square as Square,
)
from graphflow.contrib.distributions.bijectors.masked_autoregressive import (
    MaskedAutoregressiveFlow as MaskedAutoregressiveFlow,
    masked_autoregressive_default_template as masked_autoregressive_default_template,
    masked_dense as masked_dense,
)
from graphflow.contrib.distributions.bijectors.matrices import (
    CholeskyOuterProduct as CholeskyOuterProduct,
    FillTriangular as FillTriangular,
    MatrixInverseTriL as MatrixInverseTriL,
    ScaleTriL as ScaleTriL,
    TransformDiagonal as TransformDiagonal,
)
from graphflow.contrib.distributions.bijectors.real_nvp import (
    RealNVP as RealNVP,
    real_nvp_default_template as real_nvp_default_template,
)
from graphflow.contrib.distributions.bijectors.uniforming import (
    Gumbel as Gumbel,
    Kumaraswamy as Kumaraswamy,
    Weibull as Weibull,
)
from graphflow.contrib.distributions.bijectors.vectors import (
    Ordered as Ordered,
    Permute as Permute,
    Reshape as Reshape,
    SoftmaxCentered as SoftmaxCentered,
)
