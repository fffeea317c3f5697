"""The net of TensorFlow's tutorial on MNIST: two hidden layers, built in four steps."""

from __future__ import annotations

import math
from typing import Any

import graphflow.ops as ops
from graphflow.core import dtypes
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.losses.classification import sparse_softmax_cross_entropy
from graphflow.summary.functions import scalar
from graphflow.train.gradient_descent import GradientDescentOptimizer
from graphflow.variables.variable import Variable

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def inference(images: Any, hidden1_units: int, hidden2_units: int) -> Tensor:
    """Build the net.

    Args:
      images: float32 [batch, IMAGE_PIXELS].
      hidden1_units: the size of the first hidden layer.
      hidden2_units: the size of the second one.

    Returns:
      float32 [batch, NUM_CLASSES], logits.

    >>> import graphflow as tf
    >>> logits = inference(tf.zeros([3, IMAGE_PIXELS]), 8, 5)
    >>> logits.shape.as_list(), [v.op.name for v in tf.trainable_variables()[:2]]
    ([3, 10], ['hidden1/weights', 'hidden1/biases'])
    """
    hidden1 = ops.relu(_linear("hidden1", images, IMAGE_PIXELS, hidden1_units))
    hidden2 = ops.relu(_linear("hidden2", hidden1, hidden1_units, hidden2_units))
    return _linear("softmax_linear", hidden2, hidden2_units, NUM_CLASSES)


def _linear(scope: str, x: Any, inputs: int, outputs: int) -> Tensor:
    with name_scope(scope):
        initial = ops.truncated_normal([inputs, outputs], stddev=1 / math.sqrt(inputs))
        weights = Variable(initial, name="weights")
        biases = Variable(ops.zeros([outputs]), name="biases")
        return ops.matmul(x, weights) + biases


def loss(logits: Any, labels: Any) -> Tensor:
    """Return the mean cross entropy.

    Args:
      logits: float32 [batch, NUM_CLASSES].
      labels: integers [batch].

    Returns:
      A float32 scalar.
    """
    return sparse_softmax_cross_entropy(ops.cast(labels, dtypes.int64), logits)


def training(loss: Any, learning_rate: float) -> Any:
    """Make an operation that trains for one step, and a summary of the loss.

    Args:
      loss: what to make small, see `loss`.
      learning_rate: how far to go.

    Returns:
      The operation.
    """
    scalar("loss", loss)
    global_step = Variable(0, name="global_step", trainable=False)
    return GradientDescentOptimizer(learning_rate).minimize(loss, global_step=global_step)


def evaluation(logits: Any, labels: Any) -> Tensor:
    """Count the images that the net knows.

    Args:
      logits: float32 [batch, NUM_CLASSES].
      labels: integers [batch].

    Returns:
      An int32 scalar.

    >>> import graphflow as tf
    >>> tf.Session().run(evaluation([[0.5, 2], [3, 1], [0, 1]], [1, 1, 1]))
    np.int32(2)
    """
    return ops.reduce_sum(ops.cast(ops.in_top_k(logits, labels, 1), dtypes.int32))
