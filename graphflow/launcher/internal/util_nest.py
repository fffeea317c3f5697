"""`tensorflow.python.util.nest`: questions about structures."""

from __future__ import annotations

from typing import Any


def _is_namedtuple(instance: Any, strict: bool = False) -> bool:
    """Tell whether something is a named tuple.

    Args:
      instance: anything.
      strict: whether subclasses of named tuples' classes do not count.

    >>> from collections import namedtuple
    >>> _is_namedtuple(namedtuple("Point", "x y")(1, 2)), _is_namedtuple((1, 2))
    (True, False)
    """
    cls = type(instance)
    fields = getattr(cls, "_fields", None)
    if not issubclass(cls, tuple) or not isinstance(fields, tuple):
        return False
    return all(isinstance(field, str) for field in fields) and (not strict or cls.__base__ is tuple)
