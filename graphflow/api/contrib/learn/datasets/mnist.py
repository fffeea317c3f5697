"""`tf.contrib.learn.datasets.mnist`."""

from __future__ import annotations

from graphflow.contrib.learn.datasets import load_mnist as load_mnist
from graphflow.examples.tutorials.mnist.input_data import (
    DEFAULT_SOURCE_URL as DEFAULT_SOURCE_URL,
    DataSet as DataSet,
    Datasets as Datasets,
    dense_to_one_hot as dense_to_one_hot,
    extract_images as extract_images,
    extract_labels as extract_labels,
    read_data_sets as read_data_sets,
)
