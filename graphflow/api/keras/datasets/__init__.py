"""`tf.keras.datasets`."""

from __future__ import annotations

from graphflow.keras import mnist as mnist
