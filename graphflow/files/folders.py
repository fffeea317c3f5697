"""Files and folders as a whole: `tf.gfile`'s functions, and `tf.io.gfile`'s under newer names."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from graphflow.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    NotFoundError,
    OpError,
)
from graphflow.files.names import errors_about, path_of
from graphflow.ops._file_system import matching_names
from graphflow.ops.kernels.byte_streams import open_stream, open_writer


@dataclass(frozen=True)
class FileStatistics:
    """What is known of a file without reading it.

    Attributes:
      length: its size in bytes.
      mtime_nsec: when it was last changed, in nanoseconds since 1970.
      is_directory: whether it is a folder.
    """

    length: int
    mtime_nsec: int
    is_directory: bool


def exists(path: Any) -> bool:
    """Whether there is a file or folder of that name.

    Args:
      path: the name.

    >>> exists("/"), exists("/no/such/file")
    (True, False)
    """
    return os.path.exists(path_of(path))


def isdir(path: Any) -> bool:
    """Whether there is a folder of that name.

    Args:
      path: the name.

    >>> isdir("/"), isdir("/no/such/folder")
    (True, False)
    """
    return os.path.isdir(path_of(path))


def stat(path: Any) -> FileStatistics:
    """Return the size of a file and when it was changed.

    Args:
      path: the name of a file or folder.

    Raises:
      NotFoundError: there is none.

    >>> stat("/").is_directory
    True
    """
    name = path_of(path)
    with errors_about(name):
        found = os.stat(name)
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(name))


def glob(pattern: Any) -> list[str]:
    """Find the names that match a pattern.

    Args:
      pattern: the pattern, or a list of some: `*` stands for any characters, `?` for any one,
        `[a-z]` for one of some, `[!a-z]` for another one, but none for a separator of folders.

    Returns:
      The names, sorted for each pattern; those found in the current folder begin with "./".

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for name in ["b.txt", "a.txt", "a.jpg"]:
    ...     (folder / name).touch()
    >>> [pathlib.Path(name).name for name in glob(str(folder / "*.txt"))]
    ['a.txt', 'b.txt']
    """
    patterns = pattern if isinstance(pattern, (list, tuple)) else [pattern]
    return [name for one in patterns for name in sorted(matching_names(path_of(one)))]


def listdir(path: Any) -> list[str]:
    """Return the names of what is in a folder, in no order, without "." and "..".

    Args:
      path: the folder.

    Raises:
      NotFoundError: there is no such folder.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "train").mkdir()
    >>> listdir(folder)
    ['train']
    """
    name = path_of(path)
    if not os.path.isdir(name):
        raise NotFoundError(None, None, f"{name}: there is no such folder")
    with errors_about(name):
        return os.listdir(name)


def walk(
    top: Any, topdown: bool = True, onerror: Callable[[OpError], Any] | None = None
) -> Iterator[tuple[str, list[str], list[str]]]:
    """Go through a folder and all those in it.

    Args:
      top: the folder; one that does not exist is passed over.
      topdown: whether a folder comes before those in it.
      onerror: is called with the error when a folder cannot be listed.

    Yields:
      For each folder its name, the names of the folders in it, and those of the other files.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "train").mkdir()
    >>> (folder / "train" / "0.jpg").touch()
    >>> [(folders, files) for _, folders, files in walk(folder)]
    [(['train'], []), ([], ['0.jpg'])]
    """
    name = path_of(top)
    try:
        entries = sorted(listdir(name))
    except NotFoundError as error:
        if onerror is not None:
            onerror(error)
        return
    folders = [entry for entry in entries if os.path.isdir(os.path.join(name, entry))]
    here = (name, folders, [entry for entry in entries if entry not in folders])
    if topdown:
        yield here
    for folder in folders:
        yield from walk(os.path.join(name, folder), topdown, onerror)
    if not topdown:
        yield here


def mkdir(path: Any) -> None:
    """Make a folder.

    Args:
      path: its name; the folder that it is in must exist.

    Raises:
      NotFoundError: the folder that it would be in does not exist.
      AlreadyExistsError: there is a file or folder of that name.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "new")
    >>> mkdir(path)
    >>> path.is_dir()
    True
    """
    name = path_of(path)
    with errors_about(name):
        os.mkdir(name)


def makedirs(path: Any) -> None:
    """Make a folder and those that it is in, where they do not exist.

    Args:
      path: its name.

    Raises:
      FailedPreconditionError: one of them is a file.

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "new", "newer")
    >>> makedirs(path)
    >>> makedirs(path)
    >>> path.is_dir()
    True
    """
    name = path_of(path)
    with errors_about(name):
        try:
            os.makedirs(name, exist_ok=True)
        except FileExistsError as error:
            raise FailedPreconditionError(None, None, f"{name} is no folder") from error


def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copy a file.

    Args:
      src: its name.
      dst: the name of the copy.
      overwrite: whether there may be a file of that name, which is lost.

    Raises:
      NotFoundError: there is no such file.
      AlreadyExistsError: there is one of the copy's name, and `overwrite` is False.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "a").write_text("some text")
    9
    >>> copy(folder / "a", folder / "b")
    >>> (folder / "b").read_text()
    'some text'
    """
    source, target = path_of(src), path_of(dst)
    _check_absent(target, overwrite)
    with open_stream(source) as reader, open_writer(target) as writer, errors_about(source):
        shutil.copyfileobj(reader, writer)


def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Rename a file or folder, or move it.

    Args:
      src: its name.
      dst: its new name.
      overwrite: whether there may be a file of that name, which is lost.

    Raises:
      NotFoundError: there is no such file.
      AlreadyExistsError: there is one of the new name, and `overwrite` is False.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "a").touch()
    >>> rename(folder / "a", folder / "b")
    >>> listdir(folder)
    ['b']
    """
    source, target = path_of(src), path_of(dst)
    _check_absent(target, overwrite)
    with errors_about(f"{source} -> {target}"):
        os.replace(source, target)


def _check_absent(path: str, overwrite: bool) -> None:
    if not overwrite and os.path.exists(path):
        raise AlreadyExistsError(None, None, f"{path}: file already exists")


def remove(path: Any) -> None:
    """Delete a file.

    Args:
      path: its name.

    Raises:
      NotFoundError: there is no such file.
      FailedPreconditionError: it is a folder.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "a").touch()
    >>> remove(folder / "a")
    >>> listdir(folder)
    []
    """
    name = path_of(path)
    with errors_about(name):
        os.remove(name)


def rmtree(path: Any) -> None:
    """Delete a folder with all that is in it, or a file.

    Args:
      path: its name; links in it are deleted, not what they lead to.

    Raises:
      NotFoundError: there is none.

    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "train").mkdir()
    >>> (folder / "train" / "0.jpg").touch()
    >>> rmtree(folder / "train")
    >>> listdir(folder)
    []
    """
    name = path_of(path)
    with errors_about(name):
        if os.path.isdir(name) and not os.path.islink(name):
            shutil.rmtree(name)
        else:
            os.remove(name)


# -- under the names of tf.gfile -------------------------------------------------------------------


def Exists(filename: Any) -> bool:
    """As `tf.io.gfile.exists`.

    Args:
      filename: the name of a file or folder.

    >>> Exists("/")
    True
    """
    return exists(filename)


def IsDirectory(dirname: Any) -> bool:
    """As `tf.io.gfile.isdir`.

    Args:
      dirname: the name of a folder.

    >>> IsDirectory("/")
    True
    """
    return isdir(dirname)


def Stat(filename: Any) -> FileStatistics:
    """As `tf.io.gfile.stat`.

    Args:
      filename: the name of a file or folder.

    Raises:
      NotFoundError: there is none.

    >>> Stat("/").is_directory
    True
    """
    return stat(filename)


def Glob(filename: Any) -> list[str]:
    """As `tf.io.gfile.glob`.

    Args:
      filename: a pattern, or a list of some.

    >>> Glob("/tm[p]")
    ['/tmp']
    """
    return glob(filename)


def ListDirectory(dirname: Any) -> list[str]:
    """As `tf.io.gfile.listdir`.

    Args:
      dirname: the folder.

    Raises:
      NotFoundError: there is no such folder.

    >>> "tmp" in ListDirectory("/")
    True
    """
    return listdir(dirname)


def Walk(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `tf.io.gfile.walk`.

    Args:
      top: the folder.
      in_order: whether a folder comes before those in it.

    Returns:
      An iterator of names of folders with the folders and other files in them.

    >>> list(Walk("/no/such/folder"))
    []
    """
    return walk(top, in_order)


def MkDir(dirname: Any) -> None:
    """As `tf.io.gfile.mkdir`.

    Args:
      dirname: the name of the new folder.

    Raises:
      NotFoundError: the folder that it would be in does not exist.
      AlreadyExistsError: there is a file or folder of that name.

    >>> MkDir("/")
    Traceback (most recent call last):
    ...
    graphflow.core.errors.AlreadyExistsError: /: File exists
    """
    mkdir(dirname)


def MakeDirs(dirname: Any) -> None:
    """As `tf.io.gfile.makedirs`.

    Args:
      dirname: the name of the folder.

    Raises:
      FailedPreconditionError: it, or one that it is in, is a file.

    >>> MakeDirs("/")
    """
    makedirs(dirname)


def Copy(oldpath: Any, newpath: Any, overwrite: bool = False) -> None:
    """As `tf.io.gfile.copy`.

    Args:
      oldpath: the name of a file.
      newpath: the name of the copy.
      overwrite: whether there may be a file of that name, which is lost.

    Raises:
      NotFoundError: there is no such file.
      AlreadyExistsError: there is one of the copy's name, and `overwrite` is False.

    >>> Copy("/no/such/file", "/no/copy")
    Traceback (most recent call last):
    ...
    graphflow.core.errors.NotFoundError: /no/such/file: No such file or directory
    """
    copy(oldpath, newpath, overwrite)


def Rename(oldname: Any, newname: Any, overwrite: bool = False) -> None:
    """As `tf.io.gfile.rename`.

    Args:
      oldname: the name of a file or folder.
      newname: its new name.
      overwrite: whether there may be a file of that name, which is lost.

    Raises:
      NotFoundError: there is no such file.
      AlreadyExistsError: there is one of the new name, and `overwrite` is False.

    >>> Rename("/no/such/file", "/")
    Traceback (most recent call last):
    ...
    graphflow.core.errors.AlreadyExistsError: /: file already exists
    """
    rename(oldname, newname, overwrite)


def Remove(filename: Any) -> None:
    """As `tf.io.gfile.remove`.

    Args:
      filename: the name of a file.

    Raises:
      NotFoundError: there is no such file.
      FailedPreconditionError: it is a folder.

    >>> Remove("/no/such/file")
    Traceback (most recent call last):
    ...
    graphflow.core.errors.NotFoundError: /no/such/file: No such file or directory
    """
    remove(filename)


def DeleteRecursively(dirname: Any) -> None:
    """As `tf.io.gfile.rmtree`.

    Args:
      dirname: the name of a folder.

    Raises:
      NotFoundError: there is none.

    >>> DeleteRecursively("/no/such/folder")
    Traceback (most recent call last):
    ...
    graphflow.core.errors.NotFoundError: /no/such/folder: No such file or directory
    """
    rmtree(dirname)
