"""The stop signal of a run."""

from __future__ import annotations

import threading
import time

import pytest

import graphflow as tf
from graphflow.core.errors import CancelledError
from graphflow.runtime.cancellation import Cancellation


def test_the_first_reason_counts_and_callbacks_are_called_once():
    cancellation, calls = Cancellation(), []
    cancellation.check()
    forgotten = lambda: calls.append("forgotten")  # noqa: E731
    cancellation.on_cancel(lambda: calls.append("early"))
    cancellation.on_cancel(forgotten)
    cancellation.remove_callback(forgotten)
    cancellation.cancel(KeyError("first"))
    cancellation.cancel(ValueError("second"))
    cancellation.on_cancel(lambda: calls.append("late"))
    assert calls == ["early", "late"]
    assert cancellation.is_cancelled
    with pytest.raises(KeyError, match="first"):
        cancellation.check()


def test_a_deadline_that_has_passed():
    cancellation = Cancellation(deadline=time.monotonic() - 1.0)
    assert cancellation.remaining() == 0.0
    with pytest.raises(tf.errors.DeadlineExceededError):
        cancellation.check()
    assert Cancellation().remaining() is None


def test_a_waiting_thread_is_woken():
    cancellation, condition, waiting = Cancellation(), threading.Condition(), threading.Event()
    caught = []

    def predicate():
        waiting.set()
        return False

    def wait():
        try:
            with condition:
                cancellation.wait_for(condition, predicate)
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.wait()
    reason = RuntimeError("stop")
    cancellation.cancel(reason)
    thread.join()
    assert caught == [reason]
    assert cancellation._callbacks == []


def test_a_run_that_was_given_up_while_it_waited_goes_no_further():
    cancellation, condition, ready = Cancellation(), threading.Condition(), []
    errors = []

    def wait():
        try:
            with condition:
                cancellation.wait_for(condition, lambda: bool(ready))
        except CancelledError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    while not cancellation._callbacks:  # until it waits
        pass
    with condition:
        cancellation._reason = CancelledError(None, None, "given up")
        ready.append(True)
        condition.notify_all()
    waiter.join(10)
    assert len(errors) == 1
