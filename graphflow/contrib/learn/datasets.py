"""Data sets of programs: small ones by name, and tables in files of comma-separated values."""

from __future__ import annotations

import csv
import os
import shutil
import sys
import tempfile
import urllib.request
from typing import Any, NamedTuple

import numpy as np

from graphflow.datasets import small
from graphflow.examples.tutorials.mnist import input_data
from graphflow.files import gfile
from graphflow.files.folders import exists, makedirs


class Dataset(NamedTuple):
    """Examples and what is to be learnt of them.

    Attributes:
      data: [examples, features].
      target: [examples].
    """

    data: Any
    target: Any


def load_csv_with_header(
    filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    r"""Read a table whose first line begins with the numbers of examples and of features.

    Args:
      filename: the file.
      target_dtype: the numpy dtype of the target.
      features_dtype: the numpy dtype of the features.
      target_column: which column is the target.

    Returns:
      The table as a `Dataset`.

    Raises:
      ValueError: the table has another number of lines or columns than its header tells, or a
        value that does not fit the dtype.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "flowers.csv")
    ...     _ = path.write_text("2,3,small,large\n1,2.5,3,0\n4,5,6,1\n")
    ...     load_csv_with_header(path, np.int64, np.float32).data
    array([[1. , 2.5, 3. ],
           [4. , 5. , 6. ]], dtype=float32)
    """
    with gfile.GFile(filename) as file:
        header, *rows = csv.reader(file)
    shape = int(header[0]), int(header[1])
    if len(rows) != shape[0]:
        raise ValueError(f"{filename} announces {shape[0]} examples and has {len(rows)}")
    data = np.zeros(shape, features_dtype)
    target = np.zeros(shape[0], target_dtype)
    for index, row in enumerate(rows):
        if len(row) != shape[1] + 1:
            raise ValueError(
                f"example {index} of {filename} has {len(row)} values; there must be "
                f"{shape[1]} features and the target"
            )
        target[index] = np.asarray(row.pop(target_column), target_dtype)
        data[index] = np.asarray(row, features_dtype)
    return Dataset(data, target)


def load_csv_without_header(
    filename: Any, target_dtype: Any, features_dtype: Any, target_column: int = -1
) -> Dataset:
    """Read a table whose every line is an example.

    Args:
      filename: the file.
      target_dtype: the numpy dtype of the target.
      features_dtype: the numpy dtype of the features.
      target_column: which column is the target.

    Returns:
      The table as a `Dataset`.

    Raises:
      ValueError: a value does not fit the dtype, or lines have different numbers of values.
    """
    with gfile.GFile(filename) as file:
        rows = list(csv.reader(file))
    target = np.array([row.pop(target_column) for row in rows], target_dtype)
    return Dataset(np.array([np.asarray(row, features_dtype) for row in rows]), target)


def shrink_csv(filename: str, ratio: int) -> None:
    """Write every so-manieth line of a table beside it: of `a.csv` to `a_small.csv`.

    Args:
      filename: the file.
      ratio: of how many lines one is kept.
    """
    with gfile.GFile(filename) as file:
        kept = list(csv.reader(file))[::ratio]
    with gfile.GFile(filename.replace(".", "_small."), "w") as file:
        csv.writer(file, lineterminator="\n").writerows(kept)


def load_iris(data_path: Any = None) -> Dataset:
    """Return the measures of 150 irises.

    Args:
      data_path: a file for `load_csv_with_header`; without one the irises come from an installed
        scikit-learn or from UCI's archive.

    Returns:
      float64 [150, 4] and int64 [150].

    Raises:
      FileNotFoundError: they cannot be had.
    """
    if data_path is not None:
        return load_csv_with_header(data_path, np.int64, np.float64)
    table = small.load_iris()
    return Dataset(table[:, :-1], table[:, -1].astype(np.int64))


def load_boston(data_path: Any = None) -> Dataset:
    """Return measures and prices of 506 housing districts of Boston.

    Args:
      data_path: a file for `load_csv_with_header`; without one the table comes from UCI's archive.

    Returns:
      float64 [506, 13] and float64 [506].

    Raises:
      FileNotFoundError: they cannot be had.
    """
    if data_path is not None:
        return load_csv_with_header(data_path, np.float64, np.float64)
    table = small.load_boston()
    return Dataset(table[:, :-1], table[:, -1])


def load_mnist(train_dir: Any = "MNIST-data") -> input_data.Datasets:
    """Return MNIST, see `tensorflow.examples.tutorials.mnist.input_data.read_data_sets`.

    Args:
      train_dir: a folder for the files, which need not exist.
    """
    return input_data.read_data_sets(train_dir)


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """Return a data set by its name.

    Args:
      name: "iris", "boston" or "mnist".
      size: of "dbpedia" only, which is not here.
      test_with_fake_data: of "dbpedia" only.

    Returns:
      A `Dataset`, or the three of MNIST.

    Raises:
      FileNotFoundError: the data cannot be had.
      NotImplementedError: `name` is "dbpedia", a large set of texts.
      ValueError: there is no data set of this name.
    """
    del size, test_with_fake_data
    loaders = {"iris": load_iris, "boston": load_boston, "mnist": load_mnist}
    if name == "dbpedia":
        raise NotImplementedError("the data set 'dbpedia' is not here; read its files with tf.data")
    if name not in loaders:
        raise ValueError(f"there is no data set {name!r}; there are {', '.join(sorted(loaders))}")
    return loaders[name]()


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """Download a file, if a folder does not have it.

    The file appears in the folder only when it has arrived whole.

    Args:
      filename: its name in the folder.
      work_directory: the folder, made if it does not exist.
      source_url: the address of the file itself.

    Returns:
      The path of the file.

    Raises:
      OSError: it could not be fetched.
    """
    path = os.path.join(work_directory, filename)
    if exists(path):
        return path
    makedirs(work_directory)
    with tempfile.TemporaryDirectory(dir=work_directory) as partial:
        arrived = os.path.join(partial, filename)
        with urllib.request.urlopen(source_url) as source, open(arrived, "wb") as target:
            shutil.copyfileobj(source, target)
        os.replace(arrived, path)
    sys.stdout.write(f"Downloaded {filename}, {os.path.getsize(path)} bytes\n")
    return path
