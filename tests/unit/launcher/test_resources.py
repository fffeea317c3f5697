"""`tensorflow.python.ops.resources`, as programs import it."""

from __future__ import annotations

import graphflow as tf
from graphflow.launcher.internal import ops_resources as resources


def test_resources_are_made_and_those_that_are_not_are_reported():
    made = tf.Variable(False)
    handle = tf.constant("a table", name="table")
    resources.register_resource(handle, made.assign(True).op, made.read_value(), is_shared=False)
    assert len(resources.local_resources()) == 1
    assert resources.shared_resources() == []
    init = resources.initialize_resources(resources.local_resources())
    missing = resources.report_uninitialized_resources()
    with tf.Session() as session:
        session.run(made.initializer)
        assert session.run(missing).tolist() == [b"table:0"]
        session.run(init)
        assert session.run(missing).tolist() == []


def test_without_resources_there_is_nothing_to_do():
    with tf.Session() as session:
        session.run(resources.initialize_resources(resources.shared_resources()))
        assert session.run(resources.report_uninitialized_resources()).tolist() == []
