"""The operators of `Tensor`: `x + y` and its kin, registered with core when this is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import string
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor

__all__: list[str] = []


def _add(x: Tensor, y: Tensor, name: str) -> Tensor:
    """Strings are joined by the older op, numbers added by the newer one."""
    if x.dtype.base_dtype is string:
        return ops.add(x, y, name=name)
    return ops.add_v2(x, y, name=name)


def _override_binary(operator: str, function: Callable[..., Tensor], name: str) -> None:
    """Register `__operator__` and its reflection; Python operands take the tensor's dtype."""
    reflected = f"__r{operator}__"

    def forward(x: Tensor, y: Any) -> Any:
        if isinstance(y, SparseTensor):
            return NotImplemented
        with name_scope(None, name, [x, y]) as scope:
            try:
                y = convert_to_tensor(y, preferred_dtype=x.dtype.base_dtype, name="y")
            except TypeError:
                # The other class may know what to do with a tensor.
                if hasattr(type(y), reflected):
                    return NotImplemented
                raise
            return function(x, y, name=scope)

    def backward(y: Tensor, x: Any) -> Tensor:
        with name_scope(None, name, [x, y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    Tensor._override_operator(f"__{operator}__", forward)
    Tensor._override_operator(reflected, backward)


def _override_comparison(operator: str, function: Callable[..., Tensor]) -> None:
    def compare(x: Tensor, y: Any) -> Tensor:
        return function(x, y)

    Tensor._override_operator(f"__{operator}__", compare)


def _override_unary(operator: str, function: Callable[..., Tensor]) -> None:
    def compute(x: Tensor) -> Tensor:
        return function(x)

    Tensor._override_operator(f"__{operator}__", compute)


def _register() -> None:
    for operator, function, name in (
        ("add", _add, "add"),
        ("sub", ops.subtract, "sub"),
        ("mul", ops.multiply, "mul"),
        ("div", ops.div, "div"),
        ("truediv", ops.truediv, "truediv"),
        ("floordiv", ops.floor_div, "floordiv"),
        ("mod", ops.floormod, "mod"),
        ("pow", ops.pow, "pow"),
        ("matmul", ops.matmul, "matmul"),
        ("and", ops.logical_and, "and"),
        ("or", ops.logical_or, "or"),
        ("xor", ops.logical_xor, "xor"),
    ):
        _override_binary(operator, function, name)
    _override_comparison("lt", ops.less)
    _override_comparison("le", ops.less_equal)
    _override_comparison("gt", ops.greater)
    _override_comparison("ge", ops.greater_equal)
    _override_unary("neg", ops.negative)
    _override_unary("abs", ops.abs)
    _override_unary("invert", ops.logical_not)


_register()
