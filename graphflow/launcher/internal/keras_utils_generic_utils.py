"""`tensorflow.python.keras.utils.generic_utils`."""

from __future__ import annotations

import codecs
import inspect
import marshal
import types
from collections.abc import Callable, Sequence
from typing import Any

_Dumped = tuple[str, tuple[Any, ...] | None, tuple[Any, ...] | None]


def func_dump(func: Callable[..., Any]) -> _Dumped:
    """Turn a function of Python into its code, as text, defaults and the values it closes over.

    Args:
      func: the function.

    >>> code, defaults, closure = func_dump(lambda x, power=3: x ** power)
    >>> func_load(code, defaults, closure)(2)
    8
    """
    code = codecs.encode(marshal.dumps(func.__code__), "base64").decode("ascii")
    cells = func.__closure__
    return code, func.__defaults__, tuple(cell.cell_contents for cell in cells) if cells else None


def func_load(
    code: str | Sequence[Any],
    defaults: tuple[Any, ...] | None = None,
    closure: Sequence[Any] | None = None,
    globs: dict[str, Any] | None = None,
) -> Callable[..., Any]:
    """Return the function that `func_dump` turned into text; the Python must be the same.

    Args:
      code: the text, or all that `func_dump` returned.
      defaults: the default values of its arguments.
      closure: the values it closes over.
      globs: the globals it finds, by default those of this module.
    """
    dumped: Any = code
    text, defaults, closure = (dumped, defaults, closure) if isinstance(code, str) else dumped
    loaded = marshal.loads(codecs.decode(text.encode("ascii"), "base64"))
    cells = None if closure is None else tuple(map(_as_cell, closure))
    return types.FunctionType(
        loaded,
        globals() if globs is None else globs,
        name=loaded.co_name,
        argdefs=None if defaults is None else tuple(defaults),
        closure=cells,
    )


def _as_cell(value: Any) -> types.CellType:
    return value if isinstance(value, types.CellType) else types.CellType(value)


def has_arg(fn: Callable[..., Any], name: str, accept_all: bool = False) -> bool:
    """Tell whether a function has an argument of a name.

    Args:
      fn: the function.
      name: the argument's name.
      accept_all: whether `**kwargs` counts.

    >>> has_arg(lambda x, **kwargs: x, "y"), has_arg(lambda x, **kwargs: x, "y", accept_all=True)
    (False, True)
    """
    spec = inspect.getfullargspec(fn)
    return name in spec.args or (accept_all and spec.varkw is not None)
