"""Specs of sparse tensors and indexed slices."""

from __future__ import annotations

import pickle

import pytest

import graphflow as tf

SPEC = tf.SparseTensorSpec([2, None], tf.float32)


def test_facts():
    assert (SPEC.shape.as_list(), SPEC.dtype, SPEC.value_type) == (
        [2, None],
        tf.float32,
        tf.SparseTensor,
    )
    assert tf.SparseTensorSpec().shape.rank is None
    assert repr(SPEC) == (
        "SparseTensorSpec(TensorShape([Dimension(2), Dimension(None)]), tf.float32)"
    )
    assert tf.IndexedSlicesSpec([3]).value_type is tf.IndexedSlices


def test_equality_looks_at_all_facts():
    assert tf.SparseTensorSpec([2, None]) == SPEC
    assert hash(tf.SparseTensorSpec([2, None])) == hash(SPEC)
    assert tf.SparseTensorSpec([2, 3]) != SPEC
    assert tf.SparseTensorSpec([2, None], tf.int32) != SPEC
    assert tf.IndexedSlicesSpec([2, None]) != SPEC
    assert pickle.loads(pickle.dumps(SPEC)) == SPEC


@pytest.mark.parametrize(
    ("value", "fits"),
    [
        (tf.SparseTensorValue([[0, 1]], [1.0], [2, 3]), True),
        (tf.SparseTensorValue([[0, 1]], [1.0], [3, 3]), False),
        (tf.SparseTensorValue([[0, 1]], [1], [2, 3]), False),
        (tf.SparseTensorSpec([2, 7]), True),
        (tf.SparseTensorSpec([2]), False),
        (tf.IndexedSlicesSpec([2, None]), False),
        (3.0, False),
    ],
)
def test_compatibility_of_sparse_tensors(value, fits):
    assert SPEC.is_compatible_with(value) is fits


def test_compatibility_of_indexed_slices():
    slices = tf.IndexedSlices(tf.ones([2, 3]), tf.constant([0, 1]), tf.constant([4, 3]))
    spec = tf.IndexedSlicesSpec([4, None], tf.float32, tf.int32, tf.int32, [2])
    assert spec.is_compatible_with(slices)
    assert not tf.IndexedSlicesSpec([4, None]).is_compatible_with(slices)
    assert not spec.is_compatible_with(tf.ones([4, 3]))


def test_what_two_specs_have_in_common():
    common = SPEC.most_specific_compatible_type(tf.SparseTensorSpec([2, 4]))
    assert common == SPEC
    with pytest.raises(ValueError, match="dtypes differ"):
        SPEC.most_specific_compatible_type(tf.SparseTensorSpec([2, 4], tf.int32))
    with pytest.raises(ValueError, match="different types"):
        SPEC.most_specific_compatible_type(tf.IndexedSlicesSpec([2, 4]))


def test_specs_of_values():
    sparse = tf.SparseTensor([[0, 1]], [1.0], [2, 3])
    assert tf.SparseTensorSpec.from_value(sparse) == tf.SparseTensorSpec([2, 3])
    with pytest.raises(TypeError, match="neither"):
        tf.SparseTensorSpec.from_value(3.0)
    assert isinstance(tf.TensorSpec([2]), tf.TypeSpec)


def test_types_of_values():
    assert tf.TensorSpec([2]).value_type is tf.Tensor


def test_consumers_of_indexed_slices():
    slices = tf.IndexedSlices(tf.ones([2, 3]), tf.constant([0, 1]))
    twice = slices.values * 2.0
    more = slices.indices + 1
    assert slices.consumers() == [twice.op, more.op]
