"""The text of scalar expressions (`Op.scalar_expression`), made ready for machine code."""

from __future__ import annotations

import ast
import functools
import importlib
import re

from graphflow.core.code_cache import fingerprint

# What generated functions call; the modules are imported late, for they import numba.
_IMPORTED = {
    "graphflow.compiler.elementary": (
        "erf32",
        "exp32",
        "expm1_32",
        "log1p32",
        "log32",
        "sigmoid32",
        "tanh32",
    ),
    "graphflow.compiler.accumulators": ("add", "larger", "smaller"),
}


class _Numbers(ast.NodeTransformer):
    """Gives numbers a dtype: plain ones would make numba compute in float64 or int64."""

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            return node
        return ast.parse(f"np.{self._dtype}({node.value!r})", mode="eval").body


def typed(text: str, result: str, operands: str) -> str:
    """Return an expression that computes in its dtypes and in no wider ones.

    Args:
      text: the expression.
      result: the name of its dtype.
      operands: the name of the dtype of the numbers in it.

    >>> typed("x * 2 + 1", "int32", "int32")
    'np.int32(x * np.int32(2) + np.int32(1))'
    """
    if operands != "bool":
        text = ast.unparse(_Numbers(operands).visit(ast.parse(text, mode="eval")))
    # numba computes with integers in 64 bits.
    return f"np.int32({text})" if result == "int32" else text


def module_of(*functions: str) -> str:
    """Return the source of a module with functions that numba compiles.

    Args:
      *functions: their sources; they may call the functions of `elementary` and `accumulators`.
    """
    text = "\n\n\n".join(f"@machine_code\n{function}" for function in functions)
    head = ["import numpy as np", "from graphflow.core.code_cache import machine_code"]
    for module, names in _IMPORTED.items():
        called = [name for name in names if re.search(rf"\b{name}\(", text)]
        if called:
            head += [f"from {module} import {', '.join(called)}", _version(module)]
    return "\n".join([*head, "", "", text, ""])


@functools.cache
def _version(module: str) -> str:
    """A comment that changes with the functions that loops call."""
    return fingerprint(importlib.import_module(module))
