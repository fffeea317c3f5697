"""`tensorflow.python.ops.lookup_ops`."""

from __future__ import annotations

from typing import Any

from graphflow.core.dtypes import string
from graphflow.core.graph import Tensor
from graphflow.tables import vocabulary
from graphflow.tables.static import FastHashSpec, HashTable


def index_table_from_tensor(
    vocabulary_list: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = string,
    name: str | None = None,
) -> Any:
    """Return a table from the elements of a vector to their positions.

    See `tf.contrib.lookup.index_table_from_tensor`, which calls the vector otherwise.

    Args:
      vocabulary_list: string or integer vector without repetitions.
      num_oov_buckets: how many buckets behind the positions take unknown keys, by their hash.
      default_value: what stands for unknown keys if there are no buckets.
      hasher_spec: how keys are put into buckets.
      dtype: the dtype of keys.
      name: name scope of the operations.
    """
    return vocabulary.index_table_from_tensor(
        vocabulary_list, num_oov_buckets, default_value, hasher_spec, dtype, name
    )


def index_to_string_table_from_tensor(
    vocabulary_list: Any, default_value: str | Tensor = "UNK", name: str | None = None
) -> HashTable:
    """Return a table from positions to the elements of a vector.

    Args:
      vocabulary_list: string vector.
      default_value: what stands for other positions.
      name: name scope of the operations.
    """
    return vocabulary.index_to_string_table_from_tensor(vocabulary_list, default_value, name)
