"""Input pipelines."""

from __future__ import annotations

from graphflow.api import data_experimental as experimental
from graphflow.data.dataset import (
    Dataset as Dataset,
    DatasetSpec as DatasetSpec,
    make_initializable_iterator as make_initializable_iterator,
    make_one_shot_iterator as make_one_shot_iterator,
)
from graphflow.data.iterators import (
    Iterator as Iterator,
    get_output_classes as get_output_classes,
    get_output_shapes as get_output_shapes,
    get_output_types as get_output_types,
)
from graphflow.data.options import Options as Options
from graphflow.data.readers import (
    FixedLengthRecordDataset as FixedLengthRecordDataset,
    TextLineDataset as TextLineDataset,
    TFRecordDataset as TFRecordDataset,
)
