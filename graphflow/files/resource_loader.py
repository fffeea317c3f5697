"""Files that lie beside a program."""

from __future__ import annotations

import os
import sys
from typing import Any

from graphflow.files.gfile import GFile

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def load_resource(path: Any) -> bytes:
    """Return the content of a file.

    Args:
      path: the file; a relative path begins at the folder of this package.

    Raises:
      OSError: there is no such file.
    """
    with GFile(os.path.join(_PACKAGE, path), "rb") as file:
        return bytes(file.read())


def get_data_files_path() -> str:
    """Return the folder of the file that calls this."""
    return _folder_of_caller()


def get_path_to_datafile(path: Any) -> str:
    """Return the path of a file beside the file that calls this.

    Args:
      path: the file, seen from there.

    >>> import os
    >>> os.path.basename(get_path_to_datafile("words.txt"))
    'words.txt'
    """
    return os.path.join(_folder_of_caller(), path)


def get_root_dir_with_all_resources() -> str:
    """Return the folder of this package."""
    return _PACKAGE


def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """Return a path as it is: files are read by the system as it sees fit.

    Args:
      path: the file.
      readahead: how much to read at once; without effect.
    """
    del readahead
    return path


def _folder_of_caller() -> str:
    return os.path.dirname(sys._getframe(2).f_code.co_filename)
