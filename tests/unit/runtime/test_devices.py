from __future__ import annotations

import graphflow as tf

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"


def test_the_processor_is_the_only_device():
    x = tf.constant(1.0)
    with tf.Session(graph=x.graph) as session:
        (device,) = session.list_devices()
        (again,) = session.list_devices()
    assert device.name == CPU
    assert device.device_type == "CPU"
    assert device.memory_limit_bytes > 1 << 27
    assert device.incarnation == again.incarnation != 0


def test_placement_is_logged_on_demand(capsys):
    with tf.device("/gpu:1"):
        tf.constant(1.0, name="x")
    with tf.device("/cpu:0"):
        tf.constant(2.0, name="y")
    tf.constant(3.0, name="z")
    with tf.Session():
        assert capsys.readouterr().err == ""
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)):
        assert capsys.readouterr().err.splitlines() == [
            f"x: (Const): {CPU} (asked for /device:GPU:1)",
            f"y: (Const): {CPU}",
            f"z: (Const): {CPU}",
        ]
