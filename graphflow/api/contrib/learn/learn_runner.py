"""`tf.contrib.learn.learn_runner`: running an experiment."""

from __future__ import annotations

from graphflow.contrib.learn.experiment import run as run
