"""Datasets whose elements are read by a thread of their own, before they are asked for."""

from __future__ import annotations

from graphflow.core.op import Array, register
from graphflow.core.spec import TensorSpec
from graphflow.ops._background import ReadAhead
from graphflow.ops._dataset import Dataset, DatasetOp, Environment, Items, dataset_in
from graphflow.ops._static import check_rank, invalid
from graphflow.ops.dataset_order import Derived

__all__ = ["PrefetchDataset"]

_AUTOTUNE = -1
_TUNED_SIZE = 2  # one element that is ready, and one in work


class _Prefetch(Derived):
    def __init__(self, base: Dataset, size: int) -> None:
        super().__init__(base)
        self._size = size

    def items(self, env: Environment) -> Items:
        if self._size == 0 or self.source is not None:  # keys cost nothing
            return self.base.items(env)
        base = self.base
        return ReadAhead(lambda: base.items(env), self._size, env)

    def cardinality(self) -> int:
        return self.base.cardinality()


@register
class PrefetchDataset(DatasetOp):
    """A dataset that is read ahead."""

    slack_period: int = 0

    inputs = "input_dataset: variant, buffer_size: int64"

    def infer(self, *inputs: TensorSpec) -> TensorSpec:
        check_rank("buffer_size", inputs[1], 0)
        return super().infer()

    def kernel(self, input_dataset: Array, buffer_size: Array) -> Array:
        size = int(buffer_size)
        if size < _AUTOTUNE:
            raise invalid(f"buffer_size must be at least 0, or -1 to be chosen; it is {size}")
        size = _TUNED_SIZE if size == _AUTOTUNE else size
        return _Prefetch(dataset_in(input_dataset), size).as_array()
