"""Programs that train models, with all that belongs to it: each is built by a function of `tf`.

Both graphflow and TensorFlow run this very source, start from one checkpoint and must lose the
same at each step.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

STEPS = 30
# A checkpoint is also written after so many steps, to go on from it.
HALF = 15
BATCH = 16

OPTIMIZERS: dict[str, Callable[[Any, Any], Any]] = {
    "sgd": lambda tf, rate: tf.train.GradientDescentOptimizer(rate),
    "momentum": lambda tf, rate: tf.train.MomentumOptimizer(rate * 0.3, 0.9, use_nesterov=True),
    "adam": lambda tf, rate: tf.train.AdamOptimizer(rate * 0.1),
    "rmsprop": lambda tf, rate: tf.train.RMSPropOptimizer(rate * 0.05, momentum=0.5),
    "adagrad": lambda tf, rate: tf.train.AdagradOptimizer(rate),
}


class Model(NamedTuple):
    """What a program trains: a loss, a metric, and the arrays to feed at a step."""

    loss: Any
    metric: Any
    feeds: Callable[[int], dict[Any, Any]]


# -- models ----------------------------------------------------------------------------------------


def mlp(tf: Any, dtype: Any) -> Model:
    """Dense layers with batch normalization, dropout and weight decay."""
    x = tf.placeholder(dtype, [None, 12], name="x")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    decay = tf.keras.regularizers.l2(2**-10)
    init = tf.variance_scaling_initializer(seed=3, dtype=dtype)
    net = tf.layers.dense(
        x, 20, use_bias=False, kernel_initializer=init, kernel_regularizer=decay, name="first"
    )
    net = tf.layers.batch_normalization(net, momentum=0.9, training=True, fused=False, name="norm")
    net = tf.layers.dropout(tf.nn.elu(net), 0.3, seed=11, training=True)
    init = tf.glorot_uniform_initializer(seed=4, dtype=dtype)
    logits = tf.layers.dense(net, 4, kernel_initializer=init, name="second")
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )
    accuracy = tf.metrics.accuracy(labels, tf.argmax(logits, 1))

    def feeds(step: int) -> dict[Any, Any]:
        points, classes = _clusters(step, 12)
        return {x: points, labels: classes}

    return Model(loss + tf.losses.get_regularization_loss(), accuracy, feeds)


def convnet(tf: Any, dtype: Any) -> Model:
    """Convolutions, pooling, local normalization and moments by hand, as papers' programs do."""
    x = tf.placeholder(dtype, [None, 8, 8, 2], name="images")
    labels = tf.placeholder(tf.int32, [None], name="labels")

    def weights(name: str, shape: list[int], seed: int) -> Any:
        init = tf.truncated_normal_initializer(stddev=0.2, seed=seed, dtype=dtype)
        return tf.get_variable(name, shape, dtype, init)

    kernel = weights("kernel", [3, 3, 2, 6], 1)
    bias = tf.get_variable("bias", [6], dtype, tf.constant_initializer(0.1))
    net = tf.nn.relu(tf.nn.conv2d(x, kernel, [1, 1, 1, 1], "SAME") + bias)
    net = tf.nn.max_pool(net, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
    mean, variance = tf.nn.moments(net, [0, 1, 2])
    scale = tf.get_variable("gamma", [6], dtype, tf.ones_initializer())
    shift = tf.get_variable("beta", [6], dtype, tf.zeros_initializer())
    net = tf.nn.batch_normalization(net, mean, variance, shift, scale, 1e-3)
    net = tf.nn.conv2d(net, weights("strided", [3, 3, 6, 8], 2), [1, 2, 2, 1], "VALID")
    net = tf.nn.avg_pool(tf.tanh(net), [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    flat = tf.nn.dropout(tf.reshape(net, [-1, 8]), keep_prob=0.8, seed=12)
    logits = tf.matmul(flat, weights("dense", [8, 4], 3))
    hot = tf.one_hot(labels, 4, dtype=dtype)
    losses = tf.nn.softmax_cross_entropy_with_logits_v2(labels=hot, logits=logits)
    right = tf.metrics.mean(tf.cast(tf.nn.in_top_k(tf.cast(logits, tf.float32), labels, 2), dtype))

    def feeds(step: int) -> dict[Any, Any]:
        points, classes = _clusters(step, 128)
        return {x: points.reshape(-1, 8, 8, 2), labels: classes}

    return Model(tf.reduce_mean(losses), right, feeds)


def lstm(tf: Any, dtype: Any) -> Model:
    """An LSTM with peepholes under dropout, over sequences of several lengths."""
    x = tf.placeholder(dtype, [None, 7, 3], name="sequences")
    lengths = tf.placeholder(tf.int32, [None], name="lengths")
    labels = tf.placeholder(tf.int64, [None], name="labels")
    init = tf.random_uniform_initializer(-0.3, 0.3, seed=5, dtype=dtype)
    cell = tf.nn.rnn_cell.LSTMCell(10, use_peepholes=True, initializer=init)
    cell = tf.nn.rnn_cell.DropoutWrapper(cell, input_keep_prob=0.9, output_keep_prob=0.8, seed=13)
    # In TensorFlow iterations at the same time draw random numbers in any order.
    _, state = tf.nn.dynamic_rnn(cell, x, lengths, dtype=dtype, parallel_iterations=1)
    init = tf.random_normal_initializer(stddev=0.3, seed=6, dtype=dtype)
    weights = tf.get_variable("weights", [10, 4], dtype, init)
    logits = tf.nn.xw_plus_b(
        state.h, weights, tf.get_variable("b", [4], dtype, tf.zeros_initializer())
    )
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    size = tf.metrics.root_mean_squared_error(tf.zeros_like(logits), logits)

    def feeds(step: int) -> dict[Any, Any]:
        points, classes = _clusters(step, 21)
        return {x: points.reshape(-1, 7, 3), lengths: classes + 3, labels: classes}

    return Model(tf.reduce_mean(losses), size, feeds)


def while_loop(tf: Any, dtype: Any) -> Model:
    """A recurrent net written as a loop, which has noise drawn and a branch in its body."""
    x = tf.placeholder(dtype, [None, 6, 2], name="sequences")
    targets = tf.placeholder(dtype, [None, 1], name="targets")
    w = tf.get_variable("w", [5, 5], dtype, tf.orthogonal_initializer(0.9, seed=7, dtype=dtype))
    init = tf.uniform_unit_scaling_initializer(seed=8, dtype=dtype)
    u = tf.get_variable("u", [2, 5], dtype, init)
    v = tf.get_variable("v", [5, 1], dtype, init)
    inputs = tf.TensorArray(dtype, 6).unstack(tf.transpose(x, [1, 0, 2]))

    def body(time: Any, h: Any, total: Any) -> Any:
        noise = tf.random_normal(tf.shape(h), stddev=0.01, seed=14, dtype=dtype)
        h = tf.tanh(tf.matmul(h, w) + tf.matmul(inputs.read(time), u) + noise)
        h = tf.cond(tf.equal(time % 3, 2), lambda: h * 0.9, lambda: h)
        return time + 1, h, total + tf.reduce_mean(tf.square(h))

    start = tf.zeros([tf.shape(x)[0], 5], dtype)
    shapes = (tf.TensorShape([]), tf.TensorShape([None, 5]), tf.TensorShape([]))
    loop = (tf.constant(0), start, tf.zeros([], dtype))
    _, h, energy = tf.while_loop(lambda time, *_: time < 6, body, loop, shapes)
    result = tf.matmul(h, v)
    loss = tf.reduce_mean(tf.squared_difference(result, targets)) + 0.01 * energy

    def feeds(step: int) -> dict[Any, Any]:
        points, _ = _clusters(step, 12)
        return {x: points.reshape(-1, 6, 2), targets: points[:, :2].mean(1, keepdims=True)}

    return Model(loss, tf.metrics.mean_absolute_error(targets, result), feeds)


def embedding(tf: Any, dtype: Any) -> Model:
    """Bags of words in a partitioned table: gradients are sparse and rows come repeatedly."""
    indices = tf.placeholder(tf.int64, [None, 2], name="indices")
    words = tf.placeholder(tf.int64, [None], name="words")
    weights = tf.placeholder(dtype, [None], name="weights")
    labels = tf.placeholder(dtype, [None], name="labels")
    init = tf.random_uniform_initializer(-0.5, 0.5, seed=9, dtype=dtype)
    parts = tf.fixed_size_partitioner(3)
    table = tf.get_variable("table", [30, 4], dtype, init, partitioner=parts)
    shape = tf.constant([BATCH, 5], tf.int64)
    ids, values = (tf.SparseTensor(indices, some, shape) for some in (words, weights))
    bags = tf.nn.embedding_lookup_sparse(table, ids, values, combiner="sqrtn")
    first = tf.nn.embedding_lookup(table, words[:BATCH])
    init = tf.truncated_normal_initializer(stddev=0.5, seed=10, dtype=dtype)
    dense = tf.get_variable("dense", [4, 1], dtype, init)
    net = tf.nn.dropout(tf.tanh(bags * (1 + first)), keep_prob=0.9, seed=15)
    logits = tf.squeeze(tf.matmul(net, dense), 1)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
    precision = tf.metrics.precision(labels > 0.5, logits > 0)

    def feeds(step: int) -> dict[Any, Any]:
        rng = np.random.RandomState(step)
        lengths = rng.randint(1, 6, BATCH)
        rows = [[row, column] for row in range(BATCH) for column in range(lengths[row])]
        found = rng.randint(0, 30, len(rows))
        sums = np.bincount(np.array(rows)[:, 0], found - 14.5, BATCH)
        return {
            indices: rows,
            words: found,
            weights: rng.uniform(0.5, 1.5, len(rows)),
            labels: sums > 0,
        }

    return Model(tf.reduce_mean(losses), precision, feeds)


def _clusters(step: int, size: int) -> tuple[Any, Any]:
    """Noisy points around one of four centres, and which one."""
    centres = np.random.RandomState(99).normal(size=(4, size))
    rng = np.random.RandomState(step)
    classes = rng.randint(0, 4, BATCH)
    return centres[classes] + rng.normal(size=(BATCH, size)), classes


MODELS = {
    "mlp": mlp,
    "convnet": convnet,
    "lstm": lstm,
    "while_loop": while_loop,
    "embedding": embedding,
}
PROGRAMS = [
    *(f"{model}-{optimizer}-float32" for model in MODELS for optimizer in OPTIMIZERS),
    *(f"{model}-adam-float64" for model in MODELS),
]


# -- training --------------------------------------------------------------------------------------


class Program:
    """A model with the operations that train it, report on it and save it.

    Args:
      tf: the module.
      name: one of PROGRAMS.
    """

    def __init__(self, tf: Any, name: str) -> None:
        tf.reset_default_graph()
        tf.set_random_seed(1234)
        model, optimizer, dtype = name.split("-")
        self._tf = tf
        self._name = name
        self._model = MODELS[model](tf, tf.as_dtype(dtype))
        self._step = tf.train.get_or_create_global_step()
        rate = tf.train.exponential_decay(0.2, self._step, 10, 0.8, staircase=True)
        tf.summary.scalar("loss", self._model.loss)
        tf.summary.scalar("rate", rate)
        tf.summary.histogram("weights", tf.trainable_variables()[0])
        self._summaries = tf.summary.merge_all()
        self._train = self._training(OPTIMIZERS[optimizer](tf, rate))
        self._saver = tf.train.Saver()

    def _training(self, optimizer: Any) -> Any:
        tf = self._tf
        pairs = optimizer.compute_gradients(self._model.loss)
        clipped, _ = tf.clip_by_global_norm([grad for grad, _ in pairs], 5.0)
        variables = [variable for _, variable in pairs]
        # In TensorFlow a summary may see variables before or after they are updated, as it comes.
        before = [self._summaries, *tf.get_collection(tf.GraphKeys.UPDATE_OPS)]
        with tf.control_dependencies(before):
            return optimizer.apply_gradients(zip(clipped, variables, strict=True), self._step)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write two checkpoints, at the start and of the training half-way; train from both.

        Returns:
          The initial values by name, and what `read` returns.
        """
        with self._session() as session:
            session.run(self._tf.global_variables_initializer())
            self._save(session, folder / f"{self._name}-start")
            values = session.run({v.name: v.value() for v in self._tf.trainable_variables()})
        return {
            "initial": {name: value.tolist() for name, value in values.items()},
            "start": self._train_from(folder, "start", save=True),
            "half": self._train_from(folder, "half"),
        }

    def read(self, folder: Path) -> dict[str, Any]:
        """Train from both checkpoints of the other side.

        Returns:
          For each checkpoint and each step from there on the loss, the metric until then, and what
          the summary says: the loss, the learning rate, the greatest weight and the sum of the
          squares of weights.
        """
        return {start: self._train_from(folder, start) for start in ("start", "half")}

    def _train_from(self, folder: Path, start: str, save: bool = False) -> list[list[float]]:
        with self._session() as session:
            session.run(self._tf.local_variables_initializer())
            self._saver.restore(session, str(folder / f"{self._name}-{start}"))
            done = []
            for step in range(int(session.run(self._step)), STEPS):
                if save and step == HALF:
                    self._save(session, folder / f"{self._name}-half")
                done.append(self._one_step(session, step))
        return done

    def _save(self, session: Any, path: Path) -> None:
        self._saver.save(session, str(path), write_meta_graph=False, write_state=False)

    def _one_step(self, session: Any, step: int) -> list[float]:
        model = self._model
        fetches = [self._train, model.loss, model.metric[1], self._summaries]
        _, loss, metric, summary = session.run(fetches, model.feeds(step))
        scalar, rate, histogram = self._tf.Summary.FromString(summary).value
        return [
            float(loss),
            float(metric),
            scalar.simple_value,
            rate.simple_value,
            histogram.histo.max,
            histogram.histo.sum_squares,
        ]

    def _session(self) -> Any:
        # With several threads TensorFlow adds up in changing orders.
        config = self._tf.ConfigProto(
            intra_op_parallelism_threads=1, inter_op_parallelism_threads=1
        )
        return self._tf.Session(config=config)
