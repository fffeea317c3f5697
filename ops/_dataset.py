"""Datasets in a run: what a tensor of dtype variant holds, and how its elements are walked through.

A `Dataset` is made by the kernel of a dataset op each time that the op runs, and never changes what
it stands for.  `Dataset.items` starts a walk.  An *element* is a tuple of arrays, one for each
component.

Elements that come from arrays in memory, such as those of `TensorSliceDataset`, are walked through
as *keys*: row numbers, which are shuffled, repeated and left out as cheaply as any numbers.  The
dataset's `source` makes elements of them in the end, and whole batches at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from graphflow.core.dtypes import DType, variant as _variant
from graphflow.core.op import Array, Op
from graphflow.core.spec import TensorShape, TensorSpec
from graphflow.ops._static import as_array, invalid

Element: TypeAlias = tuple[Array, ...]
Item: TypeAlias = Any  # an element, or the key of one

INFINITE = -1
UNKNOWN = -2


class Environment:
    """What a walk needs of the session, and how it is told to end.

    Args:
      spawn: runs a job, which may wait, on a thread of the session.
      life: a cancellation token of the walk's own: background work ends when it is cancelled.
    """

    def __init__(self, spawn: Callable[[Callable[[], None]], None], life: Any) -> None:
        self.spawn = spawn
        self.life = life


class Items(ABC):
    """A walk through a dataset.  It is used by one thread at a time.

    An error that `next` raises belongs to one element: the walk can go on behind it.
    """

    @abstractmethod
    def next(self, token: Any) -> Item | None:
        """Return the next item, None after the last one.

        Args:
          token: the cancellation token of whoever waits.
        """

    def next_many(self, count: int, token: Any) -> Sequence[Item]:
        """Return the next items: `count`, or fewer at the end."""
        found = []
        for _ in range(count):
            item = self.next(token)
            if item is None:
                break
            found.append(item)
        return found


class Source(ABC):
    """What makes elements of keys."""

    @abstractmethod
    def element(self, key: Any) -> Element:
        """Return the element of a key."""

    @abstractmethod
    def batch(self, keys: Sequence[Any]) -> Element:
        """Return the elements of some keys as one, with an axis more."""


class Dataset(ABC):
    """A sequence of elements.

    Attributes:
      source: what makes elements of the items, None if these are elements.
    """

    source: Source | None = None

    @abstractmethod
    def items(self, env: Environment) -> Items:
        """Start a walk through the items."""

    def elements(self, env: Environment) -> Items:
        """Start a walk through the elements."""
        items = self.items(env)
        return items if self.source is None else _Looked(items, self.source)

    def cardinality(self) -> int:
        """Return the number of elements, `INFINITE` or `UNKNOWN`."""
        return UNKNOWN

    def as_array(self) -> Array:
        """Return the dataset as the value of a scalar tensor."""
        array = np.empty((), object)
        array[()] = self
        return array


class _Looked(Items):
    """The elements of keys."""

    def __init__(self, keys: Items, source: Source) -> None:
        self._keys = keys
        self._source = source

    def next(self, token: Any) -> Element | None:
        key = self._keys.next(token)
        return None if key is None else self._source.element(key)


class InMemory(Dataset):
    """Elements at hand."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements

    def items(self, env: Environment) -> Items:
        return _AtHand(self._elements)

    def cardinality(self) -> int:
        return len(self._elements)


class _AtHand(Items):
    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = iter(elements)

    def next(self, token: Any) -> Element | None:
        return next(self._elements, None)


def dataset_in(value: Array) -> Dataset:
    """Return the dataset that a scalar tensor's value holds.

    Raises:
      InvalidArgumentError: it holds none.
    """
    item = as_array(value).item() if np.size(value) == 1 else None
    if not isinstance(item, Dataset):
        raise invalid(f"a dataset is needed, this tensor holds {item!r}")
    return item


# -- ops -------------------------------------------------------------------------------------------


class UntypedDatasetOp(Op):
    """Base of the ops that make a dataset.

    They are stateful to the compiler, so that each run makes new datasets.
    """

    outputs = "handle"
    stateful = True
    differentiable = False

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        return TensorSpec(TensorShape.of(()), _variant)


@dataclass(frozen=True, eq=False, repr=False)
class DatasetOp(UntypedDatasetOp):
    """Base of those that declare the types and shapes of their elements' components."""

    output_types: tuple[DType, ...]
    output_shapes: tuple[TensorShape, ...]

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        self.check_attributes()
        return super().infer()

    def check_attributes(self) -> None:
        """Raise ValueError unless there is a shape for each type, and at least one."""
        if not self.output_types or len(self.output_types) != len(self.output_shapes):
            raise ValueError(
                f"there are {len(self.output_types)} output_types and {len(self.output_shapes)} "
                "output_shapes: give at least one, and as many of one as of the other"
            )


class ComponentsDatasetOp(DatasetOp):
    """Base of those that get components as inputs, after which their types are called."""

    @classmethod
    def attribute_fields(cls) -> dict[str, str]:
        fields = super().attribute_fields()
        del fields["output_types"]
        return {**fields, "Toutput_types": "output_types"}


# -- shared by kernels -----------------------------------------------------------------------------


def least(*counts: int) -> int:
    """Return the cardinality of what ends with the first of some datasets."""
    finite = [count for count in counts if count >= 0]
    if UNKNOWN in counts:
        return UNKNOWN
    return min(finite) if finite else INFINITE


def scalar_array(value: Any) -> Array:
    """Return a component as an array: strings of rank 0 may come as plain bytes."""
    return as_array(value)


def shape_of(component: Array) -> tuple[int, ...]:
    """Return the shape of a component."""
    return () if isinstance(component, bytes) else np.shape(component)
