"""Ops that parse records of sequences; `ops/parsing.py` has the functions for them."""

from __future__ import annotations

import itertools
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
from graphflow.core.op import Array, ErrorSample, InputArg, Op, Sample, register
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._example_reader import (
    Feature,
    read_sequence_example,
)
from graphflow.ops._feature_columns import (
    FEATURE_TYPES,
    FeatureColumn,
    Rows,
    check_lengths,
    check_names,
    check_types,
    dtype_of,
    flat_default,
    grouped,
    known_sizes,
    most,
    of_one,
    read_records,
    record_namer,
    sparse_specs,
    zero_of,
)
from graphflow.ops._sample_records import SEQUENCES, sequence_bytes
from graphflow.ops._static import check_rank, f32, i64
from graphflow.ops._text import item_of, items_of, texts

__all__ = ["ParseSequenceExample", "ParseSingleSequenceExample"]


# What samples ask of the context.
_CONTEXT_SHAPES = (TensorShape([1]), TensorShape([2, 1]), TensorShape([]))


def _context_defaults() -> list[Array]:
    return [i64([9]), f32([[0.5], [-1]]), texts("none")]


class _SequenceParsing(Op):
    """What ParseSequenceExample and ParseSingleSequenceExample share."""

    context_sparse_types: tuple[DType, ...]
    feature_list_dense_types: tuple[DType, ...]
    context_dense_shapes: tuple[TensorShape, ...]
    feature_list_sparse_types: tuple[DType, ...]
    feature_list_dense_shapes: tuple[TensorShape, ...]

    def _check(self, defaults: Sequence[TensorSpec]) -> None:
        check_types(
            self.context_sparse_types,
            self.feature_list_sparse_types,
            self.feature_list_dense_types,
            [default.dtype.base_dtype for default in defaults],
        )
        check_lengths(
            context_dense_defaults=(len(defaults), len(self.context_dense_shapes)),
            feature_list_dense_types=(
                len(self.feature_list_dense_types),
                len(self.feature_list_dense_shapes),
            ),
        )

    def _specs(
        self, batch: Sequence[int | None], defaults: Sequence[TensorSpec]
    ) -> list[TensorSpec]:
        self._check(defaults)
        rank = len(batch)
        context = [
            TensorSpec(TensorShape.of((*batch, *known_sizes(shape))), default.dtype.base_dtype)
            for shape, default in zip(self.context_dense_shapes, defaults, strict=True)
        ]
        lists = [
            TensorSpec(TensorShape.of((*batch, None, *known_sizes(shape))), dtype)
            for shape, dtype in zip(
                self.feature_list_dense_shapes, self.feature_list_dense_types, strict=True
            )
        ]
        return [
            *sparse_specs(self.context_sparse_types, rank + 1),
            *context,
            *sparse_specs(self.feature_list_sparse_types, rank + 2),
            *lists,
        ]

    def _parsed(
        self,
        data: Sequence[bytes],
        record: Callable[[int], str],
        keys: Mapping[str, Sequence[bytes]],
        defaults: Sequence[Array],
    ) -> tuple[list[Any], list[Array], list[Any], list[Array], list[Array]]:
        """Sparse and dense context; sparse and dense feature lists, and the lengths of those."""
        records = read_records(data, read_sequence_example, record)
        contexts = [context for context, _ in records]
        lists = [found for _, found in records]
        context_sparse = []
        for key, dtype in zip(keys["context_sparse"], self.context_sparse_types, strict=True):
            column = FeatureColumn(key, dtype, record)
            context_sparse.append(column.sparse(column.column(contexts)))
        context_dense = []
        for key, shape, default in zip(
            keys["context_dense"], self.context_dense_shapes, defaults, strict=True
        ):
            column = FeatureColumn(key, dtype_of(default), record)
            rows = column.column(contexts)
            context_dense.append(column.dense(rows, known_sizes(shape), flat_default(default)))
        list_sparse = []
        for key, dtype in zip(keys["list_sparse"], self.feature_list_sparse_types, strict=True):
            column = FeatureColumn(key, dtype, record)
            list_sparse.append(column.sparse_lists(*_steps(column, lists)))
        list_dense, lengths = [], []
        for key, dtype, shape in zip(
            keys["list_dense"],
            self.feature_list_dense_types,
            self.feature_list_dense_shapes,
            strict=True,
        ):
            column = FeatureColumn(key, dtype, record)
            if key not in keys["may_be_missing"]:
                _require(column, lists)
            rows, steps = _steps(column, lists)
            list_dense.append(_dense_lists(column, rows, steps, known_sizes(shape)))
            lengths.append(steps)
        return context_sparse, context_dense, list_sparse, list_dense, lengths


def _require(column: FeatureColumn, lists: Sequence[Mapping[bytes, list[Feature]]]) -> None:
    for number, found in enumerate(lists):
        if column.key not in found:
            raise column.error(
                number,
                "the feature list is required, but the record does not have it; "
                "allow_missing=True makes it empty",
            )


def _steps(
    column: FeatureColumn, lists: Sequence[Mapping[bytes, list[Feature]]]
) -> tuple[Rows, Array]:
    """The values of all steps of all records, and how many steps each record has."""
    found = [one.get(column.key, []) for one in lists]
    steps = np.fromiter(map(len, found), np.int64, len(found))
    features = list(itertools.chain.from_iterable(found))
    return column.rows(features, np.repeat(np.arange(len(found)), steps)), steps


def _dense_lists(column: FeatureColumn, rows: Rows, steps: Array, shape: Sequence[int]) -> Array:
    """The steps of all records, [n, most, *shape], filled with zeros."""
    size = int(np.prod(shape))
    wrong = rows.counts != size
    if wrong.any():
        at = int(np.argmax(wrong))
        number = int(np.searchsorted(np.cumsum(steps), at, side="right"))
        step = at - int(steps[:number].sum())
        raise column.error(
            number,
            f"step {step} has {rows.counts[at]} values, the shape {tuple(shape)} needs {size}",
        )
    if not size:
        return np.empty((len(steps), most(steps), *shape), column.dtype.numpy)
    whole = Rows(rows.values, steps * size, np.ones(len(steps), bool))
    return column.padded(whole, shape, zero_of(column.dtype))


@register
class ParseSequenceExample(_SequenceParsing):
    """The features of a batch of SequenceExample messages."""

    feature_list_dense_missing_assumed_empty: tuple[bytes, ...]
    context_sparse_keys: tuple[bytes, ...]
    context_dense_keys: tuple[bytes, ...]
    feature_list_sparse_keys: tuple[bytes, ...]
    feature_list_dense_keys: tuple[bytes, ...]
    Ncontext_sparse: int = 0
    Ncontext_dense: int = 0
    Nfeature_list_sparse: int = 0
    Nfeature_list_dense: int = 0
    context_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_types: tuple[DType, ...] = ()
    context_dense_shapes: tuple[TensorShape, ...] = ()
    feature_list_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_shapes: tuple[TensorShape, ...] = ()

    inputs = "serialized: string, debug_name: string, context_dense_defaults: [Tcontext_dense]"
    outputs = (
        "context_sparse_indices, context_sparse_values, context_sparse_shapes, "
        "context_dense_values, feature_list_sparse_indices, feature_list_sparse_values, "
        "feature_list_sparse_shapes, feature_list_dense_values, feature_list_dense_lengths"
    )
    types: ClassVar[Any] = {"Tcontext_dense": FEATURE_TYPES}

    def infer(
        self, serialized: TensorSpec, debug_name: TensorSpec, *context_dense_defaults: TensorSpec
    ) -> list[TensorSpec]:
        check_rank("serialized", serialized, 1)
        check_rank("debug_name", debug_name, 1)
        check_lengths(
            context_sparse_keys=(len(self.context_sparse_keys), self.Ncontext_sparse),
            context_sparse_types=(len(self.context_sparse_types), self.Ncontext_sparse),
            context_dense_keys=(len(self.context_dense_keys), self.Ncontext_dense),
            context_dense_shapes=(len(self.context_dense_shapes), self.Ncontext_dense),
            feature_list_sparse_keys=(
                len(self.feature_list_sparse_keys),
                self.Nfeature_list_sparse,
            ),
            feature_list_sparse_types=(
                len(self.feature_list_sparse_types),
                self.Nfeature_list_sparse,
            ),
            feature_list_dense_keys=(len(self.feature_list_dense_keys), self.Nfeature_list_dense),
            feature_list_dense_shapes=(
                len(self.feature_list_dense_shapes),
                self.Nfeature_list_dense,
            ),
        )
        batch = serialized.shape.with_rank(1).as_tuple() or (None,)
        lengths = [
            TensorSpec(TensorShape.of(tuple(batch)), _int64) for _ in self.feature_list_dense_types
        ]
        return [*self._specs(batch, context_dense_defaults), *lengths]

    def kernel(
        self, serialized: Array, debug_name: Array, *context_dense_defaults: Array
    ) -> list[Array]:
        data = items_of(serialized)
        record = record_namer(check_names(debug_name, len(data)))
        keys = {
            "context_sparse": self.context_sparse_keys,
            "context_dense": self.context_dense_keys,
            "list_sparse": self.feature_list_sparse_keys,
            "list_dense": self.feature_list_dense_keys,
            "may_be_missing": self.feature_list_dense_missing_assumed_empty,
        }
        context_sparse, context_dense, list_sparse, list_dense, lengths = self._parsed(
            data, record, keys, context_dense_defaults
        )
        return [
            *grouped(context_sparse),
            *context_dense,
            *grouped(list_sparse),
            *list_dense,
            *lengths,
        ]

    @classmethod
    def _sample_op(cls) -> ParseSequenceExample:
        return cls(
            (b"may",), (b"words",), (b"n", b"f", b"s"), (b"tags",), (b"x", b"may"), 1, 3, 1, 2,
            (_string,), (_float32, _int64), _CONTEXT_SHAPES, (_string,),
            (TensorShape([2]), TensorShape([])),
        )  # fmt: skip

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        data = texts([sequence_bytes(*one) for one in SEQUENCES])
        note = "records have no gradient"
        none = np.empty(0, object)
        yield Sample.of(cls._sample_op(), data, none, _context_defaults(), gradient=(), note=note)
        yield Sample.of(
            cls._sample_op(),
            data[:1],
            texts(["first"]),
            _context_defaults(),
            gradient=(),
            note=note,
        )

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        good = texts([sequence_bytes(*SEQUENCES[0])])
        none = np.empty(0, object)
        yield ErrorSample(
            cls._sample_op(), (good[0], none, _context_defaults()), "serialized must be a vector"
        )
        without = cls((), (), (), (), (), Ncontext_dense=1)
        yield ErrorSample(without, (good, none, []), "context_dense_keys has 0")
        needs = cls(
            (), (), (), (), (b"tags",), Nfeature_list_dense=1,
            feature_list_dense_types=(_string,), feature_list_dense_shapes=(TensorShape([]),),
        )  # fmt: skip
        bare = texts([sequence_bytes({}, {})])
        for data, message in (
            (bare, "example 0, feature 'tags': the feature list is required"),
            (good, "step 1 has 2 values"),
            (texts(["\x0a"]), "example 0 is malformed"),
        ):
            yield ErrorSample(
                needs, (data, none, []), message, error=InvalidArgumentError, when="run"
            )


@register
class ParseSingleSequenceExample(_SequenceParsing):
    """The features of one SequenceExample message."""

    context_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_types: tuple[DType, ...] = ()
    context_dense_shapes: tuple[TensorShape, ...] = ()
    feature_list_sparse_types: tuple[DType, ...] = ()
    feature_list_dense_shapes: tuple[TensorShape, ...] = ()

    inputs = (
        "serialized: string, feature_list_dense_missing_assumed_empty: string, "
        "context_sparse_keys: Ncontext_sparse*string, context_dense_keys: Ncontext_dense*string, "
        "feature_list_sparse_keys: Nfeature_list_sparse*string, "
        "feature_list_dense_keys: Nfeature_list_dense*string, "
        "context_dense_defaults: [Tcontext_dense], debug_name: string"
    )
    outputs = (
        "context_sparse_indices, context_sparse_values, context_sparse_shapes, "
        "context_dense_values, feature_list_sparse_indices, feature_list_sparse_values, "
        "feature_list_sparse_shapes, feature_list_dense_values"
    )
    types: ClassVar[Any] = {"Tcontext_dense": FEATURE_TYPES}

    def list_sizes(self, total: int, lists: Sequence[InputArg]) -> dict[str, int]:
        return {
            "context_sparse_keys": len(self.context_sparse_types),
            "context_dense_keys": len(self.context_dense_shapes),
            "feature_list_sparse_keys": len(self.feature_list_sparse_types),
            "feature_list_dense_keys": len(self.feature_list_dense_types),
            "context_dense_defaults": len(self.context_dense_shapes),
        }

    def infer(self, *inputs: TensorSpec) -> list[TensorSpec]:
        serialized, missing, *keys, defaults, debug_name = self.group_inputs(inputs)
        check_rank("serialized", serialized, 0)
        check_rank("feature_list_dense_missing_assumed_empty", missing, 1)
        check_rank("debug_name", debug_name, 0)
        for key in (key for group in keys for key in group):
            check_rank("a key", key, 0)
        return self._specs((), defaults)

    def kernel(self, *inputs: Array) -> list[Array]:
        serialized, missing, *groups, defaults, debug_name = self.group_inputs(inputs)
        names = ("context_sparse", "context_dense", "list_sparse", "list_dense")
        keys = {
            name: [item_of(key) for key in group] for name, group in zip(names, groups, strict=True)
        }
        keys["may_be_missing"] = items_of(missing)
        name = item_of(debug_name).decode(errors="replace")
        label = f"the example ({name})" if name else "the example"
        context_sparse, context_dense, list_sparse, list_dense, _ = self._parsed(
            [item_of(serialized)], lambda number: label, keys, defaults
        )
        return [
            *grouped(of_one(context_sparse)),
            *[value[0] for value in context_dense],
            *grouped(of_one(list_sparse)),
            *[value[0] for value in list_dense],
        ]

    @classmethod
    def _sample(cls, data: bytes) -> tuple[Op, tuple[Any, ...]]:
        op = cls(
            (_string,), (_float32, _int64), _CONTEXT_SHAPES, (_string,),
            (TensorShape([2]), TensorShape([])),
        )  # fmt: skip
        return op, (
            texts(data), texts(["may"]), [texts("words")], [texts(key) for key in ("n", "f", "s")],
            [texts("tags")], [texts("x"), texts("may")], _context_defaults(), texts("rex"),
        )  # fmt: skip

    @classmethod
    def samples(cls) -> Iterator[Sample]:
        for one in SEQUENCES:
            op, inputs = cls._sample(sequence_bytes(*one))
            yield Sample.of(op, *inputs, gradient=(), note="records have no gradient")

    @classmethod
    def errors(cls) -> Iterator[ErrorSample]:
        op, inputs = cls._sample(sequence_bytes({}, {}))
        yield ErrorSample(op, (texts(["a"]), *inputs[1:]), "serialized must be a scalar")
        yield ErrorSample(
            op, inputs, "the example .rex., feature 'x': the feature list is required",
            error=InvalidArgumentError, when="run",
        )  # fmt: skip
