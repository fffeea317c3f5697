"""Jacobians and second derivatives."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core import nest
from graphflow.core.convert import convert_to_tensor
from graphflow.core.gradients import gradients
from graphflow.core.graph import Tensor, at_user_line
from graphflow.core.scopes import name_scope

__all__ = ["batch_jacobian", "hessians", "jacobian"]


def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """Add nodes for the second derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or list of tensors.
      xs: a tensor or list of tensors.
      name: name scope of the operations.
      colocate_gradients_with_ops: see `tf.gradients`.
      gate_gradients: see `tf.gradients`.
      aggregation_method: see `tf.gradients`.

    Returns:
      For each x a tensor of shape x.shape + x.shape.

    Raises:
      ValueError: `ys` does not depend on an x.

    >>> import graphflow as tf
    >>> x = tf.constant([2.0, 3.0])
    >>> tf.Session().run(tf.hessians(x[0] * x[0] * x[1], x)[0])
    array([[6., 4.],
           [4., 0.]], dtype=float32)
    """
    sources = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    options: dict[str, Any] = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    firsts = gradients(ys, sources, name=f"{name}_first", **options)
    with name_scope(name, "hessians", []):
        return [_hessian(g, x, options) for g, x in zip(firsts, sources, strict=True)]


def _hessian(first: Any, x: Any, options: dict[str, Any]) -> Tensor:
    if first is None:
        raise ValueError(f"the ys do not depend on {x!r}")
    tensor = convert_to_tensor(x)
    flat = ops.reshape(convert_to_tensor(first), [-1])

    def row(index: Tensor) -> Tensor:
        # An element of the gradient that is constant in x has the derivative zero.
        (grad,) = gradients(flat[index], x, unconnected_gradients="zero", **options)
        return ops.reshape(convert_to_tensor(grad), [-1])

    rows = ops.map_fn(row, ops.range(ops.size(flat)), dtype=tensor.dtype.base_dtype)
    shape = ops.shape(tensor)
    result = ops.reshape(rows, ops.concat([shape, shape], 0))
    result.set_shape(tensor.shape.concatenate(tensor.shape))
    return result


def jacobian(output: Any, inputs: Any, unconnected_gradients: Any = "none") -> Any:
    """Add nodes for the derivatives of each element of a tensor, a row at a time.

    Args:
      output: a tensor.
      inputs: a tensor or variable, or a structure of those.
      unconnected_gradients: what stands for an input that `output` does not depend on: "none" for
        None, "zero" for zeros.

    Returns:
      For each input, in their structure: a tensor of the shape output.shape + input.shape, or None.

    >>> import graphflow as tf
    >>> x = tf.constant([2.0, 3.0])
    >>> tf.Session().run(ops.jacobian(tf.stack([x[0] * x[1], x[0]]), x))
    array([[3., 2.],
           [1., 0.]], dtype=float32)
    """
    output = convert_to_tensor(output)
    flat = ops.reshape(output, [-1])
    known = gradients(output, nest.flatten(inputs), unconnected_gradients=unconnected_gradients)
    found = [
        None if first is None else _rows(flat, ops.shape(output), output.shape, source)
        for first, source in zip(known, nest.flatten(inputs), strict=True)
    ]
    return nest.pack_sequence_as(inputs, found)


def _rows(flat: Tensor, shape: Tensor, static: Any, source: Any) -> Tensor:
    """The derivatives of each element of a vector, in the shape of the tensor it was."""
    x = convert_to_tensor(source)

    def row(index: Tensor) -> Tensor:
        (grad,) = gradients(flat[index], source, unconnected_gradients="zero")
        return convert_to_tensor(grad)

    rows = ops.map_fn(row, ops.range(ops.size(flat)), dtype=x.dtype.base_dtype)
    result = ops.reshape(rows, ops.concat([shape, ops.shape(x)], 0))
    result.set_shape(static.concatenate(x.shape))
    return result


def batch_jacobian(output: Any, inp: Any) -> Tensor | None:
    """Add nodes for the derivatives of each row of a tensor by the same row of another.

    Args:
      output: a tensor [batch, ...] of which each row depends on that row of `inp` alone.
      inp: a tensor [batch, ...].

    Returns:
      A tensor [batch, *output.shape[1:], *inp.shape[1:]]; None if `output` does not depend on
      `inp`.

    Raises:
      ValueError: their first dimensions differ.

    >>> import graphflow as tf
    >>> x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.Session().run(ops.batch_jacobian(x * x, x)).tolist()
    [[[2.0, 0.0], [0.0, 4.0]], [[6.0, 0.0], [0.0, 8.0]]]
    """
    output, x = convert_to_tensor(output), convert_to_tensor(inp)
    if not output.shape[0].is_compatible_with(x.shape[0]):
        raise ValueError(
            f"the first dimensions of {output!r} and {x!r} differ: there must be a row of one for "
            f"each row of the other{at_user_line()}"
        )
    if gradients(output, inp)[0] is None:
        return None
    shape = ops.shape(output)
    columns = ops.reshape(output, [shape[0], -1])

    def column(index: Tensor) -> Tensor:
        (grad,) = gradients(columns[:, index], inp, unconnected_gradients="zero")
        return convert_to_tensor(grad)

    count = ops.reduce_prod(shape[1:])
    found = ops.map_fn(column, ops.range(count), dtype=x.dtype.base_dtype)
    by_row = ops.transpose(ops.reshape(found, [count, shape[0], -1]), [1, 0, 2])
    result = ops.reshape(by_row, ops.concat([shape, ops.shape(x)[1:]], 0))
    result.set_shape(output.shape.concatenate(x.shape[1:]))
    return result
