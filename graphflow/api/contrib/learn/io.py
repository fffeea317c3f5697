"""`tf.contrib.learn.io`: data of arrays, tables and files."""

from __future__ import annotations

from graphflow.contrib.learn.reading import (
    read_batch_examples as read_batch_examples,
    read_batch_features as read_batch_features,
    read_batch_record_features as read_batch_record_features,
    read_keyed_batch_examples as read_keyed_batch_examples,
    read_keyed_batch_features as read_keyed_batch_features,
)
from graphflow.contrib.learn.tables import (
    extract_pandas_data as extract_pandas_data,
    extract_pandas_labels as extract_pandas_labels,
    extract_pandas_matrix as extract_pandas_matrix,
)
from graphflow.estimator.inputs import (
    numpy_input_fn as numpy_input_fn,
    pandas_input_fn as pandas_input_fn,
)
