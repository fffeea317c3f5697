"""`tf.contrib.opt`."""

from __future__ import annotations

from graphflow.contrib.opt.adam_global_step import (
    AdamGSOptimizer as AdamGSOptimizer,
    LazyAdamGSOptimizer as LazyAdamGSOptimizer,
)
from graphflow.contrib.opt.adam_variants import (
    AdaMaxOptimizer as AdaMaxOptimizer,
    LazyAdamOptimizer as LazyAdamOptimizer,
    NadamOptimizer as NadamOptimizer,
)
from graphflow.contrib.opt.clipping import (
    VariableClippingOptimizer as VariableClippingOptimizer,
)
from graphflow.contrib.opt.external import (
    ExternalOptimizerInterface as ExternalOptimizerInterface,
    ScipyOptimizerInterface as ScipyOptimizerInterface,
)
from graphflow.contrib.opt.ggt import GGTOptimizer as GGTOptimizer
from graphflow.contrib.opt.lars import LARSOptimizer as LARSOptimizer
from graphflow.contrib.opt.matrix_functions import (
    matrix_inverse_pth_root as matrix_inverse_pth_root,
    matrix_square_root as matrix_square_root,
)
from graphflow.contrib.opt.moving_average import MovingAverageOptimizer as MovingAverageOptimizer
from graphflow.contrib.opt.multitask import (
    MultitaskOptimizerWrapper as MultitaskOptimizerWrapper,
    clip_gradients_by_global_norm as clip_gradients_by_global_norm,
)
from graphflow.contrib.opt.reg_adagrad import RegAdagradOptimizer as RegAdagradOptimizer
from graphflow.contrib.opt.replicas import (
    AGNCustomGetter as AGNCustomGetter,
    AGNOptimizer as AGNOptimizer,
    ElasticAverageCustomGetter as ElasticAverageCustomGetter,
    ElasticAverageOptimizer as ElasticAverageOptimizer,
    ModelAverageCustomGetter as ModelAverageCustomGetter,
    ModelAverageOptimizer as ModelAverageOptimizer,
)
from graphflow.contrib.opt.shampoo import ShampooOptimizer as ShampooOptimizer
from graphflow.contrib.opt.sign import (
    AddSignOptimizer as AddSignOptimizer,
    PowerSignOptimizer as PowerSignOptimizer,
)
from graphflow.contrib.opt.sign_decay import (
    get_cosine_decay_fn as get_cosine_decay_fn,
    get_linear_decay_fn as get_linear_decay_fn,
    get_restart_decay_fn as get_restart_decay_fn,
)
from graphflow.contrib.opt.stale import DropStaleGradientOptimizer as DropStaleGradientOptimizer
from graphflow.contrib.opt.weight_decay import (
    AdamWOptimizer as AdamWOptimizer,
    DecoupledWeightDecayExtension as DecoupledWeightDecayExtension,
    MomentumWOptimizer as MomentumWOptimizer,
    extend_with_decoupled_weight_decay as extend_with_decoupled_weight_decay,
)
