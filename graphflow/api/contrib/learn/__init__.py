"""`tf.contrib.learn`: data sets to learn from, and texts as numbers."""

from __future__ import annotations

from graphflow.api.contrib.learn import datasets as datasets, preprocessing as preprocessing
from graphflow.contrib.learn.model_keys import ModeKeys as ModeKeys
