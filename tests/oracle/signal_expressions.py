"""Expressions of signals and of linear operators; see `expressions.py`."""

from __future__ import annotations

WAVES = "np.sin(np.arange(74) ** 1.5).reshape(2, 37).astype(np.float32)"
FRAMES = "np.arange(24.0).reshape(2, 3, 4)"

SIGNALS = [
    *(
        f"tf.signal.{window}_window({length}, periodic={periodic}, dtype=tf.float64)"
        for window in ("hann", "hamming")
        for length in (0, 1, 5, 6)
        for periodic in (True, False)
    ),
    "tf.signal.hann_window(fed(1))",
    "tf.signal.hann_window(4, dtype=tf.int32)",
    f"tf.signal.frame({FRAMES}, 2, 1)",
    f"tf.signal.frame(fed({FRAMES}), 2, 3, pad_end=True, pad_value=7, axis=0)",
    f"tf.signal.frame({FRAMES}, 7, 3)",
    f"tf.signal.frame({FRAMES}, 7, 3, True)",
    "tf.signal.frame(['a', 'b', 'c'], 2, 1, True, 'z')",
    "tf.signal.frame(1.0, 2, 1)",
    *(f"tf.signal.overlap_and_add(fed({FRAMES}), {step})" for step in (1, 3, 4, 7)),
    "tf.signal.overlap_and_add([1.0, 2.0], 1)",
    *(
        f"tf.signal.{function}(tf.constant({WAVES}, tf.float64), {kind}, {n}, norm={norm!r})"
        for function in ("dct", "idct")
        for kind, norm in ((1, None), (2, None), (3, None), (2, "ortho"), (3, "ortho"))
        for n in (None, 8)
    ),
    "tf.signal.dct(tf.constant([1.0, 2.0]), norm='full')",
    "tf.signal.dct(tf.constant([1.0, 2.0]), axis=0)",
    f"tf.signal.stft({WAVES}, 9, 4)",
    f"tf.signal.stft({WAVES}, 9, 4, fft_length=12, window_fn=None, pad_end=True)",
    f"tf.signal.inverse_stft(tf.signal.stft({WAVES}, 9, 4), 9, 4)",
    f"tf.signal.inverse_stft(tf.signal.stft({WAVES}, 9, 4), 20, 4, fft_length=16)",
    "tf.signal.inverse_stft_window_fn(3)(8, tf.float32)",
    "tf.signal.linear_to_mel_weight_matrix(dtype=tf.float64)",
    "tf.signal.linear_to_mel_weight_matrix(5, 9, fed(9000.0), dtype=tf.float64)",
    "tf.signal.linear_to_mel_weight_matrix(upper_edge_hertz=5000.0)",
    f"tf.signal.mfccs_from_log_mel_spectrograms({WAVES})",
    f"tf.signal.fftshift({FRAMES})",
    f"tf.signal.ifftshift(fed({FRAMES}), [1, -1])",
    f"tf.signal.fftshift({FRAMES}, 1)",
    "tf.fft([1, 2, 4])",
    "tf.ifft2d(np.array([[1.0, 2.0, 4.0]]))",
    "tf.fft([1j, 2.0])",
    "tf.fft([tf.complex(1.0, 2.0), tf.complex(3.0, 5.0)])",
    "tf.fft(tf.constant([1.0]))",
]

_MATRIX = "np.float32([[4.0, 1.0, 0.5], [2.0, -3.0, 1.0], [0.0, 1.0, 5.0]])"
_MADE = [
    f"FullMatrix({_MATRIX})",
    f"FullMatrix(fed({_MATRIX}))",
    f"LowerTriangular(fed({_MATRIX}))",
    "Diag(fed([[2.0, 3.0, -1.0], [1.0, 4.0, 0.5]]))",
    "Diag([1 + 2j, 2 - 1j, 3.0])",
    "Identity(fed(3), fed([2]))",
    "ScaledIdentity(3, fed([2.0, -1.0]))",
    "Householder(fed([1.0, -2.0, 0.5]))",
    "Circulant(tf.signal.fft(fed(np.complex64([1.0, 2.0, 5.0]))))",
    "Toeplitz(fed([3.0, 2.0, 5.0]), fed([3.0, -1.0, 0.5]))",
    f"BlockDiag([LO.LinearOperatorDiag([2.0]), LO.LinearOperatorFullMatrix({_MATRIX}[:2, :2])])",
    "Kronecker([LO.LinearOperatorDiag([2.0, 3.0, 1.0]), LO.LinearOperatorIdentity(1)])",
    f"Composition([LO.LinearOperatorDiag([2.0, 3.0, 1.0]), LO.LinearOperatorAdjoint("
    f"LO.LinearOperatorFullMatrix({_MATRIX}))])",
    f"LowRankUpdate(LO.LinearOperatorDiag([2.0, 3.0, 1.0]), {_MATRIX}[:, :2], [1.0, 2.0])",
    f"Adjoint(LO.LinearOperatorFullMatrix({_MATRIX}))",
    f"Inversion(LO.LinearOperatorFullMatrix({_MATRIX}))",
]
_METHODS = (
    "o.to_dense(), o.diag_part(), o.trace(), o.determinant(), o.log_abs_determinant(), "
    "o.shape_tensor(), o.matvec(x), o.matvec(x, adjoint=True), o.solvevec(x), "
    "o.solvevec(x, adjoint=True), o.matmul(m, adjoint_arg=True), o.solve(m, adjoint_arg=True), "
    "o.add_to_tensor(o.to_dense()), o.H.to_dense(), o.inverse().to_dense()"
)

OPERATORS = [
    f"(lambda LO: (lambda o: (lambda x, m: [{_METHODS}])"
    f"(tf.cast([1.0, -2.0, 4.0], o.dtype), tf.cast({_MATRIX}, o.dtype)))"
    f"(LO.LinearOperator{made}))(tf.linalg)"
    for made in _MADE
] + [
    f"tf.linalg.LinearOperator{expression}"
    for expression in (
        "Zeros(2, 3, is_square=False, is_self_adjoint=False).matvec([1.0, 2.0, 3.0])",
        "Zeros(2).solvevec([1.0, 2.0])",
        "Zeros(2, is_positive_definite=True).to_dense()",
        "Diag([1.0], is_self_adjoint=False).to_dense()",
        "Diag([1.0, 2.0]).matvec([1.0, 2.0, 3.0])",
        "Diag([1.0, 2.0]).cholesky().to_dense()",
        "Diag([4.0, 2.0], is_positive_definite=True).cholesky().to_dense()",
        "Identity(-1).to_dense()",
        "FullMatrix([[1, 2], [3, 4]]).to_dense()",
        "FullMatrix([[1.0, 2.0]]).determinant()",
        "FullMatrix([[1.0, 2.0]]).inverse()",
        "FullMatrix([[1.0]], is_non_singular=True, is_square=False).to_dense()",
        "Composition([]).to_dense()",
        "Circulant2D([[8.0, 4.0], [2.0, 2.0]]).to_dense()",
        "Circulant3D([[[8.0, 4.0]], [[2.0, 2.0]]]).convolution_kernel()",
    )
]
