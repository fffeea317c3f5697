"""Bijectors: there and back, and determinants by finite differences of `forward`."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import scipy.stats

import graphflow as tf

bijectors = tf.contrib.distributions.bijectors
LOWER = np.float64([[2.0, 0.0, 0.0], [0.5, 1.5, 0.0], [-1.0, 0.25, 3.0]])
VECTOR = np.float64([0.3, -1.2, 0.8])
BATCH = np.float64([[0.3, -1.2, 0.8], [1.3, -0.7, -1.2]])


def run(fetches, feed=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feed)


def f64(value):
    return tf.constant(value, tf.float64)


def coupled(stay, size):
    total = tf.reduce_sum(stay, -1, keepdims=True)
    return tf.tile(total, [1, size]), tf.tile(0.5 * total, [1, size])


def before(x):
    sums = tf.cumsum(x, axis=-1, exclusive=True)
    return tf.sin(sums), 0.5 * tf.cos(sums)


SCALARS = {
    "identity": (lambda: bijectors.Identity(), VECTOR),
    "exp": (lambda: bijectors.Exp(), VECTOR),
    "power": (lambda: bijectors.PowerTransform(0.5), VECTOR),
    "softplus": (lambda: bijectors.Softplus(), VECTOR),
    "soft softplus": (lambda: bijectors.Softplus(hinge_softness=f64([2.0, -0.5, 3.0])), VECTOR),
    "sigmoid": (lambda: bijectors.Sigmoid(), VECTOR),
    "softsign": (lambda: bijectors.Softsign(), VECTOR),
    "square": (lambda: bijectors.Square(), np.abs(VECTOR)),
    "sinh": (lambda: bijectors.SinhArcsinh(f64(0.3), f64([0.5, 1.0, 2.0])), VECTOR),
    "gumbel": (lambda: bijectors.Gumbel(f64(0.5), f64([0.5, 1.0, 2.0])), VECTOR),
    "weibull": (lambda: bijectors.Weibull(f64([0.5, 1.0, 2.0]), f64(1.5)), np.abs(VECTOR)),
    "affine": (lambda: bijectors.AffineScalar(f64(1.0), f64([0.5, -2.0, 3.0])), VECTOR),
    "kumaraswamy": (
        lambda: bijectors.Kumaraswamy(f64([0.5, 1.0, 2.0]), f64(1.5)),
        np.float64([0.1, 0.7, 0.4]),
    ),
    "inverse": (lambda: bijectors.Invert(bijectors.Exp()), np.abs(VECTOR)),
    "chain": (
        lambda: bijectors.Chain([bijectors.Softplus(), bijectors.AffineScalar(f64(1), f64(-2))]),
        VECTOR,
    ),
}

VECTORS = {
    "matrix": lambda: bijectors.AffineLinearOperator(
        f64([1.0, 2.0, 3.0]), tf.linalg.LinearOperatorLowerTriangular(LOWER)
    ),
    "transposed matrix": lambda: bijectors.AffineLinearOperator(
        None, tf.linalg.LinearOperatorLowerTriangular(LOWER), adjoint=True
    ),
    "multiple": lambda: bijectors.Affine(f64(1.0), scale_identity_multiplier=f64(-2.0)),
    "diagonal": lambda: bijectors.Affine(
        scale_identity_multiplier=f64(2.0), scale_diag=f64([0.5, 1.0, -1.0])
    ),
    "triangle": lambda: bijectors.Affine(
        f64(1.0), f64(0.5), f64([0.5, 1.0, -1.0]), scale_tril=f64(LOWER)
    ),
    "perturbed": lambda: bijectors.Affine(
        scale_tril=f64(LOWER),
        scale_perturb_factor=f64([[1.0, 0.5], [0.0, 2.0], [1.0, 1.0]]),
        scale_perturb_diag=f64([0.5, 0.25]),
    ),
    "perturbed identity": lambda: bijectors.Affine(scale_perturb_factor=f64([[1.0], [0.0], [2.0]])),
    "permuted": lambda: bijectors.Permute([2, 0, 1]),
    "ordered": lambda: bijectors.Invert(bijectors.Ordered()),
    "coupled": lambda: bijectors.RealNVP(1, coupled),
    "autoregressive": lambda: bijectors.MaskedAutoregressiveFlow(before),
    "unrolled": lambda: bijectors.MaskedAutoregressiveFlow(before, unroll_loop=True),
    "chain": lambda: bijectors.Chain(
        [bijectors.Softplus(), bijectors.Affine(scale_tril=f64(LOWER)), bijectors.Sigmoid()]
    ),
}


def there_and_back(make, x, event_ndims):
    """The results of bijectors that do not remember one another's tensors."""
    y = run(make().forward(x))
    back, forward, inverse = run(
        [
            make().inverse(y),
            make().forward_log_det_jacobian(x, event_ndims),
            make().inverse_log_det_jacobian(y, event_ndims),
        ]
    )
    np.testing.assert_allclose(back, x, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(inverse, -forward, rtol=1e-9, atol=1e-9)
    return y, forward


def differences(make, x, step=1e-6):
    """The Jacobian of `forward` at a vector."""
    point = tf.placeholder(tf.float64, [1, len(x)])
    y = make().forward(point)
    with tf.Session() as session:
        columns = [
            session.run(y, {point: [x + move]}) - session.run(y, {point: [x - move]})
            for move in step * np.eye(len(x))
        ]
    return np.concatenate(columns).T / (2 * step)


@pytest.mark.parametrize("name", SCALARS)
def test_numbers(name):
    make, x = SCALARS[name]
    _, log_slopes = there_and_back(make, x, 0)
    jacobian = differences(make, x)
    expected = np.log(np.abs(np.diag(jacobian)))
    np.testing.assert_allclose(log_slopes + np.zeros(3), expected, rtol=1e-6, atol=1e-8)
    total = run(make().forward_log_det_jacobian(np.stack([x, x]), 1)) + np.zeros(2)
    np.testing.assert_allclose(total, np.repeat(expected.sum(), 2), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", VECTORS)
def test_vectors(name):
    make = VECTORS[name]
    _, log_determinants = there_and_back(make, BATCH, 1)
    expected = [np.linalg.slogdet(differences(make, x))[1] for x in BATCH]
    np.testing.assert_allclose(log_determinants + np.zeros(2), expected, rtol=1e-6, atol=1e-8)
    whole = run(make().forward_log_det_jacobian(BATCH, 2))
    np.testing.assert_allclose(whole, sum(expected), rtol=1e-6, atol=1e-8)


def test_matrices_of_vectors():
    def make():
        return bijectors.Affine(f64([1.0, 2.0, 3.0]), scale_tril=f64(LOWER))

    y, log_determinant = there_and_back(make, BATCH, 1)
    np.testing.assert_allclose(y, BATCH @ LOWER.T + [1, 2, 3])
    assert log_determinant == pytest.approx(np.log(2 * 1.5 * 3))
    low_rank = bijectors.Affine(
        scale_diag=[1.0, 2.0],
        scale_perturb_factor=[[1.0], [3.0]],
        scale_perturb_diag=[0.5],
    )
    matrix = np.diag([1.0, 2.0]) + 0.5 * np.outer([1, 3], [1, 3])
    np.testing.assert_allclose(run(low_rank.forward([1.0, -2.0])), matrix @ [1, -2], rtol=1e-6)
    with pytest.raises(ValueError, match="needs a scale_perturb_factor"):
        bijectors.Affine(scale_perturb_diag=[1.0])


def test_batches_of_affine_functions():
    affine = bijectors.Affine(
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], scale_identity_multiplier=[1.0, 2.0, 4.0]
    )
    y = affine.forward([1.0, -1.0])
    determinants = affine.forward_log_det_jacobian([1.0, -1.0], 1)
    values = run([y, tf.exp(determinants)])
    np.testing.assert_allclose(values[0], [[2, 1], [5, 2], [9, 2]])
    np.testing.assert_allclose(values[1], [1, 4, 16], rtol=1e-6)


def test_softmax_with_a_zero():
    def make():
        return bijectors.SoftmaxCentered()

    y, log_determinants = there_and_back(make, BATCH, 1)
    np.testing.assert_allclose(y, scipy.special.softmax(np.c_[BATCH, [0, 0]], -1))
    expected = [np.linalg.slogdet(differences(make, x)[:3])[1] for x in BATCH]
    np.testing.assert_allclose(log_determinants, expected, rtol=1e-6)
    assert make().forward_event_shape([3]).as_list() == [4]
    assert make().inverse_event_shape([3]).as_list() == [2]
    shapes = [make().forward_event_shape_tensor([3]), make().inverse_event_shape_tensor([3])]
    assert [shape.tolist() for shape in run(shapes)] == [[4], [2]]


def test_triangles():
    x = np.arange(1.0, 7.0)
    fill = bijectors.FillTriangular()
    assert run(fill.forward(x)).tolist() == [[4, 0, 0], [6, 5, 0], [3, 2, 1]]
    assert run(bijectors.FillTriangular(upper=True).forward(x)).tolist() == [
        [1, 2, 3],
        [0, 5, 6],
        [0, 0, 4],
    ]
    assert run(bijectors.FillTriangular().inverse(run(fill.forward(x)))).tolist() == x.tolist()
    assert fill.forward_event_shape([6]).as_list() == [3, 3]
    assert fill.inverse_event_shape([3, 3]).as_list() == [6]
    shapes = [fill.forward_event_shape_tensor([10]), fill.inverse_event_shape_tensor([4, 4])]
    assert [shape.tolist() for shape in run(shapes)] == [[4, 4], [10]]


def test_factors_of_covariances():
    def make():
        return bijectors.ScaleTriL(diag_shift=f64(0.5))

    x = np.float64([0.3, -0.4, 1.5])
    y = run(make().forward(x))
    softplus = np.log1p(np.exp([1.5, 0.3])) + 0.5
    np.testing.assert_allclose(y, [[softplus[0], 0], [-0.4, softplus[1]]])
    values = run(
        [
            make().inverse(y),
            make().forward_log_det_jacobian(x, 1),
            make().inverse_log_det_jacobian(y, 2),
        ]
    )
    np.testing.assert_allclose(values[0], x)
    expected = np.log(scipy.special.expit([1.5, 0.3])).sum()
    np.testing.assert_allclose(values[1:], [expected, -expected])


def by_triangle(function, x):
    """The logarithm of the determinant of a function of lower triangular matrices."""
    places = np.tril_indices(3)
    columns = []
    for row, column in zip(*places, strict=True):
        move = np.zeros([3, 3])
        move[row, column] = 1e-6
        columns.append((function(x + move) - function(x - move))[places] / 2e-6)
    return np.linalg.slogdet(np.stack(columns))[1]


def test_products_of_factors():
    x = LOWER
    product = bijectors.CholeskyOuterProduct()
    np.testing.assert_allclose(run(product.forward(x)), LOWER @ LOWER.T)
    back = bijectors.CholeskyOuterProduct().inverse(LOWER @ LOWER.T)
    np.testing.assert_allclose(run(back), LOWER)
    expected = by_triangle(lambda x: x @ x.T, x)
    found = run([product.forward_log_det_jacobian(x, 2)])
    np.testing.assert_allclose(found, [expected], rtol=1e-6)
    inverse = bijectors.CholeskyOuterProduct().inverse_log_det_jacobian(LOWER @ LOWER.T, 2)
    np.testing.assert_allclose(run(inverse), -expected, rtol=1e-6)


def test_inverses_of_triangles():
    def make():
        return bijectors.MatrixInverseTriL()

    y, log_determinant = there_and_back(make, LOWER, 2)
    np.testing.assert_allclose(y, np.linalg.inv(LOWER), atol=1e-12)
    np.testing.assert_allclose(log_determinant, by_triangle(np.linalg.inv, LOWER), rtol=1e-6)
    singular = bijectors.MatrixInverseTriL(validate_args=True)
    with pytest.raises(tf.errors.InvalidArgumentError, match="diagonals"):
        run(singular.forward(tf.placeholder_with_default(0.0 * LOWER, [3, 3])))


def test_diagonals():
    def make():
        return bijectors.TransformDiagonal(bijectors.Exp())

    y, log_determinant = there_and_back(make, LOWER, 2)
    np.testing.assert_allclose(np.diag(y), np.exp([2, 1.5, 3]))
    assert y[1, 0] == 0.5
    assert log_determinant == 6.5


def test_shapes():
    reshape = bijectors.Reshape([-1, 2], [6])
    y = reshape.forward(np.arange(12).reshape(2, 6))
    assert y.shape.as_list()[::2] == [2, 2]
    assert run(y).tolist() == np.arange(12).reshape(2, 3, 2).tolist()
    assert reshape.forward_event_shape([6]).as_list() == [3, 2]
    assert reshape.inverse_event_shape([3, 2]).as_list() == [6]
    assert run(reshape.forward_event_shape_tensor([5, 6])).tolist() == [5, 3, 2]
    again = bijectors.Reshape([-1, 2], [6]).inverse(np.arange(12).reshape(2, 3, 2))
    assert run(again).tolist() == np.arange(12).reshape(2, 6).tolist()
    with pytest.raises(ValueError, match="cannot become"):
        bijectors.Reshape([4, 2], [6])


def test_ranks_of_chains():
    chain = bijectors.Chain(
        [bijectors.Exp(), bijectors.CholeskyOuterProduct(), bijectors.FillTriangular()]
    )
    assert (chain.forward_min_event_ndims, chain.inverse_min_event_ndims) == (1, 2)
    assert chain.name == "chain_of_exp_of_cholesky_outer_product_of_fill_triangular"
    empty = bijectors.Chain([])
    assert empty.name == "identity"
    assert run(empty.forward([1.0, 3.0])).tolist() == [1.0, 3.0]
    with pytest.raises(ValueError, match="one dtype"):
        bijectors.Chain([bijectors.AffineScalar(1.0), bijectors.AffineScalar(f64(1.0))])


def test_numbers_in_larger_events():
    exp = bijectors.Exp()
    x = np.float32([[1, 2, 3], [4, 5, 7]])
    totals = [exp.forward_log_det_jacobian(x, rank) for rank in range(3)]
    values = run(totals)
    assert values[0].tolist() == x.tolist()
    assert values[1].tolist() == [6.0, 16.0]
    assert values[2] == 22.0
    with pytest.raises(ValueError, match="rank 1 or more"):
        bijectors.SoftmaxCentered().forward_log_det_jacobian([1.0], 0)


def test_shapes_that_are_not_known():
    x = tf.placeholder(tf.float32)
    constant = bijectors.AffineScalar(scale=2.0).forward_log_det_jacobian(x, 2)
    softmax = bijectors.SoftmaxCentered().forward(x)
    values = run([tf.exp(constant), softmax], {x: np.zeros([5, 2, 3], np.float32)})
    np.testing.assert_allclose(values[0], np.full(5, 64.0), rtol=1e-5)
    np.testing.assert_allclose(values[1], np.full([5, 2, 4], 0.25))


def test_results_are_remembered():
    exp = bijectors.Exp()
    x = tf.constant([1.0, 2.0])
    y = exp.forward(x)
    assert exp.inverse(y) is x
    assert exp.forward(x) is y
    assert bijectors.Exp().inverse(y) is not x


def test_results_are_not_taken_out_of_branches():
    exp = bijectors.Exp()
    x = tf.constant(1.0)
    chosen = tf.cond(tf.constant(True), lambda: exp.forward(x), lambda: x)
    assert run([chosen, exp.forward(x)]) == [pytest.approx(np.e), pytest.approx(np.e)]


@pytest.mark.parametrize("name", ["gumbel", "weibull"])
def test_uniform_numbers(name):
    x = np.float64([0.5, 1.0, 2.5])
    one, theirs = {
        "gumbel": (bijectors.Gumbel(f64(0.5), f64(2.0)), scipy.stats.gumbel_r(0.5, 2.0)),
        "weibull": (
            bijectors.Weibull(f64(2.0), f64(1.5)),
            scipy.stats.weibull_min(1.5, scale=2.0),
        ),
    }[name]
    np.testing.assert_allclose(run(one.forward(x)), theirs.cdf(x))
    np.testing.assert_allclose(run(one.forward_log_det_jacobian(x, 0)), theirs.logpdf(x))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda x: bijectors.AffineScalar(1.0, x, validate_args=True).forward(1.0), "scale"),
        (lambda x: bijectors.Exp(validate_args=True).inverse(x), "greater than 0"),
        (lambda x: bijectors.Softplus(x, validate_args=True).forward(1.0), "hinge_softness"),
        (lambda x: bijectors.Softsign(validate_args=True).inverse(x - 1.0), "between -1 and 1"),
        (lambda x: bijectors.Square(validate_args=True).forward(x - 1.0), "negative"),
        (lambda x: bijectors.SinhArcsinh(0.0, x, validate_args=True).forward(1.0), "tailweight"),
        (lambda x: bijectors.Gumbel(0.0, x, validate_args=True).forward(1.0), "scale"),
        (lambda x: bijectors.Weibull(1.0, x, validate_args=True).forward(1.0), "concentration"),
        (lambda x: bijectors.Kumaraswamy(1.0, x, validate_args=True).forward(0.5), "concentr"),
        (lambda x: bijectors.Kumaraswamy(1.0, 1.0, True).inverse(x - 1.0), "between 0 and 1"),
        (lambda x: bijectors.AbsoluteValue(validate_args=True).inverse(x - 1.0)[0], "negative"),
        (lambda x: bijectors.Ordered(validate_args=True).forward([x, x]), "increase"),
    ],
)
def test_checks_of_the_run(call, match):
    zero = tf.placeholder_with_default(0.0, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match=match):
        run(call(zero))


def test_wrong_arguments():
    with pytest.raises(TypeError, match="must be float64"):
        bijectors.AffineScalar(f64(1.0)).forward(tf.constant(1.0))
    with pytest.raises(TypeError, match="linear operator"):
        bijectors.AffineLinearOperator(scale=[[1.0]])
    with pytest.raises(ValueError, match="from 0 on"):
        bijectors.PowerTransform(-1.0)
    with pytest.raises(ValueError, match="each of 0 to 2 once"):
        bijectors.Permute([0, 2, 2])
    with pytest.raises(TypeError, match="integer"):
        bijectors.Permute([0.0, 1.0])
    with pytest.raises(ValueError, match="none is left"):
        bijectors.RealNVP(3, coupled).forward(BATCH)
    with pytest.raises(NotImplementedError, match="inverse_fn"):
        bijectors.Inline(lambda x: x, forward_min_event_ndims=0).inverse(1.0)
    with pytest.raises(ValueError, match="forward_min_event_ndims"):
        bijectors.Bijector()


def test_functions_as_bijectors():
    cube = bijectors.Inline(
        lambda x: x**3,
        lambda y: y ** (1.0 / 3.0),
        inverse_log_det_jacobian_fn=lambda y: -np.log(3.0) - 2.0 / 3.0 * tf.log(y),
        forward_min_event_ndims=0,
        name="cube",
    )
    values = run([cube.forward(2.0), cube.inverse(27.0), cube.forward_log_det_jacobian(2.0, 0)])
    np.testing.assert_allclose(values, [8, 3, np.log(12)], rtol=1e-6)
    assert cube.forward(2.0).op.name.startswith("cube")


def test_functions_that_are_not_injective():
    absolute = bijectors.AbsoluteValue()
    y = absolute.forward(tf.constant([-2.0, 3.0]))
    assert not absolute.is_injective
    values = run([y, *absolute.inverse(y), *absolute.inverse_log_det_jacobian(y, 1)])
    assert [value.tolist() for value in values] == [[2, 3], [-2, -3], [2, 3], 0, 0]
    with pytest.raises(NotImplementedError, match="several x"):
        absolute.forward_log_det_jacobian(1.0, 0)
    with pytest.raises(NotImplementedError, match="chain cannot use it"):
        bijectors.Chain([absolute])
    with pytest.raises(NotImplementedError, match="Invert cannot use it"):
        bijectors.Invert(absolute)


class Stretch(bijectors.ConditionalBijector):
    def __init__(self, name="stretch"):
        super().__init__(forward_min_event_ndims=0, name=name)

    def _forward(self, x, factor=1.0):
        return factor * x

    def _inverse(self, y, factor=1.0):
        return y / factor

    def _inverse_log_det_jacobian(self, y, factor=1.0):
        return -tf.log(tf.convert_to_tensor(factor)) + tf.zeros_like(y)


def test_conditions():
    stretch = Stretch()
    x = tf.constant(3.0)
    double, triple = stretch.forward(x, factor=2.0), stretch.forward(x, factor=3.0)
    slope = stretch.forward_log_det_jacobian(x, 0, factor=4.0)
    back = stretch.inverse(double, factor=4.0)
    np.testing.assert_allclose(run([double, triple, slope, back]), [6, 9, np.log(4), 1.5])


def test_conditions_within_others():
    chain = bijectors.Chain([Stretch("outer"), bijectors.Exp(), Stretch("inner")])
    given = {"outer": {"factor": 2.0}, "inner": {"factor": 3.0}}
    inverse = bijectors.Invert(chain)
    values = run(
        [
            chain.forward(0.5, **given),
            chain.forward_log_det_jacobian(0.5, 0, **given),
            inverse.inverse(0.5, **given),
            inverse.forward(8.0, **given),
            inverse.forward_log_det_jacobian(8.0, 0, **given),
        ]
    )
    expected = [
        2 * np.exp(1.5),
        np.log(6) + 1.5,
        2 * np.exp(1.5),
        np.log(4) / 3,
        -np.log(24),
    ]
    np.testing.assert_allclose(values, expected, rtol=1e-6)


# -- flows that learn ------------------------------------------------------------------------------


def test_masked_layers_let_nothing_of_later_numbers_through():
    x = tf.placeholder(tf.float64, [1, 4])
    network = bijectors.masked_autoregressive_default_template([9, 11], activation=tf.tanh)
    shift, log_scale = network(x)
    slopes = [
        tf.gradients(part[0, place], x)[0] for part in (shift, log_scale) for place in range(4)
    ]
    loss = tf.reduce_sum(tf.square(shift - 1.0) + log_scale)
    step = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    feed = {x: [[0.5, -1.0, 2.0, 0.25]]}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            session.run(step, feed)
        found = np.concatenate(session.run(slopes, feed))
    is_before = np.tri(4, k=-1, dtype=bool)
    assert np.all(found[~np.concatenate([is_before, is_before])] == 0.0)
    assert np.any(found[np.concatenate([is_before, is_before])] != 0.0)
    assert [v.shape.as_list() for v in tf.trainable_variables()][::2] == [[4, 9], [9, 11], [11, 8]]


@pytest.mark.parametrize("shift_only", [False, True])
def test_autoregressive_flows_of_networks(shift_only):
    network = bijectors.masked_autoregressive_default_template([8], shift_only)
    flow = bijectors.MaskedAutoregressiveFlow(network, is_constant_jacobian=shift_only)
    x = tf.constant(BATCH)
    y = flow.forward(x)
    # Another flow of the same network has to compute the inverse.
    other = bijectors.MaskedAutoregressiveFlow(network)
    back, determinants = other.inverse(y), other.inverse_log_det_jacobian(y, 1)
    values = run([back, determinants, y])
    np.testing.assert_allclose(values[0], BATCH, rtol=1e-9)
    assert np.all(values[1] == 0.0) == shift_only
    assert y.shape.as_list() == [2, 3]


def test_logarithms_of_factors_are_clipped():
    x = tf.constant([[1.0, 2.0]])
    wide = tf.constant_initializer(50.0)
    for clips in (False, True):
        network = bijectors.masked_autoregressive_default_template(
            [4], log_scale_clip_gradient=clips, kernel_initializer=wide, name=f"clips_{clips}"
        )
        log_scale = network(x)[1]
        value, slope = run([log_scale, tf.gradients(log_scale[0, 1], x)[0]])
        assert value[0].tolist() == [0.0, 3.0]
        assert (slope[0, 0] == 0.0) == clips


def test_couplings_of_networks():
    network = bijectors.real_nvp_default_template([8])
    x = tf.constant(BATCH)
    y = bijectors.RealNVP(2, network).forward(x)
    back, value = run([bijectors.RealNVP(2, network).inverse(y), y])
    np.testing.assert_allclose(back, BATCH, rtol=1e-9)
    np.testing.assert_array_equal(value[:, :2], BATCH[:, :2])
    single, _ = bijectors.real_nvp_default_template([8], name="single")(tf.constant([1.0, 2.0]), 3)
    assert single.shape.as_list() == [3]


def test_batch_normalization_learns_averages():
    rng = np.random.default_rng(1)
    batch = (rng.normal(size=[50, 3]) * [1, 2, 3] + [5, 6, 7]).astype(np.float32)
    y = tf.placeholder(tf.float32, [None, 3])
    flow = bijectors.BatchNormalization()
    x, determinants = flow.inverse(y), flow.inverse_log_det_jacobian(y, 1)
    sampled = flow.forward(tf.zeros([1, 3]))
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        normal, log_scales = session.run([x, determinants], {y: batch})
        for _ in range(1500):
            session.run(updates, {y: batch})
        center = session.run(sampled)
    np.testing.assert_allclose(normal.mean(0), 0.0, atol=1e-5)
    np.testing.assert_allclose(normal.std(0), 1.0, atol=1e-3)
    np.testing.assert_allclose(log_scales, -np.log(batch.std(0)).sum(), rtol=1e-3)
    np.testing.assert_allclose(center[0], batch.mean(0), rtol=1e-4)
    with pytest.raises(ValueError, match="renormalization"):
        bijectors.BatchNormalization(tf.layers.BatchNormalization(renorm=True))
