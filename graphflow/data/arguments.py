"""What the methods of `Dataset` make of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply_multi, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import bool as _bool, int64, string
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.func_graph import FuncGraph
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.op import Op
from graphflow.core.scopes import name_scope
from graphflow.core.spec import TensorShape, as_shape
from graphflow.data import nest, structure


def typed(op_class: Callable[..., Op], spec: Any, **attributes: Any) -> Op:
    """Return an op on datasets whose elements have a spec."""
    return op_class(
        output_types=structure.component_types(spec),
        output_shapes=structure.component_shapes(spec),
        **attributes,
    )


def apply_function(op: Op, bodies: Sequence[FuncGraph], *inputs: Any, multi: bool = False) -> Any:
    """Add an op that holds bodies, after the operations that its bodies wait for."""
    waits: dict[Operation, None] = {}
    for body in bodies:
        waits.update(body.control_captures)
    with get_default_graph().control_dependencies(list(waits)):
        return apply_multi(op, *inputs) if multi else apply_op(op, *inputs).outputs[0]


def seeds(seed: Any) -> tuple[Tensor, Tensor]:
    """Return the two seeds of a random dataset made now, int64 scalars.

    Args:
      seed: the dataset's own seed, an integer or int64 scalar, or None.
    """
    own: Any
    if isinstance(seed, Tensor):
        (graph_seed, _), own = ops.get_seed(0), ops.cast(seed, int64)
    else:
        graph_seed, own = ops.get_seed(seed)
    first = int64_scalar(graph_seed or 0, "seed")
    if own is None:
        return first, int64_scalar(0, "seed2")
    # For known seeds, too: where only the graph has one, later operations are counted.
    with name_scope("seed2") as scope:
        own = convert_to_tensor(own, dtype=int64)
        both_zero = ops.logical_and(ops.equal(first, 0), ops.equal(own, 0))
        return first, ops.where(both_zero, ops.constant(2**31 - 1, int64), own, name=scope)


def int64_scalar(value: Any, name: str) -> Tensor:
    """Return a number as an int64 scalar; integers of other types are converted."""
    if isinstance(value, Tensor) and value.dtype.base_dtype is not int64:
        return ops.cast(value, int64) if value.dtype.is_integer else convert_to_tensor(value, int64)
    return convert_to_tensor(value, dtype=int64, name=name)


def bool_scalar(value: Any) -> Tensor:
    """Return the argument `drop_remainder` as a bool scalar."""
    return convert_to_tensor(value, dtype=_bool, name="drop_remainder")


def static_batch(size: Tensor, drops: Tensor) -> int | None:
    """Return the size of batches, None if the last one may be smaller."""
    drop, known = drops.constant_value(), size.constant_value()
    return int(known) if drop is not None and bool(drop) and known is not None else None


def check_rows(element: Any) -> None:
    """Raise ValueError if values of an element are known to have different numbers of rows."""
    sizes = [value.shape[:1].as_tuple() for value in nest.flatten(element)]
    known = sorted({size[0] for size in sizes if size and size[0] is not None})
    if len(known) > 1:
        raise ValueError(f"the tensors have different numbers of rows: {known}")


def check_shards(count: Any, index: Any) -> None:
    """Raise InvalidArgumentError for known arguments of `shard` that are out of range."""
    if count is not None and count < 1:
        raise _invalid(f"num_shards must be at least 1, it is {count}")
    if index is not None and index < 0:
        raise _invalid(f"index must not be negative, it is {index}")
    if count is not None and index is not None and index >= count:
        raise _invalid(f"index must be less than num_shards, {count}; it is {index}")


def _invalid(message: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, message)


def _shape_tensor(shape: Any) -> tuple[Tensor, TensorShape]:
    """A shape as an int64 vector, -1 for unknown sizes, and as far as it is static."""
    if isinstance(shape, (list, tuple)) and any(isinstance(size, Tensor) for size in shape):
        parts = [int64_scalar(-1 if size is None else size, "size") for size in shape]
        shape = ops.stack(parts)
    if isinstance(shape, Tensor):
        tensor = shape if shape.dtype is int64 else ops.cast(shape, int64)
        value = tensor.constant_value()
        if value is None:
            return tensor, TensorShape(None)
        return tensor, TensorShape([None if size < 0 else size for size in value.tolist()])
    sizes = shape.tolist() if isinstance(shape, np.ndarray) else shape
    if isinstance(sizes, (list, tuple)):
        sizes = [None if size == -1 else size for size in sizes]
    static = as_shape(sizes)
    if static.rank is None:
        raise ValueError("a padded shape must have a known rank")
    numbers = [-1 if size is None else size for size in static.as_list()]
    return convert_to_tensor(numbers, dtype=int64, name="padded_shape"), static


def padded_shape(shape: Any, known: TensorShape) -> tuple[Tensor, TensorShape]:
    """Return a shape to fill up to, as a tensor (-1 for unknown sizes) and as far as it is static.

    Raises:
      ValueError: it does not fit the elements' shape `known`.
    """
    tensor, static = _shape_tensor(shape)
    if static.rank is not None and known.rank is not None:
        if static.rank != known.rank:
            raise ValueError(
                f"the padded shape {static} has rank {static.rank}, the elements' shape {known} "
                f"has rank {known.rank}"
            )
        for padded, size in zip(static.as_list(), known.as_list(), strict=True):
            if padded is not None and size is not None and padded < size:
                raise ValueError(f"the padded shape {static} is smaller than {known}")
    return tensor, static


def padding_tensors(values: Any, spec: Any) -> list[Tensor]:
    """Return the scalars to fill with, one for each part of an element.

    Raises:
      TypeError: one has another dtype than the part.
      ValueError: one is no scalar, or the structures differ.
    """
    specs = nest.flatten(spec)
    given = [None] * len(specs) if values is None else nest.flatten_up_to(spec, values)
    fillings = []
    for value, one in zip(given, specs, strict=True):
        if value is None:
            value = "" if one.dtype is string else np.zeros((), one.dtype.numpy)
        tensor = convert_to_tensor(value, name="padding_value")
        if not tensor.shape.is_compatible_with([]):
            raise ValueError(f"a padding value must be a scalar, not {tensor!r}")
        if tensor.dtype is not one.dtype:
            raise TypeError(
                f"a padding value for {one.dtype.name} must have that dtype, not "
                f"{tensor.dtype.name}"
            )
        fillings.append(tensor)
    return fillings
