"""`tf.contrib.metrics`: measures of a batch, and of all batches so far."""

from __future__ import annotations

from graphflow.contrib.metrics.aggregation import (
    aggregate_metric_map as aggregate_metric_map,
    aggregate_metrics as aggregate_metrics,
)
from graphflow.contrib.metrics.classification import accuracy as accuracy
from graphflow.contrib.metrics.correlation import (
    count as count,
    streaming_covariance as streaming_covariance,
    streaming_pearson_correlation as streaming_pearson_correlation,
)
from graphflow.contrib.metrics.rates import (
    f1_score as f1_score,
    streaming_false_negative_rate as streaming_false_negative_rate,
    streaming_false_negative_rate_at_thresholds as streaming_false_negative_rate_at_thresholds,
    streaming_false_positive_rate as streaming_false_positive_rate,
    streaming_false_positive_rate_at_thresholds as streaming_false_positive_rate_at_thresholds,
)
from graphflow.contrib.metrics.streaming import (
    streaming_accuracy as streaming_accuracy,
    streaming_auc as streaming_auc,
    streaming_false_negatives as streaming_false_negatives,
    streaming_false_positives as streaming_false_positives,
    streaming_mean as streaming_mean,
    streaming_mean_absolute_error as streaming_mean_absolute_error,
    streaming_mean_cosine_distance as streaming_mean_cosine_distance,
    streaming_mean_iou as streaming_mean_iou,
    streaming_mean_relative_error as streaming_mean_relative_error,
    streaming_mean_squared_error as streaming_mean_squared_error,
    streaming_mean_tensor as streaming_mean_tensor,
    streaming_percentage_less as streaming_percentage_less,
    streaming_precision as streaming_precision,
    streaming_recall as streaming_recall,
    streaming_root_mean_squared_error as streaming_root_mean_squared_error,
    streaming_sensitivity_at_specificity as streaming_sensitivity_at_specificity,
    streaming_specificity_at_sensitivity as streaming_specificity_at_sensitivity,
    streaming_true_negatives as streaming_true_negatives,
    streaming_true_positives as streaming_true_positives,
)
from graphflow.contrib.metrics.streaming_ranked import (
    sparse_recall_at_top_k as sparse_recall_at_top_k,
    streaming_false_negatives_at_thresholds as streaming_false_negatives_at_thresholds,
    streaming_false_positives_at_thresholds as streaming_false_positives_at_thresholds,
    streaming_precision_at_thresholds as streaming_precision_at_thresholds,
    streaming_recall_at_k as streaming_recall_at_k,
    streaming_recall_at_thresholds as streaming_recall_at_thresholds,
    streaming_sparse_average_precision_at_k as streaming_sparse_average_precision_at_k,
    streaming_sparse_precision_at_k as streaming_sparse_precision_at_k,
    streaming_sparse_precision_at_top_k as streaming_sparse_precision_at_top_k,
    streaming_sparse_recall_at_k as streaming_sparse_recall_at_k,
    streaming_true_negatives_at_thresholds as streaming_true_negatives_at_thresholds,
    streaming_true_positives_at_thresholds as streaming_true_positives_at_thresholds,
)
from graphflow.ops import (
    confusion_matrix as confusion_matrix,
    set_difference as set_difference,
    set_intersection as set_intersection,
    set_size as set_size,
    set_union as set_union,
)
