"""Queues: order, waiting, closing. Classes and texts of errors are TensorFlow's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import graphflow as tf

WAIT = 20.0


@pytest.fixture
def session() -> Iterator[tf.Session]:
    with tf.Session() as opened:
        yield opened


class Background:
    """A function on a thread, and how it ended."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self.value: Any = None
        self.error: BaseException | None = None
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.value = self._function()
        except BaseException as error:
            self.error = error

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Any:
        self._thread.join(WAIT)
        assert not self._thread.is_alive(), "it still waits"
        if self.error is not None:
            raise self.error
        return self.value


def waiting(session: tf.Session, count: int) -> None:
    """Return once so many kernels wait in the session's queues."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        found = [item for item in session._resources._items.values() if hasattr(item, "_enqueues")]
        lines = [len(queue._enqueues) + len(queue._dequeues) for queue in found]
        if sum(lines) == count:
            return
        time.sleep(0.002)
    raise AssertionError(f"{sum(lines)} wait, not {count}")


# -- order -----------------------------------------------------------------------------------------


def test_elements_come_out_in_the_order_in_which_they_went_in(session):
    queue = tf.FIFOQueue(10, [tf.int32, tf.string], shapes=[[], [2]])
    session.run(queue.enqueue([4, ["a", "b"]]))
    session.run(queue.enqueue_many([[5, 6], [["c", "d"], ["e", "f"]]]))
    number, text = session.run(queue.dequeue())
    assert number == 4
    assert text.tolist() == [b"a", b"b"]
    numbers, texts = session.run(queue.dequeue_many(2))
    assert numbers.tolist() == [5, 6]
    assert texts.tolist() == [[b"c", b"d"], [b"e", b"f"]]


def test_the_random_order_is_that_of_tensorflow(session):
    queue = tf.RandomShuffleQueue(30, 3, tf.int32, shapes=[[]], seed=7)
    session.run(queue.enqueue_many([list(range(20))]))
    expected = [7, 4, 19, 15, 0, 8, 10, 11, 14, 6, 16, 1, 12, 3, 17, 5, 2]
    assert session.run(queue.dequeue_many(17)).tolist() == expected
    session.run(queue.close())
    assert session.run(queue.dequeue_up_to(17)).tolist() == [18, 13, 9]


def test_priorities_and_arrivals(session):
    queue = tf.PriorityQueue(10, tf.string, shapes=[[]])
    session.run(queue.enqueue_many([[3, -1, 3, 2], ["c", "a", "d", "b"]]))
    priorities, values = session.run(queue.dequeue_many(4))
    assert priorities.tolist() == [-1, 2, 3, 3]
    assert values.tolist() == [b"a", b"b", b"c", b"d"]


def test_padding(session):
    queue = tf.PaddingFIFOQueue(10, [tf.float32, tf.string], shapes=[[None, 2], [None]])
    session.run(queue.enqueue([[[1.0, 2.0]], []]))
    session.run(queue.enqueue([np.zeros((0, 2), np.float32), ["a", "b"]]))
    numbers, texts = session.run(queue.dequeue_many(2))
    assert numbers.tolist() == [[[1, 2]], [[0, 0]]]
    assert texts.tolist() == [[b"", b""], [b"a", b"b"]]


def test_elements_by_name(session):
    queue = tf.FIFOQueue(4, [tf.int32, tf.float32], shapes=[[], []], names=["i", "f"])
    session.run(queue.enqueue({"f": 2.5, "i": 3}))
    assert session.run(queue.dequeue()) == {"i": 3, "f": 2.5}
    with pytest.raises(ValueError, match="dictionaries"):
        queue.enqueue([1, 2.0])
    with pytest.raises(ValueError, match="not \\['i'\\]"):
        queue.enqueue({"i": 1})


def test_what_is_in_a_queue_does_not_change_with_the_array_that_was_fed(session):
    queue = tf.FIFOQueue(4, tf.int32, shapes=[[2]])
    fed = tf.placeholder(tf.int32, [2])
    array = np.array([1, 2], np.int32)
    session.run(queue.enqueue(fed), {fed: array})
    array[:] = 9
    assert session.run(queue.dequeue()).tolist() == [1, 2]


# -- waiting ---------------------------------------------------------------------------------------


def test_a_batch_larger_than_the_capacity_goes_in_piece_by_piece(session):
    queue = tf.FIFOQueue(2, tf.int32, shapes=[[]])
    take = queue.dequeue()
    fill = Background(lambda: session.run(queue.enqueue_many([[1, 2, 3, 4, 5]])))
    assert [session.run(take) for _ in range(5)] == [1, 2, 3, 4, 5]
    fill.result()


def test_a_batch_larger_than_the_capacity_comes_out_piece_by_piece(session):
    queue = tf.FIFOQueue(2, tf.int32, shapes=[[]])
    five, put = queue.dequeue_many(5), queue.enqueue_many([[1, 2, 3, 4, 5, 6]])
    taken = Background(lambda: session.run(five))
    session.run(put)
    assert taken.result().tolist() == [1, 2, 3, 4, 5]
    assert session.run(queue.size()) == 1


def test_those_who_came_first_are_served_first(session):
    queue = tf.FIFOQueue(20, tf.int32, shapes=[[]])
    many, one, put = queue.dequeue_many(3), queue.dequeue(), queue.enqueue_many([[1, 2, 3, 4]])
    first = Background(lambda: session.run(many))
    waiting(session, 1)
    second = Background(lambda: session.run(one))
    waiting(session, 2)
    session.run(put)
    assert first.result().tolist() == [1, 2, 3]
    assert second.result() == 4


def test_a_run_that_waits_stops_no_other(session):
    queue = tf.FIFOQueue(2, tf.int32)
    waits = [Background(lambda: session.run(queue.dequeue())) for _ in range(10)]
    waiting(session, 10)
    x = tf.constant(2.0) * 3.0
    assert session.run(x) == 6.0
    session.run(queue.close())
    for wait in waits:
        with pytest.raises(tf.errors.OutOfRangeError):
            wait.result()


def test_an_operation_that_waits_stops_no_other_of_its_run(session):
    queue = tf.FIFOQueue(2, tf.int32)
    value = tf.constant(20) + 1
    assert session.run([queue.dequeue(), queue.enqueue(value)])[0] == 21


def test_a_timeout_leaves_nobody_who_takes_an_element_later(session):
    queue = tf.FIFOQueue(2, tf.int32, shapes=[[]])
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(queue.dequeue(), options=tf.RunOptions(timeout_in_ms=30))
    session.run(queue.enqueue(5))
    assert session.run(queue.size()) == 1
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(queue.dequeue_many(2), options=tf.RunOptions(timeout_in_ms=30))
    waiting(session, 0)
    assert session.run(queue.dequeue()) == 5
    with pytest.raises(tf.errors.DeadlineExceededError):
        session.run(queue.enqueue_many([[1, 2, 3]]), options=tf.RunOptions(timeout_in_ms=30))
    waiting(session, 0)
    assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]
    assert session.run(queue.size()) == 0


def test_the_timeout_of_a_session():
    queue = tf.FIFOQueue(2, tf.int32)
    config = tf.ConfigProto(operation_timeout_in_ms=30)
    with tf.Session(config=config) as session, pytest.raises(tf.errors.DeadlineExceededError):
        session.run(queue.dequeue())


def test_an_error_of_the_run_ends_the_wait(session):
    queue = tf.FIFOQueue(2, tf.int32, shapes=[[]])
    bad = tf.Assert(tf.placeholder_with_default(False, []), ["no"])
    with pytest.raises(tf.errors.InvalidArgumentError):
        session.run([queue.dequeue(), bad])
    waiting(session, 0)
    session.run(queue.enqueue(3))
    assert session.run(queue.size()) == 1


def test_closing_the_session_ends_the_runs_of_other_threads():
    queue = tf.FIFOQueue(2, tf.int32)
    take, session = queue.dequeue(), tf.Session()
    waits = [Background(lambda: session.run(take)) for _ in range(3)]
    waiting(session, 3)
    session.close()
    for wait in waits:
        with pytest.raises(tf.errors.CancelledError, match="session was closed"):
            wait.result()


# -- closing ---------------------------------------------------------------------------------------


def test_a_closed_queue(session):
    queue = tf.FIFOQueue(5, tf.int32, shapes=[[]], name="q")
    session.run(queue.enqueue_many([[1, 2, 3]]))
    assert not session.run(queue.is_closed())
    session.run(queue.close())
    assert session.run(queue.is_closed())
    for op in (queue.enqueue(4), queue.enqueue_many([[4]])):
        with pytest.raises(tf.errors.CancelledError, match="FIFOQueue '_0_q' is closed"):
            session.run(op)
    session.run(queue.enqueue_many([[]]))
    with pytest.raises(tf.errors.OutOfRangeError) as caught:
        session.run(queue.dequeue_many(4))
    text = "FIFOQueue '_0_q' is closed and has insufficient elements (requested 4, current size 3)"
    assert caught.value.message.startswith(text)
    assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]
    assert session.run(queue.dequeue_up_to(2)).tolist() == [3]
    assert session.run(queue.dequeue_up_to(0)).tolist() == []
    for op in (queue.dequeue(), queue.dequeue_up_to(2)):
        with pytest.raises(tf.errors.OutOfRangeError, match="current size 0"):
            session.run(op)
    with pytest.raises(tf.errors.CancelledError, match="already closed"):
        session.run(queue.close())
    session.run(queue.close(cancel_pending_enqueues=True))


def test_closing_gives_back_what_a_batch_has_taken(session):
    queue = tf.FIFOQueue(5, tf.int32, shapes=[[]])
    session.run(queue.enqueue_many([[1, 2]]))
    taken = Background(lambda: session.run(queue.dequeue_many(4)))
    waiting(session, 1)
    assert session.run(queue.size()) == 0
    session.run(queue.close())
    with pytest.raises(tf.errors.OutOfRangeError, match="requested 2, current size 0"):
        taken.result()
    assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]


def test_those_left_do_for_up_to(session):
    queue = tf.FIFOQueue(5, tf.int32, shapes=[[]])
    session.run(queue.enqueue_many([[1, 2]]))
    taken = Background(lambda: session.run(queue.dequeue_up_to(4)))
    waiting(session, 1)
    session.run(queue.close())
    assert taken.result().tolist() == [1, 2]


def test_closing_waits_for_those_who_wait_for_room(session):
    queue = tf.FIFOQueue(1, tf.int32, shapes=[[]])
    session.run(queue.enqueue(1))
    second = Background(lambda: session.run(queue.enqueue(2)))
    waiting(session, 1)
    closing = Background(lambda: session.run(queue.close()))
    waiting(session, 2)
    assert not session.run(queue.is_closed())
    assert session.run(queue.dequeue()) == 1
    second.result()
    closing.result()
    assert session.run(queue.is_closed())
    assert session.run(queue.dequeue()) == 2


def test_closing_can_cancel_those_who_wait_for_room(session):
    queue = tf.FIFOQueue(2, tf.int32, shapes=[[]])
    fill = Background(lambda: session.run(queue.enqueue_many([[1, 2, 3]])))
    waiting(session, 1)
    session.run(queue.close(cancel_pending_enqueues=True))
    with pytest.raises(tf.errors.CancelledError, match="was cancelled"):
        fill.result()
    assert session.run(queue.dequeue_many(2)).tolist() == [1, 2]


def test_a_closed_shuffling_queue_gives_all_it_has(session):
    queue = tf.RandomShuffleQueue(10, 4, tf.int32, shapes=[[]], seed=1)
    session.run(queue.enqueue_many([[1, 2, 3, 4]]))
    taken = Background(lambda: session.run(queue.dequeue()))
    waiting(session, 1)
    session.run(queue.close())
    found = [taken.result(), *session.run(queue.dequeue_many(3))]
    assert sorted(found) == [1, 2, 3, 4]


# -- sharing, and what does not fit ----------------------------------------------------------------


def test_queues_of_one_name_are_one(session):
    one = tf.FIFOQueue(5, tf.int32, shared_name="s")
    other = tf.FIFOQueue(5, tf.int32, shared_name="s")
    session.run(one.enqueue(3))
    assert session.run(other.dequeue()) == 3
    with pytest.raises(tf.errors.InvalidArgumentError, match="capacity 5 but requested capacity"):
        session.run(tf.FIFOQueue(6, tf.int32, shared_name="s").size())
    with pytest.raises(tf.errors.InvalidArgumentError, match="component types"):
        session.run(tf.FIFOQueue(5, tf.int64, shared_name="s").size())
    with pytest.raises(tf.errors.InvalidArgumentError, match="a FIFOQueue, not a Random"):
        session.run(tf.RandomShuffleQueue(5, 1, tf.int32, shared_name="s").size())


def test_a_queue_of_a_list(session):
    queues = [tf.FIFOQueue(5, tf.int32, shapes=[[]]) for _ in range(3)]
    index = tf.placeholder(tf.int32, [])
    chosen = tf.QueueBase.from_list(index, queues)
    session.run(chosen.enqueue(7), {index: 2})
    assert session.run([queue.size() for queue in queues]) == [0, 0, 1]
    with pytest.raises(TypeError, match="differ in dtypes"):
        tf.QueueBase.from_list(0, [queues[0], tf.FIFOQueue(5, tf.float32)])


def test_shapes_that_do_not_fit(session):
    queue = tf.FIFOQueue(5, [tf.int32, tf.float32], shapes=[[], [2]])
    with pytest.raises(ValueError, match="2 components"):
        queue.enqueue([1])
    with pytest.raises(ValueError, match=r"\(3,\) and \(2,\)"):
        queue.enqueue([1, [1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="dimensions 2 and 1"):
        queue.enqueue_many([[1, 2], [[1.0, 2.0]]])
    fed = tf.placeholder(tf.float32)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Expected \(2,\), got \(3,\)"):
        session.run(queue.enqueue([1, fed]), {fed: [1, 2, 3]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="same size in the 0th dimension"):
        session.run(queue.enqueue_many([[1], fed]), {fed: [[1, 2], [3, 4]]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="specified shapes"):
        session.run(tf.FIFOQueue(5, tf.int32).dequeue_many(2))


def test_arguments_that_do_not_fit(session):
    with pytest.raises(ValueError, match="fully defined"):
        tf.FIFOQueue(5, tf.int32, shapes=[[None]])
    with pytest.raises(ValueError, match="2 shapes for 1 dtypes"):
        tf.FIFOQueue(5, tf.int32, shapes=[[], [2]])
    with pytest.raises(ValueError, match="2 names for 1 dtypes"):
        tf.FIFOQueue(5, tf.int32, names=["a", "b"])
    with pytest.raises(ValueError, match="ranks"):
        tf.PaddingFIFOQueue(5, tf.int32, shapes=[tf.TensorShape(None)])
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be < capacity"):
        session.run(tf.RandomShuffleQueue(5, 5, tf.int32).size())


def test_static_shapes_and_names():
    queue = tf.FIFOQueue(5, [tf.int32, tf.float32], shapes=[[], [2]], name="q")
    assert queue.name == "q"
    assert queue.dtypes == [tf.int32, tf.float32]
    taken = queue.dequeue_many(3)
    assert [part.name for part in taken] == ["q_DequeueMany:0", "q_DequeueMany:1"]
    assert [part.shape.as_list() for part in taken] == [[3], [3, 2]]
    assert [part.shape.as_list() for part in queue.dequeue_up_to(3)] == [[None], [None, 2]]
    assert queue.enqueue([1, [2.0, 3.0]]).name == "q_enqueue"
    assert queue.size().name == "q_Size:0"
