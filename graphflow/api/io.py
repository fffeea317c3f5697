"""Files, and formats of records."""

from __future__ import annotations

from graphflow.api import io_gfile as gfile
from graphflow.files.records import (
    TFRecordCompressionType as TFRecordCompressionType,
    TFRecordOptions as TFRecordOptions,
    TFRecordWriter as TFRecordWriter,
    tf_record_iterator as tf_record_iterator,
)
from graphflow.interop.graphdef import write_graph as write_graph
from graphflow.ops import (
    FixedLenFeature as FixedLenFeature,
    FixedLenSequenceFeature as FixedLenSequenceFeature,
    SparseFeature as SparseFeature,
    VarLenFeature as VarLenFeature,
    decode_and_crop_jpeg as decode_and_crop_jpeg,
    decode_base64 as decode_base64,
    decode_bmp as decode_bmp,
    decode_compressed as decode_compressed,
    decode_csv as decode_csv,
    decode_gif as decode_gif,
    decode_image as decode_image,
    decode_jpeg as decode_jpeg,
    decode_json_example as decode_json_example,
    decode_png as decode_png,
    decode_raw as decode_raw,
    deserialize_many_sparse as deserialize_many_sparse,
    encode_base64 as encode_base64,
    encode_jpeg as encode_jpeg,
    extract_jpeg_shape as extract_jpeg_shape,
    is_jpeg as is_jpeg,
    matching_files as matching_files,
    parse_example as parse_example,
    parse_sequence_example as parse_sequence_example,
    parse_single_example as parse_single_example,
    parse_single_sequence_example as parse_single_sequence_example,
    parse_tensor as parse_tensor,
    read_file as read_file,
    serialize_many_sparse as serialize_many_sparse,
    serialize_sparse as serialize_sparse,
    serialize_tensor as serialize_tensor,
    write_file as write_file,
)
from graphflow.queues.base import QueueBase as QueueBase
from graphflow.queues.kinds import (
    PaddingFIFOQueue as PaddingFIFOQueue,
    PriorityQueue as PriorityQueue,
    RandomShuffleQueue as RandomShuffleQueue,
)
from graphflow.queues.producers import match_filenames_once as match_filenames_once
