"""Initializers: values, statistics, configurations; and the ops that draw random numbers."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.variables import initializers


def values(initializer, shape, **options):
    return tf.Session().run(initializer(shape, **options))


class TestValues:
    def test_constants(self):
        np.testing.assert_array_equal(values(initializers.Zeros(), [2]), [0, 0])
        np.testing.assert_array_equal(values(initializers.Ones("int32"), [2]), [1, 1])
        np.testing.assert_array_equal(values(initializers.Constant(3), [2]), [3, 3])
        assert values(initializers.Ones(), [2], dtype="int8").dtype == np.int8

    def test_verified_shape(self):
        with pytest.raises(TypeError, match="expected a value of shape"):
            initializers.Constant([1, 2], verify_shape=True)([3])
        with pytest.raises(TypeError, match="constant"):
            initializers.Constant({})

    def test_identity(self):
        np.testing.assert_array_equal(
            values(initializers.Identity(2.0), [2, 3]), [[2, 0, 0], [0, 2, 0]]
        )
        with pytest.raises(ValueError, match="two axes"):
            initializers.Identity()([2])

    def test_uniform(self):
        drawn = values(initializers.RandomUniform(-3, 5, seed=1), [4000])
        assert -3 <= drawn.min() < -2.9
        assert 4.9 < drawn.max() < 5
        assert abs(drawn.mean() - 1) < 0.2

    def test_normal(self):
        drawn = values(initializers.RandomNormal(2, 0.5, seed=1), [4000])
        assert abs(drawn.mean() - 2) < 0.05
        assert abs(drawn.std() - 0.5) < 0.05
        assert abs(drawn - 2).max() > 1.2

    def test_truncated_normal(self):
        drawn = values(initializers.TruncatedNormal(2, 0.5, seed=1), [4000])
        assert abs(drawn - 2).max() <= 1
        assert abs(drawn.std() - 0.5 * 0.8796) < 0.03

    @pytest.mark.parametrize("distribution", initializers.VarianceScaling._DISTRIBUTIONS)
    @pytest.mark.parametrize(("mode", "units"), [("fan_in", 40), ("fan_out", 90), ("fan_avg", 65)])
    def test_variance(self, distribution, mode, units):
        initializer = initializers.VarianceScaling(3.0, mode, distribution, seed=4)
        drawn = values(initializer, [40, 90])
        assert abs(drawn.var() * units / 3 - 1) < 0.1
        assert abs(drawn.mean()) < 0.02

    def test_variance_of_filters(self):
        drawn = values(initializers.VarianceScaling(seed=2), [3, 3, 8, 16])
        assert abs(drawn.var() * 72 - 1) < 0.2

    @pytest.mark.parametrize(
        ("make", "variance"),
        [
            (initializers.GlorotUniform, 2 / 130),
            (initializers.GlorotNormal, 2 / 130),
            (initializers.he_normal, 2 / 40),
            (initializers.he_uniform, 2 / 40),
            (initializers.lecun_normal, 1 / 40),
            (initializers.lecun_uniform, 1 / 40),
        ],
    )
    def test_named_scalings(self, make, variance):
        drawn = values(make(seed=3), [40, 90])
        assert abs(drawn.var() / variance - 1) < 0.1

    def test_unit_scaling(self):
        drawn = values(initializers.UniformUnitScaling(2.0, seed=1), [12, 300])
        assert 0.95 < abs(drawn).max() <= 1  # 2 * sqrt(3 / 12)

    @pytest.mark.parametrize("shape", [[5, 3], [3, 5], [2, 2, 3]])
    def test_orthogonal(self, shape):
        if not hasattr(tf, "qr"):
            pytest.skip("needs the op Qr")
        matrix = values(initializers.Orthogonal(2.0, seed=1), shape).reshape(-1, shape[-1])
        small = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
        np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-5)

    def test_wrong_arguments(self):
        for options in ({"scale": 0}, {"mode": "fan"}, {"distribution": "cauchy"}):
            with pytest.raises(ValueError, match=next(iter(options))):
                initializers.VarianceScaling(**options)
        with pytest.raises(TypeError, match="floating"):
            initializers.RandomNormal(dtype="int32")
        with pytest.raises(ValueError, match="two axes"):
            initializers.Orthogonal()([3])


@pytest.mark.parametrize(
    "initializer",
    [
        initializers.Zeros("int32"),
        initializers.Ones(),
        initializers.Constant(4, "float64"),
        initializers.RandomUniform(-1, 2, 5),
        initializers.RandomNormal(1, 2, 3),
        initializers.TruncatedNormal(1, 2, 3, "float64"),
        initializers.UniformUnitScaling(3.0, 5),
        initializers.VarianceScaling(2.0, "fan_out", "uniform", 7),
        initializers.GlorotUniform(4),
        initializers.GlorotNormal(4, "float64"),
        initializers.Orthogonal(2.0, 3),
        initializers.Identity(2.0),
    ],
)
def test_configuration(initializer):
    config = initializer.get_config()
    again = type(initializer).from_config(config)
    assert again.get_config() == config


class TestSeeds:
    def test_get_seed(self):
        assert tf.get_seed(None) == (None, None)
        assert tf.get_seed(3) == (87654321, 3)
        tf.set_random_seed(11)
        assert tf.get_seed(3) == (11, 3)
        tf.constant(1)
        tf.constant(1)
        assert tf.get_seed(None) == (11, 2)
        assert tf.get_seed(2**31 + 4) == (11, 5)
        tf.set_random_seed(0)
        assert tf.get_seed(0) == (0, 2**31 - 1)

    def test_seed_attributes(self):
        x = tf.random_uniform([2], seed=5)
        op = tf.get_default_graph().get_operation_by_name("random_uniform/RandomUniform")
        assert (op.get_attr("seed"), op.get_attr("seed2")) == (87654321, 5)
        assert x.shape.as_list() == [2]

    def test_sessions_repeat_and_runs_do_not(self):
        x = tf.random_normal([3], seed=2)
        session = tf.Session()
        first, second = session.run(x), session.run(x)
        assert (first != second).all()
        np.testing.assert_array_equal(tf.Session().run(x), first)

    def test_graph_seed_gives_each_op_its_own(self):
        tf.set_random_seed(4)
        x, y = tf.random_normal([3]), tf.random_normal([3])
        a, b = tf.Session().run([x, y])
        assert (a != b).all()

    def test_without_seed_sessions_differ(self):
        x = tf.random_uniform([8])
        assert (tf.Session().run(x) != tf.Session().run(x)).any()


class TestRandomOps:
    def test_nodes_of_uniform(self):
        tf.random_uniform([2])
        names = [operation.name for operation in tf.get_default_graph().get_operations()]
        leaves = ["shape", "min", "max", "RandomUniform", "sub", "mul"]
        assert names == [*(f"random_uniform/{leaf}" for leaf in leaves), "random_uniform"]

    @pytest.mark.parametrize(
        ("function", "op"),
        [("random_normal", "RandomStandardNormal"), ("truncated_normal", "TruncatedNormal")],
    )
    def test_nodes_of_normals(self, function, op):
        getattr(tf, function)([2])
        names = [operation.name for operation in tf.get_default_graph().get_operations()]
        leaves = ["shape", "mean", "stddev", op, "mul"]
        assert names == [*(f"{function}/{leaf}" for leaf in leaves), function]

    def test_integers(self):
        drawn = tf.Session().run(tf.random_uniform([500], 3, 7, tf.int64, seed=1))
        assert set(drawn.tolist()) == {3, 4, 5, 6}
        with pytest.raises(ValueError, match="needs maxval"):
            tf.random_uniform([2], dtype=tf.int32)
        with pytest.raises(ValueError, match="int8"):
            tf.random_uniform([2], dtype=tf.int8)

    def test_shape_known_when_run(self):
        size = tf.placeholder(tf.int32, [2])
        x = tf.random_uniform(size)
        assert tf.Session().run(x, {size: [2, 3]}).shape == (2, 3)

    def test_shuffle(self):
        x = np.arange(20).reshape(10, 2)
        drawn = tf.Session().run(tf.random_shuffle(x, seed=1))
        assert (drawn != x).any()
        np.testing.assert_array_equal(np.sort(drawn, axis=0), x)

    def test_multinomial(self):
        logits = np.log(np.asarray([[0.25, 0.75, 1e-30], [1e-30, 0.5, 0.5]]))
        drawn = tf.Session().run(tf.multinomial(logits, 2000, seed=1))
        assert drawn.shape == (2, 2000)
        assert drawn.dtype == np.int64
        assert abs((drawn[0] == 1).mean() - 0.75) < 0.05
        assert set(drawn[1].tolist()) == {1, 2}

    def test_crop(self):
        x = np.arange(30).reshape(5, 6)
        crop = tf.Session().run(tf.random_crop(x, [2, 3], seed=1))
        assert crop.shape == (2, 3)
        np.testing.assert_array_equal(crop - crop[0, 0], [[0, 1, 2], [6, 7, 8]])

    def test_crop_too_large(self):
        x = tf.placeholder(tf.float32, [None])
        crop = tf.random_crop(x, [3])
        with pytest.raises(tf.errors.InvalidArgumentError, match="'random_crop"):
            tf.Session().run(crop, {x: [1, 2]})
