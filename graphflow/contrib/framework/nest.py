"""`tf.contrib.framework.nest`: all functions of nested structures, also those of partial depth.

A *shallow* structure stands for the upper part of a deeper one: where it has an atom, the deeper
one may have a structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphflow.core.nest import (
    _like,
    _parts,
    _same_type,
    assert_same_structure as assert_same_structure,
    flatten as flatten,
    is_composite,
    is_nested as is_nested,
    map_structure as map_structure,
    pack_sequence_as as pack_sequence_as,
)

is_sequence = is_nested


def is_sequence_or_composite(value: Any) -> bool:
    """Tell whether something is a structure, or made of several tensors.

    Args:
      value: anything.
    """
    return is_nested(value) or is_composite(value)


def flatten_dict_items(dictionary: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a dictionary whose keys and values are the atoms of the keys and values of another.

    Args:
      dictionary: each key is an atom, or a structure of the same form as its value.

    Raises:
      TypeError: it is no dictionary.
      ValueError: a key and its value differ in form, or an atom occurs twice among the keys.

    >>> flatten_dict_items({(4, 5): ("a", "b"), 6: "c"})
    {4: 'a', 5: 'b', 6: 'c'}
    """
    if not isinstance(dictionary, Mapping):
        raise TypeError(f"flatten_dict_items takes a dictionary, not {dictionary!r}")
    flat: dict[Any, Any] = {}
    for key, value in dictionary.items():
        if not is_nested(key):
            _add(flat, key, value)
            continue
        keys, values = flatten(key), flatten(value)
        if len(keys) != len(values):
            raise ValueError(f"key {key!r} and its value {value!r} have different numbers of atoms")
        for one, other in zip(keys, values, strict=True):
            _add(flat, one, other)
    return flat


def _add(flat: dict[Any, Any], key: Any, value: Any) -> None:
    if key in flat:
        raise ValueError(f"the key {key!r} occurs more than once")
    flat[key] = value


# -- shallow structures ----------------------------------------------------------------------------


def assert_shallow_structure(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Check that a structure begins as a shallow one does.

    Args:
      shallow_tree: the shallow structure.
      input_tree: the deeper structure.
      check_types: whether the types of lists, tuples and dictionaries must agree too.
      expand_composites: whether sparse tensors and indexed slices are structures.

    Raises:
      TypeError: there is an atom where the shallow structure goes on, or types differ.
      ValueError: the number of parts or the keys differ.

    >>> assert_shallow_structure(["a", "b"], [1, [2, 3]])
    """
    list(_pairs(shallow_tree, input_tree, check_types, expand_composites))


def _pairs(
    shallow: Any, deep: Any, check_types: bool, expand_composites: bool, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    """The atoms of the shallow structure: path, atom, and what the deeper one has there."""
    mine = _parts(shallow, expand_composites)
    if mine is None:
        yield path, shallow, deep
        return
    theirs = _parts(deep, expand_composites)
    if theirs is None:
        raise TypeError(f"a structure like {shallow!r} is needed, not {deep!r}")
    if check_types and not _same_type(shallow, deep):
        raise TypeError(
            f"the structures are of types {type(shallow).__name__} and {type(deep).__name__}: "
            f"{shallow!r} and {deep!r}"
        )
    if len(mine) != len(theirs):
        raise ValueError(
            f"the structures have {len(mine)} and {len(theirs)} parts: {shallow!r} and {deep!r}"
        )
    found = dict(theirs)
    for key, part in mine:
        if key not in found:
            raise ValueError(f"the key {key!r} of {shallow!r} is missing in {deep!r}")
        yield from _pairs(part, found[key], check_types, expand_composites, (*path, key))


def flatten_up_to(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> list[Any]:
    """Return what a structure has where a shallow one has atoms, in order.

    Args:
      shallow_tree: the shallow structure.
      input_tree: the deeper structure.
      check_types: whether the types of lists, tuples and dictionaries must agree too.
      expand_composites: whether sparse tensors and indexed slices are structures.

    Raises:
      TypeError: as for `assert_shallow_structure`.
      ValueError: as for `assert_shallow_structure`.

    >>> flatten_up_to([0, [0, 0]], [[2, 3], [[4], 5]])
    [[2, 3], [4], 5]
    """
    pairs = _pairs(shallow_tree, input_tree, check_types, expand_composites)
    return [part for _, _, part in pairs]


def flatten_with_tuple_paths_up_to(
    shallow_tree: Any, input_tree: Any, check_types: bool = True, expand_composites: bool = False
) -> list[tuple[tuple[Any, ...], Any]]:
    """Return what `flatten_up_to` does, each with the keys and positions that lead to it.

    Args:
      shallow_tree: the shallow structure.
      input_tree: the deeper structure.
      check_types: whether the types of lists, tuples and dictionaries must agree too.
      expand_composites: whether sparse tensors and indexed slices are structures.

    >>> flatten_with_tuple_paths_up_to({"a": 0, "b": [0]}, {"a": (7, 8), "b": [9]})
    [(('a',), (7, 8)), (('b', 0), 9)]
    """
    pairs = _pairs(shallow_tree, input_tree, check_types, expand_composites)
    return [(path, part) for path, _, part in pairs]


def map_structure_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """Apply a function to what structures have where a shallow one has atoms.

    Args:
      shallow_tree: the shallow structure.
      func: called with one part of each structure.
      *inputs: the deeper structures, at least one.
      **kwargs: `check_types` (True) and `expand_composites` (False), as for `flatten_up_to`.

    Returns:
      A structure like the shallow one, of the results.

    Raises:
      ValueError: there is no structure, or they do not fit.
      TypeError: they do not fit.

    >>> map_structure_up_to([0, 0], lambda a, b: (sum(a), b), [[2, 3], [4]], ["x", "y"])
    [(5, 'x'), (4, 'y')]
    """

    def without_path(_: Any, *parts: Any) -> Any:
        return func(*parts)

    return map_structure_with_tuple_paths_up_to(shallow_tree, without_path, *inputs, **kwargs)


def map_structure_with_tuple_paths_up_to(
    shallow_tree: Any, func: Callable[..., Any], *inputs: Any, **kwargs: Any
) -> Any:
    """Apply a function of the path too to what structures have where a shallow one has atoms.

    Args:
      shallow_tree: the shallow structure.
      func: called with the tuple of keys and positions, and one part of each structure.
      *inputs: the deeper structures, at least one.
      **kwargs: `check_types` (True) and `expand_composites` (False), as for `flatten_up_to`.

    Returns:
      A structure like the shallow one, of the results.
    """
    if not inputs:
        raise ValueError("there is no structure to map over")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(f"unknown arguments: {', '.join(sorted(kwargs))}")
    columns = [flatten_up_to(shallow_tree, item, check_types, expand_composites) for item in inputs]
    paths = [path for path, _, _ in _pairs(shallow_tree, shallow_tree, False, expand_composites)]
    results = [func(path, *parts) for path, *parts in zip(paths, *columns, strict=True)]
    return pack_sequence_as(shallow_tree, results, expand_composites)


# -- paths -----------------------------------------------------------------------------------------


def flatten_with_tuple_paths(
    structure: Any, expand_composites: bool = False
) -> list[tuple[tuple[Any, ...], Any]]:
    """Return the atoms of a structure, each with the keys and positions that lead to it.

    Args:
      structure: a structure or an atom.
      expand_composites: whether sparse tensors and indexed slices are structures.

    >>> flatten_with_tuple_paths({"a": [7, 8]})
    [(('a', 0), 7), (('a', 1), 8)]
    """
    pairs = _pairs(structure, structure, False, expand_composites)
    return [(path, atom) for path, atom, _ in pairs]


def flatten_with_joined_string_paths(
    structure: Any, separator: str = "/", expand_composites: bool = False
) -> list[tuple[str, Any]]:
    """Return the atoms of a structure, each with its path as one string.

    Args:
      structure: a structure or an atom.
      separator: stands between keys and positions.
      expand_composites: whether sparse tensors and indexed slices are structures.

    >>> flatten_with_joined_string_paths({"a": [7, 8]})
    [('a/0', 7), ('a/1', 8)]
    """
    pairs = flatten_with_tuple_paths(structure, expand_composites)
    return [(separator.join(map(str, path)), atom) for path, atom in pairs]


def yield_flattened_paths(nest: Any, expand_composites: bool = False) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of the atoms of a structure, in order.

    Args:
      nest: a structure or an atom.
      expand_composites: whether sparse tensors and indexed slices are structures.
    """
    for path, _ in flatten_with_tuple_paths(nest, expand_composites):
        yield path


def map_structure_with_tuple_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Apply a function of the path too to the atoms of structures of one form.

    Args:
      func: called with the tuple of keys and positions, and one atom of each structure.
      *structure: the structures, at least one.
      **kwargs: `check_types` (True) and `expand_composites` (False), as for `map_structure`.

    Returns:
      A structure like the first, of the results.
    """
    if not structure:
        raise ValueError("there is no structure to map over")
    return map_structure_with_tuple_paths_up_to(structure[0], func, *structure, **kwargs)


def map_structure_with_paths(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Apply a function of the path too, a string, to the atoms of structures of one form.

    Args:
      func: called with the path such as "a/0", and one atom of each structure.
      *structure: the structures, at least one.
      **kwargs: `check_types` (True) and `expand_composites` (False), as for `map_structure`.

    Returns:
      A structure like the first, of the results.

    >>> map_structure_with_paths(lambda path, x: f"{path}={x}", {"a": [7, 8]})
    {'a': ['a/0=7', 'a/1=8']}
    """

    def joined(path: tuple[Any, ...], *atoms: Any) -> Any:
        return func("/".join(map(str, path)), *atoms)

    return map_structure_with_tuple_paths(joined, *structure, **kwargs)


def get_traverse_shallow_structure(
    traverse_fn: Callable[[Any], Any], structure: Any, expand_composites: bool = False
) -> Any:
    """Return the shallow structure that a function chooses: True for atoms, False for what is left.

    Args:
      traverse_fn: tells of a structure whether to go into it, by True or False, or part by part by
        a structure of those.
      structure: the structure.
      expand_composites: whether sparse tensors and indexed slices are structures.

    Returns:
      A structure of booleans.

    Raises:
      TypeError: `traverse_fn` returns something else.

    >>> get_traverse_shallow_structure(lambda part: isinstance(part, list), [1, (2, 3), [4]])
    [True, False, [True]]
    """
    parts = _parts(structure, expand_composites)
    chosen = traverse_fn(structure)
    if parts is None:
        if not isinstance(chosen, bool):
            raise TypeError(f"traverse_fn must return a bool for an atom, not {chosen!r}")
        return chosen
    if isinstance(chosen, bool):
        chosen = dict.fromkeys((key for key, _ in parts), True) if chosen else None
    else:
        assert_shallow_structure(chosen, structure, expand_composites=expand_composites)
        chosen = dict(_parts(chosen, expand_composites) or ())
    if chosen is None:
        return False
    inner = {}
    for key, part in parts:
        inner[key] = _traversed(traverse_fn, part, chosen[key], expand_composites)
    return _like(structure, inner)


def _traversed(
    traverse_fn: Callable[[Any], Any], part: Any, is_chosen: Any, expand_composites: bool
) -> Any:
    if not isinstance(is_chosen, bool):
        raise TypeError(f"traverse_fn must return a structure of bools, it contains {is_chosen!r}")
    if not is_chosen:
        return False
    if not is_sequence_or_composite(part):
        return True
    return get_traverse_shallow_structure(traverse_fn, part, expand_composites)
