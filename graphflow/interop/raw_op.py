"""Ops as functions of their inputs and attributes, for `tf.raw_ops` and the `gen_*_ops` modules."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from graphflow.core.build import apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Operation, Tensor
from graphflow.core.op import Op, op_class
from graphflow.core.spec import as_shape
from graphflow.interop.attributes import attribute_kinds, op_attributes
from graphflow.interop.op_defs import default_attributes, implied_kinds

_CONVERTERS: dict[str, Callable[[Any], Any]] = {"type": as_dtype, "shape": as_shape}
# Ops whose output is a list of tensors, maybe of one.
_LISTS = frozenset(
    {
        "Case", "ConcatOffset", "DatasetToSingleElement", "DecodeCSV", "DynamicPartition",
        "EagerPyFunc", "IdentityN", "If", "IteratorGetNext", "IteratorGetNextSync",
        "OptionalGetValue", "PyFunc", "PyFuncStateless", "QueueDequeueManyV2",
        "QueueDequeueUpToV2", "QueueDequeueV2", "ReduceDataset", "RestoreV2", "ShapeN", "Split",
        "SplitV", "StagePeek", "Unpack", "Unstage", "While",
    }
)  # fmt: skip


@cache
def raw_op(op_type: str) -> Callable[..., Any]:
    """Return an op as a function.

    Args:
      op_type: the op's type, such as "MatMul".

    Returns:
      A function of the op's inputs, its attributes, and `name`.  It returns the output, a list of
      outputs if there are several, or the operation if there are none.

    Raises:
      KeyError: there is no such op.

    >>> import graphflow as tf
    >>> tf.Session().run(raw_op("MatMul")(a=[[1.0, 2.0]], b=[[3.0, 4.0]], transpose_b=True))
    array([[11.]], dtype=float32)
    """
    cls = op_class(op_type)
    inputs = [arg.name for arg in cls.input_args()]
    defaults = default_attributes(cls)
    attributes = sorted(attribute_kinds(cls), key=lambda name: name in defaults)
    names = [*inputs, *attributes]
    # The types of inputs may be given, but follow from them.
    implied = implied_kinds(cls).keys() - set(names)

    def function(*args: Any, name: str | None = None, **kwargs: Any) -> Any:
        given = _given(op_type, names, args, kwargs)
        missing = [item for item in names if item not in given and item not in defaults]
        if missing:
            raise TypeError(f"{op_type} misses the arguments {', '.join(missing)}")
        dtypes = {key: as_dtype(given[key]) for key in implied & given.keys()
                  if not isinstance(given[key], (int, list, tuple))}  # fmt: skip
        values = [
            _input(cls, position, given[item], dtypes) for position, item in enumerate(inputs)
        ]
        fields = {item: given[item] for item in attributes if given.get(item) is not None}
        op = cls.from_attributes(op_attributes(cls, _converted(cls, fields)))
        return _result(apply_op(op, *values, name=name))

    function.__name__ = function.__qualname__ = op_type
    function.__doc__ = cls.__doc__
    return function


def _given(
    op_type: str, names: list[str], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    if len(args) > len(names):
        raise TypeError(f"{op_type} takes {len(names)} arguments, got {len(args)}")
    given = dict(zip(names, args, strict=False))
    twice = given.keys() & kwargs.keys()
    if twice:
        raise TypeError(f"{op_type} got the arguments {', '.join(sorted(twice))} twice")
    given |= kwargs
    known = set(names) | implied_kinds(op_class(op_type)).keys()
    unknown = given.keys() - known
    if unknown:
        raise TypeError(f"{op_type} has no arguments {', '.join(sorted(unknown))}")
    return given


def _input(cls: type[Op], position: int, value: Any, dtypes: dict[str, Any]) -> Any:
    arg = cls.input_args()[position]
    dtype = dtypes.get(arg.type_attr or "")
    if dtype is None or isinstance(value, Tensor):
        return value
    if arg.is_list:
        return [convert_to_tensor(item, dtype) for item in value]
    return convert_to_tensor(value, dtype)


def _converted(cls: type[Op], fields: dict[str, Any]) -> dict[str, Any]:
    kinds = attribute_kinds(cls)
    found = {}
    for name, value in fields.items():
        kind = kinds[name]
        convert = _CONVERTERS.get(kind.removeprefix("list(").removesuffix(")"))
        if convert is not None:
            value = [convert(v) for v in value] if kind.startswith("list(") else convert(value)
        elif kind == "list(int)" and isinstance(value, int):
            value = [value]
        found[name] = value
    return found


def _result(operation: Operation) -> Any:
    outputs = list(operation.outputs)
    if len(outputs) == 1 and operation.type not in _LISTS:
        return outputs[0]
    return outputs or operation
