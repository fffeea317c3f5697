"""The thread pool."""

from __future__ import annotations

import gc
import threading
import weakref

from graphflow.runtime.threads import ThreadPool


class Thing:
    """Something that can be referred to weakly."""


def test_computing_threads_start_at_need_and_end():
    pool, done, names = ThreadPool(2), threading.Semaphore(0), set()
    assert pool._workers == []
    for _ in range(20):
        pool.submit(lambda: (names.add(threading.current_thread().name), done.release()))
    for _ in range(20):
        done.acquire()
    assert len(pool._workers) == 2
    assert names <= {"graphflow-worker-0", "graphflow-worker-1"}
    pool.close()
    assert not any(worker.is_alive() for worker in pool._workers)
    pool.close()


def test_every_blocking_job_has_a_thread_of_its_own():
    pool, barrier, done = ThreadPool(1), threading.Barrier(5), threading.Semaphore(0)

    def meet():
        barrier.wait()
        done.release()

    for _ in range(5):
        pool.submit_blocking(meet)
    for _ in range(5):
        done.acquire()
    pool.close()


def test_idle_threads_keep_nothing_of_their_last_job():
    pool = ThreadPool(1)
    for submit in (pool.submit, pool.submit_blocking):
        thing, done = Thing(), threading.Event()
        reference = weakref.ref(thing)
        gone = threading.Event()
        weakref.finalize(thing, gone.set)
        submit(lambda thing=thing, done=done: done.set())
        done.wait()
        del thing
        assert gone.wait(4.0)
        gc.collect()
        assert reference() is None
    pool.close()
