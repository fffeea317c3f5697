"""Hashes of strings and fingerprints of any data, the same as TensorFlow's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphflow.core.build import apply
from graphflow.core.deprecation import renamed_argument
from graphflow.core.dtypes import int64 as _int64, uint8 as _uint8
from graphflow.core.graph import Tensor
from graphflow.core.op import Array, ErrorSample, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, check_rank, invalid
from graphflow.ops._text import item_of, items_of, texts
from graphflow.ops.kernels import farmhash, murmur, siphash

__all__ = [
    "Fingerprint",
    "StringToHashBucket",
    "StringToHashBucketFast",
    "StringToHashBucketStrong",
    "fingerprint",
    "string_to_hash_bucket",
    "string_to_hash_bucket_fast",
    "string_to_hash_bucket_strong",
]


# -- buckets ---------------------------------------------------------------------------------------


class _Bucket(Op):
    """Base of the ops that put strings into buckets."""

    num_buckets: int

    inputs = "input: string"
    differentiable = False

    def _hashes(self, items: list[bytes]) -> Array:
        raise NotImplementedError

    def infer(self, input: TensorSpec) -> TensorSpec:
        if self.num_buckets < 1:
            raise ValueError(f"num_buckets is {self.num_buckets}: it must be at least 1")
        return TensorSpec(input.shape, _int64)

    def kernel(self, input: Array) -> Array:
        buckets = self._hashes(items_of(input)) % np.uint64(self.num_buckets)
        return buckets.astype(np.int64).reshape(np.shape(as_array(input)))

    @classmethod
    def _make(cls, num_buckets: int) -> Op:
        make: Any = cls
        return make(num_buckets)  # type: ignore[no-any-return]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        some = texts([["a", "hello", ""], [b"\x00\xff", "äöü", "q" * 9]])
        yield Sample.of(cls._make(1000), some)
        # Every length that is hashed in a way of its own, and what surrounds it.
        lengths = [*range(34), 63, 64, 65, 100, 127, 128, 129, 200]
        long = texts([bytes((7 * i + n) % 256 for i in range(n)) for n in lengths])
        yield Sample.of(cls._make(2**62), long)
        yield Sample.of(cls._make(1), texts("a"))
        yield Sample.of(cls._make(10), some[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls._make(0), (texts("a"),), "must be at least 1")


@register
class StringToHashBucket(_Bucket):
    """The bucket of each string by a hash that may change."""

    num_buckets: int

    inputs = "string_tensor: string"

    def _hashes(self, items: list[bytes]) -> Array:
        return murmur.hash64(items)


def string_to_hash_bucket(
    string_tensor: Any = None,
    num_buckets: int | None = None,
    name: str | None = None,
    input: Any = None,
) -> Tensor:
    """Put each string into one of some buckets by its hash; prefer `string_to_hash_bucket_fast`.

    Args:
      string_tensor: a string tensor.
      num_buckets: int, at least 1.
      name: the operation's name.
      input: another name of `string_tensor`.

    Returns:
      An int64 tensor of the same shape with numbers in [0, num_buckets).

    Raises:
      ValueError: there is no bucket, or an argument is missing.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_to_hash_bucket(["Hello", "TensorFlow", "2.x"], 3))
    array([2, 0, 1])
    """
    string_tensor = renamed_argument("input", input, "string_tensor", string_tensor)
    if num_buckets is None:
        raise ValueError("the argument 'num_buckets' is missing")
    return apply(StringToHashBucket(int(num_buckets)), string_tensor, name=name)


@register
class StringToHashBucketFast(_Bucket):
    """The bucket of each string by its fingerprint."""

    num_buckets: int

    def _hashes(self, items: list[bytes]) -> Array:
        return farmhash.fingerprint64(items)


def string_to_hash_bucket_fast(input: Any, num_buckets: int, name: str | None = None) -> Tensor:
    """Put each string into one of some buckets by its FarmHash fingerprint, which never changes.

    Args:
      input: a string tensor.
      num_buckets: int, at least 1.
      name: the operation's name.

    Returns:
      An int64 tensor of the same shape with numbers in [0, num_buckets).

    Raises:
      ValueError: there is no bucket.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_to_hash_bucket_fast(["Hello", "TensorFlow", "2.x"], 3))
    array([0, 2, 2])
    """
    return apply(StringToHashBucketFast(int(num_buckets)), input, name=name)


@register
class StringToHashBucketStrong(_Bucket):
    """The bucket of each string by a hash with a key."""

    num_buckets: int
    key: tuple[int, ...]

    @classmethod
    def _make(cls, num_buckets: int) -> Op:
        return cls(num_buckets, (123456789, -2))

    def infer(self, input: TensorSpec) -> TensorSpec:
        if len(self.key) != 2:
            raise invalid(f"key is {list(self.key)}: it must have 2 integers")
        return super().infer(input)

    def _hashes(self, items: list[bytes]) -> Array:
        return siphash.siphash(items, (self.key[0], self.key[1]))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield from super().errors()
        yield ErrorSample(cls(10, (1,)), (texts("a"),), "must have 2 integers")


def string_to_hash_bucket_strong(
    input: Any, num_buckets: int, key: Any, name: str | None = None
) -> Tensor:
    """Put each string into one of some buckets by a hash that needs a key to be foreseen.

    Args:
      input: a string tensor.
      num_buckets: int, at least 1.
      key: a list of two integers of 64 bits.
      name: the operation's name.

    Returns:
      An int64 tensor of the same shape with numbers in [0, num_buckets).

    Raises:
      ValueError: there is no bucket, or the key has not two integers.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.string_to_hash_bucket_strong(["Hello", "TF"], 3, [1, 2]))
    array([2, 0])
    """
    op = StringToHashBucketStrong(int(num_buckets), tuple(int(part) for part in key))
    return apply(op, input, name=name)


# -- fingerprints ----------------------------------------------------------------------------------


@register
class Fingerprint(Op):
    """A fingerprint for each slice along the first axis."""

    inputs = "data: T, method: string"
    outputs = "fingerprint"
    differentiable = False

    def infer(self, data: TensorSpec, method: TensorSpec) -> TensorSpec:
        check_rank("method", method, 0)
        shape = data.shape.with_rank_at_least(1).as_tuple()
        known = method.value
        if known is not None:
            _check_method(known.item())
        count = None if shape is None else shape[0]
        return TensorSpec(TensorShape.of((count, 8)), _uint8)

    def kernel(self, data: Array, method: Array) -> Array:
        _check_method(item_of(method))
        rows = as_array(data)
        if rows.dtype == object and rows[:1].size == 1:
            words = farmhash.fingerprint64(items_of(rows))
        else:
            if rows.dtype == object:
                rows = farmhash.fingerprint64(items_of(rows)).reshape(rows.shape)
            words = farmhash.fingerprint64([row.tobytes() for row in rows])
        return words.astype("<u8").view(np.uint8).reshape(-1, 8)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        method = texts("farmhash64")
        yield Sample.of(cls(), texts(["a", "bc"]), method)
        yield Sample.of(cls(), texts([["a", "b"], ["c", "d"]]), method)
        a = np.arange(6).reshape(2, 3)
        for dtype in (np.float32, np.int64, np.uint8, np.complex64, np.float16):
            yield Sample.of(cls(), a.astype(dtype), method, gradient=(), note="no gradient")
        yield Sample.of(cls(), a > 2, method)
        yield Sample.of(cls(), a[:, :0].astype(np.int32), method)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        yield ErrorSample(cls(), (texts("a"), texts("farmhash64")), "rank 1 or more")
        yield ErrorSample(cls(), (texts(["a"]), texts("md5")), "the only method is 'farmhash64'")
        methods = texts(["farmhash64"])
        yield ErrorSample(cls(), (texts(["a"]), methods), "method must be a scalar")


def _check_method(method: bytes) -> None:
    if method != b"farmhash64":
        raise invalid(f"method is {method!r}: the only method is 'farmhash64'")


def fingerprint(data: Any, method: Any = "farmhash64", name: str | None = None) -> Tensor:
    """Return a fingerprint for each slice along the first axis.

    Args:
      data: a tensor of any dtype and rank 1 or more.
      method: string scalar, "farmhash64".
      name: the operation's name.

    Returns:
      uint8 [n, 8], where n is the size of the first axis.

    Raises:
      ValueError: `data` is a scalar, or there is no such method.

    >>> import graphflow as tf
    >>> tf.Session().run(tf.fingerprint(["a", "bc"]))
    array([[227, 117, 223, 182, 101,  66,  69, 179],
           [119, 129,  82, 223,  68, 160,  90,  83]], dtype=uint8)
    """
    return apply(Fingerprint(), data, method, name=name)
