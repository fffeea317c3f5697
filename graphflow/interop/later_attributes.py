"""Attributes that ops of TensorFlow got after version 1.15."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.core.dtypes import float32, int32

_PADDINGS: Mapping[str, Any] = {"explicit_paddings": ()}
_POLICY: Mapping[str, Any] = {"bad_indices_policy": ""}
_SEGMENTS: Mapping[str, Any] = {"Tsegmentids": int32}
_SEGMENTED: Mapping[str, Any] = {**_SEGMENTS, "sparse_gradient": False}
# Datasets that can carry a description of themselves.
_METADATA: Mapping[str, Any] = {"metadata": ""}
_DESCRIBED = (
    "BatchDatasetV2",
    "CacheDataset",
    "ConcatenateDataset",
    "DatasetToSingleElement",
    "FilterDataset",
    "FixedLengthRecordDatasetV2",
    "FlatMapDataset",
    "GeneratorDataset",
    "GroupByWindowDataset",
    "InterleaveDataset",
    "MapAndBatchDataset",
    "PaddedBatchDatasetV2",
    "ParallelInterleaveDataset",
    "ParallelInterleaveDatasetV2",
    "ParallelMapDataset",
    "RandomDataset",
    "ReduceDataset",
    "RepeatDataset",
    "ShardDataset",
    "ShuffleDataset",
    "SkipDataset",
    "TFRecordDataset",
    "TakeDataset",
    "TakeWhileDataset",
    "TensorDataset",
    "TextLineDataset",
    "UnbatchDataset",
    "UniqueDataset",
    "WindowDataset",
    "ZipDataset",
)
# By op, with the values under which they mean nothing.
_LINEAR: Mapping[str, Any] = {"multiply_linear_by_lr": False}
_FTRL = (
    "ApplyFtrl",
    "ApplyFtrlV2",
    "ResourceApplyFtrl",
    "ResourceApplyFtrlV2",
    "ResourceSparseApplyFtrl",
    "ResourceSparseApplyFtrlV2",
    "SparseApplyFtrl",
    "SparseApplyFtrlV2",
)
LATER_ATTRIBUTES: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(_FTRL, _LINEAR),
    **dict.fromkeys(_DESCRIBED, _METADATA),
    "CTCGreedyDecoder": {"blank_index": -1},
    "ConcatOffset": {"shape_type": int32},
    "DepthwiseConv2dNative": _PADDINGS,
    "DepthwiseConv2dNativeBackpropFilter": _PADDINGS,
    "DepthwiseConv2dNativeBackpropInput": _PADDINGS,
    "DatasetCardinality": {"cardinality_options": ""},
    "Dequantize": {"narrow_range": False, "axis": -1, "dtype": float32},
    "DirectedInterleaveDataset": {"stop_on_empty_dataset": False},
    "FusedBatchNorm": {"exponential_avg_factor": 1.0},
    "FusedBatchNormV2": {"exponential_avg_factor": 1.0},
    "FusedBatchNormV3": {"exponential_avg_factor": 1.0},
    "GatherNd": _POLICY,
    "IgnoreErrorsDataset": {"log_warning": False},
    "ImageProjectiveTransformV2": {"fill_mode": "CONSTANT"},
    "InitializeTableFromTextFileV2": {"offset": 0},
    "MapDataset": {**_METADATA, "force_synchronous": False},
    "MaxPool": _PADDINGS,
    "MaxPoolGrad": _PADDINGS,
    "MergeV2Checkpoints": {"allow_missing_files": False},
    "PrefetchDataset": {**_METADATA, "legacy_autotune": True, "buffer_size_min": 0},
    "QuantizeAndDequantizeV2": {"axis": -1},
    "QuantizeAndDequantizeV3": {"axis": -1},
    "QuantizeV2": {"narrow_range": False, "axis": -1, "ensure_minimum_range": 0.01},
    "RangeDataset": {**_METADATA, "replicate_on_split": False},
    "ResourceScatterNdAdd": _POLICY,
    "ResourceScatterNdSub": _POLICY,
    "ResourceScatterNdUpdate": _POLICY,
    "ScanDataset": {**_METADATA, "use_default_device": True},
    "ScatterNd": _POLICY,
    "ScatterNdAdd": _POLICY,
    "ScatterNdSub": _POLICY,
    "ScatterNdUpdate": _POLICY,
    "ShuffleAndRepeatDataset": {**_METADATA, "reshuffle_each_iteration": True},
    "SparseSegmentMean": _SEGMENTED,
    "SparseSegmentMeanGrad": _SEGMENTS,
    "SparseSegmentMeanWithNumSegments": _SEGMENTED,
    "SparseSegmentSqrtN": _SEGMENTED,
    "SparseSegmentSqrtNGrad": _SEGMENTS,
    "SparseSegmentSqrtNWithNumSegments": _SEGMENTED,
    "SparseSegmentSum": _SEGMENTED,
    "SparseSegmentSumWithNumSegments": _SEGMENTED,
    "TensorListGetItem": {"Tshape": int32},
    "TensorListSetItem": {"resize_if_index_out_of_bounds": False},
    "TensorScatterAdd": _POLICY,
    "TensorScatterSub": _POLICY,
    "TensorScatterUpdate": _POLICY,
    "TensorSliceDataset": {**_METADATA, "is_files": False, "replicate_on_split": False},
    "TridiagonalSolve": {"perturb_singular": False},
    "TopKV2": {"Tk": int32, "index_type": int32},
    "VarHandleOp": {"allowed_devices": ()},
}
# By op, those that mean nothing here whatever their value.
NOTES: Mapping[str, frozenset[str]] = {
    "AssignVariableOp": frozenset({"validate_shape"}),  # it is validated in any case
    "BatchMatMul": frozenset({"grad_x", "grad_y"}),
    "BatchMatMulV2": frozenset({"grad_x", "grad_y"}),
    "MatMul": frozenset({"grad_a", "grad_b"}),
    "VarHandleOp": frozenset({"debug_name"}),
}
