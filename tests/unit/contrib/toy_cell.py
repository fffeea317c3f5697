"""A cell whose weights are constants, so that numpy can follow it, and numpy following it."""

from __future__ import annotations

import numpy as np

import graphflow as tf


class ToyCell(tf.nn.rnn_cell.RNNCell):
    """A recurrent cell that gives logits: s' = tanh(s A + x B), y = s' C.

    Args:
      classes: how many logits it gives; inputs are one-hot vectors of that size.
      size: the size of its state.
      seed: of its weights.
    """

    def __init__(self, classes: int, size: int = 3, seed: int = 0) -> None:
        super().__init__()
        random = np.random.RandomState(seed)
        self.a = random.randn(size, size)
        self.b = random.randn(classes, size)
        self.c = 2 * random.randn(size, classes)

    @property
    def state_size(self):
        return len(self.a)

    @property
    def output_size(self):
        return self.c.shape[1]

    def call(self, inputs, state):
        state = tf.tanh(tf.matmul(state, self.a) + tf.matmul(inputs, self.b))
        return tf.matmul(state, self.c), state

    def follow(self, token: int, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The logits and the state after a token, by numpy."""
        state = np.tanh(state @ self.a + self.b[token])
        return state @ self.c, state


def log_softmax(logits: np.ndarray) -> np.ndarray:
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))
