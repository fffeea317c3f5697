"""Two small tables that many programs learn from: Fisher's irises and houses in Boston.

Neither lies in this package. Each is taken from where it can be had, and must have the SHA-256 sum
of the table that TensorFlow shipped.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import io
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.float64]

_UCI = "https://archive.ics.uci.edu/ml/machine-learning-databases/"
_IRIS_URL = _UCI + "iris/iris.data"
_BOSTON_URL = _UCI + "housing/housing.data"
_IRIS_SUM = "c72f9a491f9a4961f47fafb750ab987c35af8bb337e3d21628812f55b9397933"
_BOSTON_SUM = "27541c985877ab63729637d6e92ce6d5999fabc7294d89d231378c027c518cf0"

_KINDS = {b"Iris-setosa": b"0", b"Iris-versicolor": b"1", b"Iris-virginica": b"2"}
# Two flowers that scikit-learn has as in Fisher's article, and UCI and TensorFlow have not.
_IRIS_ROWS = {34: (4.9, 3.1, 1.5, 0.1, 0), 37: (4.9, 3.1, 1.5, 0.1, 0)}


def load_iris() -> Table:
    """Return the measures of 150 irises, from an installed scikit-learn or from UCI's archive.

    Returns:
      float64 [150, 5]: length and width of sepal and petal in cm, and the kind from 0 to 2.

    Raises:
      FileNotFoundError: neither source has them; the message tells why.

    >>> load_iris()[149].tolist()  # doctest: +SKIP
    [5.9, 3.0, 5.1, 1.8, 2.0]
    """
    sources = {"scikit-learn": _iris_of_scikit_learn, _IRIS_URL: _iris_of_uci}
    return _first_of(sources, "iris", _IRIS_SUM)


def load_boston() -> Table:
    """Return what is known of 506 housing districts of Boston, from UCI's archive.

    Returns:
      float64 [506, 14]: thirteen measures, and the price of a house.

    Raises:
      FileNotFoundError: they cannot be had; the message tells why.

    >>> load_boston()[0, -1].tolist()  # doctest: +SKIP
    24.0
    """
    return _first_of({_BOSTON_URL: _boston_of_uci}, "boston", _BOSTON_SUM)


def _first_of(sources: dict[str, Callable[[], Table]], name: str, checksum: str) -> Table:
    failures = []
    for source, read in sources.items():
        try:
            table = read()
        except (OSError, ValueError) as error:
            failures.append(f"{source}: {error}")
            continue
        if hashlib.sha256(table.tobytes()).hexdigest() == checksum:
            return table
        failures.append(f"{source}: this is another table, or it is damaged")
    reasons = "\n  ".join(failures)
    raise FileNotFoundError(
        f"the data set {name!r} is in none of its places; give a file of your own as data_path:\n"
        f"  {reasons}"
    )


def _iris_of_scikit_learn() -> Table:
    """Read the table among the files of scikit-learn, without importing it."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("not installed; pip install scikit-learn")
    path = Path(spec.origin).with_name("datasets") / "data" / "iris.csv"
    with path.open(newline="") as file:
        _, *rows = csv.reader(file)
    table = np.array(rows, np.float64)
    for index, row in _IRIS_ROWS.items():
        table[index] = row
    return table


def _iris_of_uci() -> Table:
    data = _fetched(_IRIS_URL)
    for kind, number in _KINDS.items():
        data = data.replace(kind, number)
    return np.loadtxt(io.BytesIO(data), np.float64, delimiter=",")


def _boston_of_uci() -> Table:
    return np.loadtxt(io.BytesIO(_fetched(_BOSTON_URL)), np.float64)


def _fetched(url: str) -> bytes:
    """The bytes behind an address, kept in the cache of data sets."""
    import pooch

    folder = os.environ.get("GRAPHFLOW_CACHE") or pooch.os_cache("graphflow")
    # Contents are checked later: what counts are the numbers.
    path = pooch.retrieve(url, known_hash=None, fname=Path(url).name, path=folder)
    return Path(path).read_bytes()
