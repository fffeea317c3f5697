"""Names that scikit-learn had in the time of TensorFlow 1, and lost since.

Programs split their data with it, encode labels and draw embeddings.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from graphflow.datasets import small
from graphflow.launcher.after_import import after_import, renamed

_SELECTION = "sklearn.model_selection"
_FOLDS = "sklearn.cross_validation"

_MOVED = {
    _FOLDS: _SELECTION,
    "sklearn.grid_search": _SELECTION,
    "sklearn.learning_curve": _SELECTION,
    "sklearn.externals.joblib": "joblib",
    "sklearn.externals.six": "six",
    "sklearn.datasets.base": "sklearn.datasets",
    "sklearn.datasets.samples_generator": "sklearn.datasets",
    "sklearn.metrics.classification": "sklearn.metrics",
    "sklearn.preprocessing.data": "sklearn.preprocessing",
}
"""Modules that are gone, and where their contents are now."""

_BOSTON_FEATURES = "CRIM ZN INDUS CHAS NOX RM AGE DIS RAD TAX PTRATIO B LSTAT"


def install() -> None:
    """Give modules, names and arguments back when a program imports them."""
    if not any(isinstance(finder, _MovedModules) for finder in sys.meta_path):
        sys.meta_path.append(_MovedModules())
    after_import("sklearn.manifold", _restore_manifold)
    after_import("sklearn.preprocessing", _restore_preprocessing)
    after_import("sklearn.datasets", _restore_datasets)


class _MovedModules(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules where scikit-learn has them no more; asked last, after all other finders."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self) if name in _MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        moved = vars(importlib.import_module(_MOVED[module.__name__]))
        vars(module).update({name: moved[name] for name in moved if not name.startswith("__")})
        if module.__name__ == _FOLDS:
            vars(module).update(
                KFold=k_fold,
                StratifiedKFold=stratified_k_fold,
                ShuffleSplit=shuffle_split,
                StratifiedShuffleSplit=stratified_shuffle_split,
                LeaveOneOut=leave_one_out,
            )


class Folds:
    """Pairs of indices to train and to test with, as the old classes gave them.

    Args:
      splitter: a splitter of today.
      targets: [examples], by which it may choose.
    """

    def __init__(self, splitter: Any, targets: Any) -> None:
        self._splitter = splitter
        self._targets = np.asarray(targets)

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Yield the indices to train with, and those to test with."""
        examples = np.zeros(len(self._targets))
        return iter(self._splitter.split(examples, self._targets))

    def __len__(self) -> int:
        """Return the number of pairs."""
        return int(self._splitter.get_n_splits(self._targets))


def _folds(name: str, targets: Any, *args: Any, **kwargs: Any) -> Folds:
    splitter = getattr(importlib.import_module(_SELECTION), name)
    return Folds(splitter(*args, **kwargs), targets)


def k_fold(n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None) -> Folds:
    """Split n examples into folds, each the test of the others.

    Args:
      n: the number of examples.
      n_folds: the number of folds.
      shuffle: whether folds are drawn by chance, otherwise one after the other.
      random_state: the seed if they are drawn.
    """
    state = random_state if shuffle else None
    return _folds("KFold", np.zeros(n), n_folds, shuffle=shuffle, random_state=state)


def stratified_k_fold(
    y: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None
) -> Folds:
    """Split examples into folds that have all classes in the same parts.

    Args:
      y: [examples], their classes.
      n_folds: see `k_fold`.
      shuffle: see `k_fold`.
      random_state: see `k_fold`.
    """
    state = random_state if shuffle else None
    return _folds("StratifiedKFold", y, n_folds, shuffle=shuffle, random_state=state)


def shuffle_split(
    n: int, n_iter: int = 10, test_size: Any = 0.1, train_size: Any = None, random_state: Any = None
) -> Folds:
    """Draw examples to test with, several times.

    Args:
      n: the number of examples.
      n_iter: how many times.
      test_size: their number, or their part of all.
      train_size: number or part of the others, by default all others.
      random_state: the seed.
    """
    return _folds(
        "ShuffleSplit", np.zeros(n), n_iter,
        test_size=test_size, train_size=train_size, random_state=random_state,
    )  # fmt: skip


def stratified_shuffle_split(
    y: Any, n_iter: int = 10, test_size: Any = 0.1, train_size: Any = None, random_state: Any = None
) -> Folds:
    """Draw examples to test with, several times, of all classes in the same parts.

    Args:
      y: [examples], their classes.
      n_iter: see `shuffle_split`.
      test_size: see `shuffle_split`.
      train_size: see `shuffle_split`.
      random_state: see `shuffle_split`.
    """
    return _folds(
        "StratifiedShuffleSplit", y, n_iter,
        test_size=test_size, train_size=train_size, random_state=random_state,
    )  # fmt: skip


def leave_one_out(n: int) -> Folds:
    """Test with each of n examples alone.

    Args:
      n: the number of examples.
    """
    return _folds("LeaveOneOut", np.zeros(n))


def _restore_manifold(manifold: Any) -> None:
    manifold.TSNE.__init__ = renamed(manifold.TSNE.__init__, "n_iter", "max_iter")


def _restore_preprocessing(preprocessing: Any) -> None:
    encoder = preprocessing.OneHotEncoder
    encoder.__init__ = renamed(encoder.__init__, "sparse", "sparse_output")


def _restore_datasets(datasets: Any) -> None:
    datasets.load_boston = load_boston


def load_boston(return_X_y: bool = False) -> Any:
    """Return the prices of houses in Boston, downloaded once.

    Args:
      return_X_y: whether to return features and prices only, without their names.

    Returns:
      A `Bunch` with `data` [506, 13], `target` [506], `feature_names` and `DESCR`.

    Raises:
      OSError: they could not be downloaded.
    """
    table = small.load_boston()
    data, target = table[:, :-1], table[:, -1]
    if return_X_y:
        return data, target
    return importlib.import_module("sklearn.utils").Bunch(
        data=data, target=target, feature_names=np.asarray(_BOSTON_FEATURES.split()),
        DESCR="Houses in Boston: 13 properties of their surroundings, and the median price.",
    )  # fmt: skip
