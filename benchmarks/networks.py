"""Networks on MNIST: a training step, an evaluation, the first step."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.program import Program, Setting, workload

BATCH = 100
KEEP_PROB = 0.75
CHECKED_STEPS = 5  # the loss is compared after so many training steps


@workload("MNIST, softmax: a training step of 100 images")
def mnist_softmax(setting: Setting) -> Program:
    return training(setting, Softmax)


@workload("MNIST, five layers, dropout, Adam: a training step of 100 images")
def mnist_mlp(setting: Setting) -> Program:
    return training(setting, Mlp)


@workload("MNIST, convolutions of 6, 12 and 24 channels, Adam: a training step of 100 images")
def mnist_convnet(setting: Setting) -> Program:
    return training(setting, Convnet)


@workload("MNIST, convolutions of 32 and 64 channels, pooling, Adam: a training step of 50 images")
def mnist_convnet_deep(setting: Setting) -> Program:
    return training(setting, DeepConvnet)


@workload("MNIST, five layers with batch normalization, Adam: a training step of 100 images")
def mnist_mlp_batch_norm(setting: Setting) -> Program:
    return training(setting, NormalizedMlp)


@workload("MNIST by rows, LSTM of 128 units in a loop, Adam: a training step of 128 images")
def mnist_lstm(setting: Setting) -> Program:
    return training(setting, Lstm)


@workload("the same LSTM, its 28 steps written out")
def mnist_lstm_unrolled(setting: Setting) -> Program:
    return training(setting, UnrolledLstm)


@workload("the convolutions of 6, 12 and 24 channels: their accuracy on 10,000 images")
def mnist_convnet_evaluation(setting: Setting) -> Program:
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        net = Convnet(tf)
    session = setting.session(graph)
    pixels, labels = examples(setting.digits, "test")
    feeds = net.feeds(pixels, labels, 1.0)

    def step() -> Any:
        return session.run(net.accuracy, feeds)

    return Program(step, lambda: float(step()), close=session.close)


@workload("five layers: the first training step of a new session and graph")
def mnist_mlp_first_step(setting: Setting) -> Program:
    tf = setting.tf
    pixels, labels = next(batches(setting.digits, BATCH))
    waiting: list[tuple[Any, Any, dict[Any, Any]]] = []

    def prepare() -> None:
        with tf.Graph().as_default() as graph:
            net = Mlp(tf)
        feeds = net.feeds(pixels, labels, KEEP_PROB)
        waiting.append((setting.session(graph), net.train_step, feeds))

    def step() -> None:
        session, train_step, feeds = waiting.pop()
        session.run(train_step, feeds)
        session.close()

    return Program(step, prepare=prepare)


class Net:
    """A classifier of digits: placeholders, loss, accuracy and training step."""

    batch = BATCH  # the images of a step

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


class Softmax(Net):
    def logits(self) -> Any:
        return self._tf.matmul(self.pixels, self.weights(784, 10)) + self.biases(10)

    def optimizer(self) -> Any:
        return self._tf.train.GradientDescentOptimizer(0.5)

    def feeds(self, pixels: np.ndarray, labels: np.ndarray, keep_prob: float) -> dict[Any, Any]:
        return {self.pixels: pixels, self.labels: labels}  # nothing here is dropped out


class Mlp(Net):
    def logits(self) -> Any:
        tf, x = self._tf, self.pixels
        for inputs, outputs in itertools.pairwise((784, 200, 100, 60, 30)):
            x = tf.matmul(x, self.weights(inputs, outputs)) + self.biases(outputs)
            x = self.dropout(tf.nn.relu(x))
        return tf.matmul(x, self.weights(30, 10)) + self.biases(10)


class Convnet(Net):
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


class NormalizedMlp(Net):
    def logits(self) -> Any:
        tf, x = self._tf, self.pixels
        for inputs, outputs in itertools.pairwise((784, 200, 100, 60, 30)):
            x = tf.matmul(x, self.weights(inputs, outputs))
            mean, variance = tf.nn.moments(x, [0])
            scale = tf.Variable(np.ones(outputs, np.float32))
            shift = self.biases(outputs)
            x = tf.nn.relu(tf.nn.batch_normalization(x, mean, variance, shift, scale, 1e-3))
        return tf.matmul(x, self.weights(30, 10)) + self.biases(10)

    def feeds(self, pixels: np.ndarray, labels: np.ndarray, keep_prob: float) -> dict[Any, Any]:
        return {self.pixels: pixels, self.labels: labels}  # nothing here is dropped out


class DeepConvnet(Net):
    batch = 50

    def logits(self) -> Any:
        tf = self._tf
        x = tf.reshape(self.pixels, [-1, 28, 28, 1])
        for inputs, outputs in ((1, 32), (32, 64)):
            kernel = self.weights(5, 5, inputs, outputs)
            x = tf.nn.conv2d(x, kernel, strides=[1, 1, 1, 1], padding="SAME")
            x = tf.nn.relu(x + self.biases(outputs))
            x = tf.nn.max_pool(x, [1, 2, 2, 1], [1, 2, 2, 1], "SAME")
        x = tf.reshape(x, [-1, 7 * 7 * 64])
        x = tf.nn.relu(tf.matmul(x, self.weights(7 * 7 * 64, 1024)) + self.biases(1024))
        return tf.matmul(self.dropout(x), self.weights(1024, 10)) + self.biases(10)

    def optimizer(self) -> Any:
        return self._tf.train.AdamOptimizer(1e-4)


class UnrolledLstm(Net):
    """An LSTM without a class for its cell, since those of TensorFlow 2 need Keras."""

    batch = 128
    units = 128

    def logits(self) -> Any:
        tf, units = self._tf, self.units
        rows = tf.transpose(tf.reshape(self.pixels, [-1, 28, 28]), [1, 0, 2])
        self._kernel, self._bias = self.weights(28 + units, 4 * units), self.biases(4 * units)
        zeros = tf.zeros([tf.shape(self.pixels)[0], units])
        output = self.last_output(rows, zeros)
        return tf.matmul(output, self.weights(units, 10)) + self.biases(10)

    def last_output(self, rows: Any, zeros: Any) -> Any:
        c = h = zeros
        for row in self._tf.unstack(rows, 28):
            c, h = self.cell(row, c, h)
        return h

    def cell(self, row: Any, c: Any, h: Any) -> tuple[Any, Any]:
        tf = self._tf
        gates = tf.matmul(tf.concat([row, h], 1), self._kernel) + self._bias
        i_gate, new, forget, out = tf.split(gates, 4, axis=1)
        c = tf.sigmoid(forget + 1.0) * c + tf.sigmoid(i_gate) * tf.tanh(new)
        return c, tf.sigmoid(out) * tf.tanh(c)

    def feeds(self, pixels: np.ndarray, labels: np.ndarray, keep_prob: float) -> dict[Any, Any]:
        return {self.pixels: pixels, self.labels: labels}  # nothing here is dropped out


class Lstm(UnrolledLstm):
    """The same in terms of while_loop."""

    def last_output(self, rows: Any, zeros: Any) -> Any:
        tf = self._tf
        inputs = tf.TensorArray(tf.float32, 28).unstack(rows)

        def body(i: Any, c: Any, h: Any) -> tuple[Any, Any, Any]:
            return i + 1, *self.cell(inputs.read(i), c, h)

        return tf.while_loop(lambda i, *_: i < 28, body, (0, zeros, zeros))[2]


def training(setting: Setting, kind: type[Net]) -> Program:
    """Return the program whose step is a training step of a network."""
    tf = setting.tf
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        net = kind(tf)
    session = setting.session(graph)
    images = batches(setting.digits, kind.batch)

    def step() -> None:
        session.run(net.train_step, net.feeds(*next(images), KEEP_PROB))

    def outcome() -> float:
        for _ in range(CHECKED_STEPS):
            session.run(net.train_step, net.feeds(*next(images), 1.0))
        return float(session.run(net.loss, net.feeds(*next(images), 1.0)))

    return Program(step, outcome, close=session.close)


def examples(digits: Mapping[str, np.ndarray], part: str) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels between 0 and 1, and labels as unit vectors, of a part of MNIST."""
    images, labels = digits[f"{part}_images"], digits[f"{part}_labels"]
    pixels = images.reshape(-1, 784).astype(np.float32) / np.float32(255)
    return pixels, np.eye(10, dtype=np.float32)[labels]


def batches(digits: Mapping[str, np.ndarray], size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield images and labels of the training set, again and again."""
    pixels, labels = examples(digits, "train")
    starts: Sequence[int] = range(0, len(pixels) - size + 1, size)
    for start in itertools.cycle(starts):
        yield pixels[start : start + size], labels[start : start + size]
