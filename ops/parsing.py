"""Records of training examples as dicts of tensors: what is asked for, and the functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

import graphflow.ops as ops
from graphflow.core.build import apply, apply_multi
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import DType, as_dtype, string as _string
from graphflow.core.graph import Tensor
from graphflow.core.scopes import name_scope
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape, as_shape
from graphflow.ops.examples import DecodeJSONExample, ParseExample, ParseSingleExample
from graphflow.ops.sequence_examples import ParseSequenceExample, ParseSingleSequenceExample
from graphflow.ops.sparse_convert import merge_ids

__all__ = [
    "FixedLenFeature",
    "FixedLenSequenceFeature",
    "SparseFeature",
    "VarLenFeature",
    "decode_json_example",
    "parse_example",
    "parse_sequence_example",
    "parse_single_example",
    "parse_single_sequence_example",
]

# -- what is asked for -----------------------------------------------------------------------------


class VarLenFeature(NamedTuple):
    """Asks for a feature of any number of values, as a `SparseTensor`.

    Attributes:
      dtype: float32, int64 or string.
    """

    dtype: Any


class FixedLenFeature(NamedTuple):
    """Asks for a feature with as many values as a shape holds, as a tensor.

    Attributes:
      shape: the shape of the values of one record.
      dtype: float32, int64 or string.
      default_value: the value of records without this feature, which else are refused.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class FixedLenSequenceFeature(NamedTuple):
    """Asks for a feature of any number of values (or steps) of one shape, as a padded tensor.

    Attributes:
      shape: the shape of one item.
      dtype: float32, int64 or string.
      allow_missing: whether records may lack the feature; it then counts as empty. Without steps
        (in `parse_example`) it must be True.
      default_value: the scalar that pads shorter ones, by default 0 or "".
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class SparseFeature(NamedTuple):
    """Asks for two features, of indices and of values, as one `SparseTensor`.

    Attributes:
      index_key: the name of the feature of indices, or a list of names, one for each axis.
      value_key: the name of the feature of values.
      dtype: float32, int64 or string, the dtype of values.
      size: the size of each axis that indices count, an integer or list.
      already_sorted: whether the indices are in order.
    """

    index_key: Any
    value_key: Any
    dtype: Any
    size: Any
    already_sorted: bool = False


_KINDS = (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature)


@dataclass
class _Wanted:
    """What a dict of features asks for, as ops take it.

    Attributes:
      sparse: the dtype of each feature to return as a sparse tensor.
      dense: the dtype and shape of each to return as a tensor.
      defaults: the defaults of those, as far as given.
    """

    sparse: dict[str, DType] = field(default_factory=dict)
    dense: dict[str, tuple[DType, TensorShape]] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, features: Mapping[str, Any] | None, allowed: tuple[type, ...]) -> _Wanted:
        """Read a dict of features.

        Raises:
          ValueError: a feature is incomplete, or of a kind that is not allowed here.
        """
        wanted = cls()
        for key in sorted(features or {}):
            feature = (features or {})[key]
            if not isinstance(feature, allowed):
                names = ", ".join(kind.__name__ for kind in allowed)
                raise ValueError(f"feature {key!r} is {feature!r}: it must be one of {names}")
            if isinstance(feature, VarLenFeature):
                wanted.add_sparse(key, feature.dtype)
            elif isinstance(feature, SparseFeature):
                wanted.add_pair(key, feature)
            elif isinstance(feature, (FixedLenFeature, FixedLenSequenceFeature)):
                wanted.add_dense(key, feature)
        return wanted

    def add_sparse(self, key: str, dtype: Any) -> None:
        """Ask for a feature as a sparse tensor."""
        if not dtype:
            raise ValueError(f"feature {key!r} has no dtype")
        known = self.sparse.setdefault(key, as_dtype(dtype))
        if known is not as_dtype(dtype):
            raise ValueError(
                f"feature {key!r} is asked for as {known.name} and as {as_dtype(dtype).name}"
            )

    def add_pair(self, key: str, feature: SparseFeature) -> None:
        """Ask for the features of which a `SparseFeature` is made."""
        if not (feature.index_key and feature.value_key and feature.dtype and feature.size):
            raise ValueError(f"feature {key!r} is incomplete: {feature!r}")
        for index_key in _as_list(feature.index_key):
            self.add_sparse(index_key, "int64")
        self.add_sparse(feature.value_key, feature.dtype)

    def add_dense(self, key: str, feature: FixedLenFeature | FixedLenSequenceFeature) -> None:
        """Ask for a feature as a tensor."""
        if not feature.dtype or feature.shape is None:
            raise ValueError(f"feature {key!r} needs a dtype and a shape: {feature!r}")
        shape = as_shape(feature.shape)
        if isinstance(feature, FixedLenFeature) and not shape.is_fully_defined():
            raise ValueError(f"feature {key!r} has shape {shape}: it must be fully defined")
        self.dense[key] = (as_dtype(feature.dtype), shape)
        if feature.default_value is not None:
            self.defaults[key] = feature.default_value

    def default_tensors(self) -> list[Tensor]:
        """A default for each dense feature; an empty one says that it is required."""
        return [
            self._default(key, dtype, shape, self.defaults.get(key))
            for key, (dtype, shape) in self.dense.items()
        ]

    def _default(self, key: str, dtype: DType, shape: TensorShape, value: Any) -> Tensor:
        suffix = re.sub(r"[^A-Za-z0-9_.\-/]", "_", key)
        if shape.rank and shape.as_list()[0] is None:
            if value is None:
                return ops.constant("" if dtype is _string else 0, dtype)
            padding = convert_to_tensor(value, dtype=dtype, name=f"padding_{suffix}")
            return ops.reshape(padding, [])
        if value is None:
            return ops.constant([], dtype=dtype)
        default = convert_to_tensor(value, dtype=dtype, name=f"key_{suffix}")
        return ops.reshape(default, shape.as_list())

    @property
    def shapes(self) -> tuple[TensorShape, ...]:
        """The shapes of dense features."""
        return tuple(shape for _, shape in self.dense.values())

    @property
    def types(self) -> tuple[DType, ...]:
        """The dtypes of dense features."""
        return tuple(dtype for dtype, _ in self.dense.values())

    @property
    def sparse_types(self) -> tuple[DType, ...]:
        """The dtypes of sparse features."""
        return tuple(self.sparse.values())

    def results(self, tensors: list[Tensor]) -> dict[str, Any]:
        """Take the tensors of these features from the front of an op's outputs."""
        count = len(self.sparse)
        parts = [tensors[index * count : (index + 1) * count] for index in range(3)]
        sparse = map(SparseTensor, *parts)
        dense = tensors[3 * count : 3 * count + len(self.dense)]
        del tensors[: 3 * count + len(self.dense)]
        return {
            **dict(zip(self.sparse, sparse, strict=True)),
            **dict(zip(self.dense, dense, strict=True)),
        }


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _with_steps(features: Mapping[str, Any]) -> dict[str, Any]:
    """Features where those of varying length have a first axis of unknown size.

    Raises:
      ValueError: such a feature may not be missing.
    """
    found: dict[str, Any] = {}
    for key, feature in features.items():
        found[key] = feature
        if isinstance(feature, FixedLenSequenceFeature):
            if not feature.allow_missing:
                raise ValueError(
                    f"feature {key!r}: here a FixedLenSequenceFeature needs allow_missing=True"
                )
            shape = TensorShape([None]).concatenate(feature.shape)
            found[key] = feature._replace(shape=shape)
    return found


def _merged(features: Mapping[str, Any], tensors: dict[str, Any]) -> dict[str, Any]:
    """Put the sparse features together, and leave out what nobody asked for."""
    for key in sorted(features):
        feature = features[key]
        if isinstance(feature, SparseFeature):
            tensors[key] = merge_ids(
                [tensors[name] for name in _as_list(feature.index_key)],
                tensors[feature.value_key],
                _as_list(feature.size),
                already_sorted=feature.already_sorted,
            )
    return {key: tensors[key] for key in features}


def _checked_features(features: Any) -> dict[str, Any]:
    if not features:
        raise ValueError(f"features is {features!r}: it must ask for something")
    return _with_steps(features)


# -- examples --------------------------------------------------------------------------------------


def parse_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """Parse a batch of `tf.train.Example` records.

    Args:
      serialized: string [n], serialized `Example` messages.
      features: what to return, a dict from names of features to `FixedLenFeature`,
        `VarLenFeature`, `SparseFeature` or `FixedLenSequenceFeature`.
      name: name scope of the operations.
      example_names: string [n], names of the records for errors.

    Returns:
      A dict with a tensor [n, ...] (or `SparseTensor`) for each feature.

    Raises:
      ValueError: the features ask for nothing, or are incomplete.
      InvalidArgumentError: (in the run) a record is malformed, or lacks a feature.

    >>> import graphflow as tf
    >>> def record(age, *names):
    ...     return tf.train.Example(features=tf.train.Features(feature={
    ...         "age": tf.train.Feature(int64_list=tf.train.Int64List(value=[age])),
    ...         "names": tf.train.Feature(bytes_list=tf.train.BytesList(value=names)),
    ...     })).SerializeToString()
    >>> data = [record(31, b"ann", b"lee"), record(27, b"bob")]
    >>> parsed = tf.parse_example(data, {
    ...     "age": tf.FixedLenFeature([], tf.int64), "names": tf.VarLenFeature(tf.string)})
    >>> age, names = tf.Session().run([parsed["age"], tf.sparse.to_dense(parsed["names"], "")])
    >>> age, names.tolist()
    (array([31, 27]), [[b'ann', b'lee'], [b'bob', b'']])
    """
    features = _checked_features(features)
    wanted = _Wanted.of(features, _KINDS)
    with name_scope(name, "ParseExample", [serialized, example_names]):
        names = np.empty(0, object) if example_names is None else example_names
        defaults = wanted.default_tensors()
        op = ParseExample(wanted.sparse_types, wanted.shapes)
        tensors = apply_multi(
            op, serialized, names, list(wanted.sparse), list(wanted.dense), defaults
        )
        results = wanted.results(tensors)
    return _merged(features, results)


def parse_single_example(
    serialized: Any, features: Mapping[str, Any], name: str | None = None, example_names: Any = None
) -> dict[str, Any]:
    """Parse one `tf.train.Example` record.

    Args:
      serialized: string scalar, a serialized `Example` message.
      features: what to return, a dict from names of features to `FixedLenFeature`,
        `VarLenFeature`, `SparseFeature` or `FixedLenSequenceFeature`.
      name: name scope of the operations.
      example_names: string scalar, the name of the record for errors.

    Returns:
      A dict with a tensor (or `SparseTensor`) for each feature.

    Raises:
      ValueError: the features ask for nothing, or are incomplete.
      InvalidArgumentError: (in the run) the record is malformed, or lacks a feature.

    >>> import graphflow as tf
    >>> data = tf.train.Example(features=tf.train.Features(feature={
    ...     "x": tf.train.Feature(float_list=tf.train.FloatList(value=[1.5, -2.0]))}))
    >>> parsed = tf.parse_single_example(data.SerializeToString(), {
    ...     "x": tf.FixedLenFeature([2], tf.float32), "n": tf.FixedLenFeature([], tf.int64, 7)})
    >>> tf.Session().run([parsed["x"], parsed["n"]])
    [array([ 1.5, -2. ], dtype=float32), np.int64(7)]
    """
    features = _checked_features(features)
    wanted = _Wanted.of(features, _KINDS)
    with name_scope(name, "ParseSingleExample", [serialized, example_names]):
        serialized = convert_to_tensor(serialized, dtype=_string, name="serialized")
        defaults = wanted.default_tensors()
        if example_names is None:
            op = ParseSingleExample(
                len(wanted.sparse),
                tuple(key.encode() for key in wanted.sparse),
                tuple(key.encode() for key in wanted.dense),
                wanted.sparse_types,
                wanted.shapes,
            )
            results = wanted.results(apply_multi(op, serialized, defaults))
        else:
            results = _named_single(serialized, example_names, wanted, defaults)
    return _merged(features, results)


def _named_single(
    serialized: Tensor, name: Any, wanted: _Wanted, defaults: list[Tensor]
) -> dict[str, Any]:
    """Parse one record that has a name, as a batch of one."""
    tensors = apply_multi(
        ParseExample(wanted.sparse_types, wanted.shapes),
        ops.expand_dims(serialized, 0),
        ops.expand_dims(convert_to_tensor(name, dtype=_string), 0),
        list(wanted.sparse),
        list(wanted.dense),
        defaults,
    )
    count = len(wanted.sparse)
    for index in range(count):
        tensors[index] = tensors[index][:, 1:]
        tensors[2 * count + index] = tensors[2 * count + index][1:]
    for index in range(3 * count, len(tensors)):
        tensors[index] = ops.squeeze(tensors[index], [0])
    return wanted.results(tensors)


def decode_json_example(json_examples: Any, name: str | None = None) -> Tensor:
    """Convert `tf.train.Example` records from protobuf's JSON format to its binary one.

    Args:
      json_examples: a string tensor.
      name: the operation's name.

    Returns:
      A string tensor of the same shape, serialized `Example` messages.

    Raises:
      InvalidArgumentError: (in the run) a string does not describe an `Example`.

    >>> import graphflow as tf
    >>> text = '{"features": {"feature": {"n": {"int64List": {"value": [5]}}}}}'
    >>> parsed = tf.parse_single_example(
    ...     tf.decode_json_example(text), {"n": tf.FixedLenFeature([1], tf.int64)})
    >>> tf.Session().run(parsed["n"])
    array([5])
    """
    return apply(DecodeJSONExample(), json_examples, name=name)


# -- sequence examples -----------------------------------------------------------------------------


def _sequence_features(
    context_features: Mapping[str, Any] | None, sequence_features: Mapping[str, Any] | None
) -> tuple[_Wanted, _Wanted, list[str]]:
    """What is asked of the context and of the feature lists, and which of these may be missing."""
    if not (context_features or sequence_features):
        raise ValueError("give context_features or sequence_features: they must ask for something")
    context = _Wanted.of(context_features, (VarLenFeature, FixedLenFeature))
    lists = _Wanted.of(sequence_features, (VarLenFeature, FixedLenSequenceFeature))
    if lists.defaults:
        key = next(iter(lists.defaults))
        raise NotImplementedError(f"feature {key!r}: default_value is not supported for sequences")
    missing = [
        key
        for key, feature in sorted((sequence_features or {}).items())
        if getattr(feature, "allow_missing", False)
    ]
    return context, lists, missing


def _encoded(keys: Any) -> tuple[bytes, ...]:
    return tuple(key.encode() for key in keys)


def parse_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_names: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Tensor]]:
    """Parse a batch of `tf.train.SequenceExample` records.

    Args:
      serialized: string [n], serialized `SequenceExample` messages.
      context_features: what to return of the context: a dict from names to `FixedLenFeature` or
        `VarLenFeature`.
      sequence_features: what to return of the feature lists: a dict from names to
        `FixedLenSequenceFeature` or `VarLenFeature`.
      example_names: string [n], names of the records for errors.
      name: name scope of the operations.

    Returns:
      Three dicts: the context, tensors [n, ...]; the feature lists, tensors [n, most steps, ...]
      (or sparse ones); and of dense ones the number of steps, int64 [n].

    Raises:
      ValueError: the features ask for nothing, or are incomplete.
      InvalidArgumentError: (in the run) a record is malformed, or lacks a feature.

    >>> import graphflow as tf
    >>> def record(*numbers):
    ...     steps = [tf.train.Feature(int64_list=tf.train.Int64List(value=[n])) for n in numbers]
    ...     lists = {"n": tf.train.FeatureList(feature=steps)}
    ...     feature_lists = tf.train.FeatureLists(feature_list=lists)
    ...     return tf.train.SequenceExample(feature_lists=feature_lists).SerializeToString()
    >>> _, lists, lengths = tf.io.parse_sequence_example(
    ...     [record(3, 5), record(7)],
    ...     sequence_features={"n": tf.FixedLenSequenceFeature([], tf.int64)})
    >>> tf.Session().run([lists["n"], lengths["n"]])
    [array([[3, 5],
           [7, 0]]), array([2, 1])]
    """
    context, lists, missing = _sequence_features(context_features, sequence_features)
    with name_scope(name, "ParseSequenceExample", [serialized, example_names]):
        names = np.empty(0, object) if example_names is None else example_names
        defaults = context.default_tensors()
        op = ParseSequenceExample(
            _encoded(missing),
            _encoded(context.sparse),
            _encoded(context.dense),
            _encoded(lists.sparse),
            _encoded(lists.dense),
            len(context.sparse),
            len(context.dense),
            len(lists.sparse),
            len(lists.dense),
            context.sparse_types,
            lists.types,
            context.shapes,
            lists.sparse_types,
            lists.shapes,
        )
        tensors = apply_multi(op, serialized, names, defaults)
        results = context.results(tensors), lists.results(tensors)
        return *results, dict(zip(lists.dense, tensors, strict=True))


def parse_single_sequence_example(
    serialized: Any,
    context_features: Mapping[str, Any] | None = None,
    sequence_features: Mapping[str, Any] | None = None,
    example_name: Any = None,
    name: str | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parse one `tf.train.SequenceExample` record.

    Args:
      serialized: string scalar, a serialized `SequenceExample` message.
      context_features: what to return of the context: a dict from names to `FixedLenFeature` or
        `VarLenFeature`.
      sequence_features: what to return of the feature lists: a dict from names to
        `FixedLenSequenceFeature` or `VarLenFeature`.
      example_name: string scalar, the name of the record for errors.
      name: name scope of the operations.

    Returns:
      Two dicts: the context, and the feature lists, tensors [steps, ...] (or sparse ones).

    Raises:
      ValueError: the features ask for nothing, or are incomplete.
      InvalidArgumentError: (in the run) the record is malformed, or lacks a feature.

    >>> import graphflow as tf
    >>> def feature(*values):
    ...     return tf.train.Feature(int64_list=tf.train.Int64List(value=values))
    >>> steps = tf.train.FeatureList(feature=[feature(3, 4), feature(5, 6)])
    >>> record = tf.train.SequenceExample(
    ...     context=tf.train.Features(feature={"n": feature(2)}),
    ...     feature_lists=tf.train.FeatureLists(feature_list={"x": steps}))
    >>> context, lists = tf.parse_single_sequence_example(
    ...     record.SerializeToString(), {"n": tf.FixedLenFeature([], tf.int64)},
    ...     {"x": tf.FixedLenSequenceFeature([2], tf.int64)})
    >>> tf.Session().run([context["n"], lists["x"]])
    [np.int64(2), array([[3, 4],
           [5, 6]])]
    """
    context, lists, missing = _sequence_features(context_features, sequence_features)
    with name_scope(name, "ParseSingleSequenceExample", [serialized, example_name]):
        defaults = context.default_tensors()
        op = ParseSingleSequenceExample(
            context.sparse_types, lists.types, context.shapes, lists.sparse_types, lists.shapes
        )
        keys: list[Sequence[str]] = [
            list(group) for group in (context.sparse, context.dense, lists.sparse, lists.dense)
        ]
        tensors = apply_multi(
            op,
            serialized,
            np.array(missing, object),
            *keys,
            defaults,
            "" if example_name is None else example_name,
        )
        return context.results(tensors), lists.results(tensors)
