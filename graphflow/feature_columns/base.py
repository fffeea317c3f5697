"""What columns are, and the features that they are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import int64, string
from graphflow.core.graph import Tensor
from graphflow.core.keys import GraphKeys
from graphflow.core.sparse import SparseTensor
from graphflow.core.spec import TensorShape


@dataclass(frozen=True)
class IdsAndWeights:
    """The categories of each example.

    Attributes:
      ids: SparseTensor of int64, [batch, ...].
      weights: SparseTensor of float32 with the same indices, or None.
    """

    ids: SparseTensor
    weights: SparseTensor | None = None


@dataclass(frozen=True)
class Variables:
    """How the variables of columns are made.

    Attributes:
      collections: the collections that they are added to.
      trainable: whether they are trained.
    """

    collections: tuple[str, ...] = ()
    trainable: bool = True

    @classmethod
    def of(cls, weight_collections: Iterable[str] | None, trainable: bool) -> Variables:
        """Add the collections that every variable of a model is in."""
        needed = (GraphKeys.GLOBAL_VARIABLES, GraphKeys.MODEL_VARIABLES)
        return cls(tuple(dict.fromkeys((*(weight_collections or ()), *needed))), trainable)


class FeatureColumn:
    """A value that is computed from the features of each example."""

    @property
    def name(self) -> str:
        """What it is called; its variables are named after it."""
        raise NotImplementedError

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """How its features are parsed from `Example`s, see `tf.io.parse_example`."""
        raise NotImplementedError

    def transform(self, features: Features) -> Any:
        """Return its value, a tensor or SparseTensor.

        Args:
          features: the features of the examples.
        """
        raise NotImplementedError


class DenseColumn(FeatureColumn):
    """A column with numbers of one shape for every example."""

    @property
    def variable_shape(self) -> TensorShape:
        """The shape of the numbers."""
        raise NotImplementedError

    @property
    def scope_name(self) -> str:
        """The scope of its variables."""
        return self.name

    @property
    def is_of_sequences(self) -> bool:
        """Whether there are numbers for each of several steps."""
        return False

    def dense_tensor(self, features: Features, variables: Variables) -> Tensor:
        """Return the numbers, [batch, ...].

        Args:
          features: the features of the examples.
          variables: how variables are made.
        """
        raise NotImplementedError


class CategoricalColumn(FeatureColumn):
    """A column with categories for every example."""

    @property
    def is_of_sequences(self) -> bool:
        """Whether there are categories for each of several steps."""
        return False

    @property
    def num_buckets(self) -> int:
        """How many categories there are."""
        raise NotImplementedError

    def ids_and_weights(self, features: Features) -> IdsAndWeights:
        """Return the categories.

        Args:
          features: the features of the examples.
        """
        return IdsAndWeights(features.get(self))


class Features:
    """The features of a batch of examples, and what columns have made of them.

    Args:
      tensors: from names to tensors [batch, ...] or SparseTensors.
    """

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        self._tensors = tensors
        self._known: dict[Any, Any] = {}

    def get(self, key: str | FeatureColumn) -> Any:
        """Return a feature, or the value of a column.

        Args:
          key: the name of the feature, or the column.

        Raises:
          ValueError: there is no such feature, or it has no batch.
        """
        if key not in self._known:
            made = self._feature(key) if isinstance(key, str) else key.transform(self)
            self._known[key] = made
        return self._known[key]

    def _feature(self, name: str) -> Any:
        if name not in self._tensors:
            raise ValueError(f"there is no feature {name!r} among {sorted(self._tensors)}")
        value = self._tensors[name]
        if isinstance(value, SparseTensor):
            return value
        tensor = convert_to_tensor(value)
        if tensor.shape.ndims == 0:
            raise ValueError(f"the feature {name!r} is a scalar: its first dimension is the batch")
        return ops.expand_dims(tensor, -1) if tensor.shape.ndims == 1 else tensor


def as_sparse(value: Any, ignored: Any = None) -> SparseTensor:
    """Return a feature as a SparseTensor.

    Args:
      value: a tensor, of which some elements are left out; or a SparseTensor.
      ignored: which elements; by default "" and -1.
    """
    if isinstance(value, SparseTensor):
        return value
    if ignored is None:
        ignored = "" if value.dtype == string else -1
    if value.dtype != string and not value.dtype.is_integer and ignored == -1:
        raise ValueError(f"categories are strings or integers, not {value.dtype.name}")
    places = ops.where(ops.not_equal(value, ops.cast(ignored, value.dtype)))
    return SparseTensor(
        places, ops.gather_nd(value, places), ops.shape(value, out_type=int64)
    )  # fmt: skip


def checked_key(key: Any) -> str:
    """Return the name of a feature.

    Raises:
      ValueError: it is no string.
    """
    if not isinstance(key, str):
        raise ValueError(f"the key of a column is the name of a feature, not {key!r}")
    return key
