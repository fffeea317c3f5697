"""Structures of elements: tuples, named tuples and dictionaries; lists are values.

They differ from those of `core/nest.py`: a list is a tensor that is not converted yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphflow.core import nest as core_nest
from graphflow.core.sparse import SparseTensorValue


def is_nested(value: Any) -> bool:
    """Tell whether something is a structure."""
    if isinstance(value, SparseTensorValue):
        return False
    return isinstance(value, (tuple, Mapping))


def _parts(structure: Any) -> list[tuple[Any, Any]]:
    """The keys or positions of a structure and its parts."""
    if isinstance(structure, Mapping):
        return [(key, structure[key]) for key in sorted(structure)]
    return list(enumerate(structure))


def flatten(structure: Any) -> list[Any]:
    """Return the values in a structure, in order; those of dictionaries in order of their keys.

    >>> flatten(({"b": [1, 2], "a": 3}, 4))
    [3, [1, 2], 4]
    """
    return list(_values(structure))


def _values(structure: Any) -> Iterator[Any]:
    if not is_nested(structure):
        yield structure
        return
    for _, part in _parts(structure):
        yield from _values(part)


def pack_as(structure: Any, flat: list[Any]) -> Any:
    """Return a structure like another one, of the values of a list.

    >>> pack_as({"b": 0, "a": (0, 0)}, [1, 2, 3])
    {'b': 3, 'a': (1, 2)}
    """
    values = iter(flat)
    packed = _packed(structure, values)
    assert next(values, None) is None
    return packed


def _packed(structure: Any, values: Iterator[Any]) -> Any:
    if not is_nested(structure):
        return next(values)
    parts = {key: _packed(part, values) for key, part in _parts(structure)}
    return core_nest._like(structure, parts)


def map_structure(function: Callable[..., Any], structure: Any, *others: Any) -> Any:
    """Apply a function to the values of structures of one form.

    Raises:
      ValueError: their forms differ.
      TypeError: their types differ.

    >>> map_structure(lambda a, b: (a, b), {"x": 1}, {"x": [2, 3]})
    {'x': (1, [2, 3])}
    """
    for other in others:
        assert_same_structure(structure, other)
    rows = zip(flatten(structure), *map(flatten, others), strict=True)
    return pack_as_values(structure, [function(*row) for row in rows])


def pack_as_values(structure: Any, flat: list[Any]) -> Any:
    """Like `pack_as`; the new values may be structures themselves."""
    return _packed(structure, iter(flat))


def assert_same_structure(one: Any, other: Any) -> None:
    """Check that two structures have one form.

    Raises:
      ValueError: one is no structure, or they have other keys or numbers of parts.
      TypeError: they are of different types.
    """
    if is_nested(one) != is_nested(other):
        raise ValueError(f"one is a structure, the other is not: {one!r} and {other!r}")
    if not is_nested(one):
        return
    if not core_nest._same_type(one, other):
        raise TypeError(
            f"the structures are of types {type(one).__name__} and {type(other).__name__}: "
            f"{one!r} and {other!r}"
        )
    mine, theirs = _parts(one), _parts(other)
    if [key for key, _ in mine] != [key for key, _ in theirs]:
        raise ValueError(f"the structures have different parts: {one!r} and {other!r}")
    for (_, first), (_, second) in zip(mine, theirs, strict=True):
        assert_same_structure(first, second)


def flatten_up_to(shallow: Any, structure: Any) -> list[Any]:
    """Return the parts of a structure that stand where another one has values.

    Raises:
      ValueError: the structure is not as deep as `shallow`, or has other parts.
      TypeError: types differ.

    >>> flatten_up_to({"a": 0, "b": 0}, {"a": (1, 2), "b": 3})
    [(1, 2), 3]
    """
    if not is_nested(shallow):
        return [structure]
    if not is_nested(structure) and not isinstance(structure, list):
        raise ValueError(f"a structure like {shallow!r} is needed, not {structure!r}")
    if isinstance(structure, list):
        structure = tuple(structure)
    mine, theirs = _parts(shallow), _parts(structure)
    if [key for key, _ in mine] != [key for key, _ in theirs]:
        raise ValueError(f"the structures have different parts: {shallow!r} and {structure!r}")
    found: list[Any] = []
    for (_, first), (_, second) in zip(mine, theirs, strict=True):
        found.extend(flatten_up_to(first, second))
    return found
