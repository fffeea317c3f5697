"""`tf.contrib.tpu`: imported by programs that do not need it here."""

from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf
from graphflow.launcher.aliases import module_of


@pytest.mark.parametrize(
    "name",
    [
        "DeviceAssignment",
        "TPUDistributionStrategy",
        "batch_parallel",
        "initialize_system",
        "replicate",
        "rewrite",
        "shard",
        "shutdown_system",
    ],
)
def test_what_needs_a_unit_says_so_when_used(name: str):
    with pytest.raises(NotImplementedError, match=rf"{name} needs a tensor processing unit"):
        getattr(tf.contrib.tpu, name)(tf.constant(1.0))


def test_a_class_of_a_program_may_derive_from_one():
    class Mine(tf.contrib.tpu.TPUDistributionStrategy):
        pass

    with pytest.raises(NotImplementedError, match="Mine"):
        Mine(None)


def test_what_works_without_a_unit():
    with tf.tpu.bfloat16_scope():
        low = tf.get_variable("low", initializer=np.float32(0.1), dtype=tf.float32)
        cast = tf.get_variable("cast", [2], tf.bfloat16, tf.ones_initializer())
    assert (low.dtype.base_dtype, cast.dtype) == (tf.float32, tf.bfloat16)
    assert [v.dtype.base_dtype for v in tf.global_variables()] == [tf.float32] * 2
    assert tf.tpu.outside_compilation(lambda a, b: a - b, 5, b=3) == 2
    for path in ("python.tpu.tpu_function", "contrib.tpu.python.tpu.tpu_function"):
        assert module_of(path).get_tpu_context().number_of_shards is None
