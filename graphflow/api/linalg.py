"""Linear algebra."""

from __future__ import annotations

from graphflow.ops import (
    adjoint as adjoint,
    cholesky as cholesky,
    cholesky_solve as cholesky_solve,
    diag as diag,
    diag as tensor_diag,
    diag_part as diag_part,
    eye as eye,
    global_norm as global_norm,
    l2_normalize as l2_normalize,
    logdet as logdet,
    lu as lu,
    matmul as matmul,
    matrix_band_part as band_part,
    matrix_determinant as det,
    matrix_inverse as inv,
    matrix_set_diag as set_diag,
    matrix_solve as solve,
    matrix_transpose as matrix_transpose,
    matrix_triangular_solve as triangular_solve,
    matvec as matvec,
    qr as qr,
    self_adjoint_eig as eigh,
    self_adjoint_eigvals as eigvalsh,
    slogdet as slogdet,
    svd as svd,
    tensordot as tensordot,
    trace as trace,
    transpose as transpose,
)
