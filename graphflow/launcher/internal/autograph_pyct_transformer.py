"""`tensorflow.python.autograph.pyct.transformer`: can be imported, not used."""

from __future__ import annotations

import ast
from typing import Any


class Base(ast.NodeTransformer):
    """Base of classes that change the source of functions, of which none can be made here.

    Raises:
      NotImplementedError: in any case.
    """

    def __init__(self, ctx: Any = None) -> None:
        raise NotImplementedError(
            f"{type(self).__name__}: graphflow does not have what "
            "tensorflow.python.autograph.pyct does to the source of functions"
        )
