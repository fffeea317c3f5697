"""Checks and small functions of tensors."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Graph, Tensor, at_user_line, get_default_graph, graph_of
from graphflow.core.scopes import name_scope
from graphflow.core.spec import as_shape
from graphflow.layers import conditions
from graphflow.losses import weights as losses_weights


def assert_scalar_int(tensor: Any, name: str | None = None) -> Tensor:
    """Check that a tensor is a scalar of an integer dtype.

    Args:
      tensor: the tensor.
      name: name scope of the operations.

    Returns:
      The tensor.

    Raises:
      ValueError: it is not.
    """
    with name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = convert_to_tensor(tensor)
        if not tensor.dtype.base_dtype.is_integer:
            raise ValueError(
                f"{tensor.name} must be an integer, it is {tensor.dtype.name}{at_user_line()}"
            )
        return ops.assert_scalar(tensor, name=scope)


def reduce_sum_n(tensors: Any, name: str | None = None) -> Tensor:
    """Return the sum of all elements of all tensors.

    Args:
      tensors: a list of tensors of one dtype.
      name: name of the operation.

    Returns:
      A scalar.

    Raises:
      ValueError: there is no tensor.

    >>> import graphflow as tf
    >>> print(tf.Session().run(tf.contrib.framework.reduce_sum_n([[1, 2], [[30], [40]]])))
    73
    """
    if not tensors:
        raise ValueError("there is no tensor to sum")
    with name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = [ops.reduce_sum(convert_to_tensor(tensor)) for tensor in tensors]
        return ops.identity(sums[0], name=scope) if len(sums) == 1 else ops.add_n(sums, name=scope)


def remove_squeezable_dimensions(
    predictions: Any, labels: Any, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Remove the last axis of predictions or labels, of size 1, if the other has one less.

    Args:
      predictions: the predictions.
      labels: the labels.
      name: name scope of the operations.

    Returns:
      Predictions and labels.

    >>> import graphflow as tf
    >>> predictions, labels = tf.contrib.framework.remove_squeezable_dimensions([[3], [4]], [5, 6])
    >>> predictions.shape, labels.shape
    (TensorShape([Dimension(2)]), TensorShape([Dimension(2)]))
    """
    labels, predictions = losses_weights.remove_squeezable_dimensions(
        labels, predictions, name=name
    )
    return predictions, labels


def with_shape(expected_shape: Any, tensor: Any) -> Any:
    """Return a tensor whose shape is checked, while building where it can be, else in the run.

    Args:
      expected_shape: the shape, an integer vector, also a tensor.
      tensor: the tensor.

    Returns:
      The tensor.

    Raises:
      ValueError: it has another shape, or `expected_shape` is no integer vector.

    >>> import graphflow as tf
    >>> x = tf.placeholder(tf.float32)
    >>> tf.contrib.framework.with_shape([2, 3], x).shape
    TensorShape([Dimension(2), Dimension(3)])
    """
    tensor = convert_to_tensor(tensor)
    if isinstance(expected_shape, Tensor):
        return _with_shape_of_tensor(expected_shape, tensor)
    wanted = as_shape(expected_shape)
    if not tensor.shape.is_compatible_with(wanted):
        raise ValueError(
            f"{tensor.name} must have shape {wanted}, it has {tensor.shape}{at_user_line()}"
        )
    if tensor.shape.is_fully_defined():
        return tensor
    if not wanted.is_fully_defined():
        raise ValueError(f"expected_shape must be fully known, it is {wanted}{at_user_line()}")
    with name_scope(f"{tensor.op.name}/"):
        checked = _checked(convert_to_tensor(wanted.as_list(), name="expected_shape"), tensor)
    checked.set_shape(wanted)
    return checked


def _with_shape_of_tensor(expected: Tensor, tensor: Tensor) -> Any:
    known = expected.constant_value()
    if known is not None:
        return with_shape(known.tolist(), tensor)
    if not expected.dtype.base_dtype.is_integer or expected.shape.ndims not in (1, None):
        raise ValueError(
            f"expected_shape must be an integer vector, not {expected!r}{at_user_line()}"
        )
    with name_scope(f"{tensor.op.name}/"):
        return _checked(expected, tensor)


def _checked(expected: Tensor, tensor: Tensor) -> Tensor:
    found = ops.shape(tensor, out_type=expected.dtype.base_dtype)
    # Shapes of different rank cannot be compared element by element.
    same = ops.cond(
        ops.equal(ops.size(found), ops.size(expected)),
        lambda: ops.reduce_all(ops.equal(found, expected)),
        lambda: ops.constant(False),
    )
    message = f"wrong shape for {tensor.name}, expected:"
    check = ops.assert_(same, [message, expected, found])  # noqa: PT009
    with tensor.graph.control_dependencies([check]):
        return ops.identity(tensor, name="with_shape")


def with_same_shape(expected_tensor: Any, tensor: Any) -> Any:
    """Return a tensor whose shape is checked to be that of another one.

    Args:
      expected_tensor: the tensor with the right shape.
      tensor: the tensor to check.

    Returns:
      The tensor.

    Raises:
      ValueError: the shapes are known to differ.
    """
    with name_scope(f"{convert_to_tensor(tensor).op.name}/"):
        expected = convert_to_tensor(expected_tensor)
        shape = expected.shape
        return with_shape(shape if shape.is_fully_defined() else ops.shape(expected), tensor)


def get_graph_from_inputs(op_input_list: Any, graph: Graph | None = None) -> Graph:
    """Return the graph that all inputs of an operation belong to.

    Args:
      op_input_list: tensors, operations, variables, and other things, which count not.
      graph: the graph that they must belong to; None for the first one's.

    Raises:
      ValueError: they belong to several.
    """
    return graph_of(op_input_list, graph)


def get_name_scope() -> str:
    """Return the name of the open name scope, without a final "/".

    >>> import graphflow as tf
    >>> with tf.name_scope("net"), tf.name_scope("layer"):
    ...     tf.contrib.framework.get_name_scope()
    'net/layer'
    """
    return get_default_graph().get_name_scope()


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """Return a name within a scope; marks such as `^` and `loc:@` stay in front.

    Args:
      name: a name.
      import_scope: the scope; None for none.

    >>> prepend_name_scope("^init", "net"), prepend_name_scope("loc:@w", "net")
    ('^net/init', 'loc:@net/w')
    """
    if not import_scope:
        return name
    for mark in ("loc:@", "^"):
        if name.startswith(mark):
            return f"{mark}{import_scope.rstrip('/')}/{name[len(mark) :]}"
    return f"{import_scope.rstrip('/')}/{name}"


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """Return a name without the scope that it is in; marks such as `^` and `loc:@` stay in front.

    Args:
      name: a name.
      export_scope: the scope; None for none.

    >>> strip_name_scope("^net/init", "net"), strip_name_scope("network/w", "net")
    ('^init', 'network/w')
    """
    if not export_scope:
        return name
    prefix = export_scope.rstrip("/") + "/"
    for mark in ("loc:@", "^"):
        if name.startswith(mark + prefix):
            return mark + name[len(mark + prefix) :]
    return name.removeprefix(prefix)


def get_placeholders(graph: Graph) -> list[Tensor]:
    """Return the placeholders of a graph, in order of creation.

    Args:
      graph: the graph.
    """
    operations = graph.get_operations()
    return [op.outputs[0] for op in operations if op.type == "Placeholder"]


def smart_constant_value(pred: Any) -> bool | None:
    """Return the value of a condition if it is known while building, else None.

    Args:
      pred: a boolean, 0, 1, or a boolean tensor.

    Raises:
      TypeError: it is something else.

    >>> import graphflow as tf
    >>> smart_constant_value(tf.constant(True)), smart_constant_value(tf.placeholder(tf.bool))
    (True, None)
    """
    return conditions.static_condition(pred)


def smart_cond(pred: Any, fn1: Any, fn2: Any, name: str | None = None) -> Any:
    """Return `fn1()` or `fn2()`, chosen while building if the condition is known, else in the run.

    Args:
      pred: a boolean, 0, 1, or a boolean tensor.
      fn1: called if it is true.
      fn2: called if it is false.
      name: name of the `cond`.

    Raises:
      TypeError: an argument is of another kind.

    >>> import graphflow as tf
    >>> tf.contrib.framework.smart_cond(False, lambda: "training", lambda: "test")
    'test'
    """
    if not callable(fn1) or not callable(fn2):
        raise TypeError(f"fn1 and fn2 must be functions, not {fn1!r} and {fn2!r}")
    return conditions.smart_cond(pred, fn1, fn2, name)
