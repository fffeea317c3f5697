"""Apply an op to inputs: convert them, check their dtypes, name the node, add it to the graph.

This is what every public op function ends in::

    return apply(MatMul(transpose_a, transpose_b), a, b, name=name)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphflow.core.convert import convert_to_tensor, to_reference
from graphflow.core.dtypes import DType
from graphflow.core.graph import (
    Graph,
    Operation,
    Tensor,
    at_user_line,
    get_default_graph,
    graph_of,
)
from graphflow.core.op import InputArg, Op


def apply(op: Op, *inputs: Any, name: str | None = None) -> Tensor:
    """Add `op` applied to `inputs` to the graph and return its only output.

    Args:
      op: the op with its attributes.
      *inputs: one item for each declared input, a list for a list argument; Python values become
        constants of the dtype that the op needs.
      name: the operation's name, the op type by default.

    Raises:
      TypeError: an input has a dtype that the op does not take.
      ValueError: the shapes do not fit.
    """
    return _add(op, inputs, name)._outputs[0]


def apply_multi(op: Op, *inputs: Any, name: str | None = None) -> list[Tensor]:
    """Like `apply`, for an op with any number of outputs: return all of them."""
    return list(_add(op, inputs, name)._outputs)


def apply_op(op: Op, *inputs: Any, name: str | None = None) -> Operation:
    """Like `apply`, but return the `Operation`."""
    return _add(op, inputs, name)


def _add(op: Op, inputs: tuple[Any, ...], name: str | None) -> Operation:
    default = get_default_graph()
    if _fits_as_it_is(default, op, inputs):
        return default.add_operation(op, inputs, name or op.type)
    args = op.input_args()
    if len(inputs) != len(args):
        raise TypeError(f"{op!r} takes {len(args)} inputs, got {len(inputs)}")
    graph = default if default.building_function else graph_of(_flat(inputs))
    if graph is default:
        return _apply(graph, op, args, inputs, name)
    with graph.as_default():
        return _apply(graph, op, args, inputs, name)


# Op classes with the numbers of the inputs' dtypes, one for each declared input, found to fit.
_fitting: set[tuple[Any, ...]] = set()


def _fits_as_it_is(graph: Graph, op: Op, inputs: Sequence[Any]) -> bool:
    """Whether the inputs are tensors of `graph` with dtypes that such an op has taken before."""
    key: list[Any] = [type(op)]
    for item in inputs:
        if type(item) is not Tensor or item._op.graph is not graph:
            return False
        key.append(item._spec.dtype.as_datatype_enum)
    return tuple(key) in _fitting


def _remember_fit(op: Op, args: Sequence[InputArg], tensors: Sequence[Tensor]) -> None:
    if not any(arg.is_list for arg in args):
        _fitting.add((type(op), *[tensor._spec.dtype.as_datatype_enum for tensor in tensors]))


def _flat(inputs: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in inputs:
        if isinstance(item, (list, tuple)):
            flat.extend(item)
        else:
            flat.append(item)
    return flat


def _apply(
    graph: Graph, op: Op, args: Sequence[InputArg], inputs: Sequence[Any], name: str | None
) -> Operation:
    graph._check_not_finalized()
    name = name or op.type
    if all(isinstance(item, Tensor) for item in inputs):
        tensors = _bind(op, args, inputs)
        _remember_fit(op, args, tensors)
        return graph.add_operation(op, tensors, name)
    # Constants made from Python values get names below the operation's own.
    with graph.name_scope(name) as scope:
        tensors = _bind(op, args, inputs)
        return graph.add_operation(op, tensors, scope)


def _bind(op: Op, args: Sequence[InputArg], inputs: Sequence[Any]) -> list[Tensor]:
    known: dict[str, tuple[DType, str]] = {}
    tensors: list[Tensor] = []
    for arg, value in zip(args, inputs, strict=True):
        if arg.is_list:
            tensors.extend(_bind_list(op, arg, value, known))
        else:
            tensors.append(_bind_one(op, arg, value, known))
    return tensors


def _bind_one(op: Op, arg: InputArg, value: Any, known: dict[str, tuple[DType, str]]) -> Tensor:
    wanted = arg.dtype
    if wanted is None and arg.type_attr in known:
        wanted = known[arg.type_attr][0]
    if arg.is_ref:
        tensor = _reference(op, arg, value)
    elif isinstance(value, Tensor):
        tensor = value
    else:
        tensor = _convert(op, arg, value, wanted)
    if tensor.graph is not get_default_graph():
        tensor = convert_to_tensor(tensor)
    _check_dtype(op, arg, tensor, known)
    return tensor


def _reference(op: Op, arg: InputArg, value: Any) -> Tensor:
    tensor = to_reference(value)
    if not tensor.dtype._is_ref_dtype:
        raise TypeError(
            f"{op!r}: input {arg.name!r} must be a variable (a mutable tensor), got {tensor!r}"
            f"{at_user_line()}"
        )
    return tensor


def _convert(op: Op, arg: InputArg, value: Any, wanted: DType | None) -> Tensor:
    if value is None:
        raise ValueError(f"{op!r}: input {arg.name!r} is None; expected a tensor or a value")
    try:
        if wanted is not None:
            return convert_to_tensor(value, dtype=wanted, name=arg.name)
        return convert_to_tensor(
            value, name=arg.name, preferred_dtype=_default_dtype(op, arg, value)
        )
    except TypeError as error:
        raise TypeError(f"{op!r}: input {arg.name!r}: {error}{at_user_line()}") from error
    except ValueError as error:
        # A tensor of the wrong dtype inside: TensorFlow reports dtype conflicts as TypeError.
        kind = TypeError if "dtype" in str(error) else ValueError
        raise kind(f"{op!r}: input {arg.name!r}: {error}{at_user_line()}") from error


def _default_dtype(op: Op, arg: InputArg, value: Any) -> DType | None:
    """The dtype that Python numbers get: the op's choice, or int32 where only indices fit."""
    from_types = op.types.get(arg.type_attr or "")
    preferred = op.preferred.get(arg.type_attr or "")
    if preferred is not None and from_types is not None:
        held = getattr(value, "dtype", None)
        fits = held is not None and any(held == dtype.numpy for dtype in from_types)
        return None if fits else preferred
    if from_types is None or not all(dtype.is_integer for dtype in from_types):
        return None
    return next((dtype for dtype in from_types if dtype.name == "int32"), None)


def _bind_list(
    op: Op, arg: InputArg, values: Any, known: dict[str, tuple[DType, str]]
) -> list[Tensor]:
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{op!r}: input {arg.name!r} is a list of tensors, got {values!r}")
    if arg.is_mixed_list:
        return [
            _bind_one(op, InputArg(f"{arg.name}_{index}"), value, {})
            for index, value in enumerate(values)
        ]
    if any(value is None for value in values):
        raise TypeError(f"{op!r}: input {arg.name!r} holds None: {values!r}{at_user_line()}")
    if arg.type_attr is not None and arg.type_attr not in known:
        # Python numbers in the list take the dtype of the first tensor.
        dtype = next(
            (v.dtype for v in values if isinstance(getattr(v, "dtype", None), DType)), None
        )
        if dtype is None:  # then each value has its natural dtype, and those must agree
            values = [
                _convert(op, InputArg(f"{arg.name}_{index}", arg.type_attr), value, arg.dtype)
                for index, value in enumerate(values)
            ]
        else:
            known[arg.type_attr] = (dtype.base_dtype, arg.name)
    tensors = []
    for index, value in enumerate(values):
        one = InputArg(f"{arg.name}_{index}", arg.type_attr, arg.dtype, is_ref=arg.is_ref)
        tensors.append(_bind_one(op, one, value, known))
    return tensors


def _check_dtype(
    op: Op, arg: InputArg, tensor: Tensor, known: dict[str, tuple[DType, str]]
) -> None:
    dtype = tensor.dtype.base_dtype
    if arg.dtype is not None:
        if dtype is not arg.dtype:
            raise TypeError(
                f"{op!r}: input {arg.name!r} ({tensor!r}) must be {arg.dtype.name}, "
                f"not {dtype.name}; convert it with tf.cast{at_user_line()}"
            )
        return
    if arg.type_attr is None:
        return
    allowed = op.types.get(arg.type_attr)
    if allowed is not None and dtype not in allowed:
        names = ", ".join(sorted(item.name for item in allowed))
        raise TypeError(
            f"{op!r}: input {arg.name!r} ({tensor!r}) has dtype {dtype.name}, "
            f"which is not one of {names}{at_user_line()}"
        )
    expected, from_name = known.setdefault(arg.type_attr, (dtype, arg.name))
    if dtype is not expected:
        raise TypeError(
            f"{op!r}: input {arg.name!r} ({tensor!r}) has dtype {dtype.name}, which does not match "
            f"dtype {expected.name} of input {from_name!r}; convert one with tf.cast"
            f"{at_user_line()}"
        )
