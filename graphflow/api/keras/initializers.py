"""`tf.keras.initializers`."""

from __future__ import annotations

from graphflow.keras.initializers import (
    RandomNormal as RandomNormal,
    RandomUniform as RandomUniform,
    TruncatedNormal as TruncatedNormal,
    deserialize as deserialize,
    get as get,
    serialize as serialize,
)
from graphflow.variables.initializers import (
    Constant as Constant,
    GlorotNormal as glorot_normal,
    GlorotUniform as glorot_uniform,
    Identity as Identity,
    Initializer as Initializer,
    Ones as Ones,
    Orthogonal as Orthogonal,
    VarianceScaling as VarianceScaling,
    Zeros as Zeros,
    he_normal as he_normal,
    he_uniform as he_uniform,
    lecun_normal as lecun_normal,
    lecun_uniform as lecun_uniform,
)

constant = Constant
identity = Identity
ones = Ones
orthogonal = Orthogonal
zeros = Zeros
normal = random_normal = RandomNormal
uniform = random_uniform = RandomUniform
truncated_normal = TruncatedNormal
