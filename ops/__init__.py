"""The op library: one file for each family, one class and one function for each op.

Ops refer to one another through this package (`import graphflow.ops as ops`, then `ops.matmul`), so
families need no imports of each other.
"""

from __future__ import annotations

if __name__ != "graphflow.ops":
    raise ImportError("this folder is the package graphflow.ops: import graphflow.ops instead")

from graphflow.ops.activations import *  # noqa: F403
from graphflow.ops.add_n import *  # noqa: F403
from graphflow.ops.array import *  # noqa: F403
from graphflow.ops.asserts import *  # noqa: F403
from graphflow.ops.batch_norm import *  # noqa: F403
from graphflow.ops.bias import *  # noqa: F403
from graphflow.ops.bitwise import *  # noqa: F403
from graphflow.ops.broadcast import *  # noqa: F403
from graphflow.ops.candidate_sampling import *  # noqa: F403
from graphflow.ops.cast import *  # noqa: F403
from graphflow.ops.clip import *  # noqa: F403
from graphflow.ops.comparison import *  # noqa: F403
from graphflow.ops.complex_numbers import *  # noqa: F403
from graphflow.ops.constant import *  # noqa: F403
from graphflow.ops.conv import *  # noqa: F403
from graphflow.ops.conv3d import *  # noqa: F403
from graphflow.ops.convolution import *  # noqa: F403
from graphflow.ops.csv_records import *  # noqa: F403
from graphflow.ops.ctc import *  # noqa: F403
from graphflow.ops.cumulative import *  # noqa: F403
from graphflow.ops.custom_gradient import *  # noqa: F403
from graphflow.ops.dct import *  # noqa: F403
from graphflow.ops.decoding import *  # noqa: F403
from graphflow.ops.decompositions import *  # noqa: F403
from graphflow.ops.depthwise import *  # noqa: F403
from graphflow.ops.derivatives import *  # noqa: F403
from graphflow.ops.determinant import *  # noqa: F403
from graphflow.ops.diagonal import *  # noqa: F403
from graphflow.ops.division import *  # noqa: F403
from graphflow.ops.eager_function import *  # noqa: F403
from graphflow.ops.einsum import *  # noqa: F403
from graphflow.ops.embedding import *  # noqa: F403
from graphflow.ops.fake_quant import *  # noqa: F403
from graphflow.ops.fft import *  # noqa: F403
from graphflow.ops.files import *  # noqa: F403
from graphflow.ops.flow import *  # noqa: F403
from graphflow.ops.fractional_pool import *  # noqa: F403
from graphflow.ops.gather import *  # noqa: F403
from graphflow.ops.gradient_tape import *  # noqa: F403
from graphflow.ops.histogram import *  # noqa: F403
from graphflow.ops.image_adjust import *  # noqa: F403
from graphflow.ops.image_color import *  # noqa: F403
from graphflow.ops.image_crop import *  # noqa: F403
from graphflow.ops.image_flip import *  # noqa: F403
from graphflow.ops.image_resize import *  # noqa: F403
from graphflow.ops.image_size import *  # noqa: F403
from graphflow.ops.inspection import *  # noqa: F403
from graphflow.ops.lookup import *  # noqa: F403
from graphflow.ops.losses import *  # noqa: F403
from graphflow.ops.lrn import *  # noqa: F403
from graphflow.ops.math_binary import *  # noqa: F403
from graphflow.ops.math_unary import *  # noqa: F403
from graphflow.ops.matmul import *  # noqa: F403
from graphflow.ops.matrix_functions import *  # noqa: F403
from graphflow.ops.morphology import *  # noqa: F403
from graphflow.ops.norm import *  # noqa: F403
from graphflow.ops.normalization import *  # noqa: F403
from graphflow.ops.operators import *  # noqa: F403  (last: it refers to the others)
from graphflow.ops.padding import *  # noqa: F403
from graphflow.ops.patches import *  # noqa: F403
from graphflow.ops.pool import *  # noqa: F403
from graphflow.ops.pool3d import *  # noqa: F403
from graphflow.ops.pool_any_rank import *  # noqa: F403
from graphflow.ops.pool_v2 import *  # noqa: F403
from graphflow.ops.printing import *  # noqa: F403
from graphflow.ops.python_function import *  # noqa: F403
from graphflow.ops.quantization import *  # noqa: F403
from graphflow.ops.random import *  # noqa: F403
from graphflow.ops.random_gamma import *  # noqa: F403
from graphflow.ops.random_stateless import *  # noqa: F403
from graphflow.ops.ranges import *  # noqa: F403
from graphflow.ops.ranking import *  # noqa: F403
from graphflow.ops.rearranging import *  # noqa: F403
from graphflow.ops.reduction import *  # noqa: F403
from graphflow.ops.sampled_losses import *  # noqa: F403
from graphflow.ops.segment import *  # noqa: F403
from graphflow.ops.selection import *  # noqa: F403
from graphflow.ops.serialize import *  # noqa: F403
from graphflow.ops.sets import *  # noqa: F403
from graphflow.ops.shapes import *  # noqa: F403
from graphflow.ops.signal import *  # noqa: F403
from graphflow.ops.softmax import *  # noqa: F403
from graphflow.ops.solve import *  # noqa: F403
from graphflow.ops.sorting import *  # noqa: F403
from graphflow.ops.space import *  # noqa: F403
from graphflow.ops.sparse_convert import *  # noqa: F403
from graphflow.ops.sparse_math import *  # noqa: F403
from graphflow.ops.sparse_matmul import *  # noqa: F403
from graphflow.ops.sparse_parts import *  # noqa: F403
from graphflow.ops.sparse_reduce import *  # noqa: F403
from graphflow.ops.sparse_segment import *  # noqa: F403
from graphflow.ops.sparse_shape import *  # noqa: F403
from graphflow.ops.special import *  # noqa: F403
from graphflow.ops.state import *  # noqa: F403
from graphflow.ops.state_scatter import *  # noqa: F403
from graphflow.ops.strided import *  # noqa: F403
from graphflow.ops.strings import *  # noqa: F403
from graphflow.ops.strings_hash import *  # noqa: F403
from graphflow.ops.strings_numbers import *  # noqa: F403
from graphflow.ops.strings_regex import *  # noqa: F403
from graphflow.ops.strings_split import *  # noqa: F403
from graphflow.ops.tensor_scatter import *  # noqa: F403
from graphflow.ops.tensordot import *  # noqa: F403
from graphflow.ops.training_ops import *  # noqa: F403
from graphflow.ops.trigonometry import *  # noqa: F403
from graphflow.ops.unique import *  # noqa: F403
from graphflow.ops.windows import *  # noqa: F403
