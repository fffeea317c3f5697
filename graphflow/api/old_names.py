"""Names that TensorFlow had before version 1.0: they work, and say once what is used instead."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.contrib import deprecated
from graphflow.core.deprecation import warn_once
from graphflow.summary.writer import FileWriter


def _renamed(old: str, new: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function under its old name."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        warn_once(f"tf.{old} is an old name: use tf.{new}")
        return function(*args, **kwargs)

    call.__name__ = call.__qualname__ = old
    return call


mul = _renamed("mul", "multiply", ops.multiply)
sub = _renamed("sub", "subtract", ops.subtract)
neg = _renamed("neg", "negative", ops.negative)
inv = _renamed("inv", "reciprocal", ops.reciprocal)
complex_abs = _renamed("complex_abs", "abs", ops.abs)
select = _renamed("select", "where", ops.where)
pack = _renamed("pack", "stack", ops.stack)
unpack = _renamed("unpack", "unstack", ops.unstack)
concat_v2 = _renamed("concat_v2", "concat", ops.concat)
listdiff = _renamed("listdiff", "setdiff1d", ops.setdiff1d)
batch_matmul = _renamed("batch_matmul", "matmul", ops.batch_matmul)
batch_cholesky = _renamed("batch_cholesky", "cholesky", ops.cholesky)
batch_cholesky_solve = _renamed("batch_cholesky_solve", "cholesky_solve", ops.cholesky_solve)
batch_matrix_band_part = _renamed(
    "batch_matrix_band_part", "matrix_band_part", ops.matrix_band_part
)
batch_matrix_determinant = _renamed(
    "batch_matrix_determinant", "matrix_determinant", ops.matrix_determinant
)
batch_matrix_diag = _renamed("batch_matrix_diag", "matrix_diag", ops.matrix_diag)
batch_matrix_diag_part = _renamed(
    "batch_matrix_diag_part", "matrix_diag_part", ops.matrix_diag_part
)
batch_matrix_inverse = _renamed("batch_matrix_inverse", "matrix_inverse", ops.matrix_inverse)
batch_matrix_set_diag = _renamed("batch_matrix_set_diag", "matrix_set_diag", ops.matrix_set_diag)
batch_matrix_solve = _renamed("batch_matrix_solve", "matrix_solve", ops.matrix_solve)
batch_matrix_solve_ls = _renamed("batch_matrix_solve_ls", "matrix_solve_ls", ops.matrix_solve_ls)
batch_matrix_transpose = _renamed(
    "batch_matrix_transpose", "matrix_transpose", ops.matrix_transpose
)
batch_matrix_triangular_solve = _renamed(
    "batch_matrix_triangular_solve", "matrix_triangular_solve", ops.matrix_triangular_solve
)
batch_self_adjoint_eig = _renamed(
    "batch_self_adjoint_eig", "self_adjoint_eig", ops.self_adjoint_eig
)
batch_self_adjoint_eigvals = _renamed(
    "batch_self_adjoint_eigvals", "self_adjoint_eigvals", ops.self_adjoint_eigvals
)
batch_svd = _renamed("batch_svd", "svd", ops.svd)
batch_fft = _renamed("batch_fft", "fft", ops.fft)
batch_ifft = _renamed("batch_ifft", "ifft", ops.ifft)
batch_fft2d = _renamed("batch_fft2d", "fft2d", ops.fft2d)
batch_ifft2d = _renamed("batch_ifft2d", "ifft2d", ops.ifft2d)
batch_fft3d = _renamed("batch_fft3d", "fft3d", ops.fft3d)
batch_ifft3d = _renamed("batch_ifft3d", "ifft3d", ops.ifft3d)
audio_summary = _renamed("audio_summary", "summary.audio", deprecated.audio_summary)
histogram_summary = _renamed("histogram_summary", "summary.histogram", deprecated.histogram_summary)
image_summary = _renamed("image_summary", "summary.image", deprecated.image_summary)
merge_all_summaries = _renamed(
    "merge_all_summaries", "summary.merge_all", deprecated.merge_all_summaries
)
merge_summary = _renamed("merge_summary", "summary.merge", deprecated.merge_summary)
scalar_summary = _renamed("scalar_summary", "summary.scalar", deprecated.scalar_summary)
SummaryWriter = _renamed("train.SummaryWriter", "summary.FileWriter", FileWriter)
