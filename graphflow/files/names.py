"""Names of files in errors and arguments."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from graphflow.ops._file_system import file_error


def path_of(name: Any) -> str:
    """A file's name as `str`.

    Args:
      name: str, bytes or a path object.

    Raises:
      TypeError: it is something else.

    >>> path_of(b"data/train")
    'data/train'
    """
    return os.fsdecode(name)


@contextmanager
def errors_about(path: str) -> Iterator[None]:
    """Turn the operating system's errors in a block into TensorFlow's, which name the file.

    Args:
      path: the file's name.

    >>> with errors_about("data/train"):
    ...     open("/nowhere/at/all")
    Traceback (most recent call last):
    ...
    graphflow.core.errors.NotFoundError: data/train: No such file or directory
    """
    try:
        yield
    except OSError as error:
        raise file_error(error, path) from error
