"""Names that Python and its libraries had in the time of TensorFlow 1, and lost since.

`restore_removed_names` puts them back for the process, where nothing else has taken their place.
It is for the launcher: a library must not do that to the program that imports it.
"""

from __future__ import annotations

import collections
import collections.abc
import functools
import inspect
import math
import sys
import time
import unittest
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from graphflow.launcher import old_matplotlib, old_sklearn, scipy_misc, windowless


def restore_removed_names() -> None:
    """Give back to Python, numpy, scipy, Pillow, matplotlib and scikit-learn what they removed.

    Afterwards `np.float`, `np.asscalar`, `collections.Mapping`, `inspect.getargspec`,
    `scipy.misc.imread` and their like are there again, for the whole process.
    """
    _add(collections, {name: getattr(collections.abc, name) for name in collections.abc.__all__})
    _add(inspect, {"getargspec": _getargspec})
    _add(time, {"clock": time.perf_counter})
    _restore_assertions()
    _restore_numpy()
    _restore_pillow()
    scipy_misc.install()
    old_matplotlib.install()
    windowless.install()
    old_sklearn.install()


def _add(place: Any, names: Mapping[str, Any]) -> None:
    """Set attributes that are not there."""
    for name, value in names.items():
        if name not in vars(place):
            setattr(place, name, value)


class ArgSpec(NamedTuple):
    """What `inspect.getargspec` returned until Python 3.10."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def _getargspec(function: Any) -> ArgSpec:
    spec = inspect.getfullargspec(function)
    return ArgSpec(spec.args, spec.varargs, spec.varkw, spec.defaults)


def _restore_assertions() -> None:
    """Restore what test cases lost in Python 3.12."""
    case = unittest.TestCase
    _add(
        case,
        {
            "assertEquals": case.assertEqual,
            "assertNotEquals": case.assertNotEqual,
            "assertAlmostEquals": case.assertAlmostEqual,
            "assertNotAlmostEquals": case.assertNotAlmostEqual,
            "assertRegexpMatches": case.assertRegex,
            "assertNotRegexpMatches": case.assertNotRegex,
            "assertRaisesRegexp": case.assertRaisesRegex,
            "assertItemsEqual": case.assertCountEqual,
            "assertDictContainsSubset": _assert_contains,
            "assert_": case.assertTrue,
            "failUnless": case.assertTrue,
        },
    )


def _assert_contains(self: Any, subset: Any, dictionary: Any, msg: Any = None) -> None:
    if {**dictionary, **subset} != dict(dictionary):
        self.fail(self._formatMessage(msg, f"{dictionary!r} does not contain {subset!r}"))


def _restore_numpy() -> None:
    old: dict[str, Any] = {
        # Python's own types.
        "bool": bool, "int": int, "float": float, "complex": complex, "object": object,
        "str": str, "long": int, "unicode": str,
        # Names of dtypes and constants.
        "float_": np.float64, "complex_": np.complex128, "cfloat": np.complex128,
        "singlecomplex": np.complex64, "longfloat": np.longdouble, "longcomplex": np.clongdouble,
        "clongfloat": np.clongdouble, "unicode_": np.str_, "string_": np.bytes_,
        "typeDict": np.sctypeDict, "Inf": np.inf, "Infinity": np.inf, "infty": np.inf,
        "PINF": np.inf, "NINF": -np.inf, "NaN": np.nan, "NAN": np.nan,
        "PZERO": 0.0, "NZERO": -0.0,
        # Functions.
        "math": math, "asscalar": lambda a: np.asarray(a).item(),
        "product": np.prod, "cumproduct": np.cumprod, "sometrue": np.any, "alltrue": np.all,
        "round_": np.round, "rank": np.ndim, "alen": len, "msort": lambda a: np.sort(a, axis=0),
        "in1d": lambda ar1, ar2, **kwargs: np.isin(np.ravel(ar1), ar2, **kwargs),
        "row_stack": np.vstack, "trapz": np.trapezoid if hasattr(np, "trapezoid") else None,
        "mat": np.asmatrix, "asfarray": lambda a, dtype=np.float64: np.asarray(a, dtype),
        "issubclass_": lambda a, b: isinstance(a, type) and issubclass(a, b),
        "obj2sctype": lambda rep: np.dtype(rep).type, "find_common_type": _common_type,
        "ComplexWarning": np.exceptions.ComplexWarning,
        "VisibleDeprecationWarning": np.exceptions.VisibleDeprecationWarning,
        "AxisError": np.exceptions.AxisError,
    }  # fmt: skip
    _add(np, {name: value for name, value in old.items() if value is not None})
    _restore_fromstring()
    _restore_tostring()
    for name in ("array", "asarray"):
        vars(np)[name] = _with_ragged_arrays(vars(np)[name])
    for name, arguments in _OLD_ARGUMENTS.items():
        vars(np)[name] = _with_old_arguments(vars(np)[name], arguments)


def _restore_pillow() -> None:
    """Restore a filter that Pillow 10 renamed."""
    from PIL import Image

    _add(Image, {"ANTIALIAS": Image.Resampling.LANCZOS})


def _common_type(array_types: Any, scalar_types: Any) -> Any:
    return np.result_type(*array_types, *scalar_types)


def _restore_fromstring() -> None:
    """Let `np.fromstring` read bytes again, which numpy 2.3 gave up."""
    of_text = np.fromstring

    def fromstring(string: Any, dtype: Any = float, count: int = -1, sep: str = "") -> Any:
        if sep:
            return of_text(string, dtype, count, sep=sep)
        data = string.encode("latin-1") if isinstance(string, str) else string
        return np.frombuffer(data, dtype, count).copy()

    vars(np)["fromstring"] = fromstring


_OLD_ARGUMENTS = {
    "reshape": {"newshape": "shape"},
    "histogram": {"normed": "density"},
    "percentile": {"interpolation": "method"},
    "quantile": {"interpolation": "method"},
}


def _with_old_arguments(function: Callable[..., Any], names: Mapping[str, str]) -> Any:
    """Let a function take arguments by their old names too."""
    if getattr(function, "takes_old_arguments", False):
        return function

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **{names.get(name, name): item for name, item in kwargs.items()})

    vars(called)["takes_old_arguments"] = True
    return called


def _with_ragged_arrays(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Let rows of different lengths become an array of objects, which numpy 1.24 gave up.

    Programs shuffle pairs of example and label that way: `np.array(list(zip(xs, ys)))`.
    """
    if hasattr(convert, "__wrapped__"):
        return convert

    @functools.wraps(convert)
    def converted(*args: Any, **kwargs: Any) -> Any:
        try:
            return convert(*args, **kwargs)
        except ValueError as error:
            dtype = args[1] if len(args) > 1 else kwargs.get("dtype")
            if dtype is not None or "inhomogeneous" not in str(error):
                raise
        return convert(*args[:1], **{**kwargs, "dtype": object})

    return converted


def _restore_tostring() -> None:
    """Give arrays the method `tostring` again, which numpy 2.3 dropped.

    Types written in C take no new attributes in the ordinary way.
    """
    if hasattr(np.ndarray, "tostring") or sys.implementation.name != "cpython":
        return
    import ctypes
    import gc

    (names,) = gc.get_referents(vars(np.ndarray))
    names["tostring"] = np.ndarray.tobytes
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(np.ndarray))
