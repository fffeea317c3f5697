"""`tf.contrib.tensorboard`: what plugins of TensorBoard read."""

from __future__ import annotations

from graphflow.api.contrib.tensorboard import plugins as plugins
