"""What all that deals with files shares: errors of TensorFlow's kinds, and names by patterns."""

from __future__ import annotations

import errno
import fnmatch
import os
import re
from collections.abc import Iterator
from typing import Any

from graphflow.core.errors import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OpError,
    OutOfRangeError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnknownError,
)

_KINDS: dict[type[OpError], tuple[int, ...]] = {
    AlreadyExistsError: (errno.EEXIST,),
    FailedPreconditionError: (
        errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EBUSY, errno.EXDEV, errno.ETXTBSY,
    ),
    InvalidArgumentError: (errno.EINVAL, errno.ENAMETOOLONG),
    NotFoundError: (errno.ENOENT,),
    OutOfRangeError: (errno.EFBIG,),
    PermissionDeniedError: (errno.EACCES, errno.EPERM, errno.EROFS),
    ResourceExhaustedError: (errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT),
}  # fmt: skip


def file_error(error: OSError, name: str) -> OpError:
    """The error of TensorFlow's kind for one of the operating system.

    Args:
      error: the error.
      name: the file's name.
    """
    kind: Any = next(
        (kind for kind, numbers in _KINDS.items() if error.errno in numbers), UnknownError
    )
    found: OpError = kind(None, None, f"{name}: {error.strerror or error}")
    return found


_WILD = re.compile(r"[*?\[\\]")


def matching_names(pattern: str) -> Iterator[str]:
    """The names that match a pattern, in no order.

    Unlike for `glob`, `*` stands for hidden files too and `**` is nothing special; a backslash
    takes the next character's meaning away.  Names found in the current folder begin with "./".

    Args:
      pattern: the pattern.

    Yields:
      The names.
    """
    wild = _WILD.search(pattern)
    if wild is None:
        yield from [pattern] if os.path.lexists(pattern) else []
    elif os.sep not in pattern[: wild.start()]:
        yield from _below(os.path.join(os.curdir, pattern.rstrip(os.sep)))
    else:
        yield from _below(pattern.rstrip(os.sep))


def _below(pattern: str) -> Iterator[str]:
    if _WILD.search(pattern) is None:
        yield pattern
        return
    folder, name = os.path.split(pattern)
    for parent in _below(folder):
        try:
            entries = os.listdir(parent)
        except OSError:  # a file, or a folder that must not be read
            continue
        matches = re.compile(fnmatch.translate(_as_fnmatch(name))).match
        yield from (os.path.join(parent, entry) for entry in entries if matches(entry))


def _as_fnmatch(pattern: str) -> str:
    """The same pattern as Python's `fnmatch` writes it."""
    return re.sub(r"\\(.)", r"[\1]", pattern).replace("[^", "[!")
