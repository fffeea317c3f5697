from __future__ import annotations

import pytest

import graphflow as tf

NAMES = ["eager_execution", "v2_behavior", "v2_tensorshape", "tensor_equality"]


@pytest.mark.parametrize("name", [*NAMES, "control_flow_v2"])
def test_version_1_stays(name):
    assert getattr(tf, f"disable_{name}")() is None
    assert not tf.executing_eagerly()
    assert not tf.control_flow_v2_enabled()


@pytest.mark.parametrize("name", NAMES)
def test_version_2_is_refused_by_name(name):
    with pytest.raises(NotImplementedError, match=f"tf.enable_{name}"):
        getattr(tf, f"enable_{name}")()
