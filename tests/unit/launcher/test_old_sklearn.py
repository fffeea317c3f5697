"""Names that scikit-learn has lost come back when a program imports it, in its own process."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("sklearn")

PROGRAM = """
import sys
import numpy as np
from graphflow.launcher.removed_names import restore_removed_names
if {early}:
    import sklearn.datasets, sklearn.manifold, sklearn.preprocessing
restore_removed_names()
restore_removed_names()
assert {early} or not any(name.startswith("sklearn") for name in sys.modules)
{statements}
"""

CASES = {
    "moved modules": """
from sklearn.cross_validation import train_test_split
from sklearn import cross_validation, grid_search, model_selection
from sklearn.externals import joblib
from sklearn.datasets.samples_generator import make_blobs
assert train_test_split is model_selection.train_test_split
assert grid_search.GridSearchCV is model_selection.GridSearchCV
assert callable(joblib.dump) and make_blobs(7)[0].shape == (7, 2)
""",
    "folds": """
from sklearn.cross_validation import KFold, LeaveOneOut, ShuffleSplit
from sklearn.cross_validation import StratifiedKFold, StratifiedShuffleSplit, cross_val_score
folds = KFold(7, n_folds=3)
assert len(folds) == 3 and [test.tolist() for _, test in folds] == [[0, 1, 2], [3, 4], [5, 6]]
assert [train.tolist() for train, _ in LeaveOneOut(3)] == [[1, 2], [0, 2], [0, 1]]
classes = np.array([0, 0, 0, 0, 1, 1])
for train, test in StratifiedKFold(classes, n_folds=2, shuffle=True, random_state=3):
    assert sorted(classes[test]) == [0, 0, 1]
assert [len(test) for _, test in ShuffleSplit(10, 4, test_size=3)] == [3, 3, 3, 3]
for _, test in StratifiedShuffleSplit(classes, 2, test_size=3):
    assert sorted(classes[test]) == [0, 0, 1]
from sklearn.linear_model import LinearRegression
x = np.arange(8.0)[:, None]
assert np.allclose(cross_val_score(LinearRegression(), x, 3 * x[:, 0], cv=KFold(8, 2)), 1)
""",
    "arguments": """
from sklearn.base import clone
from sklearn.manifold import TSNE
from sklearn.preprocessing import OneHotEncoder
assert clone(TSNE(n_iter=350, perplexity=2)).max_iter == 350
assert OneHotEncoder(sparse=False).fit_transform([[3], [5]]).tolist() == [[1, 0], [0, 1]]
""",
    "houses": """
import graphflow.datasets.small as small
small.load_boston = lambda: np.arange(28.0).reshape(2, 14)
from sklearn.datasets import load_boston
boston = load_boston()
assert boston.data.shape == (2, 13) and boston.target.tolist() == [13, 27]
assert boston.feature_names[5] == "RM" and load_boston(return_X_y=True)[1].tolist() == [13, 27]
""",
    "what never was": """
try: import sklearn.nothing
except ModuleNotFoundError: pass
else: assert False
""",
}


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_old_names(case: str, early: bool):
    program = PROGRAM.format(early=early, statements=CASES[case])
    subprocess.run([sys.executable, "-c", program], check=True)
