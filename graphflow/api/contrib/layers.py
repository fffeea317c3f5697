"""`tf.contrib.layers`: functions that make layers with their variables, and train them."""

from __future__ import annotations

from graphflow.contrib.layers import (
    feature_column_ops as feature_column_ops,
    feature_columns as feature_column,
    sparse_ops as sparse_ops,
    utils as utils,
)
from graphflow.contrib.layers.batch_norm import batch_norm as batch_norm
from graphflow.contrib.layers.convolution import (
    conv1d as conv1d,
    conv2d as conv2d,
    conv3d as conv3d,
    convolution as convolution,
    convolution1d as convolution1d,
    convolution2d as convolution2d,
    convolution3d as convolution3d,
)
from graphflow.contrib.layers.embedding import (
    bow_encoder as bow_encoder,
    dense_to_sparse as dense_to_sparse,
    embed_sequence as embed_sequence,
    embedding_lookup_unique as embedding_lookup_unique,
    safe_embedding_lookup_sparse as safe_embedding_lookup_sparse,
)
from graphflow.contrib.layers.feature_column_ops import (
    input_from_feature_columns as input_from_feature_columns,
    joint_weighted_sum_from_feature_columns as joint_weighted_sum_from_feature_columns,
    weighted_sum_from_feature_columns as weighted_sum_from_feature_columns,
)
from graphflow.contrib.layers.feature_columns import (
    bucketized_column as bucketized_column,
    create_feature_spec_for_parsing as create_feature_spec_for_parsing,
    crossed_column as crossed_column,
    embedding_column as embedding_column,
    one_hot_column as one_hot_column,
    parse_feature_columns_from_examples as parse_feature_columns_from_examples,
    real_valued_column as real_valued_column,
    shared_embedding_columns as shared_embedding_columns,
    sparse_column_with_hash_bucket as sparse_column_with_hash_bucket,
    sparse_column_with_integerized_feature as sparse_column_with_integerized_feature,
    sparse_column_with_keys as sparse_column_with_keys,
    sparse_column_with_vocabulary_file as sparse_column_with_vocabulary_file,
    weighted_sparse_column as weighted_sparse_column,
)
from graphflow.contrib.layers.fully_connected import (
    elu as elu,
    fully_connected as fully_connected,
    linear as linear,
    relu as relu,
    relu6 as relu6,
)
from graphflow.contrib.layers.initializers import (
    variance_scaling_initializer as variance_scaling_initializer,
    xavier_initializer as xavier_initializer,
    xavier_initializer_conv2d as xavier_initializer_conv2d,
)
from graphflow.contrib.layers.legacy import (
    legacy_fully_connected as legacy_fully_connected,
    legacy_linear as legacy_linear,
    legacy_relu as legacy_relu,
)
from graphflow.contrib.layers.normalization import (
    group_norm as group_norm,
    instance_norm as instance_norm,
    layer_norm as layer_norm,
    poincare_normalize as poincare_normalize,
    unit_norm as unit_norm,
)
from graphflow.contrib.layers.optimizers import (
    OPTIMIZER_CLS_NAMES as OPTIMIZER_CLS_NAMES,
    OPTIMIZER_SUMMARIES as OPTIMIZER_SUMMARIES,
    adaptive_clipping_fn as adaptive_clipping_fn,
    optimize_loss as optimize_loss,
)
from graphflow.contrib.layers.other_convolutions import (
    conv2d_in_plane as conv2d_in_plane,
    conv2d_transpose as conv2d_transpose,
    conv3d_transpose as conv3d_transpose,
    convolution2d_in_plane as convolution2d_in_plane,
    convolution2d_transpose as convolution2d_transpose,
    convolution3d_transpose as convolution3d_transpose,
    separable_conv2d as separable_conv2d,
    separable_convolution2d as separable_convolution2d,
)
from graphflow.contrib.layers.pooling import (
    avg_pool2d as avg_pool2d,
    avg_pool3d as avg_pool3d,
    max_pool2d as max_pool2d,
    max_pool3d as max_pool3d,
    pool as pool,
)
from graphflow.contrib.layers.regularizers import (
    apply_regularization as apply_regularization,
    l1_l2_regularizer as l1_l2_regularizer,
    l1_regularizer as l1_regularizer,
    l2_regularizer as l2_regularizer,
    sum_regularizer as sum_regularizer,
)
from graphflow.contrib.layers.sequences import (
    images_to_sequence as images_to_sequence,
    sequence_to_images as sequence_to_images,
)
from graphflow.contrib.layers.shapes import (
    bias_add as bias_add,
    dropout as dropout,
    flatten as flatten,
    maxout as maxout,
    one_hot_encoding as one_hot_encoding,
    repeat as repeat,
    scale_gradient as scale_gradient,
    softmax as softmax,
    spatial_softmax as spatial_softmax,
    stack as stack,
)
from graphflow.contrib.layers.summaries import (
    summarize_activation as summarize_activation,
    summarize_activations as summarize_activations,
    summarize_biases as summarize_biases,
    summarize_collection as summarize_collection,
    summarize_tensor as summarize_tensor,
    summarize_tensors as summarize_tensors,
    summarize_variables as summarize_variables,
    summarize_weights as summarize_weights,
)
