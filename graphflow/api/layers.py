"""`tf.layers`: layers as classes and functions."""

from __future__ import annotations

from graphflow.layers.base import Layer as Layer
from graphflow.layers.core import Dense as Dense, dense as dense
from graphflow.layers.input_spec import InputSpec as InputSpec
