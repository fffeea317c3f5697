"""Expressions of linear algebra, whose values here must be those in TensorFlow."""

from __future__ import annotations

_A = "np.arange(6.0).reshape(2, 3)"
_B = "np.arange(12.0).reshape(3, 4) % 5 - 1.5"
_C = "(np.arange(24.0) * 7 % 11 - 4).reshape(2, 3, 4)"
_S = "np.array([[4.0, 1.0, -0.5], [1.0, 3.0, 0.25], [-0.5, 0.25, 5.0]])"


def _einsum(equation: str, *values: str, known: bool = True) -> list[str]:
    """The sum and the gradients for its inputs."""
    xs = [f"tf.constant({value})" if known else f"fed({value})" for value in values]
    call = f"tf.einsum({equation!r}, *x)"
    return [
        f"(lambda *x: {call})({', '.join(xs)})",
        f"(lambda *x: tf.gradients(tf.sin({call}), x))({', '.join(xs)})",
    ]


EINSUM = [
    "tf.einsum('ij,jk->ik', fed([[1.0]]), fed([[2.0]])).shape.as_list()",
    *_einsum("ij,jk->ik", _A, _B),
    *_einsum("ij,jk->ik", _A, _B, known=False),
    *_einsum("ij,jk->ki", _A, _B),
    *_einsum("ji,jk", _A, _A),
    *_einsum("ijk,jl->ilk", _C, _A + ".T"),
    *_einsum("ijk,jl->ilk", _C, _A + ".T", known=False),
    *_einsum("ijk,ikl->ijl", _C, _C + ".transpose(0, 2, 1)"),
    *_einsum("ijk,ilk->ijl", _C, _C),
    *_einsum("ijk,ljk->il", _C, _C, known=False),
    *_einsum("ijk,jik->", _C, _C + ".transpose(1, 0, 2)"),
    *_einsum("i,j->ij", "[1.0, 2.0]", "[3.0, 4.0, 5.0]"),
    *_einsum("ij,i->ji", _A, "[3.0, 4.0]"),
    *_einsum("ij,ij->i", _A, _A),
    *_einsum("ij,kl->jl", _A, _B),
    *_einsum("ii->i", _S),
    *_einsum("ii", _S),
    *_einsum("ij->", _A),
    *_einsum("ji", _A),
    *_einsum("ij,jk,kl->il", _A, _B, _B + ".T"),
    *_einsum("ij,jk,kl->il", _A, _B, _B + ".T", known=False),
    *_einsum("a,ab,abc->abc", "[1.0, 2.0]", _A, _C),
    *_einsum("a,ab,abc,c->c", "[1.0, 2.0]", _A, _C, "[1.0, 2.0, 4.0, 3.0]"),
    *_einsum("...ij,...jk->...ik", _C, _B + ".T"),
    *_einsum("ij...,jk...->ik...", _C, "np.arange(12.0).reshape(3, 1, 4)"),
    *_einsum("...i,...i->...", _C, _C + "[:1]"),
    *_einsum("...ij->...ji", _C),
    *_einsum("i...->...", _C),
    *_einsum("...i,i", _C, "[1.0, 2.0, 4.0, 3.0]"),
    *_einsum("iijj->ij", "np.arange(36.0).reshape(2, 2, 3, 3)"),
    *_einsum("...ii->...i", "np.arange(18.0).reshape(2, 3, 3)"),
    *_einsum(" i j , j k -> i k ", _A, _B),
    *_einsum(",->", "2.5", "4.0"),
    *_einsum("ij,jk->ik", "np.zeros([2, 0])", "np.zeros([0, 3])"),
    *_einsum("ij,jkl->ikl", "np.zeros([2, 0])", "np.zeros([0, 3, 2])", known=False),
    "tf.einsum('ij,jk->ik', np.array([[1, 2]]), np.array([[3], [4]]))",
    "tf.einsum('ij,jk->ik', np.array([[1 + 2j, 2]]), np.array([[3j], [4 - 1j]]))",
    "tf.einsum('ji,jk->ik', np.array([[1 + 2j], [2j]]), np.array([[3j], [4 - 1j]]))",
    "tf.einsum('ij,jk,kl->il', fed([[1.0, 2.0]]), *2 * [tf.ones([2, 2])], optimize='optimal')",
    "tf.einsum('i->ii', np.ones(2))",
    "tf.einsum('...i->i', np.ones([1, 2]))",
    "tf.einsum('ij,jk->ik', np.ones([2, 3]), np.ones([4, 2]))",
    "tf.einsum('ij,jk', np.ones([2, 3]))",
    "tf.einsum('ij->k', np.ones([2, 3]))",
    "tf.einsum('i.j', np.ones([2, 3]))",
    "tf.einsum('ij,jk->ik->a', np.ones([2, 3]), np.ones([3, 2]))",
    "tf.einsum('ij->i', np.ones([2, 3, 4]))",
    "tf.einsum('ii->', np.ones([2, 3]))",
    "tf.einsum('ij,ij->ij', np.ones([2, 1]), np.ones([2, 3]))",
    "tf.einsum('ij->ji', np.ones([2, 3]), foo=1)",
    "tf.einsum('ij->ji', np.ones([2, 3]), name='mine').shape.as_list()",
]


def _norm(arguments: str, value: str = _C) -> list[str]:
    """The norm and its gradient, of known and of unknown shape."""
    return [
        f"tf.norm({value}, {arguments})",
        f"(lambda x: tf.gradients(tf.norm(x, {arguments}), x))(tf.constant({value}))",
        f"tf.norm(fed({value}), {arguments})",
    ]


NORMS = [
    *_norm(""),
    *_norm("axis=1"),
    *_norm("axis=-1, keepdims=True"),
    *_norm("1"),
    *_norm("1, axis=0"),
    *_norm("2, axis=2"),
    *_norm("np.inf, axis=1"),
    *_norm("2.5, axis=1"),
    *_norm("3, keep_dims=True"),
    *_norm("axis=[0, 1]"),
    *_norm("'fro', axis=[-2, -1], keepdims=True"),
    *_norm("1, axis=[0, 2]"),
    *_norm("np.inf, axis=(0, 2), keepdims=True"),
    *_norm("1, axis=[1, 0]"),
    *_norm("2, axis=[1, 2]"),
    "tf.norm(" + _C + ", 2, axis=[0, 2], keepdims=True)",
    "tf.norm(fed(" + _C + "), 2, axis=[-1, 0])",
    "tf.norm([3 + 4j, 1j])",
    "tf.norm([3 + 4j, 1j], 1)",
    "tf.norm([[3 + 4j, 1j]], 2, axis=[-2, -1])",
    "tf.norm([3, -4], 1)",
    "tf.norm([3, -4], np.inf)",
    "tf.norm([3, -4])",
    "tf.norm(" + _A + ", 'fro')",
    "tf.norm(" + _A + ", 'nuc', axis=[0, 1])",
    "tf.norm(" + _A + ", 0)",
    "tf.norm(" + _A + ", -1)",
    "tf.norm(" + _A + ", 3, axis=[0, 1])",
    "tf.norm(" + _A + ", axis=[0])",
    "tf.norm(" + _A + ", axis=[1, 1])",
    "tf.norm(" + _A + ", axis=(0, 1, 2))",
    "tf.norm(" + _A + ", 'inf')",
    "tf.norm(" + _A + ", 1, axis=5)",
    "tf.linalg.normalize(" + _C + ")",
    "tf.linalg.normalize(" + _C + ", 1, axis=2)",
    "tf.linalg.normalize(" + _C + ", np.inf, axis=[0, 1])",
    "tf.linalg.normalize([3 + 4j, 1j])",
]

_T = "np.array([[1.0, 2.0, 9.0], [4.0, 5.0, 6.0], [9.0, 1.0, 1.0]])"
_R, _I = f"tf.constant(1j * {_A}.T)", "tf.constant(np.eye(3))"
_PARTS = (
    "[tf.constant([1.0, 2.0, 0.0]), tf.constant([4.0, 5.0, 6.0]), tf.constant([0.0, 1.0, 3.0])]"
)
_SHORT = "list(map(tf.constant, [[1.0, 2.0], [4.0, 5.0, 6.0], [1.0, 3.0]]))"

TRIDIAGONAL = [
    f"tf.linalg.tridiagonal_solve(tf.constant({_T}), tf.constant({_A}.T))",
    f"tf.linalg.tridiagonal_solve(tf.constant({_T}), tf.constant({_A}), transpose_rhs=True)",
    f"tf.linalg.tridiagonal_solve(tf.constant({_T}), tf.constant({_A}[0]), transpose_rhs=True)",
    f"tf.linalg.tridiagonal_solve(tf.constant({_T} + 1j), {_R}, 'compact', False, True)",
    f"tf.linalg.tridiagonal_solve(tf.constant({_T}), tf.constant({_A}.T), 'matrix')",
    f"tf.linalg.tridiagonal_solve({_PARTS}, tf.constant([1.0, 2.0, 4.0]), 'sequence')",
    f"tf.linalg.tridiagonal_solve({_SHORT}, tf.ones([3, 2]), 'sequence')",
    f"tf.linalg.tridiagonal_solve(tf.constant({_T}), tf.ones([4, 1], tf.float64))",
    f"tf.linalg.tridiagonal_solve(tf.constant({_T}), tf.ones([3, 1], tf.float64), 'other')",
    f"tf.linalg.tridiagonal_matmul(tf.constant({_T}), tf.constant({_A}.T))",
    f"tf.linalg.tridiagonal_matmul({_PARTS}, tf.ones([3, 2]), 'sequence')",
    f"tf.linalg.tridiagonal_matmul(tf.constant({_T}), tf.constant({_A}.T), 'matrix')",
    f"tf.linalg.tridiagonal_matmul(tf.constant({_T}), tf.ones([3, 1], tf.float64), 'other')",
    f"(lambda *x: tf.gradients(tf.linalg.tridiagonal_solve(*x), x))(tf.constant({_T}), {_I})",
]


def _least_squares(matrix: str, rhs: str, rest: str = "") -> list[str]:
    """The solution and the gradients for matrix and right-hand side."""
    inputs = f"(tf.constant({matrix}), tf.constant({rhs}))"
    return [
        f"(lambda a, b: tf.matrix_solve_ls(a, b, {rest})){inputs}",
        f"(lambda *x: tf.gradients(tf.sin(tf.matrix_solve_ls(*x, {rest})), x)){inputs}",
    ]


LEAST_SQUARES = [
    *_least_squares(_A, f"({_B})[:2]"),
    *_least_squares(_A + ".T", _B),
    *_least_squares(_A, f"({_B})[:2]", "0.5"),
    *_least_squares(_A + ".T", _B, "l2_regularizer=0.25"),
    f"tf.matrix_solve_ls({_A} * 1j + {_A} ** 2, 1j * np.ones([2, 1]))",
    f"tf.matrix_solve_ls({_A}, np.ones([2, 1]), fast=False)",
    f"tf.matrix_solve_ls({_A}.T, np.ones([3, 1]), 0.5, False)",
    f"tf.matrix_solve_ls(fed({_A}), np.ones([2, 1]))",
    f"tf.matrix_solve_ls(fed({_A}.T), np.ones([3, 1]), 0.5)",
    f"tf.matrix_solve_ls({_A}, np.ones([3, 1]))",
]

FUNCTIONS = [
    f"tf.linalg.expm({_S} / 3)",
    f"tf.linalg.expm(np.stack([{_S}, 5 * {_S}, -{_S}, np.zeros([3, 3])]))",
    f"tf.linalg.expm({_S} * 1j)",
    "tf.linalg.expm([[1, 2], [3, 4]])",
    f"(lambda x: tf.gradients(tf.linalg.expm(x), x))(tf.constant({_S} / 3))",
    "tf.linalg.expm([[np.inf, 1.0], [0.0, 1.0]])",
    f"tf.linalg.logm({_S} + 1j)",
    f"tf.matrix_square_root({_S})",
    f"(lambda x: tf.gradients(tf.matrix_square_root(x), x))(tf.constant({_S}))",
    f"tf.linalg.pinv({_A})",
    f"tf.linalg.pinv(fed({_A}.T))",
    f"tf.linalg.pinv({_C}, rcond=[0.1, 0.9])",
    f"(lambda x: tf.gradients(tf.sin(tf.linalg.pinv(x)), x))(tf.constant({_S}))",
    "tf.linalg.pinv([[1, 2], [3, 4]])",
    "tf.linalg.pinv([1.0, 2.0])",
    "tf.linalg.pinv([[1j, 2.0]])",
    f"tf.linalg.matrix_rank({_C})",
    f"tf.linalg.matrix_rank(fed({_A}[:1] * {_A}[1:].T), validate_args=True)",
    f"tf.linalg.matrix_rank({_S}, tol=3.5)",
    "tf.linalg.matrix_rank([1.0, 2.0])",
    f"tf.linalg.adjoint({_A} * 1j)",
    f"tf.linalg.logdet({_S})",
    f"(lambda x: tf.gradients(tf.linalg.logdet(x), x))(tf.constant({_S}))",
    f"tf.cholesky_solve(tf.cholesky({_S}), np.eye(3))",
    f"(lambda x: tf.gradients(tf.sin(tf.cholesky(x)), x))(tf.constant({_S}))",
    f"(lambda x: tf.gradients(tf.abs(tf.svd(x)[1]), x))(tf.constant({_A}))",
    f"(lambda x: tf.gradients(tf.abs(tf.svd(x)[2]), x))(tf.constant({_B}))",
    f"(lambda x: tf.gradients(tf.abs(tf.svd(x, True)[2]), x))(tf.constant({_A}))",
    f"(lambda x: tf.gradients(tf.abs(tf.self_adjoint_eig(x)[1]), x))(tf.constant({_S}))",
    f"(lambda x: tf.gradients(tf.sin(tf.qr(x)[0]), x))(tf.constant({_A}))",
]

LINALG = [*FUNCTIONS, *EINSUM, *NORMS, *TRIDIAGONAL, *LEAST_SQUARES]
