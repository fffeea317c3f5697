"""Decompositions of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import numpy as np

from graphflow.core.build import apply_multi
from graphflow.core.dtypes import as_dtype
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec

__all__ = ["Qr", "qr"]

_DTYPES = frozenset(as_dtype(name) for name in ("float32", "float64", "complex64", "complex128"))


class QrResult(NamedTuple):
    """What `qr` returns: `input = q @ r`.

    Attributes:
      q: columns of unit length, orthogonal to one another.
      r: upper triangular.
    """

    q: Tensor
    r: Tensor


@register
class Qr(Op):
    """The QR decomposition of each matrix."""

    full_matrices: bool = False

    inputs = "input: T"
    outputs = "q, r"
    types: ClassVar[Any] = {"T": _DTYPES}

    def infer(self, input: TensorSpec) -> tuple[TensorSpec, TensorSpec]:
        dtype = input.dtype.base_dtype
        dims = input.shape.with_rank_at_least(2).as_tuple()
        if dims is None:
            return TensorSpec(TensorShape(None), dtype), TensorSpec(TensorShape(None), dtype)
        *batch, rows, columns = dims
        known = rows is not None and columns is not None
        inner = rows if self.full_matrices else (min(rows, columns) if known else None)  # type: ignore[type-var]
        q = TensorShape.of((*batch, rows, inner))
        r = TensorShape.of((*batch, inner, columns))
        return TensorSpec(q, dtype), TensorSpec(r, dtype)

    def kernel(self, input: Array) -> tuple[Array, Array]:
        q, r = np.linalg.qr(input, mode="complete" if self.full_matrices else "reduced")
        return q, r

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        tall = np.asarray([[3.0, 1.0], [-4.0, 2.0], [0.5, 7.0]])
        missing = "its gradient needs triangular solves"
        for dtype in (np.float32, np.float64):
            yield Sample.of(cls(), tall.astype(dtype), gradient=(), note=missing)
        yield Sample.of(cls(True), tall, gradient=(), note=missing)
        yield Sample.of(cls(), np.stack([tall.T, tall.T + 1]), gradient=(), note=missing)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (np.ones(3, np.float32),), "rank")


def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> QrResult:
    """Decompose each matrix into an orthogonal and an upper triangular one.

    Args:
      input: float or complex [..., m, n].
      full_matrices: whether `q` is square; otherwise it has min(m, n) columns.
      name: the operation's name.

    Returns:
      `q` [..., m, p] and `r` [..., p, n] with `input = q @ r`.

    Raises:
      ValueError: the input has less than two axes.

    >>> import graphflow as tf
    >>> q, r = tf.qr([[3.0, 1.0], [4.0, 2.0]])
    >>> tf.Session().run(tf.matmul(q, r)).round(4)
    array([[3., 1.],
           [4., 2.]], dtype=float32)
    """
    return QrResult(*apply_multi(Qr(full_matrices), input, name=name))
