"""`tensorflow.python.util.tf_inspect`."""

from __future__ import annotations

from inspect import (
    getdoc as getdoc,
    getfile as getfile,
    getfullargspec as getfullargspec,
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

# Python's own `getargspec` is gone; code that calls this one reads the fields that both have.
getargspec = getfullargspec
