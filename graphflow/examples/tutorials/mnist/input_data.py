"""MNIST in the form of TensorFlow's tutorials: three data sets that hand out batches.

`read_data_sets` gives the three; `next_batch` of each gives images and labels for one step.
"""

from __future__ import annotations

import os
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from graphflow.core import dtypes
from graphflow.core.graph import get_default_graph
from graphflow.datasets import mnist
from graphflow.datasets.idx import decode_idx

__all__ = [
    "DEFAULT_SOURCE_URL",
    "DataSet",
    "Datasets",
    "dense_to_one_hot",
    "extract_images",
    "extract_labels",
    "read_data_sets",
]

Array: TypeAlias = npt.NDArray[Any]

DEFAULT_SOURCE_URL = mnist.MIRRORS[0]

_FAKE_EXAMPLES = 10000
_SEED_MODULUS = 2**31 - 1


def extract_images(f: IO[bytes]) -> npt.NDArray[np.uint8]:
    """Read the images of an IDX file.

    Args:
      f: the open file, gzipped or plain, in binary mode.

    Returns:
      uint8 [images, rows, columns, 1].

    Raises:
      ValueError: the file does not hold images as IDX, or is truncated.

    >>> import io
    >>> header = bytes.fromhex("00000803 00000001 00000002 00000003")
    >>> extract_images(io.BytesIO(header + bytes([0, 10, 20, 30, 40, 255]))).shape
    (1, 2, 3, 1)
    """
    return _extract(f, "train_images")[..., np.newaxis]


def extract_labels(f: IO[bytes], one_hot: bool = False, num_classes: int = 10) -> Array:
    """Read the labels of an IDX file.

    Args:
      f: the open file, gzipped or plain, in binary mode.
      one_hot: whether to return one row with a single 1 for each label.
      num_classes: the length of such a row.

    Returns:
      uint8 [labels], or float64 [labels, num_classes].

    Raises:
      ValueError: the file does not hold labels as IDX, is truncated, or (if `one_hot`) holds a
        label that is not below `num_classes`.

    >>> import io
    >>> extract_labels(io.BytesIO(bytes.fromhex("00000801 00000003 050004")))
    array([5, 0, 4], dtype=uint8)
    """
    labels = _extract(f, "train_labels")
    return dense_to_one_hot(labels, num_classes) if one_hot else labels


def _extract(f: IO[bytes], field: str) -> Array:
    origin = str(getattr(f, "name", "the stream"))
    array = decode_idx(f.read(), origin)
    mnist.verify_form(field, array, origin)
    return array


def dense_to_one_hot(labels_dense: npt.NDArray[np.integer[Any]], num_classes: int) -> Array:
    """Turn each label into a row with a single 1.

    Args:
      labels_dense: integers, n of them, from 0 to `num_classes` - 1.
      num_classes: the length of a row.

    Returns:
      float64 [n, num_classes].

    Raises:
      ValueError: a label is out of range.

    >>> dense_to_one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    labels = np.ravel(labels_dense)
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if wrong.size:
        raise ValueError(f"label {wrong[0]} is out of range; {num_classes} classes are declared")
    rows = np.zeros((labels.size, num_classes))
    rows[np.arange(labels.size), labels] = 1
    return rows


class DataSet:
    """Images with their labels, handed out in shuffled batches, epoch after epoch.

    The order comes from numpy's global random state (`np.random`), which the constructor seeds
    anew, as TensorFlow's does: with `seed`, else with the graph-level seed
    (`tf.set_random_seed`), else with fresh entropy. Data sets made one after another therefore
    share one stream of random numbers.

    >>> digits = DataSet(np.zeros((5, 28, 28, 1), np.uint8), np.arange(5), seed=3)
    >>> digits.images.shape, digits.images.dtype
    ((5, 784), dtype('float32'))
    >>> images, labels = digits.next_batch(4, shuffle=False)
    >>> images, labels = digits.next_batch(3, shuffle=False)
    >>> labels, digits.epochs_completed
    (array([4, 0, 1]), 1)
    """

    def __init__(
        self,
        images: npt.ArrayLike,
        labels: npt.ArrayLike,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: dtypes.DTypeLike = dtypes.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        """Take images and labels.

        Args:
          images: uint8 [n, rows, columns, 1]; for `fake_data` anything, it is not looked at.
          labels: [n] or [n, classes]; for `fake_data` anything.
          fake_data: whether to pretend to have 10000 examples, for programs that are only tried.
          one_hot: whether the labels of fake batches are one-hot.
          dtype: float32 to scale the images to 0..1, uint8 to leave them as they are.
          reshape: whether to flatten the images to [n, rows * columns].
          seed: the seed of the shuffling.

        Raises:
          TypeError: `dtype` is neither float32 nor uint8.
          ValueError: there are not as many labels as images, or `reshape` meets images of another
            shape.
        """
        np.random.seed(_numpy_seed(seed))
        wanted = dtypes.as_dtype(dtype).base_dtype
        if wanted not in (dtypes.uint8, dtypes.float32):
            raise TypeError(f"images cannot be {wanted.name}; choose uint8 or float32")
        self.one_hot = one_hot
        self._fake = fake_data
        self._images = np.asarray(images)
        self._labels = np.asarray(labels)
        self._num_examples = _FAKE_EXAMPLES
        self._epochs_completed = 0
        self._index_in_epoch = 0
        if fake_data:
            return
        if len(self._images) != len(self._labels):
            raise ValueError(f"{len(self._images)} images cannot have {len(self._labels)} labels")
        self._num_examples = len(self._images)
        if reshape:
            self._images = _flat(self._images)
        if wanted == dtypes.float32:
            self._images = self._images.astype(np.float32) * np.float32(1.0 / 255.0)

    @property
    def images(self) -> Array:
        """The images in the order of the current epoch, uint8 or float32."""
        return self._images

    @property
    def labels(self) -> Array:
        """The labels in the order of the current epoch."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """The number of images."""
        return self._num_examples

    @property
    def epochs_completed(self) -> int:
        """How many times all examples have been handed out."""
        return self._epochs_completed

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """Return the next examples; a batch may span the end of an epoch.

        Args:
          batch_size: how many examples. At most what is left of this epoch and one epoch more
            come in one batch, so a batch larger than that is short.
          fake_data: whether to return lists of made-up images and labels.
          shuffle: whether to shuffle before the first epoch and wherever a new one starts.

        Returns:
          Images and labels, both with `batch_size` rows.

        Raises:
          ValueError: the data set is a fake one, and no fake batch is asked for.

        >>> np.random.seed(0)
        >>> digits = DataSet(np.zeros((3, 1, 1, 1), np.uint8), np.arange(3), seed=1)
        >>> [digits.next_batch(2)[1].tolist() for _ in range(3)]
        [[0, 2], [1, 2], [1, 0]]
        """
        if fake_data:
            return _fake_batch(batch_size, self.one_hot)
        if self._fake:
            raise ValueError(
                "a DataSet made with fake_data=True has no examples; call"
                " next_batch(batch_size, fake_data=True)"
            )
        start = self._index_in_epoch
        end = start + batch_size
        if shuffle and self._epochs_completed == 0 and start == 0:
            self._shuffle()
        if end <= self._num_examples:
            self._index_in_epoch = end
            return self._images[start:end], self._labels[start:end]
        return self._batch_across_epochs(start, end - self._num_examples, shuffle)

    def _batch_across_epochs(self, start: int, end: int, shuffle: bool) -> tuple[Array, Array]:
        """Return the rest of this epoch from `start` on, and the next epoch's examples to `end`."""
        old_images = self._images[start:]
        old_labels = self._labels[start:]
        self._epochs_completed += 1
        if shuffle:
            self._shuffle()
        self._index_in_epoch = end
        return (
            np.concatenate((old_images, self._images[:end])),
            np.concatenate((old_labels, self._labels[:end])),
        )

    def _shuffle(self) -> None:
        order = np.arange(self._num_examples)
        np.random.shuffle(order)
        self._images = self._images[order]
        self._labels = self._labels[order]


class Datasets(NamedTuple):
    """The three parts of MNIST."""

    train: DataSet
    validation: DataSet
    test: DataSet


def read_data_sets(
    train_dir: str | os.PathLike[str],
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: dtypes.DTypeLike = dtypes.float32,
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """Return MNIST as training, validation and test set.

    IDX files in `train_dir` are used as they are, so that look-alikes such as Fashion-MNIST work.
    If the folder holds none of them and `source_url` is the default, the data come from
    `graphflow.datasets.mnist.load`, which checks them. In all other cases the files that the
    folder lacks are downloaded into it.

    Args:
      train_dir: a folder, which need not exist.
      fake_data: whether to return data sets without data, for programs that are only tried.
      one_hot: whether labels are float64 [n, 10] rather than uint8 [n].
      dtype: float32 for images from 0 to 1, uint8 for 0 to 255.
      reshape: whether images are [n, 784] rather than [n, 28, 28, 1].
      validation_size: how many of the training images, from the first on, form the validation set.
      seed: the seed of the shuffling, see `DataSet`.
      source_url: the address of the folder with the four gzipped files; "" is the default.

    Returns:
      The three data sets.

    Raises:
      FileNotFoundError: the data are nowhere to be found.
      OSError: a download failed.
      TypeError: `dtype` is neither float32 nor uint8.
      ValueError: a file is truncated or not IDX, or `validation_size` does not fit.

    >>> digits = read_data_sets("MNIST_data", one_hot=True)  # doctest: +SKIP
    >>> digits.train.images.shape, digits.validation.labels.shape  # doctest: +SKIP
    ((55000, 784), (5000, 10))
    """
    if fake_data:
        parts = [DataSet([], [], True, one_hot, dtype, seed=seed) for _ in range(3)]
        return Datasets(*parts)
    arrays = _read_arrays(train_dir, source_url or DEFAULT_SOURCE_URL)
    count = len(arrays.train_images)
    if not 0 <= validation_size <= count:
        raise ValueError(f"validation_size must be between 0 and {count}, not {validation_size}")

    def part(images: Array, labels: Array) -> DataSet:
        if one_hot:
            labels = dense_to_one_hot(labels, 10)
        return DataSet(images[..., np.newaxis], labels, False, one_hot, dtype, reshape, seed)

    return Datasets(
        train=part(arrays.train_images[validation_size:], arrays.train_labels[validation_size:]),
        validation=part(
            arrays.train_images[:validation_size], arrays.train_labels[:validation_size]
        ),
        test=part(arrays.test_images, arrays.test_labels),
    )


def _read_arrays(train_dir: str | os.PathLike[str], source_url: str) -> mnist.Mnist:
    if source_url == DEFAULT_SOURCE_URL and not mnist.find_idx_files(train_dir):
        return mnist.load()
    mnist.fetch_idx_files(source_url, train_dir)
    return mnist.read_folder(train_dir, mnist.verify_form)


def _flat(images: Array) -> Array:
    if images.ndim != 4 or images.shape[3] != 1:
        raise ValueError(
            f"images of shape {images.shape} cannot be flattened; give [n, rows, columns, 1] or"
            " reshape=False"
        )
    return images.reshape(len(images), images.shape[1] * images.shape[2])


def _fake_batch(batch_size: int, one_hot: bool) -> tuple[list[Any], list[Any]]:
    label: Any = [1] + [0] * 9 if one_hot else 0
    return [[1] * 784 for _ in range(batch_size)], [label] * batch_size


def _numpy_seed(seed: int | None) -> int | None:
    """Return what TensorFlow's rules for op and graph seeds give to seed numpy with."""
    graph_seed = get_default_graph().seed
    if seed is None:
        return None if graph_seed is None else graph_seed % _SEED_MODULUS
    op_seed = seed % _SEED_MODULUS
    if op_seed == 0 and graph_seed is not None and graph_seed % _SEED_MODULUS == 0:
        return _SEED_MODULUS
    return op_seed
