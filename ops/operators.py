"""The operators of `Tensor`: `x + y` and its kin, registered with core when this is imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import string
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.ops.comparison import (
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
)
from graphflow.ops.division import div, floor_div, floormod, truediv
from graphflow.ops.math_binary import add, add_v2, multiply, pow, subtract
from graphflow.ops.math_unary import abs, negative
from graphflow.ops.matmul import matmul

__all__: list[str] = []


def _add(x: Tensor, y: Tensor, name: str) -> Tensor:
    """Strings are joined by the older op, numbers added by the newer one."""
    if x.dtype.base_dtype is string:
        return add(x, y, name=name)
    return add_v2(x, y, name=name)


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
        ("sub", subtract, "sub"),
        ("mul", multiply, "mul"),
        ("div", div, "div"),
        ("truediv", truediv, "truediv"),
        ("floordiv", floor_div, "floordiv"),
        ("mod", floormod, "mod"),
        ("pow", pow, "pow"),
        ("matmul", matmul, "matmul"),
        ("and", logical_and, "and"),
        ("or", logical_or, "or"),
        ("xor", logical_xor, "xor"),
    ):
        _override_binary(operator, function, name)
    _override_comparison("lt", less)
    _override_comparison("le", less_equal)
    _override_comparison("gt", greater)
    _override_comparison("ge", greater_equal)
    _override_unary("neg", negative)
    _override_unary("abs", abs)
    _override_unary("invert", logical_not)


_register()
