"""Make the pictures of visualization.md: `python docs/make_images.py`."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np

import graphflow as tf
from graphflow.viz import Diagram, diagram, plan_diagram, stages

IMAGES = Path(__file__).parent / "images"


def softmax_regression() -> tuple[Any, Any, Any, Any]:
    """Build TensorFlow's first tutorial; return inputs, labels, loss and training step."""
    x = tf.placeholder(tf.float32, [None, 784], name="x")
    labels = tf.placeholder(tf.float32, [None, 10], name="labels")
    weights = tf.Variable(tf.zeros([784, 10]), name="W")
    bias = tf.Variable(tf.zeros([10]), name="b")
    logits = tf.add(tf.matmul(x, weights), bias, name="logits")
    with tf.name_scope("loss"):
        loss = tf.reduce_mean(
            tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits)
        )
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    return x, labels, loss, step


def five_layers() -> Any:
    """Build a perceptron with five layers; return its training step."""
    x = tf.placeholder(tf.float32, [None, 784], name="x")
    labels = tf.placeholder(tf.int32, [None], name="labels")
    sizes = [784, 200, 100, 60, 30, 10]
    hidden = x
    for index, (width, units) in enumerate(itertools.pairwise(sizes), 1):
        with tf.name_scope(f"layer{index}"):
            initial = tf.truncated_normal([width, units], stddev=0.1)
            weights = tf.Variable(initial, name="W")
            bias = tf.Variable(tf.zeros([units]), name="b")
            hidden = tf.nn.bias_add(tf.matmul(hidden, weights), bias)
            if index < len(sizes) - 1:
                hidden = tf.nn.relu(hidden)
    with tf.name_scope("loss"):
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=hidden)
        loss = tf.reduce_mean(losses)
    step = tf.train.AdamOptimizer(0.003).minimize(loss)
    tf.global_variables_initializer()
    return step


def convolutions() -> Any:
    """Build a small convolutional network; return its probabilities."""
    images = tf.placeholder(tf.float32, [None, 28, 28, 1], name="images")
    hidden = images
    for index, (depth, channels) in enumerate([(1, 8), (8, 16)], 1):
        with tf.name_scope(f"conv{index}"):
            initial = tf.truncated_normal([5, 5, depth, channels], stddev=0.1)
            kernel = tf.Variable(initial, name="kernel")
            bias = tf.Variable(tf.zeros([channels]), name="bias")
            hidden = tf.nn.conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            hidden = tf.nn.relu(tf.nn.bias_add(hidden, bias))
            hidden = tf.nn.max_pool(hidden, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    with tf.name_scope("dense"):
        weights = tf.Variable(tf.truncated_normal([7 * 7 * 16, 10], stddev=0.1), name="W")
        logits = tf.matmul(tf.reshape(hidden, [-1, 7 * 7 * 16]), weights)
    return tf.nn.softmax(logits, name="probabilities")


def training_plan() -> Diagram:
    """Draw what a training step of a linear regression runs, with measured times."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    target = tf.placeholder(tf.float32, [None, 1], name="target")
    weights = tf.Variable(tf.zeros([3, 1]), name="W")
    loss = tf.nn.l2_loss(tf.matmul(x, weights) - target, name="loss")
    step = tf.train.GradientDescentOptimizer(0.01).minimize(loss)
    feeds = {x: np.eye(3)[[0, 2, 1, 1]], target: [[1.0], [5.0], [2.0], [4.0]]}
    metadata = tf.RunMetadata()
    options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run([loss, step], feeds, options=options, run_metadata=metadata)
        return plan_diagram(
            session, [loss, step], feeds, trace=metadata, title="One step, as it runs"
        )


def three_stages() -> Diagram:
    """Draw a small model, what its output needs, and what is run for that."""
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    target = tf.placeholder(tf.float32, [None, 1], name="target")
    weights = tf.Variable(tf.ones([3, 1]), name="W")
    bias = tf.Variable(tf.zeros([1]), name="b")
    with tf.name_scope("model"):
        output = tf.tanh(tf.matmul(x, weights) + bias * 2.0, name="out")
    with tf.name_scope("loss"):
        loss = tf.reduce_mean(tf.square(output - target), name="mse")
    tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return stages(session, output, [x], title="From graph to run")


def drawings() -> dict[str, Diagram]:
    """Return each picture by the name of its file."""
    found: dict[str, Diagram] = {}
    with tf.Graph().as_default() as graph:
        softmax_regression()
        tf.global_variables_initializer()
        found["softmax"] = diagram(graph, title="Softmax regression")
    with tf.Graph().as_default() as graph:
        five_layers()
        found["layers"] = diagram(graph, depth=0, title="Five layers, scopes folded")
        found["layers_open"] = diagram(graph, title="Five layers")
    with tf.Graph().as_default():
        found["convolutions"] = diagram(convolutions(), title="What the probabilities need")
    with tf.Graph().as_default():
        found["plan"] = training_plan()
    with tf.Graph().as_default():
        found["stages"] = three_stages()
    return found


def main(folder: Path = IMAGES) -> None:
    """Write the pictures as SVG files."""
    folder.mkdir(exist_ok=True)
    for name, drawing in drawings().items():
        drawing.save(folder / f"{name}.svg")


if __name__ == "__main__":
    main(*[Path(argument) for argument in sys.argv[1:]])
