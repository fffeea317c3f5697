from __future__ import annotations

import numpy as np
import pytest

import graphflow as tf


@pytest.fixture
def session():
    with tf.Session() as sess:
        yield sess


def test_a_kept_tensor_is_used_by_later_runs(session):
    x = tf.placeholder(tf.float32)
    keep = tf.get_session_handle(x * 2.0)
    first, second = session.run(keep, {x: [1, 2]}), session.run(keep, {x: [5]})
    assert first.eval().tolist() == [2, 4]
    holder, kept = tf.get_session_tensor(first.handle, tf.float32)
    y = kept + 1.0
    assert session.run(y, {holder: first.handle}).tolist() == [3, 5]
    assert session.run(y, {holder: second.handle}).tolist() == [11]


def test_several_handles_in_one_run(session):
    keys = [tf.get_session_handle(tf.constant(value)) for value in (3, b"text")]
    numbers, text = session.run(keys)
    assert numbers.eval() == 3
    assert text.eval() == b"text"
    assert numbers.dtype is tf.int32


def test_handles_may_be_fed_for_ordinary_placeholders(session):
    handle = session.run(tf.get_session_handle(tf.constant([1.0, 2.0])))
    x = tf.placeholder(tf.float32, [2])
    assert session.run(x * 3.0, {x: handle}).tolist() == [3, 6]


def test_deleted_tensors_are_gone(session):
    handle = session.run(tf.get_session_handle(tf.constant([1.0, 2.0])))
    holder, delete = tf.delete_session_tensor(handle.handle)
    session.run(delete, {holder: handle.handle})
    with pytest.raises(TypeError, match="any more"):
        handle.eval()
    with pytest.raises(tf.errors.InvalidArgumentError, match="keeps no tensor"):
        session.run(delete, {holder: handle.handle})
    other = session.run(tf.get_session_handle(tf.constant(1)))
    other.delete()
    with pytest.raises(TypeError, match="any more"):
        other.delete()


def test_a_tensor_goes_with_its_handle_unless_the_raw_one_was_taken(session):
    keep = tf.get_session_handle(tf.constant([1.0]))
    gone = session.run(keep).handle
    kept = session.run(keep).get_raw_handle()
    holder, x = tf.get_session_tensor(kept, tf.float32)
    assert session.run(x, {holder: kept}).tolist() == [1]
    with pytest.raises(tf.errors.InvalidArgumentError, match="keeps no tensor"):
        session.run(x, {holder: gone})


def test_values_are_copies(session):
    handle = session.run(tf.get_session_handle(tf.constant([1.0])))
    handle.eval()[0] = 7
    np.testing.assert_array_equal(handle.eval(), [1])


def test_dtypes_and_keys_are_checked(session):
    handle = session.run(tf.get_session_handle(tf.constant([1.0])))
    holder, x = tf.get_session_tensor(handle.handle, tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="float32"):
        session.run(x, {holder: handle.handle})
    with pytest.raises(ValueError, match="is no key"):
        tf.get_session_tensor("nothing", tf.int32)
