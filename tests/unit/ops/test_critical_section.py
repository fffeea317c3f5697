from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import graphflow as tf


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def counter(request):
    return tf.Variable(0, use_resource=request.param)


def count_up(counter):
    """Read and write in two steps, between which another run could come."""
    before = counter.read_value()
    with tf.control_dependencies([counter.assign(before + 1)]):
        return tf.identity(before)


def test_no_update_of_another_run_is_lost(counter):
    before = tf.CriticalSection().execute(lambda: count_up(counter))
    with tf.Session() as sess, ThreadPoolExecutor(8) as pool:
        sess.run(counter.initializer)
        seen = list(pool.map(lambda _: int(sess.run(before)), range(60)))
        assert sorted(seen) == list(range(60))
        assert sess.run(counter) == 60


def test_executions_of_one_run_follow_one_another(counter):
    section = tf.CriticalSection()
    seen = [section.execute(lambda: count_up(counter)) for _ in range(4)]
    with tf.Session() as sess:
        sess.run(counter.initializer)
        assert sess.run(seen) == [0, 1, 2, 3]
        assert sess.run(seen[2]) == 4  # the others need not run


def test_two_sections_of_one_name_exclude_one_another(counter):
    first, second = (
        tf.CriticalSection(shared_name="shared").execute(
            lambda: count_up(counter), exclusive_resource_access=False
        )
        for _ in range(2)
    )
    with tf.Session() as sess, ThreadPoolExecutor(8) as pool:
        sess.run(counter.initializer)
        list(pool.map(sess.run, [first, second] * 20))
        assert sess.run(counter) == 40


def test_structures_are_kept():
    section = tf.CriticalSection()
    found = section.execute(lambda: {"a": tf.constant(1), "b": [tf.constant(2), 3]})
    assert tf.Session().run(found) == {"a": 1, "b": [2, 3]}
    tf.Session().run(section.execute(lambda: None))
    tf.Session().run(section.execute(tf.no_op))


def test_waiting_ends_with_the_timeout():
    section = tf.CriticalSection()

    def wait():
        inner = tf.Session.run
        with pytest.raises(tf.errors.DeadlineExceededError):
            inner(sess, other, options=tf.RunOptions(timeout_in_ms=50))
        return 1

    outer = section.execute(lambda: tf.py_func(wait, [], tf.int64))
    other = section.execute(lambda: tf.constant(1))
    with tf.Session() as sess:
        assert sess.run(outer) == 1
        assert sess.run(other) == 1


def test_an_error_frees_the_section():
    section = tf.CriticalSection()
    x = tf.placeholder(tf.float32)
    failing = section.execute(lambda: tf.check_numerics(x, "x"))
    fine = section.execute(lambda: tf.constant(1))
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(failing, {x: float("nan")})
        assert sess.run(fine) == 1


def test_what_could_block_is_refused(counter):
    section = tf.CriticalSection(name="cs")
    assert section.name == "cs"
    with pytest.raises(ValueError, match="inside itself"):
        section.execute(lambda: section.execute(lambda: tf.constant(1)))
    section.execute(lambda: count_up(counter))
    with pytest.raises(ValueError, match="both use"):
        tf.CriticalSection().execute(lambda: count_up(counter))


def test_definitions_are_not_read():
    with pytest.raises(NotImplementedError, match="critical_section_def"):
        tf.CriticalSection(critical_section_def=3)
