"""Tensors that a session keeps between runs, by keys that programs pass around."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_op
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, string as _string
from graphflow.core.graph import Operation, Tensor, get_default_graph
from graphflow.core.handles import kept_tensor
from graphflow.core.op import Array, Context, Op, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, check_rank, invalid

__all__ = [
    "DeleteSessionTensor",
    "GetSessionHandle",
    "GetSessionTensor",
    "delete_session_tensor",
    "get_session_handle",
    "get_session_tensor",
]

_DEVICE = "/job:localhost/replica:0/task:0/device:CPU:0"


@register
class GetSessionHandle(Op):
    """The key by which the session keeps a tensor."""

    inputs = "value: T"
    outputs = "handle"
    stateful = True
    differentiable = False
    needs_context = True

    def infer(self, value: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _string)

    def kernel(self, ctx: Context, value: Array) -> Array:
        key = f"{ctx.node.name};{ctx.step_id};{_DEVICE}"
        kept = np.array(as_array(value))
        ctx.resources.lookup_or_create(kept_tensor(key), lambda: kept)
        return np.asarray(key.encode(), object)


class _ByKey(Op):
    """Base of the ops that take the key of a kept tensor."""

    inputs = "handle: string"
    stateful = True
    differentiable = False
    needs_context = True

    @staticmethod
    def _kept(ctx: Context, handle: Array) -> tuple[Any, Array]:
        key = as_array(handle).item().decode()
        found = ctx.resources.lookup(kept_tensor(key))
        if found is None:
            raise invalid(f"the session keeps no tensor {key!r}")
        return kept_tensor(key), found


@register
class GetSessionTensor(_ByKey):
    """A tensor that the session keeps."""

    dtype: DType

    inputs = "handle: string"
    outputs = "value"

    def infer(self, handle: TensorSpec) -> TensorSpec:
        check_rank("handle", handle, 0)
        return TensorSpec(TensorShape.of(None), self.dtype)

    def kernel(self, ctx: Context, handle: Array) -> Array:
        _, found = self._kept(ctx, handle)
        if found.dtype != self.dtype.numpy:
            raise invalid(f"the tensor that the session keeps is {found.dtype}, not {self.dtype}")
        return found


@register
class DeleteSessionTensor(_ByKey):
    """Let the session forget a tensor that it keeps."""

    inputs = "handle: string"
    outputs = ""

    def infer(self, handle: TensorSpec) -> tuple[()]:
        check_rank("handle", handle, 0)
        return ()

    def kernel(self, ctx: Context, handle: Array) -> tuple[()]:
        key, _ = self._kept(ctx, handle)
        ctx.resources.remove(key)
        return ()


def get_session_handle(data: Any, name: str | None = None) -> Tensor:
    """Keep a tensor in the session, and return the key to it.

    Args:
      data: a tensor of any dtype.
      name: the operation's name.

    Returns:
      A string scalar; fetching it gives a `TensorHandle`, whose `handle` is the key and whose
      `eval()` is the value. The session forgets the tensor when the `TensorHandle` goes.

    >>> import graphflow as tf
    >>> sess = tf.Session()
    >>> handle = sess.run(tf.get_session_handle(tf.constant([1.0, 2.0]) * 3.0))
    >>> holder, x = tf.get_session_tensor(handle.handle, tf.float32)
    >>> sess.run(x + 1.0, {holder: handle.handle})
    array([4., 7.], dtype=float32)
    """
    data = convert_to_tensor(data)
    with get_default_graph().colocate_with(data):
        return apply(GetSessionHandle(), data, name=name)


def get_session_tensor(handle: Any, dtype: Any, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Return the tensor that the session keeps under a key.

    Args:
      handle: a key, as an example: the key of the run is the one fed.
      dtype: the dtype of the tensor.
      name: the operation's name.

    Returns:
      A pair: the placeholder for which to feed a key, and the tensor.

    Raises:
      ValueError: `handle` is no key.
      InvalidArgumentError: (in the run) the session keeps no such tensor.

    >>> import graphflow as tf
    >>> sess = tf.Session()
    >>> kept = sess.run(tf.get_session_handle(tf.constant([3, 5])))
    >>> holder, x = tf.get_session_tensor(kept.handle, tf.int32)
    >>> sess.run(2 * x, {holder: kept.handle})
    array([ 6, 10], dtype=int32)
    """
    holder = _holder(handle)
    return holder, apply(GetSessionTensor(as_dtype(dtype)), holder, name=name)


def delete_session_tensor(handle: Any, name: str | None = None) -> tuple[Tensor, Operation]:
    """Let the session forget the tensor that it keeps under a key.

    Args:
      handle: a key, as an example: the key of the run is the one fed.
      name: the operation's name.

    Returns:
      A pair: the placeholder for which to feed a key, and the operation.

    Raises:
      ValueError: `handle` is no key.
      InvalidArgumentError: (in the run) the session keeps no such tensor.

    >>> import graphflow as tf
    >>> sess = tf.Session()
    >>> kept = sess.run(tf.get_session_handle(tf.constant([3, 5])))
    >>> holder, forget = tf.delete_session_tensor(kept.handle)
    >>> sess.run(forget, {holder: kept.handle})
    """
    holder = _holder(handle)
    return holder, apply_op(DeleteSessionTensor(), holder, name=name)


def _holder(handle: Any) -> Tensor:
    """The placeholder for keys such as `handle`, on the device that it names."""
    text = handle.decode() if isinstance(handle, bytes) else str(handle)
    parts = text.split(";")
    if len(parts) != 3:
        raise ValueError(f"{text!r} is no key of a tensor that a session keeps")
    with get_default_graph().device(parts[2]):
        return ops.placeholder(_string, [])
