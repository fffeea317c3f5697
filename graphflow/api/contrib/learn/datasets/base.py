"""`tf.contrib.learn.datasets.base`."""

from __future__ import annotations

from graphflow.contrib.learn.datasets import (
    Dataset as Dataset,
    load_boston as load_boston,
    load_csv_with_header as load_csv_with_header,
    load_csv_without_header as load_csv_without_header,
    load_iris as load_iris,
    maybe_download as maybe_download,
    shrink_csv as shrink_csv,
)
from graphflow.examples.tutorials.mnist.input_data import Datasets as Datasets
