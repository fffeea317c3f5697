"""Compiled libraries of ops: they hold kernels for TensorFlow's runtime, which is not here.

Programs that bring such a library ask for it and, if it cannot be loaded, go on without. So the
functions are there, and fail as TensorFlow's do for a library that does not fit it.
"""

from __future__ import annotations

import errno
import os
from typing import NoReturn

from graphflow.core.errors import NotFoundError


def load_op_library(library_filename: str) -> NoReturn:
    """Fail to load compiled ops; see docs/adding_an_op.md for ops written in Python.

    Args:
      library_filename: the path of a shared object.

    Raises:
      NotFoundError: always: the file is not there, or is for TensorFlow's runtime.

    >>> import graphflow as tf
    >>> try:
    ...     tf.load_op_library("no/such/ops.so")
    ... except tf.errors.NotFoundError as error:
    ...     print(error.message)
    no/such/ops.so: there is no such file
    """
    raise NotFoundError(None, None, f"{library_filename}: {_why_not(library_filename)}")


def load_file_system_library(library_filename: str) -> NoReturn:
    """Fail to load a compiled file system.

    Args:
      library_filename: the path of a shared object.

    Raises:
      NotFoundError: always: the file is not there, or is for TensorFlow's runtime.

    >>> import graphflow as tf
    >>> try:
    ...     tf.load_file_system_library("no/such/files.so")
    ... except tf.errors.NotFoundError as error:
    ...     print(error.message)
    no/such/files.so: there is no such file
    """
    raise NotFoundError(None, None, f"{library_filename}: {_why_not(library_filename)}")


def load_library(library_location: str) -> NoReturn:
    """Fail to load one compiled library, or those in a folder.

    Args:
      library_location: the path of a shared object or folder.

    Raises:
      OSError: there is no such file.
      NotFoundError: there is one: it is for TensorFlow's runtime.

    >>> import graphflow as tf
    >>> try:
    ...     tf.load_library("no/such/folder")
    ... except OSError as error:
    ...     print(error.filename)
    no/such/folder
    """
    if not os.path.exists(library_location):
        raise OSError(errno.ENOENT, "there is no such file", library_location)
    raise NotFoundError(None, None, f"{library_location}: {_why_not(library_location)}")


def _why_not(path: str) -> str:
    if not os.path.exists(path):
        return "there is no such file"
    return (
        "graphflow cannot load ops compiled for TensorFlow; write them in Python, with "
        "graphflow.custom_ops"
    )
