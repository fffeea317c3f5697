from __future__ import annotations

import collections

import numpy as np
import pytest

import graphflow as tf

Point = collections.namedtuple("Point", "x y")


def test_dictionaries_are_walked_by_sorted_keys_and_keep_their_order():
    structure = collections.OrderedDict([("b", 1), ("a", [2, Point(3, 4)])])
    assert tf.nest.flatten(structure) == [2, 3, 4, 1]
    packed = tf.nest.pack_sequence_as(structure, ["p", "q", "r", "s"])
    assert packed == {"b": "s", "a": ["p", Point("q", "r")]}
    assert list(packed) == ["b", "a"]
    assert isinstance(packed["a"][1], Point)


def test_atoms():
    array = np.zeros((2, 3))
    assert tf.nest.flatten(array) == [array]
    assert tf.nest.flatten("ab") == ["ab"]
    assert tf.nest.flatten([]) == []
    assert not tf.nest.is_nested(tf.constant([1, 2]))


def test_composites():
    sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 3])
    assert tf.nest.flatten([sparse]) == [sparse]
    parts = tf.nest.flatten([sparse], expand_composites=True)
    assert parts == [sparse.indices, sparse.values, sparse.dense_shape]
    (again,) = tf.nest.pack_sequence_as([sparse], parts, expand_composites=True)
    assert isinstance(again, tf.SparseTensor)
    assert again.values is sparse.values


def test_a_default_dictionary_stays_one():
    structure = collections.defaultdict(list, {"a": 1})
    assert tf.nest.map_structure(lambda x: x + 1, structure).default_factory is list


@pytest.mark.parametrize(
    ("one", "other", "error"),
    [
        ([1, 2], [1], ValueError),
        ([1, [2]], [1, 2], ValueError),
        ([1, 2], (1, 2), TypeError),
        ({"a": 1}, {"b": 1}, ValueError),
    ],
)
def test_different_structures(one, other, error):
    with pytest.raises(error):
        tf.nest.assert_same_structure(one, other)


def test_types_need_not_agree():
    tf.nest.assert_same_structure([1, 2], (1, 2), check_types=False)
    assert tf.nest.map_structure(max, [1, 5], (4, 2), check_types=False) == [4, 5]


def test_bad_arguments():
    with pytest.raises(ValueError, match="holds 2 atoms, flat_sequence has 3"):
        tf.nest.pack_sequence_as([1, 2], [1, 2, 3])
    with pytest.raises(TypeError, match="flat_sequence"):
        tf.nest.pack_sequence_as([1], 1)
    with pytest.raises(ValueError, match="unknown arguments"):
        tf.nest.map_structure(abs, [1], depth=3)
    with pytest.raises(ValueError, match="at least one"):
        tf.nest.map_structure(abs)
