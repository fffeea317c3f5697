"""Linear algebra."""

from __future__ import annotations

from graphflow.ops import (
    diag as diag,
    diag as tensor_diag,
    diag_part as diag_part,
    eye as eye,
    global_norm as global_norm,
    l2_normalize as l2_normalize,
    matmul as matmul,
    matrix_band_part as band_part,
    matrix_set_diag as set_diag,
    matrix_transpose as matrix_transpose,
    matvec as matvec,
    qr as qr,
    tensordot as tensordot,
    trace as trace,
    transpose as transpose,
)
