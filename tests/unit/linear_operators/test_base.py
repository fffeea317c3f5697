"""The base class: operators that programs define, arguments, names, variables, gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf

lin = tf.linalg


class Reversal(tf.linalg.LinearOperator):
    """Puts the elements in reverse order; defines no more than it must."""

    def __init__(self, size: Any, **hints: bool) -> None:
        self._size = tf.convert_to_tensor(size)
        super().__init__(tf.float32, graph_parents=[self._size], **hints)

    def _shape(self) -> tf.TensorShape:
        size = tf.get_static_value(self._size)
        return tf.TensorShape([size, size])

    def _shape_tensor(self) -> tf.Tensor:
        return tf.stack([self._size, self._size])

    def _matmul(self, x, adjoint=False, adjoint_arg=False):
        x = tf.linalg.adjoint(x) if adjoint_arg else x
        return tf.reverse(x, [-2])


@pytest.mark.parametrize("is_known", [True, False])
def test_three_methods_make_an_operator(is_known: bool):
    size = 3 if is_known else tf.placeholder_with_default(3, [])
    operator = Reversal(size, is_non_singular=True)
    assert operator.shape.as_list() == ([3, 3] if is_known else [None, None])
    dense = np.fliplr(np.eye(3, dtype=np.float32))
    values = tf.Session().run(
        {
            "dense": operator.to_dense(),
            "shape": operator.shape_tensor(),
            "determinant": operator.determinant(),
            "logarithm": operator.log_abs_determinant(),
            "trace": operator.trace(),
            "solved": operator.solve(tf.constant([[1.0, 2.0, 4.0]]), adjoint_arg=True),
            "added": operator.add_to_tensor([[1.0], [2.0], [3.0]]),
            "product": operator.matmul(operator).to_dense(),
            "adjoint": operator.H.matvec([1.0, 2.0, 4.0]),
        }
    )
    np.testing.assert_array_equal(values["dense"], dense)
    assert values["shape"].tolist() == [3, 3]
    assert [values["determinant"], values["logarithm"], values["trace"]] == [-1.0, 0.0, 1.0]
    assert values["solved"].tolist() == [[4.0], [2.0], [1.0]]
    np.testing.assert_array_equal(values["added"], dense + np.asarray([[1.0], [2.0], [3.0]]))
    np.testing.assert_array_equal(values["product"], np.eye(3))
    np.testing.assert_allclose(values["adjoint"], [4.0, 2.0, 1.0])


def test_what_a_subclass_must_define_is_said():
    class Nothing(tf.linalg.LinearOperator):
        def _shape(self):
            return tf.TensorShape([2, 2])

    with pytest.raises(NotImplementedError, match="Nothing does not define _matmul"):
        Nothing(tf.float32).matvec([1.0, 2.0])
    with pytest.raises(NotImplementedError, match="LinearOperator does not define _shape"):
        tf.linalg.LinearOperator(tf.float32).shape  # noqa: B018


def test_arguments_must_fit():
    operator = lin.LinearOperatorFullMatrix(np.ones((2, 3), np.float32), name="wide")
    with pytest.raises(ValueError, match=r"wide of shape \(2, 3\) cannot be applied to x of shape"):
        operator.matmul(tf.ones([2, 3]))
    with pytest.raises(ValueError, match=r"the adjoint of wide .*: 2 and 3 differ"):
        operator.matvec(tf.ones([3]), adjoint=True)
    with pytest.raises(TypeError, match="wide has dtype float32, but x has float64"):
        operator.matvec(tf.ones([3], tf.float64))
    with pytest.raises(TypeError, match="wide has dtype float32, but x has float64"):
        operator.add_to_tensor(tf.ones([2, 3], tf.float64))
    with pytest.raises(ValueError, match="cannot be multiplied with wide"):
        operator.matmul(operator)
    with pytest.raises(TypeError, match="wide has dtype float32, but LinearOperatorIdentity has"):
        operator.matmul(lin.LinearOperatorIdentity(3, dtype=tf.float64))
    with pytest.raises(ValueError, match="wide: x must have rank 2 or more, its shape is"):
        operator.matmul(tf.ones([3]))
    with pytest.raises(ValueError, match="wide: x must have rank 1 or more"):
        operator.matvec(1.0)
    with pytest.raises(NotImplementedError, match="not square"):
        operator.solve(tf.ones([2, 1]))
    with pytest.raises(NotImplementedError, match="the operator is singular"):
        lin.LinearOperatorZeros(2).solvevec([1.0, 2.0])


@pytest.mark.parametrize(
    "make",
    [
        lin.LinearOperatorAdjoint,
        lin.LinearOperatorInversion,
        lambda matrix: lin.LinearOperatorLowRankUpdate(matrix, matrix),
        lambda matrix: lin.LinearOperatorComposition([matrix]),
    ],
)
def test_tensors_are_no_operators(make):
    with pytest.raises(TypeError, match=r"expected a LinearOperator, got <tf\.Tensor"):
        make(tf.ones([2, 2]))


def test_python_numbers_take_the_dtype_of_the_operator():
    operator = lin.LinearOperatorDiag(np.asarray([1.0, 2.0]))
    assert operator.matvec([3.0, 4.0]).dtype is tf.float64


def test_operations_are_named_after_operator_and_method():
    operator = lin.LinearOperatorDiag([1.0, 2.0])
    assert operator.name == "LinearOperatorDiag"
    assert operator.diag.op.name == "LinearOperatorDiag/diag"
    assert operator.matvec([1.0, 1.0]).op.name.startswith("LinearOperatorDiag_1/matvec/")
    named = lin.LinearOperatorDiag([1.0, 2.0], name="scale")
    assert named.determinant().op.name.startswith("scale_1/det/")
    assert named.determinant(name="d").op.name.startswith("scale_2/d/")
    with named.name_scope:
        assert tf.constant(1.0, name="c").op.name == "scale_3/c"


def test_names_of_combined_operators():
    one, two = lin.LinearOperatorIdentity(1, name="one"), lin.LinearOperatorIdentity(1, name="two")
    assert lin.LinearOperatorComposition([one, two]).name == "one_o_two"
    assert lin.LinearOperatorBlockDiag([one, two]).name == "one_ds_two"
    assert lin.LinearOperatorKronecker([one, two]).name == "one_x_two"
    assert lin.LinearOperatorAdjoint(one).name == "one_adjoint"
    assert lin.LinearOperatorInversion(one).name == "one_inv"


def test_variables_and_parts_are_found():
    scale = tf.Variable([1.0, 2.0], name="scale")
    fixed = tf.Variable([[1.0, 0.0], [3.0, 1.0]], trainable=False, name="fixed")
    first, second = lin.LinearOperatorDiag(scale), lin.LinearOperatorLowerTriangular(fixed)
    whole = lin.LinearOperatorComposition([first, second])
    assert whole.submodules == (first, second)
    assert whole.variables == (scale, fixed)
    assert whole.trainable_variables == (scale,)
    assert whole.graph_parents == [*first.graph_parents, *second.graph_parents]


def test_variables_are_read_in_each_run():
    scale = tf.Variable([1.0, 2.0])
    product = lin.LinearOperatorDiag(scale).matvec([1.0, 1.0])
    with tf.Session() as session:
        session.run(scale.initializer)
        assert session.run(product).tolist() == [1.0, 2.0]
        session.run(scale.assign([5.0, 6.0]))
        assert session.run(product).tolist() == [5.0, 6.0]


@pytest.mark.parametrize("kind", ["Diag", "Circulant", "Toeplitz", "Householder", "LowRankUpdate"])
def test_gradients_are_those_of_the_dense_matrix(kind: str):
    given = tf.constant([1.0, 2.0, 4.0], tf.float64)
    operator = {
        "Diag": lambda: lin.LinearOperatorDiag(given),
        "Circulant": lambda: lin.LinearOperatorCirculant(
            tf.signal.fft(tf.cast(given, tf.complex128)), tf.float64
        ),
        "Toeplitz": lambda: lin.LinearOperatorToeplitz(given, 2.0 * given),
        "Householder": lambda: lin.LinearOperatorHouseholder(given),
        "LowRankUpdate": lambda: lin.LinearOperatorLowRankUpdate(
            lin.LinearOperatorDiag(given), given[:, None]
        ),
    }[kind]()
    x = np.asarray([[3.0], [-1.0], [0.5]])
    weights = tf.constant([[1.0], [10.0], [-3.0]], tf.float64)
    dense = operator.to_dense()
    pairs = [
        (operator.matmul(x), tf.matmul(dense, x)),
        (operator.solve(x), tf.linalg.solve(dense, x)),
    ]
    for ours, theirs in pairs:
        grads = tf.Session().run([tf.gradients(y, given, weights)[0] for y in (ours, theirs)])
        np.testing.assert_allclose(grads[0], grads[1], rtol=1e-8, atol=1e-10)
