"""What the attributes of a layer hold: further layers, and variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

_T = TypeVar("_T")


def held_by(owner: Any, kind: type[_T]) -> list[_T]:
    """Return the objects of a kind in the attributes of an object, each once, oldest first.

    Args:
      owner: the object.
      kind: the class; objects within lists, tuples and mappings count too.

    >>> class Box:
    ...     pass
    >>> box = Box()
    >>> box.one, box.more = 3, [4, {"five": 5}, "six"]
    >>> held_by(box, int)
    [3, 4, 5]
    """
    found: dict[int, _T] = {}
    for value in vars(owner).values():
        for leaf in _leaves(value):
            if isinstance(leaf, kind) and leaf is not owner:
                found.setdefault(id(leaf), leaf)
    return list(found.values())


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def without_repeats(items: list[Any]) -> list[Any]:
    """Return the items of a list, each object once.

    Args:
      items: the list.

    >>> one, two = [1], [1]
    >>> len(without_repeats([one, two, one]))
    2
    """
    return list({id(item): item for item in items}.values())
