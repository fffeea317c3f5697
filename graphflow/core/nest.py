"""Nested structures of Python: `tf.nest`.

A structure is a list, tuple, named tuple or dictionary of structures; everything else, strings and
arrays too, is an atom.  Dictionaries are walked in the order of their sorted keys.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphflow.core.convert import IndexedSlices
from graphflow.core.sparse import SparseTensor, SparseTensorValue


def is_nested(seq: Any) -> bool:
    """Tell whether something is a structure, not an atom.

    Args:
      seq: anything.

    >>> is_nested([1]), is_nested({}), is_nested("ab")
    (True, True, False)
    """
    if isinstance(seq, (str, bytes, SparseTensorValue)):
        return False
    return isinstance(seq, (Mapping, Sequence)) and not isinstance(seq, (range, memoryview))


def is_composite(value: Any) -> bool:
    """Tell whether something is made of several tensors, or stands for one as a TensorArray does.

    Args:
      value: anything.
    """
    return isinstance(value, (SparseTensor, IndexedSlices)) or hasattr(value, "_with_flow")


def flatten(structure: Any, expand_composites: bool = False) -> list[Any]:
    """Return the atoms of a structure, in order.

    Args:
      structure: a structure or an atom.
      expand_composites: whether sparse tensors and indexed slices are replaced by their tensors.

    >>> flatten({"b": [1, (2, 3)], "a": "xy"})
    ['xy', 1, 2, 3]
    """
    return list(_atoms(structure, expand_composites))


def _atoms(structure: Any, expand_composites: bool) -> Iterator[Any]:
    parts = _parts(structure, expand_composites)
    if parts is None:
        yield structure
        return
    for _, part in parts:
        yield from _atoms(part, expand_composites)


def _parts(structure: Any, expand_composites: bool) -> list[tuple[Any, Any]] | None:
    """The keys (or positions) and parts of a structure, None for an atom."""
    if expand_composites and isinstance(structure, SparseTensor):
        return list(enumerate((structure.indices, structure.values, structure.dense_shape)))
    if expand_composites and isinstance(structure, IndexedSlices):
        tensors = (structure.values, structure.indices, structure.dense_shape)
        return list(enumerate(item for item in tensors if item is not None))
    if expand_composites and hasattr(structure, "_with_flow"):  # a TensorArray
        return [("flow", structure._flow)]
    if not is_nested(structure):
        return None
    if isinstance(structure, Mapping):
        return [(key, structure[key]) for key in _sorted(structure)]
    return list(enumerate(structure))


def _sorted(mapping: Mapping[Any, Any]) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError as error:
        raise TypeError(f"the keys of {mapping!r} cannot be sorted: {error}") from error


def pack_sequence_as(structure: Any, flat_sequence: Any, expand_composites: bool = False) -> Any:
    """Return a structure like another one, with other atoms.

    Args:
      structure: the structure to imitate.
      flat_sequence: the atoms, in the order in which `flatten` returns them.
      expand_composites: whether the tensors of sparse tensors and indexed slices are atoms.

    Raises:
      TypeError: `flat_sequence` is not a sequence.
      ValueError: there are more or fewer atoms than the structure holds.

    >>> pack_sequence_as({"b": [1, (2, 3)], "a": 4}, [5, 6, 7, 8])
    {'b': [6, (7, 8)], 'a': 5}
    """
    if not is_nested(flat_sequence):
        raise TypeError(f"flat_sequence must be a list or tuple, not {flat_sequence!r}")
    count = len(flatten(structure, expand_composites))
    if count != len(flat_sequence):
        raise ValueError(
            f"the structure holds {count} atoms, flat_sequence has {len(flat_sequence)}: "
            f"structure {structure!r}"
        )
    return _packed(structure, iter(flat_sequence), expand_composites)


def _packed(structure: Any, atoms: Iterator[Any], expand_composites: bool) -> Any:
    parts = _parts(structure, expand_composites)
    if parts is None:
        return next(atoms)
    return _like(structure, {key: _packed(part, atoms, expand_composites) for key, part in parts})


def _like(structure: Any, parts: dict[Any, Any]) -> Any:
    """A structure of the same type, made of the parts by key."""
    if isinstance(structure, Mapping):
        ordered = {key: parts[key] for key in structure}
        kind: Callable[..., Any] = type(structure)
        if isinstance(structure, defaultdict):
            return kind(structure.default_factory, ordered)
        return kind(ordered)
    items = list(parts.values())
    if hasattr(structure, "_with_flow"):
        return structure._with_flow(*items)
    if isinstance(structure, (SparseTensor, IndexedSlices)) or hasattr(structure, "_fields"):
        return type(structure)(*items)
    return type(structure)(items)


def map_structure(func: Callable[..., Any], *structure: Any, **kwargs: Any) -> Any:
    """Apply a function to the atoms of structures of one form.

    Args:
      func: called with one atom of each structure.
      *structure: the structures, at least one.
      **kwargs: `check_types` (True): types of structures must agree too; `expand_composites`
        (False): take sparse tensors and indexed slices apart.

    Returns:
      A structure like the first, of the results.

    Raises:
      TypeError: `func` cannot be called, or types differ.
      ValueError: there is no structure, or their forms differ.

    >>> map_structure(lambda a, b: a + 10 * b, [1, (2, 3)], [4, (5, 6)])
    [41, (52, 63)]
    """
    if not callable(func):
        raise TypeError(f"func must be callable, not {func!r}")
    if not structure:
        raise ValueError("map_structure needs at least one structure")
    check_types = kwargs.pop("check_types", True)
    expand_composites = kwargs.pop("expand_composites", False)
    if kwargs:
        raise ValueError(f"unknown arguments of map_structure: {', '.join(sorted(kwargs))}")
    for other in structure[1:]:
        assert_same_structure(structure[0], other, check_types, expand_composites)
    flat = [flatten(item, expand_composites) for item in structure]
    results = [func(*atoms) for atoms in zip(*flat, strict=True)]
    return pack_sequence_as(structure[0], results, expand_composites)


def assert_same_structure(
    nest1: Any, nest2: Any, check_types: bool = True, expand_composites: bool = False
) -> None:
    """Check that two structures have one form.

    Args:
      nest1: a structure or an atom.
      nest2: a structure or an atom.
      check_types: whether the types of lists, tuples and dictionaries must agree too.
      expand_composites: whether sparse tensors and indexed slices are structures.

    Raises:
      ValueError: their forms differ.
      TypeError: their types differ, and `check_types`.

    >>> assert_same_structure([1, (2, 3)], ["a", ("b", "c")])
    """
    mine, theirs = _parts(nest1, expand_composites), _parts(nest2, expand_composites)
    if (mine is None) != (theirs is None):
        raise ValueError(f"one is a structure and the other is not: {nest1!r} and {nest2!r}")
    if mine is None or theirs is None:
        return
    if check_types and not _same_type(nest1, nest2):
        raise TypeError(
            f"the structures are of types {type(nest1).__name__} and {type(nest2).__name__}: "
            f"{nest1!r} and {nest2!r}"
        )
    if [key for key, _ in mine] != [key for key, _ in theirs]:
        raise ValueError(f"the structures have different elements: {nest1!r} and {nest2!r}")
    for (_, one), (_, other) in zip(mine, theirs, strict=True):
        assert_same_structure(one, other, check_types, expand_composites)


def _same_type(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return True
    fields = getattr(one, "_fields", None)
    if fields is not None and type(one).__name__ == type(other).__name__:
        return bool(fields == getattr(other, "_fields", None))
    return type(one) is type(other)
