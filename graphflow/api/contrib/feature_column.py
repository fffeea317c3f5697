"""`tf.contrib.feature_column`: columns of sequences."""

from __future__ import annotations

from graphflow.feature_columns.sequence import (
    concatenate_context_input as concatenate_context_input,
    sequence_categorical_column_with_hash_bucket as sequence_categorical_column_with_hash_bucket,
    sequence_categorical_column_with_identity as sequence_categorical_column_with_identity,
    sequence_categorical_column_with_vocabulary_file as sequence_categorical_column_with_vocabulary_file,  # noqa: E501
    sequence_categorical_column_with_vocabulary_list as sequence_categorical_column_with_vocabulary_list,  # noqa: E501
    sequence_input_layer as sequence_input_layer,
    sequence_numeric_column as sequence_numeric_column,
)
from graphflow.keras.features import SequenceFeatures as SequenceFeatures
