"""Names of input pipelines that later became those of `tf.data.experimental`."""

from __future__ import annotations

from graphflow.contrib.data.batching import (
    assert_element_shape as assert_element_shape,
    batch_and_drop_remainder as batch_and_drop_remainder,
    padded_batch_and_drop_remainder as padded_batch_and_drop_remainder,
)
from graphflow.data.examples import (
    make_batched_features_dataset as make_batched_features_dataset,
    parse_example_dataset as parse_example_dataset,
)
from graphflow.data.experimental import (
    Counter as Counter,
    RandomDataset as RandomDataset,
    TFRecordWriter as TFRecordWriter,
    copy_to_device as copy_to_device,
    dense_to_sparse_batch as dense_to_sparse_batch,
    enumerate_dataset as enumerate_dataset,
    get_single_element as get_single_element,
    ignore_errors as ignore_errors,
    make_saveable_from_iterator as make_saveable_from_iterator,
    map_and_batch as map_and_batch,
    parallel_interleave as parallel_interleave,
    prefetch_to_device as prefetch_to_device,
    scan as scan,
    shuffle_and_repeat as shuffle_and_repeat,
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
    get_next_as_optional as get_next_as_optional,
)
from graphflow.data.readers import CsvDataset as CsvDataset
