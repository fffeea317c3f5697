"""Tensors and operations found by name, and the errors for names that fit nothing."""

from __future__ import annotations

import pytest

import graphflow as tf


def test_a_tensor_and_its_operation_are_found() -> None:
    x = tf.constant([1.0, 2.0], name="x")
    assert x.graph.get_tensor_by_name("x:0") is x
    assert x.graph.get_operation_by_name("x") is x.op


@pytest.mark.parametrize("name", ["x", "absent", "x:"])
def test_names_without_output_index_are_no_tensors(name: str) -> None:
    graph = tf.constant(1.0, name="x").graph
    with pytest.raises(ValueError, match="<operation>:<output index>"):
        graph.get_tensor_by_name(name)


@pytest.mark.parametrize("name", ["absent:0", "x:1"])
def test_absent_tensors(name: str) -> None:
    graph = tf.constant(1.0, name="x").graph
    with pytest.raises(KeyError, match=name.split(":")[0]):
        graph.get_tensor_by_name(name)


def test_operations_have_no_output_index() -> None:
    graph = tf.constant(1.0, name="x").graph
    with pytest.raises(ValueError, match="not an operation"):
        graph.get_operation_by_name("x:0")
    with pytest.raises(KeyError, match="absent"):
        graph.get_operation_by_name("absent")


def test_the_truth_value_of_python_2_is_refused_as_well():
    with pytest.raises(TypeError, match="no truth value"):
        tf.Tensor.__nonzero__(tf.constant(True))
