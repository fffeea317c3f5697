"""`tf.contrib.learn.datasets`."""

from __future__ import annotations

from graphflow.api.contrib.learn.datasets import base as base, mnist as mnist
from graphflow.contrib.learn.datasets import (
    load_boston as load_boston,
    load_dataset as load_dataset,
    load_iris as load_iris,
)
