"""The programs that are timed, written against TensorFlow 1's interface and nothing else.

A workload is a function of a `Setting`, which carries the module under test as `tf`; it builds a
program and returns it as a `Program`.  The initial values come from numpy, so that the same program
gives the same numbers on every implementation.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

BATCH = 100
KEEP_PROB = 0.75
CHECKED_STEPS = 5  # the loss is compared after so many training steps


@dataclass(frozen=True)
class Setting:
    """What a workload is built from.

    Attributes:
      tf: the module under test.
      threads: how many threads a session may use.
      digits: MNIST's four arrays by name; empty if the workload needs none.
    """

    tf: ModuleType
    threads: int
    digits: Mapping[str, np.ndarray] = field(default_factory=dict)

    def session(self, graph: Any) -> Any:
        """Return a session for a graph, with its variables initialized."""
        tf = self.tf
        config = tf.ConfigProto(
            intra_op_parallelism_threads=self.threads, inter_op_parallelism_threads=self.threads
        )
        session = tf.Session(graph=graph, config=config)
        with graph.as_default():
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
        return session


@dataclass(frozen=True)
class Program:
    """A program that is ready to be timed.

    Attributes:
      step: what is timed.
      outcome: a number that every implementation must give; called once, before the timing. None
        if there is none to compare.
      prepare: called before each step, outside of its time.
      close: releases what the program holds.
    """

    step: Callable[[], Any]
    outcome: Callable[[], float] | None = None
    prepare: Callable[[], Any] | None = None
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Workload:
    """An entry of `WORKLOADS`."""

    build: Callable[[Setting], Program]
    description: str


WORKLOADS: dict[str, Workload] = {}


def workload(
    description: str,
) -> Callable[[Callable[[Setting], Program]], Callable[[Setting], Program]]:
    """Enter a function in `WORKLOADS` under its name."""

    def enter(build: Callable[[Setting], Program]) -> Callable[[Setting], Program]:
        WORKLOADS[build.__name__] = Workload(build, description)
        return build

    return enter


# --- the cost of a run and of an operation


@workload("session.run of the sum of two fed scalars")
def empty_run(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        a = tf.placeholder(tf.float32, [])
        b = tf.placeholder(tf.float32, [])
        total = a + b
    return _fetching(setting, graph, total, {a: 3.0, b: 4.5})


@workload("chain of 1,000 operations on 10 numbers")
def chain_1000(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        x, shift, scale = (tf.placeholder(tf.float32, [10]) for _ in range(3))
        y = _chain(tf, x, shift, scale, 1000)
    feeds = {x: np.arange(10.0), shift: np.full(10, 0.01), scale: np.full(10, 0.99)}
    return _fetching(setting, graph, y, feeds)


@workload("1,000 independent operations on 10 numbers, added up")
def fan_1000(setting: Setting) -> Program:
    tf = setting.tf
    values = np.random.RandomState(3).randn(1001, 10).astype(np.float32)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [10])
        total = tf.add_n([tf.maximum(x, tf.constant(row)) for row in values[1:]])
    return _fetching(setting, graph, total, {x: values[0]})


def _chain(tf: ModuleType, x: Any, shift: Any, scale: Any, operations: int) -> Any:
    for _ in range(operations // 2):
        x = tf.multiply(tf.add(x, shift), scale)
    return x


def _fetching(setting: Setting, graph: Any, fetch: Any, feeds: Mapping[Any, Any]) -> Program:
    feeds = {key: np.asarray(value, np.float32) for key, value in feeds.items()}
    session = setting.session(graph)

    def step() -> Any:
        return session.run(fetch, feeds)

    return Program(step, lambda: float(np.sum(step())), close=session.close)


# --- training on MNIST


@workload("MNIST, softmax: a training step of 100 images")
def mnist_softmax(setting: Setting) -> Program:
    return _training(setting, _Softmax)


@workload("MNIST, five layers, dropout, Adam: a training step of 100 images")
def mnist_mlp(setting: Setting) -> Program:
    return _training(setting, _Mlp)


@workload("MNIST, convolutions of 6, 12 and 24 channels, Adam: a training step of 100 images")
def mnist_convnet(setting: Setting) -> Program:
    return _training(setting, _Convnet)


@workload("the same network: its accuracy on 10,000 images")
def mnist_convnet_evaluation(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        net = _Convnet(tf)
    session = setting.session(graph)
    pixels, labels = _examples(setting.digits, "test")
    feeds = net.feeds(pixels, labels, 1.0)

    def step() -> Any:
        return session.run(net.accuracy, feeds)

    return Program(step, lambda: float(step()), close=session.close)


@workload("five layers: the first training step of a new session and graph")
def mnist_mlp_first_step(setting: Setting) -> Program:
    tf = setting.tf
    pixels, labels = next(_batches(setting.digits))
    waiting: list[tuple[Any, Any, dict[Any, Any]]] = []

    def prepare() -> None:
        with tf.Graph().as_default() as graph:
            net = _Mlp(tf)
        feeds = net.feeds(pixels, labels, KEEP_PROB)
        waiting.append((setting.session(graph), net.train_step, feeds))

    def step() -> None:
        session, train_step, feeds = waiting.pop()
        session.run(train_step, feeds)
        session.close()

    return Program(step, prepare=prepare)


class _Net:
    """A classifier of digits: placeholders, loss, accuracy and training step."""

    def __init__(self, tf: ModuleType) -> None:
        self._values = np.random.RandomState(11)
        self._tf = tf
        self.pixels = tf.placeholder(tf.float32, [None, 784])
        self.labels = tf.placeholder(tf.float32, [None, 10])
        self.keep_prob = tf.placeholder(tf.float32, [])
        logits = self.logits()
        errors = tf.nn.softmax_cross_entropy_with_logits(labels=self.labels, logits=logits)
        self.loss = tf.reduce_mean(errors)
        right = tf.equal(tf.argmax(logits, 1), tf.argmax(self.labels, 1))
        self.accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
        self.train_step = self.optimizer().minimize(self.loss)

    def feeds(self, pixels: np.ndarray, labels: np.ndarray, keep_prob: float) -> dict[Any, Any]:
        return {self.pixels: pixels, self.labels: labels, self.keep_prob: keep_prob}

    def logits(self) -> Any:
        raise NotImplementedError

    def optimizer(self) -> Any:
        return self._tf.train.AdamOptimizer(0.003)

    def weights(self, *shape: int) -> Any:
        values = 0.1 * self._values.standard_normal(shape)
        return self._tf.Variable(values.astype(np.float32))

    def biases(self, size: int) -> Any:
        return self._tf.Variable(np.full(size, 0.1, np.float32))

    def dropout(self, x: Any) -> Any:
        return self._tf.nn.dropout(x, keep_prob=self.keep_prob)


class _Softmax(_Net):
    def logits(self) -> Any:
        return self._tf.matmul(self.pixels, self.weights(784, 10)) + self.biases(10)

    def optimizer(self) -> Any:
        return self._tf.train.GradientDescentOptimizer(0.5)

    def feeds(self, pixels: np.ndarray, labels: np.ndarray, keep_prob: float) -> dict[Any, Any]:
        return {self.pixels: pixels, self.labels: labels}  # nothing here is dropped out


class _Mlp(_Net):
    def logits(self) -> Any:
        tf, x = self._tf, self.pixels
        for inputs, outputs in itertools.pairwise((784, 200, 100, 60, 30)):
            x = tf.matmul(x, self.weights(inputs, outputs)) + self.biases(outputs)
            x = self.dropout(tf.nn.relu(x))
        return tf.matmul(x, self.weights(30, 10)) + self.biases(10)


class _Convnet(_Net):
    def logits(self) -> Any:
        tf = self._tf
        x = tf.reshape(self.pixels, [-1, 28, 28, 1])
        for size, inputs, outputs, stride in ((5, 1, 6, 1), (5, 6, 12, 2), (4, 12, 24, 2)):
            kernel = self.weights(size, size, inputs, outputs)
            x = tf.nn.conv2d(x, kernel, strides=[1, stride, stride, 1], padding="SAME")
            x = tf.nn.relu(x + self.biases(outputs))
        x = tf.reshape(x, [-1, 7 * 7 * 24])
        x = tf.nn.relu(tf.matmul(x, self.weights(7 * 7 * 24, 200)) + self.biases(200))
        return tf.matmul(self.dropout(x), self.weights(200, 10)) + self.biases(10)


def _training(setting: Setting, kind: type[_Net]) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        net = kind(tf)
    session = setting.session(graph)
    batches = _batches(setting.digits)

    def step() -> None:
        session.run(net.train_step, net.feeds(*next(batches), KEEP_PROB))

    def outcome() -> float:
        for _ in range(CHECKED_STEPS):
            session.run(net.train_step, net.feeds(*next(batches), 1.0))
        return float(session.run(net.loss, net.feeds(*next(batches), 1.0)))

    return Program(step, outcome, close=session.close)


def _examples(digits: Mapping[str, np.ndarray], part: str) -> tuple[np.ndarray, np.ndarray]:
    images, labels = digits[f"{part}_images"], digits[f"{part}_labels"]
    pixels = images.reshape(-1, 784).astype(np.float32) / np.float32(255)
    return pixels, np.eye(10, dtype=np.float32)[labels]


def _batches(digits: Mapping[str, np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    pixels, labels = _examples(digits, "train")
    starts: Sequence[int] = range(0, len(pixels) - BATCH + 1, BATCH)
    for start in itertools.cycle(starts):
        yield pixels[start : start + BATCH], labels[start : start + BATCH]


# --- loops and input pipelines


@workload("a while loop of 1,000 iterations: a matmul and an add of 10 numbers")
def loop_1000(setting: Setting) -> Program:
    return _looping(setting, has_gradient=False)


@workload("the same loop with its gradient")
def loop_1000_gradient(setting: Setting) -> Program:
    return _looping(setting, has_gradient=True)


def _looping(setting: Setting, has_gradient: bool) -> Program:
    tf = setting.tf
    matrix = 0.3 * np.random.RandomState(5).randn(10, 10)
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [1, 10])
        weights = tf.constant(matrix, tf.float32)
        _, y = tf.while_loop(
            lambda i, _: i < 1000, lambda i, y: (i + 1, tf.tanh(tf.matmul(y, weights)) + x), (0, x)
        )
        fetch = tf.gradients(y, x)[0] if has_gradient else y
    return _fetching(setting, graph, fetch, {x: np.arange(10.0).reshape(1, 10) / 10})


@workload("MNIST by rows, LSTM of 128 units, Adam: a training step of 100 images")
def mnist_lstm(setting: Setting) -> Program:
    return _training(setting, _Lstm)


class _Lstm(_Net):
    """An LSTM in terms of while_loop, since TensorFlow 2's cells need Keras."""

    units = 128

    def logits(self) -> Any:
        tf, units = self._tf, self.units
        rows = tf.transpose(tf.reshape(self.pixels, [-1, 28, 28]), [1, 0, 2])
        inputs = tf.TensorArray(tf.float32, 28).unstack(rows)
        kernel, bias = self.weights(28 + units, 4 * units), self.biases(4 * units)
        zeros = tf.zeros([tf.shape(self.pixels)[0], units])

        def body(i: Any, c: Any, h: Any) -> tuple[Any, Any, Any]:
            gates = tf.matmul(tf.concat([inputs.read(i), h], 1), kernel) + bias
            i_gate, new, forget, out = tf.split(gates, 4, axis=1)
            c = tf.sigmoid(forget + 1.0) * c + tf.sigmoid(i_gate) * tf.tanh(new)
            return i + 1, c, tf.sigmoid(out) * tf.tanh(c)

        _, _, h = tf.while_loop(lambda i, *_: i < 28, body, (0, zeros, zeros))
        return tf.matmul(h, self.weights(units, 10)) + self.biases(10)

    def feeds(self, pixels: np.ndarray, labels: np.ndarray, keep_prob: float) -> dict[Any, Any]:
        return {self.pixels: pixels, self.labels: labels}  # nothing here is dropped out


@workload("tf.data: 100 batches of 100 images, shuffled and mapped")
def pipeline(setting: Setting) -> Program:
    tf = setting.tf
    pixels = setting.digits["train_images"].reshape(-1, 784)[:10_000]
    with tf.Graph().as_default() as graph:
        images = tf.placeholder(tf.uint8, pixels.shape)
        dataset = tf.data.Dataset.from_tensor_slices(images).shuffle(1000, seed=3).batch(BATCH)
        dataset = dataset.map(lambda x: tf.cast(x, tf.float32) / 255.0).prefetch(2)
        iterator = tf.data.make_initializable_iterator(dataset)
        total = tf.reduce_sum(iterator.get_next())
    session = setting.session(graph)

    def step() -> float:
        session.run(iterator.initializer, {images: pixels})
        return float(sum(session.run(total) for _ in range(len(pixels) // BATCH)))

    return Program(step, step, close=session.close)


# --- construction of graphs


@workload("building the five layers with gradients and Adam")
def build_mlp(setting: Setting) -> Program:
    tf = setting.tf

    def step() -> None:
        with tf.Graph().as_default():
            _Mlp(tf)

    return Program(step)


@workload("building a chain of 10,000 operations with its gradient")
def build_chain_10000(setting: Setting) -> Program:
    tf = setting.tf

    def step() -> None:
        with tf.Graph().as_default():
            x, shift, scale = (tf.placeholder(tf.float32, [10]) for _ in range(3))
            tf.gradients(_chain(tf, x, shift, scale, 10_000), [x])

    return Program(step)
