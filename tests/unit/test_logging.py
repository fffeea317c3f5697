"""`tf.logging`."""

from __future__ import annotations

import pytest

import graphflow as tf


@pytest.fixture(autouse=True)
def verbosity():
    before = tf.logging.get_verbosity()
    yield
    tf.logging.set_verbosity(before)


def test_levels(caplog: pytest.LogCaptureFixture):
    tf.logging.info("left out")
    tf.logging.warn("%d warnings", 2)
    tf.logging.set_verbosity(tf.logging.INFO)
    tf.logging.info("now here")
    tf.logging.set_verbosity("ERROR")
    tf.logging.warning("left out")
    assert [record.getMessage() for record in caplog.records] == ["2 warnings", "now here"]
    assert {record.filename for record in caplog.records} == {"test_logging.py"}


def test_some_of_many(caplog: pytest.LogCaptureFixture):
    for i in range(7):
        tf.logging.log_every_n(tf.logging.ERROR, "every %d", 3, i)
        tf.logging.log_first_n(tf.logging.ERROR, "first %d", 2, i)
    found = [record.getMessage() for record in caplog.records]
    assert found == ["every 0", "first 0", "first 1", "every 3", "every 6"]
