"""`tensorflow.python.lib.io.file_io`."""

from __future__ import annotations

import os
import uuid
import zlib
from typing import Any

from graphflow.core.errors import AlreadyExistsError
from graphflow.files.folders import (
    Walk as walk,
    copy as copy,
    exists as file_exists,
    glob,
    isdir as is_directory,
    listdir as list_directory,
    makedirs as recursive_create_dir,
    mkdir as create_dir,
    remove as delete_file,
    rename as rename,
    rmtree as delete_recursively,
    stat as stat,
)
from graphflow.files.gfile import GFile

__all__ = [
    "FileIO",
    "atomic_write_string_to_file",
    "copy",
    "create_dir",
    "delete_file",
    "delete_recursively",
    "file_crc32",
    "file_exists",
    "get_matching_files",
    "is_directory",
    "list_directory",
    "read_file_to_string",
    "recursive_create_dir",
    "rename",
    "stat",
    "walk",
    "write_string_to_file",
]

FileIO = GFile


def get_matching_files(filename: Any) -> list[str]:
    """Return the paths that match a pattern.

    Args:
      filename: a pattern, or several of them.
    """
    patterns = [filename] if isinstance(filename, (str, bytes, os.PathLike)) else filename
    return [path for pattern in patterns for path in glob(pattern)]


def read_file_to_string(filename: Any, binary_mode: bool = False) -> Any:
    """Return what a file holds.

    Args:
      filename: its path.
      binary_mode: return bytes, not a str.
    """
    with GFile(filename, "rb" if binary_mode else "r") as file:
        return file.read()


def write_string_to_file(filename: Any, file_content: Any) -> None:
    """Write a file.

    Args:
      filename: its path.
      file_content: a str or bytes.
    """
    with GFile(filename, "w") as file:
        file.write(file_content)


def atomic_write_string_to_file(filename: Any, contents: Any, overwrite: bool = True) -> None:
    """Write a file so that it is there in full or not at all.

    Args:
      filename: its path.
      contents: a str or bytes.
      overwrite: replace a file that is there.

    Raises:
      AlreadyExistsError: the file is there, and `overwrite` is false.
    """
    if not overwrite and file_exists(filename):
        raise AlreadyExistsError(None, None, f"{filename} exists already; pass overwrite=True")
    unfinished = f"{os.fspath(filename)}.tmp{uuid.uuid4().hex}"
    write_string_to_file(unfinished, contents)
    rename(unfinished, filename, overwrite=True)


def file_crc32(filename: Any, block_size: int = 1 << 24) -> str:
    """Return the CRC-32 of a file, as in "0x1f".

    Args:
      filename: its path.
      block_size: how many bytes are read at a time.
    """
    crc = 0
    with GFile(filename, "rb") as file:
        while block := file.read(n=block_size):
            crc = zlib.crc32(block, crc)
    return hex(crc & 0xFFFFFFFF)
