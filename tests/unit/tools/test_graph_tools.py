"""Graphs made smaller for inference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import graphflow as tf
from graphflow.tools.optimize_for_inference import fold_batch_norms, optimize_for_inference
from graphflow.tools.strip_unused import strip_unused_from_files

IMAGES = np.random.RandomState(1).normal(size=(2, 5, 4, 3)).astype(np.float32)


def numbers(seed: int, *shape: int) -> np.ndarray:
    return np.random.RandomState(seed).uniform(0.5, 2.0, shape).astype(np.float32)


def moments() -> list[np.ndarray]:
    """Mean, variance, offset and scale of two channels."""
    return [numbers(seed, 2) for seed in (2, 3, 4, 5)]


def normalized(kind: str, images: tf.Tensor) -> tf.Tensor:
    """A convolution followed by batch normalization of a kind."""
    mean, variance, beta, gamma = map(tf.constant, moments())
    if kind == "depthwise":
        filters = tf.constant(numbers(6, 2, 2, 3, 2) - 1)
        y = tf.nn.depthwise_conv2d_native(images, filters, [1, 1, 1, 1], "SAME", name="conv")
        mean, variance, beta, gamma = (tf.constant(numbers(seed, 6)) for seed in (2, 3, 4, 5))
    else:
        y = tf.nn.conv2d(images, tf.constant(numbers(6, 2, 2, 3, 2) - 1), 1, "SAME", name="conv")
    if kind.startswith("global"):
        return tf.raw_ops.BatchNormWithGlobalNormalization(
            t=y, m=mean, v=variance, beta=beta, gamma=gamma, variance_epsilon=0.1,
            scale_after_normalization=kind == "global scaled", name="normal",
        )  # fmt: skip
    return tf.nn.fused_batch_norm(
        y, gamma, beta, mean, variance, 0.1, is_training=False, name="normal"
    )[0]


@pytest.mark.parametrize("kind", ["fused", "global scaled", "global", "depthwise"])
def test_folded_normalization(kind: str):
    images = tf.placeholder(tf.float32, [None, 5, 4, 3], name="images")
    y = tf.identity(normalized(kind, images), name="y")
    with tf.Session() as session:
        expected = session.run(y, {images: IMAGES})
    part = optimize_for_inference(session.graph_def, ["images"], ["y"], tf.float32.as_datatype_enum)
    types = [node.op for node in part.node]
    assert sorted(types)[0] == "BiasAdd"
    assert not any("Norm" in name for name in types)
    with tf.Graph().as_default():
        images, y = tf.import_graph_def(part, return_elements=["images:0", "y:0"])
        np.testing.assert_allclose(
            tf.Session().run(y, {images: IMAGES}), expected, rtol=1e-5, atol=1e-5
        )


def test_normalization_that_cannot_be_folded():
    images = tf.placeholder(tf.float32, [None, 5, 4, 3], name="images")
    y = normalized("fused", images)
    tf.negative(tf.get_default_graph().get_tensor_by_name("conv:0"))  # somebody else's use
    before = y.graph.as_graph_def()
    assert fold_batch_norms(before) == before


def test_part_of_a_graph_in_a_file(tmp_path: Path):
    x = tf.placeholder(tf.float32, [2, None], name="x")
    root = tf.sqrt(x, name="root")
    tf.negative(tf.add(root, 1.0, name="sum"), name="unused")
    tf.train.write_graph(x.graph, str(tmp_path), "in.pbtxt")
    arguments = str(tmp_path / "in.pbtxt"), False, str(tmp_path / "out.pb"), True
    strip_unused_from_files(*arguments, "root", "sum", [tf.float64.as_datatype_enum])
    part = tf.GraphDef.FromString((tmp_path / "out.pb").read_bytes())
    assert [(node.name, node.op) for node in part.node] == [
        ("root", "Placeholder"), ("sum/y", "Const"), ("sum", "Add"),
    ]  # fmt: skip
    assert part.node[0].attr["dtype"].type == tf.float64.as_datatype_enum
    with pytest.raises(KeyError, match="'nothing'"):
        strip_unused_from_files(*arguments, "nothing", "sum", 1)
    with pytest.raises(ValueError, match="2 dtypes"):
        strip_unused_from_files(*arguments, "root", "sum", [1, 1])
    with pytest.raises(tf.errors.NotFoundError, match="absent"):
        strip_unused_from_files("absent", False, "out", False, "root", "sum", 1)
