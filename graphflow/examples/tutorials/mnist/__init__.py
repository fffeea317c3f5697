"""The helpers of TensorFlow's MNIST tutorials."""

from __future__ import annotations

from graphflow.examples.tutorials.mnist import input_data as input_data, mnist as mnist
