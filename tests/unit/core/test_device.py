"""Device strings and how nested device blocks merge."""

from __future__ import annotations

import contextlib

import pytest

import graphflow as tf


def job_w(operation):
    return "/job:w/task:2"


def device_under(*blocks):
    with contextlib.ExitStack() as stack:
        for block in blocks:
            stack.enter_context(tf.device(block))
        return tf.constant(1.0).device


@pytest.mark.parametrize(
    ("blocks", "device"),
    [
        (("/cpu:0",), "/device:CPU:0"),
        (("/gpu:1",), "/device:GPU:1"),
        (("/Gpu:0",), "/device:GPU:0"),
        (("cpu:0",), "/device:CPU:0"),
        (("/cpu",), "/device:CPU:*"),
        (("/device:GPU:*",), "/device:GPU:*"),
        (("/device:XLA_CPU:0",), "/device:XLA_CPU:0"),
        (("",), ""),
        (("/job:ps", ""), "/job:ps"),
        (("/job:ps", "/cpu:0"), "/job:ps/device:CPU:0"),
        (("/job:ps/task:1", "/task:2"), "/job:ps/task:2"),
        (("/job:ps", None, "/cpu:0"), "/device:CPU:0"),
        (("/job:ps", job_w), "/job:w/task:2"),
        (("/cpu:0", job_w), "/job:w/task:2/device:CPU:0"),
        ((job_w, "/cpu:0"), "/job:w/task:2"),
        ((lambda op: "", "/cpu:0"), ""),
        ((lambda op: "cpu:1",), "cpu:1"),
        (("/job:a", lambda op: "cpu:1"), "/job:a/device:CPU:1"),
        (
            ("/job:a/replica:0/task:3/device:GPU:2", "/cpu:0"),
            "/job:a/replica:0/task:3/device:CPU:0",
        ),
    ],
)
def test_nested_blocks(blocks, device):
    assert device_under(*blocks) == device


def test_a_function_sees_what_inner_blocks_ask_for():
    seen = []

    def function(operation):
        seen.append((operation.type, operation.device))
        return operation.device

    assert device_under("/job:ps", function, "/cpu:0") == "/job:ps/device:CPU:0"
    assert seen == [("Const", "/device:CPU:0")]


@pytest.mark.parametrize(
    "text", ["bad", "/job:ps/foo:1", "/task:x", "/cpu:0/gpu:0", "/device:CPU:x"]
)
def test_malformed_strings(text):
    with pytest.raises(ValueError, match="malformed device"):
        device_under(text)


def test_specs():
    spec = tf.DeviceSpec.from_string("/job:ps/task:2/device:GPU:3")
    assert (spec.job, spec.replica, spec.task) == ("ps", None, 2)
    assert (spec.device_type, spec.device_index) == ("GPU", 3)
    assert tf.DeviceSpec.from_string(spec.to_string()) == spec
    assert spec.replace(task=5).to_string() == "/job:ps/task:5/device:GPU:3"
    spec.merge_from(tf.DeviceSpec(task=7, device_type="CPU"))
    assert spec.to_string() == "/job:ps/task:7/device:CPU:3"
