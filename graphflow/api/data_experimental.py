"""Further transformations of datasets."""

from __future__ import annotations

from graphflow.core.type_spec import TypeSpec as Structure
from graphflow.data.dataset import AUTOTUNE as AUTOTUNE, DatasetSpec as DatasetStructure
from graphflow.data.examples import (
    make_batched_features_dataset as make_batched_features_dataset,
    parse_example_dataset as parse_example_dataset,
)
from graphflow.data.experimental import (
    INFINITE_CARDINALITY as INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY as UNKNOWN_CARDINALITY,
    Counter as Counter,
    RandomDataset as RandomDataset,
    TFRecordWriter as TFRecordWriter,
    cardinality as cardinality,
    copy_to_device as copy_to_device,
    dense_to_sparse_batch as dense_to_sparse_batch,
    enumerate_dataset as enumerate_dataset,
    get_single_element as get_single_element,
    ignore_errors as ignore_errors,
    make_saveable_from_iterator as make_saveable_from_iterator,
    map_and_batch as map_and_batch,
    map_and_batch_with_legacy_function as map_and_batch_with_legacy_function,
    parallel_interleave as parallel_interleave,
    prefetch_to_device as prefetch_to_device,
    scan as scan,
    shuffle_and_repeat as shuffle_and_repeat,
    take_while as take_while,
    unbatch as unbatch,
    unique as unique,
)
from graphflow.data.grouping import (
    Reducer as Reducer,
    bucket_by_sequence_length as bucket_by_sequence_length,
    group_by_reducer as group_by_reducer,
    group_by_window as group_by_window,
)
from graphflow.data.mixing import (
    choose_from_datasets as choose_from_datasets,
    sample_from_datasets as sample_from_datasets,
)
from graphflow.data.optional import (
    Optional as Optional,
    OptionalStructure as OptionalStructure,
    get_next_as_optional as get_next_as_optional,
)
from graphflow.data.options import (
    DistributeOptions as DistributeOptions,
    MapVectorizationOptions as MapVectorizationOptions,
    OptimizationOptions as OptimizationOptions,
    StatsOptions as StatsOptions,
    ThreadingOptions as ThreadingOptions,
)
from graphflow.data.readers import CsvDataset as CsvDataset
from graphflow.data.structure import (
    SparseTensorStructure as SparseTensorStructure,
    TensorStructure as TensorStructure,
)
from graphflow.data.variants import (
    from_variant as from_variant,
    get_structure as get_structure,
    to_variant as to_variant,
)
