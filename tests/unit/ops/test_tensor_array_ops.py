"""Arrays behind handles, as imported graphs use them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphflow as tf
from graphflow.core.build import apply, apply_op
from graphflow.ops.tensor_array_ops import (
    TensorArrayCloseV3,
    TensorArrayConcatV3,
    TensorArrayGatherV3,
    TensorArrayGradV3,
    TensorArrayReadV3,
    TensorArrayScatterV3,
    TensorArraySizeV3,
    TensorArraySplitV3,
    TensorArrayV3,
    TensorArrayWriteV3,
)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


def array(size: int, **attributes: Any) -> tuple[tf.Tensor, tf.Tensor]:
    handle, flow = apply_op(TensorArrayV3(tf.float32, **attributes), size).outputs
    return handle, flow


def write(handle: tf.Tensor, index: int, value: Any, flow: tf.Tensor) -> tf.Tensor:
    return apply(TensorArrayWriteV3(), handle, index, tf.constant(value, tf.float32), flow)


def read(handle: tf.Tensor, index: int, flow: tf.Tensor) -> tf.Tensor:
    return apply(TensorArrayReadV3(tf.float32), handle, index, flow)


def run(fetches: Any) -> Any:
    return tf.Session().run(fetches)


def test_write_and_read():
    handle, flow = array(2)
    flow = write(handle, 1, [3.0, 4.0], write(handle, 0, 5.0, flow))
    assert [value.tolist() for value in run([read(handle, i, flow) for i in (0, 1)])] == [5, [3, 4]]


def test_grows_if_it_may():
    handle, flow = array(0, dynamic_size=True)
    flow = write(handle, 2, 7.0, flow)
    assert run(apply(TensorArraySizeV3(), handle, flow)) == 3


def test_scatter_and_gather():
    handle, flow = array(3)
    rows = tf.constant([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    flow = apply(TensorArrayScatterV3(), handle, [2, 0, 1], rows, flow)
    stacked = apply(TensorArrayGatherV3(tf.float32), handle, [0, 2], flow)
    assert run(stacked).tolist() == [[3, 4], [1, 2]]


def test_gather_nothing():
    handle, flow = array(0, element_shape=tf.TensorShape([2, 3]))
    nothing = tf.constant([], tf.int32)
    assert run(apply(TensorArrayGatherV3(tf.float32), handle, nothing, flow)).shape == (0, 2, 3)


def test_split_and_concat():
    handle, flow = array(2)
    lengths = np.asarray([1, 2], np.int64)
    flow = apply(TensorArraySplitV3(), handle, tf.constant([[1.0], [2.0], [3.0]]), lengths, flow)
    joined, found = run(apply_op(TensorArrayConcatV3(tf.float32), handle, flow).outputs)
    assert joined.tolist() == [[1], [2], [3]]
    assert found.tolist() == [1, 2]


def test_gradients_add_up():
    handle, flow = array(3)
    flow = write(handle, 1, [1.0, 1.0], flow)
    gradient, grad_flow = apply_op(TensorArrayGradV3("gradients"), handle, flow).outputs
    same, _ = apply_op(TensorArrayGradV3("gradients"), handle, flow).outputs
    other, _ = apply_op(TensorArrayGradV3("gradients_1"), handle, flow).outputs
    once = write(gradient, 0, [2.0, 3.0], grad_flow)
    twice = write(same, 0, [10.0, 20.0], once)
    values = run([read(gradient, 0, twice), read(gradient, 1, twice), read(other, 1, twice)])
    # What was not written counts as zeros of the shape of the element.
    assert [value.tolist() for value in values] == [[12, 23], [0, 0], [0, 0]]


def _written_twice() -> Any:
    handle, flow = array(1)
    return write(handle, 0, 1.0, write(handle, 0, 2.0, flow))


def _read_twice() -> Any:
    handle, flow = array(1)
    flow = write(handle, 0, 2.0, flow)
    with tf.control_dependencies([read(handle, 0, flow)]):
        return read(handle, 0, tf.identity(flow))


def _closed() -> Any:
    handle, flow = array(1)
    with tf.control_dependencies([write(handle, 0, 2.0, flow)]):
        close = apply_op(TensorArrayCloseV3(), handle)
    with tf.control_dependencies([close]):
        return read(handle, 0, flow)


def _split(lengths: list[int]) -> Any:
    handle, flow = array(2)
    pieces = np.asarray(lengths, np.int64)
    return apply(TensorArraySplitV3(), handle, tf.ones([3]), pieces, flow)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (_written_twice, "element 0 was written before"),
        (_read_twice, "element 0 was read before"),
        (_closed, "the array has 0 elements"),
        (lambda: write(*_at(2, 5), 1.0, _flow()), "there is no element 5"),
        (lambda: read(*_at(2, 1), _flow()), "element 1 was not written"),
        (lambda: write(*_at(2, 1, element_shape=tf.TensorShape([2])), 1.0, _flow()), r"shape \(\)"),
        (lambda: _split([1, 1]), "are of 3 rows"),
        (lambda: _split([3]), "1 pieces for 2 elements"),
    ],
)
def test_errors(build: Any, message: str):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(build())


def _at(size: int, index: int, **attributes: Any) -> tuple[tf.Tensor, int]:
    return array(size, **attributes)[0], index


def _flow() -> tf.Tensor:
    return tf.constant(0.0)
