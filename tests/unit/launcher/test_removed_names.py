"""Names that were removed from Python, numpy and scipy come back, in a process of their own."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from graphflow.launcher import scipy_misc

CASES = [
    "import numpy as np; assert np.zeros(2, np.int).dtype == np.int64",
    "import numpy as np; assert np.float is float and np.object is object",
    "import numpy as np; assert np.asscalar(np.asarray([3.5])) == 3.5",
    "import numpy as np; assert np.product([2, 3, 5]) == 30 and np.math.pi > 3",
    "import numpy as np; assert np.asarray([1, 2], np.uint8).tostring() == b'\\x01\\x02'",
    "import numpy as np; assert np.fromstring(b'\\x01\\x02', np.uint8).tolist() == [1, 2]",
    "import numpy as np; assert np.fromstring('1 2.5', sep=' ').tolist() == [1, 2.5]",
    "import numpy as np; assert np.in1d([[1, 2], [3, 4]], [2, 3]).tolist() == [0, 1, 1, 0]",
    "import numpy as np; a = np.zeros(3), np.ones(2); assert np.array([a] * 4).shape == (4, 2)",
    "import numpy as np; assert np.asarray(a=[[1, 2], [3]]).tolist() == [[1, 2], [3]]",
    "import numpy as np; assert np.reshape([1, 2], newshape=(2, 1)).tolist() == [[1], [2]]",
    "import numpy as np; assert np.reshape([1, 2], shape=(2, 1)).shape == (2, 1)",
    "import numpy as np; assert np.histogram([1, 2, 4], 1, normed=True)[0] == 1 / 3",
    "import numpy as np; assert np.percentile([1, 2], 50, interpolation='lower') == 1",
    "import numpy as np; assert np.quantile([1, 2], 0.5, interpolation='higher') == 2",
    "import numba, numpy as np; assert numba.njit(lambda: np.array([1, 2]).sum())() == 3",
    "import collections; assert isinstance({}, collections.Mapping)",
    "import inspect; assert inspect.getargspec(lambda a, *b, c=1: 0).varargs == 'b'",
    "import time; assert time.clock() <= time.clock()",
    "import unittest; unittest.TestCase().assertEquals(2, 2)",
    "import scipy.misc; assert scipy.misc.factorial(4) == 24",
    "from scipy.misc import imresize, logsumexp; assert logsumexp([0.0]) == 0",
    "import scipy; assert scipy.misc.bytescale([0.0, 1.0]).tolist() == [0, 255]",
]


def test_they_come_back():
    checks = "\n".join(CASES)
    code = (
        "from graphflow.launcher.removed_names import restore_removed_names\n"
        f"restore_removed_names()\n{checks}\nrestore_removed_names()\n{checks}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_rows_of_different_lengths_become_no_numbers():
    code = (
        "import numpy as np\n"
        "from graphflow.launcher.removed_names import restore_removed_names\n"
        "restore_removed_names()\n"
        "for make in (np.array, np.asarray):\n"
        "    for dtype in ([float], []):\n"
        "        rows = [[1.0, 2.0], [3.0]] if dtype else [np.ones((2, 3)), np.ones((2, 4))]\n"
        "        try: make(rows, *dtype)\n"
        "        except ValueError: continue\n"
        "        raise AssertionError(dtype)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_pictures_go_to_files_and_back(tmp_path):
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[1, 2] = 255, 128, 0
    scipy_misc.imsave(tmp_path / "a.png", picture)
    np.testing.assert_array_equal(scipy_misc.imread(tmp_path / "a.png"), picture)
    assert scipy_misc.imread(tmp_path / "a.png", mode="L").shape == (4, 5)
    assert scipy_misc.imread(tmp_path / "a.png", flatten=True).dtype == np.float32


def test_picture_with_channels_first():
    assert scipy_misc.toimage(np.zeros((3, 4, 5))).size == (5, 4)


def test_sizes():
    picture = np.zeros((10, 20), np.uint8)
    assert scipy_misc.imresize(picture, 50).shape == (5, 10)
    assert scipy_misc.imresize(picture, 0.25).shape == (2, 5)
    assert scipy_misc.imresize(picture, (7, 9), "cubic").shape == (7, 9)
    assert scipy_misc.imrotate(picture, 90).shape == (10, 20)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scipy_misc.toimage(np.zeros((2, 5, 6))), "no axis of"),
        (lambda: scipy_misc.toimage(np.zeros(4)), "no image"),
        (lambda: scipy_misc.imresize(np.zeros((4, 4)), 2.0, "fancy"), "interp is 'fancy'"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
