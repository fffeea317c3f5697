"""`tensorflow.python.util.tf_inspect`."""

from __future__ import annotations

import inspect
from inspect import (
    FullArgSpec,
    getdoc as getdoc,
    getfile as getfile,
    getmembers as getmembers,
    getmodule as getmodule,
    getmro as getmro,
    getsource as getsource,
    isclass as isclass,
    isfunction as isfunction,
    ismethod as ismethod,
    ismodule as ismodule,
    signature as signature,
)
from typing import Any


def getfullargspec(obj: Any) -> FullArgSpec:
    """Return names and defaults of the arguments of a function.

    Programs compare those of a function of their own with those of TensorFlow's, which have no
    annotations: ours are left out.

    Args:
      obj: a function, method or class.

    >>> import graphflow as tf
    >>> getfullargspec(tf.cast).annotations
    {}
    """
    spec = inspect.getfullargspec(obj)
    ours = (getattr(obj, "__module__", None) or "").partition(".")[0] == "graphflow"
    return spec._replace(annotations={}) if ours else spec


# Python's own `getargspec` is gone; code that calls this one reads the fields that both have.
getargspec = getfullargspec
