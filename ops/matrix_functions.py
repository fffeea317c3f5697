"""Functions of whole matrices."""

from __future__ import annotations

from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope

__all__ = ["adjoint"]


def adjoint(matrix: Any, name: str | None = None) -> Tensor:
    """Transpose each matrix and take the complex conjugate.

    Args:
      matrix: a tensor [..., m, n].
      name: name scope of the operations.

    Returns:
      A tensor [..., n, m] of the same dtype.

    Raises:
      ValueError: `matrix` has fewer than two axes.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.linalg.adjoint(tf.constant([[1 + 2j, 3], [4j, 5]])))
    array([[1.-2.j, 0.-4.j],
           [3.-0.j, 5.-0.j]])
    """
    with name_scope(name, "adjoint", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        return ops.matrix_transpose(matrix, conjugate=True)
