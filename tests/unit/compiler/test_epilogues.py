"""Steps that another step does along with its own work give the same bits as by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.jit import compiler, obey_environment

_ONE_THREAD: dict[str, Any] = {"inter_op_parallelism_threads": 1}
_RUNS_BEFORE = 5

Run = Callable[..., tuple[list[Any], list[str]]]


@pytest.fixture(params=["numpy", "compiled"])
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs fetches; returns their values and the types of the ops of the line."""
    monkeypatch.setenv("GRAPHFLOW_JIT", "1" if request.param == "compiled" else "0")
    obey_environment()
    monkeypatch.setattr("graphflow.ops.kernels.tile_kernel._WORTH_IT", -1.0)

    def run(fetches: Any, feeds: dict[Any, Any], is_merged: bool = True) -> Any:
        with monkeypatch.context() as context:
            if not is_merged:
                context.setenv("GRAPHFLOW_PASSES", "-epilogues")
            config = tf.ConfigProto(**_ONE_THREAD)
            with tf.Session(graph=tf.get_default_graph(), config=config) as session:
                session.run(tf.global_variables_initializer())
                for _ in range(_RUNS_BEFORE):
                    session.run(fetches, feeds)
                    compiler().submit(int).result()
                values = session.run(fetches, feeds)
                *_, plan = session._plans.values()
                (found,) = plan.variants.values()
                assert found.line is not None
                return values, [unit.step.op.type for unit in found.line.units]

    return run


def _check(run: Run, fetches: list[Any], feeds: dict[Any, Any]) -> list[str]:
    """Compare with a run in which each step is by itself; return the types of the merged ops."""
    values, types = run(fetches, feeds)
    expected, _ = run(fetches, feeds, is_merged=False)
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)
    return types


def _images(*shape: int) -> np.ndarray:
    images = np.random.RandomState(2).normal(size=shape).astype(np.float32)
    images[0, 1, 2, 0], images[0, 3, 3, 0] = np.nan, np.inf
    return images


def _conv(x: tf.Tensor, outputs: int, **options: Any) -> tf.Tensor:
    channels = int(x.shape[-1])
    weights = np.random.RandomState(3).normal(size=(3, 2, channels, outputs)).astype(np.float32)
    return tf.nn.conv2d(x, tf.Variable(weights), options.pop("strides", [1, 1, 1, 1]), "SAME")


_BIAS = np.asarray([0.5, -1, 2, 0.25, -3, 1.5], np.float32)


@pytest.mark.parametrize(
    "add",
    [
        lambda y, b: y + b,
        lambda y, b: b + y,
        lambda y, b: tf.nn.bias_add(y, b),
        lambda y, b: y + tf.reshape(b, [1, 1, 1, 6]),
    ],
    ids=["add", "the other way round", "bias_add", "four axes"],
)
@pytest.mark.parametrize("activation", [None, tf.nn.relu, tf.nn.relu6])
def test_a_convolution_adds_a_bias_and_keeps_a_range(run: Run, add: Any, activation: Any) -> None:
    x = tf.placeholder(tf.float32, [None, 6, 5, 3])
    y = add(_conv(x, 6, strides=[1, 2, 1, 1]), tf.constant(_BIAS))
    y = activation(y) if activation else y
    types = _check(run, [y * 2.0], {x: _images(2, 6, 5, 3)})
    assert "_FusedConv2D" in types
    assert not {"AddV2", "BiasAdd", "Relu", "Relu6"} & set(types)


@pytest.mark.parametrize("activation", [None, tf.nn.relu, tf.nn.relu6])
def test_a_transposed_convolution_does_so_too(run: Run, activation: Any) -> None:
    x = tf.placeholder(tf.float32, [2, 3, 5, 4])
    weights = np.random.RandomState(3).normal(size=(3, 2, 6, 4)).astype(np.float32)
    y = tf.nn.conv2d_transpose(x, tf.Variable(weights), [2, 6, 10, 6], [1, 2, 2, 1], "SAME")
    y = tf.nn.bias_add(y, _BIAS)
    y = activation(y) if activation else y
    types = _check(run, [y * 2.0], {x: np.ones((2, 3, 5, 4), np.float32)})
    assert "_FusedConv2DBackpropInput" in types
    assert not {"BiasAdd", "Relu", "Relu6"} & set(types)


@pytest.mark.parametrize("case", ["a product", "float64"])
def test_a_convolution_without_tiles_is_not_merged(run: Run, case: str) -> None:
    dtype = tf.float64 if case == "float64" else tf.float32
    size = 1 if case == "a product" else 3
    x = tf.placeholder(dtype, [2, 6, 5, 3])
    weights = tf.ones([size, size, 3, 6], dtype)
    y = tf.nn.relu(tf.nn.conv2d(x, weights, [1, 1, 1, 1], "SAME") + tf.cast(_BIAS, dtype))
    types = _check(run, [y], {x: np.ones((2, 6, 5, 3))})
    assert "_FusedConv2D" not in types


def test_gradients_through_pooling_and_rectifier(run: Run) -> None:
    x = tf.placeholder(tf.float32, [None, 8, 7, 3])
    y = tf.nn.relu(_conv(x, 6) + tf.Variable(_BIAS))
    pooled = tf.nn.max_pool(y, [1, 3, 2, 1], [1, 2, 2, 1], "SAME")
    gradients = tf.gradients(tf.reduce_sum(tf.square(pooled)), tf.trainable_variables())
    images = np.random.RandomState(4).randint(-2, 3, (2, 8, 7, 3)).astype(np.float32)
    types = _check(run, gradients, {x: images})
    assert {"_FusedConv2D", "_MaxPoolReluGrad"} <= set(types)
    assert "ReluGrad" not in types


def test_a_rectifier_of_something_else_stays(run: Run) -> None:
    x, other = (tf.placeholder(tf.float32, [2, 6, 4, 3]) for _ in range(2))
    pooled = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    gradient = tf.gradients(pooled, x, tf.cos(pooled))[0]
    masked = tf.gradients(tf.nn.relu(other), other, gradient)[0]
    types = _check(run, [masked], {x: _images(2, 6, 4, 3), other: _images(2, 6, 4, 3) + 1})
    assert {"MaxPoolGrad", "ReluGrad"} <= set(types)


@pytest.mark.parametrize("case", ["fetched", "read twice", "not a bias", "a later bias"])
def test_what_others_need_is_not_merged(run: Run, case: str) -> None:
    x = tf.placeholder(tf.float32, [2, 6, 5, 3])
    late = tf.placeholder(tf.float32, [6])
    y = _conv(x, 6)
    bias = {"not a bias": tf.ones([5, 6]), "a later bias": tf.exp(late)}.get(case, _BIAS)
    total = y + bias
    fetches = {"fetched": [y, total], "read twice": [total * y]}.get(case, [total])
    types = _check(run, fetches, {x: _images(2, 6, 5, 3), late: _BIAS})
    assert "_FusedConv2D" not in types


def test_channels_first_are_not_merged(run: Run) -> None:
    x = tf.placeholder(tf.float32, [2, 3, 6, 5])
    weights = np.random.RandomState(3).normal(size=(3, 3, 3, 5)).astype(np.float32)
    y = tf.nn.conv2d(x, weights, [1, 1, 1, 1], "SAME", data_format="NCHW")
    types = _check(run, [tf.nn.bias_add(y, _BIAS[:5], "NCHW")], {x: np.ones((2, 3, 6, 5))})
    assert "_FusedConv2D" not in types


def test_sums_along_another_axis_are_not_merged(run: Run) -> None:
    x = tf.placeholder(tf.float32, [2, 6, 5, 3])
    y = tf.nn.bias_add(_conv(x, 6), _BIAS, "NCHW")
    types = _check(run, [y], {x: _images(2, 6, 5, 3)})
    assert "BiasAdd" in types


@pytest.mark.parametrize("activation", [tf.nn.relu, tf.nn.relu6])
@pytest.mark.parametrize("is_training", [True, False])
def test_a_normalisation_does_the_work_of_an_activation(
    run: Run, activation: Any, is_training: bool
) -> None:
    x = tf.placeholder(tf.float32, [2, 3, 5, 4])
    numbers = np.asarray([0.5, -1, 2, 0.25], np.float32)
    moments = {} if is_training else {"mean": numbers, "variance": numbers + 2}
    y, mean, _ = tf.nn.fused_batch_norm(
        x, tf.Variable(numbers), tf.Variable(-numbers), is_training=is_training, **moments
    )
    out = activation(y)
    gradients = tf.gradients(tf.reduce_sum(out * out), [x, *tf.trainable_variables()])
    images = np.random.RandomState(2).normal(size=(2, 3, 5, 4)).astype(np.float32)
    types = _check(run, [out * 2.0, mean * 1.0, *gradients], {x: images})
    assert "_RectifiedBatchNorm" in types
    assert not {"Relu", "Relu6"} & set(types)
