"""Coordinators and looper threads."""

from __future__ import annotations

import sys
import threading

import pytest

import graphflow as tf


def test_all_stop_when_one_asks_for_it():
    coord = tf.train.Coordinator()
    threads = [threading.Thread(target=coord.wait_for_stop) for _ in range(3)]
    for thread in threads:
        thread.start()
    coord.request_stop()
    coord.join(threads)
    assert coord.should_stop()
    assert coord.joined
    assert not any(thread.is_alive() for thread in threads)


def test_the_first_error_is_raised():
    coord = tf.train.Coordinator()
    coord.request_stop(ValueError("first"))
    coord.request_stop(ValueError("second"))
    with pytest.raises(ValueError, match="first"):
        coord.raise_requested_exception()
    with pytest.raises(ValueError, match="first"):
        coord.join()
    with pytest.raises(KeyError):
        coord.request_stop(KeyError("late"))
    coord.clear_stop()
    assert not coord.should_stop()
    assert not coord.joined
    coord.raise_requested_exception()


def test_errors_by_what_exc_info_returns():
    coord = tf.train.Coordinator()
    try:
        raise ValueError("seen")
    except ValueError:
        coord.request_stop(sys.exc_info())
    with pytest.raises(ValueError, match="seen") as caught:
        coord.join()
    assert caught.traceback[-1].name == "test_errors_by_what_exc_info_returns"


def test_the_end_of_data_is_no_error():
    coord = tf.train.Coordinator()
    with coord.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "end")
    coord.join()
    other = tf.train.Coordinator(clean_stop_exception_types=(KeyError,))
    with other.stop_on_exception():
        raise tf.errors.OutOfRangeError(None, None, "end")
    with pytest.raises(tf.errors.OutOfRangeError):
        other.join()


def test_threads_that_do_not_stop():
    coord, release = tf.train.Coordinator(), threading.Event()
    thread = threading.Thread(target=release.wait, name="stubborn")
    thread.start()
    coord.register_thread(thread)
    coord.request_stop()
    with pytest.raises(RuntimeError, match="still running: stubborn"):
        coord.join(stop_grace_period_secs=0.01)
    coord.join([thread], stop_grace_period_secs=0.01, ignore_live_threads=True)
    release.set()
    thread.join()


def test_join_waits_for_threads_that_end_by_themselves():
    coord, seen = tf.train.Coordinator(), []
    thread = threading.Thread(target=lambda: seen.append(1))
    thread.start()
    coord.join([thread])
    assert seen == [1]
    assert not coord.should_stop()


def test_a_looper_thread():
    coord, calls = tf.train.Coordinator(), []

    class Looper(tf.train.LooperThread):
        def start_loop(self):
            calls.append("start")

        def run_loop(self):
            calls.append("run")
            if len(calls) == 4:
                coord.request_stop()

        def stop_loop(self):
            calls.append("stop")

    looper = Looper(coord, 0.001)
    looper.start()
    coord.join()
    assert calls == ["start", "run", "run", "run", "stop"]


def test_an_error_in_a_loop():
    coord = tf.train.Coordinator()
    tf.train.LooperThread.loop(coord, None, lambda x: 1 // x, args=(0,))
    with pytest.raises(ZeroDivisionError):
        coord.join()


def test_what_a_looper_does_not_take():
    with pytest.raises(ValueError, match="Coordinator"):
        tf.train.LooperThread(3, None)
    with pytest.raises(ValueError, match="target"):
        tf.train.LooperThread(tf.train.Coordinator(), None, args=(1,))
