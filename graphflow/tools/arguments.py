"""What the tools share: how they read files and names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from graphflow.core.errors import NotFoundError
from graphflow.files.names import errors_about, path_of
from graphflow.interop import protos


def split_names(names: str | None) -> list[str]:
    """Return names that are separated by commas.

    Args:
      names: the text, or None.

    >>> split_names("a, b,")
    ['a', 'b']
    """
    return [name for name in (names or "").replace(" ", "").split(",") if name]


def read_message(path: Any, message: Any, is_binary: bool) -> Any:
    """Return the message in a file.

    Args:
      path: the file.
      message: a message of the same kind.
      is_binary: whether it is in protobuf's binary format.

    Raises:
      NotFoundError: there is no such file.
    """
    name = path_of(path)
    if not os.path.isfile(name):
        raise NotFoundError(None, None, f"the file {name!r} does not exist")
    with errors_about(name):
        data = Path(name).read_bytes()
    return type(message).FromString(data) if is_binary else protos.from_text(data, message)
