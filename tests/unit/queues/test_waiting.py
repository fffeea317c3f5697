"""Who waits for a queue is served in order, and every kind of end is an end."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

import graphflow as tf


class Outcome(threading.Thread):
    """Runs a fetch on a thread of its own and keeps what it gives."""

    def __init__(self, session, fetch, **options):
        super().__init__(daemon=True)
        self.session, self.fetch, self.options = session, fetch, options
        self.result = None
        self.start()

    def run(self):
        try:
            self.result = self.session.run(self.fetch, **self.options)
        except Exception as error:
            self.result = error

    def wait(self):
        self.join(10)
        assert not self.is_alive(), "still waiting"
        return self.result


def waiters(session, queue):
    """The lines before a queue of a session."""
    (found,) = [
        item for handle, item in session._resources._items.items() if handle.kind == "queue"
    ]
    return found


def wait_until(condition):
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    raise AssertionError("it never happened")


def waiting(session, queue, putting=0, taking=0):
    lines = waiters(session, queue)
    wait_until(lambda: (len(lines._enqueues), len(lines._dequeues)) == (putting, taking))


@pytest.fixture
def queue():
    return tf.FIFOQueue(2, [tf.int32], shapes=[[]])


def test_nobody_is_overtaken(queue):
    put, three, one = queue.enqueue_many([[1, 2, 3, 4]]), queue.dequeue_many(3), queue.dequeue()
    with tf.Session() as session:
        session.run(queue.size())
        first = Outcome(session, three)
        waiting(session, queue, taking=1)
        second = Outcome(session, one)
        waiting(session, queue, taking=2)
        session.run(put)
        assert first.wait().tolist() == [1, 2, 3]
        assert second.wait() == 4


def test_a_run_that_waits_holds_up_no_other(queue):
    x = tf.placeholder(tf.float32, [])
    v = tf.Variable(1.0)
    take, more = queue.dequeue(), tf.assign_add(v, x)
    puts = [queue.enqueue([number]) for number in range(20)]
    with tf.Session() as session:
        session.run([v.initializer, queue.size()])
        threads = [Outcome(session, take) for _ in range(20)]
        waiting(session, queue, taking=20)
        assert session.run(more, {x: 2}) == 3
        assert session.run([more, queue.size()], {x: 2}) == [5, 0]
        for put in puts:
            session.run(put)
        assert sorted(thread.wait() for thread in threads) == list(range(20))


def test_a_step_that_waits_does_not_hold_up_the_others_of_its_run(queue):
    take = queue.dequeue()
    put = queue.enqueue([7])
    with tf.Session() as session:
        assert session.run([take, put])[0] == 7


def test_a_timeout_ends_it_and_leaves_the_elements(queue):
    options = tf.RunOptions(timeout_in_ms=50)
    with tf.Session() as session:
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(queue.dequeue(), options=options)
        session.run(queue.enqueue_many([[1, 2]]))
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(queue.dequeue_many(3), options=options)
        assert session.run(queue.size()) == 2
        with pytest.raises(tf.errors.DeadlineExceededError):
            session.run(queue.enqueue([3]), options=options)
        assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]
        assert session.run(queue.size()) == 0


def test_a_timeout_of_the_session_ends_it(queue):
    config = tf.ConfigProto(operation_timeout_in_ms=50)
    with tf.Session(config=config) as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(queue.dequeue())


def test_closing_the_queue_ends_it(queue):
    with tf.Session() as session:
        session.run(queue.size())
        taking = Outcome(session, queue.dequeue())
        waiting(session, queue, taking=1)
        session.run(queue.close())
        assert isinstance(taking.wait(), tf.errors.OutOfRangeError)


def test_cancelling_ends_what_waits_for_room(queue):
    with tf.Session() as session:
        session.run(queue.enqueue_many([[1, 2]]))
        putting = Outcome(session, queue.enqueue([3]))
        waiting(session, queue, putting=1)
        session.run(queue.close(cancel_pending_enqueues=True))
        assert isinstance(putting.wait(), tf.errors.CancelledError)
        assert session.run(queue.dequeue_up_to(5)).tolist() == [1, 2]


def test_closing_the_session_ends_it(queue):
    session = tf.Session()
    session.run(queue.size())
    taking = [Outcome(session, queue.dequeue()) for _ in range(3)]
    waiting(session, queue, taking=3)
    session.close()
    for thread in taking:
        error = thread.wait()
        assert isinstance(error, tf.errors.CancelledError)
        assert "session was closed" in str(error)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_it(queue):
    with tf.Session() as session:
        session.run(queue.size())
        lines = waiters(session, queue)

        def interrupt():
            wait_until(lambda: len(lines._dequeues) == 1)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            session.run(queue.dequeue())
        thread.join()
        wait_until(lambda: not lines._dequeues)
        session.run(queue.enqueue([5]))
        assert session.run(queue.size()) == 1  # nobody took it after all


def test_an_error_elsewhere_in_the_run_ends_it(queue):
    x = tf.placeholder(tf.float32, [])
    failing = tf.check_numerics(1 / x, "quotient")
    with tf.Session() as session:
        with pytest.raises(tf.errors.InvalidArgumentError, match="quotient"):
            session.run([queue.dequeue(), failing], {x: 0})
        session.run(queue.enqueue([5]))
        assert session.run(queue.size()) == 1


def test_waiting_in_a_branch_and_in_a_loop(queue):
    total = tf.while_loop(lambda i, t: i < 3, lambda i, t: (i + 1, t + queue.dequeue()), (0, 0))[1]
    chosen = tf.cond(tf.constant(True), queue.dequeue, lambda: tf.constant(-1))
    with tf.Session() as session:
        session.run(queue.size())
        looping = Outcome(session, total)
        for number in (10, 20, 30):
            session.run(queue.enqueue([number]))
        assert looping.wait() == 60
        choosing = Outcome(session, chosen)
        session.run(queue.enqueue([7]))
        assert choosing.wait() == 7


def test_errors_name_the_queue_and_the_users_line(queue):
    with tf.Session() as session:
        session.run(queue.close())
        message = r"(?s)FIFOQueue .*fifo_queue.* is closed and has insufficient elements "
        message += r"\(requested 1, current size 0\).*test_waiting\.py"
        with pytest.raises(tf.errors.OutOfRangeError, match=message):
            session.run(queue.dequeue())
        with pytest.raises(tf.errors.CancelledError, match="is closed"):
            session.run(queue.enqueue([1]))


def test_queues_that_share_a_name_are_one():
    first = tf.FIFOQueue(3, [tf.int32], shapes=[[]], shared_name="q")
    second = tf.FIFOQueue(3, [tf.int32], shapes=[[]], shared_name="q")
    other = tf.FIFOQueue(3, [tf.float32], shapes=[[]], shared_name="q")
    with tf.Session() as session:
        session.run(first.enqueue([5]))
        assert session.run(second.dequeue()) == 5
        with pytest.raises(tf.errors.InvalidArgumentError, match="component types"):
            session.run(other.size())
