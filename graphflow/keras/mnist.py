"""`tf.keras.datasets.mnist`: the digits, from where graphflow finds them."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from graphflow.datasets.mnist import load

_Pair = tuple[npt.NDArray[Any], npt.NDArray[Any]]


def load_data(path: str = "mnist.npz") -> tuple[_Pair, _Pair]:  # noqa: ARG001
    """Return the images and labels of MNIST, for training and for testing.

    They come from graphflow's cache, or from where `graphflow.datasets.mnist.load` finds them.

    Args:
      path: the name of Keras's cache file, a hint: graphflow has a cache of its own.

    Returns:
      `(x_train, y_train), (x_test, y_test)`: uint8 images [n, 28, 28], uint8 labels [n].

    Raises:
      FileNotFoundError: no source has the data.

    >>> (x_train, y_train), (x_test, y_test) = load_data()  # doctest: +SKIP
    >>> x_train.shape, y_test[:3].tolist()  # doctest: +SKIP
    ((60000, 28, 28), [7, 2, 1])
    """
    digits = load()
    train = digits.train_images, digits.train_labels
    return train, (digits.test_images, digits.test_labels)
