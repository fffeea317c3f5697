"""Lists of tensors behave as Python's lists with copies, and can be differentiated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import graphflow as tf
import graphflow.ops as ops
from graphflow.core.dtypes import as_dtype
from graphflow.core.spec import TensorShape
from graphflow.core.tensor_lists import Stack, TensorList, sum_of
from graphflow.testing import check_gradient

FLOAT = as_dtype("float32")
DOUBLE = as_dtype("float64")


def run(fetches, feed_dict=None):
    with tf.Session() as session:
        return session.run(fetches, feed_dict)


COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(["push", "pop", "set", "resize"]), st.integers(0, 9), st.integers(0, 5)
    ),
    max_size=25,
)


@given(COMMANDS)
def test_every_version_keeps_its_items(commands):
    stack = Stack(np.asarray([7, 8, 9]), np.asarray([True, False, True]))
    versions = [
        (TensorList([], FLOAT, TensorShape(None)), []),
        (TensorList.unwritten(3, FLOAT, TensorShape(None)), [None] * 3),
        (TensorList.of_stack(stack, FLOAT, TensorShape(None)), [7, None, 9]),
    ]
    for number, (command, pick, index) in enumerate(commands):
        tensors, model = versions[pick % len(versions)]
        model = list(model)
        if command == "push":
            tensors = tensors.push_back(number)
            model.append(number)
        elif command == "pop" and model:
            tensors, item = tensors.pop_back()
            assert item == model.pop()
        elif command == "set" and index < len(model):
            tensors = tensors.with_item(index, number)
            model[index] = number
        elif command == "resize":
            tensors = tensors.resized(index)
            model = model[:index] + [None] * (index - len(model))
        versions.append((tensors, model))
    for tensors, model in reversed(versions):
        assert len(tensors) == len(model)
        assert [tensors.item(i) for i in range(len(model))] == model
    for tensors, model in versions:
        assert tensors.items() == model


ITEMS = st.lists(st.one_of(st.none(), st.integers(-9, 9)), min_size=4, max_size=4)


@given(ITEMS, ITEMS, st.booleans(), st.booleans())
def test_sums_take_what_is_not_written_as_zero(one, other, is_few, is_stack):
    first = TensorList(one, FLOAT, TensorShape([]))
    if is_stack:
        written = np.asarray([item is not None for item in one])
        stack = Stack(np.asarray([item or 0 for item in one]), written)
        first = TensorList.of_stack(stack, FLOAT, TensorShape([]))
    few = {index: item for index, item in enumerate(other) if item is not None}
    second = TensorList(other, FLOAT, TensorShape([]))
    if is_few:
        second = TensorList.unwritten(4, FLOAT, TensorShape([]), few)
    expected = [
        a if b is None else b if a is None else a + b for a, b in zip(one, other, strict=True)
    ]
    for total in (sum_of(first.as_array(), second.as_array()),
                  sum_of(second.as_array(), first.as_array())):  # fmt: skip
        assert total.item().items() == expected
    assert first.items() == one
    assert second.items() == other


def test_items_that_are_not_there():
    tensors = TensorList([3], FLOAT, TensorShape([]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="no item 1 in a list of 1"):
        tensors.item(1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="no item -1"):
        tensors.with_item(-1, 5)
    with pytest.raises(tf.errors.InvalidArgumentError, match="empty"):
        tensors.pop_back()[0].pop_back()


def test_zeros_and_sums_of_lists():
    tensors = ops.tensor_list_from_tensor([[1.0, 2.0], [3.0, 4.0]])
    total = ops.add_n([tensors, ops.zeros_like(tensors), tensors])
    np.testing.assert_array_equal(run(ops.tensor_list_stack(total, FLOAT, None)), [[2, 4], [6, 8]])
    longer = ops.tensor_list_push_back(tensors, [5.0, 6.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="a list of 2 and a list of 3"):
        run(ops.add_n([tensors, longer]))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.tensor_list_stack(ops.tensor_list_from_tensor(x), DOUBLE, None),
        lambda x: ops.tensor_list_get_item(
            ops.tensor_list_from_tensor(x * x), 1, DOUBLE, TensorShape([2])
        ),
        lambda x: ops.tensor_list_stack(
            ops.tensor_list_set_item(ops.tensor_list_from_tensor(x), 2, x[0] * x[1]), DOUBLE, None
        ),
        lambda x: ops.tensor_list_pop_back(
            ops.tensor_list_push_back(ops.tensor_list_from_tensor(x), tf.sin(x[1])), DOUBLE, None
        )[1],
        lambda x: ops.tensor_list_stack(
            ops.tensor_list_pop_back(ops.tensor_list_from_tensor(x), DOUBLE, None)[0], DOUBLE, None
        ),
        lambda x: ops.tensor_list_gather(
            ops.tensor_list_from_tensor(x * x), [2, 0, 2], DOUBLE, TensorShape([2])
        ),
        lambda x: ops.tensor_list_stack(
            ops.tensor_list_scatter(x * x, [1, 3, 0], TensorShape([2])), DOUBLE, TensorShape([2])
        ),
        lambda x: ops.tensor_list_stack(
            ops.tensor_list_scatter_into(ops.tensor_list_from_tensor(x), x[:2] * 3, [1, 2]),
            DOUBLE,
            None,
        ),
        lambda x: ops.tensor_list_concat(
            ops.tensor_list_split(x * x, np.asarray([1, 2])), DOUBLE, TensorShape([None, 2])
        )[0],
        lambda x: ops.tensor_list_stack(
            ops.tensor_list_resize(ops.tensor_list_from_tensor(x), 2), DOUBLE, None
        ),
    ],
)
def test_gradients(function):
    x = np.asarray([[0.5, -1.0], [2.0, 0.25], [1.5, -0.75]])
    check_gradient(lambda x: tf.sin(function(x)), x, order=2)


def test_what_was_not_written_counts_as_zeros():
    tensors = ops.tensor_list_reserve(TensorShape([2]), 3, FLOAT)
    tensors = ops.tensor_list_set_item(tensors, 1, [4.0, 5.0])
    np.testing.assert_array_equal(
        run(ops.tensor_list_stack(tensors, FLOAT, TensorShape([2]))), [[0, 0], [4, 5], [0, 0]]
    )
    unknown = ops.tensor_list_reserve(TensorShape(None), 3, FLOAT)
    with pytest.raises(tf.errors.InvalidArgumentError, match="not written, and its shape"):
        run(ops.tensor_list_get_item(unknown, 1, FLOAT, None))


def test_element_shapes():
    tensors = ops.tensor_list_from_tensor([[1.0, 2.0]])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"shape \(3,\) does not fit"):
        run(ops.tensor_list_length(ops.tensor_list_push_back(tensors, [1.0, 2.0, 3.0])))
    with pytest.raises(tf.errors.InvalidArgumentError, match="not 5"):
        run(ops.tensor_list_stack(tensors, FLOAT, None, size=5))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must add up"):
        run(ops.tensor_list_length(ops.tensor_list_split([1.0, 2.0], np.asarray([1, 2]))))
