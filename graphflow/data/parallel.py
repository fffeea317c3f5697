"""Interleaved datasets with a thread for each one that is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import graphflow.ops as ops
from graphflow.core.convert import convert_to_tensor
from graphflow.core.dtypes import bool as _bool
from graphflow.data.arguments import int64_scalar
from graphflow.data.dataset import Dataset, dataset_function


def parallel_interleaved(
    dataset: Dataset,
    map_func: Callable[..., Any],
    cycle_length: Any,
    block_length: Any = 1,
    sloppy: Any = False,
    buffer_output_elements: Any = None,
    prefetch_input_elements: Any = None,
) -> Dataset:
    """Return the elements of datasets in turn; see `parallel_interleave`.

    Args:
      dataset: what the datasets are made of.
      map_func: makes them.
      cycle_length: how many are read in turn.
      block_length: how many elements come from one in its turn.
      sloppy: whether the order may depend on what is ready first.
      buffer_output_elements: how many elements of each are read ahead, None for twice the block.
      prefetch_input_elements: how many more datasets are made ahead, None for twice the cycle.
    """
    function, spec = dataset_function(map_func, dataset._spec, "parallel_interleave()")
    cycle = int64_scalar(cycle_length, "cycle_length")
    block = int64_scalar(block_length, "block_length")
    buffered = 2 * block if buffer_output_elements is None else buffer_output_elements
    ahead = 2 * cycle if prefetch_input_elements is None else prefetch_input_elements
    return dataset._mapped(
        function,
        spec,
        ops.ParallelInterleaveDataset,
        cycle,
        block,
        convert_to_tensor(sloppy, dtype=_bool, name="sloppy"),
        int64_scalar(buffered, "buffer_output_elements"),
        int64_scalar(ahead, "prefetch_input_elements"),
    )
