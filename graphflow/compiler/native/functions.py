"""Functions of single elements beside those of `Op.scalar_expression`.

Loops over large arrays leave them to numpy, which computes several elements at once.  For a few
elements a call of the mathematical library is quicker.  It may differ from numpy in the last place.
"""

from __future__ import annotations

import numpy as np

from graphflow.core.op import Op

# The text of each for elements of floating dtypes, in terms of the inputs.
_OF_FLOATS = {
    "Acos": "np.arccos({0})",
    "Acosh": "np.arccosh({0})",
    "Asin": "np.arcsin({0})",
    "Asinh": "np.arcsinh({0})",
    "Atan": "np.arctan({0})",
    "Atan2": "np.arctan2({0}, {1})",
    "Atanh": "np.arctanh({0})",
    "Ceil": "np.ceil({0})",
    "Cos": "np.cos({0})",
    "Cosh": "np.cosh({0})",
    "Div": "{0} / {1}",
    "DivNoNan": "{0} / {1} if {1} != 0 else 0",
    "Elu": "np.expm1({0}) if {0} < 0 else {0}",
    "EluGrad": "{0} * ({1} + 1) if {1} < 0 else {0}",
    "Exp": "np.exp({0})",
    "Expm1": "np.expm1({0})",
    "Floor": "np.floor({0})",
    "FloorDiv": "np.floor({0} / {1})",
    "Inv": "1 / {0}",
    "InvGrad": "-{1} * {0} * {0}",
    "IsFinite": "{0} - {0} == 0",
    "IsInf": "{0} == {0} and {0} - {0} != 0",
    "IsNan": "{0} != {0}",
    "LeakyRelu": "{0} if {0} > 0 else {alpha} * {0}",
    "LeakyReluGrad": "{0} if {1} > 0 else {alpha} * {0}",
    "Log": "np.log({0})",
    "Log1p": "np.log1p({0})",
    "MulNoNan": "{0} * {1} if {1} != 0 else 0",
    "Pow": "np.power({0}, {1})",
    "Reciprocal": "1 / {0}",
    "ReciprocalGrad": "-{1} * {0} * {0}",
    "Rint": "np.rint({0})",
    "Round": "np.rint({0})",
    "Sigmoid": "1 / (np.exp(-{0}) + 1)",
    "Sign": "{0} if {0} != {0} else (1 if {0} > 0 else (-1 if {0} < 0 else 0))",
    "Sin": "np.sin({0})",
    "Sinh": "np.sinh({0})",
    "SoftplusGrad": "{0} / (np.exp(-{1}) + 1)",
    "Softsign": "{0} / (1 + abs({0}))",
    "SoftsignGrad": "{0} / ((1 + abs({1})) * (1 + abs({1})))",
    "Tan": "np.tan({0})",
    "Tanh": "np.tanh({0})",
}
_OF_NUMBERS = {"Abs": "abs({0})"}


def expression_of(op: Op, names: list[str], dtype: np.dtype[np.generic]) -> str | None:
    """Return the text that computes one element of an op's result, None for other ops.

    Args:
      op: any op.
      names: of the elements of its inputs.
      dtype: of these.
    """
    text = _OF_NUMBERS.get(op.type)
    if text is None and dtype.kind == "f":
        text = _OF_FLOATS.get(op.type)
    if text is None:
        return None
    attributes = op.attributes()
    alpha = float(np.float32(attributes.get("alpha", 0)))  # the attribute has 32 bits
    return text.format(*names, alpha=alpha)
