"""Ops that parse records of training examples; `ops/parsing.py` has the functions for them.

A feature's values are float32, int64 or string.  Dense features give one tensor with a row for
each record, sparse ones the three tensors of a `SparseTensor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from graphflow.core.dtypes import (
    DType,
    float32 as _float32,
    int64 as _int64,
    string as _string,
)
from graphflow.core.errors import InvalidArgumentError
from graphflow.core.extensions import provided
from graphflow.core.op import Array, ErrorSample, InputArg, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._example_reader import (
    read_example,
)
from graphflow.ops._feature_columns import (
    FEATURE_TYPES,
    FeatureColumn,
    check_lengths,
    check_names,
    check_types,
    dtype_of,
    flat_default,
    grouped,
    known_sizes,
    of_one,
    read_records,
    record_namer,
    sparse_specs,
    varies,
    zero_of,
)
from graphflow.ops._sample_records import RECORDS, example_bytes
from graphflow.ops._static import check_rank, f32, i64, invalid
from graphflow.ops._text import item_of, items_of, map_text, texts

__all__ = ["DecodeJSONExample", "ParseExample", "ParseSingleExample"]


class _Parsing(Op):
    """What ParseExample and ParseSingleExample share."""

    sparse_types: tuple[DType, ...]
    dense_shapes: tuple[TensorShape, ...]

    def _dense_specs(
        self, batch: Sequence[int | None], defaults: Sequence[TensorSpec]
    ) -> list[TensorSpec]:
        check_types(self.sparse_types, [default.dtype.base_dtype for default in defaults])
        check_lengths(dense_defaults=(len(defaults), len(self.dense_shapes)))
        specs = []
        for shape, default in zip(self.dense_shapes, defaults, strict=True):
            sizes = known_sizes(shape[1:] if varies(shape) else shape)
            size = default.shape.num_elements()
            expected = 1 if varies(shape) else int(np.prod(sizes))
            if size is not None and size not in (0, expected):
                raise ValueError(
                    f"a default of shape {default.shape} does not fit a feature of shape {shape}"
                )
            outer = (*batch, None) if varies(shape) else tuple(batch)
            specs.append(TensorSpec(TensorShape.of((*outer, *sizes)), default.dtype.base_dtype))
        return specs

    def _parsed(
        self,
        data: Sequence[bytes],
        record: Callable[[int], str],
        sparse_keys: Sequence[bytes],
        dense_keys: Sequence[bytes],
        defaults: Sequence[Array],
    ) -> tuple[list[tuple[Array, Array, Array]], list[Array]]:
        """The parts of sparse tensors, and the dense ones."""
        records = read_records(data, read_example, record)
        sparse = []
        for key, dtype in zip(sparse_keys, self.sparse_types, strict=True):
            column = FeatureColumn(key, dtype, record)
            sparse.append(column.sparse(column.column(records)))
        dense = []
        for key, shape, default in zip(dense_keys, self.dense_shapes, defaults, strict=True):
            column = FeatureColumn(key, dtype_of(default), record)
            rows = column.column(records)
            flat = flat_default(default)
            if varies(shape):
                padding = zero_of(column.dtype) if flat is None else flat[0]
                dense.append(column.padded(rows, known_sizes(shape[1:]), padding))
            else:
                dense.append(column.dense(rows, known_sizes(shape), flat))
        return sparse, dense


@register
class ParseExample(_Parsing):
    """The features of a batch of Example messages."""

    sparse_types: tuple[DType, ...]
    dense_shapes: tuple[TensorShape, ...]

    inputs = (
        "serialized: string, names: string, sparse_keys: Nsparse*string, "
        "dense_keys: Ndense*string, dense_defaults: [Tdense]"
    )
    outputs = "sparse_indices, sparse_values, sparse_shapes, dense_values"
    types: ClassVar[Any] = {"Tdense": FEATURE_TYPES}

    def list_sizes(self, total: int, lists: Sequence[InputArg]) -> dict[str, int]:
        dense = len(self.dense_shapes)
        return {
            "sparse_keys": len(self.sparse_types),
            "dense_keys": dense,
            "dense_defaults": dense,
        }

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        serialized, names, sparse_keys, dense_keys, defaults = self.group_inputs(inputs)
        check_rank("serialized", serialized, 1)
        check_rank("names", names, 1)
        for key in (*sparse_keys, *dense_keys):
            check_rank("a key", key, 0)
        batch = serialized.shape.with_rank(1).as_tuple() or (None,)
        return [
            *sparse_specs(self.sparse_types, 2),
            *self._dense_specs(batch, defaults),
        ]

    def kernel(self, *inputs: Array) -> list[Array]:
        serialized, names, sparse_keys, dense_keys, defaults = self.group_inputs(inputs)
        data = items_of(serialized)
        record = record_namer(check_names(names, len(data)))
        sparse, dense = self._parsed(
            data, record, list(map(item_of, sparse_keys)), list(map(item_of, dense_keys)), defaults
        )
        return [*grouped(sparse), *dense]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = texts([example_bytes(one) for one in RECORDS])

        def sample(
            sparse: Mapping[str, DType], dense: Mapping[str, tuple[Any, Array]], **given: Any
        ) -> Sample:
            op = cls(
                tuple(sparse.values()), tuple(TensorShape(shape) for shape, _ in dense.values())
            )
            return Sample.of(
                op,
                given.get("data", data),
                texts(given.get("names", [])) if given else np.empty(0, object),
                [texts(key) for key in sparse],
                [texts(key) for key in dense],
                [default for _, default in dense.values()],
                gradient=(),
                note="records have no gradient",
            )

        yield sample({"words": _string, "n": _int64, "x": _float32, "none": _int64}, {})
        dense = {"n": ([], i64(7)), "pair": ([2, 1], f32([])), "name": ([1], texts(["?"]))}
        yield sample({}, dense)
        yield sample({"words": _string}, dense)
        varying = {
            "words": ([None], texts("pad")),
            "x": ([None, 2], f32(-1)),
            "n": ([None], i64(0)),
        }
        yield sample({}, varying)
        yield sample({"words": _string}, dense, data=data, names=["a", "b", "c"])
        empty = np.empty(0, object)
        yield sample({"words": _string}, dense, data=empty, names=np.empty(0, object))

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = example_bytes(RECORDS[0])
        none = np.empty(0, object)

        def dense(shape: Any, default: Array, key: str, data: Any, names: Any = none) -> Any:
            op = cls((), (TensorShape(shape),))
            return op, (texts(data), names, [], [texts(key)], [default])

        for (op, inputs), message in (
            (dense([], i64(7), "n", good), "serialized must be a vector"),
            (dense([], f32([1, 2]), "x", [good]), "does not fit a feature of shape"),
            (dense([2, None], f32([]), "x", [good]), "must be fully defined"),
        ):
            yield ErrorSample(op, inputs, message)
        wrong = cls((), (TensorShape([]),))
        flags: tuple[Any, ...] = (texts([good]), none, [], [texts("n")], [np.asarray(True)])
        yield ErrorSample(wrong, flags, "not bool", error=TypeError)
        for (op, inputs), message in (
            (dense([], f32([]), "q", [good, good]), "example 0, feature 'q': it is required"),
            (dense([2], f32([]), "x", [good]), "feature 'x': it has 4 values, .* needs 2"),
            (dense([4], i64([]), "x", [good]), "its values are float32, not int64"),
            (dense([None, 3], f32([]), "x", [good]), "no whole number of shape"),
            (dense([], i64(7), "n", [good, b"\xff"]), "example 1 is malformed: it ends too early"),
            (dense([], i64(7), "n", [good + b"\x0a\x7f"]), "example 0 is malformed"),
            (dense([], i64(7), "n", [good], texts(["a", "b"])), "2 names for 1 records"),
            (dense([], f32([]), "q", [good], texts(["rex"])), "example 0 .rex., feature 'q'"),
        ):
            yield ErrorSample(op, inputs, message, error=InvalidArgumentError, when="run")


@register
class ParseSingleExample(_Parsing):
    """The features of one Example message."""

    num_sparse: int
    sparse_keys: tuple[bytes, ...]
    dense_keys: tuple[bytes, ...]
    sparse_types: tuple[DType, ...]
    dense_shapes: tuple[TensorShape, ...]

    inputs = "serialized: string, dense_defaults: [Tdense]"
    outputs = "sparse_indices, sparse_values, sparse_shapes, dense_values"
    types: ClassVar[Any] = {"Tdense": FEATURE_TYPES}

    def infer(self, serialized: TensorSpec, *dense_defaults: TensorSpec) -> list[TensorSpec]:
        check_rank("serialized", serialized, 0)
        check_lengths(
            sparse_keys=(len(self.sparse_keys), self.num_sparse),
            sparse_types=(len(self.sparse_types), self.num_sparse),
            dense_keys=(len(self.dense_keys), len(self.dense_shapes)),
        )
        return [*sparse_specs(self.sparse_types, 1), *self._dense_specs((), dense_defaults)]

    def kernel(self, serialized: Array, *dense_defaults: Array) -> list[Array]:
        sparse, dense = self._parsed(
            [item_of(serialized)],
            lambda number: "the example",
            self.sparse_keys,
            self.dense_keys,
            dense_defaults,
        )
        return [*grouped(of_one(sparse)), *[value[0] for value in dense]]

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for one in RECORDS:
            op = cls(
                2,
                (b"words", b"none"),
                (b"n", b"pair", b"x", b"name"),
                (_string, _float32),
                (TensorShape([]), TensorShape([2]), TensorShape([None, 2]), TensorShape([])),
            )
            defaults = [i64(7), f32([5, 6]), f32(-1), texts("?")]
            note = "records have no gradient"
            yield Sample.of(op, texts(example_bytes(one)), defaults, gradient=(), note=note)

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = texts(example_bytes(RECORDS[0]))
        op = cls(0, (), (b"q",), (), (TensorShape([]),))
        yield ErrorSample(op, (texts(["a"]), [i64([])]), "serialized must be a scalar")
        yield ErrorSample(
            cls(1, (), (), (), ()), (good, []), "sparse_keys has 0 items, it must have 1"
        )
        yield ErrorSample(
            op, (good, [i64([])]), "the example, feature 'q': it is required",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip


# -- JSON ------------------------------------------------------------------------------------------


@register
class DecodeJSONExample(Op):
    """Example messages from their form in JSON."""

    inputs = "json_examples: string"
    outputs = "binary_examples"

    def infer(self, json_examples: TensorSpec) -> TensorSpec:
        return TensorSpec(json_examples.shape, _string)

    def kernel(self, json_examples: Array) -> Array:
        from_json = provided("bytes_from_json")

        def decode(text: bytes) -> bytes:
            try:
                data: bytes = from_json(text, "Example")
            except ValueError as error:
                raise invalid(f"{text!r} is no example in JSON: {error}") from error
            return data

        return map_text(decode, json_examples)

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        one = '{"features": {"feature": {"n": {"int64List": {"value": ["5", -7]}}}}}'
        note = "TensorFlow does not pack numbers, which gives the same message in other bytes"
        yield Sample.of(cls(), texts([[one, "{}"]]), oracle=False, note=note)
        words = '{"features": {"feature": {"w": {"bytesList": {"value": ["YWI="]}}}}}'
        yield Sample.of(cls(), texts(words))
        yield Sample.of(cls(), texts([one])[:0])

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        for text in ("{", '{"feature": 3}'):
            yield ErrorSample(
                cls(), (texts([text]),), "no example in JSON", error=InvalidArgumentError,
                when="run",
            )  # fmt: skip
