"""Linear operators: matrices with a structure that products, solutions and determinants use."""

from __future__ import annotations

from graphflow.linear_operators import products  # noqa: F401  (enters its rules)
from graphflow.linear_operators.adjoint import LinearOperatorAdjoint
from graphflow.linear_operators.base import LinearOperator
from graphflow.linear_operators.block_diag import LinearOperatorBlockDiag
from graphflow.linear_operators.circulant import (
    LinearOperatorCirculant,
    LinearOperatorCirculant2D,
    LinearOperatorCirculant3D,
)
from graphflow.linear_operators.composition import (
    LinearOperatorComposition,
)
from graphflow.linear_operators.dense import (
    LinearOperatorFullMatrix,
    LinearOperatorLowerTriangular,
)
from graphflow.linear_operators.diag import LinearOperatorDiag
from graphflow.linear_operators.householder import (
    LinearOperatorHouseholder,
)
from graphflow.linear_operators.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from graphflow.linear_operators.inversion import LinearOperatorInversion
from graphflow.linear_operators.kronecker import LinearOperatorKronecker
from graphflow.linear_operators.low_rank_update import (
    LinearOperatorLowRankUpdate,
)
from graphflow.linear_operators.toeplitz import LinearOperatorToeplitz
from graphflow.linear_operators.zeros import LinearOperatorZeros

__all__ = [
    "LinearOperator",
    "LinearOperatorAdjoint",
    "LinearOperatorBlockDiag",
    "LinearOperatorCirculant",
    "LinearOperatorCirculant2D",
    "LinearOperatorCirculant3D",
    "LinearOperatorComposition",
    "LinearOperatorDiag",
    "LinearOperatorFullMatrix",
    "LinearOperatorHouseholder",
    "LinearOperatorIdentity",
    "LinearOperatorInversion",
    "LinearOperatorKronecker",
    "LinearOperatorLowRankUpdate",
    "LinearOperatorLowerTriangular",
    "LinearOperatorScaledIdentity",
    "LinearOperatorToeplitz",
    "LinearOperatorZeros",
]
