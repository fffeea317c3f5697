"""Files: read, written and looked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphflow.core.build import apply, apply_op
from graphflow.core.dtypes import string as _string
from graphflow.core.errors import FailedPreconditionError, NotFoundError
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._file_system import file_error, matching_names
from graphflow.ops._static import check_rank
from graphflow.ops._text import from_items, item_of, items_of, texts

__all__ = [
    "MatchingFiles",
    "ReadFile",
    "WriteFile",
    "matching_files",
    "read_file",
    "write_file",
]


def _path(name: Array) -> str:
    return os.fsdecode(item_of(name))


@register
class ReadFile(Op):
    """The content of a file."""

    inputs = "filename: string"
    outputs = "contents"
    stateful = True  # the file may change; TensorFlow does not fold it either
    blocking = True

    def infer(self, filename: TensorSpec) -> TensorSpec:
        check_rank("filename", filename, 0)
        return TensorSpec(TensorShape.of(()), _string)

    def kernel(self, filename: Array) -> Array:
        path = _path(filename)
        try:
            return from_items([Path(path).read_bytes()], ())
        except OSError as error:
            raise file_error(error, path) from error

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        yield Sample.of(cls(), texts(str(Path(__file__).with_name("_text.py"))))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts(["a"]),), "filename must be a scalar")
        missing = str(Path(__file__).with_name("missing"))
        yield ErrorSample(cls(), (texts(missing),), "missing", error=NotFoundError, when="run")
        folder = str(Path(__file__).parent)
        yield ErrorSample(
            cls(), (texts(folder),), "directory", error=FailedPreconditionError, when="run"
        )


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """Read a file.

    Args:
      filename: string scalar.
      name: the operation's name.

    Returns:
      A string scalar, the whole content.

    Raises:
      NotFoundError: (in the run) there is no such file.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "greeting.txt")
    >>> path.write_text("hello")
    5
    >>> tf.Session().run(tf.read_file(str(path)))
    b'hello'
    """
    return apply(ReadFile(), filename, name=name)


@register
class WriteFile(Op):
    """Writes a string to a file."""

    inputs = "filename: string, contents: string"
    outputs = ""
    stateful = True
    blocking = True

    def infer(self, filename: TensorSpec, contents: TensorSpec) -> tuple[()]:
        check_rank("filename", filename, 0)
        check_rank("contents", contents, 0)
        return ()

    def kernel(self, filename: Array, contents: Array) -> tuple[()]:
        path = _path(filename)
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(item_of(contents))
        except OSError as error:
            raise file_error(error, path) from error
        return ()

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        path = Path(tempfile.gettempdir(), f"graphflow-{os.getpid()}-write-file-sample")
        yield Sample.of(cls(), texts(str(path)), texts("some text"))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts(["a"]), texts("b")), "filename must be a scalar")
        yield ErrorSample(cls(), (texts("a"), texts(["b"])), "contents must be a scalar")
        folder = texts(str(Path(__file__).parent))
        yield ErrorSample(
            cls(), (folder, texts("b")), "directory", error=FailedPreconditionError, when="run"
        )


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """Write a string to a file; missing folders are made, an older file is replaced.

    Args:
      filename: string scalar.
      contents: string scalar.
      name: the operation's name.

    Returns:
      The operation.

    Raises:
      OpError: (in the run) the file cannot be written.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> path = pathlib.Path(tempfile.mkdtemp(), "new", "greeting.txt")
    >>> tf.Session().run(tf.write_file(str(path), "hello"))
    >>> path.read_text()
    'hello'
    """
    return apply_op(WriteFile(), filename, contents, name=name)


@register
class MatchingFiles(Op):
    """The names of files that match patterns, sorted."""

    inputs = "pattern: string"
    outputs = "filenames"
    stateful = True  # files come and go
    blocking = True

    def infer(self, pattern: TensorSpec) -> TensorSpec:
        pattern.shape.with_rank_at_most(1)
        return TensorSpec(TensorShape.of((None,)), _string)

    def kernel(self, pattern: Array) -> Array:
        found = {
            os.fsencode(name)
            for text in items_of(pattern)
            for name in matching_names(os.fsdecode(text))
        }
        return from_items(sorted(found), (len(found),))

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        here = Path(__file__).parent
        yield Sample.of(cls(), texts(str(here / "_t?xt.py")))
        yield Sample.of(cls(), texts([str(here / "[a-c]on*.py"), str(here / "nothing*")]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts([["a"]]),), "rank at most 1|must have rank")


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """Find the files whose names match a pattern.

    Args:
      pattern: string scalar or vector of patterns, in which `*` stands for any characters, `?` for
        any one, `[a-z]` for one of some, `[!a-z]` for another one; none of them stands for a
        separator of folders.  A name in the current folder that was looked for begins with "./".
      name: the operation's name.

    Returns:
      string [n], sorted names.

    >>> import pathlib, tempfile
    >>> import graphflow as tf
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for letter in "cab":
    ...     _ = (folder / f"{letter}.txt").write_text(letter)
    >>> names = tf.Session().run(tf.matching_files(str(folder / "[a-b].*")))
    >>> [pathlib.Path(name.decode()).name for name in names]
    ['a.txt', 'b.txt']
    """
    return apply(MatchingFiles(), pattern, name=name)
